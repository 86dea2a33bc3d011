"""What a page says of the values of one tensor: statistics, histogram, picture; or why there are none.

Values are read here and in `picture`, under the session's lock, and nothing of them is kept but these numbers.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from msgspec import Struct

from paramwidget import dtypes
from paramwidget.errors import ParamwidgetError
from paramwidget.notices import reason_text
from paramwidget.page.picture import Picture, draw
from paramwidget.sampling import parts, sample
from paramwidget.statistics import Histogram, Summary, histogram, summarize
from paramwidget.views.domain import domain, edge

if TYPE_CHECKING:
    from paramwidget.session import Session
    from paramwidget.tree import Parameter

_log = logging.getLogger("paramwidget")


class Reading(Struct, frozen=True):
    """What was read of a tensor. Without values, `reason` says why and the rest is empty."""

    reason: str = ""
    summary: Summary | None = None
    every: int = 1
    """1 if the statistics are of all values, else one in so many was read."""
    half: float = 1.0
    """Half width of the colours and of the histogram."""
    bins: Histogram | None = None
    picture: Picture | None = None
    value: str = ""
    """The exact value of a tensor that is a single number."""

    @property
    def l2(self) -> float:
        """Of all values: an estimate where some were left out."""
        return self.summary.l2 * math.sqrt(self.every) if self.summary and self.summary.finite else math.nan


class Limits(Struct, frozen=True):
    """How much may be read of one tensor and how large its picture may be; 0 leaves that part out."""

    values: int
    bins: int
    side: int
    budget: int


def read(session: Session, p: Parameter, limits: Limits) -> Reading:
    """Read a tensor. Whatever a framework raises becomes the reason why there are no values; ClosedError is raised."""
    if not p.readable:
        return Reading(reason_text(p.reason))
    if p.size == 0:
        return Reading("it is empty")
    session.adapter  # noqa: B018 (a closed session raises here, and is no reason of this tensor)
    try:
        with session.lock:
            return _read(session, p, limits)
    except ParamwidgetError as error:
        return Reading(error.sentence)
    except Exception as error:  # a page of a model must not fail because one tensor of it does
        _log.warning("%s could not be read for a page", p.path, exc_info=True)
        return Reading(f"it could not be read ({type(error).__name__})")


def _read(session: Session, p: Parameter, limits: Limits) -> Reading:
    regions, every = parts(p.shape, dtypes.itemsize(p.dtype), limits.values or p.size)
    some = sample(session, p)
    summary = summarize(session.view(p.path, region) for region in regions) if limits.values else Summary.of(some)
    half = domain(summary, some)
    bins = None
    if limits.bins:
        bins = Histogram.empty(-edge(half), edge(half), limits.bins)
        for region in regions:
            bins = bins + histogram(session.view(p.path, region), bins.low, bins.high, limits.bins)
    picture = draw(session, p, half, limits.side, limits.budget) if limits.side and p.shape else None
    value = dtypes.text(session.read(p.path)) if p.shape == () else ""
    return Reading("", summary if limits.values else None, every, half, bins, picture, value)
