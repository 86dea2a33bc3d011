"""Element types: what NumPy, ml_dtypes and the browser hold of each; strict parsing, rounding, exact text.

A dtype is named as NumPy and ml_dtypes name it (`float32`, `bfloat16`, `float8_e4m3fn`, `int64`, `complex64`). The
reference for rounding is NumPy's (ml_dtypes') own cast from the exact number; what a framework stored is always read back.
ml_dtypes kinds must be asked by name: `np.issubdtype(bfloat16, np.floating)` is False and its `kind` is 'V'.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, TypeAlias

import ml_dtypes
import numpy as np

from paramwidget.errors import ValueRefusedError

Kind: TypeAlias = Literal["float", "int", "uint", "bool", "complex", "other"]

_NUMPY: dict[str, Kind] = {
    "float16": "float",
    "float32": "float",
    "float64": "float",
    "int8": "int",
    "int16": "int",
    "int32": "int",
    "int64": "int",
    "uint8": "uint",
    "uint16": "uint",
    "uint32": "uint",
    "uint64": "uint",
    "bool": "bool",
    "complex64": "complex",
    "complex128": "complex",
}
_ML_DTYPES: dict[str, Kind] = {
    "bfloat16": "float",
    "float8_e4m3fn": "float",
    "float8_e4m3fnuz": "float",
    "float8_e4m3b11fnuz": "float",
    "float8_e5m2": "float",
    "float8_e5m2fnuz": "float",
    "float8_e8m0fnu": "float",
    "float8_e4m3": "float",
    "float8_e3m4": "float",
    "int4": "int",
    "uint4": "uint",
    "int2": "int",
    "uint2": "uint",
}
_SHORT = {
    "f64": "float64",
    "f32": "float32",
    "f16": "float16",
    "bf16": "bfloat16",
    "f8": "float8",
    "fp8": "float8",
    "i64": "int64",
    "i32": "int32",
    "i16": "int16",
    "i8": "int8",
    "u8": "uint8",
    "c64": "complex64",
    "c128": "complex128",
}
_TRUE, _FALSE = ("true", "1"), ("false", "0")
_MAX_TEXT = 400


@cache
def kind(name: str) -> Kind:
    """Which family of numbers a dtype holds; `other` if paramwidget does not know it."""
    return _NUMPY.get(name) or _ML_DTYPES.get(name) or "other"


@cache
def numpy_dtype(name: str) -> np.dtype:
    """The NumPy dtype with this name, ml_dtypes included.

    Raises
    ------
    ValueRefusedError
        paramwidget does not know the name.
    """
    if name in _NUMPY:
        return np.dtype(name)
    if name in _ML_DTYPES:
        return np.dtype(getattr(ml_dtypes, name))
    raise ValueRefusedError(f"the element type {name} is not known to paramwidget, so its values stay as they are")


@cache
def itemsize(name: str) -> int:
    """Bytes of one element in memory, 0 for a dtype that paramwidget does not know."""
    return numpy_dtype(name).itemsize if kind(name) != "other" else 0


def matches(name: str, wanted: str) -> bool:
    """Whether a dtype answers to a filter word: `float32`, `f32`, `float`, `bf16`, `f8`, `int`."""
    full = _SHORT.get(wanted, wanted)
    return full != "" and (name == full or name.startswith(full) or kind(name) == full)


def measure(values: np.ndarray) -> np.ndarray:
    """The values as real numbers to compute and draw with: float64, or float32 where that is exact; |z| of complex.

    May be a view. int64 beyond 2**53 loses digits here: for statistics and colours only, never for what is stored.
    """
    name = values.dtype.name
    if kind(name) == "complex":
        return np.abs(values)
    if name in ("float32", "float64"):
        return values
    small = values.dtype.itemsize <= 2
    return values.astype(np.float32 if small else np.float64)


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
        z = scalar[()]
        sign = "-" if np.signbit(z.imag) else "+"
        return f"{_float_text(z.real)}{sign}{_float_text(abs(z.imag))}j"
    if scalar.dtype.name in _NUMPY:
        return _float_text(scalar[()])
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
    wide = np.float64(scalar.astype(np.float64))
    if not np.isfinite(wide) or wide == 0:
        return _float_text(wide)
    for digits in range(1, 18):
        candidate = float(f"{wide:.{digits - 1}e}")
        if np.asarray(candidate).astype(scalar.dtype).tobytes() == scalar.tobytes():
            return _float_text(np.float64(candidate))
    return _float_text(wide)


def parse(typed: str, name: str) -> np.ndarray:
    """What a person typed, as a 0-d array of the dtype `name`: strict, and nothing is lost silently.

    Raises
    ------
    ValueRefusedError
        Not a number; a fraction for an integer type; out of range; a finite number that would become inf, NaN or 0.
    """
    typed = typed.strip().replace("\u2212", "-")  # the true minus that the screen shows may be copied back
    if not typed:
        raise ValueRefusedError(f"type a {name} value; nothing was typed")
    if len(typed) > _MAX_TEXT or not typed.isascii() or "_" in typed:
        raise ValueRefusedError(f"'{typed[:40]}' is not a number")
    family = kind(name)
    if family == "bool":
        if typed.lower() in _TRUE + _FALSE:
            return np.asarray(typed.lower() in _TRUE)
        raise ValueRefusedError(f"'{typed[:40]}' is not a bool; type True or False")
    if family in ("int", "uint"):
        return cast(np.asarray(_integer(typed, name), dtype=object), name)
    if family == "complex":
        try:
            return cast(
                np.asarray(complex(typed.replace(" ", "").replace("i", "j") if "inf" not in typed else typed)), name
            )
        except ValueError:
            raise ValueRefusedError(f"'{typed[:40]}' is not a complex number; type for example 0.5-2j") from None
    try:
        number = float(typed)
    except ValueError:
        raise ValueRefusedError(f"'{typed[:40]}' is not a number") from None
    return cast(np.asarray(number), name)


def _integer(typed: str, name: str) -> int:
    try:
        return int(typed, 16) if typed.lower().startswith("0x") else int(typed)
    except ValueError:
        pass
    try:
        number = float(typed)
    except ValueError:
        raise ValueRefusedError(f"'{typed[:40]}' is not a whole number") from None
    if not number.is_integer():
        raise ValueRefusedError(f"{typed[:40]} is not a whole number, and {name} holds no others")
    return int(number)


def limits(name: str) -> tuple[float | int, float | int]:
    """Smallest and largest finite value of a real dtype."""
    dtype = numpy_dtype(name)
    if kind(name) in ("int", "uint"):
        info = np.iinfo(dtype) if name in _NUMPY else ml_dtypes.iinfo(dtype)
        return int(info.min), int(info.max)
    finfo = ml_dtypes.finfo(dtype)
    return float(finfo.min), float(finfo.max)


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
    if kind(source) == "other" and values.dtype != object:
        raise ValueRefusedError(f"{values.dtype} values cannot be stored as {name}; give numbers")
    if kind(source) == "complex" and family != "complex":
        if np.any(values.imag != 0):
            raise ValueRefusedError(f"a complex value cannot be stored as {name}; give real numbers")
        values = values.real
    if family in ("int", "uint", "bool"):
        return _cast_integers(values, name, target)
    try:
        wide = values.astype(np.complex128 if family == "complex" else np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueRefusedError(f"the values are not numbers that {name} can hold") from None
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        stored = np.array(wide.astype(target), order="C")
    back = stored.astype(wide.dtype)
    lost = np.isfinite(wide) & ~np.isfinite(back)
    if lost.any():
        low, high = limits("float32" if name == "complex64" else "float64" if name == "complex128" else name)
        raise ValueRefusedError(f"{wide[lost].flat[0]:g} does not fit into {name}, which holds {low:g} to {high:g}")
    if (np.isinf(wide) & ~np.isinf(back)).any() or (np.isnan(wide) & ~np.isnan(back)).any():
        raise ValueRefusedError(f"{name} has no such value as inf or NaN")
    gone = (wide != 0) & (back == 0)
    if gone.any():
        raise ValueRefusedError(
            f"{wide[gone].flat[0]:g} is too small for {name} and would be stored as 0; type 0 if that is meant"
        )
    return stored


def _cast_integers(values: np.ndarray, name: str, target: np.dtype) -> np.ndarray:
    if kind(values.dtype.name) == "float":
        wide = values.astype(np.float64)
        if not np.all(np.isfinite(wide)):
            raise ValueRefusedError(f"{name} has no such value as inf or NaN")
        if np.any(wide != np.floor(wide)):
            bad = wide[wide != np.floor(wide)].flat[0]
            raise ValueRefusedError(f"{bad:g} is not a whole number, and {name} holds no others")
    try:
        exact = values.astype(object)
        whole = np.frompyfunc(int, 1, 1)(exact)
        low, high = (0, 1) if name == "bool" else limits(name)
        outside = (whole < low) | (whole > high)
        if np.any(outside):
            bad = np.asarray(whole)[np.asarray(outside, dtype=bool)].flat[0]
            raise ValueRefusedError(f"{bad} does not fit into {name}, which holds {low} to {high}")
        return np.array(np.asarray(whole).astype(np.int64 if name in _ML_DTYPES else target), order="C").astype(target)
    except (TypeError, OverflowError):
        raise ValueRefusedError(f"the values are not numbers that {name} can hold") from None


def exact(stored: np.ndarray) -> str:
    """The stored value with all digits that tell it from what was typed: `0.0999755859375` for 0.1 in float16."""
    name = stored.dtype.name
    if kind(name) == "float" and name != "float64":
        return _float_text(np.float64(stored.astype(np.float64)))
    return text(stored)


def rounding(typed: str, stored: np.ndarray) -> float:
    """Stored minus typed value; 0 where both are the same or not finite."""
    family = kind(stored.dtype.name)
    if family == "complex":
        wanted = complex(typed.strip().replace("\u2212", "-").replace(" ", "").replace("i", "j"))
        return float(abs(complex(stored) - wanted))
    if family != "float":
        return 0.0
    wanted_real = float(typed.strip().replace("\u2212", "-"))
    held = float(stored.astype(np.float64))
    return held - wanted_real if np.isfinite(wanted_real) and np.isfinite(held) else 0.0


def neighbours(stored: np.ndarray) -> tuple[str, str]:
    """Texts of the next smaller and next larger value of the dtype; empty where there is none."""
    name = stored.dtype.name
    family = kind(name)
    if family in ("int", "uint"):
        low, high = limits(name)
        at = int(stored)
        return (str(at - 1) if at > low else ""), (str(at + 1) if at < high else "")
    if family != "float" or not np.isfinite(stored.astype(np.float64)):
        return "", ""
    ends = [np.asarray(limit).astype(stored.dtype) for limit in limits(name)]
    below, above = (np.nextafter(stored, end) for end in ends)
    return ("" if below == stored else text(below)), ("" if above == stored else text(above))
