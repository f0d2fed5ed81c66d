"""Memory that the C library keeps for later, although nothing in it is used any more."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Hand to the system what large tensors have left behind: hundreds of megabytes after a voice
    was measured. Only glibc keeps so much, and only there it is asked."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
