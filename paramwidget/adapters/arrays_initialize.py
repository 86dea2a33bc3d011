"""Fresh values for a NumPy array, drawn by `np.random.default_rng`; the same in plain code.

There are no fans: a bare array does not say which of its axes is the input.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from paramwidget import dtypes
from paramwidget.adapters.base import Initializer, Start, check_seed, choose
from paramwidget.dtypes.names import is_numpy
from paramwidget.errors import ValueRefusedError
from paramwidget.tree import Parameter

TABLE: Mapping[str, Initializer] = {
    "normal": Initializer(("mean", "std"), draws=True),
    "uniform": Initializer(("low", "high"), draws=True),
    "zeros": Initializer(fills=0.0),
    "ones": Initializer(fills=1.0),
    "constant": Initializer(("value",), required=("value",), fills="value"),
}
_SCALED = ("kaiming", "he_", "xavier", "glorot", "lecun", "variance_scaling")


def start(name: str, options: Mapping[str, float], tensor: Parameter) -> Start:
    """The initialiser with this name for an array.

    Raises
    ------
    ValueRefusedError
        They do not go together; the message says why.
    """
    if name.startswith(_SCALED):
        raise ValueRefusedError(
            f"{name} goes by the numbers of inputs and outputs, and a bare array does not say which of its axes is the "
            "input; choose normal or uniform and give the spread"
        )
    drawn = (tensor.dtype,) if dtypes.kind(tensor.dtype) == "float" else ()
    return choose(TABLE, drawn, name, options, tensor)


def values(start: Start, seed: int) -> np.ndarray:
    """A new array of the shape and dtype.

    Raises
    ------
    ValueRefusedError
        NumPy cannot draw with these options, or the values do not fit into the dtype.
    """
    rng, dtype = np.random.default_rng(check_seed(seed)), dtypes.numpy_dtype(start.dtype)
    if not TABLE[start.name].draws:
        return np.full(start.shape, _fill(start), dtype)
    try:
        drawn = getattr(rng, start.name)(*_limits(start), start.shape)
    except (ValueError, OverflowError) as error:
        raise start.refused(error) from error
    with np.errstate(over="ignore"):
        return start.held(np.asarray(drawn).astype(dtype))


def code(start: Start, seed: int) -> list[str]:
    """Lines that bind the same values to `new`."""
    check_seed(seed)
    dtype = dtype_code(start.dtype)
    if not TABLE[start.name].draws:
        return [f"new = np.full({start.shape}, {_fill(start)!r}, dtype={dtype})"]
    first, second = _limits(start)
    drawn = f"np.random.default_rng({seed}).{start.name}({first!r}, {second!r}, size={start.shape})"
    return [f"new = np.asarray({drawn}).astype({dtype})"]


def dtype_code(name: str) -> str:
    """An element type as code for NumPy."""
    return f'"{name}"' if is_numpy(name) else f"ml_dtypes.{name}"


def _fill(start: Start) -> float:
    fills = TABLE[start.name].fills
    return start.options[fills] if isinstance(fills, str) else float(fills or 0.0)


def _limits(start: Start) -> tuple[float, float]:
    """The first two arguments of the distribution, with NumPy's defaults."""
    first, second = TABLE[start.name].options
    return start.options.get(first, 0.0), start.options.get(second, 1.0)
