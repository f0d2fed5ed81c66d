"""What every test gets: no network, a clean environment, the recordings where present."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

# The same examples in every run, so that a red run can be repeated. To look for new ones:
# pytest --hypothesis-profile=default
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")

SPEECH_DIR = Path(
    os.environ.get("VOICE_STUDIO_TEST_SPEECH")
    or Path(__file__).resolve().parents[1].parent / "shared" / "speech"
)


def pytest_configure() -> None:
    """A shell lets what it runs in the background ignore Ctrl-C, and so would the programs that
    tests start in order to interrupt them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests in one process, which makes once what they share, and the page's in one:
    two browsers on two cores come too late for each other. They take longest, so they begin."""
    for item in items:
        group = "page" if item.get_closest_marker("browser") else item.nodeid.split("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of a run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def made_once(path: Path, make: Callable[[Path], object]) -> Path:
    """``path``, made by whichever process of the run asks first. Not to be changed."""
    done = path.with_name(f"{path.name}.done")
    with FileLock(f"{path}.lock"):
        if not done.exists():
            make(path)
            done.touch()
    return path


@pytest.fixture(scope="session")
def small_voice(run_folder: Path) -> Path:
    """Weights for the studio voice that are small and drawn from a seed: quick, and not speech."""

    def write(path: Path) -> None:
        from tests.engines.kokoro.small import write_small

        write_small(path)

    return made_once(run_folder / "small-voice.safetensors", write)


@pytest.fixture(autouse=True, scope="session")
def clean_environment(run_folder: Path, small_voice: Path) -> Iterator[None]:
    """No setting of the developer's own shell reaches a test, and no copy of weights their cache.
    Where any engine will do that really speaks, the studio voice does, on small weights."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("VOICE_STUDIO_"):
                patch.delenv(name)
        patch.setenv("VOICE_STUDIO_STUDIO_VOICE", str(small_voice))
        patch.setenv("VOICE_STUDIO_CACHE_DIR", str(run_folder / "cache"))
        yield


@pytest.fixture(scope="session")
def weights_cache(run_folder: Path) -> Path:
    """A cache folder with the studio voice's own weights, unpacked once for the whole run."""
    from studio.engines.kokoro.network import parts
    from studio.engines.kokoro.network.loading import kept_copy, load_network

    reason = parts.unavailable()
    if reason is not None:
        pytest.skip(reason)
    cache = run_folder / "cache"
    made_once(kept_copy(cache), lambda _: load_network(cache))
    return cache


@pytest.fixture
def own_weights(weights_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The studio voice speaks with its own weights here; slow. Gives the folder of their copy."""
    monkeypatch.delenv("VOICE_STUDIO_STUDIO_VOICE")
    return weights_cache


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails at once, by name."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and str(address[0]) not in (
            "127.0.0.1",
            "::1",
            "localhost",
        ):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "False")


@pytest.fixture(scope="session")
def speech_dir() -> Path:
    """Real recordings of real voices; they are not part of the project."""
    if not SPEECH_DIR.is_dir():
        pytest.skip("the recordings of real voices are not on this machine")
    return SPEECH_DIR


@pytest.fixture(scope="session")
def csm_folder(run_folder: Path) -> Path:
    """A small CSM checkpoint with the whole codec, that ends what it says. Not to be changed: all
    processes of a run share it, since writing its 470 MB takes seconds."""
    from tests.engines.csm.tiny import make_checkpoint

    return made_once(
        run_folder / "csm-ends", lambda path: make_checkpoint(path, codec="full", ends=True)
    )
