"""What ends something long that a visitor has asked for."""

from __future__ import annotations

import threading


class RunningWork:
    """What tells the work of each open tab to stop, by Gradio's session. Thread-safe."""

    def __init__(self) -> None:
        self._stops: dict[str, tuple[str, threading.Event]] = {}
        self._lock = threading.Lock()

    def begin(self, session: str | None, run: str = "") -> threading.Event:
        """Set once this work, called ``run``, is to stop; what was under way before stops now."""
        stopped = threading.Event()
        with self._lock:
            _, before = self._stops.get(session or "", ("", None))
            self._stops[session or ""] = run, stopped
        if before is not None:
            before.set()
        return stopped

    def stop(self, session: str | None, run: str | None = None) -> None:
        """The visitor pressed Stop, or left. A Stop for another ``run`` comes too late."""
        with self._lock:
            now, stopped = self._stops.get(session or "", ("", None))
            if stopped is None or run not in (None, now):
                return
            del self._stops[session or ""]
        stopped.set()
