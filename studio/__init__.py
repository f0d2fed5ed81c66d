"""Voice Studio: make voice profiles, hear them side by side, and let them talk.

``from studio import Studio`` is all a program needs. ``import studio`` itself is light: what is
offered here is imported when it is first asked for, and torch only when something needs it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.core.speech.request import SpeechRequest as SpeechRequest
    from studio.core.voices.making import Clip as Clip
    from studio.studio import Studio as Studio

__version__ = "0.1.0"
__all__ = ["Clip", "SpeechRequest", "Studio", "__version__"]

_HOME = {
    "Clip": "studio.core.voices.making",
    "SpeechRequest": "studio.core.speech.request",
    "Studio": "studio.studio",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'studio' has no attribute {name!r}")
