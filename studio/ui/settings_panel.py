"""The settings panel: what a visitor chooses for this browser, and the state of the studio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from studio.ui.shared import Shared

if TYPE_CHECKING:
    from studio.studio import Studio


def build(studio: Studio, shared: Shared) -> None:
    gr.Markdown("### Settings")
