"""What is stored for what a person typed or a script gave: rounding is allowed, losing a value is not.

The reference for rounding is NumPy's (ml_dtypes') own cast from the exact number; what a framework stored is read back.
"""

from __future__ import annotations

import math
import numbers
import re
from fractions import Fraction

import numpy as np

from paramwidget.dtypes.names import is_numpy, kind, limits, numpy_dtype, wide
from paramwidget.errors import ValueRefusedError

_TRUE, _FALSE = ("true", "1"), ("false", "0")
_MAX_TEXT = 400
_LONG = (np.dtype(np.longdouble), np.dtype(np.clongdouble))
_DIGIT = re.compile(r"[1-9]")
_DECIMAL = re.compile(r"[-+]?\d*\.\d+")
_HEX = re.compile(r"[-+]?0x", re.IGNORECASE)


def parse(typed: str, name: str) -> np.ndarray:
    """What a person typed, as a 0-d array of the dtype `name`: strict, and nothing is lost silently.

    Raises
    ------
    ValueRefusedError
        Not a number; a fraction for an integer type; out of range; a finite number that would become inf, NaN or 0.
    """
    if not isinstance(typed, str):
        raise ValueRefusedError(f"a value is typed as text, such as '0.5', and not given as {type(typed).__name__}")
    typed = typed.strip().replace("\u2212", "-")  # the true minus that the screen shows may be copied back
    if not typed:
        raise ValueRefusedError(f"type a {name} value; nothing was typed")
    if len(typed) > _MAX_TEXT or not typed.isascii() or "_" in typed:
        raise ValueRefusedError(f"'{typed[:40]}' is not a number")
    numpy_dtype(name)  # refuses an element type that is not known
    family = kind(name)
    if family == "bool":
        if typed.lower() in _TRUE + _FALSE:
            return np.asarray(typed.lower() in _TRUE)
        raise ValueRefusedError(f"'{typed[:40]}' is not a bool; type True or False")
    if family in ("int", "uint"):
        return cast(np.asarray(_integer(typed, name), dtype=object), name)
    return cast(np.asarray(_complex(typed, name) if family == "complex" else _real(typed, name)), name)


def as_complex(typed: str) -> complex:
    """A complex number as people write it: spaces around its sign and `i` for `j` are fine."""
    typed = typed.strip().replace("\u2212", "-").replace(" ", "").lower()
    return complex(typed if "inf" in typed else typed.replace("i", "j"))


def _real(typed: str, name: str) -> float:
    try:
        number = float(typed)
    except ValueError:
        pointed = typed.replace(",", ".", 1)
        way = f"; write it with a point, {pointed}" if typed.count(",") == 1 and _DECIMAL.fullmatch(pointed) else ""
        raise ValueRefusedError(f"'{typed[:40]}' is not a number{way}") from None
    _check_kept(typed, number, name)
    return number


def _complex(typed: str, name: str) -> complex:
    try:
        number = as_complex(typed)
    except ValueError:
        raise ValueRefusedError(f"'{typed[:40]}' is not a complex number; type for example 0.5-2j") from None
    if not typed.strip().endswith((")", "i", "j")):
        _check_kept(typed, number.real, name)
    elif not (np.isfinite(number.real) and np.isfinite(number.imag)):
        _check_kept(typed, np.inf, name)
    return number


def _check_kept(typed: str, number: float, name: str) -> None:
    """float() turns 1e400 into inf and 1e-400 into 0 without a word."""
    if np.isinf(number) and "inf" not in typed.lower() and "nan" not in typed.lower():
        raise _too_large(typed[:40], name)
    if number == 0 and _DIGIT.search(re.split("[eE]", typed)[0]):
        raise _too_small(typed[:40], name)


def _integer(typed: str, name: str) -> int:
    try:
        return int(typed, 16) if _HEX.match(typed) else int(typed)
    except ValueError:
        pass
    try:
        rounded = float(typed)
    except ValueError:
        raise ValueRefusedError(f"'{typed[:40]}' is not a whole number") from None
    _check_kept(typed, rounded, name)
    if rounded == 0:
        return 0
    # through a float, 4.0000000000000000001 would be 4; what fits into one has no exponent that takes long
    exact = Fraction(typed) if math.isfinite(rounded) else None
    if exact is None or exact.denominator != 1:
        raise ValueRefusedError(f"{typed[:40]} is not a whole number, and {name} holds no others")
    return exact.numerator


def _part(name: str) -> str:
    """The real dtype of the two parts of a complex one; a real dtype is its own."""
    return {"complex64": "float32", "complex128": "float64"}.get(name, name)


