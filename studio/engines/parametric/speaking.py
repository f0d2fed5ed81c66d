"""From a text to frames: sentence by sentence, and block by block inside a sentence."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import pairwise
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from studio.engines.parametric.delivery import Delivery
from studio.engines.parametric.espeak import Rendering
from studio.engines.parametric.frames import Framer, Outlet
from studio.engines.parametric.limiter import Limiter
from studio.engines.parametric.text import Sentence, sentences
from studio.errors import TextError
from studio.types import SAMPLE_RATE, SpeechFrame, SpeechOptions

TRAILING_SILENCE_S: Final = 0.1


class Source(Protocol):
    """What makes the sound of one sentence."""

    def render(self, spoken: str, delivery: Delivery) -> Rendering:
        """``spoken`` by espeak-ng, without silence at its ends; empty if there is no sound."""

    def sound(
        self, rendering: Rendering, delivery: Delivery, closeness: float
    ) -> Iterator[NDArray[np.float32]]:
        """``rendering`` as it is to be heard, in parts, each made when it is asked for. An empty
        part says that a step towards the next one is done."""


def speak(
    source: Source,
    text: str,
    options: SpeechOptions,
    *,
    language: str,
    gain_db: float,
    note: str = "",
) -> Generator[SpeechFrame, None, None]:
    """``text`` as frames; every sentence is made when it is reached.

    ``gain_db`` is the voice's own; the emotion's comes on top. ``note`` goes with the first frame.
    Once the first frame is out, at most one step of the work is done between two frames, so whoever
    stops taking them does not wait for a whole block.
    """
    framer, limiter, outlet = Framer(len(text), note), Limiter(), Outlet()
    made = 0
    pause_s = 0.0
    for number, sentence in enumerate(sentences(text, language=language)):
        delivery = Delivery(options, number)
        rendering = source.render(sentence.reading.spoken, delivery)
        if not len(rendering.samples):
            continue
        if made:
            silence = _silence(pause_s)
            made += len(silence)
            yield from outlet.push(framer.push(limiter.push(silence)))
        for word_end_s, text_end in _progress(rendering, sentence):
            framer.mark(made + round(word_end_s * SAMPLE_RATE), text_end)
        gain = np.float32(10 ** ((gain_db + delivery.style.gain_db) / 20))
        for sound in source.sound(rendering, delivery, options.closeness):
            if not len(sound):
                yield from outlet.one()
                continue
            made += len(sound)
            yield from outlet.push(framer.push(limiter.push(sound * gain)))
        pause_s = sentence.pause_s / delivery.rate_factor
    if not made:
        raise TextError(
            "There is nothing in this text that this voice can speak. Write it in other words."
        )
    yield from outlet.rest()
    yield from framer.push(limiter.push(_silence(TRAILING_SILENCE_S)))
    yield from framer.push(limiter.flush())
    yield from framer.finish()


def _progress(rendering: Rendering, sentence: Sentence) -> Iterator[tuple[float, int]]:
    """When, in seconds, how many characters of the text are spoken."""
    for word, following in pairwise(rendering.words):
        yield following.start_s, sentence.reading.reached_at(word.offset + word.length)
    yield rendering.duration_s, sentence.end


def _silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)
