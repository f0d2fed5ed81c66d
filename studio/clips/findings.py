"""From the numbers of a clip to judgements: each measure gets a verdict and a sentence.

The thresholds were set on recordings of 14 speakers: good readings lie clear of every warning,
and each warning has a recording that deserves it. A sentence says what is the matter and what to
do about it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from studio.analysis.pace import too_few_words, too_many_words
from studio.clips.content import Content
from studio.types import CleaningReport, Finding, Verdict

LEAST_SPEECH_S: Final = 1.0
"""Below this there is not enough of a voice to follow: about three words."""

_VERY_SHORT_S: Final = 3.0
_AMPLE_S: Final = 8.0
"""What ten seconds of somebody talking, which are asked for, hold without the pauses."""

_NOISY_DB: Final = 20.0
_DROWNED_DB: Final = 3.0
_FAINT_HUM_DB: Final = 34.0
_CLIPPED: Final = 5e-4
_RUINED: Final = 0.03
_TELEPHONE_HZ: Final = 5_000.0
_WIDE_HZ: Final = 9_000.0
_QUIET_GAIN_DB: Final = 30.0
_HELD_DOWN_LU: Final = 0.5
_HELD_DOWN_FAR_LU: Final = 6.0

_NO_SPEECH: Final = {
    Content.NOTHING: (
        "There is no sound in the clip, or only a moment of it. Record at least 3 s of speech."
    ),
    Content.SILENCE: (
        "The clip is silent. Check that the right microphone was on, and record again."
    ),
    Content.NOISE: "There is only noise in the clip. Choose a recording in which somebody speaks.",
    Content.MUSIC: (
        "The clip seems to be music, with nobody speaking. Choose a recording of a voice alone."
    ),
    Content.UNKNOWN: "No speech was found in the clip. Choose one in which one person speaks.",
}


@dataclass(frozen=True)
class ClipMeasures:
    """What ``judge`` looks at. Levels are dB; None where a measure has no value."""

    speech_s: float
    content: Content
    """What is there instead, when ``speech_s`` is 0."""
    snr_db: float | None
    clipping_ratio: float
    bandwidth_hz: float | None
    gain_db: float
    target_lufs: float
    lufs_after: float | None
    music_behind: bool
    second_voice_s: float | None
    hum_hz: float | None = None
    """Of the mains, where it hummed; the other measures are those without it."""
    hum_below_db: float | None = None


def judge(measures: ClipMeasures) -> tuple[Finding, ...]:
    """One finding for each measure, in the order of the report."""
    if measures.speech_s == 0:
        return (Finding("speech", Verdict.REFUSE, _NO_SPEECH[measures.content]),)
    findings = [
        _speech(measures.speech_s),
        _noise(measures.snr_db),
        _hum(measures.hum_hz, measures.hum_below_db),
        _clipping(measures.clipping_ratio),
        _bandwidth(measures.bandwidth_hz),
        _loudness(measures),
        _music(measures.music_behind),
        _speakers(measures.second_voice_s),
    ]
    return tuple(finding for finding in findings if finding is not None)


def with_words(report: CleaningReport, transcript: str) -> CleaningReport:
    """``report`` with what is thought of ``transcript`` as the words of the clip; "" is fine."""
    finding = _words(transcript, report.speech_s)
    others = [f for f in report.findings if f.measure != "transcript"]
    findings = (*others, finding) if finding else tuple(others)
    return replace(report, findings=findings, verdict=worst(findings))


def _words(transcript: str, speech_s: float) -> Finding | None:
    if not transcript:
        return None
    if too_many_words(transcript, speech_s):
        matter = "more words than anybody says"
    elif too_few_words(transcript, speech_s):
        matter = "fewer words than are said"
    else:
        return None
    return Finding(
        "transcript",
        Verdict.WARN,
        f"The transcript seems to be of another clip: it has {matter} in {speech_s:.0f} s. "
        "Write exactly the words of this clip, or leave them out.",
    )


def worst(findings: tuple[Finding, ...]) -> Verdict:
    """The overall verdict: that of the worst finding."""
    order = (Verdict.ACCEPT, Verdict.WARN, Verdict.REFUSE)
    return max((f.verdict for f in findings), key=order.index, default=Verdict.ACCEPT)


def _speech(seconds: float) -> Finding:
    verdict, sentence = Verdict.ACCEPT, f"{seconds:.0f} s of speech: enough to follow the voice."
    if seconds < LEAST_SPEECH_S:
        verdict = Verdict.REFUSE
        sentence = (
            f"There is only {seconds:.1f} s of speech. "
            "Record at least 3 s, better 10 to 30 s, of one person talking."
        )
    elif seconds < _VERY_SHORT_S:
        verdict = Verdict.WARN
        sentence = (
            f"{seconds:.1f} s of speech is very short. The voice gets much closer with 10 to 30 s: "
            "record more, or add other clips."
        )
    elif seconds < _AMPLE_S:
        verdict = Verdict.WARN
        sentence = (
            f"{seconds:.1f} s of speech is short. The voice gets closer with 10 to 30 s in all: "
            "record more, or add other clips."
        )
    return Finding("speech", verdict, sentence)


def _noise(snr_db: float | None) -> Finding | None:
    if snr_db is None:
        return None
    if snr_db < _DROWNED_DB:
        return Finding(
            "noise",
            Verdict.REFUSE,
            "The noise is as loud as the voice. Record closer to the microphone, in a quiet room.",
        )
    if snr_db < _NOISY_DB:
        return Finding(
            "noise",
            Verdict.WARN,
            f"The noise is only {snr_db:.0f} dB below the voice and will be copied with it. "
            "Record in a quieter room if you can.",
        )
    return Finding("noise", Verdict.ACCEPT, f"Little noise: {snr_db:.0f} dB below the voice.")


def _hum(hertz: float | None, below_db: float | None) -> Finding | None:
    if hertz is None or below_db is None:
        return None
    if below_db > _FAINT_HUM_DB:
        return Finding(
            "hum", Verdict.ACCEPT, f"A faint hum of the mains ({hertz:.0f} Hz) was taken out."
        )
    return Finding(
        "hum",
        Verdict.WARN,
        f"There was a hum from the mains ({hertz:.0f} Hz), only {below_db:.0f} dB below the voice. "
        "It was taken out, but some may be left. Next time, keep the microphone and its cable "
        "away from chargers and power cables.",
    )


def _clipping(ratio: float) -> Finding:
    if ratio >= _RUINED:
        return Finding(
            "clipping",
            Verdict.REFUSE,
            f"The recording is overdriven: {ratio:.0%} of it is cut off flat. "
            "Turn the recording level down and record again.",
        )
    if ratio >= _CLIPPED:
        return Finding(
            "clipping",
            Verdict.WARN,
            f"Loud moments are cut off flat ({ratio:.2%} of the samples) and sound harsh. "
            "A recording at a lower level will be cleaner.",
        )
    return Finding("clipping", Verdict.ACCEPT, "Not overdriven.")


def _bandwidth(hertz: float | None) -> Finding | None:
    if hertz is None:
        return None
    if hertz < _TELEPHONE_HZ:
        return Finding(
            "bandwidth",
            Verdict.WARN,
            f"The sound ends at {hertz / 1_000:.1f} kHz, as on a telephone, and the voice will be "
            "dull. Use a recording made with a microphone if there is one.",
        )
    if hertz < _WIDE_HZ:
        return Finding(
            "narrow",
            Verdict.ACCEPT,
            f"The sound ends at {hertz / 1_000:.1f} kHz: clear, but the voice will not be bright. "
            "A recording at 44.1 or 48 kHz sounds fuller.",
        )
    return Finding("bandwidth", Verdict.ACCEPT, f"Full sound, up to {hertz / 1_000:.1f} kHz.")


def _loudness(measures: ClipMeasures) -> Finding | None:
    after = measures.lufs_after
    if after is None:
        return None
    short = measures.target_lufs - after
    if short > _HELD_DOWN_LU:
        far = short > _HELD_DOWN_FAR_LU
        return Finding(
            "loudness",
            Verdict.WARN if far else Verdict.ACCEPT,
            f"{after:.1f} LUFS, {short:.1f} below the target, so that the loudest peak stays clean."
            + (" A click or knock may be that peak: cut it out and upload again." if far else ""),
        )
    if measures.gain_db > _QUIET_GAIN_DB:
        return Finding(
            "loudness",
            Verdict.WARN,
            f"The recording is very quiet and was raised by {measures.gain_db:.0f} dB. "
            "Turn the recording level up next time.",
        )
    return Finding("loudness", Verdict.ACCEPT, f"Brought to {after:.1f} LUFS.")


def _music(behind: bool) -> Finding | None:
    if not behind:
        return None
    return Finding(
        "music",
        Verdict.WARN,
        "Music or a steady tone seems to play behind the voice and would be copied with it. "
        "Use a passage without it.",
    )


def _speakers(second_voice_s: float | None) -> Finding | None:
    if second_voice_s is None:
        return None
    minutes, seconds = divmod(round(second_voice_s), 60)
    return Finding(
        "speakers",
        Verdict.WARN,
        f"A second voice seems to start at {minutes}:{seconds:02d}. "
        "Keep only the parts in which one person speaks.",
    )
