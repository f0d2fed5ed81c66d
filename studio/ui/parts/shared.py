"""What the tabs of one page have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import gradio as gr

from studio.core.speech.request import own_engine
from studio.errors import StudioError
from studio.studio import Studio
from studio.ui.parts.engine_controls import DEFAULT_TOP_K
from studio.ui.parts.engine_view import AUTO

STORAGE_KEY: Final = "voice-studio"


@dataclass(frozen=True)
class Shared:
    """Components of the page that more than one tab uses.

    ``preferences`` holds a dict (see ``default_preferences``) in the visitor's own browser, so
    that visitors do not share settings. ``library`` holds a number that goes up whenever voices
    were made, changed or deleted: whoever changes them outputs it plus one, whoever shows them
    listens to its ``change``. ``engines`` does the same for which engines can speak here.
    ``newest`` is the id of the voice that was made here, or given clips, last: the visitor wants to
    hear it next. That number stands with it, since one can be made again under the same id.
    ``endings`` are called on a page that many share, with the beginning of the names of all
    sessions of somebody of whom nothing is to be left.
    """

    page: gr.Blocks
    tabs: gr.HTML
    preferences: gr.BrowserState
    library: gr.State
    newest: gr.State
    engines: gr.State
    endings: list[Callable[[str], None]] = field(default_factory=list)


def default_preferences(studio: Studio) -> dict[str, Any]:
    """What a visitor who has chosen nothing gets."""
    return {
        "engine": studio.settings.engine,
        "temperature": studio.settings.temperature,
        "closeness": studio.settings.closeness,
        "top_k": DEFAULT_TOP_K,
        "writer": "echo",
    }


def merged_preferences(stored: object, studio: Studio) -> dict[str, Any]:
    """``stored`` over the defaults; what is unknown or of another kind is left out.

    The browser's storage is the visitor's: it may hold anything.
    """
    merged = default_preferences(studio)
    if isinstance(stored, Mapping):
        for key, default in merged.items():
            value = stored.get(key, default)
            if isinstance(default, float) and isinstance(value, int | float):
                merged[key] = float(value)
            elif isinstance(value, type(default)):
                merged[key] = value
    return merged


def chosen_engine(stored: object, studio: Studio) -> str | None:
    """The visitor's engine; None leaves it to the voice, and then to the studio."""
    chosen = str(merged_preferences(stored, studio)["engine"])
    return None if chosen == AUTO else chosen


def speaking_engine(stored: object, studio: Studio, voice: str | None) -> str | None:
    """The engine that will speak: the visitor's, else that of ``voice``; None is the studio's."""
    chosen = chosen_engine(stored, studio)
    if chosen is None and voice:
        with suppress(StudioError):
            return own_engine(studio.profile(voice))
    return chosen
