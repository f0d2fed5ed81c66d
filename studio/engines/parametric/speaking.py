"""From a text to frames: sentence by sentence, and block by block inside a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.audio.loudness import integrated_lufs
from studio.engines.parametric import match, vocoder
from studio.engines.parametric.blocks import render_blocks
from studio.engines.parametric.context import Calibration, ParametricContext
from studio.engines.parametric.delivery import Delivery, frame_level_db
from studio.engines.parametric.espeak import RATE_WPM, Espeak, Phoneme, Rendering, Word
from studio.engines.parametric.frames import Framer
from studio.engines.parametric.limiter import Limiter
from studio.engines.parametric.text import Sentence, sentences
from studio.engines.parametric.vocoder import HOP_S, Features
from studio.engines.parametric.voice import ParametricVoice
from studio.errors import EngineError, TextError
from studio.types import SAMPLE_RATE, Audio, SpeechFrame, SpeechOptions

TARGET_LUFS: Final = -20.0
TRAILING_SILENCE_S: Final = 0.1

SOURCE_F0_HZ: Final = (60.0, 450.0)
"""Where espeak-ng's pitch is looked for; its voices stay well inside."""

CALIBRATION_CLOSENESS: Final = 0.6

_LEAD_S: Final = 0.015
_TAIL_S: Final = 0.04
_SILENT: Final = 0.003
"""Share of a rendering's peak under which its ends are silence."""


def speak(
    context: ParametricContext, espeak: Espeak, text: str, options: SpeechOptions
) -> Iterator[SpeechFrame]:
    """``text`` in the voice of ``context``; every sentence is made when it is reached."""
    framer, limiter = Framer(len(text)), Limiter()
    made = 0
    pause_s = 0.0
    for number, sentence in enumerate(sentences(text, language=context.language)):
        delivery = Delivery(options, number)
        rendering = _render(context.voice, espeak, sentence, delivery.rate_factor)
        if rendering is None:
            continue
        if made:
            silence = _silence(pause_s)
            made += len(silence)
            yield from framer.push(limiter.push(silence))
        for word_end_s, text_end in _progress(rendering, sentence):
            framer.mark(made + round(word_end_s * SAMPLE_RATE), text_end)
        level_db = context.calibration.gain_db + delivery.style.gain_db
        gain = np.float32(10 ** (level_db / 20))
        for sound in _sound(context, rendering, delivery, options.closeness):
            made += len(sound)
            yield from framer.push(limiter.push(sound * gain))
        pause_s = sentence.pause_s / delivery.rate_factor
    if not made:
        raise TextError(
            "There is nothing in this text that this voice can speak. Write it in other words."
        )
    yield from framer.push(limiter.push(_silence(TRAILING_SILENCE_S)))
    yield from framer.push(limiter.flush())
    yield from framer.finish()


def calibrate(voice: ParametricVoice, espeak: Espeak, texts: Sequence[str]) -> Calibration:
    """Let ``voice`` speak ``texts`` plainly, and measure it.

    Raises:
        EngineError: it stays silent.
    """
    sounds: list[NDArray[np.float32]] = []
    pitches: list[NDArray[np.float64]] = []
    levels: list[NDArray[np.float64]] = []
    for text in texts:
        rendering = trimmed(
            espeak.render(text, voice=voice.source_voice, rate_wpm=RATE_WPM * voice.rate_factor)
        )

        def carry(source: Features, start: int, rendering: Rendering = rendering) -> Features:
            carried = _carried(voice, source, start, rendering, CALIBRATION_CLOSENESS)
            pitches.append(carried.f0_hz[carried.f0_hz > 0])
            levels.append(frame_level_db(carried)[carried.f0_hz > 0])
            return carried

        sounds += render_blocks(rendering.samples, _source_pitch(rendering), carry)
        sounds.append(_silence(0.3))
    lufs = integrated_lufs(Audio(np.concatenate(sounds)))
    pitch, level = np.concatenate(pitches), np.concatenate(levels)
    if lufs is None or not len(pitch):
        raise EngineError(
            "The voice that was learnt from these clips stays silent. Add a clip of clear speech."
        )
    return Calibration(
        gain_db=TARGET_LUFS - lufs,
        middle_hz=float(np.median(pitch)),
        middle_db=float(np.median(level)),
    )


def trimmed(rendering: Rendering) -> Rendering:
    """``rendering`` without the silence at its ends; its events move along."""
    loud = np.abs(rendering.samples)
    audible = np.flatnonzero(loud > _SILENT * loud.max(initial=0.0))
    if not len(audible):
        return replace(rendering, samples=rendering.samples[:0])
    first = max(0, int(audible[0]) - round(_LEAD_S * SAMPLE_RATE))
    last = int(audible[-1]) + round(_TAIL_S * SAMPLE_RATE)
    samples = rendering.samples[first:last]
    end_s, cut_s = len(samples) / SAMPLE_RATE, first / SAMPLE_RATE

    def moved(at_s: float) -> float:
        return min(max(at_s - cut_s, 0.0), end_s)

    return Rendering(
        samples,
        tuple(Phoneme(moved(p.start_s), p.symbol) for p in rendering.phonemes),
        tuple(Word(moved(w.start_s), w.offset, w.length) for w in rendering.words),
        tuple(moved(start_s) for start_s in rendering.sentences),
    )


def _render(
    voice: ParametricVoice, espeak: Espeak, sentence: Sentence, rate_factor: float
) -> Rendering | None:
    """The sentence by the source voice; None where that voice finds nothing to say."""
    rate_wpm = RATE_WPM * voice.rate_factor * rate_factor
    rendering = trimmed(
        espeak.render(sentence.reading.spoken, voice=voice.source_voice, rate_wpm=rate_wpm)
    )
    return rendering if len(rendering.samples) else None


def _sound(
    context: ParametricContext, rendering: Rendering, delivery: Delivery, closeness: float
) -> Iterator[NDArray[np.float32]]:
    pitch = _source_pitch(rendering)
    melody = delivery.melody(rendering, len(pitch))
    calibration = context.calibration

    def carry(source: Features, start: int) -> Features:
        return delivery.shape(
            _carried(context.voice, source, start, rendering, closeness),
            melody.slice(start, start + len(source)),
            middle_hz=calibration.middle_hz,
            middle_db=calibration.middle_db,
        )

    return render_blocks(rendering.samples, pitch, carry)


def _carried(
    voice: ParametricVoice, source: Features, start: int, rendering: Rendering, closeness: float
) -> Features:
    """A block of ``rendering``, from frame ``start`` on, carried onto ``voice``."""
    from_s, to_s = start * HOP_S, (start + len(source)) * HOP_S
    sounds = rendering.phonemes
    ends = [*(sound.start_s for sound in sounds[1:]), rendering.duration_s]
    inside = [
        Phoneme(sound.start_s - from_s, sound.symbol)
        for sound, end_s in zip(sounds, ends, strict=False)
        if end_s > from_s and sound.start_s < to_s
    ]
    return match.carry(voice, source, inside, closeness)


def _source_pitch(rendering: Rendering) -> NDArray[np.float64]:
    floor, ceil = SOURCE_F0_HZ
    return vocoder.track_pitch(rendering.samples, quick=True, f0_floor=floor, f0_ceil=ceil)


def _progress(rendering: Rendering, sentence: Sentence) -> Iterator[tuple[float, int]]:
    """When, in seconds, how many characters of the text are spoken."""
    for word, following in pairwise(rendering.words):
        yield following.start_s, sentence.reading.reached_at(word.offset + word.length)
    yield rendering.duration_s, sentence.end


def _silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)
