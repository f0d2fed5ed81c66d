"""The Voices tab: make a voice, and the library of those there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.ui.parts.shared import Shared
from studio.ui.voices import details, endpoints, library, make

if TYPE_CHECKING:
    from studio.studio import Studio


def build(studio: Studio, shared: Shared) -> None:
    """The tab, and the endpoints that do the same without a page."""
    maker = make.build(studio, shared)
    connect_details = details.build(studio, shared)
    connect_details(library.build(studio, shared), maker)
    endpoints.build(studio)
