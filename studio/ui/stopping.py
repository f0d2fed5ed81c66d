"""What ends something long that a visitor has asked for."""

from __future__ import annotations

import threading


class RunningWork:
    """What tells the work of each open tab to stop, by Gradio's session. Thread-safe."""

    def __init__(self) -> None:
        self._stops: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def begin(self, session: str | None) -> threading.Event:
        """Set once this work is to stop; what was under way before stops now."""
        stopped = threading.Event()
        with self._lock:
            before = self._stops.get(session or "")
            self._stops[session or ""] = stopped
        if before is not None:
            before.set()
        return stopped

    def stop(self, session: str | None) -> None:
        """The visitor pressed Stop, or left."""
        with self._lock:
            stopped = self._stops.pop(session or "", None)
        if stopped is not None:
            stopped.set()
