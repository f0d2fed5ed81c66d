"""The chat's endpoints with the engine "csm": a small checkpoint of random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.ui.conftest import Server
from tests.ui.test_chat_endpoints import client_of


def test_top_k_reaches_the_engine(csm_server: Server, tmp_path: Path) -> None:
    """With 1 only the likeliest is ever drawn, whatever the seed; with more the seed decides."""
    with client_of(csm_server, tmp_path) as client:

        def speak(**options: Any) -> bytes:
            path, figures = client.predict(voice="Ada", words="Hi.", api_name="/speak", **options)
            assert figures["engine"] == "csm"
            return Path(path).read_bytes()

        def reply(**options: Any) -> bytes:
            _, path, _ = client.predict(
                voice="Ada", message="Hi.", writer="echo", emotion="neutral", api_name="/reply",
                **options,
            )  # fmt: skip
            return Path(path).read_bytes()

        likeliest = speak(top_k=1, seed=1)
        assert speak(top_k=1, seed=2) == likeliest
        assert reply(top_k=1, seed=3) == likeliest
        assert speak(temperature=0, seed=4) == likeliest
        assert speak(top_k=50, seed=1) != speak(top_k=50, seed=2)
        assert reply(top_k=50, seed=2) != likeliest
