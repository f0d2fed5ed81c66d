""" "Start over" in the making of a voice: the form is emptied, and the way back is offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import gradio as gr

from studio.ui.present import notice, undo_button

EMPTIED: Final = "The form is empty again. Your files are where they were."
BACK: Final = "Everything is back as it was."


def wire(
    start_over: gr.Button,
    notices: Sequence[gr.HTML],
    parts: Sequence[Any],
    empty: Sequence[Any],
    fresh: Sequence[Any],
) -> None:
    """Let ``start_over`` make ``parts`` ``empty``, and "Undo" in the first notice bring them back.

    ``fresh`` are the events after which there is nothing to bring back any more: something new is
    in the form. The other notices are emptied.
    """
    before = gr.State(None)
    quiet: dict[str, Any] = {"api_visibility": "private", "queue": False}
    others = [""] * (len(notices) - 1)

    def clear(*shown: Any) -> list[Any]:
        return [notice(EMPTIED, more=undo_button()), *others, list(shown), *empty]

    def bring_back(kept: list[Any] | None) -> list[Any]:
        if kept is None:
            return [gr.skip()] * (len(notices) + 1 + len(parts))
        return [notice(BACK), *others, None, *kept]

    outputs = [*notices, before, *parts]
    start_over.click(clear, list(parts), outputs, **quiet)
    notices[0].undo(bring_back, before, outputs, **quiet)
    gr.on(list(fresh), lambda: None, None, before, **quiet)
