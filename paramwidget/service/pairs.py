"""One tensor in two states of the model, side by side with their difference, for the page."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec import Struct

from paramwidget import comparison, dtypes, statistics
from paramwidget import protocol as wire
from paramwidget.errors import HistoryError, NoValuesError
from paramwidget.region import Region
from paramwidget.sampling import parts
from paramwidget.service.describe import MAX_EXACT, wire_histogram, wire_summary
from paramwidget.service.past import Narrowed, compared_row, state
from paramwidget.service.watch import Watch, checksum
from paramwidget.session import Session
from paramwidget.states import State
from paramwidget.views import heatmap
from paramwidget.views.domain import domain, edge
from paramwidget.views.plane import to_plane, window_region

_SAMPLED = 2**12


class _Whole(Struct, frozen=True):
    """What is known of all values of a tensor; of a very large one, of every k-th chunk."""

    summary: statistics.Summary
    width: float
    bins: statistics.Histogram
    every: int


class _Known(Struct, frozen=True):
    a: _Whole
    b: _Whole
    apart: _Whole
    row: wire.ComparedRow


class Pairs:
    """Remembers what is known of the two whole tensors while the page walks through their planes."""

    def __init__(self, session: Session, watch: Watch) -> None:
        self._session, self._watch = session, watch
        self._key: tuple[object, ...] = ()
        self._known: _Known | None = None

    def answer(self, request: wire.GetPair) -> tuple[wire.Pair, list[bytes]]:
        """One plane in both states, and their difference."""
        left, right = state(self._session, request.a), state(self._session, request.b)
        path, plane, window = request.path, request.plane, request.window
        p, q = right.tree()[path], left.tree()[path]
        if q.shape != p.shape:
            raise HistoryError(f"{path} has shape {q.shape} in {left.title} and {p.shape} in {right.title}")
        if 0 in p.shape:
            raise NoValuesError(f"{path} has shape {p.shape}, so it holds no values")
        window_region(plane, p.shape, window)  # refuses a window that does not fit
        if not request.a.kind == request.b.kind == "snapshot":  # else nothing of the model is shown
            self._watch.looked(self._session, path)
        down, across = heatmap.steps(window.rows, window.cols, request.height, request.width, heatmap.MAX_DRAWN // 3)
        every = min(heatmap.sampling(window.rows, window.cols), down)
        region = window_region(plane, p.shape, window, every)
        down = -(-down // every)
        one, other = left.read(path, region), right.read(path, region)
        apart = comparison.difference_view(one, other, request.relative)
        tiles = [heatmap.tile(to_plane(values, plane), down, across) for values in (one, other, apart)]
        known = self._of(request, left, right, p.shape)
        width = max(known.a.width, known.b.width)
        reply = wire.Pair(
            path,
            plane,
            window,
            tiles[0].shape[0],
            tiles[0].shape[1],
            down * every,
            across,
            width,
            known.apart.width,
            wire_summary(known.a.summary, p.size, known.a.every),
            wire_summary(known.b.summary, p.size, known.b.every),
            wire_histogram(known.a.bins, width),
            wire_histogram(known.b.bins, width),
            wire_histogram(known.apart.bins, known.apart.width),
            known.row,
        )
        return reply, [drawn.tobytes() for drawn in tiles]

    def _of(self, request: wire.GetPair, left: State, right: State, shape: tuple[int, ...]) -> _Known:
        session, path = self._session, request.path
        # a snapshot that is taken again counts as a revision only; what something else wrote as a generation only, and not
        # before it is noticed
        with session.lock:
            at = session.revision, session.generation, session.journal.position, checksum(session, path)
        key = (request.a, request.b, path, request.relative, *at)
        if self._known is None or self._key != key:

            def apart(region: Region) -> np.ndarray:
                return comparison.difference_view(left.read(path, region), right.read(path, region), request.relative)

            def read(side: State) -> Callable[[Region], np.ndarray]:
                return lambda region: side.read(path, region)

            a, b = _summed(read(left), shape), _summed(read(right), shape)
            width = max(a[1], b[1])
            row = comparison.compare(Narrowed(left, {path}), Narrowed(right, {path}))[path]
            gap, every = _summed(apart, shape), _parts(shape)[1]
            self._known = _Known(
                _Whole(a[0], a[1], _binned(read(left), shape, width), every),
                _Whole(b[0], b[1], _binned(read(right), shape, width), every),
                _Whole(gap[0], gap[1], _binned(apart, shape, gap[1]), every),
                compared_row(row),
            )
            self._key = key
        return self._known


def _parts(shape: tuple[int, ...]) -> tuple[list[Region], int]:
    """What is read of either state, whose element types may differ: as if each value had 8 bytes."""
    return parts(shape, 8, MAX_EXACT)


def _summed(read: Callable[[Region], np.ndarray], shape: tuple[int, ...]) -> tuple[statistics.Summary, float]:
    """Statistics, and the half width of a colour axis."""
    total, sampled = statistics.Summary(), []
    for region in _parts(shape)[0]:
        values = read(region)
        total = total + statistics.Summary.of(values)
        flat = dtypes.measure(values).reshape(-1)
        sampled.append(np.array(flat[:: max(1, flat.size // _SAMPLED)]))
    return total, domain(total, np.concatenate(sampled))


def _binned(read: Callable[[Region], np.ndarray], shape: tuple[int, ...], width: float) -> statistics.Histogram:
    total = statistics.Histogram.empty(-edge(width), edge(width), 64)
    for region in _parts(shape)[0]:
        total = total + statistics.histogram(read(region), total.low, total.high)
    return total
