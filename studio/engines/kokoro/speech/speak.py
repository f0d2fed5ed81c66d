"""From prepared sentences to frames."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.engines.kokoro.network.kokoro import Kokoro
from studio.engines.kokoro.network.vocoder import FRAME
from studio.engines.kokoro.phonemes.reader import Phonemes
from studio.engines.kokoro.speech.delivery import Delivery, Pitch
from studio.engines.kokoro.speech.frames import Framer
from studio.engines.kokoro.speech.limiter import Limiter
from studio.engines.kokoro.speech.lines import FixedLines
from studio.engines.kokoro.speech.rendering import (
    SentenceLayout,
    halves,
    lay_out,
    stream_of,
    tokens_of,
    trimmed,
)
from studio.engines.kokoro.speech.whisper import whispered
from studio.types import SAMPLE_RATE, SpeechFrame

SENTENCE_PAUSE_S: Final = 0.22
PARAGRAPH_PAUSE_S: Final = 0.5
TRAILING_SILENCE_S: Final = 0.1
_FADE: Final = round(0.008 * SAMPLE_RATE)

_VOWELS: Final = frozenset("aɑɐæeɛəɜiɪoɔuʊʌyøœAIOQWYᵻɒɨ")


@dataclass(frozen=True, eq=False)
class ReadyVoice:
    """What speaking takes of a voice: ``style`` [256], the norms' ``lines``, ``gain_db``, its
    ``pitch``, and ``pace_log``, by which the person is quicker than the network."""

    style: Tensor
    lines: FixedLines
    gain_db: float
    pitch: Pitch
    pace_log: float


@dataclass(frozen=True)
class ReadSentence:
    """Phonemes of one sentence, and whether a paragraph ends with it."""

    phonemes: Phonemes
    end: int
    ends_paragraph: bool


def speak(
    network: Kokoro,
    voice: ReadyVoice,
    sentences: Iterator[tuple[ReadSentence, Delivery]],
    text_chars: int,
) -> Generator[SpeechFrame, None, None]:
    """Frames of all ``sentences``, which come with their deliveries; each is made when it is
    reached.

    Between two frames at most one step of the work is done, of a third of a second of sound, and
    at the start of a sentence the whole of its prosody.
    """
    framer, limiter = Framer(text_chars), Limiter()
    made = 0
    pause_s = 0.0
    for sentence, delivery in sentences:
        manner = delivery.manner
        silence = _silence(pause_s * float(np.exp(manner.pause_log - voice.pace_log)))
        made += len(silence)
        yield from framer.push(limiter.push(silence))
        layout = _delivered(network, voice, sentence.phonemes, delivery)
        for end_s, reached in _progress(layout, sentence):
            framer.mark(made + round(end_s * SAMPLE_RATE), reached)
        gain = np.float32(10 ** ((voice.gain_db + manner.gain_db) / 20))
        parts = _faded(_sound(network, voice, layout, delivery), layout)
        if manner.breath >= 1:
            parts = whispered(parts, delivery.noise_seed)
        for part in parts:
            made += len(part)
            yield from framer.push(limiter.push(part * gain))
        pause_s = PARAGRAPH_PAUSE_S if sentence.ends_paragraph else SENTENCE_PAUSE_S
    yield from framer.push(limiter.push(_silence(TRAILING_SILENCE_S)))
    yield from framer.push(limiter.flush())
    yield from framer.finish()


def _delivered(
    network: Kokoro, voice: ReadyVoice, phonemes: Phonemes, delivery: Delivery
) -> SentenceLayout:
    """The sentence in time, with pitch and energy as they are to be heard."""
    _, prosody = halves(voice.style)
    symbols = phonemes.symbols
    with torch.inference_mode():
        reading = network.read(tokens_of(symbols), prosody)
        frames = delivery.frames(reading.frames, f" {symbols} ", voice.pace_log)
        frames = trimmed(frames, symbols)
        layout = lay_out(network, reading.plain, reading.spoken, frames, prosody)
        pitch_hz = delivery.pitch(layout.pitch_hz, _accents(symbols, frames), voice.pitch)
        energy = layout.energy + delivery.manner.energy
    return SentenceLayout(layout.said, pitch_hz, energy, frames)


def _sound(
    network: Kokoro, voice: ReadyVoice, layout: SentenceLayout, delivery: Delivery
) -> Iterator[NDArray[np.float32]]:
    timbre, _ = halves(voice.style)
    parts = stream_of(network, layout, timbre, voice.lines, delivery.noise_seed)
    while True:
        with torch.inference_mode():  # not around the yield: it would reach whoever takes it
            part = next(parts, None)
        if part is None:
            return
        yield part.numpy()


def _faded(
    parts: Iterator[NDArray[np.float32]], layout: SentenceLayout
) -> Iterator[NDArray[np.float32]]:
    """``parts`` from silence and back to it, so that no seam clicks."""
    whole = layout.heard * FRAME
    at = 0
    for part in parts:
        places = at + np.arange(len(part))
        at += len(part)
        if places[0] < _FADE or at > whole - _FADE:
            nearest = np.minimum(places + 1, whole - places)
            part = part * np.clip(nearest / _FADE, 0, 1).astype(np.float32)
        yield part


def _accents(symbols: str, frames: Tensor) -> list[float]:
    """The middles of stressed vowels, in seconds."""
    ends = np.cumsum(frames.numpy()) * 0.025
    found = []
    stressed = False
    for place, symbol in enumerate(symbols):
        if symbol == "ˈ":
            stressed = True
        elif stressed and symbol in _VOWELS:
            found.append(float(ends[place] + ends[place + 1]) / 2)
            stressed = False
    return found


def _progress(layout: SentenceLayout, sentence: ReadSentence) -> Iterator[tuple[float, int]]:
    """When, in seconds, how many characters of the text are spoken."""
    ends = [end - layout.skipped for end in accumulate(layout.frames.tolist())]
    reached = sentence.phonemes.reached
    for place, now in enumerate(reached):
        if place + 1 == len(reached) or reached[place + 1] > now:
            yield ends[place + 1] * 0.025, now
    yield ends[-1] * 0.025, sentence.end


def _silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)
