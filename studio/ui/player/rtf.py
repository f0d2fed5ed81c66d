"""How fast an engine speaks on this machine, and what a player needs to know of it.

A reply that is made more slowly than it plays runs dry unless enough of it is in hand at the
start. With a real-time factor r and d seconds of sound, all of it is made after r d seconds, and a
player that starts with l seconds in hand has waited r l of them and plays for d: it never runs dry
if l is at least d (1 - 1 / r).
"""

from __future__ import annotations

import re
from typing import Final

from studio.types import SpeechStats

CHARS_PER_S: Final = 15.0
"""How fast people and voices speak, characters per second: what a text's length is guessed by."""

TOLD_BY_S: Final = 1.0
"""Seconds of sound from which a finished reply tells the pace of its engine: in less than that,
what every reply costs once outweighs what each frame costs."""

_SEVERAL_SENTENCES: Final = re.compile(r"[.!?…]\W*\s+\w")

SURE_S: Final = 2.0
"""Seconds of sound after which a measured pace is told: the first frames carry the prompt."""


def is_slow(rtf: float) -> bool:
    """Whether sound is made more slowly than it plays."""
    return rtf > 1.0


def lead_s(rtf: float, text: str, reserve_s: float = 0.0) -> float:
    """Seconds of sound to have in hand before ``text`` is played; 0 where none are needed.

    ``reserve_s`` is that of the engine: three seconds are made for two that come, until it is full
    or all is made, and then all of it comes at once. Sound is most behind when it has become full,
    or just before the end, and as much as would then be missing has to be made before the start.
    """
    if rtf <= 0.0:
        return 0.0
    whole = len(text) / CHARS_PER_S
    kept = min(reserve_s, whole / 3.0) if _SEVERAL_SENTENCES.search(text) else 0.0
    made = max(3.0 * kept - 2.0 * kept / rtf, whole - (whole - kept) / rtf, 0.0)
    return made / 1.5 if made < 3.0 * kept else made - kept


def slow_note(rtf: float, lead: float) -> str:
    """One sentence on a machine that is slower than real time; empty where it is not.

    ``lead`` is what the player waits for first; 0 if this was not known when the reply began.
    """
    if not is_slow(rtf):
        return ""
    if lead > 0.0:
        return (
            f"The last reply was made more slowly than it plays (RTF {rtf:.2f}), so the player "
            f"waits for {lead:.1f} s of sound first and then plays without a pause."
        )
    return (
        f"This machine is slower than real time (RTF {rtf:.2f}), so this reply may pause; the "
        f"player will wait for enough sound before it starts the next one."
    )


class RtfByEngine:
    """The last real-time factor of each engine on this machine."""

    def __init__(self) -> None:
        self._rtf: dict[str, float] = {}

    def note(self, stats: SpeechStats) -> None:
        """Remember how fast the utterance of ``stats`` was made, if it is long enough to tell."""
        if stats.duration_s >= TOLD_BY_S:
            self._rtf[stats.engine] = stats.rtf

    def of(self, engine: str) -> float:
        """Seconds of computing for each second of sound; 0 if nothing was heard of it yet."""
        return self._rtf.get(engine, 0.0)

    @property
    def all_fast(self) -> bool:
        """Whether no engine was so slow that a player has to wait, with or without a reserve."""
        return all(rtf <= 2 / 3 for rtf in self._rtf.values())
