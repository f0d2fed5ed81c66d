"""Voices that an engine has already read: in memory, else on disk, else read now and kept."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

from studio.audio.files import decode_flac
from studio.core.voices.tokens import with_tokens
from studio.engines.base import (
    Capability,
    Context,
    Engine,
    TokenMaker,
    Tunable,
    Unprompted,
    context_fingerprint,
)
from studio.errors import ContextMismatchError, OptionsError, ProfileError, StorageError
from studio.profile import ProfileMetadata, SegmentRecord
from studio.store import ProfileStore
from studio.types import Progress, Prompting, Segment, VoiceStage

log = logging.getLogger(__name__)

PRELOADED: Final = 1 / 4
"""Share of the memory for voices that is filled at the start: some fifteen of CSM's, which takes
well under a second."""

WAIT_S: Final = 0.1
"""Who waits for a voice that is being read for somebody else hears of it so often, and can end the
wait."""


@dataclass(frozen=True, eq=False)
class PreparedVoice:
    """A voice as an engine has read it. ``was_cached`` is False when it was read just now; ``key``
    is of this engine, these clips and this ``stage`` alone."""

    context: Context
    was_cached: bool
    key: str
    stage: VoiceStage = VoiceStage.ONLY


class ContextMemory:
    """Contexts that are held ready, for all owners together. Thread-safe."""

    def __init__(self, most_bytes: int) -> None:
        """Hold contexts of ``most_bytes``, and the last one in any case."""
        self.most_bytes = most_bytes
        self._lock = threading.Lock()
        self._building: dict[str, threading.Lock] = {}
        self._ready: OrderedDict[str, Context] = OrderedDict()

    def get(self, key: str) -> Context | None:
        with self._lock:
            context = self._ready.get(key)
            if context is not None:
                self._ready.move_to_end(key)
            return context

    def keep(self, key: str, context: Context) -> None:
        with self._lock:
            self._ready[key] = context
            held = sum(kept.nbytes for kept in self._ready.values())
            while held > self.most_bytes and len(self._ready) > 1:
                _, oldest = self._ready.popitem(last=False)
                held -= oldest.nbytes

    def keep_behind(self, key: str, context: Context) -> None:
        """Keep what nobody has asked for yet: it is the first to go."""
        with self._lock:
            self._ready.setdefault(key, context)
            self._ready.move_to_end(key, last=False)

    def building(self, key: str) -> threading.Lock:
        """Held by whoever makes the context ``key``."""
        with self._lock:
            return self._building.setdefault(key, threading.Lock())

    def forget(self, owner: str) -> None:
        """Let go of everything of ``owner``."""
        with self._lock:
            for held in (self._ready, self._building):
                for key in [key for key in held if key.startswith(f"{owner}/")]:
                    del held[key]


class PreparedVoices:
    """The contexts of one owner's voices. Thread-safe: a voice is read once, also when many ask."""

    def __init__(self, store: ProfileStore, memory: ContextMemory) -> None:
        self._store = store
        self._memory = memory
        self._stopped = threading.Event()

    def name(self, profile_id: str) -> str:
        """What tells this voice from those of all owners."""
        return f"{self._store.home(profile_id).layout.owner_dir.name}/{profile_id}"

    def get(
        self, engine: Engine, metadata: ProfileMetadata, progress: Progress | None = None
    ) -> PreparedVoice:
        """The context of ``metadata`` for ``engine``; fork it before use.

        Raises:
            Stopped: ``progress`` raised it; nothing was kept.
            EngineError: the engine cannot read the voice.
            ProfileError: a file of the profile is damaged.
        """
        key, fingerprint = self._key(engine, metadata)
        with _held(self._memory.building(key), progress):
            context = self._memory.get(key)
            if context is not None:
                self._store.mark_used(metadata.id, engine.info.name, fingerprint)
                return _prepared(engine, context, True, key)
            context = self._from_disk(engine, metadata.id, fingerprint)
            was_cached = context is not None
            if context is None:
                context = self._read(engine, metadata, progress)
                self._keep_on_disk(engine, metadata.id, fingerprint, context)
            self._memory.keep(key, context)
            return _prepared(engine, context, was_cached, key)

    def is_tuned(self, engine: Engine, metadata: ProfileMetadata) -> bool:
        """Whether nothing is left to do for a voice that ``engine`` has read."""
        if not isinstance(engine, Tunable):
            return True
        context = self._memory.get(self._key(engine, metadata)[0])
        return context is not None and engine.is_tuned(context)

    def tune(
        self, engine: Engine, metadata: ProfileMetadata, progress: Progress | None = None
    ) -> None:
        """Bring the voice nearer to the person, where ``engine`` can; from then on it speaks so.

        Raises:
            Stopped: ``progress`` raised it; the voice is as it was.
            EngineError, ProfileError: as ``get``.
        """
        if not isinstance(engine, Tunable):
            return
        key, fingerprint = self._key(engine, metadata)
        with _held(self._memory.building(f"{key}-{VoiceStage.TUNED}"), progress):
            # Without ``progress``, which may pause the work while somebody speaks: whoever waits
            # for this reading is somebody who speaks.
            quick = self.get(engine, metadata).context
            if engine.is_tuned(quick):
                return
            tuned = engine.tune(quick, self._segments(metadata), progress)
            self._keep_on_disk(engine, metadata.id, fingerprint, tuned)
            self._memory.keep(key, tuned)

    def preload(self, engine: Engine) -> None:
        """Load what is kept on disk of the voices that ``engine`` spoke with last, up to
        ``PRELOADED``. Nothing is read anew, and ``stop`` ends it before the next voice."""
        held = 0
        for profile_id in self._store.recently_used(engine.info.name):
            if self._stopped.is_set() or held >= PRELOADED * self._memory.most_bytes:
                return
            with suppress(ProfileError, StorageError):  # whoever speaks with it is told
                context = self._preloaded(engine, self._store.load(profile_id))
                held += 0 if context is None else context.nbytes

    def stop(self) -> None:
        """End a ``preload`` that is under way."""
        self._stopped.set()

    def _preloaded(self, engine: Engine, metadata: ProfileMetadata) -> Context | None:
        key, fingerprint = self._key(engine, metadata)
        context = self._memory.get(key)
        if context is None:
            context = self._from_disk(engine, metadata.id, fingerprint, used=False)
            if context is not None:
                self._memory.keep_behind(key, context)
        return context

    def _key(self, engine: Engine, metadata: ProfileMetadata) -> tuple[str, str]:
        """What the context is known by in memory, and its fingerprint. A changed voice has others,
        so none goes stale."""
        plain = [_segment(record) for record in metadata.segments]
        fingerprint = context_fingerprint(engine.info, _prompt(engine, metadata, plain))
        owner = self._store.home(metadata.id).layout.owner_dir.name
        return f"{owner}/{engine.info.name}-{fingerprint}", fingerprint

    def _from_disk(
        self, engine: Engine, profile_id: str, fingerprint: str, *, used: bool = True
    ) -> Context | None:
        path = self._store.context_file(profile_id, engine.info.name, fingerprint)
        if path is None:
            return None
        if used:
            self._store.mark_used(profile_id, engine.info.name, fingerprint)
        try:
            return engine.load_context(path)
        except ContextMismatchError as error:
            # Derived data: a bad copy costs a rebuild, never an error.
            log.warning("cached context of %s is read anew: %s", profile_id, error)
            return None

    def _read(
        self, engine: Engine, metadata: ProfileMetadata, progress: Progress | None
    ) -> Context:
        segments = self._segments(metadata)
        if Capability.NEEDS_TOKENS in engine.info.capabilities and isinstance(engine, TokenMaker):
            segments = with_tokens(self._store, engine, metadata, segments, progress)
        return engine.prepare(_prompt(engine, metadata, segments), progress=progress)

    def _segments(self, metadata: ProfileMetadata) -> list[Segment]:
        return [
            _segment(record, self._store.reference(metadata.id, record.id))
            for record in metadata.segments
        ]

    def _keep_on_disk(
        self, engine: Engine, profile_id: str, fingerprint: str, context: Context
    ) -> None:
        try:
            self._store.write_context(
                profile_id,
                engine.info.name,
                fingerprint,
                lambda path: engine.save_context(context, path),
            )
        except StorageError as error:
            # The voice can speak without its cache; a full disk must not silence it.
            log.warning("context of %s is not kept: %s", profile_id, error)


