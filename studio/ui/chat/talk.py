"""What a visitor and a voice have said to each other, as the server keeps it while the tab is open.

The browser plays a reply seconds after it was made, or stops it, or starts the next one meanwhile.
So the log is kept here, whole, and every answer to the browser carries all of it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from studio.types import Audio, SpeechFrame, SpeechStats
from studio.ui.parts.present import spoken_details
from studio.ui.parts.sounds import file_stem, served, sound_file

if TYPE_CHECKING:
    from studio.core.speech.conversing import ContextUse, Conversation
    from studio.core.speech.utterance import Utterance

MAX_TALKS: Final = 500
"""Visitors remembered at once. Beyond that, the one who was quiet the longest is forgotten, and
nobody whose reply still plays."""

SETTLE_S: Final = 5.0
"""A cancelled reply ends within one frame; waiting longer would only hang the page."""

EXPIRED: Final = "The sound of this reply is no longer kept."


@dataclass(eq=False)
class LiveReply:
    """One reply while it is made and played. Written by one thread, cancelled by any."""

    run: str
    voice: str
    text: str = ""
    frames: list[SpeechFrame] = field(default_factory=list)
    stats: SpeechStats | None = None
    file: Path | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)

    def record(self, reply: Utterance) -> Iterator[SpeechFrame]:
        """Pass on the frames of ``reply`` and keep them; ends early once it is cancelled."""
        self.text = reply.text
        try:
            for frame in reply:
                if self.cancelled.is_set():
                    return
                self.frames.append(frame)
                yield frame
            self.stats = reply.stats
        finally:
            reply.close()
            self.closed.set()

    def audio(self, samples: int | None = None) -> Audio:
        """What was made, or its first ``samples``."""
        pieces = [frame.samples for frame in self.frames]
        joined = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
        return Audio(joined[:samples])

    def text_at(self, samples: int) -> str:
        """The words that the first ``samples`` have spoken, the last one whole."""
        end, passed = 0, 0
        for frame in self.frames:
            if passed >= samples:
                break
            end, passed = frame.text_end, passed + len(frame.samples)
        while 0 < end < len(self.text) and not self.text[end].isspace():
            end += 1
        return self.text[:end]

    def keep(self, samples: int | None = None) -> Path:
        """A WAV file of it that the page may serve for a while: "Ada-2026-11-25-seed-7.wav"."""
        seed = f"-seed-{self.stats.seed}" if self.stats else ""
        name = f"{file_stem(self.voice)}-{datetime.now():%Y-%m-%d}{seed}.wav"
        return sound_file(self.audio(samples), name)


@dataclass(frozen=True)
class LogEntry:
    """One entry of the log: what was said, its sound, and below it HTML with the figures."""

    role: str
    text: str
    sound: Path | None = None
    figures: str = ""

    def message(self) -> dict[str, Any]:
        """As ``gr.Chatbot`` wants it."""
        # The log takes text for HTML; what was typed is to be read as it was typed.
        parts: list[Any] = [escape(self.text, quote=False)] if self.text else []
        if self.sound is not None:
            # The copy is deleted after a while; the log must outlive it.
            parts.append(_playable(self.sound) if self.sound.exists() else EXPIRED)
        if self.figures:
            parts.append(self.figures)
        return {"role": self.role, "content": parts}


@dataclass(frozen=True)
class Refusal:
    """Why there is no reply to ``words``."""

    run: str
    words: str
    notice: str


class Talk:
    """One visitor's log and conversation. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._turns: list[LogEntry] = []
        self._take: LiveReply | None = None
        self._refusal: Refusal | None = None
        self._conversation: Conversation | None = None
        self._partner: tuple[str, str] | None = None
        self._before: tuple[list[LogEntry], Conversation | None] | None = None
        self._dropped = ""

    @property
    def is_busy(self) -> bool:
        """A reply is being made, or played."""
        with self._lock:
            return self._take is not None

    def messages(self) -> list[dict[str, Any]]:
        with self._lock:
            return [turn.message() for turn in self._turns]

    def with_partner(
        self, voice: str, writer: str, start: Callable[[], Conversation]
    ) -> Conversation:
        """The conversation with ``voice``; another voice or writer starts a new one."""
        with self._lock:
            if self._conversation is None or self._partner != (voice, writer):
                self._conversation = start()
                self._partner = (voice, writer)
            return self._conversation

    def context_use(self, voice: str | None) -> ContextUse | None:
        """How full the engine's context is with the talk with ``voice``, if there is one."""
        with self._lock:
            if self._conversation is None or self._partner is None or self._partner[0] != voice:
                return None
            return self._conversation.context_use

    def ask(self, take: LiveReply, words: str) -> bool:
        """Note what the visitor said; the reply that was still going on gives way.

        False, and nothing noted, if the visitor has started over since they said it.
        """
        with self._lock:
            if take.run == self._dropped:
                return False
        self.settle()
        with self._lock:
            self._turns.append(LogEntry("user", words))
            self._take = take
            self._before = None
        return True

    def withdraw(self, take: LiveReply, notice: str) -> None:
        """Forget what was asked last: there will be no reply to it, and ``notice`` says why."""
        with self._lock:
            if self._take is take:
                self._take = None
                self._refusal = Refusal(take.run, self._turns.pop().text, notice)

    def refusal_of(self, run: str) -> Refusal | None:
        """Why the last question has no reply, if it is the one of ``run``."""
        with self._lock:
            refusal = self._refusal
            return refusal if refusal is not None and refusal.run == run else None

    def settle(self, run: str | None = None, played: int | None = None) -> bool:
        """End the reply ``run`` (or whichever there is) and put it into the log.

        ``played`` samples of it were heard; None means all. False if there was nothing to settle.
        """
        with self._lock:
            take = self._take
            if take is None or run not in (None, take.run):
                return False
            self._take = None
        take.cancelled.set()
        if take.frames:
            take.closed.wait(SETTLE_S)
        turn = _turn_of(take, played)
        with self._lock:
            self._turns.append(turn)
        return True

    def clear(self, run: str = "") -> None:
        """Start over with nothing said; ``undo_clear`` brings it back until something is said.

        ``run`` is what the visitor asked for last. The request for it may still be on its way here.
        """
        self.settle()
        with self._lock:
            self._dropped = run
            if self._turns:
                self._before = (self._turns, self._conversation)
            self._turns = []
            self._conversation = None

    def undo_clear(self) -> None:
        """Go on with what was said before ``clear``, unless something was said since."""
        with self._lock:
            if self._before is not None:
                self._turns, self._conversation = self._before
                self._before = None


