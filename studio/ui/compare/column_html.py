"""What the Compare tab shows, as HTML. Pure functions; what people typed is escaped here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from studio.core.speech.comparison import Take
from studio.types import SpeechStats
from studio.ui.parts import drawing
from studio.ui.parts.present import STAGES, badge, figures
from studio.ui.parts.sounds import file_stem

REVEAL: Final = "reveal"
"""What is chosen to see the voices without a vote; columns are chosen by their letters."""

HONEST_NOTE: Final = (
    '<p class="vs-fine">All takes are at the same loudness. Similarity compares the timbre of a '
    "take with the voice's own recordings; 1 is the same. It does not say which take sounds "
    "better: that is what your ears and the blind test are for.</p>"
    '<details class="vs-more"><summary>How this is measured</summary><p class="vs-fine">One '
    "constant gain for each take. Similarity is the cosine of Resemblyzer's speaker embeddings; "
    "voices that have nothing to do with each other often reach 0.5.</p></details>"
)


@dataclass(frozen=True)
class Column:
    """One voice of a comparison; the rest is empty until its take is there."""

    letter: str
    voice: str
    drawn: str = ""
    values: tuple[tuple[str, str], ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    seed: int | None = None

    @property
    def is_done(self) -> bool:
        return bool(self.drawn)

    @property
    def file_name(self) -> str:
        """What the take is called when it is saved."""
        return f"{file_stem(self.voice)}-seed-{self.seed}.wav"


def drawn_takes(takes: Sequence[Take]) -> list[str]:
    """Waveform and pitch curve of each take, all on the same axes, so that they can be compared."""
    total_s = max((take.audio.duration_s for take in takes), default=0.0)
    range_hz = drawing.pitch_range([take.pitch.f0_hz for take in takes])
    peak = max((abs(float(s)) for t in takes for s in _extremes(t)), default=1.0)
    return [
        drawing.waveform(
            take.audio,
            label=f"Waveform, {take.audio.duration_s:.1f} s",
            total_s=total_s,
            full_scale=peak,
        )
        + drawing.pitch_curve(
            take.pitch.times_s,
            take.pitch.f0_hz,
            label=f"Pitch over time, between {range_hz[0]:.0f} and {range_hz[1]:.0f} Hz",
            total_s=total_s,
            range_hz=range_hz,
        )
        for take in takes
    ]


def take_values(take: Take) -> tuple[tuple[str, str], ...]:
    """The figures of a take, labelled, with their units."""
    stats: SpeechStats = take.stats
    stage = STAGES.get(stats.stage)
    similar = "not measured" if take.similarity is None else f"{take.similarity:.2f}"
    return (
        ("Similarity", similar),
        ("Length", f"{take.audio.duration_s:.1f} s"),
        ("Engine", stats.engine if stage is None else f"{stats.engine}, {stage}"),
    )


def take_details(take: Take) -> tuple[tuple[str, str], ...]:
    """Figures of a take that few people look for, labelled, with their units."""
    stats: SpeechStats = take.stats
    first = "First sound" if stats.context_was_cached else "First sound, after reading the voice"
    return (
        (first, f"{stats.ttfa_s * 1000:.0f} ms"),
        ("RTF", f"{stats.rtf:.2f}"),
        ("Loudness gain", f"{take.gain_db:+.1f} dB".replace("-", "−")),
        ("Seed", str(stats.seed)),
    )


def columns(
    shown: Sequence[Column],
    *,
    hidden: bool,
    can_vote: bool,
    winner: str,
    with_recording: bool,
    is_over: bool,
) -> str:
    """The takes side by side. ``hidden`` leaves out all that would tell a voice."""
    if not shown:
        return ""
    parts = "".join(
        _column(
            column,
            hidden=hidden,
            can_vote=can_vote,
            winner=winner,
            recording=with_recording,
            is_over=is_over,
        )
        for column in shown
    )
    buttons = ""
    done = sum(column.is_done for column in shown)
    if done > 1:
        buttons = '<button type="button" data-in-turn>▶ Play all in turn</button>'
    if can_vote:
        buttons += (
            f'<button type="button" data-event="select" data-what="{REVEAL}">'
            "Reveal without voting</button>"
        )
    note = "" if hidden or not done else HONEST_NOTE
    actions = f'<div class="vs-actions">{buttons}</div>' if buttons else ""
    return f'{actions}<div class="vs-columns">{parts}</div>{note}'


def _column(
    column: Column, *, hidden: bool, can_vote: bool, winner: str, recording: bool, is_over: bool
) -> str:
    name = f"Voice {column.letter}" if hidden else column.voice
    chosen = column.letter == winner
    mark = badge("✓ Your choice", "accent") if chosen else ""
    head = f'<div class="vs-clip-head"><h3><bdi>{escape(name)}</bdi></h3>{mark}</div>'
    if not column.is_done and is_over:
        body = '<div class="vs-unspoken">Not spoken</div>'
    elif not column.is_done:
        body = '<div class="vs-unspoken is-awaited">Speaking …</div>'
    else:
        body = _player(column, name, recording)
        if not hidden:
            body += column.drawn + figures(column.values) + _details(column) + _save_link(column)
        if can_vote:
            body += (
                f'<div class="vs-actions"><button type="button" class="vs-primary" '
                f'data-event="select" data-what="{column.letter}">Choose {column.letter}'
                f"</button></div>"
            )
    return (
        f'<section class="vs-card vs-column{" vs-winner" if chosen else ""}" '
        f'aria-label="{escape(name)}">{head}{body}</section>'
    )


def _player(column: Column, name: str, recording: bool) -> str:
    letter = column.letter
    player = (
        f'<audio class="vs-take" controls preload="auto" src="<take-{letter}>" '
        f'aria-label="Take of {escape(name)}"></audio>'
    )
    if recording:
        player += (
            f'<label class="vs-fine">Its own recording<audio controls preload="none" '
            f'src="<recording-{letter}>" aria-label="Recording of {escape(name)}"></audio></label>'
        )
    return player


def _details(column: Column) -> str:
    return (
        '<details class="vs-more"><summary>Details<span class="vs-sr"> of the take of '
        f"{escape(column.voice)}</span></summary>{figures(column.details)}</details>"
    )


def _save_link(column: Column) -> str:
    return (
        f'<a href="<save-{column.letter}>" download="{escape(column.file_name)}">'
        f'Save this take (.wav)<span class="vs-sr"> of {escape(column.voice)}</span></a>'
    )


def tally(counts: Mapping[tuple[str, str], tuple[int, int]]) -> str:
    """Votes of this session: (question, voice) -> (times chosen, rounds it was in)."""
    if not counts:
        return ""
    rows = "".join(
        f'<tr><th scope="row"><bdi>{escape(voice)}</bdi></th><td>{escape(question)}</td>'
        f"<td>{chosen} of {rounds}</td></tr>"
        for (question, voice), (chosen, rounds) in sorted(
            counts.items(), key=lambda item: (item[0][0], -item[1][0] / item[1][1], item[0][1])
        )
    )
    return (
        '<h3 class="vs-kicker">Your votes in this session</h3><div class="vs-scroll">'
        '<table class="vs-tally"><thead><tr><th scope="col">Voice</th><th scope="col">Question'
        f'</th><th scope="col">Chosen</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _extremes(take: Take) -> tuple[float, float]:
    samples = take.audio.samples
    return (float(samples.min()), float(samples.max())) if len(samples) else (0.0, 0.0)
