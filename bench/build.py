"""From a clip of 30 s to a saved profile, and to a voice that an engine has read."""

from __future__ import annotations

import statistics
from functools import partial
from pathlib import Path

from bench.figures import Figure, median_seconds, processor_seconds, seconds
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
from studio.core.voices.making import Clip
from studio.studio import Studio
from studio.types import Audio

CLIP_S = 30.0
CONSENT = "A public recording, used to measure."


def measure(setting: Setting) -> list[Figure]:
    runs = 1 if setting.quick else 3
    paths, transcript = _clips_of_thirty_seconds(setting, runs + 1)
    decode_s = median_seconds(lambda: read(paths[0]), 3)
    with Studio.open(setting.folder / "profiles") as studio:

        def build(path: Path) -> None:
            studio.create_profile(path.stem, [Clip(path, transcript)], consent=CONSENT)

        cold_s, _ = seconds(partial(build, paths[0]))
        cold_context_s, _ = seconds(partial(studio.prepare, paths[0].stem))
        studio.stop_tuning(paths[0].stem)  # it would go on beside what is measured
        builds, contexts = [], []
        used_s = processor_seconds()
        for path in paths[1:]:
            builds.append(seconds(partial(build, path))[0])
        build_used_s, used_s = processor_seconds() - used_s, processor_seconds()
        for path in paths[1:]:
            contexts.append(seconds(partial(studio.prepare, path.stem))[0])
            studio.stop_tuning(path.stem)
        context_used_s = processor_seconds() - used_s
        tuned_s, _ = seconds(partial(studio.tune, paths[-1].stem))
    return [
        Figure(
            "30 s clip to saved profile", statistics.median(builds), "s", 3.0,
            baseline=decode_s, baseline_name="to decode it",
            note=f"{build_used_s / runs:.2f} s of processor; first in a process {cold_s:.2f} s",
        ),
        Figure(
            "the quick voice of it", statistics.median(contexts), "s", 3.0,
            baseline=CLIP_S, baseline_name="of sound",
            note=f"{context_used_s / runs:.2f} s of processor; engine started as well "
            f"{cold_context_s:.2f} s",
        ),
        Figure("the tuned voice, with nothing else to do", tuned_s, "s", 45.0),
    ]  # fmt: skip


def _clips_of_thirty_seconds(setting: Setting, count: int) -> tuple[list[Path], str]:
    """Clips of one person, with pauses between and around them that make it 30 s exactly.

    Each is cut a little differently, so that what was made of one cannot serve for the next.
    """
    people = readers_with_two_clips(setting.speech) if setting.speech else {}
    clips = max(people.values(), key=_seconds_that_fit, default=[some_recording(setting)])
    taken, words, left_s = list[Audio](), list[str](), CLIP_S
    for clip in clips:
        sound = read(clip.path)
        if sound.duration_s <= left_s:
            taken.append(sound)
            words.append(clip.transcript)
            left_s -= sound.duration_s
    pause_s = left_s / (len(taken) + 1)
    speech = taken[0]
    for sound in taken[1:]:
        speech = concatenate(speech, silence(pause_s), sound)
    paths = []
    for number in range(count):
        start = speech.slice(number * 0.005, speech.duration_s)
        paths.append(setting.folder / f"thirty-seconds-{number}.wav")
        paths[-1].write_bytes(encode_wav(concatenate(silence(pause_s), start, silence(pause_s))))
    return paths, " ".join(words)


def _seconds_that_fit(clips: list[Recording]) -> float:
    total_s = 0.0
    for clip in clips:
        duration_s = read(clip.path).duration_s
        total_s += duration_s if total_s + duration_s <= CLIP_S else 0.0
    return total_s