class Talks:
    """The talk of every open tab, by Gradio's session. Thread-safe."""

    def __init__(self) -> None:
        self._talks: OrderedDict[str, Talk] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, session: str | None) -> Talk:
        with self._lock:
            key = session or ""
            talk = self._talks.setdefault(key, Talk())
            self._talks.move_to_end(key)
            over = len(self._talks) - MAX_TALKS
            idle = (
                name for name, one in self._talks.items() if one is not talk and not one.is_busy
            )
            for name in list(islice(idle, max(0, over))):
                del self._talks[name]
            return talk

    def forget(self, session: str | None) -> None:
        """The tab was closed: stop what it still has going."""
        with self._lock:
            talk = self._talks.pop(session or "", None)
        if talk is not None:
            talk.clear()

    def forget_all(self, beginning: str) -> None:
        """Forget every session whose name begins so."""
        with self._lock:
            found = [session for session in self._talks if session.startswith(beginning)]
        for session in found:
            self.forget(session)


def _playable(sound: Path) -> dict[str, Any]:
    """A sound in the log. Given as a bare path, it would be saved under the whole of that path."""
    return {"file": served(sound) | {"mime_type": "audio/wav"}}


def _turn_of(take: LiveReply, played: int | None) -> LogEntry:
    if played is None and take.stats is not None:
        figures = spoken_details(take.stats)
        return LogEntry("assistant", take.text, take.file or take.keep(), figures)
    heard = sum(len(frame.samples) for frame in take.frames) if played is None else played
    if heard == 0 or not take.frames:
        return LogEntry("assistant", "", figures="Stopped before the first word.")
    sound = take.audio(heard)
    return LogEntry(
        "assistant",
        take.text_at(heard),
        take.keep(heard),
        f"Stopped after {sound.duration_s:.1f} s",
    )
