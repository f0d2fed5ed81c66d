"""Voice Studio: make voice profiles, hear them side by side, and let them talk.

``import studio`` is light on purpose: neither torch nor gradio is imported until it is needed.
"""

from __future__ import annotations

__version__ = "0.1.0"
