"""The studio voice as an engine of the studio."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
import torch

from studio.engines.base import Capability, Context, EngineInfo, EngineSetup
from studio.engines.kokoro.identity import LABEL, NAME, REVISION
from studio.engines.kokoro.network.kokoro import Kokoro
from studio.engines.kokoro.network.loading import load_network
from studio.engines.kokoro.person import voice as voices
from studio.engines.kokoro.person.calibration import calibrate, whisper_moments
from studio.engines.kokoro.person.learning import learn_quick, learn_tuned
from studio.engines.kokoro.person.prior import load_prior
from studio.engines.kokoro.person.voice import StudioVoice
from studio.engines.kokoro.phonemes.espeak import Espeak
from studio.engines.kokoro.phonemes.ipa import LANGUAGES
from studio.engines.kokoro.phonemes.reader import PhonemeReader, known_language
from studio.engines.kokoro.speech.delivery import Delivery, Pitch, manner_of
from studio.engines.kokoro.speech.lines import FixedLines
from studio.engines.kokoro.speech.rendering import halves
from studio.engines.kokoro.speech.speak import ReadSentence, ReadyVoice, speak
from studio.errors import ContextMismatchError, TextError
from studio.native.memory import give_back
from studio.text import PreparedText
from studio.types import (
    FRAME_S,
    SAMPLE_RATE,
    USUAL_CLOSENESS,
    Emotion,
    Progress,
    Segment,
    SpeechFrame,
    SpeechOptions,
    VoiceStage,
)

_CLOSENESS_STEPS: Final = 20
"""Closeness is taken in steps of 0.05: each needs its own calibration."""

_MOST_WIDENING: Final = 0.35
_MOST_PACE: Final = 0.25
"""Natural logarithms: nobody is followed beyond what still sounds natural."""


class KokoroEngine:
    """Kokoro-82M with a style fitted to the person. Any thread may call it; streams do not mix.

    Example:
        engine = KokoroEngine(EngineSetup())
        context = engine.prepare(segments)
        for frame in engine.stream(context, prepare("Good morning.", "en"), SpeechOptions()):
            play(frame.samples)
    """

    def __init__(self, setup: EngineSetup) -> None:
        self._cache_dir, self._own = setup.cache_dir, setup.studio_voice
        self._revision = REVISION if self._own is None else f"{REVISION}-{_digest(self._own)}"
        self._espeak = Espeak()
        self._reader = PhonemeReader(self._espeak)
        self._loading = threading.Lock()
        self._network: Kokoro | None = None
        self._ready: WeakKeyDictionary[StudioVoice, dict[tuple[int, bool, str], ReadyVoice]] = (
            WeakKeyDictionary()
        )
        self._readying = threading.Lock()

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            name=NAME,
            label=LABEL,
            revision=self._revision,
            dtype="float32",
            device="cpu",
            sample_rate=SAMPLE_RATE,
            frame_s=FRAME_S,
            max_positions=None,
            capabilities=frozenset(
                {Capability.EMOTION, Capability.EMOTION_CLIPS, Capability.CLOSENESS}
            ),
            languages=frozenset({"en", "en-gb", *LANGUAGES}),
        )

    def load(self, progress: Progress | None = None) -> None:
        """Load weights and the English front end now, unless that was done.

        Raises:
            EngineUnavailableError: the packages that bring them are missing or damaged.
        """
        self.network(progress)
        self._reader.english()

    def prepare(
        self,
        segments: Sequence[Segment],
        base: Context | None = None,
        progress: Progress | None = None,
    ) -> StudioVoice:
        """Learn the voice of ``segments`` quickly. With ``base``, the voice learnt there is kept:
        what was said before does not change how this engine sounds.

        Raises:
            EngineError: no segment has sound.
        """
        if base is not None:
            return _own(base)
        try:
            return learn_quick(self.network(progress), segments, progress)
        finally:
            give_back()

    def is_tuned(self, context: Context) -> bool:
        """Whether ``tune`` has nothing left to do."""
        return _own(context).stage is VoiceStage.TUNED

    def tune(
        self, context: Context, segments: Sequence[Segment], progress: Progress | None = None
    ) -> StudioVoice:
        """``context`` brought nearer to the person in ``segments``: a minute of work at most.

        Raises:
            EngineError: no segment has sound.
        """
        try:
            return learn_tuned(self.network(), _own(context), segments, progress)
        finally:
            give_back()

    def stream(
        self, context: Context, text: PreparedText, options: SpeechOptions
    ) -> Iterator[SpeechFrame]:
        voice = _own(context)
        require_language(text.language)
        return self._stream(voice, text, options)

    def save_context(self, context: Context, path: Path) -> None:
        voices.save(_own(context), self.info, path)

    def load_context(self, path: Path) -> StudioVoice:
        return voices.load(self.info, path)

    def close(self) -> None:
        self._espeak.close()
        self._network = None

    def _stream(
        self, voice: StudioVoice, text: PreparedText, options: SpeechOptions
    ) -> Generator[SpeechFrame, None, None]:
        network = self.network()
        left_out: list[str] = []
        read = self._sentences(voice, text, options, left_out)
        first = next(read, None)
        if first is None:
            raise TextError(
                "There is nothing in this text that the studio voice can say. Write it in words."
            )
        ready = self._made_ready(network, voice, options, known_language(text.language.lower()))
        for frame in speak(network, ready, chain([first], read), len(text.text)):
            yield replace(frame, note=_note(left_out)) if left_out else frame
            left_out.clear()

    def _sentences(
        self,
        voice: StudioVoice,
        text: PreparedText,
        options: SpeechOptions,
        left_out: list[str],
    ) -> Iterator[tuple[ReadSentence, Delivery]]:
        """Each read when it is reached; those without a sound are passed over. Words that have none
        are added to ``left_out``."""
        manner = manner_of(options.emotion, voice.taught.get(options.emotion))
        for number, sentence in enumerate(text.sentences):
            read = self._reader.read(sentence, text.language)
            left_out += read.left_out(sentence)
            for part in read.parts():
                yield (
                    ReadSentence(part, sentence.end, sentence.ends_paragraph),
                    Delivery(manner, options, number),
                )

    def _made_ready(
        self, network: Kokoro, voice: StudioVoice, options: SpeechOptions, language: str
    ) -> ReadyVoice:
        """What speaking takes of ``voice``, made once for each closeness, for whispering, and for
        each language that changes the style."""
        step = round(options.closeness * _CLOSENESS_STEPS)
        changes = language if language in LANGUAGES and LANGUAGES[language].share else ""
        key = (step, options.emotion is Emotion.WHISPER, changes)
        with self._readying:
            known = self._ready.setdefault(voice, {})
            if key not in known:
                known[key] = _ready_voice(network, voice, *key)
            return known[key]

    def network(self, progress: Progress | None = None) -> Kokoro:
        """The network, loaded when it is first needed.

        Raises:
            EngineUnavailableError: the packages that bring it are missing or damaged.
        """
        with self._loading:
            if self._network is None:
                self._network = load_network(self._cache_dir, self._own, progress)
            return self._network


def require_language(code: str) -> None:
    """Refuse a language that cannot be read.

    Raises:
        TextError: the message says which can.
    """
    if not known_language(code.lower()):
        spoken = ", ".join(["English", *(language.name for language in LANGUAGES.values())])
        raise TextError(
            f"The studio voice cannot speak the language {code!r}. It speaks {spoken}. Choose one "
            f"of these, or another engine."
        )


def _ready_voice(
    network: Kokoro, voice: StudioVoice, closeness_step: int, whispers: bool, language: str
) -> ReadyVoice:
    closeness = closeness_step / _CLOSENESS_STEPS
    style = torch.from_numpy(voice.style(closeness))
    if language:
        spoken = LANGUAGES[language]
        style = style + spoken.share * torch.from_numpy(load_prior().to_natives(spoken.natives))
    usual = closeness == USUAL_CLOSENESS and not language
    measured = voice.calibration if usual else calibrate(network, style)
    moments = whisper_moments(network, style) if whispers else measured.moments
    timbre, _ = halves(style)
    with torch.inference_mode():
        lines = FixedLines(network.decoder.generator, timbre, moments)
    widening = pace = 0.0
    if voice.range_octaves:
        widening = np.log(voice.range_octaves / measured.range_octaves)
    if voice.pace:
        pace = np.log(voice.pace / measured.pace)
    return ReadyVoice(
        style=style,
        lines=lines,
        gain_db=measured.gain_db,
        pitch=Pitch(
            middle_hz=measured.middle_hz,
            person_hz=voice.pitch_hz or measured.middle_hz,
            widening=float(np.clip(widening, -_MOST_WIDENING, _MOST_WIDENING)),
        ),
        pace_log=float(np.clip(pace, -_MOST_PACE, _MOST_PACE)),
    )


def _note(left_out: Sequence[str]) -> str:
    return f"Left out, since it cannot be read in this language: {', '.join(left_out)}."


def _digest(path: Path) -> str:
    """What tells weights of one's own from others; "missing" where they cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError:
        return "missing"


def _own(context: Context) -> StudioVoice:
    if not isinstance(context, StudioVoice):
        raise ContextMismatchError(
            "This voice was prepared for another engine. Prepare it for the studio voice first."
        )
    return context
