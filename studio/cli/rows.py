"""Voices and clips as plain values for JSON and as text for people."""

from __future__ import annotations

from typing import Any

from studio.cli.answer import facts, figure, plain, table
from studio.profile import ProfileMetadata, SegmentRecord

DECIMALS = 4


def profile_row(metadata: ProfileMetadata) -> dict[str, Any]:
    """What ``build``, ``add``, ``import`` and ``show`` answer."""
    return {
        "profile": metadata.name,
        "id": metadata.id,
        "revision": metadata.revision,
        "prompting": metadata.defaults.prompting.value,
        "consent": metadata.consent.statement,
        "segments": [_segment_row(record) for record in metadata.segments],
    }


def _segment_row(record: SegmentRecord) -> dict[str, Any]:
    report = record.report
    return {
        "id": record.id,
        "file": record.source_name,
        "duration_s": _rounded(record.duration_s),
        "speech_s": _rounded(report.speech_s),
        "lufs_before": _rounded(report.lufs_before),
        "lufs_after": _rounded(report.lufs_after),
        "true_peak_dbtp": _rounded(report.true_peak_dbtp),
        "trimmed_start_s": _rounded(report.trimmed_start_s),
        "trimmed_end_s": _rounded(report.trimmed_end_s),
        "snr_db": _rounded(report.snr_db),
        "clipping_ratio": report.clipping_ratio,
        "verdict": report.verdict.value,
        "advice": list(report.advice),
        "consent": record.consent.statement if record.consent else None,
    }


def voice_row(
    profile_id: str, metadata: ProfileMetadata | None, error: str | None
) -> dict[str, Any]:
    """One line of ``list``; of a damaged voice only the id and the error are known."""
    return {
        "id": profile_id,
        "profile": metadata.name if metadata else profile_id,
        "revision": metadata.revision if metadata else None,
        "language": metadata.language if metadata else None,
        "segments": len(metadata.segments) if metadata else 0,
        "duration_s": _rounded(sum(s.duration_s for s in metadata.segments)) if metadata else None,
        "tags": list(metadata.tags) if metadata else [],
        "error": error,
    }


def profile_text(metadata: ProfileMetadata) -> str:
    """One voice on a page: who it is, its clips, and what could be better."""
    traits = metadata.characteristics
    pitch = (
        f"{traits.f0_median_hz:.0f} Hz ({traits.f0_low_hz:.0f} to {traits.f0_high_hz:.0f} Hz)"
        if traits.f0_median_hz and traits.f0_low_hz and traits.f0_high_hz
        else figure(traits.f0_median_hz, "Hz", 0)
    )
    about = facts(
        [
            ("Voice", metadata.name),
            ("Id", f"{metadata.id}, revision {metadata.revision}"),
            ("Language", metadata.language),
            ("Pitch", pitch),
            ("Pace", figure(traits.pace_syllables_per_s, "syllables/s")),
            ("Prompting", metadata.defaults.prompting.value),
            ("Consent", metadata.consent.statement),
            *([("Tags", ", ".join(metadata.tags))] if metadata.tags else []),
        ]
    )
    clips = table(
        ["Clip", ">Length", ">Speech", ">Before", ">After", ">True peak", ">Cut at start",
         ">Cut at end", ">SNR", ">Clipped", "Verdict"],
        [_clip_cells(record, metadata) for record in metadata.segments],
    )  # fmt: skip
    consents = [
        f"{record.id}: consent: {plain(record.consent.statement)}"
        for record in metadata.segments
        if record.consent
    ]
    advice = [
        f"{plain(_clip_name(record, metadata))}: {plain(sentence)}"
        for record in metadata.segments
        for sentence in record.report.advice
    ]
    return "\n\n".join(part for part in (about, clips, "\n".join([*consents, *advice])) if part)


def _clip_name(record: SegmentRecord, metadata: ProfileMetadata) -> str:
    """The file of a clip, as the person knows it; with its id where two have one name."""
    name = record.source_name
    if not name:
        return record.id
    alone = [one.source_name for one in metadata.segments].count(name) == 1
    return name if alone else f"{name} ({record.id})"


def _clip_cells(record: SegmentRecord, metadata: ProfileMetadata) -> list[str]:
    report = record.report
    return [
        plain(_clip_name(record, metadata)),
        figure(record.duration_s, "s", 2),
        figure(report.speech_s, "s", 2),
        figure(report.lufs_before, "LUFS"),
        figure(report.lufs_after, "LUFS"),
        figure(report.true_peak_dbtp, "dBTP"),
        figure(report.trimmed_start_s, "s", 2),
        figure(report.trimmed_end_s, "s", 2),
        figure(report.snr_db, "dB"),
        f"{report.clipping_ratio:.2%}",
        report.verdict.value,
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)
