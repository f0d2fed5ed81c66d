"""The starter voices: complete, in order, and good enough for the studio's own examination."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import soundfile

from studio.analysis import speaker
from studio.analysis.prosody import characteristics
from studio.clips.clean import CleaningRecipe
from studio.clips.decoding.decode import DecodeLimits, decode_clip
from studio.clips.examine import ExaminedClip, examine_clip
from studio.types import SAMPLE_RATE, Verdict

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "starters"
LISTING: dict[str, Any] = json.loads((FOLDER / "starters.json").read_text(encoding="utf-8"))
VOICES: dict[str, dict[str, Any]] = {voice["id"]: voice for voice in LISTING["voices"]}


@pytest.fixture(scope="module")
def examined() -> dict[str, ExaminedClip]:
    limits, recipe = DecodeLimits(), CleaningRecipe()
    return {
        name: examine_clip(decode_clip(FOLDER / voice["file"], limits), recipe)
        for name, voice in VOICES.items()
    }


def test_listing_and_files_are_the_same_voices() -> None:
    assert len(VOICES) == len(LISTING["voices"]) == 4
    assert {voice["file"] for voice in VOICES.values()} == {p.name for p in FOLDER.glob("*.flac")}
    assert len({voice["name"] for voice in VOICES.values()}) == 4
    for voice in VOICES.values():
        assert voice["licence"] == LISTING["licence"] == "CC0-1.0"
        assert len(voice["transcript"].split()) > 25
        assert {"name", "language", "tags", "description", "made"} <= voice.keys()


def test_the_licence_says_what_they_are() -> None:
    text = (FOLDER / "LICENSE.txt").read_text(encoding="utf-8")
    assert "CC0" in text
    assert "No person was recorded" in text
    assert all(voice["file"] in text for voice in VOICES.values())


def test_all_of_them_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_500_000


@pytest.mark.parametrize("name", VOICES)
def test_format(name: str) -> None:
    info = soundfile.info(FOLDER / VOICES[name]["file"])
    assert (info.samplerate, info.channels, info.subtype) == (SAMPLE_RATE, 1, "PCM_16")
    assert 9.0 < info.duration < 14.0


@pytest.mark.parametrize("name", VOICES)
def test_the_examination_accepts_it(name: str, examined: dict[str, ExaminedClip]) -> None:
    report = examined[name].report
    assert report.verdict is Verdict.ACCEPT, report.advice
    assert report.voice_activity == "silero"
    assert report.speech_s > 8.0


@pytest.mark.parametrize("name", VOICES)
def test_the_words_fit_the_clip(name: str, examined: dict[str, ExaminedClip]) -> None:
    clip = examined[name]
    written = characteristics(clip.cleaned, clip.speech, VOICES[name]["transcript"])
    heard = characteristics(clip.cleaned, clip.speech)
    assert written.pace_syllables_per_s == pytest.approx(heard.pace_syllables_per_s, rel=0.25)


def test_they_are_four_voices(examined: dict[str, ExaminedClip]) -> None:
    embeddings = {name: speaker.embed(clip.cleaned) for name, clip in examined.items()}
    for one, other in itertools.combinations(embeddings.values(), 2):
        assert speaker.similarity(one, other) < 0.75
    medians = sorted(
        characteristics(clip.cleaned, clip.speech).f0_median_hz or 0.0 for clip in examined.values()
    )
    assert all(high / low > 1.15 for low, high in itertools.pairwise(medians))
