"""Element types: what NumPy, ml_dtypes and the browser hold of each; strict parsing, rounding, exact text.

A dtype is named as NumPy and ml_dtypes name it (`float32`, `bfloat16`, `float8_e4m3fn`, `int64`, `complex64`).
"""

from __future__ import annotations

from paramwidget.dtypes.given import given
from paramwidget.dtypes.names import Kind, is_known, itemsize, kind, limits, matches, measure, numpy_dtype
from paramwidget.dtypes.shown import bits, exact, neighbours, rounding, text
from paramwidget.dtypes.stored import cast, parse

__all__ = [
    "Kind",
    "bits",
    "cast",
    "exact",
    "given",
    "is_known",
    "itemsize",
    "kind",
    "limits",
    "matches",
    "measure",
    "neighbours",
    "numpy_dtype",
    "parse",
    "rounding",
    "text",
]
