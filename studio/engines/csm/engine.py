"""CSM-1B as an engine: voices are prompts, speech is codes that Mimi makes audible."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import torch

from studio.codec.mimi import MimiCodec
from studio.codec.mimi_weights import MimiWeights
from studio.engines.base import Capability, Context, EngineInfo, EngineSetup
from studio.engines.csm.card.captured import capture_on
from studio.engines.csm.files.checkpoint import Checkpoint
from studio.engines.csm.identity import LABEL, LANGUAGES, LAYOUT, NAME
from studio.engines.csm.lent import LentVoices
from studio.engines.csm.out_of_memory import out_of_memory_told
from studio.engines.csm.start.loading import load_model
from studio.engines.csm.start.planning import choose_plan
from studio.engines.csm.talk import context as contexts
from studio.engines.csm.talk.context import CsmContext, ReadTurns
from studio.engines.csm.talk.generating import VoiceModel
from studio.engines.csm.talk.prefill import Prefill
from studio.engines.csm.talk.prompt import PromptText
from studio.engines.csm.talk.reserve import MOST
from studio.engines.csm.talk.speak import speak
from studio.errors import ContextMismatchError, EngineError, TextError
from studio.text.prepared import PreparedText
from studio.types import (
    FRAME_S,
    SAMPLE_RATE,
    Audio,
    CodecTokens,
    Progress,
    Segment,
    SpeechFrame,
    SpeechOptions,
)

_CAPABILITIES: Final = frozenset(
    {
        Capability.ANY_LANGUAGE,
        Capability.CLONES,
        Capability.TOP_K,
        Capability.NEEDS_TRANSCRIPT,
        Capability.NEEDS_TOKENS,
        Capability.CONTINUATION,
        Capability.CODES,
        Capability.UNPROMPTED,
    }
)
_CPU: Final = torch.device("cpu")

_LOADED, _ENCODED = 0.5, 0.75
"""Shares of the progress when the model is loaded and when the clips are encoded."""


@dataclass(frozen=True, eq=False)
class _Loaded:
    voices: VoiceModel
    codec: MimiCodec
    note: str


class CsmEngine:
    """Speaks in the voice of its prompt. The weights load when they are first needed.

    Any thread may call it; streams do not mix.
    """

    def __init__(self, checkpoint: Checkpoint, setup: EngineSetup) -> None:
        """Decide how the model is to run, and load nothing.

        Raises:
            EngineUnavailableError: this machine cannot run it as ``setup`` says.
        """
        self._checkpoint = checkpoint
        self._plan = choose_plan(setup, checkpoint)
        self._cache_dir = setup.cache_dir
        self._idle_bytes = setup.idle_bytes
        self._caution = caution = setup.csm_caution
        device = self._plan.device
        self._lent = (
            None if setup.lend is None else LentVoices(setup.lend, device, checkpoint, caution)
        )
        self._loading = threading.Lock()
        self._loaded: _Loaded | None = None

    @property
    def info(self) -> EngineInfo:
        # What is kept of a voice for a card that is lent is unread, so it serves nothing else.
        kept, lent = ("", "") if self._lent is None else ("-unread", ", lent for each reply")
        return EngineInfo(
            name=NAME,
            label=LABEL,
            revision=f"{self._checkpoint.revision[:16]}-{LAYOUT}{kept}",
            dtype=self._plan.label,
            device=f"{self._plan.device}{lent}",
            sample_rate=SAMPLE_RATE,
            frame_s=FRAME_S,
            max_positions=self._checkpoint.shape.max_positions,
            capabilities=_CAPABILITIES,
            reserve_s=MOST * FRAME_S if self._caution else 0.0,
            languages=LANGUAGES,
        )

    @property
    def codec(self) -> tuple[str, str]:
        """Name and revision of Mimi as it comes with these weights."""
        codec = self._ready().codec
        return codec.name, codec.revision

    def load(self, progress: Progress | None = None) -> None:
        """Load the weights, unless that was done.

        Raises:
            EngineError: they cannot be loaded; the message says what to do.
        """
        self._ready(progress)

    def encode(self, audio: Audio) -> CodecTokens:
        return self._ready().codec.encode(audio)

    def prepare(
        self,
        segments: Sequence[Segment],
        base: Context | None = None,
        progress: Progress | None = None,
    ) -> CsmContext:
        """Read ``segments`` as the voice or, after ``base``, as turns of its conversation.

        A last clip that is ``continued`` is not read yet: it will be together with the first
        text, whose tokens stand before its frames.

        Raises:
            EngineError: a clip has no transcript, the clips leave no room to speak, or one that
                is to be continued is not the last of a voice.
        """
        if not segments:
            raise EngineError(
                "This voice has no clip that could be read. Add one of 5 to 15 s with its words."
            )
        before = None if base is None else _own(base).memory
        continued = segments[-1].continued
        if any(one.continued for one in segments[:-1]) or (continued and before is not None):
            raise EngineError("Only the last clip of a voice can be continued. Put it last.")
        ready = self._ready(_part(progress, 0.0, _LOADED))
        encoded = []
        for number, segment in enumerate(segments):
            _require_words(segment)
            encoded.append(_with_tokens(segment, ready.codec))
            _tell(progress, _LOADED, _ENCODED, (number + 1) / len(segments), "Encoding the clips")
        if self._lent is not None:
            memory = ready.voices.lay_out(encoded, before, continued=continued)
        else:
            reading = _part(progress, _ENCODED, 1.0)
            with out_of_memory_told():
                memory = ready.voices.prepare(
                    encoded, before, continued=continued, progress=reading
                )
        _tell(progress, 0.0, 1.0, 1.0, "Ready")
        return CsmContext(memory)

    def without_voice(self) -> CsmContext:
        """A context in which nothing was read: the model speaks as whoever it likes."""
        return CsmContext(ReadTurns())

    def stream(
        self, context: Context, text: PreparedText, options: SpeechOptions
    ) -> Iterator[SpeechFrame]:
        own = _own(context)
        if not text.sentences:
            raise TextError("There is nothing in this text that can be spoken. Write it in words.")
        return self._stream(own, text, options)

    def save_context(self, context: Context, path: Path) -> None:
        contexts.save(_own(context), self.info.fingerprint, path)

    def load_context(self, path: Path) -> CsmContext:
        return contexts.load(self.info.fingerprint, self._plan.device, path)

    def close(self) -> None:
        """Let go of the weights; a later call loads them again."""
        with self._loading:
            self._loaded = None
            if self._lent is not None:
                self._lent.close()

    def _stream(
        self, context: CsmContext, text: PreparedText, options: SpeechOptions
    ) -> Iterator[SpeechFrame]:
        ready = self._ready()
        note = ready.note
        if self._lent is None:
            caution = self._caution
            spoken = speak(ready.voices, ready.codec, context, text, options, caution=caution)
        else:
            spoken = self._lent.speak(ready.voices, context, text, options)
        with out_of_memory_told(), closing(spoken) as frames:
            for frame in frames:
                yield replace(frame, note=f"{note} {frame.note}".strip()) if note else frame
                note = ""

    def _ready(self, progress: Progress | None = None) -> _Loaded:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load(progress)
            return self._loaded

    def _load(self, progress: Progress | None) -> _Loaded:
        _tell(progress, 0.0, 1.0, 0.0, "Loading the model")
        checkpoint = self._checkpoint
        # A card that is lent is not there in this process.
        plan = self._plan if self._lent is None else replace(self._plan, device=_CPU)
        weights = MimiWeights(checkpoint.entries, checkpoint.tensor)
        codec = MimiCodec(weights, plan.device)
        model = load_model(checkpoint, plan, cache_dir=self._cache_dir, progress=progress)
        text = PromptText(model.tokenizer_path, model.shape)
        reader = Prefill(model.model, capture_on(plan.device), self._idle_bytes)
        with out_of_memory_told():
            reader.warm_up()
        note = " ".join(said for said in (model.note, reader.note) if said)
        return _Loaded(VoiceModel(reader, text), codec, note)


def _own(context: Context) -> CsmContext:
    if not isinstance(context, CsmContext):
        raise ContextMismatchError(
            "This voice was prepared for another engine. Prepare it for CSM first."
        )
    return context


def _require_words(segment: Segment) -> None:
    if not segment.transcript.strip():
        raise EngineError(
            "CSM needs to know what is said in a clip, word for word, and this voice has a clip "
            "without its words. Type them in under Voices, or choose the studio voice."
        )


def _with_tokens(segment: Segment, codec: MimiCodec) -> Segment:
    made = segment.tokens
    if made is not None and (made.codec, made.revision) == (codec.name, codec.revision):
        return segment
    if segment.audio is None or not len(segment.audio.samples):
        raise EngineError(
            "A clip of this voice has neither sound nor tokens of this codec. Add the clip again."
        )
    return replace(segment, tokens=codec.encode(segment.audio))


def _part(progress: Progress | None, start: float, end: float) -> Progress | None:
    """``progress`` for a part of the work that goes from share ``start`` to ``end``."""
    if progress is None:
        return None
    return partial(_tell, progress, start, end)


def _tell(progress: Progress | None, start: float, end: float, share: float, what: str) -> None:
    if progress is not None:
        progress(start + share * (end - start), what)
