"""Stored values as text: the shortest that can be typed again, all digits, bits, and what lies next to a value."""

from __future__ import annotations

from typing import Any

import numpy as np

from paramwidget.dtypes.names import is_numpy, kind, limits, wide
from paramwidget.dtypes.stored import as_complex


def bits(value: np.ndarray) -> str:
    """The stored bits of one element in hexadecimal, most significant digit first: `0x2E66`."""
    return "0x" + value.astype(value.dtype.newbyteorder(">")).tobytes().hex().upper()


def text(value: np.generic | np.ndarray) -> str:
    """The shortest text that `parse` turns back into exactly this value (NaN payloads excepted)."""
    scalar = np.asarray(value)
    family = kind(scalar.dtype.name)
    if family in ("int", "uint"):
        return str(int(scalar))
    if family == "bool":
        return "True" if bool(scalar) else "False"
    if family == "complex":
        z: Any = scalar[()]
        sign = "-" if np.signbit(z.imag) else "+"
        return f"{_float_text(z.real)}{sign}{_float_text(abs(z.imag))}j"
    if is_numpy(scalar.dtype.name):
        number: Any = scalar[()]
        return _float_text(number)
    return _shortest(scalar)


def _float_text(x: np.floating) -> str:
    if not np.isfinite(x):
        return "nan" if np.isnan(x) else "inf" if x > 0 else "-inf"
    if x == 0:
        return "-0.0" if np.signbit(x) else "0.0"
    if 1e-4 <= abs(float(x)) < 1e6:
        return np.format_float_positional(x, unique=True, trim="0")
    return np.format_float_scientific(x, unique=True, trim="0", exp_digits=1)


def _shortest(scalar: np.ndarray) -> str:
    """Shortest decimal of an ml_dtypes float: try ever more digits until the cast gives the same bits."""
    value = np.float64(wide(scalar))
    if not np.isfinite(value) or value == 0:
        return _float_text(value)
    for digits in range(1, 18):
        candidate = float(f"{value:.{digits - 1}e}")
        if np.asarray(candidate).astype(scalar.dtype).tobytes() == scalar.tobytes():
            return _float_text(np.float64(candidate))
    return _float_text(value)


def exact(stored: np.ndarray) -> str:
    """The stored value with all digits that tell it from what was typed: `0.0999755859375` for 0.1 in float16."""
    name = stored.dtype.name
    if kind(name) == "float" and name != "float64":
        return _float_text(np.float64(wide(stored)))
    return text(stored)


def rounding(typed: str, stored: np.ndarray) -> float:
    """Stored minus typed value; 0 where both are the same or not finite."""
    family = kind(stored.dtype.name)
    if family == "complex":
        distance = abs(complex(stored) - as_complex(typed))
        return float(distance) if np.isfinite(distance) else 0.0
    if family != "float":
        return 0.0
    wanted_real = float(typed.strip().replace("\u2212", "-"))
    held = float(wide(stored))
    return held - wanted_real if np.isfinite(wanted_real) and np.isfinite(held) else 0.0


def neighbours(stored: np.ndarray) -> tuple[str, str]:
    """Texts of the next smaller and next larger value of the dtype; empty where there is none."""
    name = stored.dtype.name
    family = kind(name)
    if family in ("int", "uint"):
        low, high = limits(name)
        at = int(stored)
        return (str(at - 1) if at > low else ""), (str(at + 1) if at < high else "")
    if family != "float" or not np.isfinite(wide(stored)):
        return "", ""
    ends = [np.asarray(limit).astype(stored.dtype) for limit in limits(name)]
    below, above = (np.nextafter(stored, end) for end in ends)
    return ("" if below == stored else text(below)), ("" if above == stored else text(above))
