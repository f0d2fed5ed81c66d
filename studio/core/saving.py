"""Sound that leaves the studio as a file."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio.audio.files import SoundWriter, has_comment
from studio.disk import SHARED_FILE, whole_file
from studio.errors import OptionsError, StorageError
from studio.types import Audio

P = ParamSpec("P")
T = TypeVar("T")

PROVENANCE: Final = "Synthetic speech made with Voice Studio."
"""Written into a sound file, so that the sound says what it is."""

SOUND_FILES: Final = (".wav", ".flac")

MAX_WAV_SAMPLES: Final = (2**32 - 65_536) // 2
"""Of two bytes each: a WAV file counts its bytes in 32 bits. Nearly 25 hours."""


def require_sound_file(path: Path) -> None:
    """Refuse a file that could not be written, before time is spent on what goes into it.

    Raises:
        OptionsError: its kind is not one of ``SOUND_FILES``.
        StorageError: its folder is not there, or a file that is not the studio's own is.
    """
    if path.suffix.lower() not in SOUND_FILES:
        raise OptionsError(
            f"{path.name!r} cannot be written. Give it the ending {' or '.join(SOUND_FILES)}."
        )
    require_file(path)
    require_own(path, lambda file: has_comment(file, PROVENANCE), "a sound that was made here")


def require_own(path: Path, is_own: Callable[[Path], bool], what: str) -> None:
    """Refuse to write over a file that is not the studio's own: there may be no other copy of it.

    Raises:
        StorageError: ``is_own`` does not know the file that is there.
    """
    if not path.exists():
        return
    try:
        if path.is_file() and is_own(path):
            return
    except OSError:
        pass  # what cannot be read is not known
    raise StorageError(
        f"{str(path)!r} is there already and is not {what}, so it was not written over. Choose "
        f"another name, or move that file away."
    )


def require_file(path: Path) -> None:
    """Refuse a place where no file can be written.

    Raises:
        StorageError: the name cannot be used, or its folder is not there.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:  # too long, or with a character that no name can have
        raise StorageError(
            f"{path.name[:60]!r} cannot be written ({_reason(error)}). Choose another name."
        ) from error
    if not path.parent.is_dir():
        raise StorageError(f"There is no folder {str(path.parent)!r}. Make it, or choose another.")
    if path.is_dir():
        raise StorageError(f"{str(path)!r} is a folder. Choose a file name inside it.")


@contextmanager
def sound_file(
    path: Path, sample_rate: int, *, is_speech: bool = True
) -> Iterator[Callable[[NDArray[np.float32]], None]]:
    """What is called with samples, float32 [n], and adds them to the sound in ``path``, as its
    ending says. An earlier one of the studio is replaced whole when the block is done, or stays
    as it is. Unless it is a recording (``is_speech`` false), it says of itself that it is
    synthetic.

    Raises:
        OptionsError, StorageError: as ``require_sound_file``, or the disk said no.
    """
    require_sound_file(path)
    flac = path.suffix.lower() == ".flac"
    written = 0
    # The encoder calls back into Python, where Ctrl-C would be lost: it comes to the main thread.
    with _whole_file(path) as out, ThreadPoolExecutor(max_workers=1) as encoding:

        def encode(step: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
            return encoding.submit(step, *args, **options).result()

        with _told(path):
            comment = PROVENANCE if is_speech else ""
            writer = encode(SoundWriter, out, "FLAC" if flac else "WAV", sample_rate, comment)

        def write(samples: NDArray[np.float32]) -> None:
            nonlocal written
            written += len(samples)
            if not flac and written > MAX_WAV_SAMPLES:
                raise StorageError(
                    "A .wav file holds no more than a day of speech. Give the file the ending "
                    ".flac, or split the text."
                )
            with _told(path):
                encode(writer.write, samples)

        try:
            yield write
        except BaseException:
            with suppress(OSError):
                encode(writer.close)
            raise
        with _told(path):
            encode(writer.close)


def save_sound(audio: Audio, path: Path, *, is_speech: bool = True) -> None:
    """Write all of ``audio`` to ``path``, as ``sound_file`` does.

    Raises:
        OptionsError, StorageError: as ``require_sound_file``, or the disk said no.
    """
    with sound_file(path, audio.sample_rate, is_speech=is_speech) as write:
        write(audio.samples)


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``; a file of that name is replaced whole or stays as it is.

    Raises:
        StorageError: the disk said no.
    """
    with _whole_file(path) as out, _told(path):
        out.write(data)


@contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of ``path`` when the block is done, and is gone if it fails."""
    unfinished = path.with_name(f".{uuid.uuid4().hex}.part")
    with ExitStack() as held:
        with _told(path):
            out = held.enter_context(whole_file(path, unfinished, SHARED_FILE))
        yield out
        with _told(path):
            held.close()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the disk refuses, as a sentence about ``path``."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{str(path)!r} cannot be written ({_reason(error)}). Choose another place."
        ) from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
