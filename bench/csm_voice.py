"""A voice to measure CSM with."""

from __future__ import annotations

from dataclasses import dataclass

from studio.clips.decoding.decode import DecodeLimits, decode_clip
from studio.core.voices.starters import read_starters
from studio.errors import OptionsError
from studio.types import Segment


@dataclass(frozen=True)
class Voice:
    """A voice to speak in: clips with sound and words."""

    name: str
    clips: tuple[Segment, ...]


def starter() -> Voice:
    """One that comes with the studio, some ten seconds long: everybody has the same.

    Raises:
        OptionsError: this copy of the studio has none.
    """
    voices = read_starters()
    if not voices:
        raise OptionsError("The starter voices are missing here. Name a voice with --voice.")
    first = voices[0]
    sound = decode_clip(first.clip, DecodeLimits()).audio
    return Voice(first.name, (Segment(first.name, first.transcript, sound),))
