"""The nouns that every room shares: frozen values over numpy arrays.

Units are in the names: ``_s`` seconds, ``_hz`` hertz, ``_db`` decibels, ``lufs`` ITU-R BS.1770.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from studio import given
from studio.errors import OptionsError

SAMPLE_RATE: Final = 24_000
"""Samples per second of all audio inside the studio; the codec's rate."""

FRAME_SAMPLES: Final = 1_920
"""Samples of one frame, the unit in which speech streams."""

USUAL_CLOSENESS: Final = 0.85
"""Of a voice to the person, from most natural (0) to closest (1)."""

FRAME_S: Final = FRAME_SAMPLES / SAMPLE_RATE
"""Seconds of one frame (0.08)."""

Progress = Callable[[float, str], None]
"""Called with (share done in [0, 1], what is being done); raises ``Stopped`` to end the work."""


class Emotion(StrEnum):
    """How a sentence is to be delivered, or how a reference clip was spoken."""

    NEUTRAL = "neutral"
    HAPPY = "happy"
    SAD = "sad"
    ANGRY = "angry"
    CALM = "calm"
    EXCITED = "excited"
    WHISPER = "whisper"


def read_emotion(emotion: Emotion | str, *others: str) -> Emotion:
    """The emotion that goes by this name.

    Raises:
        OptionsError: there is none; the message lists those there are, and the ``others`` that
            may be chosen in this place.
    """
    try:
        return Emotion(emotion)
    except ValueError:
        raise OptionsError(
            f"There is no emotion {str(emotion)[:40]!r}. Choose one of: "
            f"{', '.join([*Emotion, *others])}."
        ) from None


class Prompting(StrEnum):
    """How a voice is given to an engine that reads its clips as a prompt."""

    TWO_SEGMENT = "two-segment"
    """Each clip is a turn of its own, and what is spoken is the next one."""

    CONTINUATION = "continuation"
    """What is spoken goes on from the last clip, as if the person had not stopped there."""


@dataclass(frozen=True, eq=False)
class Audio:
    """Mono sound: ``samples`` is float32 [n] in [-1, 1], finite, at ``sample_rate`` Hz."""

    samples: NDArray[np.float32]
    sample_rate: int = SAMPLE_RATE

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError(
                f"Audio takes float32 [n], not {self.samples.dtype} {list(self.samples.shape)}"
            )

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate

    def slice(self, start_s: float, end_s: float) -> Audio:
        """The part from ``start_s`` to ``end_s``; a view, not a copy."""
        start = max(0, round(start_s * self.sample_rate))
        end = max(start, round(end_s * self.sample_rate))
        return Audio(self.samples[start:end], self.sample_rate)


@dataclass(frozen=True)
class Span:
    """A stretch of time in a clip, in seconds from its start."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, eq=False)
class CodecTokens:
    """What a codec made of a clip: ``codes`` int16 [codebooks, frames]."""

    codes: NDArray[np.int16]
    codec: str
    revision: str


class Verdict(StrEnum):
    """What the studio thinks of a clip, or of one measure of it."""

    ACCEPT = "accept"
    WARN = "warn"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Finding:
    """One measure of a clip, judged, with a sentence that says what to do about it."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    measure: str
    verdict: Verdict
    sentence: str


NOTES: Final = frozenset({"channels", "file", "narrow"})
"""Measures that the person is told of even where nothing is wrong."""


