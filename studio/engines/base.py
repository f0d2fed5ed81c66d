"""The contract between the studio and whatever speaks.

An engine holds weights and nothing else. A voice that it has read is a ``Context``: a value that
is passed in, forked for each request, saved with the profile and loaded again. The stream is the
implementation; a whole utterance is the stream collected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from studio.text.prepared import PreparedText
from studio.types import Audio, CodecTokens, Progress, Segment, SpeechFrame, SpeechOptions


class Capability(StrEnum):
    """What an engine can do. Code asks for these, never for an engine's name."""

    CLONES = "clones"
    """Speaks in the person's own voice, rather than following some traits of it."""

    EMOTION = "emotion"
    """``SpeechOptions.emotion`` changes the delivery by itself, without clips of that emotion."""

    EMOTION_CLIPS = "emotion_clips"
    """Emotion follows from reference clips tagged with it."""

    CLOSENESS = "closeness"
    """``SpeechOptions.closeness`` has an effect."""

    TOP_K = "top_k"
    """``SpeechOptions.top_k`` has an effect."""

    NEEDS_TRANSCRIPT = "needs_transcript"
    """A segment without its transcript cannot be read."""

    NEEDS_TOKENS = "needs_tokens"
    """A segment is read from codec tokens, not from sound."""

    CONTINUATION = "continuation"
    """It can go on from the last clip of a voice: ``Segment.continued``."""

    CODES = "codes"
    """Its frames carry the codec tokens that they were made of: ``SpeechFrame.tokens``."""

    ANY_LANGUAGE = "any_language"
    """It reads text in languages that it does not speak too, and may say words wrongly."""

    UNPROMPTED = "unprompted"
    """It can speak without a voice: ``Unprompted``."""


@dataclass(frozen=True)
class EngineInfo:
    """What an engine is, for people (``label``) and for fingerprints (the rest).

    ``max_positions`` is None for an engine whose context does not fill up. Of a text of several
    sentences an engine may keep back up to ``reserve_s`` seconds of sound, every third frame until
    that much is in hand, so that it can make a sentence again. ``languages`` are those it speaks,
    by the first part of their codes; None where it does not say.
    """

    name: str
    label: str
    revision: str
    dtype: str
    device: str
    sample_rate: int
    frame_s: float
    max_positions: int | None
    capabilities: frozenset[Capability]
    reserve_s: float = 0.0
    languages: frozenset[str] | None = None

    def speaks(self, language: str) -> bool:
        """Whether it speaks ``language``, such as "en" or "pt-br", as far as it says."""
        return self.languages is None or language.split("-")[0] in self.languages

    @property
    def fingerprint(self) -> str:
        """sha256 over all that decides whether a saved context still fits this engine."""
        parts = (self.name, self.revision, self.dtype, str(self.sample_rate))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


Work = Callable[..., Generator[Any, None, None]]
"""A generator function."""


class Lend(Protocol):
    """Has work done where a graphics card is lent for as long as the work lasts."""

    def __call__(self, name: str, work: Work, seconds: Callable[..., float]) -> Work:
        """What is called like ``work`` and yields what it yields, from another process.

        That process is forked from this one when it is needed, may serve later calls as well, and
        takes with it what it made. Arguments and what is yielded are pickled on their way.
        ``name`` tells this work from others; ``seconds``, called with the same arguments, says for
        how long the card is asked for.

        Closing what is returned ends the work before its next step. A ``StudioError`` of the work
        is raised there as it is.

        Raises:
            EngineError: (by what is returned) no card was lent, or the work was ended.
        """


@dataclass(frozen=True)
class EngineSetup:
    """What decides how engines are made; each takes of it what concerns it.

    ``model`` is a folder or an id on the model hub, ``quantize`` none, int8, int4 or auto,
    ``dtype`` bfloat16, float32 or auto, ``device`` cpu, cuda or auto. ``cache_dir`` is for what can
    be made again from the weights; None keeps nothing. With ``lend`` the device is there only
    within work that is lent it. ``idle_bytes`` is how much working memory an engine may keep for
    the next requests when it had several at once. ``studio_voice`` is a file of weights for the
    engine that is always there, in place of those of its packages. ``csm_caution`` is the setting
    of that name.
    """

    model: str = ""
    quantize: str = "auto"
    dtype: str = "auto"
    device: str = "auto"
    cache_dir: Path | None = None
    lend: Lend | None = None
    idle_bytes: int = 1 << 28
    studio_voice: Path | None = None
    csm_caution: bool = True


@dataclass(frozen=True)
class KeptCopy:
    """The form that weights run in, kept for the next start. ``label`` says which form;
    ``size_bytes`` is 0 until it was made."""

    label: str
    folder: Path
    size_bytes: int


