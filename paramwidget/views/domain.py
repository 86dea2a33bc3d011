"""The colour domain of a tensor: a round number that its values are seen against.

Pure. It is the extreme value, or the 99.5 % quantile of the magnitudes when a few outliers would wash the map out.
"""

from __future__ import annotations

import math

import numpy as np

from paramwidget import dtypes
from paramwidget.statistics import Summary

_STEPS = (1, 1.2, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9, 10)
_OUTLIER = 1.6
"""How far beyond the quantile the extreme value must lie before the map is cut."""


def domain(summary: Summary, sample: np.ndarray) -> float:
    """Half width of the symmetric colour axis, always finite and positive; `sample` is any fair part of the values."""
    largest = summary.largest
    if not largest:
        return 1.0
    magnitudes = np.abs(dtypes.measure(sample).ravel())
    magnitudes = magnitudes[np.isfinite(magnitudes)]
    if magnitudes.size:
        quantile = float(np.quantile(magnitudes, 0.995))
        if quantile and largest > _OUTLIER * quantile:
            largest = quantile
    return round_up(largest)


def edge(width: float) -> float:
    """Where the last bin of an axis ends: a hair beyond its round number, which in float32 is often a hair larger."""
    return width * (1 + 1e-4)


def round_up(value: float) -> float:
    """The next number of the form (1, 1.2, 1.5, 2 … 10) times a power of ten; 1 for 0 or what is not finite."""
    if not math.isfinite(value) or value <= 0:
        return 1.0
    exponent = math.floor(math.log10(value))
    if not -300 < exponent < 307:
        return value
    power = 10.0**exponent
    step = next(step for step in _STEPS if step * power >= value * 0.9999)
    return float(f"{step * power:.3g}")