def unprompted(engine: Engine) -> PreparedVoice:
    """No voice: a context of ``engine`` in which nothing was read.

    Raises:
        OptionsError: this engine cannot speak without a voice.
    """
    if isinstance(engine, Unprompted):
        return PreparedVoice(engine.without_voice(), True, f"{engine.info.name}-without-voice")
    raise OptionsError(
        f"The engine {engine.info.name!r} cannot speak without a voice. Choose a voice, or another "
        "engine."
    )


def _prepared(engine: Engine, context: Context, was_cached: bool, key: str) -> PreparedVoice:
    if not isinstance(engine, Tunable):
        return PreparedVoice(context, was_cached, key)
    stage = VoiceStage.TUNED if engine.is_tuned(context) else VoiceStage.QUICK
    return PreparedVoice(context, was_cached, f"{key}-{stage}", stage)


@contextmanager
def _held(building: threading.Lock, progress: Progress | None) -> Iterator[None]:
    """Hold ``building``; ``progress`` hears of the wait, so that it can end it."""
    while not building.acquire(timeout=-1 if progress is None else WAIT_S):
        if progress is not None:
            progress(0.0, "Reading the voice")
    try:
        yield
    finally:
        building.release()


def _prompt(engine: Engine, metadata: ProfileMetadata, segments: list[Segment]) -> list[Segment]:
    """``segments`` of ``metadata`` as ``engine`` is to read them."""
    asked = metadata.defaults.prompting is Prompting.CONTINUATION
    if not asked or Capability.CONTINUATION not in engine.info.capabilities:
        return segments
    return [*segments[:-1], *(replace(last, continued=True) for last in segments[-1:])]


def _segment(record: SegmentRecord, reference: bytes | None = None) -> Segment:
    return Segment(
        id=record.id,
        transcript=record.transcript,
        audio=None if reference is None else decode_flac(reference),
        emotion=record.emotion,
        language=record.language,
        sha256=record.sha256,
    )
