"""The player: speech reaches the browser frame by frame and sounds while it is being made.

The server yields numbered messages as the value of a ``gr.HTML`` component; ``assets/player*.js``
plays them in an AudioWorklet. The page shows only the newest value when several arrive at once
(a tab in the background, a fast engine), so every message is also kept here for a while and the
player asks for the numbers it has missed.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gradio as gr
import numpy as np

from studio.core.speech.conversing import ContextUse
from studio.types import FRAME_S, SAMPLE_RATE, SpeechFrame, SpeechStats
from studio.ui.parts.feed import Feed
from studio.ui.parts.present import context_parts, page_lengths
from studio.ui.parts.sounds import served
from studio.ui.player.rtf import is_slow
from studio.ui.sharing.asker import known_asker

Message = dict[str, Any]

MAX_CHUNK_S: Final = 1.0
"""Longest sound in one message: above that the page would learn of progress too seldom."""

LEAD_SHARE: Final = 1 / 3
"""A message may take this share of the sound that the browser has in hand, so that gathering the
next one can take a while without the sound running dry."""

QUIET_S: Final = 0.5
"""A first sound that takes longer is announced. A faster one need not wait behind an announcement,
which makes the page draw."""

TEMPLATE: Final = """
<section class="vs-live" aria-label="Player" data-state="idle">
  <p class="vs-live-text" data-part="text" hidden
    ><span class="vs-said" data-part="said"></span><span data-part="coming"></span></p>
  <canvas class="vs-live-wave" data-part="wave" aria-hidden="true"></canvas>
  <div class="vs-live-bar">
    <button type="button" class="vs-live-button" data-part="button" disabled>Replay</button>
    <a class="vs-live-download" data-part="download" hidden>Download WAV</a>
    <span class="vs-live-status" data-part="status">Ready</span>
    <details class="vs-more vs-live-figures" data-part="figures" hidden><summary>Details</summary>
    <dl class="vs-figures">
      <div title="Time to first audio (TTFA): from your click to the first audible sample"
        ><dt>First sound</dt><dd data-part="ttfa">–</dd></div>
      <div title="Real-time factor: seconds of computing for each second of sound"
        ><dt>RTF</dt><dd data-part="rtf">–</dd></div>
      <div title="Seconds of sound that are made and not yet played"
        ><dt>Buffered</dt><dd data-part="buffer">–</dd></div>
      <div title="How often the sound ran dry"
        ><dt>Gaps</dt><dd data-part="underruns">0</dd></div>
    </dl></details>
  </div>
  <p class="vs-live-note" data-part="note" hidden></p>
</section>
"""


@dataclass(frozen=True)
class Status:
    """What is being done, for the person who waits."""

    sentence: str


@dataclass(frozen=True)
class Words:
    """What the reply says, before any of it is spoken.

    On a machine that is slower than real time the player has ``lead_s`` seconds of sound in hand
    before it starts, and ``note`` says so.
    """

    text: str
    lead_s: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Speed:
    """How fast the reply is being made, and what there is to say about that: "" takes back what
    was said, None leaves it."""

    rtf: float
    note: str | None = None


@dataclass(frozen=True)
class Filling:
    """How full the engine's context is by now."""

    use: ContextUse


Making = SpeechFrame | Status | Words | Speed | Filling
"""What the making of a reply hands over as it goes."""


class Outbox:
    """Messages of the reply that each visitor hears, for a player that missed some. Thread-safe.

    A reply is let go of when its visitor has heard it, begins another, or leaves: as long as it
    plays it is whole, whatever others do. A minute of speech is about 8 MB. Runs are named by the
    browser, so on a shared page those of one owner are not there for another.
    """

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], list[Message]] = {}
        self._run_of: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def begin(self, visitor: str, run: str) -> None:
        """From now on ``visitor`` hears ``run``."""
        key = _key(run)
        with self._lock:
            before = self._run_of.get(visitor)
            if before is not None:
                self._runs.pop(before, None)
            self._run_of[visitor] = key
            self._runs[key] = []

    def end(self, visitor: str, run: str | None = None) -> None:
        """``visitor`` has heard ``run``, or, without one, is gone."""
        with self._lock:
            key = self._run_of.get(visitor)
            if key is not None and run in (None, key[1]):
                self._runs.pop(self._run_of.pop(visitor), None)

    def forget_all(self, beginning: str) -> None:
        """Let go of what is kept for every visitor whose name begins so."""
        with self._lock:
            found = [visitor for visitor in self._run_of if visitor.startswith(beginning)]
        for visitor in found:
            self.end(visitor)

    def keep(self, message: Message) -> Message:
        """Keep ``message`` for as long as its run is heard."""
        with self._lock:
            kept = self._runs.get(_key(message["run"]))
            if kept is not None:
                kept.append(message)
        return message

    def since(self, run: str, seq: int) -> list[Message]:
        """Messages of ``run`` from number ``seq`` on; none of a run that is not known."""
        with self._lock:
            return list(self._runs.get(_key(run), ())[max(0, seq) :])


def _key(run: str) -> tuple[str, str]:
    """What ``run`` is known by: whoever asks now is its owner."""
    owner = known_asker()
    return (owner.id if owner else "", run)


