"""Who the studio voice is, for people and for fingerprints."""

from __future__ import annotations

from typing import Final

NAME: Final = "kokoro"
LABEL: Final = "Studio voice (offline): natural; follows the person's timbre, pitch and pace"

REVISION: Final = "2"
"""Goes up whenever a saved context would speak differently, so that old ones are built anew."""
