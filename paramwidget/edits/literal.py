"""Arrays as NumPy code with the very same bits, for scripts that replay edits. Pure.

The code needs `np`, and by dtype and size `ml_dtypes`, `base64` and `zlib`.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np

from paramwidget import dtypes

_READABLE = 64
"""So many values are written as numbers; more as bytes."""


def literal(values: np.ndarray | np.generic) -> str:
    """An expression for an array of the same dtype, shape and bits: `np.array([0.5, 1.0], np.float32)`.

    A 0-d array is written as a scalar. Many values, and those that are not finite, are written as their bytes; that
    array is read-only.
    """
    array = np.asarray(values)
    kind = dtype_code(array.dtype.name)
    if array.size == 0:
        return f"np.zeros({array.shape}, {kind})"
    if array.size <= _READABLE:
        numbers = [_number(value) for value in array.reshape(-1)]
        # an infinity has no literal; and what went through a Python number on the way must come out the same
        if all(map(_is_finite, numbers)) and np.array(numbers, array.dtype).tobytes() == array.tobytes():
            nested = _text(np.array(numbers, dtype=object).reshape(array.shape).tolist())
            return f"np.array({nested}, {kind})" if array.ndim else f"{kind}({nested})"
    return _bytes(array, kind)


def dtype_code(name: str) -> str:
    """The scalar type as code: `np.float32`, `ml_dtypes.bfloat16`, `np.bool_`."""
    if name == "bool":
        return "np.bool_"
    return f"np.{name}" if dtypes.numpy_dtype(name).type.__module__ == "numpy" else f"ml_dtypes.{name}"


def _bytes(array: np.ndarray, kind: str) -> str:
    raw = array.tobytes()
    packed = zlib.compress(raw, 9)
    smaller = len(packed) < len(raw)
    text = base64.b64encode(packed if smaller else raw).decode("ascii")
    data = f'base64.b64decode("{text}")'
    if smaller:
        data = f"zlib.decompress({data})"
    shape = ", ".join(map(str, array.shape))
    return f"np.frombuffer({data}, {kind}).reshape({shape if array.ndim else '()'})"


def _number(value: Any) -> bool | int | float | complex:
    """The shortest Python number that the dtype rounds to this value."""
    family = dtypes.kind(value.dtype.name)
    if family == "bool":
        return bool(value)
    if family in ("int", "uint"):
        return int(value)
    if family == "complex":
        return complex(float(dtypes.text(value.real)), float(dtypes.text(value.imag)))
    return float(dtypes.text(value))


def _is_finite(number: complex) -> bool:
    return bool(np.isfinite(number)) if isinstance(number, (float, complex)) else True


def _text(number: Any) -> str:
    if isinstance(number, list):
        return f"[{', '.join(map(_text, number))}]"
    if isinstance(number, complex):  # Python's own text loses the sign of a zero
        return f"complex({number.real!r}, {number.imag!r})"
    return repr(number)
