"""How soon and how fast the engine that is always there speaks."""

from __future__ import annotations

import statistics
import time

from bench.figures import Figure, median_seconds
from bench.material import SENTENCES, Setting, add_speaker, render, some_recording
from studio import SpeechRequest
from studio.studio import Studio
from studio.types import FRAME_S

# Ten words each; a new one for each request, so that nothing can have been kept.
FIRST_SENTENCES = (
    "The boat came slowly into the harbour after the storm.",
    "We will meet you at the station tomorrow before noon.",
    "Nobody knew why the lights had gone out so early.",
    "He put the keys on the table and went upstairs.",
    "Her new garden is full of roses and apple trees.",
    "They sat by the fire and told each other stories.",
    "Bring some warm clothes because the nights are still cold.",
)
LONG_TEXT = " ".join(SENTENCES)
ENGINE = "kokoro"


def measure(setting: Setting) -> list[Figure]:
    recording = some_recording(setting)
    with Studio.open(setting.folder / "profiles") as studio:
        add_speaker(studio, recording)
        studio.prepare("speaker", engine=ENGINE)
        studio.stop_tuning("speaker")  # it would go on beside what is measured
        studio.speak("speaker", "Ready.", SpeechRequest(engine=ENGINE)).audio()
        first_s = [_first_sound(studio, text) for text in FIRST_SENTENCES]
        takes = [_whole(studio, seed) for seed in range(1 if setting.quick else 3)]
    raw_s = render(LONG_TEXT).duration_s
    raw_first_s = median_seconds(lambda: render(FIRST_SENTENCES[0]), 7)
    raw_rtf = median_seconds(lambda: render(LONG_TEXT), 3) / raw_s
    return [
        Figure(
            "first sound, sentence of 10 words", 1000 * statistics.median(first_s), "ms", 350.0,
            baseline=1000 * raw_first_s, baseline_name="raw hibari",
            note=f"slowest of {len(first_s)}: {1000 * max(first_s):.0f} ms",
        ),
        Figure(
            "real-time factor", statistics.median(rtf for rtf, _ in takes), "", 0.25,
            baseline=raw_rtf, baseline_name="raw hibari",
            note="compute seconds per second of speech",
        ),
        Figure(
            "latest frame behind playback", 1000 * max(late_s for _, late_s in takes), "ms", 0.0,
            note="0 or less: a listener who starts with the first frame hears no gap",
        ),
    ]  # fmt: skip


def _first_sound(studio: Studio, text: str) -> float:
    """Seconds to the first frame; the rest is cancelled, as by a person who skips."""
    with studio.speak(
        "speaker", f"{text} {SENTENCES[0]}", SpeechRequest(engine=ENGINE)
    ) as utterance:
        next(utterance)
        assert utterance.ttfa_s is not None
        return utterance.ttfa_s


def _whole(studio: Studio, seed: int) -> tuple[float, float]:
    """RTF, and by how much the latest frame misses its turn when played from the first on."""
    late_s = -FRAME_S
    started = None
    with studio.speak("speaker", LONG_TEXT, SpeechRequest(engine=ENGINE, seed=seed)) as utterance:
        for frame in utterance:
            now = time.perf_counter()
            started = now if started is None else started
            if frame.index > 0:
                late_s = max(late_s, now - started - frame.index * FRAME_S)
        return utterance.stats.rtf, late_s
