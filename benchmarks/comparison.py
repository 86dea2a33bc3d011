"""Comparing two models of 1 GB each, against `np.array_equal` over the same pairs of arrays."""

from __future__ import annotations

import numpy as np

from benchmarks.report import Line, side_by_side
from paramwidget.comparison import compare

TENSORS, VALUES = 16, 2**24
LIMIT = 2.5
"""Times as long as `np.array_equal`."""


def run() -> list[Line]:
    """All of them; takes 2 GB of memory."""
    rng = np.random.default_rng(0)
    a = {f"w{i}": rng.standard_normal(VALUES, dtype=np.float32) for i in range(TENSORS)}
    b = {name: values.copy() for name, values in a.items()}
    lines = [against_numpy("two equal models of 1 GB", a, b)]
    b["w7"][VALUES // 2] += 1
    lines.append(against_numpy("one cell differs", a, b))
    for values in b.values():
        values += np.float32(1e-3)
    lines.append(against_numpy("all cells differ", a, b))
    return lines


def against_numpy(name: str, a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> Line:
    """How much longer the comparison takes than only asking whether the arrays are equal."""
    numpy, ours = side_by_side(
        lambda: [np.array_equal(a[key], b[key]) for key in a],
        lambda: compare(a, b),
        rounds=7,
    )
    detail = f"compare {1e3 * ours:.0f} ms, np.array_equal {1e3 * numpy:.0f} ms"
    return Line(f"compare: {name}", ours / numpy, LIMIT, "x", detail)
