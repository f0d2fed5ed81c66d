"""Sound as the bytes of a file: FLAC for what is kept, WAV for what is handed out.

Vorbis is never written: libsndfile can overflow its stack while encoding it.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from studio.errors import UnreadableClipError
from studio.types import Audio

_TAGS_BYTES: Final = 65_536


def encode_flac(
    audio: Audio, *, subtype: Literal["PCM_16", "PCM_24"] = "PCM_24", comment: str = ""
) -> bytes:
    """A FLAC file; samples beyond full scale are clipped. ``comment`` goes into its tags.

    Raises:
        ValueError: a sample is not finite.
    """
    return _encode(audio, "FLAC", subtype, comment)


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
    return _encode(audio, "WAV", "PCM_16", comment)


def has_comment(path: Path, comment: str) -> bool:
    """Whether the file at ``path`` carries this ``comment``, as the functions above write it.

    It is looked for at the start, where they put it, and not decoded: the file may be anything.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return comment.encode() in file.read(_TAGS_BYTES)


def _encode(audio: Audio, kind: str, subtype: str, comment: str) -> bytes:
    import soundfile

    out = io.BytesIO()
    with soundfile.SoundFile(
        out, "w", samplerate=audio.sample_rate, channels=1, format=kind, subtype=subtype
    ) as file:
        if comment:
            file.comment = comment
        file.write(_finite(audio))
    return out.getvalue()


def _finite(audio: Audio) -> NDArray[np.float32]:
    if not np.isfinite(audio.samples).all():
        raise ValueError("a sound with samples that are not finite cannot be written")
    return audio.samples
