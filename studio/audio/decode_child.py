"""The decoding child: a file on standard input, mono 24 kHz float32 on standard output.

Started as ``python -m studio.audio.decode_child OPTIONS`` by ``studio.audio.decode``. Decoders are
large C programs fed with strangers' files, so they run here, under the limits of the operating
system, and may crash. The answer is one line of JSON, then the samples as little-endian float32,
as many ``bytes`` as the line says.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from studio.audio.mixdown import Mixdown
from studio.audio.native import DamagedError, NativeSound, open_with_ffmpeg, open_with_libsndfile

_MAX_SAMPLE_RATE: Final = 192_000
_MIN_SAMPLE_RATE: Final = 8_000
_BUSIEST: Final = 2 * _MAX_SAMPLE_RATE
"""Channels x rate that may last for the longest clip; what is busier must be shorter."""

_CUT_OFF: Final = 0.98
"""Less than this part of the claimed length means that the end of the file is missing."""

Answer = dict[str, Any]


class RefusedError(Exception):
    """The file breaks a bound; ``answer`` says which."""

    def __init__(self, **answer: Any) -> None:
        super().__init__(answer["problem"])
        self.answer: Answer = answer


def _limit_this_process(options: Answer) -> None:
    memory, seconds = int(options["max_rss_bytes"]), int(options["timeout_s"])
    for what, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        # At the soft limit the system says what it stops the process for; at the hard one, not.
        (resource.RLIMIT_CPU, seconds + 1, seconds + 2),
        (resource.RLIMIT_FSIZE, 0, 0),  # no decoder has a reason to write a file
        (resource.RLIMIT_CORE, 0, 0),
    ):
        # Some systems know a limit and will not set it; the wall clock still holds there.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (soft, hard))


def _within_bounds(sound: NativeSound, options: Answer) -> Iterator[NDArray[np.float32]]:
    """The blocks of ``sound``, counted as they come: what a header says is only a claim."""
    if sound.channels > options["max_channels"]:
        raise RefusedError(problem="channels", channels=sound.channels)
    if not _MIN_SAMPLE_RATE <= sound.sample_rate <= _MAX_SAMPLE_RATE:
        raise RefusedError(problem="sample_rate", sample_rate=sound.sample_rate)
    max_frames = int(options["max_seconds"] * sound.sample_rate)
    max_values = int(options["max_seconds"] * _BUSIEST)
    frames = 0
    for block in sound.blocks:
        frames += len(block)
        if frames > max_frames:
            claimed = max(frames, sound.claimed_frames or 0)
            raise RefusedError(problem="seconds", seconds=claimed / sound.sample_rate)
        if frames * sound.channels > max_values:
            raise RefusedError(
                problem="values", channels=sound.channels, sample_rate=sound.sample_rate
            )
        yield block


def _mix(sound: NativeSound, options: Answer, channel: int | None) -> tuple[Mixdown, bool]:
    """All that can be read of ``sound``, and whether it ended before its end."""
    mix = Mixdown(sound.sample_rate, sound.channels, channel)
    try:
        for block in _within_bounds(sound, options):
            mix.add(block)
    except DamagedError:
        if not mix.frames:
            raise
        return mix, True
    return mix, False


def _decode(opened: Callable[[], NativeSound], options: Answer) -> tuple[Answer, bytes]:
    sound = opened()
    mix, cut_off = _mix(sound, options, channel=None)
    channel = mix.better_alone
    if channel is not None:
        mix, cut_off = _mix(opened(), options, channel)
    if sound.claimed_frames and mix.frames < _CUT_OFF * sound.claimed_frames:
        cut_off = True
    samples = mix.finish().astype("<f4", copy=False).tobytes()
    answer = {
        "bytes": len(samples),
        "sample_rate": sound.sample_rate,
        "channels": sound.channels,
        "seconds": mix.frames / sound.sample_rate,
        "cut_off": cut_off,
        "channel": channel,
        "damaged": mix.damaged,
        "damaged_ratio": mix.damaged_ratio,
        "clipping_ratio": mix.clipping_ratio,
    }
    return answer, samples


def _answer(options: Answer) -> tuple[Answer, bytes]:
    """The first reader that gets anything out of the file decides."""
    readers: list[Callable[[], NativeSound]] = []
    if options["libsndfile"]:
        readers.append(lambda: open_with_libsndfile(0))
    if options["demuxer"]:
        readers.append(lambda: open_with_ffmpeg(0, options["demuxer"]))
    reason = ""
    for opened in readers:
        try:
            return _decode(opened, options)
        except DamagedError as error:
            reason = str(error)
        except RefusedError as refused:
            return refused.answer, b""
        except MemoryError:
            return {"problem": "memory"}, b""
    return {"problem": "damaged", "reason": reason}, b""


def main() -> None:
    options: Answer = json.loads(sys.argv[1])
    # Decoders sometimes talk on standard output; only the answer may.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        _limit_this_process(options)
        answer, samples = _answer(options)
        out.write(json.dumps(answer).encode() + b"\n")
        out.write(samples)


if __name__ == "__main__":
    main()
