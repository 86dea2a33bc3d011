"""How operations compute: in which precision, and what happens to results that a dtype does not hold.

Floats of at most 4 bytes are computed in float32, as most kernels of the frameworks do; float64 in float64; integers and
bools in float64, exact up to 2**53. The result is rounded once to the dtype. A finite value may become 0 by rounding but
never NaN or infinite: that is refused, and the model stays as it is.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from paramwidget import dtypes
from paramwidget.edits.base import Place
from paramwidget.errors import ValueRefusedError

_EXACT = 2**53

Function: TypeAlias = Callable[[np.ndarray, "np.ndarray | None"], np.ndarray]


def working(dtype: str) -> np.dtype:
    """The dtype in which operations on values of `dtype` compute."""
    family = dtypes.kind(dtype)
    if family == "complex":
        return np.dtype(np.complex128)
    return np.dtype(np.float32 if family == "float" and dtypes.itemsize(dtype) <= 4 else np.float64)


def compute(current: np.ndarray, place: Place, function: Function) -> np.ndarray:
    """`function` of the present values in working precision, rounded to their dtype, in memory of its own.

    Parameters
    ----------
    function
        Takes an array of the working dtype and gives a new one of the same dtype and shape, or fills the second one that
        it is given.

    Raises
    ------
    ValueRefusedError
        A finite value would become NaN or infinite, or an integer type would get a fraction or leave its range.
    """
    dtype = place.dtype
    values = widened(current, dtype)
    if current.dtype == working(dtype) and current.dtype.kind == "f":
        try:  # the processor's own flags say for free that nothing overflowed
            with np.errstate(over="raise", invalid="raise", divide="raise", under="ignore"):
                return np.asarray(function(values, place.spare), order="C")
        except FloatingPointError:
            pass
    with np.errstate(all="ignore"):
        return stored(np.asarray(function(values, None)), current, place)


_SIGNS: dict[str, Callable[..., np.ndarray]] = {"*": np.multiply, "+": np.add}


def combined(current: np.ndarray, place: Place, sign: str, value: float, what: str) -> np.ndarray:
    """Every value `*` or `+` one number, which a sentence calls `what`; raises as `compute` and `constant` do."""
    term = constant(value, place.dtype, what)
    return compute(current, place, lambda values, out: _SIGNS[sign](values, term, out=out))


def combined_code(place: Place, sign: str, value: float, what: str) -> str:
    """The same as code."""
    constant(value, place.dtype, what)
    return rounded(f"{wide_part(place.dtype)} {sign} {number(value, place.dtype)}", place.dtype)


def widened(current: np.ndarray, dtype: str) -> np.ndarray:
    """The values in working precision; may be the array itself.

    Raises
    ------
    ValueRefusedError
        Integers that float64 does not hold.
    """
    if dtypes.kind(dtype) in ("int", "uint") and current.dtype.itemsize == 8 and current.size:
        low, high = int(current.min()), int(current.max())
        if low < -_EXACT or high > _EXACT:
            raise ValueRefusedError(
                f"this tensor holds {dtype} values beyond 2**53, which an operation would round; set them one by one"
            )
    with np.errstate(all="ignore"):
        return current.astype(working(dtype), copy=False)


def stored(result: np.ndarray, current: np.ndarray, place: Place, *, means_it: bool = False) -> np.ndarray:
    """`result` rounded to the dtype of `current`, in memory of its own, in C order.

    Parameters
    ----------
    means_it
        Results that are NaN or infinite before they are rounded are meant, as where the user typed them.

    Raises
    ------
    ValueRefusedError
        As `compute` does.
    """
    dtype = place.dtype
    if place.chosen is not None:  # what the others would become is nobody's concern
        with np.errstate(all="ignore"):
            result = np.where(place.chosen, result, current.astype(result.dtype))
    if dtypes.kind(dtype) in ("int", "uint", "bool"):
        return _whole(result, dtype)
    with np.errstate(all="ignore"):
        new = np.array(result.astype(dtypes.numpy_dtype(dtype)), order="C")
        bad = _lost(new, result if means_it else current)
    if bad.any():
        raise _not_finite(bad, result, dtype)
    return new


def _whole(result: np.ndarray, dtype: str) -> np.ndarray:
    low, high = (0, 1) if dtype == "bool" else dtypes.limits(dtype)
    low, high = max(low, -_EXACT), min(high, _EXACT)
    with np.errstate(invalid="ignore"):
        whole = bool(np.all(np.floor(result) == result))
    if whole and result.min(initial=0) >= low and result.max(initial=0) <= high:
        # what is known to fit is cast at once; `cast` goes through Python's integers, which takes a hundred times as long
        return np.array(result.astype(np.int64), order="C").astype(dtypes.numpy_dtype(dtype))
    dtypes.cast(np.array(result), dtype)  # knows the sentence
    raise ValueRefusedError(f"results beyond 2**53 would be rounded, though {dtype} holds them; set them one by one")


def _lost(new: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Which values are NaN or infinite now and were not; each part of a complex one counts."""
    if new.dtype.kind == "c":
        return np.asarray(_lost(new.real, before.real) | _lost(new.imag, before.imag))
    return np.asarray(~np.isfinite(dtypes.measure(new)) & np.isfinite(dtypes.measure(before)))