@dataclass(frozen=True)
class Weights:
    """Weights that can be used. ``revision`` tells them from others: sha256, hex. ``copy`` is what
    an engine starts from; None where it starts from the weights themselves."""

    model: str
    folder: Path
    size_bytes: int
    revision: str
    copy: KeptCopy | None


@runtime_checkable
class Context(Protocol):
    """A voice, and the conversation so far, that an engine has already read. A value."""

    @property
    def positions(self) -> int:
        """How many of ``EngineInfo.max_positions`` are used."""

    @property
    def nbytes(self) -> int:
        """Memory that it holds, shared with its forks."""

    def fork(self) -> Context:
        """A private copy; the parent never changes."""


@runtime_checkable
class Rereadable(Protocol):
    """A context that can be kept small while nobody goes on with it, and be read again.

    A conversation in a context that cannot begins anew with the voice, when memory is short.
    """

    def let_go(self) -> Context:
        """The same without what can be computed again; the first to speak on it waits for that."""

    def resumed(self, voice: Context) -> Context:
        """The same, which begins with ``voice``: what was read of that need not be read again."""


@runtime_checkable
class Engine(Protocol):
    """What every engine does. Calls for different contexts may come from different threads."""

    @property
    def info(self) -> EngineInfo: ...

    def prepare(
        self,
        segments: Sequence[Segment],
        base: Context | None = None,
        progress: Progress | None = None,
    ) -> Context:
        """Read ``segments`` (after ``base``) into a context.

        ``Segment.continued`` concerns engines with ``Capability.CONTINUATION`` alone.

        Raises:
            EngineError: the segments cannot be read; the message says what is missing.
        """

    def stream(
        self, context: Context, text: PreparedText, options: SpeechOptions
    ) -> Iterator[SpeechFrame]:
        """Speak ``text`` frame by frame, advancing ``context``.

        What is said stands in ``text.sentences``, in words; ``SpeechFrame.text_end`` counts
        characters of ``text.text``, as it was typed.

        Closing the iterator cancels within one frame and frees whatever it held.

        Raises:
            TextError: there is nothing in ``text`` that can be spoken.
            EngineError: the engine failed; it stays usable for the next call.
        """

    def save_context(self, context: Context, path: Path) -> None:
        """Write ``context`` to ``path`` as safetensors."""

    def load_context(self, path: Path) -> Context:
        """Read what ``save_context`` wrote.

        Raises:
            ContextMismatchError: the file is damaged or belongs to another engine or revision.
        """

    def close(self) -> None:
        """Free processes and memory; the engine cannot be used afterwards."""


@runtime_checkable
class TokenMaker(Protocol):
    """An engine that reads clips as codec tokens (``Capability.NEEDS_TOKENS``) and makes them."""

    @property
    def codec(self) -> tuple[str, str]:
        """Name and revision of the codec whose tokens it reads."""

    def encode(self, audio: Audio) -> CodecTokens:
        """The tokens of a reference clip, which the profile then keeps."""


@runtime_checkable
class Unprompted(Protocol):
    """An engine that can speak from the text alone (``Capability.UNPROMPTED``)."""

    def without_voice(self) -> Context:
        """A context in which nothing was read."""


@runtime_checkable
class Tunable(Protocol):
    """An engine that reads a voice quickly first, and can then bring it nearer to the person."""

    def is_tuned(self, context: Context) -> bool:
        """Whether ``tune`` has nothing left to do."""

    def tune(
        self, context: Context, segments: Sequence[Segment], progress: Progress | None = None
    ) -> Context:
        """``context``, which was prepared from ``segments``, nearer to the person in them.

        ``progress`` is told often enough to be kept waiting in; what it raises ends the work.

        Raises:
            EngineError: the segments cannot be read.
        """


@runtime_checkable
class Preloading(Protocol):
    """An engine whose weights take time to load."""

    def load(self, progress: Progress | None = None) -> None:
        """Load them now, unless that was done. What ``progress`` raises ends it.

        Raises:
            EngineError: they cannot be loaded; the message says what to do.
        """


def context_fingerprint(info: EngineInfo, segments: Sequence[Segment]) -> str:
    """Name of the cached context of ``segments`` for the engine ``info``: sha256, hex.

    Everything that changes what the engine would read is in it, so a mismatch is a miss.
    """
    digest = hashlib.sha256(info.fingerprint.encode())
    for segment in segments:
        fields = (
            segment.sha256,
            segment.transcript,
            segment.emotion.value,
            segment.language,
            str(segment.speaker),
            *(("continued",) if segment.continued else ()),
        )
        digest.update("\0".join(fields).encode() + b"\1")
    return digest.hexdigest()
