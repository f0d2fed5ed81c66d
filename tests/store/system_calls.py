"""The system calls that change a file system, with something put in their way."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

CHANGES: Final = ("open", "write", "fsync", "rename", "replace", "unlink", "mkdir", "rmdir")


class SystemCalls(ABC):
    """``with``: each of ``CHANGES`` is what ``instead_of`` makes of the real one."""

    def __init__(self) -> None:
        self._real: dict[str, Callable[..., Any]] = {}

    @abstractmethod
    def instead_of(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """What Python calls as ``os.<name>`` in place of ``real``."""

    def __enter__(self) -> Self:
        for name in CHANGES:
            self._real[name] = getattr(os, name)
            setattr(os, name, self.instead_of(name, self._real[name]))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name, real in self._real.items():
            setattr(os, name, real)
