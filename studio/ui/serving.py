"""From settings to a page that is served: the studio, who comes by, the page, and their ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gradio as gr
from gradio.utils import get_upload_folder

from studio.settings import Settings
from studio.sharing.safety import require_safe
from studio.studio import Studio
from studio.ui.page import build, launch_arguments
from studio.ui.starters import StarterVoices
from studio.ui.visitors.studios import Visitors

FOR_EVERYBODY: Final = "starters"
"""Whose voices everybody hears on a shared page."""


@dataclass(frozen=True)
class Page:
    """A page that is ready to be served with ``launch``, which takes what Gradio's takes."""

    studio: Studio
    visitors: Visitors | None
    blocks: gr.Blocks

    @property
    def url(self) -> str:
        """Where it is served, once it is."""
        return str(self.blocks.local_url)

    def launch(self, **more: Any) -> Any:
        return self.blocks.launch(**launch_arguments(self.studio, self.visitors), **more)


@contextmanager
def open_page(settings: Settings) -> Iterator[Page]:
    """The page over a studio of its own; both are closed at the end.

    Raises:
        SettingsError: it is to be shared, and that is not safe as things are set.
    """
    if settings.is_shared:
        require_safe(settings, Path(get_upload_folder()))
        settings = settings.model_copy(update={"owner": FOR_EVERYBODY})
    with ExitStack() as opened:
        studio = opened.enter_context(Studio(settings))
        visitors = None
        if settings.is_shared:
            visitors = opened.enter_context(Visitors(studio, Path(get_upload_folder())))
            visitors.start()
        starters = StarterVoices(studio) if settings.starter_voices else None
        page = build(studio, starters, visitors)
        if starters is not None:
            starters.start()
        yield Page(studio, visitors, page)