class Ramp:
    """How much sound to gather before the next message goes out.

    The first frame goes alone, for the earliest sound; then messages grow with what the browser
    has in hand. An engine that is barely fast enough is passed on frame by frame.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._first_sent: float | None = None
        self._sent_s = 0.0

    def is_due(self, gathered_s: float) -> bool:
        """Whether ``gathered_s`` seconds of sound should go out now."""
        return gathered_s >= min(MAX_CHUNK_S, max(FRAME_S, self._in_hand_s() * LEAD_SHARE))

    def patience_s(self) -> float:
        """How long what is gathered may wait for more."""
        return max(0.0, self._in_hand_s() * LEAD_SHARE)

    def _in_hand_s(self) -> float:
        if self._first_sent is None:
            return 0.0
        return self._sent_s - (self._clock() - self._first_sent)

    def sent(self, duration_s: float) -> None:
        if self._first_sent is None:
            self._first_sent = self._clock()
        self._sent_s += duration_s


class Courier:
    """Turns the reply that a visitor is to hear into messages, numbered from 0, and keeps them in
    the outbox."""

    def __init__(self, outbox: Outbox, run: str, visitor: str = "") -> None:
        self._outbox = outbox
        self.run = run
        outbox.begin(visitor, run)
        self._seq = 0
        self._lengths: list[int] = []

    def message(self, frames: Sequence[SpeechFrame] = (), **fields: Any) -> Message:
        """The next message with the sound of ``frames``.

        ``fields`` are those that ``player.js`` knows: text, lead_s, note, status, stats, context,
        file, failed, final.
        """
        made: Message = {
            "run": self.run,
            "seq": self._seq,
            "pcm": pcm16(frames),
            "frames": [[len(frame.samples), self._on_page(frame.text_end)] for frame in frames],
            "final": False,
        } | fields
        self._seq += 1
        return self._outbox.keep(made)

    def gather(self, feed: Feed[Making]) -> Iterator[Message]:
        """Messages for what ``feed`` brings: the first at once, more in each later on.

        Where the first sound takes a while, a message without any comes first, so that the page
        can show that it has begun.
        """
        ramp = Ramp()
        gathered: list[SpeechFrame] = []
        fields: Message = {}
        while True:
            item: Making | None
            try:
                item = feed.get(self._patience_s(ramp, gathered))
            except TimeoutError:
                item = Status("Making the first sound") if not gathered else None
            except StopIteration:
                break
            if isinstance(item, SpeechFrame):
                gathered.append(item)
            elif isinstance(item, Words):
                self._lengths = page_lengths(item.text)
                fields |= {"text": item.text, "lead_s": item.lead_s, "note": item.note}
            elif isinstance(item, Speed):
                fields["stats"] = {"rtf": round(item.rtf, 4)}
                fields |= {} if item.note is None else {"note": item.note}
            elif isinstance(item, Filling):
                fields["context"] = context_parts(item.use)
            elif isinstance(item, Status):
                yield self.message(status=item.sentence, **fields)
                fields = {}
            # While one message was sent, more was made: it goes together.
            waits = not feed.is_empty() and _duration_s(gathered) < MAX_CHUNK_S
            if gathered and not waits and (item is None or ramp.is_due(_duration_s(gathered))):
                ramp.sent(_duration_s(gathered))
                yield self.message(gathered, **fields)
                gathered, fields = [], {}
        if gathered:
            yield self.message(gathered, **fields)

    def _on_page(self, text_end: int) -> int:
        """As far into the text as ``text_end``, counted as the page counts."""
        return self._lengths[text_end] if text_end < len(self._lengths) else text_end

    def _patience_s(self, ramp: Ramp, gathered: Sequence[SpeechFrame]) -> float | None:
        if gathered:
            return ramp.patience_s()
        return QUIET_S if self._seq == 0 else None

    def last(self, stats: SpeechStats, file: Path) -> Message:
        """The message that ends the reply: its figures, and ``file`` to download it as.

        What was said of a slow machine is taken back where the whole reply was made in time.
        """
        fields: Message = {} if is_slow(stats.rtf) else {"note": ""}
        return self.message(final=True, stats=stats.to_json(), file=served(file), **fields)


def _duration_s(frames: Sequence[SpeechFrame]) -> float:
    return sum(len(frame.samples) for frame in frames) / SAMPLE_RATE


def pcm16(frames: Sequence[SpeechFrame]) -> str:
    """The samples of ``frames`` as base64 of little-endian 16-bit integers."""
    if not frames:
        return ""
    samples = np.concatenate([frame.samples for frame in frames])
    scaled = np.clip(np.rint(samples * 32_768), -32_768, 32_767)
    return base64.b64encode(scaled.astype("<i2").tobytes()).decode("ascii")


def build_player(player_id: str, outbox: Outbox) -> gr.HTML:
    """A player; make messages its value by streaming them to it as an output.

    Its events: ``begun`` once a reply sounds, failed or takes a while (show what was asked: until
    then the page is busy enough), ``halted`` when the person stopped it (cancel what is being
    made), ``ended`` when a reply was played to its end, could not be played, or gave way to the
    next. All carry ``run``; the last two ``played`` (samples), ``reason`` and ``announced``, which
    says whether there was a ``begun`` before.
    """

    def missing(asked: list[Any]) -> list[Message]:
        run, seq = str(asked[0]), int(asked[1])
        return outbox.since(run, seq)

    return gr.HTML(
        value={},
        html_template=TEMPLATE,
        # The events are named here because the component takes its events from this text.
        js_on_load=(
            f"window.voiceStudio.mount('{player_id}', element, trigger, props, server, watch);"
            " // 'begun' 'ended' 'halted'"
        ),
        apply_default_css=False,
        server_functions=[missing],
        elem_id=f"vs-player-{player_id}",
        elem_classes=["vs-live-block"],
    )
