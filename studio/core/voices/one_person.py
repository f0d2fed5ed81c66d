"""Whether the clips of one voice are of one person: a clip that sounds like another is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.analysis import speaker
from studio.clips.findings import worst
from studio.profile import ProfileMetadata, SegmentRecord
from studio.types import Audio, Finding, Verdict

MEASURE: Final = "same_person"
"""The name of the finding that a clip is of somebody else."""

_LONG_S: Final = 3.0
_APART: Final = 0.755
"""With 3 s of speech each, clips of one person are 0.78 and more alike, of two 0.73 at most
(18 recordings of 12 people, whole and in parts)."""

_FAR_APART: Final = 0.5
"""One person's short clips in anger, calm and whispering are 0.56 and more alike."""


def name_strangers(
    records: Sequence[SegmentRecord], clips: Sequence[Audio]
) -> tuple[SegmentRecord, ...]:
    """``records`` of the cleaned ``clips`` of one voice, with a warning for each clip that is
    unlike all before it, and without warnings that no longer hold.

    Without the speaker encoder they stay as they are.
    """
    if not speaker.available():
        return tuple(records)
    voices = [speaker.embed(clip) for clip in clips] if len(records) > 1 else []
    named = []
    for at, record in enumerate(records):
        # The first clip says whose voice it is.
        stranger = at > 0 and not any(
            _alike(record, voices[at], records[other], voices[other]) for other in range(at)
        )
        named.append(_judged(record, records[0] if stranger else None))
    return tuple(named)


def strange_clips(metadata: ProfileMetadata) -> list[str]:
    """The names of the clips of a voice that seem to be of another person than its first."""
    return [
        record.source_name or record.id
        for record in metadata.segments
        if any(finding.measure == MEASURE for finding in record.report.findings)
    ]


def _alike(
    one: SegmentRecord,
    voice: NDArray[np.float32],
    other: SegmentRecord,
    other_voice: NDArray[np.float32],
) -> bool:
    long = min(one.report.speech_s, other.report.speech_s) >= _LONG_S
    sure = long and one.emotion is other.emotion
    return speaker.similarity(voice, other_voice) >= (_APART if sure else _FAR_APART)


def _judged(record: SegmentRecord, unlike: SegmentRecord | None) -> SegmentRecord:
    """``record`` with the warning that it is unlike another clip, or without it."""
    findings = tuple(f for f in record.report.findings if f.measure != MEASURE)
    if unlike is not None:
        sentence = (
            f"Another person seems to speak here than in '{unlike.source_name or unlike.id}'. A "
            "voice is copied from all its clips, so take this one out unless it is the same person."
        )
        findings = (*findings, Finding(MEASURE, Verdict.WARN, sentence))
    if findings == record.report.findings:
        return record
    report = replace(record.report, findings=findings, verdict=worst(findings))
    return record.model_copy(update={"report": report})
