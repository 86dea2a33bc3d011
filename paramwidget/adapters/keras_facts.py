"""What one Keras variable is: element type, place in memory, what can be done with it, and whether it trains."""

from __future__ import annotations

from typing import Any

import keras
import msgspec

from paramwidget import dtypes
from paramwidget.adapters.keras_axes import axes
from paramwidget.tree import Parameter

_PACKING_MODES = ("int4", "gptq", "awq")


def fresh(known: Parameter, chain: tuple[Any, ...], variable: Any) -> Parameter:
    """The facts of a variable of now; what only a walk over the model tells (what it is tied to) stays as known."""
    shape, dtype = shape_of(variable), dtype_name(variable)
    readable, writable, reason = capabilities(variable, dtype, chain[-1])
    return msgspec.structs.replace(
        known,
        shape=shape,
        dtype=dtype,
        trainable=trains(chain, variable) if known.role in ("weight", "bias") else None,
        device=device(variable),
        readable=readable,
        writable=writable,
        reason=reason,
        axes=axes(chain, variable.name, len(shape)) if known.role != "state" else (),
    )


def trains(chain: tuple[Any, ...], variable: Any) -> bool:
    """Whether the next `fit()` of the outermost model trains it; without a list of all its variables if possible."""
    if all(_decides_as_keras(type(layer)) for layer in chain):
        return bool(chain[0].trainable and variable.trainable)
    return any(v is variable for v in chain[0].trainable_weights)


def _decides_as_keras(kind: Any) -> bool:
    """Whether a class of layers leaves the properties alone that tell what trains."""
    names = ("trainable", "weights", "trainable_weights")
    return all(getattr(kind, name) is getattr(keras.Layer, name) for name in names)


def shape_of(variable: Any) -> tuple[int, ...]:
    """Its shape, as plain integers."""
    return tuple(int(n) for n in variable.shape)


def dtype_name(variable: Any) -> str:
    """The stored element type. `variable.dtype` would name the compute type inside an autocast scope."""
    value = variable._value
    if value is None:
        return str(variable._dtype)
    return str(keras.backend.standardize_dtype(value.dtype))  # JAX without x64 stores float64 as float32


def capabilities(variable: Any, dtype: str, owner: Any) -> tuple[bool, bool, str]:
    """Whether it can be read and written, and why not: a key of `REASONS`."""
    if variable._value is None and variable._initializer is not None:
        return False, False, "unbuilt"
    if dtypes.kind(dtype) == "other":
        return False, False, "object-type" if dtype in ("string", "object") else "element-type"
    if device(variable) == "meta":
        return False, False, "meta"
    mode = getattr(owner, "quantization_mode", None)
    if mode in _PACKING_MODES and dtype in ("int8", "uint8") and "zero" not in variable.name:
        return True, False, "packed"  # two values to a byte: one cell of it is no number
    return True, True, ""


def device(variable: Any) -> str:
    """Where its values lie: `cpu`, `gpu:0`."""
    value, backend = variable._value, keras.backend.backend()
    if value is None:
        return "cpu"
    if backend == "jax":
        return ",".join(sorted({"cpu" if d.platform == "cpu" else f"{d.platform}:{d.id}" for d in value.devices()}))
    name = str(getattr(value, "device", "cpu"))
    if backend == "tensorflow":  # /job:localhost/replica:0/task:0/device:CPU:0
        name = name.rpartition("device:")[2].lower() or "cpu"
    return "cpu" if name.startswith("cpu") else name
