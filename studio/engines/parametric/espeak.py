"""espeak-ng from outside: a child process that is asked, watched and started again."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import struct
import subprocess
import sys
import threading
import weakref
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from studio.errors import EngineError
from studio.types import SAMPLE_RATE

RATE_WPM: Final = 165
"""espeak-ng's own pace is 175 words a minute; readers are slower."""

MIN_RATE_WPM: Final = 80
MAX_RATE_WPM: Final = 400

_LEAD_S: Final = 0.015
_TAIL_S: Final = 0.04
_SILENT: Final = 0.003
"""Share of a rendering's peak under which its ends are silence."""

CHILD: Final = Path(__file__).with_name("espeak_child.py")

RENDER_TIMEOUT_S: Final = 20.0
"""A sentence takes milliseconds; a child that is silent for this long hangs and is killed."""


@dataclass(frozen=True)
class Phoneme:
    """A speech sound in IPA, without stress and length marks kept apart; lasts until the next."""

    start_s: float
    symbol: str


@dataclass(frozen=True)
class Word:
    """Where a word of the text begins in the sound: characters ``offset`` to offset + length."""

    start_s: float
    offset: int
    length: int


@dataclass(frozen=True, eq=False)
class Rendering:
    """What espeak-ng said: float32 [n] at 24 kHz, with the sounds and words in it.

    ``sentences`` are the starts of what espeak-ng took for clauses, in seconds.
    """

    samples: NDArray[np.float32]
    phonemes: tuple[Phoneme, ...]
    words: tuple[Word, ...]
    sentences: tuple[float, ...]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def is_installed() -> bool:
    """Whether the package that brings espeak-ng is there."""
    return importlib.util.find_spec("espeakng_loader") is not None


def trimmed(rendering: Rendering) -> Rendering:
    """``rendering`` without the silence at its ends; its events move along."""
    loud = np.abs(rendering.samples)
    audible = np.flatnonzero(loud > _SILENT * loud.max(initial=0.0))
    if not len(audible):
        return replace(rendering, samples=rendering.samples[:0])
    first = max(0, int(audible[0]) - round(_LEAD_S * SAMPLE_RATE))
    last = int(audible[-1]) + round(_TAIL_S * SAMPLE_RATE)
    samples = rendering.samples[first:last]
    end_s, cut_s = len(samples) / SAMPLE_RATE, first / SAMPLE_RATE

    def moved(at_s: float) -> float:
        return min(max(at_s - cut_s, 0.0), end_s)

    return Rendering(
        samples,
        tuple(Phoneme(moved(p.start_s), p.symbol) for p in rendering.phonemes),
        tuple(Word(moved(w.start_s), w.offset, w.length) for w in rendering.words),
        tuple(moved(start_s) for start_s in rendering.sentences),
    )


class Espeak:
    """A persistent espeak-ng process. Any thread may call it; one is served at a time.

    The process starts with the first call, is started again when it has died, and ends with
    ``close``, with this object or with the interpreter, whichever comes first.

    Example:
        with Espeak() as espeak:
            rendering = espeak.render("Good morning.", voice="en-us")
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stop: _Stop | None = None

    def __enter__(self) -> Espeak:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def render(
        self,
        text: str,
        *,
        voice: str = "en-us",
        rate_wpm: float = RATE_WPM,
        pitch: int = 50,
        pitch_range: int = 50,
    ) -> Rendering:
        """Say ``text`` with the espeak-ng voice ``voice`` (``language[+variant]``).

        ``pitch`` and ``pitch_range`` are espeak-ng's own scales, 0 to 99.

        Raises:
            EngineError: there is no such voice, or the process died twice over the same text.
        """
        request = {
            "text": text,
            "voice": voice,
            "rate": round(min(max(rate_wpm, MIN_RATE_WPM), MAX_RATE_WPM)),
            "pitch": pitch,
            "range": pitch_range,
        }
        with self._lock:
            try:
                answer, sound = self._ask(request)
            except (OSError, EOFError):
                answer, sound = self._ask_once_more(request)
        if "error" in answer:
            raise EngineError(f"The basic voice cannot speak: {answer['error']}.")
        return _rendering(answer, sound)

    def start(self) -> None:
        """Start the process ahead of the first ``render``; does not wait for it."""
        with self._lock:
            self._running()

    def close(self) -> None:
        """End the process. A later ``render`` starts another."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """Process id of the child while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def _ask_once_more(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        try:
            return self._ask(request)
        except (OSError, EOFError) as error:
            raise EngineError(
                "The speech process stopped while it was speaking. Try again; if it stops at the "
                "same sentence, change that sentence."
            ) from error

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        process = self._running()
        watchdog = threading.Timer(RENDER_TIMEOUT_S, process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            body = json.dumps(request).encode()
            assert process.stdin is not None
            process.stdin.write(struct.pack(">I", len(body)) + body)
            process.stdin.flush()
            answer = json.loads(_receive(process))
            return answer, _receive(process)
        except BaseException:
            # Half an answer may be left in the pipe, also when an interrupt came in between.
            self._end()
            raise
        finally:
            watchdog.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = _start()
            self._stop = weakref.finalize(self, _end_process, self._process)
        return self._process

    def _end(self) -> None:
        if self._stop is not None:
            self._stop()
        self._process = self._stop = None


class _Stop(Protocol):
    def __call__(self) -> object: ...


def _start() -> subprocess.Popen[bytes]:
    import espeakng_loader

    # -I -S: nothing of this interpreter's packages or environment; it starts in a blink.
    return subprocess.Popen(
        [
            sys.executable,
            "-I",
            "-S",
            str(CHILD),
            espeakng_loader.get_library_path(),
            espeakng_loader.get_data_path(),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _end_process(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # a request that the dead process never read
                pipe.close()


def _receive(process: subprocess.Popen[bytes]) -> bytes:
    (count,) = struct.unpack(">I", _read_exactly(process, 4))
    return _read_exactly(process, count)


def _read_exactly(process: subprocess.Popen[bytes], count: int) -> bytes:
    assert process.stdout is not None
    data = process.stdout.read(count)
    if len(data) != count:
        raise EOFError("the espeak-ng process closed its pipe")
    return data


def _rendering(answer: dict[str, Any], sound: bytes) -> Rendering:
    import soxr

    rate = int(answer["sample_rate"])
    raw = np.frombuffer(sound, dtype=np.int16).astype(np.float32) / 32_768
    resampled = soxr.resample(raw, rate, SAMPLE_RATE) if len(raw) else raw
    return Rendering(
        samples=np.asarray(resampled, dtype=np.float32),
        phonemes=tuple(Phoneme(at / rate, symbol) for at, symbol in answer["phonemes"]),
        words=tuple(Word(at / rate, offset, length) for at, offset, length in answer["words"]),
        sentences=tuple(at / rate for at in answer["sentences"]),
    )
