"""A real app on 127.0.0.1 over a folder of its own, and a real headless Chromium."""

from __future__ import annotations

import gc
import os
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio.core.saving import save_sound
from studio.core.voices.making import Clip
from studio.settings import Settings
from studio.types import SAMPLE_RATE, Audio
from tests.engines.csm.tiny import make_checkpoint
from tests.voices import spoken

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    # The browser under test reaches nothing but the app.
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
GRADIO_WARNINGS = (
    "'HTTP_422_UNPROCESSABLE_ENTITY' is deprecated",
    "'future.no_silent_downcasting' is deprecated",
    "The copy keyword is deprecated",
    "unclosed (event loop|<socket):ResourceWarning",
    r"Exception ignored in. <(socket|function BaseEventLoop):"
    "pytest.PytestUnraisableExceptionWarning",
)
HARMLESS = (
    # Gradio's page closes its own stream of answers when the last one is in, and then reports that.
    "signal is aborted without reason",
)
PATIENCE_MS = 30_000
IN_SIGHT = """(found) => {
  const box = document.querySelector(found)?.getBoundingClientRect();
  return box && box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
}"""
LINE = "Good morning. I like to walk by the river when nobody else is out there yet."
TRANSCRIPT = "Once there was a fox who lived by the sea. Every morning he counted the waves."


def pytest_configure(config: pytest.Config) -> None:
    """Gradio's server uses names that were renamed, and leaves event loops and sockets unclosed.

    They are collected whenever it pleases, so this holds for every test, but for nothing else.
    """
    for warning in GRADIO_WARNINGS:
        config.addinivalue_line("filterwarnings", f"ignore:{warning}")


@dataclass(frozen=True)
class Server:
    """The running app: ``studio`` is the very one that its page uses."""

    url: str
    studio: Any
    blocks: Any


@pytest.fixture(scope="session")
def profiles_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("profiles")


@pytest.fixture(scope="session")
def server(profiles_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One app for all tests of the page; it has no weights, so the studio voice speaks."""
    cache = tmp_path_factory.mktemp("cache")
    with serve(cache, profiles_dir=profiles_dir, max_text_chars=30_000) as running:
        running.studio.tune("ada")  # so that she sounds the same throughout
        yield running


@pytest.fixture(scope="module")
def csm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An app whose weights are there, computing with one thread so that the browser has a core."""
    folder = tmp_path_factory.mktemp("csm")
    # It never ends by itself: every reply is as long as its text allows, and can be heard.
    model = make_checkpoint(folder / "model", codec="full")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with serve_csm(folder, model) as running:
        yield running
    torch.set_num_threads(threads)


@contextmanager
def serve_csm(folder: Path, model: Path) -> Iterator[Server]:
    """An app with the weights ``model`` that keeps everything in ``folder``."""
    with serve(
        folder / "gradio",
        profiles_dir=folder / "profiles",
        model=str(model),
        cache_dir=folder / "cache",
        device="cpu",
    ) as running:
        yield running


@contextmanager
def serve(cache: Path, **settings: Any) -> Iterator[Server]:
    """An app with one voice and ``settings``."""
    from studio.studio import Studio
    from studio.ui.page import build, launch_arguments

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(cache))
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        patch.setenv("HF_HUB_OFFLINE", "1")
        read = Settings.read(port=0, starter_voices=False, **settings)
        with Studio(read) as studio:
            add_voice(studio, read.profiles_dir)
            with unclosed_ignored():
                blocks = build(studio)
                _, url, _ = blocks.launch(
                    **launch_arguments(studio), prevent_thread_lock=True, quiet=True
                )
            yield Server(url, studio, blocks)
            with unclosed_ignored():
                blocks.close(verbose=False)