def cast(values: np.ndarray, name: str) -> np.ndarray:
    """A new C-ordered array of the dtype `name`; rounding is allowed, losing a value is not.

    Raises
    ------
    ValueRefusedError
        Not numbers; NaN, inf or fractions for an integer or bool type; an imaginary part for a real type; out of range;
        a finite value that would be stored as inf, NaN or 0.
    """
    target, family, source = numpy_dtype(name), kind(name), values.dtype.name
    if source == name:
        return np.array(values, dtype=target, order="C", copy=True)
    if values.dtype == object:
        if not all(isinstance(value, (numbers.Number, np.generic)) for value in values.flat):
            raise ValueRefusedError(f"the values are not numbers that {name} can hold")
    elif values.dtype in _LONG:
        return _cast_long(values, name)
    elif kind(source) == "other":
        raise ValueRefusedError(f"{values.dtype} values cannot be stored as {name}; give numbers")
    if kind(source) == "complex" and family != "complex":
        if np.any(values.imag != 0):
            raise ValueRefusedError(f"a complex value cannot be stored as {name}; give real numbers")
        values = values.real
    try:
        if family in ("int", "uint", "bool"):
            return _cast_integers(values, name, target)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            exact = np.array(values.astype(np.complex128 if family == "complex" else np.float64), order="C")
            stored = exact.astype(target)
        if values.dtype == object:
            _check_objects(values, exact, name)
    except OverflowError:  # a Python integer or fraction beyond all floats
        raise _too_large("a number of more than 300 digits", name) from None
    except TypeError:
        raise ValueRefusedError(f"the values are not numbers that {name} can hold") from None
    except ValueError as error:
        if isinstance(error, ValueRefusedError):
            raise
        raise ValueRefusedError(f"the values are not numbers that {name} can hold") from None
    _check_floats(_flat(exact, np.float64), wide(_flat(stored, numpy_dtype(_part(name)))), name)
    return stored


def _flat(values: np.ndarray, part: np.dtype | type[np.float64]) -> np.ndarray:
    """All numbers in a row; the two parts of a complex one beside each other."""
    return values.reshape(-1).view(part)


def _check_floats(exact: np.ndarray, back: np.ndarray, name: str) -> None:
    lost = np.isfinite(exact) & ~np.isfinite(back)
    if lost.any():
        raise _too_large(f"{exact[lost][0]:g}", name)
    if (np.isinf(exact) & ~np.isinf(back)).any() or (np.isnan(exact) & ~np.isnan(back)).any():
        raise ValueRefusedError(f"{name} has no such value as inf or NaN")
    gone = (exact != 0) & (back == 0)
    if gone.any():
        raise _too_small(f"{exact[gone][0]:g}", name)


def _check_objects(values: np.ndarray, exact: np.ndarray, name: str) -> None:
    """A Decimal turns into the float inf or 0 without a word."""
    for value, number in zip(values.flat, exact.flat, strict=True):
        if np.isinf(number) and value != number:
            raise _too_large(_short(value), name)
        if number == 0 and value != 0:
            raise _too_small(_short(value), name)


def _cast_long(values: np.ndarray, name: str) -> np.ndarray:
    """From NumPy's widest floats, which no tensor holds."""
    family = kind(name)
    if family in ("int", "uint", "bool") and np.all(np.isfinite(values)):
        return cast(values.astype(object), name)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        halved = values.astype(np.complex128 if values.dtype.kind == "c" else np.float64)
    for part, held in ((values.real, halved.real), (values.imag, halved.imag)):
        lost, gone = np.isfinite(part) & ~np.isfinite(held), (part != 0) & (held == 0)
        if lost.any():
            raise _too_large(str(part[lost][0]), name)
        if gone.any():
            raise _too_small(str(part[gone][0]), name)
    return cast(halved, name)


def _short(value: object) -> str:
    try:
        shown = str(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        return "a number of thousands of digits"
    return shown if len(shown) <= 40 else shown[:39] + "…"


def _too_large(shown: str, name: str) -> ValueRefusedError:
    low, high = limits(_part(name))
    return ValueRefusedError(f"{shown} does not fit into {name}, which holds {low:g} to {high:g}")


def _too_small(shown: str, name: str) -> ValueRefusedError:
    return ValueRefusedError(f"{shown} is too small for {name} and would be stored as 0; type 0 if that is meant")


def _cast_integers(values: np.ndarray, name: str, target: np.dtype) -> np.ndarray:
    if kind(values.dtype.name) == "float":
        real = wide(values)
        if not np.all(np.isfinite(real)):
            raise ValueRefusedError(f"{name} has no such value as inf or NaN")
        if np.any(real != np.floor(real)):
            bad = real[real != np.floor(real)].flat[0]
            raise ValueRefusedError(f"{bad:g} is not a whole number, and {name} holds no others")
    whole = values
    if kind(values.dtype.name) not in ("int", "uint", "bool"):  # Python integers have no limits
        given = values.astype(object)
        whole = np.asarray(np.frompyfunc(int, 1, 1)(given), dtype=object)
        if np.any(whole != given):
            raise ValueRefusedError(f"there is a value that is not a whole number, and {name} holds no others")
    if whole.size:
        small = not is_numpy(whole.dtype.name) and whole.dtype != object  # int4 has no min and max
        ends = whole.astype(np.int64) if small else whole
        low, high = (0, 1) if name == "bool" else limits(name)
        for bad in (int(ends.min()), int(ends.max())):
            if not low <= bad <= high:
                shown = str(bad) if abs(bad) < 10**30 else f"a number of {int(math.log10(abs(bad))) + 1} digits"
                raise ValueRefusedError(f"{shown} does not fit into {name}, which holds {low} to {high}")
    between = target if is_numpy(name) else np.dtype(np.int64)
    return np.array(whole.astype(between), order="C").astype(target)
