from __future__ import annotations

import json

import pytest

from bench.figures import Figure, figures_table, median_seconds, seconds


@pytest.mark.parametrize(
    ("value", "target", "at_least", "reached"),
    [
        (3.0, 3.0, False, True),
        (3.1, 3.0, False, False),
        (0.7, 0.7, True, True),
        (0.69, 0.7, True, False),
        (float("nan"), 3.0, False, False),
        (1.0, None, False, None),
    ],
)
def test_a_target_is_reached_or_missed(
    value: float, target: float | None, at_least: bool, reached: bool | None
) -> None:
    assert Figure("x", value, "s", target, at_least).reached is reached


def test_a_miss_can_be_read_in_the_table() -> None:
    missed = Figure("time", 4.0, "s", 3.0, baseline=2.0, baseline_name="plain", note="why")
    shown = figures_table([missed.cells("build")])
    assert "4 s" in shown
    assert "≤ 3 s" in shown
    assert "MISSED" in shown
    assert "2 s plain" in shown
    assert "2.00" in shown


def test_a_row_is_plain_json_also_where_nothing_could_be_measured() -> None:
    row = Figure("x", float("nan"), baseline=0.0).row("part")
    assert json.loads(json.dumps(row, allow_nan=False))["value"] is None
    assert row["ratio"] is None


def test_the_median_forgives_one_slow_call() -> None:
    took_s, result = seconds(lambda: 42)
    assert result == 42
    assert took_s >= 0
    calls = []
    assert median_seconds(lambda: calls.append(1), 5) >= 0
    assert len(calls) == 5
