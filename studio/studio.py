"""The studio: one object that makes, keeps, speaks, compares and converses.

Everything outside (page, command line, Python) goes through it. It owns the rules that no single
room can keep: defaults (argument, then profile, then settings), one engine of each kind, contexts
that are forked for each utterance, and what is undone when something is cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any

from studio import given
from studio.audio.files import decode_flac
from studio.clips.examine import ExaminedClip
from studio.conversation.writers import load_writer
from studio.core.engines.contexts import PreparedVoice, PreparedVoices, unprompted
from studio.core.engines.pool import (
    EngineChoice,
    EnginePool,
    EngineStatus,
    engine_setup,
    require_engine,
)
from studio.core.engines.tuning import TuningState, VoiceTuning
from studio.core.speech.comparison import MAX_VOICES, MIN_VOICES, Take, load_similarity, make_takes
from studio.core.speech.conversing import Conversation
from studio.core.speech.long_text import LongUtterance
from studio.core.speech.request import (
    choose_emotion,
    draw_seed,
    gather_options,
    language_notes,
    prepare_text,
    speakable,
    wanted_engine,
    with_current_engine,
)
from studio.core.speech.talk_contexts import ConversationContext, ConversationContexts
from studio.core.speech.utterance import Utterance
from studio.core.voices.creating import create_profile, create_starters
from studio.core.voices.importing import take_in
from studio.core.voices.lexicons import common_lexicon, voice_lexicon
from studio.core.voices.making import Clip, Progress, examine_file
from studio.core.voices.revising import Revision, find_segment
from studio.engines.base import Context, Engine, EngineInfo, Tunable, Weights
from studio.errors import EngineError, OptionsError
from studio.profile import (
    ProfileMetadata,
    clean_language,
    clean_name,
    clean_tags,
    read_prompting,
)
from studio.settings import Settings
from studio.store import Deleted, Listed, Problem, ProfileStore
from studio.store.archives.archive import export_profile
from studio.text.lexicon import Lexicon
from studio.text.prepared import PreparedText
from studio.text.preparing import prepare
from studio.types import Audio, Emotion, Prompting


class Studio:
    """Open one with ``Studio.open``; close it, or use it in a ``with`` block. Thread-safe.

    A voice is meant by its id, everywhere: names change, and pass from one voice to another.
    ``find`` is the one place that looks a name up. Whatever takes a ``voice_id`` raises
    ``ProfileNotFoundError`` for an id that no voice has.

    Example:
        with Studio.open("profiles") as studio:
            clip = Clip("anna.wav")
            anna = studio.create_profile("Anna", [clip], consent="I am the speaker.")
            audio = studio.speak(anna.id, "Hello there.").audio()
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings = with_current_engine(settings)
        self.store = ProfileStore(settings.profiles_dir, settings.owner)
        self._voices = PreparedVoices(self.store, round(settings.voices_mb * 1e6))
        self._talks = ConversationContexts(round(settings.talks_mb * 1e6))
        self._engines = EnginePool(engine_setup(settings))
        self._tuning = VoiceTuning(self._voices)
        self._warming = Lock()

    @classmethod
    def open(cls, profiles: Path | str | None = None, **settings: Any) -> Studio:
        """The studio over the folder ``profiles``; other settings by name.

        Raises:
            SettingsError: a setting is unknown or its value is not allowed.
        """
        if profiles is not None:
            settings["profiles_dir"] = given.path(profiles, "folder of the profiles")
        return cls(Settings.read(**settings))

    def __enter__(self) -> Studio:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the engines for good; the profiles on disk are whole at any time."""
        self._voices.stop()
        self._tuning.close()
        self._engines.close()
        with self._warming:
            pass  # a thread that is still in native code when Python ends brings down the process

    def warm_up(self) -> None:
        """Load now what the first words and the first comparison would wait for, with the voices
        that spoke last: seconds of work, safe in a thread. ``close`` cuts it short and waits
        for its end."""
        with self._warming:
            prepare("1", "en")  # its words take half a second to load
            with suppress(EngineError):  # whoever speaks first is told
                self._engines.use(self.settings.engine, self._voices.preload)
            if not self._engines.closed:
                load_similarity()

    # Making voices

    def examine(
        self, path: Path | str, *, trim: bool = True, shorten_pauses: bool = False
    ) -> ExaminedClip:
        """What the clip at ``path`` is like before and after cleaning; nothing is saved.

        Raises:
            ClipError: it cannot be decoded. A clip that decodes but is no use comes back with
                the verdict "refuse" and the reason.
        """
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
        return create_profile(
            self.store,
            self.settings,
            name,
            clips,
            consent=consent,
            language=language,
            tags=tags,
            prompting=prompting,
            starter=starter,
            on_progress=on_progress,
        )

    def add_starter_voices(self, on_progress: Progress | None = None) -> list[ProfileMetadata]:
        """Make the voices that come with the studio, once per library.

        One that was deleted does not come back, and one whose name is taken is left out.
        """
        return create_starters(self.store, self.create_profile, on_progress)

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

    def export_profile(self, voice_id: str, path: Path | str) -> Path:
        """Write the voice to one ``.voiceprofile`` file, lossless, and return its path.

        The ending is added where ``path`` has none. An earlier export of the same voice is
        replaced.

        Raises:
            StorageError: it has another ending, or any other file is there, which stays.
        """
        return export_profile(self.store, voice_id, given.path(path, "file"))

    def import_profile(self, path: Path | str) -> ProfileMetadata:
        """Take in a ``.voiceprofile`` file; a taken name gets a number.

        Raises:
            ArchiveError: the file is damaged, hostile or not a voice profile.
        """
        return take_in(self.store, given.path(path, "file"))

    def check(self, *, repair: bool = False) -> list[Problem]:
        """What is wrong in the library; with ``repair``, what can be mended is."""
        return self.store.check(repair=repair)

    def reference_audio(self, voice_id: str, segment_id: str | None = None) -> Audio:
        """A cleaned reference clip of the voice: the first one unless ``segment_id`` says which."""
        metadata = self.profile(voice_id)
        record = find_segment(metadata, segment_id) if segment_id else metadata.segments[0]
        return decode_flac(self.store.reference(metadata.id, record.id))

    # Speaking

    def prepare(
        self, voice_id: str, *, engine: str | None = None, on_progress: Progress | None = None
    ) -> bool:
        """Have an engine read the voice now, so that its first sentence can follow at once.

        Returns:
            True if that was done before and nothing was left to do.
        """
        metadata = self.profile(voice_id)
        wanted, _ = wanted_engine(engine, metadata, self.settings)
        used = self._engines.use(
            wanted, lambda one: self._voices.get(one, metadata, on_progress), on_progress
        )
        self._tuning.want(used.engine, metadata)
        return used.made.was_cached

    def tune(
        self, voice_id: str, *, engine: str | None = None, on_progress: Progress | None = None
    ) -> bool:
        """Bring the voice nearer to the person now, rather than in the background.

        Returns:
            False if the engine reads voices in one step, and there is nothing to tune.

        Raises:
            Stopped: ``on_progress`` raised it; the voice is as it was.
            EngineError, ProfileError: the engine cannot read the voice.
        """
        metadata = self.profile(voice_id)
        wanted, _ = wanted_engine(engine, metadata, self.settings)
        used = self._engines.use(
            wanted, lambda one: self._voices.tune(one, metadata, on_progress), on_progress
        )
        return isinstance(used.engine, Tunable)

    def tuning(self, voice_id: str) -> TuningState | None:
        """How far the work on the voice is that goes on in the background; None without any."""
        return self._tuning.state(voice_id)

    def stop_tuning(self, voice_id: str) -> None:
        """Let the voice be as it is, until it changes or the studio is opened again."""
        self._tuning.stop(voice_id)

    def is_tuned(self, voice_id: str, *, engine: str | None = None) -> bool:
        """Whether the voice is as near to the person as the engine brings it, as far as that is
        known without reading it."""
        metadata = self.profile(voice_id)
        wanted, _ = wanted_engine(engine, metadata, self.settings)
        return self._voices.is_tuned(self._engine(wanted), metadata)

    def speak(
        self,
        voice_id: str,
        text: str,
        *,
        engine: str | None = None,
        emotion: Emotion | str | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        seed: int | None = None,
        closeness: float | None = None,
        language: str | None = None,
        with_voice: bool = True,
        conversation: ConversationContext | None = None,
        on_progress: Progress | None = None,
    ) -> Utterance:
        """Let the voice say ``text``: iterate over what this returns.

        What is None comes from the voice's own defaults, then from the settings; a seed of None
        is drawn and shown in the figures. The emotion "auto" follows from the text. ``language``
        is that of the text, such as "es"; None is that of the voice. Progress is
        told while the voice is read for the first time; it may raise ``Stopped``. Without
        ``with_voice`` the engine reads the text alone; ``conversation`` goes on with this.

        Raises:
            TextError, OptionsError, ProfileError, EngineError: before anything is spoken.
        """
        metadata = self.profile(voice_id)
        words = speakable(text, self.settings.max_text_chars)
        spoken = metadata.language if language is None else clean_language(language)
        feeling, notes = choose_emotion(emotion or metadata.defaults.emotion, words)
        options = gather_options(
            feeling,
            metadata.defaults,
            self.settings,
            temperature=temperature,
            top_k=top_k,
            seed=seed,
            closeness=closeness,
        )
        wanted, gone = wanted_engine(engine, metadata, self.settings)
        speaker = self._engine(wanted)
        notes = (*gone, *notes, *language_notes(speaker.info, spoken, self._engines.speakers_of))
        prepared = prepare_text(words, spoken, self._lexicon(metadata))
        read = partial(self._voices.get, metadata=metadata, progress=on_progress)
        if not with_voice:
            unprompted(speaker)  # refuses what it cannot do
        voice_of = read if with_voice else unprompted
        said = conversation or ConversationContext()

        def begin(one: Engine) -> PreparedVoice:
            ready = said.after(voice_of(one))
            if with_voice:
                self._tuning.want(one, metadata)
            if conversation is not None:
                self._talks.went_on(conversation)
            return ready

        def keep(context: Context) -> None:
            said.went_on(context)
            if conversation is not None:
                self._talks.went_on(conversation)

        return Utterance(
            speaker,
            lambda: self._engines.use(wanted, begin, on_progress),
            prepared,
            options,
            profile_revision=metadata.revision,
            notes=notes,
            on_spoken=keep,
            while_spoken=self._tuning.paused,
        )

    def speak_long(self, voice_id: str, text: str, **options: Any) -> LongUtterance:
        """Let the voice say a text of any length, with the ``options`` of ``speak``: it is cut at
        ends of sentences into parts of ``max_text_chars`` at most. Raises as ``speak``."""
        return LongUtterance(
            partial(self.speak, voice_id, **options),
            text,
            self.settings.max_text_chars,
            options.get("language") or self.profile(voice_id).language,
        )

    def compare(
        self,
        text: str,
        voice_ids: Sequence[str],
        *,
        engine: str | None = None,
        emotion: Emotion | str | None = None,
        temperature: float | None = None,
        seed: int | None = None,
        closeness: float | None = None,
        language: str | None = None,
        on_progress: Progress | None = None,
    ) -> Iterator[Take]:
        """Let several voices say the same text with the same seed; takes come one by one.

        Progress is told after every frame; it may raise ``Stopped``.

        Raises:
            OptionsError: fewer voices than one, more than four, or one of them twice.
        """
        voice_ids = given.texts(voice_ids, "voices")
        if not MIN_VOICES <= len(voice_ids) <= MAX_VOICES:
            raise OptionsError(f"Choose {MIN_VOICES} to {MAX_VOICES} voices, not {len(voice_ids)}.")
        voices = [self.profile(voice_id) for voice_id in voice_ids]
        if len(set(voice_ids)) < len(voices):
            raise OptionsError("Each voice can be compared only once. Choose different voices.")
        shared_seed = draw_seed() if seed is None else given.whole_number(seed, "seed")
        requests = [
            partial(
                self.speak,
                voice.id,
                text,
                engine=engine,
                emotion=emotion,
                temperature=temperature,
                seed=shared_seed,
                closeness=closeness,
                language=language,
                on_progress=on_progress,
            )
            for voice in voices
        ]
        for request in requests:
            request()  # refuses what cannot be spoken now, before the first take is made
        ceiling_dbtp = self.settings.true_peak_ceiling_dbtp
        made = zip(voices, requests, strict=True)
        return make_takes(made, self._references, ceiling_dbtp, on_progress)

    def converse(self, voice_id: str, *, writer: str = "echo") -> Conversation:
        """Start a conversation with a voice; ``writer`` decides who writes its part.

        Raises:
            ProfileNotFoundError, OptionsError: there is no such voice or writer.
        """
        metadata = self.profile(voice_id)
        return Conversation(partial(self.speak, metadata.id), load_writer(writer), metadata.persona)

    # Text

    def read(
        self,
        text: str,
        *,
        voice_id: str | None = None,
        language: str | None = None,
        engine: str | None = None,
    ) -> PreparedText:
        """What would be said of ``text``, in words, sentence by sentence; nothing is spoken.

        By the voice ``voice_id`` if there is one, in its language and with its own pronunciations.
        A text of pictures alone has no sentences.

        Raises:
            TextError, EngineUnavailableError, ProfileError: there is no text, or no such engine,
                language or voice.
        """
        metadata = None if voice_id is None else self.profile(voice_id)
        code = language or (metadata.language if metadata else "en")
        if engine is not None:
            require_engine(engine)
        words = speakable(text, self.settings.max_text_chars)
        return prepare(words, clean_language(code), self._lexicon(metadata))

    # Engines

    def engines(self) -> list[EngineStatus]:
        """All engines, with whether each can speak on this machine."""
        return self._engines.status()

    def engine_choice(self, engine: str | None = None) -> EngineChoice:
        """Which engine speaks, and why a better one does not."""
        return self._engines.choice(engine or self.settings.engine)

    def language_notes(self, language: str, *, engine: str | None = None) -> tuple[str, ...]:
        """What to know before an engine speaks ``language``: that it may say words wrongly.

        Raises:
            TextError: it cannot speak it; the message says which it can.
        """
        speakers_of = self._engines.speakers_of
        return language_notes(self.engine_info(engine), clean_language(language), speakers_of)

    def fetch_model(self, progress: Progress | None = None, *, engine: str = "auto") -> None:
        """Download the weights that ``engine`` needs; what was begun is gone on with. "auto" is
        the best engine that needs some.

        Raises:
            EngineUnavailableError, StorageError: it cannot be done; the message says what to do.
        """
        self._engines.fetch(engine, progress)

    def weights(self, engine: str) -> Weights | None:
        """The weights that ``engine`` runs on; None for one that has none.

        Raises:
            EngineUnavailableError: they cannot be used; the message says what to do.
        """
        return self._engines.weights(engine)

    def engine_info(self, engine: str | None = None) -> EngineInfo:
        """What the engine that would speak is, and can do."""
        return self._engine(engine).info

    # The rest serves the above

    def _engine(self, name: str | None) -> Engine:
        return self._engines.get(name or self.settings.engine)

    def _references(self, voice: ProfileMetadata) -> list[Audio]:
        return [decode_flac(self.store.reference(voice.id, clip.id)) for clip in voice.segments]

    def _lexicon(self, voice: ProfileMetadata | None) -> Lexicon:
        common = common_lexicon(self.settings)
        if voice is None or not voice.lexicon:
            return common
        return voice_lexicon(voice.lexicon, voice.name).over(common)

    def _update(self, metadata: ProfileMetadata, **changes: Any) -> ProfileMetadata:
        changed = metadata.model_copy(update={**changes, "updated_at": datetime.now(UTC)})
        return self.store.update(changed, expected_revision=metadata.revision)

    def _revise(self, voice_id: str) -> Revision:
        return Revision(self.store, self.settings, self.profile(voice_id))
