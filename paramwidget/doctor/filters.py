"""Rules on filters, the slices of a weight along its outputs: zero, constant, repeated, or far larger than the others.

Pure: from a scan to findings. Which axis filters lie along is said in `scan.filter_axis`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from paramwidget import dtypes
from paramwidget.doctor.findings import FEW, LARGEST_FACTOR, Finding, Severity, joined, listed
from paramwidget.doctor.scan import Filters, Scan
from paramwidget.edits import Compute, Edit, Scale
from paramwidget.region import Region

FILTER_FACTOR = 10
"""A filter stands out with a norm of so many times the median."""
FILTER_SHARE = 0.1
"""If more filters than this stand out, that is how the tensor is made."""
FEWEST_FILTERS = 8
"""And as many values of a filter: among fewer, chance alone makes factors of 10."""

_SAFE = 8
"""A normal draw beyond so many standard deviations does not happen."""


def zero_filters(scan: Scan) -> Iterator[Finding]:
    """Filters of nothing but zeros: their output is a constant, and with a ReLU behind it they may never learn again.

    A tensor of zeros is only mentioned: last layers and residual branches are started so (Zhang et al., Fixup, 2019).
    In an embedding one row of zeros is its padding.
    """
    filters, p = scan.filters, scan.p
    if filters is None or filters.length < 2:
        return
    which = np.flatnonzero(filters.zero)
    if not which.size or (scan.is_embedding and which.size == 1):
        return
    if which.size == len(filters):
        text = f"All {p.size:,} values are 0; usual for a layer that was just made, and nothing to worry about then."
        full = Region.full(p.shape)
        yield Finding("zero-filter", "info", p.path, full, len(filters), f"all of {p.path} is 0", text)
        return
    title = f"{_of(which, filters)} zero in {p.path}"
    where = _filters(filters, which)
    if scan.is_embedding:
        text = f"Rows {where} hold zeros only; usual for padding and for words that are not used."
        yield _about(scan, "zero-filter", "info", which, f"{_of(which, filters, 'rows')} zero in {p.path}", text)
        return
    text = (
        f"Nothing but zeros at {where}; such a filter gives the same output for every input and may never learn again."
    )
    yield _about(scan, "zero-filter", "warn", which, title, text, *_redraw(scan, which))


def constant_filters(scan: Scan) -> Iterator[Finding]:
    """Filters that hold one value everywhere: they see nothing but the sum of their inputs.

    A whole tensor like this is only mentioned if its axes are not known to be those of a layer: scales are.
    """
    filters, p = scan.filters, scan.p
    if filters is None or filters.length < 2:
        return
    which = np.flatnonzero(filters.constant)
    if not which.size:
        return
    where = _filters(filters, which)
    text = f"One value everywhere at {where}; such a filter sees only the sum of its inputs."
    title = f"{_of(which, filters)} constant in {p.path}"
    yield _about(scan, "constant-filter", _unless_made_so(scan, which), which, title, text, *_redraw(scan, which))


def duplicate_filters(scan: Scan) -> Iterator[Finding]:
    """Filters that are bit-identical: with equal gradients they stay so, which is why weights are drawn at random.

    See Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 8.4, on breaking symmetry. Of more than
    `scan.COMPARED` candidates only the first are counted.
    """
    filters, p = scan.filters, scan.p
    if filters is None or not filters.first_equal:
        return
    pairs = sorted(filters.first_equal.items())
    which = np.array([later for later, _ in pairs])
    shown = [f"{later} = {earlier}" for later, earlier in pairs[:FEW]]
    noun = "rows" if scan.is_embedding else "filters"
    all_alike = len(pairs) == len(filters) - 1
    severity: Severity = "info" if scan.is_embedding else _unless_made_so(scan, which) if all_alike else "warn"
    text = (
        f"{joined(shown, len(pairs))} along axis {filters.axis}, bit for bit, the first at "
        f"{filters.region(pairs[0][0])} and {filters.region(pairs[0][1])}; each repeats what the other computes."
    )
    title = f"{_of(which, filters, noun)} repeated in {p.path}"
    yield _about(scan, "duplicate-rows", severity, which, title, text, *_redraw(scan, which))


def loud_filters(scan: Scan) -> Iterator[Finding]:
    """Filters with a norm of more than 10 times the median of their tensor; a few only, else the tensor is made so."""
    filters, p = scan.filters, scan.p
    if filters is None or min(len(filters), filters.length) < FEWEST_FILTERS:
        return
    norms = np.where(filters.finite, filters.norms, np.nan)
    norms[~np.isfinite(norms)] = np.nan
    known = norms[np.isfinite(norms)]
    median = float(np.median(known)) if known.size else 0.0
    if not median:
        return
    which = np.flatnonzero(norms > FILTER_FACTOR * median)
    if not which.size or which.size > max(1, FILTER_SHARE * len(filters)):
        return
    most = float(norms[which].max() / median)
    text = (
        f"Norms up to {most:,.3g} times the median ({median:.3g}) at {_filters(filters, which)}; such a filter drowns "
        "the others."
    )
    title = f"{_of(which, filters)} far larger than the others in {p.path}"
    fix = [Edit(p.path, filters.region(i), Scale(median / float(norms[i]))) for i in which.tolist()]
    fits = most < LARGEST_FACTOR
    yield _about(
        scan, "norm", "warn", which, title, text, fix if fits else (), "Scale to the median norm" if fits else ""
    )


def _about(
    scan: Scan,
    kind: str,
    severity: Severity,
    which: np.ndarray,
    title: str,
    text: str,
    fix: Sequence[Edit] = (),
    fix_label: str = "",
) -> Finding:
    """A finding on some filters."""
    assert scan.filters is not None
    region = scan.filters.region(int(which[0]))
    return Finding(kind, severity, scan.p.path, region, int(which.size), title, text, tuple(fix), fix_label)


def _redraw(scan: Scan, which: np.ndarray) -> tuple[list[Edit], str]:
    """Normal values with the spread of the healthy filters, for each run of filters; nothing if there are none."""
    filters, p = scan.filters, scan.p
    assert filters is not None
    healthy = filters.finite & (filters.low < filters.high)
    healthy[which] = False
    spread = filters.spread(healthy)
    if not 0 < spread * _SAFE < float(dtypes.limits(p.dtype)[1]):
        return [], ""
    ends = [-1, *np.flatnonzero(np.diff(which) > 1).tolist(), len(which) - 1]
    edits = []
    for before, last in pairwise(ends):
        start, stop = int(which[before + 1]), int(which[last]) + 1
        # a seed of its own for each run, or the new filters would be equal again
        seed = (zlib.crc32(p.path.encode()) + start) % 2**32
        edits.append(Edit(p.path, filters.region(start, stop), Compute(f"randn() * {spread!r}", seed)))
    return edits, f"Draw anew with the spread of the others ({spread:.3g})"


def _unless_made_so(scan: Scan, which: np.ndarray) -> Severity:
    """`info` for a whole tensor of which no layer is known that would have random values there."""
    assert scan.filters is not None
    return "info" if not scan.p.axes and which.size >= len(scan.filters) - 1 else "warn"


def _of(which: np.ndarray, filters: Filters, noun: str = "filters") -> str:
    """`1 of 64 filters is`."""
    return f"{which.size:,} of {len(filters):,} {noun} {'is' if which.size == 1 else 'are'}"


def _filters(filters: Filters, which: np.ndarray) -> str:
    return listed([filters.region(int(i)) for i in which[:FEW]], int(which.size))
