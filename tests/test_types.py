from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import OptionsError
from studio.types import (
    FRAME_S,
    FRAME_SAMPLES,
    SAMPLE_RATE,
    Audio,
    CleaningReport,
    Emotion,
    Finding,
    SpeechOptions,
    SpeechStats,
    Verdict,
)


def test_a_frame_is_eighty_milliseconds() -> None:
    assert FRAME_S == FRAME_SAMPLES / SAMPLE_RATE == 0.08


@pytest.mark.parametrize(
    "samples", [np.zeros((2, 4), np.float32), np.zeros(4), np.zeros(4, np.int16)]
)
def test_audio_refuses_other_shapes_and_types(samples: np.ndarray) -> None:
    with pytest.raises(ValueError, match="float32"):
        Audio(samples)


@given(st.floats(-1, 3), st.floats(-1, 3))
def test_a_slice_never_leaves_the_clip(start_s: float, end_s: float) -> None:
    audio = Audio(np.arange(SAMPLE_RATE, dtype=np.float32))
    part = audio.slice(start_s, end_s)
    assert part.sample_rate == audio.sample_rate
    assert np.isin(part.samples, audio.samples).all()
    wanted_s = max(0.0, min(end_s, 1.0) - max(start_s, 0.0))
    assert part.duration_s == pytest.approx(wanted_s, abs=1 / SAMPLE_RATE)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("temperature", [math.nan, math.inf, -math.inf, -0.1, 2.1, 1e9]),
        ("closeness", [math.nan, -0.01, 1.01]),
        ("top_k", [0, -1, 2_049, 10**400]),
        ("seed", [-1, 2**32, 10**400]),
    ],
)
def test_options_out_of_range_are_refused_with_the_range(name: str, values: list[float]) -> None:
    for value in values:
        with pytest.raises(OptionsError, match=r"must be between .* and .*, not .*\.$") as caught:
            SpeechOptions(**{name: value})
        assert len(str(caught.value)) < 100
        assert "e+" not in str(caught.value), "plain figures"


def test_a_refused_option_is_called_by_its_name_and_its_range_is_in_plain_figures() -> None:
    with pytest.raises(OptionsError, match=r"^Seed must be between 0 and 4294967295, not -1\.$"):
        SpeechOptions(seed=-1)
    with pytest.raises(OptionsError, match=r"^Closeness must be between 0 and 1, not 1\.25\.$"):
        SpeechOptions(closeness=1.25)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("temperature", "warm"),
        ("temperature", True),
        ("closeness", None),
        ("top_k", 2.5),
        ("top_k", "5"),
        ("seed", 1.5),
        ("seed", math.nan),
        ("seed", math.inf),
        ("seed", b"7"),
        ("emotion", "grumpy"),
        ("emotion", ["happy"]),
    ],
)
def test_options_of_another_kind_are_a_sentence(option: str, value: object) -> None:
    with pytest.raises(OptionsError, match=option.replace("_", ".")) as caught:
        SpeechOptions(**{option: value})  # type: ignore[arg-type]
    assert str(caught.value).endswith(".")


def test_numbers_of_numpy_become_plain_ones() -> None:
    options = SpeechOptions(seed=np.int64(7), temperature=np.float32(0.5), top_k=9.0)  # type: ignore[arg-type]
    assert json.dumps([options.seed, options.temperature, options.top_k]) == "[7, 0.5, 9]"


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": 0.0, "closeness": 0.0, "seed": 0, "top_k": 1},
        {"temperature": 2.0, "closeness": 1.0, "seed": 2**32 - 1, "top_k": 2_048},
    ],
)
def test_options_at_both_ends_are_taken(options: dict[str, float]) -> None:
    SpeechOptions(**options)  # type: ignore[arg-type]


def test_advice_asks_for_the_worst_first_and_says_nothing_of_what_is_fine() -> None:
    report = CleaningReport(
        source_format="wav",
        source_sample_rate=44_100,
        source_channels=1,
        source_duration_s=2.0,
        duration_s=1.5,
        speech_s=1.2,
        lufs_before=None,
        lufs_after=None,
        true_peak_before_dbtp=None,
        true_peak_dbtp=None,
        gain_db=0.0,
        trimmed_start_s=0.25,
        trimmed_end_s=0.25,
        pauses_shortened_s=0.0,
        snr_db=None,
        noise_floor_dbfs=None,
        clipping_ratio=0.0,
        bandwidth_hz=None,
        voice_activity="energy",
        findings=(
            Finding("level", Verdict.ACCEPT, "The level is good."),
            Finding("noise", Verdict.WARN, "Record in a quieter room."),
            Finding("length", Verdict.REFUSE, "Record at least 3 s."),
        ),
        verdict=Verdict.REFUSE,
    )
    assert report.advice == ("Record at least 3 s.", "Record in a quieter room.")


def test_stats_become_plain_json() -> None:
    stats = SpeechStats(
        engine="kokoro",
        seed=7,
        emotion=Emotion.SAD,
        sample_rate=24_000,
        duration_s=1.23456789,
        ttfa_s=0.1,
        rtf=0.1,
        profile_revision=3,
        context_was_cached=True,
        notes=("a note",),
    )
    row = json.loads(json.dumps(stats.to_json()))
    assert row["emotion"] == "sad"
    assert row["duration_s"] == 1.2346
    assert set(row) >= {
        "engine",
        "seed",
        "sample_rate",
        "duration_s",
        "ttfa_s",
        "rtf",
        "profile_revision",
    }
