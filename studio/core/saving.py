"""Sound that leaves the studio as a file."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

from studio.audio.files import encode_flac, encode_wav, has_comment
from studio.errors import OptionsError, StorageError
from studio.types import Audio

PROVENANCE: Final = "Synthetic speech made with Voice Studio."
"""Written into a sound file, so that the sound says what it is."""

SOUND_FILES: Final = (".wav", ".flac")


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


def save_sound(audio: Audio, path: Path, *, is_speech: bool = True) -> None:
    """Write ``audio`` to ``path`` as its ending says, in place of an earlier one of the studio.

    Unless it is a recording (``is_speech`` false), it says of itself that it is synthetic.

    Raises:
        OptionsError, StorageError: as ``require_sound_file``, or the disk said no.
    """
    require_sound_file(path)
    comment = PROVENANCE if is_speech else ""
    if path.suffix.lower() == ".flac":
        data = encode_flac(audio, subtype="PCM_16", comment=comment)
    else:
        data = encode_wav(audio, comment=comment)
    write_whole(path, data)


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``; a file of that name is replaced whole or stays as it is.

    Raises:
        StorageError: the disk said no.
    """
    unfinished = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise StorageError(
            f"{str(path)!r} cannot be written ({_reason(error)}). Choose another place."
        ) from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
