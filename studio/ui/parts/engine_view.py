"""Which engine speaks and which could: HTML from what the studio says of them."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from studio.errors import StudioError
from studio.ui.parts.present import badge, notice

if TYPE_CHECKING:
    from studio.studio import Studio

AUTO: Final = "auto"
NOT_HERE: Final = "not ready here"


def engine_choices(studio: Studio) -> list[tuple[str, str]]:
    """(label, value) for a picker: the automatic choice first, with what it stands for now."""
    try:
        now = studio.engine_choice(AUTO).name
        best = f"Best available: {now}"
    except StudioError:
        best = "Best available"
    return [
        (best, AUTO),
        *(
            (status.name if status.available else f"{status.name} ({NOT_HERE})", status.name)
            for status in studio.engines()
        ),
    ]


def engine_name(studio: Studio, engine: str) -> str:
    """Which engine speaks; empty where none does."""
    try:
        return studio.engine_choice(engine).name
    except StudioError:
        return ""


def engine_line(studio: Studio, engine: str) -> str:
    """Which engine speaks, in its own honest words, or that it cannot: the offer says why."""
    try:
        choice = studio.engine_choice(engine)
    except StudioError:
        return (
            f'<p class="vs-engine">{badge(engine, "bad", dot=True)} '
            "cannot speak here. Settings offers other engines.</p>"
        )
    chosen = ". It is the best one that is ready here." if engine == AUTO else ""
    return (
        f'<p class="vs-engine">{badge(choice.name, "accent", dot=True)} '
        f"{escape(choice.label)}{chosen}</p>"
    )


def engine_warning(studio: Studio, engine: str) -> str:
    """Who has chosen an ``engine`` that cannot speak is told so at once, and why; else empty."""
    try:
        studio.engine_choice(engine)
    except StudioError as error:
        return notice(
            f"{engine} cannot speak here, so nothing will be spoken until you choose another "
            f"engine. {error}",
            "warn",
        )
    return ""


def engine_badge(studio: Studio, engine: str) -> str:
    """The same in two words, for the header."""
    try:
        label = studio.engine_choice(engine).label
    except StudioError:
        return badge("The chosen engine cannot speak here", "bad", dot=True)
    return badge(f"{label.split(' (')[0]} ready", "good", dot=True)


def passed_over(studio: Studio, engine: str) -> tuple[str, ...]:
    """Why a better engine than the one that ``engine`` stands for does not speak."""
    try:
        return studio.engine_choice(engine).passed_over
    except StudioError as error:
        return (str(error),)


def can_fetch(studio: Studio) -> bool:
    """Whether weights could be fetched: a folder on this machine is what it is."""
    return not Path(studio.settings.model).expanduser().exists()


def engine_list(studio: Studio) -> str:
    """Every engine with what it is, or why it cannot speak here and what to do."""
    entries = []
    for status in studio.engines():
        state = badge("ready", "good", dot=True) if status.available else badge(NOT_HERE, "warn")
        reason = f'<p class="vs-why">{escape(status.reason)}</p>' if status.reason else ""
        facts = ""
        if status.info is not None:
            info = status.info
            context = f" · {info.max_positions:,} positions" if info.max_positions else ""
            facts = (
                '<details class="vs-more"><summary>Details</summary><p class="vs-facts">'
                f"{escape(f'{info.dtype} on {info.device}{context}')}</p></details>"
            )
        entries.append(
            f"<li><strong>{escape(status.name)}</strong> {state}"
            f"<p>{escape(status.label)}</p>{facts}{reason}</li>"
        )
    return f'<ul class="vs-engines">{"".join(entries)}</ul>'
