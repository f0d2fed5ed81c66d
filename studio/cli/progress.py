"""Progress on standard error, for a person who watches; nothing where nobody does."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TextIO

from studio.cli.answer import plain

BAR = 20


class ProgressLine:
    """One line that is written over and over and is gone in the end. Use in a ``with`` block."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._shown = self._stream.isatty()

    def __call__(self, share: float, what: str) -> None:
        if self._shown:
            done = round(min(max(share, 0.0), 1.0) * BAR)
            bar = "█" * done + "░" * (BAR - done)
            self._stream.write(f"\r\x1b[K{bar} {share:4.0%}  {plain(what)[:50]}")
            self._stream.flush()

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
