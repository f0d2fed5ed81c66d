"""What was pressed in a list that is drawn as HTML, and the script that says so.

A list with dozens of cards is one ``gr.HTML``: components of their own would be ten times slower.
A button in it carries ``data-event``, the name of a Gradio event, and stands inside elements with
``data-id``, ``data-revision`` and ``data-segment``. What the script does: ``assets/list.js``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from studio.errors import ProfileChangedError
from studio.profile import ProfileMetadata
from studio.studio import Studio

SCRIPT: Final = "window.voiceStudio.list(element, trigger, watch);\n"


@dataclass(frozen=True)
class Asked:
    """One press. All of it came from the browser, so it is only ever looked up, never trusted."""

    profile: str
    revision: int
    segment: str
    what: str
    value: str

    @classmethod
    def of(cls, event: gr.EventData) -> Asked:
        data: Any = event._data if isinstance(event._data, dict) else {}
        revision = data.get("revision")
        return cls(
            profile=str(data.get("id", "")),
            revision=revision if isinstance(revision, int) else 0,
            segment=str(data.get("segment", "")),
            what=str(data.get("what", "")),
            value=str(data.get("value", "")),
        )

    def voice(self, studio: Studio) -> ProfileMetadata:
        """The voice it was pressed on, provided that it is still as the page showed it.

        Raises:
            ProfileChangedError: somebody saved it since; what they did is kept.
            ProfileNotFoundError: it is gone.
        """
        profile = studio.profile(self.profile)
        if profile.revision != self.revision:
            raise ProfileChangedError(
                f"{profile.name!r} was changed in another window since this page showed it, so "
                f"nothing was done. The list now shows how it is; do it again if you still want to."
            )
        return profile
