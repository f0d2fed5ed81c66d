"""What a program hands in, which may be anything: taken if it is of the right kind.

The edge of the studio is Python, the page's endpoints and the command line alike, so each value is
looked at where it is first used, and a wrong one is a sentence there instead of a failure inside.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from studio.errors import OptionsError


def text(value: object, what: str) -> str:
    """``value`` if it is a string.

    Raises:
        OptionsError: it is not; ``what`` says in the message what it should have been.
    """
    if not isinstance(value, str):
        raise OptionsError(f"The {what} must be a string, not {_kind(value)}.")
    return value


def texts(value: object, what: str) -> list[str]:
    """``value`` if it is a list (or another collection) of strings, not one string.

    Raises:
        OptionsError
    """
    if isinstance(value, str | bytes | dict) or not isinstance(value, Iterable):
        raise OptionsError(f"The {what} must be a list of strings, not {_kind(value)}.")
    found = list(value)
    for entry in found:
        if not isinstance(entry, str):
            raise OptionsError(f"The {what} must be strings; {_kind(entry)} is among them.")
    return found


def path(value: object, what: str) -> Path:
    """``value`` as a path: it may be one, or a string.

    Raises:
        OptionsError
    """
    if isinstance(value, str | os.PathLike):
        name = os.fspath(value)
        if isinstance(name, str):
            return Path(name)
    raise OptionsError(f"The {what} must be a path or a string, not {_kind(value)}.")


def number(value: object, what: str) -> float:
    """``value`` if it is a number, also one of numpy; whole numbers stay whole.

    Raises:
        OptionsError
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise OptionsError(f"The {what} must be a number, not {_kind(value)}.")
    return int(value) if isinstance(value, Integral) else float(value)


def whole_number(value: object, what: str) -> int:
    """``value`` if it is a whole number, also one like 7.0.

    Raises:
        OptionsError
    """
    found = number(value, what)
    if found != found // 1:  # so that infinity and NaN are out as well
        raise OptionsError(f"The {what} must be a whole number, not {found}.")
    return int(found)


def _kind(value: Any) -> str:
    names = {type(None): "nothing", bool: "true or false", int: "a number", float: "a number",
             str: "a string", list: "a list", dict: "an object"}  # fmt: skip
    return names.get(type(value), type(value).__name__)
