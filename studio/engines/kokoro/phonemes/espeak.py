"""espeak-ng from outside: a child process that is asked, watched and started again."""

from __future__ import annotations

import contextlib
import json
import struct
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Any, Final, Protocol

from studio.errors import EngineError

CHILD: Final = Path(__file__).with_name("espeak_child.py")

TIE: Final = "^"
"""Stands between two sounds that are one."""

TIMEOUT_S: Final = 20.0
"""A sentence takes milliseconds; a child that is silent for this long hangs and is killed."""


class Espeak:
    """A persistent espeak-ng process. Any thread may call it; one is served at a time.

    The process starts with the first call, is started again when it has died, and ends with
    ``close``, with this object or with the interpreter, whichever comes first.

    Example:
        with Espeak() as espeak:
            ipa = espeak.phonemes("Guten Morgen", "de")
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stop: _Stop | None = None

    def __enter__(self) -> Espeak:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def phonemes(self, text: str, voice: str) -> str:
        """IPA of ``text`` as the espeak-ng voice ``voice`` (``de``) reads it, words apart, without
        the marks between them.

        Raises:
            EngineError: there is no such voice, or the process died twice over the same text.
        """
        request = {"text": text, "voice": voice}
        with self._lock:
            try:
                answer = self._ask(request)
            except (OSError, EOFError):
                answer = self._ask_once_more(request)
        if "error" in answer:
            raise EngineError(f"The studio voice cannot read this text: {answer['error']}.")
        phonemes: str = answer["phonemes"]
        return phonemes

    def close(self) -> None:
        """End the process. A later call starts another."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """Process id of the child while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def _ask_once_more(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._ask(request)
        except (OSError, EOFError) as error:
            raise EngineError(
                "The process that reads this language stopped. Try again; if it stops at the same "
                "sentence, change that sentence."
            ) from error

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._running()
        watchdog = threading.Timer(TIMEOUT_S, process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            body = json.dumps(request).encode()
            assert process.stdin is not None
            process.stdin.write(struct.pack(">I", len(body)) + body)
            process.stdin.flush()
            (count,) = struct.unpack(">I", _read_exactly(process, 4))
            return _answer(_read_exactly(process, count))
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


def _answer(body: bytes) -> dict[str, Any]:
    """``body``, which says "phonemes" or "error"; anything else is as good as no answer."""
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise EOFError("the espeak-ng process wrote something else than an answer") from error
    if not isinstance(answer, dict) or not any(
        isinstance(answer.get(key), str) for key in ("phonemes", "error")
    ):
        raise EOFError("the espeak-ng process wrote something else than an answer")
    return answer


def _read_exactly(process: subprocess.Popen[bytes], count: int) -> bytes:
    assert process.stdout is not None
    data = process.stdout.read(count)
    if len(data) != count:
        raise EOFError("the espeak-ng process closed its pipe")
    return data
