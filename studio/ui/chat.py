"""The Chat tab: pick a voice, type, and hear the reply while it is being made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from studio.ui.present import empty_state
from studio.ui.shared import Shared

if TYPE_CHECKING:
    from studio.studio import Studio


def build(studio: Studio, shared: Shared) -> None:
    gr.HTML(empty_state("Chat", "Nothing here yet."))
