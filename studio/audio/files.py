"""Sound as the bytes of a file: FLAC for what is kept, WAV for what is handed out.

Vorbis is never written: libsndfile can overflow its stack while encoding it.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO, Final, Literal

import numpy as np
from numpy.typing import NDArray

from studio.errors import UnreadableClipError
from studio.types import Audio

_TAGS_BYTES: Final = 65_536


class SoundWriter:
    """Encodes one sound into ``out`` piece by piece, in 16 bits, as WAV or FLAC. Close it.

    ``comment`` goes into the tags at its start, where players show it.

    Raises:
        OSError: (each method) ``out`` raised it.
    """

    def __init__(
        self,
        out: BinaryIO,
        kind: Literal["WAV", "FLAC"],
        sample_rate: int,
        comment: str = "",
    ) -> None:
        import soundfile

        self._out = _Remembering(out)
        self._file = soundfile.SoundFile(
            self._out, "w", samplerate=sample_rate, channels=1, format=kind, subtype="PCM_16"
        )
        if comment:
            self._file.comment = comment
        self._out.raise_again()

    def write(self, samples: NDArray[np.float32]) -> None:
        """Add ``samples`` [n]; those beyond full scale are clipped.

        Raises:
            ValueError: one is not finite.
        """
        self._file.write(_finite(samples))
        self._out.raise_again()

    def close(self) -> None:
        """Write what is left, and how long the sound became."""
        self._file.close()
        self._out.raise_again()


class _Remembering:
    """Lets a file be written by a library that calls back and cannot be told of an exception."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._error: OSError | None = None

    def raise_again(self) -> None:
        if self._error is not None:
            raise self._error

    def write(self, data: bytes) -> int:
        if self._error is None:
            try:
                return self._out.write(data)
            except OSError as error:
                self._error = error
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return self._out.seek(offset, whence)
        except OSError as error:  # seeking writes what was held back
            self._error = self._error or error
            return 0

    def tell(self) -> int:
        return self._out.tell()


def encode_flac(audio: Audio) -> bytes:
    """A FLAC file in 24 bits; samples beyond full scale are clipped.

    Raises:
        ValueError: a sample is not finite.
    """
    import soundfile

    out = io.BytesIO()
    samples = _finite(audio.samples)
    soundfile.write(out, samples, audio.sample_rate, format="FLAC", subtype="PCM_24")
    return out.getvalue()


def decode_flac(data: bytes) -> Audio:
    """The sound of a file made by ``encode_flac``.

    Raises:
        UnreadableClipError: the data is damaged or is something else.
    """
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.format != "FLAC" or file.channels != 1:
                raise UnreadableClipError("The stored sound is not a mono FLAC file.")
            samples = file.read(dtype="float32")
            return Audio(np.asarray(samples, dtype=np.float32), file.samplerate)
    except soundfile.SoundFileError as error:
        raise UnreadableClipError(
            "The stored sound is damaged. Restore it from a backup, or add the clip again."
        ) from error


def encode_wav(audio: Audio, *, comment: str = "") -> bytes:
    """A 16-bit WAV file; ``comment`` goes into its INFO chunk, where players show it.

    Raises:
        ValueError: a sample is not finite.
    """
    out = io.BytesIO()
    writer = SoundWriter(out, "WAV", audio.sample_rate, comment)
    writer.write(audio.samples)
    writer.close()
    return out.getvalue()


def has_comment(path: Path, comment: str) -> bool:
    """Whether the file at ``path`` carries this ``comment``, as the functions above write it.

    It is looked for at the start, where they put it, and not decoded: the file may be anything.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return comment.encode() in file.read(_TAGS_BYTES)


def _finite(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    if not np.isfinite(samples).all():
        raise ValueError("a sound with samples that are not finite cannot be written")
    return samples
