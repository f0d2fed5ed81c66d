"""The Voices tab: make a voice, and the library of those there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.ui import voices_details, voices_endpoints, voices_library, voices_make
from studio.ui.shared import Shared

if TYPE_CHECKING:
    from studio.studio import Studio


def build(studio: Studio, shared: Shared) -> None:
    """The tab, and the endpoints that do the same without a page."""
    make = voices_make.build(studio, shared)
    connect_details = voices_details.build(studio, shared)
    library = voices_library.build(studio, shared)
    connect_details(library, make)
    voices_endpoints.build(studio)
