"""Formatting for the page: plain values in, escaped HTML or text out. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import accumulate
from typing import Final, Literal

from studio.core.speech.conversing import ContextUse
from studio.errors import StudioError
from studio.types import Emotion, SpeechStats, VoiceStage

Kind = Literal["plain", "accent", "good", "warn", "bad"]
NoticeKind = Literal["info", "good", "warn", "error"]


def notice(sentence: str, kind: NoticeKind = "info", *, more: str = "") -> str:
    """A sentence in a coloured box where the person looks; read out by screen readers, once.

    ``more`` is HTML that follows it: what to do next.
    """
    # A browser reads an alert when it is drawn; Gradio would only change a box of the same kind.
    # The other notices are read by ``spoken.js``.
    is_alert = kind in ("error", "warn")
    tag, spoken = ("section", 'role="alert"') if is_alert else ("div", "data-spoken")
    rest = f" {more}" if more else ""
    return f'<{tag} class="vs-notice is-{kind}" {spoken}>{escape(sentence)}{rest}</{tag}>'


def tab_link(tab: str, words: str) -> str:
    """A link that shows a tab of the page."""
    return f'<a href="#vs-tab-{tab}" data-shows="{tab}">{escape(words)}</a>'


def undo_button(what: str = "") -> str:
    """A button in a notice whose component has the script of ``asked``; its event is ``undo``."""
    return f'<button type="button" data-event="undo" data-what="{escape(what)}">Undo</button>'


def error_notice(error: StudioError) -> str:
    """What went wrong, in the error's own words."""
    return notice(str(error), "error")


def badge(text: str, kind: Kind = "plain", *, dot: bool = False) -> str:
    classes = f"vs-badge is-{kind}" + (" has-dot" if dot else "")
    return f'<span class="{classes}">{escape(text)}</span>'


def figures(pairs: Iterable[tuple[str, str]]) -> str:
    """Labelled values as a definition list."""
    rows = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in pairs
    )
    return f'<dl class="vs-figures">{rows}</dl>'


def empty_state(title: str, sentence: str) -> str:
    """What stands where there is nothing yet, and what to do about it."""
    return f'<div class="vs-empty"><h3>{escape(title)}</h3><p>{escape(sentence)}</p></div>'


def page_lengths(text: str) -> list[int]:
    """For each number of characters of ``text``, from 0 to all, how many the page counts: to a
    browser an emoji, and a rare letter, are two (UTF-16)."""
    return list(accumulate((1 + (char > "\uffff") for char in text), initial=0))


STAGES: Final = {VoiceStage.QUICK: "quick voice", VoiceStage.TUNED: "tuned voice"}
"""Which of its voices spoke, for engines that have a quick and a tuned one."""


def spoken_line(stats: SpeechStats) -> str:
    """Who spoke and how, in one line of plain text."""
    stage = STAGES.get(stats.stage)
    return " · ".join(
        (
            stats.engine,
            *([] if stage is None else [stage]),
            *([] if stats.emotion is Emotion.NEUTRAL else [stats.emotion.value]),
            f"{stats.duration_s:.1f} s",
        )
    )


def figures_line(stats: SpeechStats) -> str:
    """The figures that go with every utterance, in one line of plain text."""
    return " · ".join(
        (
            f"First sound after {stats.ttfa_s * 1000:.0f} ms (TTFA)",
            f"RTF {stats.rtf:.2f}",
            f"seed {stats.seed}",
            stats.emotion.value,
        )
    )


def spoken_details(stats: SpeechStats) -> str:
    """HTML: who spoke, which opens to show the figures, and what there is to know about it."""
    notes = "".join(f"<br>{escape(note)}" for note in stats.notes)
    return (
        f'<details class="vs-spoken"><summary>{escape(spoken_line(stats))}</summary>'
        f"{escape(figures_line(stats))}</details>{notes}"
    )


def context_parts(use: ContextUse | None) -> dict[str, int]:
    """How full the engine's context is, as ``context_meter.js`` draws it; empty where it does not
    fill up."""
    if use is None:
        return {}
    parts = {"voice": use.voice, "talk": use.history, "reply": use.reply}
    return parts | {"free": use.free, "most": use.most}
