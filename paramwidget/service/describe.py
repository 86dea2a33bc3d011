"""What the page sees of values: facts and statistics of a tensor, thumbnails, tiles, exact cells, spectra.

Each function reads under the session's lock what is asked for and no more, and turns it into wire structs.
"""

from __future__ import annotations

import math

import numpy as np

from paramwidget import dtypes, progress, statistics
from paramwidget import protocol as wire
from paramwidget.errors import HistoryError, NoValuesError, RegionError
from paramwidget.journal import changed
from paramwidget.notices import reason_text
from paramwidget.protocol import Cells, Description, Glance, Histogram, Number, Spectrum, Summary, Tile, number
from paramwidget.region import Region
from paramwidget.sampling import parts, sample
from paramwidget.session import Session
from paramwidget.tree import Parameter
from paramwidget.views import cells, heatmap, kernels
from paramwidget.views import spectrum as spectra
from paramwidget.views.domain import domain, edge
from paramwidget.views.plane import Plane, Window, plane_shape, to_plane, window_region

MAX_EXACT = 2**24
"""Values that are gone through for the statistics of a tensor; beyond that every k-th chunk is, and it is said."""

_BARS = 20
_MAX_ALIASES = 50


def describe(session: Session, path: str, half_width: float = 0.0) -> Description:
    """Facts, statistics and histogram; `half_width` 0 chooses the colour domain."""
    half_width = half_width if math.isfinite(half_width) else 0.0
    with session.lock:
        p = session.parameter(path)
        reason = "" if p.writable else reason_text(p.reason)
        if not p.readable or p.size == 0:
            return _description(session, p, reason, None, None, half_width or 1.0, [])
        regions, every = parts(p.shape, dtypes.itemsize(p.dtype), MAX_EXACT)
        summary = statistics.summarize(session.view(path, region) for region in regions)
        width = half_width or domain(summary, sample(session, p))
        bins = statistics.Histogram.empty(-edge(width), edge(width), 64)
        for region in regions:
            bins = bins + statistics.histogram(session.view(path, region), bins.low, bins.high)
        return _description(
            session,
            p,
            reason,
            wire_summary(summary, p.size, every),
            wire_histogram(bins, width),
            width,
            _slice_norms(session, p),
        )


def wire_summary(summary: statistics.Summary, size: int, every: int) -> Summary:
    """Statistics for the page, of a tensor of `size` values of which every `every`-th part was read."""
    return Summary(
        summary.count,
        summary.nan,
        summary.posinf,
        summary.neginf,
        summary.zeros,
        number(summary.min),
        number(summary.max),
        number(summary.mean),
        number(summary.std),
        # of all values, estimated if they were sampled; of no finite value there is none
        number(summary.l2 * math.sqrt(size / summary.count) if summary.finite else math.nan),
        every,
    )


def wire_histogram(bins: statistics.Histogram, width: float) -> Histogram:
    """A histogram for the page, on an axis of this half width."""
    return Histogram(number(-width), number(width), list(bins.counts), bins.under, bins.over)


def _description(
    session: Session,
    p: Parameter,
    reason: str,
    summary: Summary | None,
    bins: Histogram | None,
    width: float,
    slices: list[list[Number]],
) -> Description:
    return Description(
        path=p.path,
        shape=list(p.shape),
        dtype=p.dtype,
        axes=list(p.axes),
        device=p.device,
        bytes=p.bytes,
        role=p.role,
        lock=p.lock,
        alias=session.aliases(p.path)[:_MAX_ALIASES],
        readable=p.readable,
        writable=p.writable and session.adapter.writable,
        reason=reason,
        summary=summary,
        histogram=bins,
        domain=width,
        slices=slices,
    )


def _slice_norms(session: Session, p: Parameter) -> list[list[Number]]:
    """L2 norm of each slice along each axis, for the bars of the axis sliders; none where two axes show everything."""
    if len(p.shape) < 3 or p.size > 2**22:
        return [[] for _ in p.shape]
    real = dtypes.measure(session.view(p.path, Region.full(p.shape))).astype(np.float64)
    real = np.where(np.isfinite(real), real, 0.0)
    scale = float(np.abs(real).max()) or 1.0
    squares = np.square(real / scale)
    norms: list[list[Number]] = []
    for axis, n in enumerate(p.shape):
        if n > 512:
            norms.append([])
            continue
        sums = squares.sum(axis=tuple(other for other in range(len(p.shape)) if other != axis))
        norms.append([number(value) for value in scale * np.sqrt(sums)])
    return norms


