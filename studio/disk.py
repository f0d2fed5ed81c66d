"""Every change on disk goes through here, and every refusal of the disk becomes a sentence.

A file appears under its name only when it is whole: it is written under a temporary name, synced,
renamed, and the folder is synced, so that it outlives a power cut from the moment that the call
returns.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from studio.errors import StorageError

SHARED_FILE: Final = 0o666
"""As whoever runs the studio shares files: their umask takes from it."""

_PRIVATE_FILE: Final = 0o600
_PRIVATE_DIR: Final = 0o700
"""Voices are personal: only the account that runs the studio can read them."""

_NO_SUCH_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP})
"""What some network drives answer, which look after the names in a folder themselves."""

_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT: Final = getattr(os, "O_NONBLOCK", 0)
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | _NO_FOLLOW


@contextmanager
def disk_errors(failed: str, folder: Path) -> Generator[None, None, None]:
    """Turn what the disk refuses into a StorageError.

    ``failed`` says what did not happen ("'Anna' was not saved"); ``folder`` is where, for the
    free space.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(f"{failed}: {_reason(error, folder)}") from error


def _reason(error: OSError, folder: Path) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return (
            f"the disk is full ({_free_mb(folder)} MB free in {folder}). "
            f"Free some space and try again."
        )
    if error.errno == errno.EROFS:
        return f"{folder} is on a disk that can only be read. Choose another folder for the voices."
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"this account may not write in {folder}. Change its permissions and try again."
    cause = error.strerror or type(error).__name__
    return (
        f"the disk reported '{cause}' in {folder} ({_free_mb(folder)} MB free). "
        f"Check the disk, then look at what is there before trying again."
    )


def _free_mb(folder: Path) -> str:
    free = free_bytes(folder)
    return "?" if free is None else f"{free / 1e6:.1f}"


def free_bytes(folder: Path) -> int | None:
    """Room on the disk of ``folder``, which need not be there yet; None where nothing says so."""
    for place in (folder, *folder.parents):
        with suppress(OSError):
            return shutil.disk_usage(place).free
    return None


def require_space(folder: Path, size: int) -> None:
    """Refuse before anything is written what cannot end well.

    Raises:
        StorageError: fewer than ``size`` bytes are free.
    """
    free = free_bytes(folder)
    if free is not None and free < size:
        raise StorageError(
            f"This takes {size / 1e6:.1f} MB, but only {free / 1e6:.1f} MB are free in {folder}. "
            f"Free some space and try again."
        )


def read_regular(path: Path, limit: int) -> bytes:
    """The content of the file at ``path``: not of a link, a pipe or a device.

    Raises:
        FileNotFoundError, OSError: as usual.
        ValueError: it is no regular file, or larger than ``limit`` bytes.
    """
    # Without waiting, because opening a pipe would wait for its other end.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | _NO_FOLLOW | _NO_WAIT)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("is not a file")
        # One byte more than there should be, so that the end is seen in the first read.
        content = rest = os.read(descriptor, min(found.st_size, limit) + 1)
        while rest and len(content) <= limit:
            rest = os.read(descriptor, limit + 1 - len(content))
            content += rest
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise ValueError(f"has more than {limit / 1e6:.0f} MB")
    return content


def make_dir(path: Path) -> None:
    """Make a folder, durably; one that is there already is left as it is."""
    with suppress(FileExistsError):
        os.mkdir(path, _PRIVATE_DIR)  # noqa: PTH102 - the mode matters
        sync_dir(path.parent)


def make_dirs(path: Path) -> None:
    """Make a folder and those above it that are missing, durably."""
    if not path.is_dir():
        make_dirs(path.parent)
        make_dir(path)


def write_new(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file that is not there yet, durably but for its name (see ``sync_dir``)."""
    descriptor = os.open(path, _NEW, _PRIVATE_FILE)
    try:
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, chunks: Iterable[bytes], temporary: Path) -> None:
    """Put a whole file in place of ``path`` at one stroke; on failure the old one stays."""
    try:
        write_new(temporary, chunks)
        temporary.replace(path)
    except BaseException:
        remove_if_possible(temporary)
        raise
    sync_dir(path.parent)


def fill_file(path: Path, write: Callable[[Path], None], temporary: Path) -> None:
    """Let ``write`` write a whole file to the path that it is given, which then takes the place of
    ``path``; on failure the old one stays."""
    try:
        write(temporary)
        # Also what can be made again: after a power cut a file of zeros under a good name would
        # load, and speak noise.
        sync_file(temporary)
        temporary.replace(path)
    except BaseException:
        remove_if_possible(temporary)
        raise
    sync_dir(path.parent)


@contextmanager
def whole_file(
    path: Path, temporary: Path, mode: int = _PRIVATE_FILE
) -> Generator[BinaryIO, None, None]:
    """A file to write to that takes the place of ``path`` when the block ends well."""
    try:
        file = os.fdopen(os.open(temporary, _NEW, mode), "wb")
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        finally:
            with suppress(OSError):  # what could not be written cannot be at the end either
                file.close()
        temporary.replace(path)
    except BaseException:
        remove_if_possible(temporary)
        raise
    sync_dir(path.parent)


def move(source: Path, target: Path) -> None:
    """Rename, durably. The caller has made sure that ``target`` is free."""
    source.rename(target)
    sync_dir(target.parent)
    if source.parent != target.parent:
        sync_dir(source.parent)


def sync_file(path: Path) -> None:
    """Make the content of a file durable that somebody else wrote."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | _NO_FOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_dir(path: Path) -> None:
    """Make the names in a folder durable, where its file system lets anybody ask for that."""
    if os.name != "posix":
        return  # elsewhere a folder cannot be opened; the system looks after its names itself
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SUCH_SYNC:
            raise
    finally:
        os.close(descriptor)


def remove_if_possible(path: Path) -> None:
    """Delete a file or a folder and all in it; what the disk refuses is left for a later sweep."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
