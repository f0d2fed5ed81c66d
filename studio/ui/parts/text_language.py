"""The control that says in which language a text is read."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.core.speech.languages import in_usual_order, language_name
from studio.errors import StudioError, TextError

if TYPE_CHECKING:
    from studio.studio import Studio

LABEL: Final = "Language of the text"
OWN: Final = "own"
OWN_LABEL: Final = "The voice's own language"


def lay_out(studio: Studio, **look: Any) -> gr.Dropdown:
    """The control for the engine that speaks when nobody has chosen one."""
    return gr.Dropdown(
        choices(_spoken(studio, studio.settings.engine)), value=OWN, label=LABEL, **look
    )


def fitted(
    studio: Studio, engine: str | None, voices: Sequence[str], chosen: str | None
) -> dict[str, Any]:
    """The control as it is for ``engine`` and ``voices``, of which there may be none."""
    info = _spoken(studio, engine)
    offered = choices(info)
    kept = chosen if chosen in [code for _, code in offered] else OWN
    told = " ".join(sentences(studio, engine, voices, kept))
    update: dict[str, Any] = {"choices": offered, "info": told}
    # Not mentioned it stays as it is: the visitor may be choosing.
    return gr.update(**update) if kept == chosen else gr.update(**update, value=kept)


def asked(chosen: str | None) -> str | None:
    """The language to ask for; None is that of the voice."""
    return None if chosen in (None, "", OWN) else chosen


def choices(spoken: frozenset[str] | None) -> list[tuple[str, str]]:
    """(label, code): the voice's own first, then what the engine speaks, where that is known."""
    known = spoken or ()
    return [(OWN_LABEL, OWN), *((language_name(code), code) for code in in_usual_order(known))]


def sentences(
    studio: Studio, engine: str | None, voices: Sequence[str], chosen: str | None
) -> list[str]:
    """What to know before ``voices`` speak: a language that ``engine`` cannot speak, or may not."""
    told: list[str] = []
    for language in _languages(studio, voices, asked(chosen)):
        try:
            told += studio.language_notes(language, engine=engine)
        except TextError as error:
            told.append(str(error))
        except StudioError:
            return []  # the engine cannot speak at all, which is said where engines are chosen
    return told


def _languages(studio: Studio, voices: Sequence[str], asked_for: str | None) -> list[str]:
    if asked_for is not None:
        return [asked_for]
    found: dict[str, None] = {}
    for voice in voices:
        with suppress(StudioError):  # whoever lets it speak is told
            found[studio.profile(voice).language] = None
    return list(found)


def _spoken(studio: Studio, engine: str | None) -> frozenset[str] | None:
    try:
        return studio.engine_info(engine).languages
    except StudioError:
        return None
