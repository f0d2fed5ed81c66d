"""Changing the clips of a voice that is kept: add, take out, cut anew, correct the words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from studio.analysis.voice_activity import speech_activity
from studio.audio.files import decode_flac
from studio.core.making import (
    Clip,
    MadeSegment,
    Progress,
    make_segments,
    measure,
    remake_segment,
)
from studio.errors import ProfileError
from studio.profile import ProfileMetadata, SegmentRecord, clean_transcript
from studio.settings import Settings
from studio.store import ProfileStore


def find_segment(metadata: ProfileMetadata, segment_id: str) -> SegmentRecord:
    """The record of one clip.

    Raises:
        ProfileError: the voice has no such clip; the message lists those it has.
    """
    for record in metadata.segments:
        if record.id == segment_id:
            return record
    known = ", ".join(record.id for record in metadata.segments)
    raise ProfileError(f"{metadata.name!r} has no clip {segment_id!r}. It has: {known}.")


class Revision:
    """One change to the clips of ``metadata``; it is refused if the voice was saved since."""

    def __init__(self, store: ProfileStore, settings: Settings, metadata: ProfileMetadata) -> None:
        self._store = store
        self._settings = settings
        self._metadata = metadata

    def add(self, clips: Sequence[Clip], on_progress: Progress | None) -> ProfileMetadata:
        made = make_segments(
            clips,
            self._settings,
            language=self._metadata.language,
            taken=[record.id for record in self._metadata.segments],
            on_progress=on_progress,
        )
        records = (*self._metadata.segments, *(segment.record for segment in made))
        return self._save(records, added=made)

    def set_trim(self, segment_id: str, trim: bool) -> ProfileMetadata:
        record = find_segment(self._metadata, segment_id)
        original = self._store.original(self._metadata.id, record.id)
        if original is None:
            raise ProfileError(
                f"The original of this clip of {self._metadata.name!r} was not kept, so its cut "
                f"cannot be changed. Upload the recording again."
            )
        made = remake_segment(record, original, self._settings, trim=trim)
        if made.record.id == record.id:
            return self._metadata
        return self._save(self._replaced(record, made.record), added=[made], removed=[record.id])

    def set_transcript(self, segment_id: str, transcript: str) -> ProfileMetadata:
        record = find_segment(self._metadata, segment_id)
        changed = record.model_copy(update={"transcript": clean_transcript(transcript)})
        return self._save(self._replaced(record, changed))

    def remove(self, segment_id: str) -> ProfileMetadata:
        record = find_segment(self._metadata, segment_id)
        if len(self._metadata.segments) == 1:
            raise ProfileError(
                f"This is the only clip of {self._metadata.name!r}. Add another first, "
                f"or delete the voice."
            )
        left = tuple(r for r in self._metadata.segments if r.id != record.id)
        return self._save(left, removed=[record.id])

    def _replaced(self, old: SegmentRecord, new: SegmentRecord) -> tuple[SegmentRecord, ...]:
        return tuple(new if r.id == old.id else r for r in self._metadata.segments)

    def _save(
        self,
        records: Sequence[SegmentRecord],
        *,
        added: Sequence[MadeSegment] = (),
        removed: Sequence[str] = (),
    ) -> ProfileMetadata:
        fresh = {segment.record.id: segment for segment in added}
        parts = []
        for record in records:
            if record.id in fresh:
                audio, speech = fresh[record.id].cleaned, fresh[record.id].speech
            else:
                audio = decode_flac(self._store.reference(self._metadata.id, record.id))
                speech = speech_activity(audio).spans
            parts.append((audio, speech, record.transcript))
        changed = self._metadata.model_copy(
            update={
                "segments": tuple(records),
                "characteristics": measure(parts),
                "updated_at": datetime.now(UTC),
            }
        )
        return self._store.update(
            changed,
            expected_revision=self._metadata.revision,
            add={segment_id: segment.files for segment_id, segment in fresh.items()},
            remove=removed,
        )
