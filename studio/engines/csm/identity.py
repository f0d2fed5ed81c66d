"""Who CSM is, for people and for fingerprints."""

from __future__ import annotations

from typing import Final

NAME: Final = "csm"
LABEL: Final = "CSM-1B (Sesame): speaks in the person's own voice"

LANGUAGES: Final = frozenset({"en"})
"""What the published weights were trained on; further training is not told by a checkpoint."""

LAYOUT: Final = "1"
"""Goes up whenever the same clips would be read differently, so that kept voices are read anew."""
