"""Which tensors of two models differ, and by how much: matched by path, measured without a whole tensor copied.

What is decided here:

- Two tensors are compared if they have one path and one shape. Tied ones are compared under each of their paths.
- `changed` counts cells whose bits differ: a NaN is the same as itself, and -0.0 is not 0.0, so that "equal" means that
  nothing at all can tell the two apart. A tensor can therefore differ by 0.
- What cannot be read of one side makes a row (`unreadable`) and keeps nothing else from being compared.
- Under one path with two element types (`dtype`), values count instead of bits, if both are real or both complex.
- `max_abs`, `relative` and `cosine` are over the cells that are finite on both sides. float32 and all types of one or two
  bytes are subtracted in float32, so that `max_abs` is the exact largest difference, rounded to float32 at most; the
  others in float64, where integers beyond 2**53 lose digits. Squares are added in float32 over short rows and in float64
  from there on. Of complex numbers, `max_abs` is |B - A| and the norms are those of their parts.

Not here: writing, patches, and how the differences are sorted, shown and exported (`result`).
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from paramwidget import dtypes, progress
from paramwidget.adapters import adapter_for
from paramwidget.comparison.result import Comparison, Difference, Match
from paramwidget.comparison.tally import Tally, difference_view, tally
from paramwidget.errors import HistoryError, NoValuesError
from paramwidget.region import Region
from paramwidget.tree import Node, Parameter

if TYPE_CHECKING:
    from paramwidget.session import Session

__all__ = ["Comparison", "Difference", "Match", "Side", "compare", "difference_view"]

_LEAST_PART, _PART = 2**20, 2**23
"""Bytes of a tensor that are read at a time."""


@runtime_checkable
class Side(Protocol):
    """One state of a model: all that a comparison reads. Called on the thread that compares, and on no other."""

    title: str
    """What it is called in a table."""

    def tree(self) -> Node:
        """The layer tree."""
        ...

    def read(self, path: str, region: Region) -> np.ndarray:
        """Values of a region with the tensor's rank; may be a read-only view of live memory."""
        ...


def compare(a: Any, b: Any) -> Comparison:
    """Which tensors of `a` and `b` differ, and by how much.

    Parameters
    ----------
    a, b
        Models that an adapter fits, sessions, or anything with `title`, `tree()` and `read(path, region)`.

    Raises
    ------
    UnsupportedModelError
        One of them is none of these.
    ClosedError
        One of them is a session that was closed.
    PathError, RegionError
        A model was built anew while it was compared.
    """
    left, right = _source(a), _source(b)
    others = right.root.index
    rows = []
    progress.expect(sum(p.bytes for path, p in left.root.index.items() if path in others))
    workers = min(8, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers, thread_name_prefix="paramwidget-compare") as pool:
        for path, p in left.root.index.items():
            q = others.get(path)
            if q is None:
                rows.append(Difference(path, "only-a", p.shape, None, p.dtype, "", p.size))
            else:
                rows.append(_compare(left, right, p, q, pool, 2 * workers))
    known = left.root.index
    rows += [
        Difference(path, "only-b", None, q.shape, "", q.dtype, q.size)
        for path, q in others.items()
        if path not in known
    ]
    return Comparison(left.title, right.title, rows)


# ---------------------------------------------------------------------- sides and rows


class _Source(NamedTuple):
    """A side that was opened: its tree, how it is read, and what is held while its memory is looked at."""

    title: str
    root: Node
    read: Callable[[str, Region], np.ndarray]
    lock: AbstractContextManager[Any]


def _source(given: Any) -> _Source:
    if _is_session(given):
        session: Session = given
        return _Source(session.title, session.tree, session.adapter.read, session.lock)
    if isinstance(given, Side):
        return _Source(given.title, given.tree(), given.read, nullcontext())
    adapter = adapter_for(given)
    root = adapter.tree()
    return _Source(root.name, root, adapter.read, nullcontext())


def _is_session(given: Any) -> bool:
    """Asked of the class: a closed session still is one, and a model may have an attribute of any name."""
    return hasattr(given, "lock") and all(hasattr(type(given), name) for name in ("adapter", "tree", "title"))


def _compare(left: _Source, right: _Source, p: Parameter, q: Parameter, pool: Executor, ahead: int) -> Difference:
    """The row of a tensor that both sides have."""
    facts = (p.shape, q.shape, p.dtype, q.dtype, p.size)
    if p.shape != q.shape:
        return Difference(p.path, "shape", *facts)
    kinds = {dtypes.kind(p.dtype), dtypes.kind(q.dtype)}
    if not (p.readable and q.readable) or "other" in kinds:
        return Difference(p.path, "unreadable", *facts)
    if "complex" in kinds and len(kinds) > 1:
        return Difference(p.path, "dtype", *facts)
    # always in one order, so that two comparisons never wait for each other
    first, second = sorted((left.lock, right.lock), key=id)
    try:
        with first, second:
            total = _gone_through(left, right, p, pool, ahead)
    except (NoValuesError, HistoryError):  # taken away meanwhile, or not told by the history
        return Difference(p.path, "unreadable", *facts)
    match: Match = "dtype" if p.dtype != q.dtype else "differs" if total.changed else "equal"
    relative = total.gap / total.a if total.a else math.inf if total.b else 0.0
    cosine = max(-1.0, min(1.0, total.cosine)) if total.a and total.b else math.nan
    if match == "equal" and total.a:
        cosine = 1.0  # whatever the rounding of sums says
    return Difference(p.path, match, *facts, total.changed, total.max_abs, relative, cosine, total.nan_a, total.nan_b)


def _gone_through(left: _Source, right: _Source, p: Parameter, pool: Executor, ahead: int) -> Tally:
    """Read on this thread, which holds the locks and so may read a side that takes them itself; computed on others."""
    budget = min(_PART, max(_LEAST_PART, 2 * p.bytes // ahead))
    regions = Region.full(p.shape).chunks(dtypes.itemsize(p.dtype), budget)
    pairs = ((left.read(p.path, region), right.read(p.path, region)) for region in regions)
    total = Tally()
    if p.bytes <= budget:
        for a, b in pairs:
            total += tally(a, b)
            progress.advance(a.nbytes)
        return total
    running: deque[Future[Tally]] = deque()
    try:
        for a, b in pairs:
            running.append(pool.submit(tally, a, b))
            progress.advance(a.nbytes)
            if len(running) > ahead:  # what was read may be copies: only so many at a time
                total += running[0].result()
                running.popleft()  # not before: an interrupt may come while it is waited for
    finally:
        wait(running)  # nobody may look at live memory once the locks are given back
    return sum((part.result() for part in running), total)
