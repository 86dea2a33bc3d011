"""Keras' own initialisers, `keras.initializers`: fresh values for a variable, what they go by, the same in plain code.

The shape alone decides the fans, as in Keras, whatever the layer is.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from paramwidget import dtypes
from paramwidget.adapters import keras_code, keras_values
from paramwidget.adapters.base import Initializer, Start, check_seed, choose, scale_note
from paramwidget.errors import ValueRefusedError
from paramwidget.tree import Parameter

TABLE: Mapping[str, Initializer] = {
    "he_normal": Initializer(is_scaled=True, draws=True),
    "he_uniform": Initializer(is_scaled=True, draws=True),
    "glorot_normal": Initializer(is_scaled=True, draws=True),
    "glorot_uniform": Initializer(is_scaled=True, draws=True),
    "lecun_normal": Initializer(is_scaled=True, draws=True),
    "lecun_uniform": Initializer(is_scaled=True, draws=True),
    "random_normal": Initializer(("mean", "stddev"), draws=True),
    "random_uniform": Initializer(("minval", "maxval"), draws=True),
    "truncated_normal": Initializer(("mean", "stddev"), draws=True),
    "variance_scaling": Initializer(("scale",), is_scaled=True, draws=True),
    "orthogonal": Initializer(("gain",), draws=True),
    "zeros": Initializer(fills=0.0),
    "ones": Initializer(fills=1.0),
    "constant": Initializer(("value",), required=("value",), fills="value"),
    "identity": Initializer(("gain",)),
}
_DRAWN = ("float16", "bfloat16", "float32", "float64")


def start(name: str, options: Mapping[str, float], tensor: Parameter) -> Start:
    """The initialiser with this name for a variable.

    Raises
    ------
    ValueRefusedError
        They do not go together; the message says why.
    """
    return choose(TABLE, _DRAWN, name, options, tensor)


def values(start: Start, seed: int) -> np.ndarray:
    """The values that the initialiser gives for the shape and dtype.

    Raises
    ------
    ValueRefusedError
        Keras cannot do it for this shape or element type.
    """
    check_seed(seed)
    if 0 in start.shape:
        return np.zeros(start.shape, dtypes.numpy_dtype(start.dtype))
    try:
        found = keras_values.whole(_made(start, seed)(start.shape, dtype=start.dtype))
        if found.dtype != dtypes.numpy_dtype(start.dtype):  # on PyTorch, a gain turns integers into floats
            raise TypeError(f"Keras makes {found.dtype} values of it")
    except ValueRefusedError:
        raise
    except Exception as error:  # each backend has its own
        raise start.refused(error) from error
    return start.held(found) if TABLE[start.name].draws else found


def code(start: Start, seed: int) -> list[str]:
    """Lines that bind the same values to `new`."""
    check_seed(seed)
    given = [f"{option}={value!r}" for option, value in start.options.items()]
    if TABLE[start.name].draws:
        given.append(f"seed={seed}")
    made = f"keras.initializers.{_class(start.name)}({', '.join(given)})"
    return [
        f'new = {made}({start.shape}, dtype="{start.dtype}")',
        f"new = {keras_code.to_numpy('new', start.dtype)}",
    ]


def note(start: Start) -> str:
    """The spread that follows from the fans; empty for an initialiser that does not go by them."""
    if not TABLE[start.name].is_scaled or 0 in start.shape:
        return ""
    made = _made(start, 0)
    # the function that Keras itself uses, in the module of the class: it has no public name
    compute_fans = getattr(sys.modules[keras.initializers.VarianceScaling.__module__], "compute_fans", None)
    if compute_fans is None:
        return ""
    fan_in, fan_out = compute_fans(start.shape)
    is_mean = made.mode == "fan_avg"
    fans = {"fan_in": (fan_in,), "fan_out": (fan_out,)}.get(made.mode, (fan_in, fan_out))
    is_bound = made.distribution == "uniform"
    # the truncated normal distribution is widened, so that what is left of it has the deviation σ
    return scale_note(made.scale * (2 if is_mean else 1) * (3 if is_bound else 1), fans, is_bound)


def _made(start: Start, seed: int) -> Any:
    options = start.options | ({"seed": seed} if TABLE[start.name].draws else {})
    try:
        return getattr(keras.initializers, _class(start.name))(**options)
    except ValueError as error:
        raise start.refused(error) from error


def _class(name: str) -> str:
    """`he_normal` is `HeNormal`."""
    return "".join(part.capitalize() for part in name.split("_"))