def glance(session: Session, path: str) -> Glance:
    """A thumbnail: the shape of the distribution, and how many values are bad (counted in all values up to 16 M)."""
    with session.lock:
        p = session.parameter(path)
        if not p.readable or p.size == 0:
            return Glance(path, [], -1.0, 0, 0)
        values = dtypes.measure(sample(session, p))
        nan, inf = session.bad_values(p) if p.size <= 2**24 else statistics.non_finite(values)
        finite = values[np.isfinite(values)]
        if finite.size < 2:
            return Glance(path, [], -1.0, nan, inf)
        low, high = float(finite.min()), float(finite.max())
        if not low < high:
            return Glance(path, [], -1.0, nan, inf)
        scale = max(abs(low), abs(high))  # np.histogram overflows for ranges beyond the largest float
        counts, _ = np.histogram(finite / scale, _BARS if finite.size >= 40 else 11, (low / scale, high / scale))
        heights = np.ceil(counts * (255.0 / counts.max())).astype(int)
        return Glance(path, heights.tolist(), -low / (high - low) if low < 0 < high else -1.0, nan, inf)


def tile(session: Session, request: wire.GetTile) -> tuple[Tile, list[bytes]]:
    """A window at the screen's resolution, with the norms for its margins."""
    path, plane, window, inner = request.path, request.plane, request.window, request.inner
    with session.lock:
        shape = session.parameter(path).shape
        if 0 in shape:
            raise NoValuesError(f"{path} has shape {shape}, so it holds no values")
        within = kernels.inner_shape(shape, inner)
        each = math.prod(within)
        window_region(plane, shape, window, inner=inner)  # refuses a window that does not fit
        most = heatmap.MAX_DRAWN // each
        step_row, step_col = heatmap.steps(window.rows, window.cols, request.height, request.width, most)
        every = min(heatmap.sampling(window.rows * each, window.cols), step_row)
        values = session.view(path, window_region(plane, shape, window, every, inner))
        down = math.ceil(step_row / every)  # with every k-th row read, a drawn row covers 1/k as many of them
        if inner:
            stacked = kernels.stack(values, plane, inner)
            drawn, margins = kernels.tile(stacked, down, step_col), kernels.norms(stacked, down, step_col)
            height, width = drawn.shape[0], drawn.shape[2]
        else:
            matrix = to_plane(values, plane)
            drawn, margins = heatmap.tile(matrix, down, step_col), heatmap.norms(matrix, down, step_col)
            height, width = drawn.shape
        answer = Tile(path, plane, window, height, width, down * every, step_col, every, inner, within)
        return answer, [drawn.tobytes(), margins[0].tobytes(), margins[1].tobytes()]


def page(session: Session, path: str, plane: Plane, window: Window) -> tuple[Cells, list[bytes]]:
    """Exact cells of a window, and which of them differ from what was loaded: none where that cannot be told."""
    with session.lock:
        shape = session.parameter(path).shape
        plane_shape(plane, shape)
        if window.rows * window.cols > cells.MAX_CELLS:
            raise RegionError(f"a page holds at most {cells.MAX_CELLS} cells; ask for fewer rows or columns")
        region = window_region(plane, shape, window)
        values = np.array(session.view(path, region))
        try:
            marks = changed(values, session.at(0).read(path, region))
        except HistoryError:  # another view of this memory was edited
            marks = np.zeros(values.shape, bool)
        matrix = to_plane(values, plane)
        answer = Cells(path, plane, window, cells.texts(matrix))
        return answer, [cells.colours(matrix).tobytes(), to_plane(marks, plane).astype(np.uint8).tobytes()]


def spectrum(session: Session, path: str) -> tuple[Spectrum, list[bytes]]:
    """The singular values of a tensor, computed outside of the lock: that may take a second."""
    with session.lock:
        p = session.parameter(path)
        seen = spectra.matrix(p.shape, p.axes)  # refuses before anything is copied
        values = np.array(session.view(path, Region.full(p.shape)))
    progress.expect(2 * values.nbytes)
    progress.advance(values.nbytes)  # a page that has moved on ends it here
    found = spectra.spectrum(values, p.axes)
    answer = Spectrum(
        path,
        seen.name,
        seen.rows,
        seen.cols,
        number(found.edge),
        number(found.condition),
        number(found.stable_rank),
        number(found.effective_rank),
        found.energetic,
        found.above,
    )
    return answer, [found.values.astype("<f8").tobytes()]
