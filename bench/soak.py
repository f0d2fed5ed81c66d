"""Many visitors on one shared page, for as long as is wanted: nobody hears another, nothing grows.

    python -m bench.soak --seconds 3600 --visitors 50 --turns 20

Each visitor has a voice that sounds at a pitch of its own, which is looked for in every answer.
Rounds of visits follow one another; what the program holds is looked at after each.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import soundfile

from bench import tones
from studio.core.voices.starters import read_starters

LOWEST_HZ: Final = 300.0
STEP_HZ: Final = 25.0
MOST_EVENT_S: Final = 0.5
GROWTH: Final = 1.10
"""What is held after the last round, over what was held after the first."""


@dataclass
class Seen:
    """What the visitors met with."""

    events_s: list[float] = field(default_factory=list)
    heard: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Held:
    """What the program holds: memory in MB, descriptors, folders of visitors, threads."""

    memory_mb: float
    descriptors: int
    folders: int
    threads: int


class Visitor:
    """One who comes by with a voice of their own."""

    def __init__(self, url: str, number: int, seen: Seen) -> None:
        self.pitch_hz = LOWEST_HZ + STEP_HZ * number
        self.http = httpx.Client(base_url=url, timeout=300)
        begun = self.http.post("/visit").json()
        self.http.headers[begun["header"]] = begun["token"]
        self._seen = seen

    def make_voice(self, clip: Path) -> None:
        with clip.open("rb") as file:
            kept = self.http.post("/gradio_api/upload", files={"files": (clip.name, file)}).json()
        upload = {"path": kept[0], "meta": {"_type": "gradio.FileData"}}
        words = f"This voice sounds at {self.pitch_hz}"
        self.call("create_voice", "Mine", [upload], [words], "I agree.", "en", [])

    def turn(self, number: int) -> None:
        """Let the voice speak, hear who it is, and look at the list of voices."""
        said = self.call("speak", "Mine", f"Number {number}.", "neutral", *[None] * 6)
        file = said[0][0] if isinstance(said[0], list) else said[0]
        answer = self.http.get(f"/gradio_api/file={file['path']}")
        with tempfile.TemporaryFile() as sound:
            sound.write(answer.content)
            sound.seek(0)
            samples, _ = soundfile.read(sound, dtype="float32")
        heard = tones.pitch_hz(np.asarray(samples))
        if abs(heard - self.pitch_hz) > STEP_HZ / 2:
            self._seen.faults.append(f"{self.pitch_hz} Hz heard a voice of {heard:.0f} Hz")
        self._seen.heard += 1
        began = time.perf_counter()
        names = [voice["name"] for voice in self.call("list_voices")[0]]
        self._seen.events_s.append(time.perf_counter() - began)
        if names != ["Mine"]:
            self._seen.faults.append(f"saw the voices {names}")

    def call(self, name: str, *data: Any) -> Any:
        begun = self.http.post(f"/gradio_api/call/{name}", json={"data": list(data)})
        told = self.http.get(f"/gradio_api/call/{name}/{begun.json()['event_id']}")
        for answer in (begun, told):
            if answer.status_code >= 400:
                self._seen.faults.append(f"{name}: status {answer.status_code}")
        event, _, rest = told.text.strip().rpartition("event: ")[2].partition("\n")
        if event != "complete":
            self._seen.faults.append(f"{name}: {rest[:200]}")
        return json.loads(rest.removeprefix("data: "))


def soak(
    folder: Path, *, seconds: float, visitors: int, turns: int, pause_s: float = 0.0
) -> tuple[Seen, list[Held]]:
    """Rounds of visits for ``seconds``, and one in any case; what was seen, and held after each.
    ``pause_s`` is how long a visitor listens and thinks after each turn."""
    clip = read_starters()[0].clip
    seen = Seen()
    held: list[Held] = []
    with page(folder) as shared:
        url = shared.url.rstrip("/")
        ends = time.monotonic() + seconds
        while not held or time.monotonic() < ends:
            _round(shared, url, clip, visitors, turns, pause_s, seen)
            held.append(_held(folder))
    return seen, held


def _round(
    shared: Any, url: str, clip: Path, visitors: int, turns: int, pause_s: float, seen: Seen
) -> None:
    rest = threading.Event()  # which nobody sets
    came = [Visitor(url, number, seen) for number in range(visitors)]

    def visit(visitor: Visitor) -> None:
        try:
            visitor.make_voice(clip)
            for number in range(turns):
                visitor.turn(number)
                rest.wait(pause_s)
        except Exception as error:  # one visitor's trouble is a fault, and not the end
            seen.faults.append(f"{type(error).__name__}: {error}")
        finally:
            visitor.http.close()

    with ThreadPoolExecutor(visitors) as pool:
        list(pool.map(visit, came))
    for owner_id in [path.name for path in (shared.visitors.handed.uploads).iterdir()]:
        shared.visitors.visits.end(owner_id)
    shared.visitors.sweep()


@contextmanager
def page(folder: Path) -> Iterator[Any]:
    """A shared page whose voices are tones."""
    from studio.settings import Settings
    from studio.ui.serving import open_page

    tones.install(folder / "packages")
    sys.path.insert(0, str(folder / "packages"))
    (folder / "served").mkdir()
    os.environ |= {"GRADIO_TEMP_DIR": str(folder / "served"), "GRADIO_ANALYTICS_ENABLED": "False"}
    settings = Settings.read(
        shared="yes", engine=tones.NAME, port=0, starter_voices=False,
        profiles_dir=folder / "profiles", turns_an_hour=100_000,
    )  # fmt: skip
    try:
        with open_page(settings) as opened:
            opened.launch(prevent_thread_lock=True, quiet=True)
            yield opened
            opened.blocks.close(verbose=False)
    finally:
        sys.path.remove(str(folder / "packages"))


def _held(folder: Path) -> Held:
    gc.collect()
    places = (folder / "served", folder / "profiles")
    left = [path for place in places if place.is_dir() for path in place.glob("visit-*")]
    return Held(
        _memory_mb(),
        len(list(Path("/proc/self/fd").iterdir())),
        len(left),
        threading.active_count(),
    )


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def verdict(seen: Seen, held: Sequence[Held]) -> list[str]:
    """What is not as it should be, a sentence each."""
    wrong = [f"{len(seen.faults)} faults, such as: {seen.faults[0]}"] if seen.faults else []
    p95 = statistics.quantiles(seen.events_s, n=20)[-1] if len(seen.events_s) > 1 else 0.0
    if p95 > MOST_EVENT_S:
        wrong.append(f"95 % of the events take up to {1000 * p95:.0f} ms, wanted {MOST_EVENT_S} s")
    if any(one.folders for one in held):
        wrong.append("folders of visitors are left")
    if len(held) > 2:
        first, last = held[1], held[-1]  # the first round loads what is loaded once
        if last.memory_mb > first.memory_mb * GROWTH:
            wrong.append(f"memory grew from {first.memory_mb:.0f} to {last.memory_mb:.0f} MB")
        if last.descriptors > first.descriptors * GROWTH:
            wrong.append(f"descriptors grew from {first.descriptors} to {last.descriptors}")
    return wrong


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3_600.0)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--pause", type=float, default=5.0, help="s between two turns of one")
    asked = parser.parse_args(arguments)
    warnings.filterwarnings("ignore", module="gradio")
    with tempfile.TemporaryDirectory(prefix="voice-studio-soak-") as folder:
        seen, held = soak(
            Path(folder),
            seconds=asked.seconds,
            visitors=asked.visitors,
            turns=asked.turns,
            pause_s=asked.pause,
        )
    print(f"{seen.heard:,} replies heard, {len(held)} rounds of {asked.visitors} visitors")
    if len(seen.events_s) > 1:
        cuts = statistics.quantiles(seen.events_s, n=20)
        print(f"an event takes {1000 * cuts[9]:.0f} ms (median), {1000 * cuts[-1]:.0f} ms (95 %)")
    for number, one in enumerate(held, 1):
        print(
            f"round {number}: {one.memory_mb:.0f} MB, {one.descriptors} descriptors, "
            f"{one.threads} threads, {one.folders} folders of visitors"
        )
    wrong = verdict(seen, held)
    print("\n".join(wrong) or "Nobody heard another, and nothing grew.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
