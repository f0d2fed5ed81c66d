"""A small page whose events say who asks, keep something, hand out a file, and wait."""

from __future__ import annotations

import contextvars
import queue
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import httpx

from studio.sharing.visits import Visits
from studio.ui.sharing.asker import asker
from studio.ui.sharing.bodies import Names
from studio.ui.sharing.gate import gated
from studio.ui.sharing.handed import Handed
from tests.ui.conftest import unclosed_ignored

SECRET_PATH = "/srv/profiles/ada/reference.flac"
PATIENCE_S = 30


@dataclass
class Toy:
    """The running page; ``left`` gets whoever goes, and ``waiting`` whoever waits."""

    url: str
    blocks: gr.Blocks
    visits: Visits
    handed: Handed
    left: queue.Queue[str]
    waiting: queue.Queue[str]
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def api(self) -> str:
        return f"{self.url}gradio_api/"

    def program(self) -> dict[str, str]:
        """The headers of a program that has just begun a visit."""
        begun = httpx.post(f"{self.url}visit").json()
        return {begun["header"]: begun["token"]}

    def browser(self) -> httpx.Client:
        """A browser that has just opened the page."""
        client = httpx.Client(base_url=self.url, timeout=PATIENCE_S)
        assert client.get("/").status_code == 200
        return client


@contextmanager
def served(
    uploads: Path, *, most: int = 100, login: bool = False, login_s: float = 20.0
) -> Iterator[Toy]:
    visits, handed = Visits(3_600.0, most=most), Handed(uploads)
    left: queue.Queue[str] = queue.Queue()
    waiting: queue.Queue[str] = queue.Queue()
    toy = Toy("", gr.Blocks(analytics_enabled=False), visits, handed, left, waiting)
    with unclosed_ignored():
        _build(toy, login=login)
        arguments = gated(visits, handed, Names(), sign_in_with_hub=login, sign_in_s=login_s)
        _, toy.url, _ = toy.blocks.launch(
            server_name="127.0.0.1", server_port=_free_port(), prevent_thread_lock=True, quiet=True,
            ssr_mode=False, show_error=False, share=False, **arguments,
        )  # fmt: skip
    try:
        yield toy
    finally:
        toy.go_on.set()
        with unclosed_ignored():
            toy.blocks.close(verbose=False)


def _build(toy: Toy, *, login: bool) -> None:
    with toy.blocks:
        if login:
            gr.LoginButton()
        text, kept, file = gr.Textbox(), gr.State(""), gr.File()
        run, sound, page = gr.Button(), gr.Audio(), gr.HTML("", server_functions=[_served_who])
        page.elem_id = "served"

        def hand_out(text: str) -> str:
            folder = toy.handed.folder(asker())
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "said.txt"
            path.write_text(text)
            return str(path)

        def wait(text: str) -> Iterator[str]:
            toy.waiting.put(text)
            yield "waiting"
            toy.go_on.wait(PATIENCE_S)
            yield f"{text} of {asker().id}"

        async def stepwise_async() -> AsyncIterator[str]:
            for step in range(2):
                yield f"{step} {asker().id}"

        def fail() -> str:
            raise FileNotFoundError(f"no such file: {SECRET_PATH}")

        listed = {"api_visibility": "public"}
        run.click(_who, None, text, api_name="who", **listed)
        run.click(_who, None, text, api_name="who_at_once", queue=False, **listed)
        run.click(_stepwise, None, text, api_name="stepwise", **listed)
        run.click(stepwise_async, None, text, api_name="stepwise_async", **listed)
        run.click(_in_a_thread, None, text, api_name="in_a_thread", **listed)
        run.click(lambda said: said, text, kept, api_name="keep", **listed)
        run.click(lambda said: said, kept, text, api_name="recall", **listed)
        run.click(hand_out, text, file, api_name="hand_out", **listed)
        run.click(_read, file, text, api_name="read", **listed)
        run.click(_tone, None, sound, api_name="tone", **listed)
        run.click(wait, text, text, api_name="wait", concurrency_limit=8, **listed)
        run.click(fail, None, text, api_name="fail", **listed)
        run.click(fail, None, text, api_name="fail_at_once", queue=False, **listed)
        toy.blocks.unload(lambda: toy.left.put(asker().id))


def _who() -> str:
    return asker().id


def _served_who(said: Any) -> str:
    return f"{asker().id} {said}"


def _stepwise() -> Iterator[str]:
    for step in range(2):
        yield f"{step} {asker().id}"


def _in_a_thread() -> str:
    found: list[str] = []
    context = contextvars.copy_context()
    thread = threading.Thread(target=lambda: found.append(context.run(_who)))
    thread.start()
    thread.join()
    return found[0]


def _read(path: str | None) -> str:
    return Path(path).read_text() if path else "nothing"


def _tone() -> tuple[int, Any]:
    import numpy as np

    return 24_000, np.zeros(2_400, np.int16)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
