"""Profiles for tests. The store does not decode sound, so any bytes are a clip."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from studio.profile import Consent, ProfileMetadata, SegmentRecord
from studio.store import ProfileStore, SegmentFiles
from studio.store.layout import METADATA, file_hashes
from studio.types import CleaningReport, CodecTokens, Finding, Verdict

MADE_AT = datetime(2026, 5, 3, 12, 30, tzinfo=UTC)
FINGERPRINT = "ab" * 32

REPORT = CleaningReport(
    source_format="wav",
    source_sample_rate=48_000,
    source_channels=2,
    source_duration_s=4.5,
    duration_s=4.0,
    speech_s=3.5,
    lufs_before=-31.25,
    lufs_after=-20.0,
    true_peak_before_dbtp=-12.5,
    true_peak_dbtp=-1.25,
    gain_db=11.25,
    trimmed_start_s=0.25,
    trimmed_end_s=0.25,
    pauses_shortened_s=0.0,
    snr_db=31.5,
    noise_floor_dbfs=-62.0,
    clipping_ratio=0.0,
    bandwidth_hz=None,
    voice_activity="energy",
    findings=(Finding("snr", Verdict.WARN, "A little noise: record in a quieter room."),),
    verdict=Verdict.WARN,
)


def record(segment_id: str, **changes: Any) -> SegmentRecord:
    """A segment as it comes to the store, which writes the hashes."""
    known = {
        "source_name": "Anna ‏memo.wav",
        "transcript": "“Grüße” — ça va?\nこんにちは",
        "duration_s": 4.0,
        "sha256": "0" * 64,
        "report": REPORT,
    }
    return SegmentRecord(id=segment_id, **{**known, **changes})


def files(seed: str, *, tokens: bool = True, original: bool = True) -> SegmentFiles:
    codes = np.frombuffer((seed * 400).encode()[:384], dtype=np.uint8).astype(np.int16)
    return SegmentFiles(
        reference=f"reference of {seed} ".encode() * 40,
        original=f"original of {seed} ".encode() * 50 if original else None,
        tokens=CodecTokens(codes.reshape(32, 12), "mimi", "rev-1") if tokens else None,
    )


def draft(
    name: str, *segment_ids: str, profile_id: str = "draft", **changes: Any
) -> ProfileMetadata:
    known = {
        "id": profile_id,
        "name": name,
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
        "consent": Consent(statement="I am the speaker.", given_at=MADE_AT),
        "segments": tuple(record(segment_id) for segment_id in segment_ids),
    }
    return ProfileMetadata(**{**known, **changes})


def make(store: ProfileStore, name: str, *segment_ids: str, **changes: Any) -> ProfileMetadata:
    """Save a new profile with a file of each kind per segment."""
    ids = segment_ids or ("one",)
    metadata = draft(name, *ids, profile_id=store.free_id(name), **changes)
    return store.create(metadata, {i: files(f"{name}/{i}") for i in ids})


def contents(store: ProfileStore, profile_id: str) -> dict[str, bytes | None]:
    """Every file of a profile, read through the store."""
    found: dict[str, bytes | None] = {}
    for segment in store.load(profile_id).segments:
        found[f"{segment.id} reference"] = store.reference(profile_id, segment.id)
        found[f"{segment.id} original"] = store.original(profile_id, segment.id)
        tokens = store.tokens(profile_id, segment.id)
        found[f"{segment.id} tokens"] = tokens.codes.tobytes() if tokens else None
    return found


def visible(store: ProfileStore) -> Mapping[str, object]:
    """All that a person could tell of the library, but for the times of saving."""
    state: dict[str, object] = {}
    for listed in store.list():
        assert listed.error is None, listed.error
        assert listed.metadata is not None
        told = listed.metadata.model_dump(exclude={"created_at", "updated_at"})
        state[listed.id] = (told, contents(store, listed.id))
    return state


def tree(root: Path) -> set[str]:
    """All files below ``root`` but for the lock."""
    return {
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def expected_tree(store: ProfileStore) -> set[str]:
    """The files that the profiles of the library need, and no other."""
    return {
        f"{store.layout.owner_dir.name}/{listed.id}/{name}"
        for listed in store.list()
        if listed.metadata
        for name in [METADATA, *file_hashes(listed.metadata)]
    }
