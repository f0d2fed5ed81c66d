"""Asks the decoding child and hears it out: an answer counts only when it is whole.

The child may crash, be killed or be stopped by a limit at any point. Its answer says how long its
samples are, and is believed when it ended well and all of them came. It comes through a pipe, so
neither a full disk nor a limit on the size of files can cut it short.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO, Final

Answer = dict[str, Any]

_PROJECT: Final = Path(__file__).resolve().parents[3]
_PIPE_BYTES: Final = 1 << 16

_CRASHES: Final = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP}
)
"""What a decoder that stumbles over a file dies of; any other signal comes from outside."""


class _TooLateError(Exception):
    """The child took longer than it may."""


def ask_child(
    file: BinaryIO, options: Answer, *, timeout_s: float, max_answer_bytes: int
) -> tuple[Answer, memoryview]:
    """What ``studio.clips.decoding.child`` says of ``file``, and the samples (bytes) it gives.

    Instead of an answer that is not whole there is one with a ``problem``: "time", "crashed" (over
    this file), "stopped" (from outside) or "start" (there is no child), and no samples.
    """
    command = [sys.executable, "-m", "studio.clips.decoding.child", json.dumps(options)]
    # What this process can import, the child can; nothing else of the environment is its business.
    # One BLAS thread, because each reserves memory that counts towards the limit.
    environment = {
        "PYTHONPATH": os.pathsep.join([str(_PROJECT), *filter(None, sys.path)]),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    try:
        child = subprocess.Popen(
            command,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    except OSError as error:
        return _problem("start", reason=error.strerror or str(error))
    with child:
        try:
            heard = _hear(child, time.monotonic() + timeout_s, max_answer_bytes)
        except _TooLateError:
            return _problem("time")
        finally:
            child.kill()  # does nothing to one that has ended
    if len(heard) > max_answer_bytes:
        return _problem("crashed")
    return _checked(child.returncode, heard)


def _hear(child: subprocess.Popen[bytes], deadline: float, most: int) -> bytearray:
    """All that ``child`` says until it has ended, or a little more than ``most`` bytes."""
    assert child.stdout is not None
    heard = bytearray()
    with selectors.DefaultSelector() as ready:
        ready.register(child.stdout, selectors.EVENT_READ)
        while len(heard) <= most:
            if not ready.select(max(0.0, deadline - time.monotonic())):
                raise _TooLateError
            block = os.read(child.stdout.fileno(), _PIPE_BYTES)
            if not block:
                break
            heard += block
    if len(heard) > most:
        return heard
    try:
        child.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise _TooLateError from error
    return heard


def _checked(status: int, heard: bytearray) -> tuple[Answer, memoryview]:
    """The answer in ``heard`` if the child ended well and all of it is there."""
    if status == -signal.SIGXCPU:
        return _problem("time")
    if status < 0 and -status not in _CRASHES:
        return _problem("stopped")
    line_end = heard.find(b"\n")
    if status != 0 or line_end < 0:
        return _problem("crashed")
    answer: Answer = json.loads(heard[:line_end])
    samples = memoryview(heard)[line_end + 1 :]
    if len(samples) != answer.get("bytes", 0):
        return _problem("crashed")
    return answer, samples


def _problem(problem: str, **more: str) -> tuple[Answer, memoryview]:
    return {"problem": problem, **more}, memoryview(b"")
