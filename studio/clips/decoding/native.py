"""Samples as a file holds them: blocks of float32 [n, channels] at the file's own rate.

Runs in the decoding child only. Two readers give the same thing: libsndfile, and FFmpeg's
demuxers through PyAV. Both read from an open descriptor, so no file name ever gets this far.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import soundfile

_BLOCK_FRAMES: Final = 8_192
"""Small, because a damaged file gives up everything in the block that fails."""

_MAX_BAD_PACKETS: Final = 16
"""FFmpeg carries on after a damaged packet; after this many the rest is not worth having."""


class DamagedError(Exception):
    """The file cannot be read (any further)."""


@dataclass(frozen=True)
class NativeSound:
    """A file that is open for reading; ``claimed_frames`` is what its header says, if it does.

    ``blocks`` ends where the file ends; it raises DamagedError where the file is damaged or cut.
    """

    sample_rate: int
    channels: int
    claimed_frames: int | None
    blocks: Iterator[NDArray[np.float32]]


def open_with_libsndfile(descriptor: int) -> NativeSound:
    """Raises DamagedError when libsndfile will not have it."""
    import soundfile

    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        sound = soundfile.SoundFile(descriptor, closefd=False)
    except (soundfile.SoundFileError, TypeError) as error:
        raise DamagedError(str(error)) from error
    if sound.subtype.startswith("MPEG"):
        # soundfile seeks after every block, and in MPEG audio libsndfile's seeks are not exact.
        raise DamagedError("MPEG audio is left to FFmpeg")
    # A stream without a length in its header is given the largest number there is.
    claimed = sound.frames if 0 < sound.frames < 2**48 else None
    return NativeSound(sound.samplerate, sound.channels, claimed, _libsndfile_blocks(sound))


def _libsndfile_blocks(sound: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    import soundfile

    while True:
        try:
            block = sound.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)
        except soundfile.SoundFileError as error:
            raise DamagedError(str(error)) from error
        if not len(block):
            return
        yield block


def open_with_ffmpeg(descriptor: int, demuxer: str) -> NativeSound:
    """Opens the first sound track with exactly this demuxer. Raises DamagedError."""
    import av

    os.lseek(descriptor, 0, os.SEEK_SET)
    source = os.fdopen(descriptor, "rb", closefd=False)
    try:
        container = av.open(source, mode="r", format=demuxer, metadata_errors="ignore")
    except (av.FFmpegError, ValueError) as error:
        raise DamagedError(str(error)) from error
    if not container.streams.audio:
        raise DamagedError("there is no sound track")
    stream = container.streams.audio[0]
    blocks = _ffmpeg_blocks(container, stream)
    # Header fields may lack what only decoding shows (HE-AAC doubles its rate), so the first
    # block decides.
    try:
        sample_rate, first = next(blocks)
    except StopIteration as stop:
        raise DamagedError("the sound track is empty") from stop
    claimed = None
    if stream.duration and stream.time_base:
        claimed = round(float(stream.duration * stream.time_base) * sample_rate)
    elif container.duration and len(container.streams) == 1:  # or it may be the picture's length
        claimed = round(container.duration / av.time_base * sample_rate)
    same = _while_unchanged(sample_rate, first, blocks)
    return NativeSound(sample_rate, first.shape[1], claimed, same)


def _while_unchanged(
    sample_rate: int,
    first: NDArray[np.float32],
    blocks: Iterator[tuple[int, NDArray[np.float32]]],
) -> Iterator[NDArray[np.float32]]:
    yield first
    for rate, block in blocks:
        if rate != sample_rate or block.shape[1] != first.shape[1]:
            raise DamagedError("the sample rate or the channels change on the way")
        yield block


def _ffmpeg_blocks(container: Any, stream: Any) -> Iterator[tuple[int, NDArray[np.float32]]]:
    import av

    packets = container.demux(stream)
    bad = 0
    while True:
        try:
            packet = next(packets)
            frames = packet.decode()
        except StopIteration:
            break
        except av.FFmpegError as error:
            bad += 1
            if bad > _MAX_BAD_PACKETS or not isinstance(error, av.InvalidDataError):
                raise DamagedError(str(error)) from error
            continue
        for frame in frames:
            if frame.samples:
                yield frame.sample_rate, _interleaved(frame)
    if bad:
        raise DamagedError(f"{bad} packets are damaged")


def _interleaved(frame: Any) -> NDArray[np.float32]:
    """float32 [n, channels] of a decoded frame, integer formats scaled to [-1, 1)."""
    raw: NDArray[Any] = frame.to_ndarray()
    channels = len(frame.layout.channels)
    raw = raw.T if frame.format.is_planar else raw.reshape(-1, channels)
    offset, scale = 0.0, 1.0
    if raw.dtype == np.uint8:
        offset, scale = -128.0, 1 / 128
    elif np.issubdtype(raw.dtype, np.integer):
        scale = 1 / -float(np.iinfo(raw.dtype).min)
    with np.errstate(over="ignore"):  # a double may be beyond float32: infinite, and dealt with
        return ((raw + offset) * scale).astype(np.float32)
