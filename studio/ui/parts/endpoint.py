"""Endpoints for programs: what the page can do, callable with ``gradio_client``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import gradio as gr

from studio import given
from studio.errors import StudioError

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


text = given.text


def texts(value: object, what: str) -> list[str]:
    """``value`` if it is a list of strings; None is an empty one.

    Raises:
        OptionsError: it is something else.
    """
    return [] if value is None else given.texts(value, what)


def number(value: object, what: str) -> float | None:
    """``value`` if it is a number; None stays None.

    Raises:
        OptionsError: it is something else.
    """
    return None if value is None else given.number(value, what)
