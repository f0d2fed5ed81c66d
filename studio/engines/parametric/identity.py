"""Who the basic voice is, for people and for fingerprints."""

from __future__ import annotations

from typing import Final

NAME: Final = "parametric"
LABEL: Final = "Basic voice (offline, synthetic): follows pitch, timbre and pace; not a voice clone"
PLAIN_LABEL: Final = (
    "Plain voice (offline, synthetic): follows only the pitch of the clips, because pyworld is "
    "not installed. For timbre and pace: pip install pyworld"
)
PLAIN_NOTE: Final = (
    "The plain voice spoke, which follows only the pitch of the clips: pyworld is not installed."
)

REVISION: Final = "5"
"""Goes up whenever a saved context would speak differently, so that old ones are built anew."""
