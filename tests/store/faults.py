"""A disk that fails, or a process that dies, at the Nth change.

``Disk`` stands between Python and the system calls that change a file system. It counts them, and
at the one it was told it fails, or kills the process for real. Syncs are counted but not done:
these tests are about order, and ``power_cut`` about what is durable.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, Final

from studio.errors import StudioError
from tests.store.system_calls import SystemCalls

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT

DONE, REFUSED, BROKE = 0, 3, 4


class Disk(SystemCalls):
    """``with Disk(...)``: system calls go through here; ``count`` says how many changed something.

    ``fail_at`` = N lets the Nth change fail with ``error``, or every one from the Nth on
    (``for_good``); with ``kill`` the process dies there, in the middle of it if it is a write.
    ``short`` lets each write take only half of what it is given.
    """

    def __init__(
        self,
        *,
        fail_at: int = 0,
        error: int = 0,
        for_good: bool = False,
        kill: bool = False,
        short: bool = False,
    ) -> None:
        super().__init__()
        self.count = 0
        self.names: list[str] = []
        self._fail_at, self._error, self._for_good = fail_at, error, for_good
        self._kill, self._short = kill, short

    def instead_of(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            if name == "open" and not args[1] & _WRITING:
                return real(*args, **named)
            self.count += 1
            self.names.append(name)
            if self._fail_at and (
                self.count == self._fail_at or (self._for_good and self.count > self._fail_at)
            ):
                if self._kill:
                    if name == "write":
                        real(args[0], bytes(args[1])[: len(args[1]) // 2])
                    os.kill(os.getpid(), signal.SIGKILL)
                raise OSError(self._error, os.strerror(self._error))
            if name == "fsync":
                return None
            if name == "write" and self._short:
                return real(args[0], bytes(args[1])[: max(1, len(args[1]) // 2)])
            return real(*args, **named)

        return call


def in_child(act: Callable[[], object]) -> int:
    """Run ``act`` in a forked process: how it ended, or minus the signal that killed it."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        act()
        code = DONE
    except StudioError:
        code = REFUSED
    except BaseException:
        traceback.print_exc()
        code = BROKE
    finally:
        sys.stderr.flush()
    os._exit(code)
