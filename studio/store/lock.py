"""One writer at a time, across threads and processes.

The lock is one per owner and not one per profile: names are unique among an owner's profiles, so
a save must know them all, and no save takes longer than writing its own files. Readers need no
lock: ``metadata.json`` is replaced at one stroke, and the hashes in it vouch for the files.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from studio.errors import StorageError

_POLL_S: Final = 0.01


@contextmanager
def locked(path: Path, timeout_s: float) -> Generator[None, None, None]:
    """Hold the lock file at ``path``; it is never deleted. Ends with the process that holds it.

    Raises:
        StorageError: somebody else held it for all of ``timeout_s``.
        OSError: the lock file cannot be opened.
    """
    # A new object each time: flock then keeps threads apart just as it does processes.
    lock = FileLock(
        path, timeout=timeout_s, poll_interval=_POLL_S, mode=0o600, fallback_to_soft=False
    )
    try:
        lock.acquire()
    except Timeout as error:
        raise StorageError(
            f"Another window or program has been saving voices for {timeout_s:g} s, so nothing "
            f"was changed. Wait until it is done, then try again."
        ) from error
    try:
        yield
    finally:
        lock.release()
