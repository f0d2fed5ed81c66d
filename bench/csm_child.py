"""Starts CSM in a process of its own, speaks a little, and says what that took, as one JSON line.

    python -m bench.csm_child MODEL KIND DEVICE CACHE_DIR [VOICE_S]

Memory is that of the whole process, Python and torch included.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import torch

from bench.csm_voice import starter
from studio.engines.base import EngineSetup
from studio.engines.csm.engine import CsmEngine
from studio.engines.csm.files.checkpoint import open_checkpoint
from studio.text import prepare
from studio.types import SAMPLE_RATE, Audio, SpeechOptions

FRAMES = 8


def main(model: str, kind: str, device: str, cache_dir: str, voice_s: str = "") -> None:
    started = time.perf_counter()
    setup = EngineSetup(model, kind, device=device, cache_dir=Path(cache_dir))
    engine = CsmEngine(open_checkpoint(model), setup)
    engine.load()
    load_s = time.perf_counter() - started
    load_peak = _memory_gb("VmHWM")
    clip = starter().clips[0]
    assert clip.audio is not None
    samples = clip.audio.samples[: round(float(voice_s) * SAMPLE_RATE) if voice_s else None]
    context = engine.prepare([replace(clip, audio=Audio(samples))])
    stream = engine.stream(context, prepare("Well, hello!", "en"), SpeechOptions(seed=1))
    list(islice(stream, FRAMES))
    print(
        json.dumps(
            {
                "load_s": load_s,
                "voice_s": len(samples) / SAMPLE_RATE,
                "load_peak_gb": load_peak,
                "peak_gb": _memory_gb("VmHWM"),
                "resident_gb": _memory_gb("VmRSS"),
                "card_gb": torch.cuda.max_memory_allocated() / 1e9 if device == "cuda" else 0.0,
            }
        )
    )


def _memory_gb(field: str) -> float:
    """``field`` of Linux's account of this process: VmHWM is the most it ever had."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / 1e9
    raise ValueError(f"this system says nothing of {field}")


if __name__ == "__main__":
    main(*sys.argv[1:])