@contextmanager
def unclosed_ignored() -> Iterator[None]:
    """What Gradio leaves unclosed is collected here, not in whatever test comes by later."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
        gc.collect()


def add_voice(studio: Any, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    clip = folder / "clip.flac"
    save_sound(spoken(TRANSCRIPT, voice="en-us+f2"), clip)
    studio.create_profile(
        "Ada", [Clip(clip, transcript=TRANSCRIPT)], consent="A synthetic voice, for tests."
    )
    clip.unlink()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip with half a second of silence before and a third after the words."""
    words = spoken(LINE, voice="en-us+m2").samples * 0.3
    before, after = np.zeros(SAMPLE_RATE // 2, np.float32), np.zeros(SAMPLE_RATE // 3, np.float32)
    path = tmp_path_factory.mktemp("clips") / "by the river.flac"
    save_sound(Audio(np.concatenate([before, words.astype(np.float32), after])), path)
    return path


@pytest.fixture
def studio(server: Any) -> Iterator[Any]:
    """The studio of the page; voices that a test leaves behind are deleted after it."""
    kept = {entry.id for entry in server.studio.profiles()}
    yield server.studio
    for entry in server.studio.profiles():
        if entry.id not in kept:
            server.studio.delete(entry.id)


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Debian's Chromium, headless. Closed with the page's last test: it is never idle."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def visitors(browser: Any) -> Callable[..., Any]:
    """A browser profile for each kind of visitor, kept so that the page's files load only once."""
    contexts: dict[str, Any] = {}

    def visitor(name: str, **options: Any) -> Any:
        key = f"{name} {sorted(options.items())}"
        if key not in contexts:
            desktop = {"viewport": {"width": 1280, "height": 900}, "accept_downloads": True}
            contexts[key] = browser.new_context(**desktop | options)
            contexts[key].set_default_timeout(PATIENCE_MS)
        return contexts[key]

    return visitor


def go_to(server: Server, page: Any, errors: list[str]) -> Any:
    """Open the app in ``page``, which notes its console errors from then on."""

    def note(text: str) -> None:
        if not any(known in text for known in HARMLESS):
            errors.append(text)

    page.on("pageerror", lambda error: note(f"page error: {error}"))
    page.on(
        "console",
        lambda said: note(f"{said.text} {said.location['url']}") if said.type == "error" else None,
    )
    page.goto(server.url)
    page.get_by_role("tab", name="Chat").wait_for()
    return page


@pytest.fixture(scope="package")
def kept_page_and_errors(visitors: Callable[..., Any], server: Server) -> tuple[Any, list[str]]:
    errors: list[str] = []
    return go_to(server, visitors("kept").new_page(), errors), errors


@pytest.fixture
def kept_page(kept_page_and_errors: tuple[Any, list[str]]) -> Iterator[Any]:
    """One page for all tests that leave it as they found it, since opening one takes seconds."""
    page, errors = kept_page_and_errors
    yield page
    noted, errors[:] = errors[:], []
    assert not noted, f"the browser's console has errors: {noted}"


@pytest.fixture
def open_page(visitors: Callable[..., Any], server: Server) -> Iterator[Callable[..., Any]]:
    """Open the app in a tab of its own; a console error fails the test that caused it."""
    pages: list[Any] = []
    errors: list[str] = []

    def open_one(visitor: str = "", init_script: str = "", **options: Any) -> Any:
        page = visitors(visitor, **options).new_page()
        pages.append(page)
        if init_script:
            page.add_init_script(init_script)
        return go_to(server, page, errors)

    yield open_one
    for page in pages:
        page.evaluate("localStorage.clear()")
        page.close()
    assert not errors, f"the browser's console has errors: {errors}"


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    """The app in a desktop window."""
    return open_page()


@pytest.fixture
def phone(open_page: Callable[..., Any]) -> Any:
    """The app on a phone."""
    return open_page(
        viewport={"width": 390, "height": 844},
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
    )


@pytest.fixture
def dark_page(open_page: Callable[..., Any]) -> Any:
    """The app for someone whose system is set to dark."""
    return open_page(color_scheme="dark")


@pytest.fixture
def open_tab() -> Callable[[Any, str], None]:
    """Show a tab by its name."""

    def show(page: Any, name: str) -> None:
        page.get_by_role("tab", name=name).click()
        page.get_by_role("tab", name=name, selected=True).wait_for()

    return show


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Any, str], None]:
    """Keep a picture of the page where UI_SHOTS says; does nothing without it."""
    folder = SHOTS

    def take(page: Any, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)

    return take


# Read before the environment is cleaned for the tests.
SHOTS = os.environ.get("UI_SHOTS", "")


def horizontal_overflow(page: Any) -> int:
    """CSS pixels by which the page is wider than the window."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


def is_readable(text: str) -> bool:
    """No traceback, no placeholder, no NaN is shown to anyone."""
    return not re.search(r"Traceback|undefined|\bNaN\b|\[object", text)
