"""From a clip of 30 s to a saved profile, and to a voice that an engine has read."""

from __future__ import annotations

import statistics
from functools import partial
from pathlib import Path

from bench.figures import Figure, median_seconds, seconds
from bench.material import (
    Recording,
    Setting,
    concatenate,
    read,
    readers_with_two_clips,
    silence,
    some_recording,
)
from studio.audio.files import encode_wav
from studio.core.making import Clip
from studio.studio import Studio
from studio.types import Audio

CLIP_S = 30.0
CONSENT = "A public recording, used to measure."


def measure(setting: Setting) -> list[Figure]:
    path, transcript = _clip_of_thirty_seconds(setting)
    decode_s = median_seconds(lambda: read(path), 3)
    build_times, context_times = [], []
    with Studio.open(setting.folder / "profiles") as studio:

        def build(name: str) -> None:
            studio.create_profile(name, [Clip(path, transcript)], consent=CONSENT)

        cold_s, _ = seconds(partial(build, "cold"))
        cold_context_s, _ = seconds(partial(studio.prepare, "cold"))
        for number in range(1 if setting.quick else 3):
            name = f"warm {number}"
            build_times.append(seconds(partial(build, name))[0])
            context_times.append(seconds(partial(studio.prepare, name))[0])
    build_s, context_s = statistics.median(build_times), statistics.median(context_times)
    return [
        Figure(
            "30 s clip to saved profile", build_s, "s", 3.0,
            baseline=decode_s, baseline_name="to decode it",
            note=f"first time in a process: {cold_s:.2f} s",
        ),
        Figure(
            "the engine's context of it", context_s, "s", 6.0,
            baseline=CLIP_S, baseline_name="of sound",
            note=f"engine started as well: {cold_context_s:.2f} s",
        ),
    ]  # fmt: skip


def _clip_of_thirty_seconds(setting: Setting) -> tuple[Path, str]:
    """Clips of one person, with pauses between and around them that make it 30 s exactly."""
    people = readers_with_two_clips(setting.speech) if setting.speech else {}
    clips = max(people.values(), key=_seconds_that_fit, default=[some_recording(setting)])
    taken, words, left_s = list[Audio](), list[str](), CLIP_S
    for clip in clips:
        sound = read(clip.path)
        if sound.duration_s <= left_s:
            taken.append(sound)
            words.append(clip.transcript)
            left_s -= sound.duration_s
    pause = silence(left_s / (len(taken) + 1))
    parts = [pause]
    for sound in taken:
        parts += [sound, pause]
    path = setting.folder / "thirty-seconds.wav"
    path.write_bytes(encode_wav(concatenate(*parts)))
    return path, " ".join(words)


def _seconds_that_fit(clips: list[Recording]) -> float:
    total_s = 0.0
    for clip in clips:
        duration_s = read(clip.path).duration_s
        total_s += duration_s if total_s + duration_s <= CLIP_S else 0.0
    return total_s
