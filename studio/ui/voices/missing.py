"""What the form of a new voice still lacks: all of it at once, each with its field."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from studio.errors import ProfileExistsError, ProfileNameError, StudioError
from studio.profile import clean_name, clean_tags, name_key
from studio.ui.voices import new_voice

if TYPE_CHECKING:
    from studio.studio import Studio

NAME: Final = "vs-name"
TAGS: Final = "vs-tags"
CONSENT: Final = "vs-consent"
WHO: Final = "vs-who"
UPLOAD: Final = "vs-upload"
"""The fields, by the ``elem_id`` of their components."""

Lack = tuple[str, str]
"""A field, and the sentence that says what is to be done there."""

# The fields are marked by the browser, which also moves the focus to the first of them.
MARK: Final = "watch('value', () => window.voiceStudio.missing.markAll(element));"


def lacks(
    studio: Studio,
    *,
    clips: Callable[[], object],
    is_new: bool,
    name: str,
    tags: str,
    agreed: bool,
    who: str,
) -> list[Lack]:
    """Everything that keeps the form from being saved, in the order of the page.

    ``clips`` gives the chosen ones, or raises what is wrong with them. A voice that only gets more
    clips (``is_new`` False) has its name and tags.
    """
    checks: list[tuple[str, Callable[[], object]]] = [
        (UPLOAD, clips),
        (NAME, lambda: _free_name(studio, name)),
        (TAGS, lambda: clean_tags(new_voice.split_tags(tags))),
        (CONSENT, lambda: new_voice.check_agreed(agreed)),
        (WHO, lambda: new_voice.who_agrees(who)),
    ]
    found = []
    for field, check in checks:
        if field in (NAME, TAGS) and not is_new:
            continue
        try:
            check()
        except StudioError as error:
            found.append((field, str(error)))
    return found


def lack_of(error: StudioError) -> list[Lack]:
    """The field that saving itself has refused, if it is one."""
    return [(NAME, str(error))] if isinstance(error, ProfileExistsError | ProfileNameError) else []


def told(found: Sequence[Lack]) -> str:
    """The notice that ``missing.js`` reads."""
    items = "".join(
        f'<li data-field="{field}">{escape(sentence)}</li>' for field, sentence in found
    )
    title = "Not saved yet. Nothing that you typed is lost." if len(found) > 1 else "Not saved yet."
    # Another press of Save is answered anew even where nothing has changed.
    return (
        f'<section class="vs-notice is-error" role="alert" data-press="{secrets.token_hex(4)}">'
        f"{title}<ul>{items}</ul></section>"
    )


def _free_name(studio: Studio, name: str) -> None:
    cleaned = clean_name(name)
    for entry in studio.profiles():
        if entry.metadata and name_key(entry.metadata.name) == name_key(cleaned):
            raise ProfileExistsError(
                f"There is a voice called {entry.metadata.name!r} already. Choose another name."
            )
