"""Trying values out and taking them back, against the framework's own operations on the same tensor."""

from __future__ import annotations

import itertools
import time

import keras
import numpy as np
import torch

import paramwidget as pw
from benchmarks.report import Line, side_by_side
from paramwidget import edits

CELLS = 10_000


def run() -> list[Line]:
    """All of them."""
    return [preview_torch(), preview_keras(), sparse_prune(), undo_cells()]


def preview_torch() -> Line:
    """One step of a dragged slider on a slice of a million values, against `mul_` on that slice."""
    model = torch.nn.Linear(2000, 2000, bias=False)
    part = torch.nn.Linear(2000, 2000, bias=False).weight.detach()[:1000, :1000]  # a preview notices other writers
    trial = pw.Session(model).preview("weight", region="[0:1000, 0:1000]")
    factors = itertools.cycle(np.linspace(0.5, 1.5, 100).tolist())
    ours, own = side_by_side(lambda: trial.apply(edits.Scale(next(factors))), lambda: part.mul_(1.0001))
    trial.revert(force=True)
    return _step("preview of scale, 1M values of a torch tensor", ours, own)


def preview_keras() -> Line:
    """The same on a Keras variable, against assigning the scaled slice."""
    layer, other = (keras.layers.Dense(2000, use_bias=False) for _ in range(2))
    layer.build((None, 2000))
    other.build((None, 2000))
    value = other.kernel.value
    trial = pw.Session(layer).preview("kernel", region="[0:1000, 0:1000]")
    factors = itertools.cycle(np.linspace(0.5, 1.5, 100).tolist())
    ours, own = side_by_side(
        lambda: trial.apply(edits.Scale(next(factors))),
        lambda: value[:1000, :1000].assign(value[:1000, :1000] * 1.0001),
    )
    trial.revert(force=True)
    return _step("preview of scale, 1M values of a Keras variable", ours, own)


def _step(name: str, ours: float, own: float) -> Line:
    detail = f"the framework's own {1e3 * own:.2f} ms, ratio {ours / own:.1f}; limit is 3 x + 2 ms"
    return Line(name, 1e3 * ours, 3e3 * own + 2, "ms", detail)


def sparse_prune() -> Line:
    """Memory for undoing a prune that reaches one value in a hundred, against the bytes of the tensor."""
    model = {"w": np.random.default_rng(0).standard_normal((1000, 1000), dtype=np.float32)}
    entry = pw.Session(model).edit("w", edits.Prune(fraction=0.01))
    assert entry is not None
    held = entry.bytes / model["w"].nbytes
    return Line(
        "undo memory of a prune of 1 %", held, 0.1, "x", f"{entry.bytes:,} bytes held for {entry.count:,} cells"
    )


def undo_cells() -> Line:
    """Undoing 10,000 edits of one cell each, one by one."""
    model = torch.nn.Linear(1000, 1000)
    session = pw.Session(model)
    weight = session["weight"]
    for i in range(CELLS):
        weight[i // 100, i % 100] = float(i)
    start = time.perf_counter()
    while session.undo() is not None:
        pass
    taken = time.perf_counter() - start
    return Line("undo of 10,000 cell edits", taken, 1.0, "s", f"{1e6 * taken / CELLS:.0f} µs each")
