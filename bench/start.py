"""From a bare ``python app.py`` to a page that answers."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Figure, SkipPart, seconds
from bench.material import ROOT, Setting

GIVE_UP_S = 120.0


def measure(setting: Setting) -> list[Figure]:
    if not (ROOT / "app.py").is_file():
        raise SkipPart("there is no app.py beside the bench")
    import_s, _ = seconds(
        lambda: subprocess.run([sys.executable, "-c", "import gradio"], check=True, cwd=ROOT)
    )
    with app_running(setting.folder / "profiles") as (_, first_s):
        pass
    with app_running(setting.folder / "profiles") as (_, again_s):
        pass
    help_s, _ = seconds(
        lambda: subprocess.run(
            [sys.executable, "-m", "studio", "--help"], check=True, cwd=ROOT, capture_output=True
        )
    )
    return [
        Figure(
            "python app.py to the page, first start ever", first_s, "s", 10.0,
            baseline=import_s, baseline_name="import gradio",
            note="starter voices are made as well",
        ),
        Figure(
            "python app.py to the page, later", again_s, "s", 10.0,
            baseline=import_s, baseline_name="import gradio",
        ),
        Figure("python -m studio --help", help_s, "s"),
    ]  # fmt: skip


@contextmanager
def app_running(profiles: Path, *, starters: bool = True) -> Iterator[tuple[str, float]]:
    """The app on a free port: its address, and the seconds until it answered.

    Without ``starters`` it makes no voices of its own.

    Raises:
        SkipPart: it ended, or did not answer in time; the message has its last words.
    """
    port = _free_port()
    address = f"http://127.0.0.1:{port}/"
    settings = {
        "VOICE_STUDIO_PROFILES_DIR": str(profiles),
        "VOICE_STUDIO_PORT": str(port),
        "VOICE_STUDIO_HOST": "127.0.0.1",
        "VOICE_STUDIO_STARTER_VOICES": str(starters),
        "GRADIO_ANALYTICS_ENABLED": "False",
    }
    log = profiles.parent / "app.log"
    with log.open("w", encoding="utf-8") as output:
        started = time.perf_counter()
        app = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while not _answers(address):
                waited_s = time.perf_counter() - started
                if app.poll() is not None or waited_s > GIVE_UP_S:
                    last_words = log.read_text(encoding="utf-8").strip().splitlines()[-1:]
                    raise SkipPart(f"the app did not start: {' '.join(last_words)}")
                time.sleep(0.02)
            yield address, time.perf_counter() - started
        finally:
            app.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                app.wait(timeout=10)
            app.kill()
            app.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
