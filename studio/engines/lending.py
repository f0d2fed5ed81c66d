"""Work on a card that is lent for a moment, as on a Hugging Face Space with ZeroGPU.

There the package ``spaces`` forks a process when work is called, and only that process gets a card.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, Protocol

from studio.engines.base import Lend, Work
from studio.errors import EngineError, StudioError


class Decorate(Protocol):
    """``spaces.GPU``, or what does the same."""

    def __call__(self, task: Work, *, duration: Callable[..., float]) -> Work: ...


@dataclass(frozen=True)
class _Job:
    work: Work
    seconds: Callable[..., float]


@dataclass(frozen=True)
class _Failure:
    """An error on its way: of one that is raised, ``spaces`` lets no more through than the name
    of its class."""

    error: StudioError


def lend_through(decorate: Decorate) -> Lend:
    """What lends by ``decorate``.

    Only one function is decorated, at once: a Space looks for one when it starts, and engines may
    come later. It finds the work by name, in what its process was forked with.
    """
    jobs: dict[str, _Job] = {}

    def task(name: str, *given: Any) -> Generator[Any, None, None]:
        _work_in_one_thread()
        try:
            yield from jobs[name].work(*given)
        except StudioError as error:
            yield _Failure(error)

    def duration(name: str, *given: Any) -> float:
        return jobs[name].seconds(*given)

    lent = decorate(task, duration=duration)

    def lend(name: str, work: Work, seconds: Callable[..., float]) -> Work:
        jobs[name] = _Job(work, seconds)
        return partial(_received, lent, name)

    return lend


def lend_by_zero_gpu() -> Lend | None:
    """What lends on a Space with ZeroGPU; None where ``why_not_lent`` says why."""
    spaces = _spaces()
    return None if isinstance(spaces, str) else lend_through(spaces.GPU)


def why_not_lent() -> str | None:
    """Why no card can be lent on this Space, without a full stop; None if one can."""
    spaces = _spaces()
    return spaces if isinstance(spaces, str) else None


def _received(lent: Work, name: str, *given: Any) -> Generator[Any, None, None]:
    try:
        with closing(lent(name, *given)) as made:
            for item in made:
                if isinstance(item, _Failure):
                    raise item.error
                yield item
    except StudioError:
        raise
    except Exception as error:  # of whatever kind: a refusal is an error of Gradio's
        raise EngineError(
            f"The graphics card that is lent to this Space could not be used: {_said(error)}. Try "
            "again later, or choose the studio voice, which needs none."
        ) from error


def _said(error: Exception) -> str:
    """What ``error`` says. Gradio's put quotes around it."""
    return str(getattr(error, "message", error)).strip().rstrip(".") or type(error).__name__


def _work_in_one_thread() -> None:
    """For all that torch and CSM's kernel do on the processor from here on.

    Threads do not outlive a fork, and OpenMP waits for ever for those that it had.
    """
    import torch

    torch.set_num_threads(1)


def _spaces() -> Any:
    """The package; where it cannot be used, what is wrong with it."""
    try:
        return import_module("spaces")
    except ImportError as error:
        return f"the package 'spaces' does not load ({error})"
    except (AssertionError, RuntimeError) as error:  # its own way to say what it lacks
        return f"the package 'spaces' cannot work here ({error})"
