"""The chat's endpoints, called as a program would."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import Server


@pytest.fixture(scope="module")
def client(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with client_of(server, tmp_path_factory.mktemp("downloads")) as made:
        yield made


@contextmanager
def client_of(server: Server, folder: Path) -> Iterator[Any]:
    from gradio_client import Client

    made = Client(server.url, verbose=False, download_files=str(folder))
    yield made
    made.close()


def frames_in(path: str) -> int:
    with wave.open(path) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, 24_000)
        return sound.getnframes()


def test_speak_returns_the_sound_and_its_figures(client: Any) -> None:
    path, figures = client.predict(
        voice="Ada", words="Good evening.", emotion="happy", seed=3, api_name="/speak"
    )

    assert frames_in(path) == round(figures["duration_s"] * 24_000)
    assert figures["seed"] == 3
    assert figures["emotion"] == "happy"
    assert figures["engine"] == "kokoro"


def test_reply_answers_in_words_and_sound(client: Any) -> None:
    answer, path, figures = client.predict(
        voice="Ada", message="Hello!", writer="rules", api_name="/reply"
    )

    assert answer.strip()
    assert frames_in(path) > 0
    assert figures["duration_s"] > 0


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"voice": "Nobody", "words": "Hi."}, "Nobody"),
        ({"voice": "Ada", "words": "?!"}, "nothing in this text"),
        ({"voice": "Ada", "words": "Hi.", "temperature": 1e9}, "Temperature must be between"),
        ({"voice": "Ada", "words": "Hi.", "emotion": "hungry"}, "hungry"),
        ({"voice": "Ada", "words": "Hi.", "engine": "none-such"}, "none-such"),
        ({"voice": "Ada", "words": ["Hi."]}, "must be a string"),
        ({"voice": "Ada", "words": "Hi. " * 20_000}, "characters"),
        ({"voice": "Ada", "words": "Hi.", "seed": -1}, "Seed must be between"),
        ({"voice": "Ada", "words": "Hi.", "top_k": 0}, "Top-k must be"),
        ({"voice": "Ada", "words": "Hi.", "top_k": "all"}, "top_k must be a number"),
    ],
)
def test_what_cannot_be_done_comes_back_as_a_plain_sentence(
    client: Any, asked: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Exception, match=sentence) as refused:
        client.predict(**asked, api_name="/speak")
    assert "Traceback" not in str(refused.value)


def test_only_what_is_meant_for_programs_is_offered(client: Any) -> None:
    offered = client.view_api(return_format="dict", print_info=False)["named_endpoints"]

    assert {"/speak", "/reply"} <= set(offered)
    assert not [name for name in offered if name.strip("/").startswith(("lambda", "_", "settle"))]
    assert "/say" not in offered
