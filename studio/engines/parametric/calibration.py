"""What is measured once of a voice that was learnt, so that nothing is measured per sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from studio.engines.parametric.tone import NO_TONE, Tone

TARGET_LUFS: Final = -20.0
"""Level of neutral speech; the same as that of cleaned clips."""

CALIBRATION_TEXTS: Final = (
    "I met them at the station this morning, and we walked home together.",
    "The weather will change before the evening, so take a warm coat with you.",
    "Hello! How are you today?",
    "Please send me the report before Friday.",
    "The museum was closed, but the park beside it stayed open until nine.",
)
"""Ordinary sentences: the level is measured on what a voice will mostly say."""


@dataclass(frozen=True)
class Calibration:
    """What was measured once by letting the voice speak.

    ``gain_db`` brings its neutral speech to the studio's level. ``middle_hz`` and ``middle_db``
    are its median pitch and frame level. A delivery moves around them, with the pitch brought
    from there to ``person_hz`` and its range stretched by ``range_factor``, to be the person's.
    ``tone`` colours its loud sounds.
    """

    gain_db: float
    middle_hz: float
    middle_db: float
    person_hz: float
    range_factor: float
    tone: Tone = NO_TONE

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Calibration:
        """What ``dataclasses.asdict`` took apart and JSON kept.

        Raises:
            KeyError, TypeError: something is missing or of another kind.
        """
        tone = values["tone"]
        kept = Tone(tuple(float(band) for band in tone["bands"]), float(tone["top_db"]))
        return cls(**{**values, "tone": kept})