@dataclass(frozen=True)
class CleaningReport:
    """What a clip was like, what was done to it, and what is thought of it.

    A level is None where it has no value: silence has no loudness.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid", "allow_inf_nan": False}

    source_format: str
    source_sample_rate: int
    source_channels: int
    source_duration_s: float
    duration_s: float
    speech_s: float
    lufs_before: float | None
    lufs_after: float | None
    true_peak_before_dbtp: float | None
    true_peak_dbtp: float | None
    gain_db: float
    trimmed_start_s: float
    trimmed_end_s: float
    pauses_shortened_s: float
    snr_db: float | None
    noise_floor_dbfs: float | None
    clipping_ratio: float
    bandwidth_hz: float | None
    voice_activity: str
    findings: tuple[Finding, ...]
    verdict: Verdict

    @property
    def advice(self) -> tuple[str, ...]:
        """The sentences to be told: what asks for something, the worst first, then the notes."""
        order = (Verdict.REFUSE, Verdict.WARN, Verdict.ACCEPT)
        told = [f for f in self.findings if f.verdict is not Verdict.ACCEPT or f.measure in NOTES]
        return tuple(f.sentence for f in sorted(told, key=lambda f: order.index(f.verdict)))


@dataclass(frozen=True, eq=False)
class Segment:
    """The unit of a voice prompt: who said what, as sound, as codec tokens or as both.

    ``sha256`` is that of the reference file, so that a cached context can tell its own segments
    from others. ``continued``, which only the last clip of a voice can be, asks that the first
    text goes on from it as one turn (``Prompting.CONTINUATION``).
    """

    id: str
    transcript: str
    audio: Audio | None
    tokens: CodecTokens | None = None
    emotion: Emotion = Emotion.NEUTRAL
    language: str = "en"
    speaker: int = 0
    sha256: str = ""
    continued: bool = False


MAX_TEMPERATURE: Final = 2.0
MAX_TOP_K: Final = 2_048
MAX_SEED: Final = 2**32 - 1


@dataclass(frozen=True)
class SpeechOptions:
    """How one utterance is to be spoken. Checked when made; an engine never sees a bad value.

    Raises:
        OptionsError: a value is out of range or not a number.
    """

    emotion: Emotion = Emotion.NEUTRAL

    # Variation. 0 says it the same way each time; engines differ in what varies.
    temperature: float = 0.8
    top_k: int = 50
    seed: int = 0

    # How far an engine goes from what sounds most natural (0) towards what is closest to the
    # person (1). Engines without the "closeness" capability ignore it.
    closeness: float = USUAL_CLOSENESS

    def __post_init__(self) -> None:
        checked = {
            "emotion": read_emotion(self.emotion),
            "temperature": _within("Temperature", self.temperature, 0.0, MAX_TEMPERATURE),
            "top_k": int(_within("Top-k", self.top_k, 1, MAX_TOP_K)),
            "seed": int(_within("Seed", self.seed, 0, MAX_SEED)),
            "closeness": _within("Closeness", self.closeness, 0.0, 1.0),
        }
        for name, value in checked.items():  # one of numpy becomes a plain one
            object.__setattr__(self, name, value)


def _within(name: str, value: object, low: float, high: float) -> float:
    whole = isinstance(low, int)
    called = name.lower()
    found = given.whole_number(value, called) if whole else given.number(value, called)
    if not low <= found <= high:  # so NaN is out, and an int of any size can be compared
        raise OptionsError(
            f"{name} must be between {_figure(low)} and {_figure(high)}, not {_figure(found)}."
        )
    return found


def _figure(value: float) -> str:
    """``value`` in plain figures, cut where nobody would read on."""
    exact = Decimal(value) if isinstance(value, int) else Decimal(repr(value))
    plain = f"{exact:f}".removesuffix(".0")
    return plain if len(plain) <= 24 else f"{plain[:24]}…"


@dataclass(frozen=True, eq=False)
class SpeechFrame:
    """One step of a stream: float32 samples [1920] at 24 kHz (the last frame may be shorter).

    ``text_end`` is how many characters of the text have been spoken when this frame ends, so that
    a reader can follow along; it never goes down within an utterance. ``note`` is a sentence for
    the person about this utterance, such as that words were left out; most frames have none.
    """

    index: int
    samples: NDArray[np.float32]
    text_end: int
    tokens: NDArray[np.int16] | None = None
    note: str = ""


class VoiceStage(StrEnum):
    """Which reading of a voice it is: some engines read it quickly first, and then better."""

    ONLY = "only"
    QUICK = "quick"
    TUNED = "tuned"


@dataclass(frozen=True)
class SpeechStats:
    """The numbers that go with every utterance.

    ``ttfa_s`` runs from the accepted request to the first frame handed out, preparing the voice
    included; ``rtf`` is compute seconds per second of audio, below 1 is faster than real time.
    ``stage`` says which of an engine's readings of the voice spoke.
    """

    engine: str
    seed: int
    emotion: Emotion
    sample_rate: int
    duration_s: float
    ttfa_s: float
    rtf: float
    profile_revision: int
    context_was_cached: bool
    notes: tuple[str, ...] = field(default=())
    stage: VoiceStage = VoiceStage.ONLY

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``."""
        return {
            "engine": self.engine,
            "seed": self.seed,
            "emotion": self.emotion.value,
            "sample_rate": self.sample_rate,
            "duration_s": round(self.duration_s, 4),
            "ttfa_s": round(self.ttfa_s, 4),
            "rtf": round(self.rtf, 4),
            "profile_revision": self.profile_revision,
            "context_was_cached": self.context_was_cached,
            "stage": self.stage.value,
            "notes": list(self.notes),
        }
