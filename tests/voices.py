"""Synthetic voices for tests that need speech and have no recording: espeak-ng, made on the spot.

espeak-ng keeps its state in C globals, so it speaks in a child process; each text is made once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import numpy as np
import soxr

from studio.types import SAMPLE_RATE, Audio

_CHILD = """
import ctypes, json, sys
import espeakng_loader

asked = json.load(sys.stdin)
lib = ctypes.CDLL(espeakng_loader.get_library_path())
CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)
heard = bytearray()

@CALLBACK
def keep(samples, count, events):
    if samples and count > 0:
        heard.extend(ctypes.string_at(samples, count * 2))
    return 0

RETRIEVAL, DONT_EXIT, UTF8, RATE, PITCH = 1, 0x8000, 1, 1, 3
data = espeakng_loader.get_data_path().encode()
sample_rate = lib.espeak_Initialize(RETRIEVAL, 0, data, DONT_EXIT)
lib.espeak_SetSynthCallback(keep)
if sample_rate <= 0 or lib.espeak_SetVoiceByName(asked["voice"].encode()) != 0:
    sys.exit(f"espeak-ng has no voice {asked['voice']!r}")
lib.espeak_SetParameter(RATE, asked["speed"], 0)
lib.espeak_SetParameter(PITCH, asked["pitch"], 0)
# A whisper is random noise; the seed makes it the same one in every run.
lib.espeak_ng_SetRandSeed(1)
text = asked["text"].encode()
lib.espeak_Synth(text, len(text) + 1, 0, 0, 0, UTF8, None, None)
lib.espeak_Synchronize()
sys.stdout.buffer.write(sample_rate.to_bytes(4, "little") + bytes(heard))
"""


@cache
def spoken(text: str, voice: str = "en-us", pitch: int = 50, speed: int = 165) -> Audio:
    """``text`` read by espeak-ng at 24 kHz; ``pitch`` 0 to 99, ``speed`` in words per minute.

    ``voice`` is an espeak-ng name; a variant makes another speaker: "en-us+f2", "en-us+m3". There
    are about 10 ms of silence at each end. The samples are shared between tests, so they cannot
    be written to.
    """
    asked = json.dumps({"text": text, "voice": voice, "pitch": pitch, "speed": speed})
    done = subprocess.run(
        [sys.executable, "-c", _CHILD], input=asked.encode(), capture_output=True, timeout=60
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    sample_rate = int.from_bytes(done.stdout[:4], "little")
    heard = np.frombuffer(done.stdout[4:], dtype="<i2").astype(np.float32) / 32_768
    samples = np.asarray(soxr.resample(heard, sample_rate, SAMPLE_RATE), dtype=np.float32)
    samples.flags.writeable = False
    return Audio(samples)
