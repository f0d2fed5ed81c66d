"""What is done to a clip before it becomes a reference: DC, cuts outside words, one gain.

Nothing else. Between two cuts, the cleaned sound is what it was given (less mains hum, see
``hum``) times one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Final

import numpy as np

from studio.audio.join import fade_edges, join
from studio.audio.loudness import apply_gain, constant_gain_db
from studio.types import Audio, Span

MARGIN_S: Final = 0.05
"""Kept before the first and after the last sound of speech: room for a consonant softer than the
noise, and still within 80 ms of the edge."""

SHORTEST_CUT_S: Final = 0.02
"""What is left over by cleaning twice is not worth a third fade."""

FADE_S: Final = 0.008
"""A cut is faded over this much of its margin, so that it does not click."""

LONGEST_PAUSE_S: Final = 0.6
"""Pauses up to here belong to the way a person speaks."""

SHORTENED_PAUSE_S: Final = 0.3


@dataclass(frozen=True)
class CleaningRecipe:
    """What is to be done. Without ``trim`` both ends stay as they were recorded."""

    trim: bool = True
    shorten_pauses: bool = False
    target_lufs: float = -20.0
    ceiling_dbtp: float = -1.0


@dataclass(frozen=True, eq=False)
class CleanedClip:
    """The result, and what was done: ``kept`` are the parts of the original that are left.

    ``speech`` is where the cleaned clip speaks.
    """

    audio: Audio
    kept: tuple[Span, ...]
    speech: tuple[Span, ...]
    gain_db: float
    trimmed_start_s: float
    trimmed_end_s: float
    pauses_shortened_s: float


def clean(original: Audio, speech: Sequence[Span], recipe: CleaningRecipe) -> CleanedClip:
    """``original`` cleaned; ``speech`` is where it speaks, in order.

    Without speech nothing is cut: there is nothing to tell words from the rest.
    """
    centred = without_dc(original)
    kept = tuple(
        Span(_on_grid(span.start_s, original), _on_grid(span.end_s, original))
        for span in _kept(original.duration_s, speech, recipe)
    )
    cut = reduce(
        lambda first, second: join(first, second, FADE_S),
        [centred.slice(span.start_s, span.end_s) for span in kept],
    )
    start_s, end_s = kept[0].start_s, original.duration_s - kept[-1].end_s
    cut = fade_edges(cut, FADE_S if start_s else 0.0, FADE_S if end_s else 0.0)
    gain_db = constant_gain_db(cut, recipe.target_lufs, recipe.ceiling_dbtp)
    return CleanedClip(
        audio=apply_gain(cut, gain_db),
        kept=kept,
        speech=tuple(_moved(span, kept) for span in speech),
        gain_db=gain_db,
        trimmed_start_s=start_s,
        trimmed_end_s=end_s,
        pauses_shortened_s=sum(b.start_s - a.end_s + FADE_S for a, b in pairwise(kept)),
    )


def without_dc(audio: Audio) -> Audio:
    """``audio`` less its mean."""
    if not len(audio.samples):
        return audio
    mean = np.mean(audio.samples, dtype=np.float64)
    return Audio(audio.samples - np.float32(mean), audio.sample_rate)


def _on_grid(time_s: float, audio: Audio) -> float:
    """The nearest time that falls on a sample."""
    return round(time_s * audio.sample_rate) / audio.sample_rate


def _kept(duration_s: float, speech: Sequence[Span], recipe: CleaningRecipe) -> list[Span]:
    start_s, end_s = 0.0, duration_s
    if speech and recipe.trim:
        first, last = speech[0].start_s - MARGIN_S, speech[-1].end_s + MARGIN_S
        start_s = first if first >= SHORTEST_CUT_S else 0.0
        end_s = last if duration_s - last >= SHORTEST_CUT_S else duration_s
    kept = []
    if recipe.shorten_pauses:
        for before, after in pairwise(speech):
            if after.start_s - before.end_s > LONGEST_PAUSE_S:
                # The two sides overlap by one fade when they are joined.
                side_s = (SHORTENED_PAUSE_S + FADE_S) / 2
                kept.append(Span(start_s, before.end_s + side_s))
                start_s = after.start_s - side_s
    kept.append(Span(start_s, end_s))
    return kept


def _moved(span: Span, kept: Sequence[Span]) -> Span:
    """``span`` of the original, on the clock of what was kept."""
    clock_s = 0.0
    for part in kept[:-1]:
        if span.start_s < part.end_s:
            break
        clock_s += part.duration_s - FADE_S
    else:
        part = kept[-1]
    shift_s = clock_s - part.start_s
    return Span(max(clock_s, span.start_s + shift_s), min(span.end_s, part.end_s) + shift_s)
