"""Starting over in the making of a voice: the form is emptied, and the way back is offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import gradio as gr

from studio.ui.parts.present import notice, undo_button
from studio.ui.voices.places import Draft, Places

EMPTIED: Final = "The form is empty again. Your files are where they were."
BACK: Final = "Everything is back as it was."


def wire(
    start_over: gr.Button,
    notices: Sequence[gr.HTML],
    held: gr.State,
    parts: Sequence[Any],
    empty: Sequence[Any],
    fresh: Sequence[Any],
) -> None:
    """Let ``start_over`` make ``parts`` ``empty``, and "Undo" in the first notice bring them back,
    with the clips in ``held``, the visitor's ``Places``.

    ``fresh`` are the events after which there is nothing to bring back any more: something new is
    in the form. The other notices are emptied.
    """
    before = gr.State(None)
    quiet: dict[str, Any] = {"api_visibility": "private", "queue": False}
    others = [""] * (len(notices) - 1)

    def clear(places: Places, *shown: Any) -> list[Any]:
        kept = (places.take_all(), list(shown))
        return [notice(EMPTIED, more=undo_button()), *others, kept, *empty]

    def bring_back(places: Places, kept: tuple[list[Draft | None], list[Any]] | None) -> list[Any]:
        if kept is None or not places.put_all(kept[0]):
            return [gr.skip()] * (len(notices) + 1 + len(parts))
        return [notice(BACK), *others, None, *kept[1]]

    outputs = [*notices, before, *parts]
    start_over.click(clear, [held, *parts], outputs, **quiet)
    notices[0].undo(bring_back, [held, before], outputs, **quiet)
    gr.on(list(fresh), lambda: None, None, before, **quiet)
