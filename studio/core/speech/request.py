"""What is to be said, and how: text checked, options gathered from caller, profile and settings."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from studio import given
from studio.analysis.sentiment import guess_emotion
from studio.core.speech.languages import in_usual_order, language_name
from studio.engines import registry
from studio.engines.base import Capability, EngineInfo
from studio.errors import OptionsError, TextError
from studio.profile import Defaults, ProfileMetadata, clean_language
from studio.settings import Settings
from studio.text.lexicon import Lexicon
from studio.text.prepared import PreparedText
from studio.text.preparing import prepare
from studio.types import Emotion, SpeechOptions, read_emotion

AUTO_EMOTION = "auto"

log = logging.getLogger(__name__)

T = TypeVar("T", int, float)


@dataclass(frozen=True)
class SpeechRequest:
    """How a text is to be said. What is None comes from the voice's own defaults, then from the
    settings; a seed of None is drawn, and shown in the figures.

    ``emotion`` may be given by its name; "auto" follows from the text. ``language`` is that of the
    text, such as "es"; None is that of the voice. Without ``with_voice`` the engine reads the text
    alone, as nobody in particular.
    """

    engine: str | None = None
    emotion: Emotion | str | None = None
    temperature: float | None = None
    top_k: int | None = None
    seed: int | None = None
    closeness: float | None = None
    language: str | None = None
    with_voice: bool = True


AS_USUAL = SpeechRequest()
"""As the voice speaks when nothing is asked of it."""


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


def spoken_language(request: SpeechRequest, voice: ProfileMetadata) -> str:
    """The language of the text.

    Raises:
        OptionsError: it is not the code of a language.
    """
    return voice.language if request.language is None else clean_language(request.language)


def wanted_engine(
    asked: str | None, voice: ProfileMetadata, settings: Settings
) -> tuple[str, tuple[str, ...]]:
    """The engine to use: what the caller says, else the profile, else the settings; and a note
    where the profile names one that is not offered any more."""
    kept = voice.defaults.engine
    if asked is not None or kept is None:
        return asked or settings.engine, ()
    current = registry.current_name(kept)
    return current, (() if current == kept else (registry.former_engine(kept),))


def own_engine(voice: ProfileMetadata) -> str | None:
    """The engine that the profile itself asks for."""
    kept = voice.defaults.engine
    return None if kept is None else registry.current_name(kept)


def with_current_engine(settings: Settings) -> Settings:
    """``settings``, which may have been written for an engine that is not offered any more."""
    current = registry.current_name(settings.engine)
    if current == settings.engine:
        return settings
    log.warning("%s Correct the setting 'engine'.", registry.former_engine(settings.engine))
    return settings.model_copy(update={"engine": current})


def language_notes(
    engine: EngineInfo, language: str, speakers_of: Callable[[str], list[str]]
) -> tuple[str, ...]:
    """A note where ``engine`` may say words of ``language`` wrongly. ``speakers_of`` names the
    engines here that speak a language.

    Raises:
        TextError: it cannot say them at all.
    """
    if engine.speaks(language):
        return ()
    others = [name for name in speakers_of(language) if name != engine.name]
    instead = f" The engine {others[0]!r} speaks it." if others else ""
    wanted = language_name(language)
    if Capability.ANY_LANGUAGE in engine.capabilities:
        return (
            f"The engine {engine.name!r} does not speak {wanted}, so words may come out "
            f"wrong.{instead}",
        )
    known = ", ".join(map(language_name, in_usual_order(engine.languages or ())))
    raise TextError(
        f"The engine {engine.name!r} does not speak {wanted}; it speaks {known}.{instead} "
        "Choose another language or another engine."
    )


def gather_options(
    request: SpeechRequest, emotion: Emotion, own: Defaults, settings: Settings
) -> SpeechOptions:
    """Options of one utterance with ``emotion``: what is asked for, else the profile's ``own``,
    else the settings.

    Raises:
        OptionsError: a value is out of range.
    """
    options = SpeechOptions(
        emotion=emotion,
        temperature=_first(request.temperature, own.temperature, settings.temperature),
        seed=_first(request.seed, own.seed, draw_seed()),
        closeness=_first(request.closeness, own.closeness, settings.closeness),
    )
    top_k = request.top_k if request.top_k is not None else own.top_k
    return options if top_k is None else replace(options, top_k=top_k)


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
