"""The basic voice as an engine of the studio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from studio.engines.base import Capability, Context, EngineInfo, Progress
from studio.engines.parametric import context as contexts
from studio.engines.parametric import vocoder
from studio.engines.parametric.carrying import CarriedSource, calibrate
from studio.engines.parametric.context import ParametricContext
from studio.engines.parametric.espeak import Espeak
from studio.engines.parametric.identity import LABEL, NAME, PLAIN_LABEL, PLAIN_NOTE, REVISION
from studio.engines.parametric.languages import LANGUAGES, espeak_voice
from studio.engines.parametric.plain import (
    PlainSource,
    PlainVoice,
    calibrate_plain,
    learn_plain_voice,
)
from studio.engines.parametric.speaking import Source, speak
from studio.engines.parametric.text import left_out, require_speakable
from studio.engines.parametric.voice import ParametricVoice, learn_voice, person_of
from studio.errors import ContextMismatchError, EngineError
from studio.text.prepared import PreparedText
from studio.types import FRAME_S, SAMPLE_RATE, Segment, SpeechFrame, SpeechOptions

_LEARNING_SHARE: Final = 0.85


class ParametricEngine:
    """espeak-ng carried onto the voice. Any thread may call it; streams do not mix.

    Example:
        engine = ParametricEngine()
        context = engine.prepare(segments)
        for frame in engine.stream(context, prepare("Good morning.", "en"), SpeechOptions()):
            play(frame.samples)
    """

    def __init__(self, *, with_vocoder: bool | None = None) -> None:
        """Without the vocoder (pyworld may not have compiled) the plain voice speaks."""
        self._espeak = Espeak()
        self._with_vocoder = vocoder.is_installed() if with_vocoder is None else with_vocoder

    @property
    def info(self) -> EngineInfo:
        capabilities = {Capability.EMOTION}
        if self._with_vocoder:
            capabilities.add(Capability.CLOSENESS)
        return EngineInfo(
            name=NAME,
            label=LABEL if self._with_vocoder else PLAIN_LABEL,
            revision=REVISION if self._with_vocoder else f"{REVISION}-plain",
            dtype="float32",
            device="cpu",
            sample_rate=SAMPLE_RATE,
            frame_s=FRAME_S,
            max_positions=None,
            capabilities=frozenset(capabilities),
            languages=LANGUAGES,
        )

    def prepare(
        self,
        segments: Sequence[Segment],
        base: Context | None = None,
        progress: Progress | None = None,
    ) -> ParametricContext:
        """Learn the voice of ``segments``. With ``base``, the voice learnt there is kept.

        This engine speaks every sentence by itself: what was said before does not change how it
        sounds, so turns after the voice prompt add nothing.

        Raises:
            EngineError: no segment has sound.
        """
        if base is not None:
            return _own(base)
        report = progress or _say_nothing
        heard = [segment for segment in segments if segment.audio is not None]
        if not heard:
            raise EngineError(
                "This voice keeps no clip, and the basic voice learns from clips. Add a clip to "
                "it, or choose another engine."
            )
        language = heard[0].language
        if not self._with_vocoder:
            plain = learn_plain_voice(heard)
            calibration = calibrate_plain(plain, self._espeak)
            report(1.0, "Ready")
            return ParametricContext(plain, language, calibration)

        def learning(share: float, what: str) -> None:
            report(share * _LEARNING_SHARE, what)

        learnt = learn_voice(heard, self._espeak, learning)
        # Rounded as a file rounds it: a voice speaks the same when it was kept and read again.
        voice = ParametricVoice.from_tensors(learnt.to_tensors())
        report(_LEARNING_SHARE, "Setting tone and level")
        calibration = calibrate(voice, self._espeak, person_of(heard))
        report(1.0, "Ready")
        # Where the source voice is not one of the clips' language, text is read as English.
        spoken = voice.source_voice.split("+")[0] == espeak_voice(language)
        return ParametricContext(voice, language if spoken else "en", calibration)

    def stream(
        self, context: Context, text: PreparedText, options: SpeechOptions
    ) -> Iterator[SpeechFrame]:
        own = _own(context)
        require_speakable(text.text, language=own.language)
        notes = [left_out(text.text, language=own.language)]
        if isinstance(own.voice, PlainVoice):
            notes.append(PLAIN_NOTE)
        return speak(
            self._source(own),
            text.text,
            options,
            language=own.language,
            gain_db=own.calibration.gain_db,
            note=" ".join(filter(None, notes)),
        )

    def save_context(self, context: Context, path: Path) -> None:
        contexts.save(_own(context), self.info, path)

    def load_context(self, path: Path) -> ParametricContext:
        context = contexts.load(self.info, path)
        self._espeak.start()  # whoever loads a voice is about to let it speak
        return context

    def close(self) -> None:
        self._espeak.close()

    def _source(self, context: ParametricContext) -> Source:
        if isinstance(context.voice, PlainVoice):
            return PlainSource(context.voice, self._espeak)
        return CarriedSource(context.voice, context.calibration, self._espeak)


def _own(context: Context) -> ParametricContext:
    if not isinstance(context, ParametricContext):
        raise ContextMismatchError(
            "This voice was prepared for another engine. Prepare it for the basic voice first."
        )
    return context


def _say_nothing(share: float, what: str) -> None:
    """Stands in where nobody listens to the progress."""