def _not_finite(bad: np.ndarray, result: np.ndarray, dtype: str) -> ValueRefusedError:
    at = [int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape)]
    shown = result[tuple(at)]
    why = f"the result is {shown:g}"
    if np.isfinite(shown):
        low, high = dtypes.limits({"complex64": "float32", "complex128": "float64"}.get(dtype, dtype))
        why = f"{shown:g} does not fit into {dtype}, which holds {low:g} to {high:g}"
    return ValueRefusedError(
        f"{np.count_nonzero(bad):,} of {bad.size:,} values would become NaN or infinite, the first at {at} of the "
        f"region: {why}; nothing was changed"
    )


def real(value: float, what: str) -> float:
    """The number as a float; may be infinite.

    Raises
    ------
    ValueRefusedError
        It is no number, or NaN.
    """
    try:
        number = float(value) if isinstance(value, (numbers.Real, np.number)) else np.nan
    except OverflowError:  # an integer beyond all floats
        number = np.inf if value > 0 else -np.inf
    if isinstance(value, bool) or np.isnan(number):
        raise ValueRefusedError(f"{what} must be a number, not {str(value)[:40]}; give for example 0.5")
    return number


def finite(value: float, what: str) -> float:
    """The number as a float.

    Raises
    ------
    ValueRefusedError
        It is no number, or NaN, or infinite.
    """
    number = real(value, what)
    if not np.isfinite(number):
        raise ValueRefusedError(f"{what} must be a finite number, not {str(value)[:40]}; give for example 0.5")
    return number


def constant(value: float, dtype: str, what: str) -> np.inexact:
    """A number in working precision.

    Raises
    ------
    ValueRefusedError
        It is not finite, or not in working precision.
    """
    wide = working(dtype)
    with np.errstate(over="ignore"):
        number: np.inexact = wide.type(finite(value, what))
    if not np.isfinite(number):
        raise ValueRefusedError(f"{what} is {value:g}, too large for {wide.name}, in which {dtype} values are computed")
    return number


def number(value: float, dtype: str) -> str:
    """A number as NumPy code in working precision: `np.float32(0.5)`."""
    wide = working(dtype)
    with np.errstate(over="ignore"):
        rounded = wide.type(value)
    text = repr(float(value)) if np.isfinite(rounded) else f"'{rounded}'"
    return f"np.{wide.name}({text})"


def rounded(expression: str, dtype: str) -> str:
    """Code that rounds an expression of the working dtype to `dtype`."""
    if working(dtype).name == dtype:
        return expression
    return f"({expression}).astype(part.dtype)"


def wide_part(dtype: str) -> str:
    """Code for `part` in working precision."""
    return "part" if working(dtype).name == dtype else f"part.astype(np.{working(dtype).name})"
