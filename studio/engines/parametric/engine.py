"""The basic voice as an engine of the studio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from studio.engines.base import Capability, Context, EngineInfo, Progress
from studio.engines.parametric import context as contexts
from studio.engines.parametric.context import ParametricContext
from studio.engines.parametric.espeak import Espeak
from studio.engines.parametric.speaking import calibrate, speak
from studio.engines.parametric.text import require_speakable
from studio.engines.parametric.voice import CALIBRATION, learn_voice
from studio.errors import ContextMismatchError
from studio.types import FRAME_S, SAMPLE_RATE, Segment, SpeechFrame, SpeechOptions

NAME: Final = "parametric"
LABEL: Final = "Basic voice (offline, synthetic): follows pitch, timbre and pace; not a voice clone"

REVISION: Final = "1"
"""Goes up whenever a saved context would speak differently, so that old ones are built anew."""

_LEARNING_SHARE: Final = 0.85


class ParametricEngine:
    """espeak-ng carried onto the voice by WORLD. Any thread may call it; streams do not mix.

    Example:
        engine = ParametricEngine()
        context = engine.prepare(segments)
        for frame in engine.stream(context, "Good morning.", SpeechOptions()):
            play(frame.samples)
    """

    def __init__(self) -> None:
        self._espeak = Espeak()

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            name=NAME,
            label=LABEL,
            revision=REVISION,
            dtype="float32",
            device="cpu",
            sample_rate=SAMPLE_RATE,
            frame_s=FRAME_S,
            max_positions=None,
            capabilities=frozenset({Capability.EMOTION, Capability.CLOSENESS}),
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

        def learning(share: float, what: str) -> None:
            report(share * _LEARNING_SHARE, what)

        voice = learn_voice(segments, self._espeak, learning)
        report(_LEARNING_SHARE, "Setting the level")
        calibration = calibrate(voice, self._espeak, CALIBRATION)
        report(1.0, "Ready")
        heard = next(segment for segment in segments if segment.audio is not None)
        return ParametricContext(voice, heard.language, calibration)

    def stream(self, context: Context, text: str, options: SpeechOptions) -> Iterator[SpeechFrame]:
        own = _own(context)
        require_speakable(text, language=own.language)
        return speak(own, self._espeak, text, options)

    def save_context(self, context: Context, path: Path) -> None:
        contexts.save(_own(context), self.info, path)

    def load_context(self, path: Path) -> ParametricContext:
        return contexts.load(self.info, path)

    def close(self) -> None:
        self._espeak.close()


def _own(context: Context) -> ParametricContext:
    if not isinstance(context, ParametricContext):
        raise ContextMismatchError(
            "This voice was prepared for another engine. Prepare it for the basic voice first."
        )
    return context


def _say_nothing(share: float, what: str) -> None:
    """Stands in where nobody listens to the progress."""
