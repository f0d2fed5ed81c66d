"""Pictures of sound as inline SVG: waveforms before and after cleaning, pitch curves.

Pure functions from numbers to HTML. Lines live in an SVG that stretches with the page; the words
and numbers of the axes stay in HTML, so that they keep their size on a phone. Colours come from
the stylesheet. Whatever is written is escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.types import Audio, Span

WIDTH: Final = 600
"""Columns of a waveform: more than a phone has, and fewer than anyone can tell apart."""

HEIGHT: Final = 100
SMALL_WIDTH: Final = 96
PITCH_FLOOR_HZ: Final = 50.0
PITCH_CEILING_HZ: Final = 600.0
FLAT: Final = 0.6
"""Least half-height of a column, so that silence is drawn as a line rather than as nothing."""


def waveform(
    audio: Audio,
    *,
    label: str,
    total_s: float | None = None,
    offset_s: float = 0.0,
    cut: Sequence[Span] = (),
    full_scale: float | None = None,
) -> str:
    """A waveform over a time axis of ``total_s`` seconds, starting ``offset_s`` into it.

    Args:
        label: what is heard, for people who do not see it.
        total_s: length of the time axis; the sound's own length unless it shares an axis.
        cut: stretches of the axis, in seconds, that are shaded as taken out.
        full_scale: the level that fills the height; the sound's own peak unless given.
    """
    axis_s = max(total_s or 0.0, offset_s + audio.duration_s, 1e-3)
    share = audio.duration_s / axis_s
    columns = max(2, round(WIDTH * share))
    path = _outline(audio.samples, columns, full_scale)
    shift = f' transform="translate({WIDTH * offset_s / axis_s:.1f} 0)"' if offset_s else ""
    shaded = "".join(
        f'<rect class="vs-cut" x="{WIDTH * span.start_s / axis_s:.1f}" y="0" '
        f'width="{WIDTH * span.duration_s / axis_s:.1f}" height="{HEIGHT}"/>'
        for span in cut
        if span.duration_s > 0
    )
    body = f'<line class="vs-zero" x1="0" x2="{WIDTH}" y1="50" y2="50"/>'
    body += f'<path class="vs-wave-line" d="{path}"{shift}/>{shaded}'
    return _plot(body, label, _time_axis(axis_s), "vs-wave")


def small_waveform(audio: Audio, *, label: str) -> str:
    """A waveform for a card: no axis, filled to its own peak."""
    path = _outline(audio.samples, SMALL_WIDTH, None, width=SMALL_WIDTH)
    return (
        f'<svg class="vs-wave-small" viewBox="0 0 {SMALL_WIDTH} {HEIGHT}" role="img" '
        f'preserveAspectRatio="none" aria-label="{escape(label)}">'
        f'<path class="vs-wave-line" d="{path}"/></svg>'
    )


def cleaning(original: Audio, cleaned: Audio, start_s: float, end_s: float) -> str:
    """A clip before and after cleaning on one time axis and one scale.

    Words stand above each other, and what the gain did is seen as height. ``start_s`` and
    ``end_s`` are the seconds cut at either end.
    """
    total_s = original.duration_s
    cut = [Span(0.0, start_s), Span(max(0.0, total_s - end_s), total_s)]
    scale = max(_peak(original), _peak(cleaned))
    before = waveform(
        original,
        label=f"Before: {total_s:.1f} s, of which {start_s:.2f} s at the start and "
        f"{end_s:.2f} s at the end are cut",
        cut=cut,
        full_scale=scale,
    )
    after = waveform(
        cleaned,
        label=f"After: {cleaned.duration_s:.1f} s",
        total_s=total_s,
        offset_s=start_s,
        full_scale=scale,
    )
    return (
        '<div class="vs-before-after">'
        f'<div class="vs-plot-row"><span class="vs-plot-name">Before</span>{before}</div>'
        f'<div class="vs-plot-row"><span class="vs-plot-name">After</span>{after}</div>'
        "</div>"
    )


def pitch_curve(
    times_s: NDArray[np.floating],
    f0_hz: NDArray[np.floating],
    *,
    label: str,
    total_s: float | None = None,
    range_hz: tuple[float, float] | None = None,
) -> str:
    """Pitch over time on a logarithmic Hz axis; ``f0_hz`` [n] is NaN where there is none.

    Give neighbours the same ``total_s`` and ``range_hz`` to make them comparable.
    """
    low, high = range_hz or pitch_range([f0_hz])
    last_s = float(times_s[-1]) if len(times_s) else 0.0
    axis_s = max(total_s or 0.0, last_s, 1e-3)
    voiced = np.isfinite(f0_hz) & (f0_hz > 0)
    path = ""
    pen_up = True
    for time_s, hz, is_voiced in zip(times_s, f0_hz, voiced, strict=True):
        if not is_voiced:
            pen_up = True
            continue
        x = WIDTH * float(time_s) / axis_s
        path += f"{'M' if pen_up else 'L'}{x:.1f} {HEIGHT * _height(float(hz), low, high):.1f}"
        pen_up = False
    ticks = _pitch_ticks(low, high)
    grid = "".join(
        f'<line class="vs-grid" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        for y in (HEIGHT * _height(hz, low, high) for hz in ticks)
    )
    side = "".join(
        f'<span style="top:{100 * _height(hz, low, high):.1f}%">{hz:g}</span>' for hz in ticks
    )
    axis = f'<div class="vs-hz" aria-hidden="true">{side}<b>Hz</b></div>{_time_axis(axis_s)}'
    line = f'<path class="vs-pitch-line" d="{path or "M0 0"}"/>'
    return _plot(grid + line, label, axis, "vs-pitch")


def pitch_range(curves: Sequence[NDArray[np.floating]]) -> tuple[float, float]:
    """A Hz axis that holds all ``curves``: at least an octave, so that small wobbles stay small."""
    voiced = [curve[np.isfinite(curve) & (curve > 0)] for curve in curves]
    heard = np.concatenate(voiced) if voiced else np.zeros(0)
    if not len(heard):
        return 80.0, 320.0
    audible = np.clip(heard, PITCH_FLOOR_HZ, PITCH_CEILING_HZ)
    low, high = (float(p) for p in np.percentile(audible, [1, 99]))
    middle = math.sqrt(low * high)
    low, high = min(low / 1.1, middle / math.sqrt(2)), max(high * 1.1, middle * math.sqrt(2))
    return max(low, PITCH_FLOOR_HZ), min(high, PITCH_CEILING_HZ)


def _outline(
    samples: NDArray[np.float32], columns: int, full_scale: float | None, width: int | None = None
) -> str:
    """An outline of highs (left to right) and lows (back), closed; ``columns`` points each."""
    if not len(samples):
        return "M0 50"
    edges = np.linspace(0, len(samples), min(columns, len(samples)) + 1).astype(int)[:-1]
    highs = np.maximum.reduceat(samples, edges)
    lows = np.minimum.reduceat(samples, edges)
    scale = full_scale or float(np.max(np.abs(samples), initial=0.0))
    half = (HEIGHT / 2 - 2) / max(scale, 1e-4)
    top = np.minimum(HEIGHT / 2 - highs * half, HEIGHT / 2 - FLAT)
    bottom = np.maximum(HEIGHT / 2 - lows * half, HEIGHT / 2 + FLAT)
    xs = np.linspace(0, width or columns, len(edges))
    there = [f"{x:.1f} {y:.1f}" for x, y in zip(xs, np.clip(top, 0, HEIGHT), strict=True)]
    back = [f"{x:.1f} {y:.1f}" for x, y in zip(xs, np.clip(bottom, 0, HEIGHT), strict=True)]
    return "M" + "L".join([*there, *reversed(back)]) + "Z"


def _peak(audio: Audio) -> float:
    return float(np.max(np.abs(audio.samples), initial=0.0))


def _plot(body: str, label: str, axis: str, kind: str) -> str:
    return (
        f'<div class="vs-plot {kind}"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'preserveAspectRatio="none" aria-label="{escape(label)}">{body}</svg>{axis}</div>'
    )


def _time_axis(total_s: float) -> str:
    """A few round times below a plot, in seconds or in minutes: as many as a phone has room for."""
    step = next(
        (s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300) if total_s / s <= 4), 600
    )
    ticks = [step * i for i in range(int(total_s / step) + 1) if step * i <= total_s * 0.96]
    marks = "".join(
        f'<span style="left:{100 * t / total_s:.2f}%">{_clock(t, step)}</span>' for t in ticks
    )
    return f'<div class="vs-time" aria-hidden="true">{marks}</div>'


def _clock(time_s: float, step_s: float) -> str:
    if step_s >= 30:
        return f"{int(time_s // 60)}:{int(time_s % 60):02d}"
    return f"{round(time_s, 1):g} s"


def _height(hz: float, low: float, high: float) -> float:
    """Where ``hz`` stands between ``high`` (0, the top) and ``low`` (1), by musical distance."""
    inside = min(max(hz, low), high)
    return 1 - math.log(inside / low) / math.log(high / low)


def _pitch_ticks(low: float, high: float) -> list[float]:
    round_hz = [50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600]
    # The unit stands below the lowest.
    inside = [float(hz) for hz in round_hz if 0.02 <= _height(hz, low, high) <= 0.9]
    thinned: list[float] = []
    for hz in inside:
        if not thinned or _height(thinned[-1], low, high) - _height(hz, low, high) >= 0.17:
            thinned.append(hz)
    return thinned
