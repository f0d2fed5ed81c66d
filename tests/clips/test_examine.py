"""From a file to a verdict: everything that can go wrong, and the recordings that must go right."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.analysis.pace import too_few_words, too_many_words
from studio.analysis.prosody import characteristics
from studio.audio.loudness import integrated_lufs, true_peak_dbtp
from studio.clips.clean import CleaningRecipe
from studio.clips.content import Content
from studio.clips.decoding.decode import DecodedClip, DecodeLimits, decode_clip
from studio.clips.examine import ExaminedClip, examine_clip
from studio.clips.findings import ClipMeasures, judge, with_words, worst
from studio.errors import ClipTooLargeError, UnreadableClipError
from studio.types import Audio, Verdict
from tests.corpus import (
    MAKERS,
    RATE,
    SENTENCE,
    as_audio,
    bad_clip,
    chords,
    noise,
    sound_file,
    speech,
)
from tests.voices import spoken


def decoded(samples: np.ndarray) -> DecodedClip:
    audio = as_audio(samples)
    return DecodedClip(audio, "wav", RATE, 1, audio.duration_s)


def examine(samples: np.ndarray, recipe: CleaningRecipe | None = None) -> ExaminedClip:
    return examine_clip(decoded(samples), recipe or CleaningRecipe())


def check_sound(examined: ExaminedClip) -> None:
    """What holds for every clip: finite, within the ceiling, a report that JSON can hold."""
    samples = examined.cleaned.samples
    assert np.isfinite(samples).all()
    peak = true_peak_dbtp(examined.cleaned)
    assert peak is None or peak <= -1
    json.dumps(asdict(examined.report), allow_nan=False)
    for finding in examined.report.findings:
        assert finding.sentence.endswith(".")
        assert finding.sentence.isprintable()


@pytest.mark.parametrize("name", MAKERS)
def test_bad_clips_end_in_a_sentence(name: str, tmp_path: Path) -> None:
    clip = bad_clip(name)
    path = tmp_path / "clip.wav"
    path.write_bytes(clip.data)
    try:
        examined = examine_clip(decode_clip(path, DecodeLimits()), CleaningRecipe())
    except UnreadableClipError as error:
        ends, says = "unreadable", str(error)
    except ClipTooLargeError as error:
        ends, says = "too large", str(error)
    else:
        check_sound(examined)
        ends, says = examined.report.verdict.value, " ".join(examined.report.advice)
    assert ends == clip.ends, says
    assert clip.says in says
    assert ends == "accept" or says.endswith(".")
    assert path.read_bytes() == clip.data


@given(
    samples=st.lists(st.floats(-1, 1, width=32), max_size=300).map(np.array),
    repeats=st.integers(1, 300),
    trim=st.booleans(),
    shorten=st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_any_samples_can_be_examined(
    samples: np.ndarray, repeats: int, trim: bool, shorten: bool
) -> None:
    check_sound(examine(np.tile(samples, repeats), CleaningRecipe(trim, shorten)))


def test_a_good_clip_is_accepted_and_reported() -> None:
    original = speech(2)
    examined = examine(original * 0.2 + np.float32(0.05))
    report = examined.report
    assert report.verdict is Verdict.ACCEPT
    assert report.advice == ()
    assert [f.measure for f in report.findings] == [
        "speech", "noise", "clipping", "bandwidth", "loudness",
    ]  # fmt: skip
    assert report.lufs_after == pytest.approx(-20, abs=0.5)
    assert report.lufs_before is not None
    assert report.lufs_after - report.lufs_before == pytest.approx(report.gain_db, abs=0.3)
    assert report.trimmed_start_s == pytest.approx(0.46, abs=0.04)
    assert report.trimmed_end_s == pytest.approx(0.46, abs=0.08)
    assert report.duration_s == examined.cleaned.duration_s
    assert abs(examined.cleaned.samples.mean()) < 1e-3
    assert examined.speech[0].start_s == pytest.approx(0.05, abs=0.001)
    assert examined.speech[-1].end_s == pytest.approx(report.duration_s - 0.05, abs=0.001)


def test_cleaning_twice_changes_next_to_nothing() -> None:
    once = examine(speech(2))
    twice = examine(once.cleaned.samples)
    assert twice.report.gain_db == pytest.approx(0, abs=0.1)
    assert twice.report.trimmed_start_s + twice.report.trimmed_end_s < 0.05
    assert twice.report.verdict is once.report.verdict


def test_a_cut_can_be_undone() -> None:
    original = speech()
    whole = examine(original, CleaningRecipe(trim=False))
    assert len(whole.cleaned.samples) == len(original)
    gain = 10 ** (whole.report.gain_db / 20)
    np.testing.assert_allclose(
        whole.cleaned.samples, (original - original.mean()) * gain, atol=1e-4
    )
    assert whole.original.samples.tolist() == original.tolist()


def test_a_knock_that_holds_the_gain_down_is_named() -> None:
    samples = speech() * np.float32(0.05)
    samples[RATE : RATE + 20] = 0.99
    report = examine(samples).report
    [loudness] = [f for f in report.findings if f.measure == "loudness"]
    assert loudness.verdict is Verdict.WARN
    assert "knock" in loudness.sentence


def test_a_float_clip_above_full_scale_reports_its_own_levels() -> None:
    plain = examine(speech())
    loud = examine_clip(
        DecodedClip(as_audio(speech()), "wav", RATE, 1, 1.0, scale_db=-12.0), CleaningRecipe()
    )
    assert plain.report.lufs_before is not None
    assert loud.report.lufs_before == pytest.approx(plain.report.lufs_before + 12)
    assert loud.report.gain_db == pytest.approx(plain.report.gain_db - 12)


def hum(count: int, hertz: int) -> np.ndarray:
    """The mains with their harmonics, as loud as ``noise`` of level 1."""
    t = np.arange(count) / RATE
    tone = sum(np.sin(2 * np.pi * hertz * k * t + k) / k for k in range(1, 12))
    return np.asarray(tone / np.std(tone), dtype=np.float32)


@pytest.mark.parametrize("channel", [0, 1])
@pytest.mark.parametrize("other", ["noise", "50 Hz", "60 Hz", "loud noise"])
def test_the_channel_with_the_voice_is_used(other: str, channel: int, tmp_path: Path) -> None:
    """The last word is soft, and would be cut off in the average of the channels."""
    voice = speech(2)
    ending = len(voice) - RATE  # the last half second of words, before that of room
    voice[ending : ending + RATE // 2] *= 0.06
    level = float(voice.std()) * (0.8 if other == "loud noise" else 0.15)
    rest = hum(len(voice), int(other[:2])) if "Hz" in other else noise(len(voice), 1.0, seed=7)
    sides = [voice, rest * np.float32(level)] if channel == 0 else [rest * np.float32(level), voice]
    path = tmp_path / "recorder.wav"
    path.write_bytes(sound_file(np.stack(sides, axis=1)))
    alone = examine(voice)
    report = examine_clip(decode_clip(path, DecodeLimits()), CleaningRecipe()).report
    assert report.trimmed_end_s == pytest.approx(alone.report.trimmed_end_s, abs=0.01)
    assert report.snr_db == pytest.approx(alone.report.snr_db, abs=0.5)
    assert report.lufs_before == pytest.approx(alone.report.lufs_before, abs=0.1)
    [said] = report.advice
    assert said.startswith(f"Only the {('left', 'right')[channel]} channel is used")
    assert report.verdict is Verdict.ACCEPT


def test_a_pair_of_microphones_is_averaged(tmp_path: Path) -> None:
    voice = speech(2)
    pair = [
        np.roll(voice, shift) + noise(len(voice), 2e-3, seed) for shift, seed in ((0, 3), (9, 4))
    ]
    path = tmp_path / "pair.wav"
    path.write_bytes(sound_file(np.stack(pair, axis=1)))
    both = examine_clip(decode_clip(path, DecodeLimits()), CleaningRecipe()).report
    one = examine(pair[0]).report
    assert both.advice == ()
    assert both.snr_db is not None
    assert one.snr_db is not None
    assert both.snr_db > one.snr_db + 0.5


def test_two_voices_in_one_clip() -> None:
    man = spoken("The first of the two voices talks about the weather for a while.", "en-us+m3", 30)
    woman = spoken("And the other one answers that it was never any better before.", "en-us+f2", 75)
    gap = np.zeros(RATE // 2, dtype=np.float32)
    parts = [man.samples, gap, woman.samples, gap] * 2
    report = examine(np.concatenate(parts) + noise(sum(map(len, parts)), 1e-4)).report
    [speakers] = [f for f in report.findings if f.measure == "speakers"]
    assert speakers.verdict is Verdict.WARN
    assert "second voice" in speakers.sentence


@pytest.mark.parametrize(
    ("transcript", "says"),
    [
        ("", None),
        (SENTENCE, None),
        (SENTENCE.upper() + " Yes!", None),
        ("word " * 999, "more words"),
        ("1 2 3 4 5 6 7 8 9 " * 20, "more words"),
        ("这是别的话" * 40, "more words"),
        ("كلمة " * 99, "more words"),
        ("Hello.", "fewer words"),
        ("In 1999.", None),  # who knows how long that is when it is read
    ],
)
def test_a_transcript_of_another_clip_is_questioned(transcript: str, says: str | None) -> None:
    report = with_words(examine(speech()).report, transcript)
    asked = [f.sentence for f in report.findings if f.measure == "transcript"]
    assert len(asked) == (says is not None)
    assert says is None or says in asked[0]
    assert with_words(report, "").findings == with_words(report, SENTENCE).findings


@pytest.mark.speech
def test_true_transcripts_are_not_questioned(speech_dir: Path) -> None:
    with (speech_dir / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["transcript"]]
    for row in rows:
        words, seconds = row["transcript"], float(row["duration_s"])
        assert not too_many_words(words, 0.7 * seconds), row["file"]
        assert not too_few_words(words, seconds), row["file"]
    assert len(rows) > 8


def test_music_behind_the_voice_is_named() -> None:
    gap = np.zeros(RATE, dtype=np.float32)
    voice = np.concatenate([gap, speech(), gap])
    tune = np.tile(chords(), 2)[: len(voice)]
    report = examine(voice + 0.2 * tune).report
    assert [f.measure for f in report.findings if f.verdict is Verdict.WARN][-1] == "music"


GOOD = ClipMeasures(12.0, Content.UNKNOWN, 40.0, 0.0, 11_000.0, 3.0, -20.0, -20.0, False, None)


@pytest.mark.parametrize(
    ("changes", "measure", "verdict"),
    [
        ({"speech_s": 0.9}, "speech", Verdict.REFUSE),
        ({"speech_s": 2.5}, "speech", Verdict.WARN),
        ({"speech_s": 7.0}, "speech", Verdict.WARN),
        ({"speech_s": 8.5}, "speech", Verdict.ACCEPT),
        ({"snr_db": 19.0}, "noise", Verdict.WARN),
        ({"snr_db": 2.0}, "noise", Verdict.REFUSE),
        ({"clipping_ratio": 0.001}, "clipping", Verdict.WARN),
        ({"clipping_ratio": 0.05}, "clipping", Verdict.REFUSE),
        ({"bandwidth_hz": 3_900.0}, "bandwidth", Verdict.WARN),
        ({"bandwidth_hz": 7_900.0}, "narrow", Verdict.ACCEPT),
        ({"lufs_after": -23.0}, "loudness", Verdict.ACCEPT),
        ({"lufs_after": -27.0}, "loudness", Verdict.WARN),
        ({"gain_db": 40.0}, "loudness", Verdict.WARN),
        ({"music_behind": True}, "music", Verdict.WARN),
        ({"second_voice_s": 67.4}, "speakers", Verdict.WARN),
    ],
)
def test_each_measure_is_judged_by_itself(
    changes: dict[str, float | bool], measure: str, verdict: Verdict
) -> None:
    findings = judge(ClipMeasures(**{**asdict(GOOD), **changes}))
    assert {f.measure: f.verdict for f in findings}[measure] is verdict
    assert worst(findings) is verdict


def test_measures_without_a_value_are_left_out() -> None:
    nothing = ClipMeasures(5.0, Content.UNKNOWN, None, 0.0, None, 0.0, -20.0, None, False, None)
    assert {f.measure for f in judge(nothing)} == {"speech", "clipping"}


CLEAN = [
    "ls_1688-142285-0003.flac", "ls_1688-142285-0006.flac", "ls_1998-15444-0001.flac",
    "ls_1998-15444-0004.flac", "ls_3331-159605-0002.flac", "ls_3331-159605-0008.flac",
    "ls_5703-47212-0000.ogg", "lj_LJ001-0004.wav", "lj_LJ001-0007.mp3",
    "vctk_p287_003_clean.wav", "cml_fr_1591_1028_000023.wav", "cml_fr_1591_1028_000096.wav",
    "aishell_BAC009S0764W0121.wav", "jfk_inaugural.flac",
]  # fmt: skip


@pytest.mark.speech
@pytest.mark.parametrize("name", CLEAN)
def test_good_recordings_are_accepted(name: str, speech_dir: Path) -> None:
    examined = examine_clip(decode_clip(speech_dir / name, DecodeLimits()), CleaningRecipe())
    check_sound(examined)
    asked = {f.measure for f in examined.report.findings if f.verdict is not Verdict.ACCEPT}
    assert asked == ({"speech"} if examined.report.speech_s < 8 else set())
    if examined.report.source_sample_rate == 16_000:
        assert any("will not be bright" in said for said in examined.report.advice)
    lufs, peak = integrated_lufs(examined.cleaned), true_peak_dbtp(examined.cleaned)
    assert lufs is not None
    assert peak is not None
    assert lufs == pytest.approx(-20, abs=0.5) or peak == pytest.approx(-1, abs=0.1)


@pytest.mark.speech
@pytest.mark.parametrize(
    ("name", "verdict", "measures"),
    [
        ("ami_dev00_2spk.wav", Verdict.WARN, {"speakers"}),
        ("music_trumpet.ogg", Verdict.REFUSE, {"speech"}),
        ("vctk_p287_003_noisy.wav", Verdict.WARN, {"noise", "speech"}),
        ("fsdd_jackson_8k.wav", Verdict.WARN, {"bandwidth", "speech"}),
        ("cml_es_3503_2162_000104.wav", Verdict.WARN, {"hum"}),
        ("thorsten_neutral.wav", Verdict.WARN, {"speech"}),
        ("thorsten_angry.wav", Verdict.WARN, {"speech"}),
        ("thorsten_whisper.wav", Verdict.WARN, {"speech"}),
    ],
)
def test_recordings_with_something_the_matter(
    name: str, verdict: Verdict, measures: set[str], speech_dir: Path
) -> None:
    report = examine_clip(decode_clip(speech_dir / name, DecodeLimits()), CleaningRecipe()).report
    assert report.verdict is verdict
    assert {f.measure for f in report.findings if f.verdict is not Verdict.ACCEPT} == measures


def with_hum(audio: Audio, hz: float, below_db: float) -> Audio:
    """``audio`` with a hum of eight tones, ``below_db`` below its loud parts."""
    times = np.arange(len(audio.samples)) / audio.sample_rate
    hum = sum(np.sin(2 * np.pi * k * hz * times + k * k) / k for k in range(1, 9))
    blocks = audio.samples[: len(audio.samples) // 480 * 480].reshape(-1, 480).astype(np.float64)
    power = np.square(blocks).mean(axis=1)
    level = np.sqrt(power[power > np.percentile(power, 95) * 1e-3].mean()) * 10 ** (-below_db / 20)
    return Audio(audio.samples + (hum * level / np.sqrt(np.mean(hum**2))).astype(np.float32))


@pytest.mark.speech
@pytest.mark.parametrize(
    ("name", "hz", "below_db"),
    [
        ("ls_3331-159605-0002.flac", 60.04, 18.0),
        ("ls_1688-142285-0003.flac", 49.96, 24.0),
        ("ls_1998-15444-0004.flac", 60.0, 12.0),
        ("cml_es_3503_2162_000104.wav", 50.0, 12.0),
        ("vctk_p287_003_clean.wav", 50.0, 18.0),
        ("vctk_p287_003_clean.wav", 60.02, 30.0),
        ("ls_5703-47212-0000.ogg", 60.0, 12.0),
        ("thorsten_neutral.wav", 50.0, 24.0),
    ],
)
def test_mains_hum_changes_neither_pitch_nor_edges_and_is_said(
    name: str, hz: float, below_db: float, speech_dir: Path
) -> None:
    clip = decode_clip(speech_dir / name, DecodeLimits())
    clean = examine_clip(clip, CleaningRecipe())
    hummed = examine_clip(replace(clip, audio=with_hum(clip.audio, hz, below_db)), CleaningRecipe())
    assert any("hum" in sentence for sentence in hummed.report.advice)
    pitches = [characteristics(found.cleaned, found.speech) for found in (clean, hummed)]
    for measure in ("f0_median_hz", "f0_low_hz", "f0_high_hz"):
        before, after = (getattr(pitch, measure) for pitch in pitches)
        assert after == pytest.approx(before, rel=0.03)
    for end in ("trimmed_start_s", "trimmed_end_s"):
        assert getattr(hummed.report, end) == pytest.approx(getattr(clean.report, end), abs=0.05)
    assert len(hummed.original.samples) == len(clip.audio.samples)


def test_an_examined_clip_shares_nothing_that_can_change() -> None:
    samples = speech().copy()
    examined = examine(samples)
    before = examined.cleaned.samples.copy()
    samples[:] = 0
    np.testing.assert_array_equal(examined.cleaned.samples, before)
    assert isinstance(examined.original, Audio)
