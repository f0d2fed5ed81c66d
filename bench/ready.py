"""How long the studio voice takes to be ready, and how much memory: each start in a process of its
own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.figures import Figure, SkipPart
from bench.material import ROOT, Setting, add_speaker, some_recording
from studio.studio import Studio

LONGEST_S = 300
ENGINE = "kokoro"

_CHILD = """
import json, resource, sys, time
started = time.perf_counter()
from studio.studio import Studio
with Studio.open(sys.argv[1]) as studio:
    known = studio.prepare("speaker", engine="kokoro")
    studio.stop_tuning("speaker")
    ready = time.perf_counter() - started
    studio.speak("speaker", "It is good to be here.", engine="kokoro").audio()
    pages = int(open("/proc/self/statm").read().split()[1]) if sys.platform == "linux" else 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([known, ready, pages * resource.getpagesize() / 1e9, peak / 1e6]))
"""


def measure(setting: Setting) -> list[Figure]:
    recording = some_recording(setting)
    profiles = setting.folder / "profiles"
    with Studio.open(profiles) as studio:
        add_speaker(studio, recording)
    _, first_s, _, _ = _start(profiles, setting.folder / "cache")
    known, later_s, resident_gb, peak_gb = _start(profiles, setting.folder / "cache")
    if not known:
        raise SkipPart("the voice of the first start was not kept")
    return [
        Figure(
            "from the start of Python to a voice that can speak, first start", first_s, "s", 12.0,
            note="weights are unpacked, and a clip is learnt",
        ),
        Figure("the same, weights and voice kept", later_s, "s", 4.0),
        Figure(
            "memory of the process after it has spoken", resident_gb, "GB", 1.5,
            note=f"at most {peak_gb:.2f} GB",
        ),
    ]  # fmt: skip


def _start(profiles: Path, cache: Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(profiles)],
        cwd=ROOT,
        env={**os.environ, "VOICE_STUDIO_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    if done.returncode:
        raise SkipPart(f"the engine did not start: {done.stderr.strip()[-200:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
