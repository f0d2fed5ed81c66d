"""The voices of one owner: made from clips, kept, changed, moved; all that needs no engine."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from studio import given
from studio.audio.files import decode_flac
from studio.clips.examine import ExaminedClip
from studio.core.voices.importing import take_in
from studio.core.voices.lexicons import voice_lexicon
from studio.core.voices.making import Clip, examine_file, make_segments, measure
from studio.core.voices.one_person import name_strangers
from studio.core.voices.revising import Revision, find_segment
from studio.core.voices.starters import make_starters
from studio.profile import (
    Consent,
    Defaults,
    ProfileMetadata,
    clean_consent,
    clean_language,
    clean_name,
    clean_tags,
    read_prompting,
)
from studio.settings import Settings
from studio.store import Deleted, Kept, Limits, Listed, Problem, ProfileStore, kept_by
from studio.store.archives.archive import BackedUp, Restored, backup, export_profile, restore
from studio.types import Audio, Progress, Prompting


class VoiceLibrary:
    """Thread-safe. A voice is meant by its id, everywhere: names change, and pass from one voice
    to another. ``find`` is the one place that looks a name up. Whatever takes a ``voice_id``
    raises ``ProfileNotFoundError`` for an id that no voice has.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        common: ProfileStore | None = None,
        limits: Limits | None = None,
    ) -> None:
        """The voices of the owner in ``settings``; see ``ProfileStore`` for the others."""
        self.settings = settings
        self.limits = limits
        self.store = ProfileStore(
            settings.profiles_dir, settings.owner, common=common, limits=limits
        )

    def turn(self, on_progress: Progress | None = None) -> AbstractContextManager[None]:
        """Entered around all that takes a processor for a while."""
        return nullcontext()

    def kept(self) -> Kept:
        """How much this owner keeps, in the units of ``limits``."""
        return kept_by(
            self.store.layout, [one.metadata for one in self.store.own() if one.metadata]
        )

    # Making voices

    def examine(
        self,
        path: Path | str,
        *,
        trim: bool = True,
        shorten_pauses: bool = False,
        on_progress: Progress | None = None,
    ) -> ExaminedClip:
        """What the clip at ``path`` is like before and after cleaning; nothing is saved.

        Raises:
            ClipError: it cannot be decoded. A clip that decodes but is no use comes back with
                the verdict "refuse" and the reason.
        """
        with self.turn(on_progress):
            return examine_file(path, self.settings, trim=trim, shorten_pauses=shorten_pauses)

    def create_profile(
        self,
        name: str,
        clips: Sequence[Clip],
        *,
        consent: str,
        language: str = "en",
        tags: Sequence[str] = (),
        prompting: Prompting | str = Prompting.TWO_SEGMENT,
        starter: bool = False,
        on_progress: Progress | None = None,
    ) -> ProfileMetadata:
        """Make a voice from ``clips``; it is on disk, whole, when this returns.

        ``prompting`` is how engines that read clips as a prompt are given them.

        Raises:
            ConsentError: there is no statement of who allowed this.
            ClipError, ProfileError, StorageError: nothing was saved; the message says why.
        """
        shown_name = clean_name(name)
        statement = clean_consent(consent)
        language = clean_language(language)
        shown_tags = clean_tags(tags)
        defaults = Defaults(prompting=read_prompting(prompting))
        self.store.require_free_name(shown_name)
        with self.turn(on_progress):
            made = make_segments(clips, self.settings, language=language, on_progress=on_progress)
            characteristics = measure([(s.cleaned, s.speech, s.record.transcript) for s in made])
            segments = name_strangers([s.record for s in made], [s.cleaned for s in made])
        now = datetime.now(UTC)
        metadata = ProfileMetadata(
            id=self.store.free_id(shown_name),
            name=shown_name,
            language=language,
            created_at=now,
            updated_at=now,
            consent=Consent(statement=statement, given_at=now),
            tags=shown_tags,
            characteristics=characteristics,
            segments=segments,
            defaults=defaults,
            starter=starter,
        )
        return self.store.create(metadata, {s.record.id: s.files for s in made})

    def add_starter_voices(self, on_progress: Progress | None = None) -> list[ProfileMetadata]:
        """Make the voices that come with the studio, once per library.

        One that was deleted does not come back, and one whose name is taken is left out.
        """
        return make_starters(self.store, self.create_profile, on_progress)

    def add_clips(
        self,
        voice_id: str,
        clips: Sequence[Clip],
        *,
        consent: str | None = None,
        on_progress: Progress | None = None,
    ) -> ProfileMetadata:
        """Add ``clips`` to a voice; the clips it has stay as they are.

        ``consent``, who allowed these recordings, is kept with them; with None, what was stated
        for the voice holds for them too. A starter voice becomes that of a person so.

        Raises:
            ConsentError: it is a starter voice, and there is no statement of who allowed this.
        """
        with self.turn(on_progress):
            return self._revise(voice_id).add(clips, consent, on_progress)

    def set_trim(self, voice_id: str, segment_id: str, trim: bool) -> ProfileMetadata:
        """Undo the cut at both ends of a saved clip (``trim=False``), or make it again, from its
        original. Pauses that were shortened stay so.

        Raises:
            ProfileError: the voice has no such clip, its original was not kept, or the voice has
                the clip cut like that already.
        """
        return self._revise(voice_id).clean_anew(segment_id, trim=trim)

    def set_pauses(self, voice_id: str, segment_id: str, shorten: bool) -> ProfileMetadata:
        """Shorten the long pauses inside a saved clip, or bring them back, from its original. The
        ends stay as they are cut. Raises as ``set_trim``."""
        return self._revise(voice_id).clean_anew(segment_id, shorten_pauses=shorten)

    def set_transcript(self, voice_id: str, segment_id: str, transcript: str) -> ProfileMetadata:
        """Correct the words of a saved clip."""
        return self._revise(voice_id).set_transcript(segment_id, transcript)

    def remove_clip(self, voice_id: str, segment_id: str) -> ProfileMetadata:
        """Take one clip out of a voice; the last one stays."""
        return self._revise(voice_id).remove(segment_id)

    # Keeping voices

    def profiles(self) -> list[Listed]:
        """All voices of the owner; a damaged one is listed with its error."""
        return self.store.list()

    def find(self, name_or_id: str) -> ProfileMetadata:
        """The voice with this name, in whatever case, or with this id; "id:anna" is only an id.

        This is how what a person typed becomes an id; everything else takes the id.

        Raises:
            ProfileNotFoundError: there is none, or more than one; the message names them.
            ProfileDamagedError, ProfileTooNewError: there is one, and it cannot be read.
        """
        return self.profile(self.find_id(name_or_id))

    def find_id(self, name_or_id: str) -> str:
        """The id of the voice that ``find`` would find, also of one that cannot be read."""
        return self.store.find(given.text(name_or_id, "name of the voice"))

    def profile(self, voice_id: str) -> ProfileMetadata:
        """The voice with this id.

        Raises:
            ProfileNotFoundError: there is none; if there is one of this name, the message says
                what its id is.
        """
        return self.store.load(given.text(voice_id, "id of the voice"))

    def rename(self, voice_id: str, new_name: str) -> ProfileMetadata:
        metadata = self.profile(voice_id)
        return self._update(metadata, name=clean_name(new_name))

    def set_tags(self, voice_id: str, tags: Sequence[str]) -> ProfileMetadata:
        return self._update(self.profile(voice_id), tags=clean_tags(tags))

    def set_prompting(self, voice_id: str, prompting: Prompting | str) -> ProfileMetadata:
        """Choose how engines that read clips as a prompt are given those of this voice.

        Raises:
            ProfileError: there is no such prompting; the message lists those there are.
        """
        metadata = self.profile(voice_id)
        chosen = metadata.defaults.model_copy(update={"prompting": read_prompting(prompting)})
        return metadata if chosen == metadata.defaults else self._update(metadata, defaults=chosen)

    def set_lexicon(self, voice_id: str, lexicon: str) -> ProfileMetadata:
        """Say how this voice says certain words: ``word = respelling`` or ``word = /phonemes/``,
        one a line. "" takes all of it back.

        Raises:
            TextError: a line is no entry; the message says which.
        """
        metadata = self.profile(voice_id)
        voice_lexicon(lexicon, metadata.name)
        return self._update(metadata, lexicon=lexicon.strip())

    def duplicate(self, voice_id: str, new_name: str) -> ProfileMetadata:
        return self.store.duplicate(voice_id, clean_name(new_name))

    def delete(self, voice_id: str) -> str:
        """Put a voice into the bin; the ticket returned brings it back by ``undo_delete``."""
        return self.store.delete(voice_id).ticket

    def deleted(self) -> list[Deleted]:
        """The deleted voices that can be brought back, with their tickets, the newest first."""
        return self.store.deleted()

    def find_deleted(self, name_or_ticket: str) -> Deleted:
        """The deleted voice with this ticket, name or id; "id:anna" is only an id.

        Raises:
            ProfileNotFoundError: there is none, or more than one; the message names them.
        """
        return self.store.find_deleted(given.text(name_or_ticket, "name of the voice"))

    def undo_delete(self, ticket: str) -> ProfileMetadata:
        """Bring a deleted voice back.

        Raises:
            ProfileNotFoundError: it is not in the bin; the message says what became of it.
        """
        return self.store.undo_delete(ticket)

    def export_profile(
        self, voice_id: str, path: Path | str, *, include_originals: bool = True
    ) -> Path:
        """Write the voice to one ``.voiceprofile`` file, lossless, and return its path.

        Without originals it is about half as large, and cuts cannot be undone where it is taken
        in. The ending is added where ``path`` has none. An earlier export of the same voice is
        replaced.

        Raises:
            StorageError: it has another ending, or any other file is there, which stays.
        """
        file = given.path(path, "file")
        return export_profile(self.store, voice_id, file, include_originals=include_originals)

    def import_profile(self, path: Path | str) -> ProfileMetadata:
        """Take in a ``.voiceprofile`` file; a taken name gets a number.

        Raises:
            ArchiveError: the file is damaged, hostile or not a voice profile.
        """
        return take_in(self.store, given.path(path, "file"))

    def back_up(self, path: Path | str) -> BackedUp:
        """Write all voices to one ``.voiceprofile`` file, and say which could not be read.

        Raises:
            StorageError: it was not written; any other file that is there stays.
        """
        return backup(self.store, given.path(path, "file"))

    def restore(self, path: Path | str) -> Restored:
        """Take in all voices of a backup. Nothing that is here is replaced, and what is here
        already stays as it is, so that a restore can be repeated.

        Raises:
            ArchiveError: the file is damaged, hostile or no backup; nothing was taken in.
        """
        return restore(self.store, given.path(path, "file"))

    def empty_bin(self) -> int:
        """Delete for good what ``deleted`` lists, and say how many voices that were."""
        return self.store.empty_trash()

    def check(self, *, repair: bool = False) -> list[Problem]:
        """What is wrong in the library; with ``repair``, what can be mended is."""
        return self.store.check(repair=repair)

    def reference_audio(self, voice_id: str, segment_id: str | None = None) -> Audio:
        """A cleaned reference clip of the voice: the first one unless ``segment_id`` says which."""
        metadata = self.profile(voice_id)
        record = find_segment(metadata, segment_id) if segment_id else metadata.segments[0]
        return decode_flac(self.store.reference(metadata.id, record.id))

    # The rest serves the above

    def _update(self, metadata: ProfileMetadata, **changes: Any) -> ProfileMetadata:
        changed = metadata.model_copy(update={**changes, "updated_at": datetime.now(UTC)})
        return self.store.update(changed, expected_revision=metadata.revision)

    def _revise(self, voice_id: str) -> Revision:
        return Revision(self.store, self.settings, self.profile(voice_id))
