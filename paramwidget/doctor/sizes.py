"""The rule on whole weights: their size next to that of the others of their class. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from paramwidget import dtypes
from paramwidget.doctor.findings import LARGEST_FACTOR, Finding
from paramwidget.doctor.scan import Filters, Scan
from paramwidget.edits import Edit, Scale
from paramwidget.region import Region

TENSOR_FACTOR = 30
"""A tensor stands out with an RMS of so many times the median, or so many times below."""
TENSOR_SCORE = 6
"""And so many standard deviations, as the median deviation of the others estimates them."""
FEWEST_TENSORS = 6
"""Of one class of layer and rank: among fewer there is no usual size."""

_MAD_TO_STD = 1.4826
"""Standard deviation of normal values over their median absolute deviation."""


class Size:
    """How large the values of one weight are: what is kept of it until all are known."""

    def __init__(self, scan: Scan, filters: Filters) -> None:
        self.p, self.group = scan.p, (scan.layer, len(scan.p.shape))
        self.rms = scan.rms
        self.gain = scan.rms * filters.length**0.5
        """RMS times the root of the fan-in, which initialisers keep alike from layer to layer (He et al., 2015)."""


def size(scan: Scan) -> Size | None:
    """The size of a weight that can be compared with others of its class; None for other tensors, and zeros."""
    if scan.filters is None or scan.is_embedding or not 0 < scan.rms < np.inf:
        return None
    return Size(scan, scan.filters)


def outliers(sizes: Iterable[Size]) -> Iterator[Finding]:
    """Weights far larger or smaller than the others of their class of layer and rank, by RMS and by gain alike.

    The score is the robust one of Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993), of logarithms; a
    tensor must stand out by a factor besides, as close groups make any distance large.
    """
    groups: dict[tuple[str, int], list[Size]] = {}
    for each in sizes:
        groups.setdefault(each.group, []).append(each)
    for group in groups.values():
        if len(group) < FEWEST_TENSORS:
            continue
        out = _stands_out([each.rms for each in group]) & _stands_out([each.gain for each in group])
        median = float(np.median([each.rms for each in group]))
        for number in np.flatnonzero(out).tolist():
            yield _outlier(group[number], median, len(group) - 1)


def _outlier(one: Size, median: float, others: int) -> Finding:
    p, factor = one.p, median / one.rms
    more = f"{1 / factor:,.3g} times larger" if factor < 1 else f"{factor:,.3g} times smaller"
    text = f"Its RMS is {one.rms:.3g}; the median of its class of layer, with {others} others, is {median:.3g}."
    fits = 1 / LARGEST_FACTOR < factor < LARGEST_FACTOR and median * p.size**0.5 < float(dtypes.limits(p.dtype)[1])
    full = Region.full(p.shape)
    fix = (Edit(p.path, full, Scale(factor)),) if fits else ()
    title = f"{p.path} is {more} than others"
    return Finding("norm", "warn", p.path, full, p.size, title, text, fix, "Scale to the median" if fits else "")


def _stands_out(values: Sequence[float]) -> np.ndarray:
    logs = np.log(values)
    away = np.abs(logs - np.median(logs))
    spread = _MAD_TO_STD * float(np.median(away))
    return np.asarray((away > np.log(TENSOR_FACTOR)) & (away > TENSOR_SCORE * spread))
