"""One line per target: what was measured, against what, and whether the target is met."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple


class Line(NamedTuple):
    """`measured` must not be above `limit`; both in `unit`."""

    name: str
    measured: float
    limit: float
    unit: str
    detail: str


def side_by_side(*calls: Callable[[], object], rounds: int = 15) -> list[float]:
    """Median seconds of each call, taken in turns so that a slow moment of the machine hits all of them."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, taken in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in times]


def show(lines: list[Line]) -> None:
    """Print a table."""
    width = max(len(line.name) for line in lines)
    for line in lines:
        verdict = "ok  " if line.measured <= line.limit else "MISS"
        print(f"{verdict} {line.name:<{width}}  {line.measured:9.2f} of {line.limit:.2f} {line.unit:<4} {line.detail}")
