"""Changing the clips of a voice that is kept: add, take out, cut anew, correct the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from studio.audio.files import decode_flac
from studio.clips.findings import with_words
from studio.clips.hum import without_hum
from studio.clips.voice_activity import speech_activity
from studio.core.voices.making import Clip, MadeSegment, make_segments, measure, remake_segment
from studio.core.voices.one_person import name_strangers
from studio.core.voices.starters import STARTER_TAG
from studio.errors import ConsentError, ProfileError
from studio.profile import (
    Consent,
    ProfileMetadata,
    SegmentRecord,
    clean_consent,
    clean_transcript,
)
from studio.settings import Settings
from studio.store import ProfileStore
from studio.types import Progress


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

    def add(
        self, clips: Sequence[Clip], consent: str | None, on_progress: Progress | None
    ) -> ProfileMetadata:
        """Add ``clips``; what ``consent`` states is kept with each of them. With None, what was
        stated for the voice holds for them too, unless that says that it is nobody's."""
        statement = None if consent is None else clean_consent(consent)
        if statement is None and self._metadata.starter:
            raise ConsentError(
                f"{self._metadata.name!r} is a starter voice, for which no person was recorded. "
                f"Say who allowed the use of this recording."
            )
        made = make_segments(
            clips,
            self._settings,
            language=self._metadata.language,
            present=self._metadata.segments,
            on_progress=on_progress,
        )
        consented = None if statement is None else Consent(statement=statement, given_at=_now())
        if consented is not None and self._metadata.starter:
            self._metadata = _made_a_persons(self._metadata, consented)
            consented = None
        added = [
            replace(one, record=one.record.model_copy(update={"consent": consented}))
            for one in made
        ]
        records = (*self._metadata.segments, *(segment.record for segment in added))
        return self._save(records, added=added)

    def clean_anew(
        self, segment_id: str, *, trim: bool | None = None, shorten_pauses: bool | None = None
    ) -> ProfileMetadata:
        """Clean a clip again from its original; what is None stays as it is."""
        record = find_segment(self._metadata, segment_id)
        report = record.report
        if trim is None:
            trim = report.trimmed_start_s > 0 or report.trimmed_end_s > 0
        if shorten_pauses is None:
            shorten_pauses = report.pauses_shortened_s > 0
        original = self._store.original(self._metadata.id, record.id)
        if original is None:
            raise ProfileError(
                f"The original of this clip of {self._metadata.name!r} was not kept, so its cut "
                f"cannot be changed. Upload the recording again."
            )
        made = remake_segment(
            record, original, self._settings, trim=trim, shorten_pauses=shorten_pauses
        )
        if made.record.id == record.id:
            return self._metadata
        if any(made.record.id == other.id for other in self._metadata.segments):
            raise ProfileError(
                f"{self._metadata.name!r} has this recording twice, and the other one "
                f"({made.record.id}) is cut like that already. Remove one of the two instead."
            )
        return self._save(self._replaced(record, made.record), added=[made], removed=[record.id])

    def set_transcript(self, segment_id: str, transcript: str) -> ProfileMetadata:
        record = find_segment(self._metadata, segment_id)
        words = clean_transcript(transcript)
        report = with_words(record.report, words)
        changed = record.model_copy(update={"transcript": words, "report": report})
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
                stored = decode_flac(self._store.reference(self._metadata.id, record.id))
                # Clips that were kept before hum was taken out would be measured with it.
                audio, _ = without_hum(stored)
                speech = speech_activity(audio).spans
            parts.append((audio, speech, record.transcript))
        changed = self._metadata.model_copy(
            update={
                "segments": name_strangers(records, [audio for audio, _, _ in parts]),
                "characteristics": measure(parts),
                "updated_at": _now(),
            }
        )
        return self._store.update(
            changed,
            expected_revision=self._metadata.revision,
            add={segment_id: segment.files for segment_id, segment in fresh.items()},
            remove=removed,
        )


def _made_a_persons(starter: ProfileMetadata, given: Consent) -> ProfileMetadata:
    """``starter`` as a voice that a person is recorded in: ``given`` is now what is stated for it,
    and what was stated so far stays with the clips that it was said of."""
    own = [
        record if record.consent else record.model_copy(update={"consent": starter.consent})
        for record in starter.segments
    ]
    return starter.model_copy(
        update={
            "starter": False,
            "tags": tuple(tag for tag in starter.tags if tag != STARTER_TAG),
            "consent": given,
            "segments": tuple(own),
        }
    )


def _now() -> datetime:
    return datetime.now(UTC)
