"""What a bench returns: figures with their target and their baseline, and how they are shown."""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import numpy as np

from studio.cli.answer import table

T = TypeVar("T")


class SkipPart(Exception):  # noqa: N818 (it is no error)
    """A part cannot run on this machine; the message says what is missing."""


@dataclass(frozen=True)
class Report:
    """``data`` for machines; ``text`` for people, which ends in the same data as one line."""

    data: dict[str, Any]
    text: str


@dataclass(frozen=True)
class Figure:
    """One measured value. ``target`` is a bound: the most, or with ``at_least`` the least."""

    name: str
    value: float
    unit: str = ""
    target: float | None = None
    at_least: bool = False
    baseline: float | None = None
    baseline_name: str = ""
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return bool(self.value >= self.target if self.at_least else self.value <= self.target)

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None

    def row(self, part: str) -> dict[str, Any]:
        """Plain values for ``json.dumps``."""
        values = {key: _plain(value) for key, value in asdict(self).items()}
        return {"part": part, **values, "ratio": _plain(self.ratio), "reached": self.reached}

    def cells(self, part: str) -> list[str]:
        bound = "" if self.target is None else f"{'≥' if self.at_least else '≤'} "
        return [
            part,
            self.name,
            self._shown(self.value),
            "" if self.target is None else bound + self._shown(self.target),
            {True: "reached", False: "MISSED", None: ""}[self.reached],
            "" if self.baseline is None else f"{self._shown(self.baseline)} {self.baseline_name}",
            "" if self.ratio is None else f"{self.ratio:.2f}",
            self.note,
        ]

    def _shown(self, value: float) -> str:
        digits = f"{round(value, 3):.3g}" if abs(value) < 1000 else f"{value:,.0f}"
        return f"{digits} {self.unit}".rstrip()


def _plain(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        value = float(value)
        return round(value, 4) if math.isfinite(value) else None  # JSON has no NaN
    return value


def figures_table(rows: list[list[str]]) -> str:
    """The cells of many figures, aligned."""
    return table(["Part", "What", ">Measured", ">Target", "", ">Baseline", ">Ratio", "Note"], rows)


def seconds(call: Callable[[], T]) -> tuple[float, T]:
    """How long ``call`` takes, and what it returns."""
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result


def processor_seconds() -> float:
    """What this process and its finished children have used so far: what a busy machine, which
    makes everything slower by the clock, leaves as it is."""
    return sum(os.times()[:4])


def median_seconds(call: Callable[[], object], times: int) -> float:
    """The median of ``times`` calls: one hiccup of the machine does not decide."""
    return statistics.median(seconds(call)[0] for _ in range(times))
