"""Endpoints for programs: what the page can do, callable with ``gradio_client``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import gradio as gr

from studio.errors import OptionsError, StudioError

P = ParamSpec("P")
R = TypeVar("R")


def plainly(work: Callable[P, R]) -> Callable[P, R]:
    """``work`` whose errors reach the caller as the plain sentences they are."""

    @functools.wraps(work)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except StudioError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return told


def text(value: object, what: str) -> str:
    """``value`` if it is a string: what programs send is whatever they send.

    Raises:
        OptionsError: it is not.
    """
    if not isinstance(value, str):
        raise OptionsError(f"The {what} must be a text, not {_kind(value)}.")
    return value


def texts(value: object, what: str) -> list[str]:
    """``value`` if it is a list of strings; None is an empty one.

    Raises:
        OptionsError: it is something else.
    """
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise OptionsError(f"The {what} must be a list of texts, not {_kind(value)}.")
    return value


def number(value: object, what: str) -> float | None:
    """``value`` if it is a number; None stays None.

    Raises:
        OptionsError: it is something else.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OptionsError(f"The {what} must be a number, not {_kind(value)}.")
    return value


def _kind(value: Any) -> str:
    names = {type(None): "nothing", bool: "true or false", int: "a number", float: "a number",
             str: "a text", list: "a list", dict: "an object"}  # fmt: skip
    return names.get(type(value), type(value).__name__)
