"""The decoding child: a file on standard input, mono 24 kHz float32 on standard output.

Started as ``python -m studio.clips.decoding.child OPTIONS`` by ``decode``. Decoders are large C
programs fed with strangers' files, so they run here, under the limits of the operating system, and
may crash. The answer is one line of JSON, then as many ``bytes`` as it says: samples of one sound
after the other, little-endian float32.
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

from studio.clips.decoding.mixdown import Mixdown
from studio.clips.decoding.native import (
    DamagedError,
    NativeSound,
    open_with_ffmpeg,
    open_with_libsndfile,
)

_MAX_SAMPLE_RATE: Final = 192_000
_MIN_SAMPLE_RATE: Final = 8_000
_BUSIEST: Final = 2 * _MAX_SAMPLE_RATE
"""Channels x rate that may last for the longest clip; what is busier must be shorter."""

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


def _decode(opened: Callable[[], NativeSound], options: Answer) -> tuple[Answer, list[bytes]]:
    """The average of the channels, or one where they cancel; then those that may be clearer."""
    sound = opened()
    mix, broken = _mix(sound, options, channel=None)
    cancelling, rivals = mix.better_alone, mix.rivals
    if cancelling is not None:
        mix, broken = _mix(opened(), options, cancelling)
        rivals = []
    claimed = sound.claimed_frames or 0
    heard = [_heard(mix, cancelling)]
    heard += [_heard(_mix(opened(), options, channel)[0], channel) for channel in rivals]
    answer = {
        "sample_rate": sound.sample_rate,
        "channels": sound.channels,
        "seconds": mix.frames / sound.sample_rate,
        "claimed_seconds": claimed / sound.sample_rate,
        "broken": broken,
        "sounds": [said for said, _ in heard],
        "bytes": sum(len(samples) for _, samples in heard),
    }
    return answer, [samples for _, samples in heard]


def _heard(mix: Mixdown, channel: int | None) -> tuple[Answer, bytes]:
    samples = mix.finish().astype("<f4", copy=False).tobytes()
    said = {
        "channel": channel,
        "bytes": len(samples),
        "damaged": mix.damaged,
        "damaged_ratio": mix.damaged_ratio,
        "clipping_ratio": mix.clipping_ratio,
    }
    return said, samples


def _answer(options: Answer) -> tuple[Answer, list[bytes]]:
    """What the first reader makes of the file that gets to its end; else what gets furthest."""
    readers: list[Callable[[], NativeSound]] = []
    if options["libsndfile"]:
        readers.append(lambda: open_with_libsndfile(0))
    if options["demuxer"]:
        readers.append(lambda: open_with_ffmpeg(0, options["demuxer"]))
    reason = ""
    furthest: tuple[Answer, list[bytes]] | None = None
    for opened in readers:
        try:
            got = _decode(opened, options)
        except DamagedError as error:
            reason = str(error)
        except RefusedError as refused:
            return refused.answer, []
        except MemoryError:
            return {"problem": "memory"}, []
        else:
            if furthest is None or got[0]["seconds"] > furthest[0]["seconds"]:
                furthest = got
            if not furthest[0]["broken"]:
                return furthest
    return furthest or ({"problem": "damaged", "reason": reason}, [])


def main() -> None:
    options: Answer = json.loads(sys.argv[1])
    # Decoders sometimes talk on standard output; only the answer may.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        _limit_this_process(options)
        answer, sounds = _answer(options)
        out.write(json.dumps(answer).encode() + b"\n")
        out.writelines(sounds)


if __name__ == "__main__":
    main()
