"""What is to be said, and how: text checked, options gathered from caller, profile and settings."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TypeVar

from studio import given
from studio.analysis.sentiment import guess_emotion
from studio.engines.base import Capability, EngineInfo
from studio.errors import OptionsError, TextError
from studio.profile import Defaults
from studio.settings import Settings
from studio.text.lexicon import Lexicon
from studio.text.prepared import PreparedText
from studio.text.preparing import prepare
from studio.types import Emotion, SpeechOptions, read_emotion

AUTO_EMOTION = "auto"

T = TypeVar("T", int, float)


def speakable(text: str, limit: int) -> str:
    """``text`` without the white space around it.

    Raises:
        TextError: nothing is left, or it is longer than ``limit`` characters.
        OptionsError: it is not a string.
    """
    words = given.text(text, "text").strip()
    if not words:
        raise TextError("There is nothing to say yet. Type a sentence.")
    if len(words) > limit:
        raise TextError(
            f"The text has {len(words):,} characters; {limit:,} is the most at once, by the "
            f"setting max_text_chars. Split it into parts, or raise the setting."
        )
    return words


def prepare_text(words: str, language: str, lexicon: Lexicon) -> PreparedText:
    """``words`` as the sentences that an engine speaks.

    Raises:
        TextError: there is nothing in them that can be spoken.
    """
    prepared = prepare(words, language, lexicon)
    if not prepared.sentences:
        raise TextError("There is nothing in this text that can be spoken. Write it in words.")
    return prepared


def choose_emotion(asked: Emotion | str | None, text: str) -> tuple[Emotion, tuple[str, ...]]:
    """The emotion to use, and a note that says why if the text decided it.

    Raises:
        OptionsError: there is no such emotion; the message lists those there are.
    """
    if asked is None:
        return Emotion.NEUTRAL, ()
    if asked == AUTO_EMOTION:
        guess = guess_emotion(text)
        return guess.emotion, (f"Emotion chosen from the text: {guess.reason}",)
    return read_emotion(asked, AUTO_EMOTION), ()


def gather_options(
    emotion: Emotion,
    own: Defaults,
    settings: Settings,
    *,
    temperature: float | None,
    top_k: int | None,
    seed: int | None,
    closeness: float | None,
) -> SpeechOptions:
    """Options of one utterance: what the caller says, else the profile, else the settings.

    Raises:
        OptionsError: a value is out of range.
    """
    options = SpeechOptions(
        emotion=emotion,
        temperature=_first(temperature, own.temperature, settings.temperature),
        seed=_first(seed, own.seed, draw_seed()),
        closeness=_first(closeness, own.closeness, settings.closeness),
    )
    chosen_top_k = top_k if top_k is not None else own.top_k
    return options if chosen_top_k is None else replace(options, top_k=chosen_top_k)


def require_codes(engine: EngineInfo) -> None:
    """Refuse an engine whose frames come without codes.

    Raises:
        OptionsError
    """
    if Capability.CODES not in engine.capabilities:
        raise OptionsError(
            f"The engine {engine.name!r} makes no codes, so there are none to write. "
            f"Leave out --codes, or choose an engine that does."
        )


def draw_seed() -> int:
    """A fresh seed, short enough to be read out and typed in again."""
    return secrets.randbelow(1_000_000)


def _first(asked: T | None, own: T | None, fallback: T) -> T:
    if asked is not None:
        return asked
    return fallback if own is None else own
