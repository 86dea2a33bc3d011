"""A long random walk of edits, freezes, undo and redo; whoever runs it looks whether the way back leads to the start."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paramwidget import Session, dtypes
from paramwidget.edits import Assign, Edit
from paramwidget.errors import ValueRefusedError
from paramwidget.journal import same_bytes
from paramwidget.region import Region, Span
from paramwidget.tree import Parameter


def contents(session: Session) -> dict[str, np.ndarray]:
    """Copies of all values, through the session."""
    return {p.path: session.read(p.path) for p in session.tree.walk() if p.readable}


def locks(session: Session) -> dict[str, bool | None]:
    """Which tensors train."""
    return {p.path: p.trainable for p in session.tree.walk()}


def differing(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> list[str]:
    """Paths whose bits differ."""
    return [path for path in {**a, **b} if path not in a or path not in b or not same_bytes(a[path], b[path])]


def walk(session: Session, rng: np.random.Generator, steps: int, freezable: Sequence[str] = ()) -> None:
    """Walk `steps` random steps; `freezable` are tensors and layers to freeze and unfreeze.

    Every step is checked: an entry is recorded exactly if something changed, undo and redo lead to what was there, and
    refused edits change nothing.
    """
    writable = [p for p in session.tree.walk() if p.writable]
    past = [(contents(session), locks(session))]  # past[i] is what i entries lead to
    at = 0
    for _ in range(steps):
        number = rng.integers(20)
        if number < 5:
            entry = session.undo()
            assert (entry is None) == (at == 0)
            at -= entry is not None
        elif number < 8:
            entry = session.redo()
            assert (entry is None) == (at == len(past) - 1)
            at += entry is not None
        elif number == 8:
            _refused(session, rng, writable)
        else:
            if number < 11 and freezable:
                what = str(rng.choice(list(freezable)))
                entry = session.freeze(what) if rng.integers(2) else session.unfreeze(what)
            else:
                several = rng.integers(1, 4) if number == 11 else 1
                entry = session.apply([_edit(rng, writable[rng.integers(len(writable))]) for _ in range(several)])
            if entry is not None:
                at += 1
                del past[at:]
                past.append((contents(session), locks(session)))
                assert differing(past[at][0], past[at - 1][0]) or past[at][1] != past[at - 1][1], entry
        assert not differing(contents(session), past[at][0]), f"step {at} of the history differs after {entry!r}"
        assert locks(session) == past[at][1]
        assert len(session.history) == at
    assert len(past) > 1, "the walk went nowhere"


def _refused(session: Session, rng: np.random.Generator, writable: Sequence[Parameter]) -> None:
    p = writable[rng.integers(len(writable))]
    edits = [_edit(rng, writable[rng.integers(len(writable))]) for _ in range(2)]
    edits.append(Edit(p.path, Region.full(p.shape), Assign(np.zeros((*p.shape, 2)))))
    try:
        session.apply(edits)
    except ValueRefusedError:
        return
    raise AssertionError("values of another shape were taken")


def _edit(rng: np.random.Generator, p: Parameter) -> Edit:
    spans = []
    for n in p.shape:
        start = int(rng.integers(0, n + 1))
        stop = int(rng.integers(start, n + 1))
        spans.append(Span(start, stop, int(rng.integers(1, 4))) if rng.integers(3) else Span(0, n))
    region = Region(tuple(spans), p.shape)
    dtype = dtypes.numpy_dtype(p.dtype)
    family = dtypes.kind(p.dtype)
    if family in ("int", "uint", "bool"):
        low, high = (0, 1) if family == "bool" else dtypes.limits(p.dtype)
        ends = np.array([low, high, 0, 1, high - 1], dtype=object)
        values = ends[rng.integers(0, 5, region.extent)]
        values = np.asarray(values, dtype=np.uint64 if low >= 0 else np.int64).astype(dtype)
    else:  # any bits: NaN payloads, infinities, signed zeros
        values = np.frombuffer(rng.bytes(region.size * dtype.itemsize), dtype).reshape(region.extent)
        if rng.integers(2):
            values = rng.normal(size=region.extent).astype(dtype)
    return Edit(p.path, region, Assign(values))
