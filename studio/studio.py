"""The studio: one object that makes, keeps, speaks, compares and converses.

Everything outside (page, command line, Python) goes through it. It owns the rules that no single
room can keep: defaults (argument, then profile, then settings), one engine of each kind, contexts
that are forked for each utterance, and what is undone when something is cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from studio import given
from studio.audio.files import decode_flac
from studio.conversation.writers import load_writer
from studio.core.closing import Closing
from studio.core.engines.contexts import PreparedVoice, PreparedVoices, unprompted
from studio.core.engines.pool import (
    EngineChoice,
    EngineStatus,
    require_engine,
)
from studio.core.engines.tuning import TuningState
from studio.core.speech.comparison import MAX_VOICES, MIN_VOICES, Take, load_similarity, make_takes
from studio.core.speech.conversing import Conversation
from studio.core.speech.long_text import LongUtterance
from studio.core.speech.request import (
    AS_USUAL,
    SpeechRequest,
    choose_emotion,
    draw_seed,
    gather_options,
    language_notes,
    prepare_text,
    speakable,
    spoken_language,
    wanted_engine,
    with_current_engine,
)
from studio.core.speech.talk_contexts import ConversationContext
from studio.core.speech.utterance import Utterance
from studio.core.speech.workshop import Workshop
from studio.core.voices.lexicons import common_lexicon, voice_lexicon
from studio.core.voices.library import VoiceLibrary
from studio.engines.base import Context, Engine, EngineInfo, Tunable, Weights
from studio.errors import EngineError, EngineUnavailableError, OptionsError
from studio.profile import (
    ProfileMetadata,
    clean_language,
)
from studio.settings import Settings
from studio.store import Limits
from studio.text.lexicon import Lexicon
from studio.text.prepared import PreparedText
from studio.text.preparing import prepare
from studio.types import Audio, Progress


class Studio(VoiceLibrary, Closing):
    """Open one with ``Studio.open``; close it, or use it in a ``with`` block. Thread-safe.

    What it does with voices that need not speak, ``VoiceLibrary`` says.

    Example:
        with Studio.open("profiles") as studio:
            clip = Clip("anna.wav")
            anna = studio.create_profile("Anna", [clip], consent="I am the speaker.")
            audio = studio.speak(anna.id, "Hello there.").audio()
    """

    _workshop: Workshop

    def __init__(self, settings: Settings, *, owned: Studio | None = None) -> None:
        """The studio of the owner in ``settings``. One that is made with ``of`` gets ``owned``, the
        studio that it shares everything but voices with."""
        settings = with_current_engine(settings)
        common = limits = None
        if owned is not None:
            common = owned.store
            limits = Limits(settings.owner_voices, settings.owner_minutes, settings.owner_mb)
        super().__init__(settings, common=common, limits=limits)
        self._is_guest = owned is not None
        self._workshop = shop = Workshop(settings) if owned is None else owned._workshop
        self._engines, self._tuning, self._talks = shop.engines, shop.tuning, shop.talks
        self._voices = PreparedVoices(self.store, shop.memory)
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

    def of(self, owner: str) -> Studio:
        """This studio for ``owner``: with voices of their own, and those of this one to hear and
        not to change. Closed with this one."""
        return Studio(self.settings.model_copy(update={"owner": owner}), owned=self)

    def forget(self, owner: str) -> None:
        """Delete all that ``owner`` has, on disk and in memory, for good: voices, the bin, what
        engines have read, and the work that is under way for them."""
        self._workshop.forget(owner)
        self.of(owner).store.destroy()
        self._workshop.forget(owner)  # what was under way has ended with the voices

    def turn(self, on_progress: Progress | None = None) -> AbstractContextManager[None]:
        """Within this the owner has a turn at computing, where many share the machine; what they
        ask of the studio in the same thread is part of it. See ``Turns.turn``."""
        return self._workshop.turns.turn(self.settings.owner, on_progress)

    def close(self) -> None:
        """Stop the engines for good; the profiles on disk are whole at any time."""
        self._voices.stop()
        if self._is_guest:
            return
        self._workshop.close()
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
        with self.turn(on_progress):
            used = self._engines.use(
                wanted, lambda one: self._voices.get(one, metadata, on_progress), on_progress
            )
        self._tuning.want(self._voices, used.engine, metadata)
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
        with self.turn(on_progress):
            used = self._engines.use(
                wanted, lambda one: self._voices.tune(one, metadata, on_progress), on_progress
            )
        return isinstance(used.engine, Tunable)

    def tuning(self, voice_id: str) -> TuningState | None:
        """How far the work on the voice is that goes on in the background; None without any."""
        return self._tuning.state(self._voices.name(voice_id))

    def stop_tuning(self, voice_id: str) -> None:
        """Let the voice be as it is, until it changes or the studio is opened again.

        Raises:
            ProfileError: it is a voice for everybody.
        """
        self.store.require_own(voice_id)
        self._tuning.stop(self._voices.name(voice_id))

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
        request: SpeechRequest = AS_USUAL,
        *,
        conversation: ConversationContext | None = None,
        on_progress: Progress | None = None,
    ) -> Utterance:
        """Let the voice say ``text``: iterate over what this returns.

        Progress is told while the voice is read for the first time. ``conversation`` goes on with
        this.

        Raises:
            TextError, OptionsError, ProfileError, EngineError: before anything is spoken.
        """
        metadata = self.profile(voice_id)
        words = speakable(text, self.settings.max_text_chars)
        language = spoken_language(request, metadata)
        feeling, notes = choose_emotion(request.emotion or metadata.defaults.emotion, words)
        options = gather_options(request, feeling, metadata.defaults, self.settings)
        wanted, gone = wanted_engine(request.engine, metadata, self.settings)
        speaker = self._engine(wanted)
        notes = (*gone, *notes, *language_notes(speaker.info, language, self._engines.speakers_of))
        prepared = prepare_text(words, language, self._lexicon(metadata))
        if not request.with_voice:
            unprompted(speaker)  # refuses what it cannot do
        said = conversation or ConversationContext()

        def begin(one: Engine) -> PreparedVoice:
            if not request.with_voice:
                return said.after(unprompted(one))
            ready = said.after(self._voices.get(one, metadata, on_progress))
            self._tuning.want(self._voices, one, metadata)
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
            turn=partial(self.turn, on_progress),
        )

    def speak_long(
        self,
        voice_id: str,
        text: str,
        request: SpeechRequest = AS_USUAL,
        *,
        on_progress: Progress | None = None,
    ) -> LongUtterance:
        """Let the voice say a text of any length: it is cut at ends of sentences into parts of
        ``max_text_chars`` at most. Raises as ``speak``."""
        return LongUtterance(
            partial(self.speak, voice_id, on_progress=on_progress),
            text,
            request,
            self.settings.max_text_chars,
            spoken_language(request, self.profile(voice_id)),
        )

    def compare(
        self,
        text: str,
        voice_ids: Sequence[str],
        request: SpeechRequest = AS_USUAL,
        *,
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
        seed = draw_seed() if request.seed is None else given.whole_number(request.seed, "seed")
        shared = replace(request, seed=seed)
        speaks = [
            partial(self.speak, voice.id, text, shared, on_progress=on_progress) for voice in voices
        ]
        for speak in speaks:
            speak()  # refuses what cannot be spoken now, before the first take is made
        ceiling_dbtp = self.settings.true_peak_ceiling_dbtp
        made = zip(voices, speaks, strict=True)
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
        if self._is_guest:
            raise EngineUnavailableError("Only who runs this page can fetch weights for it.")
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
