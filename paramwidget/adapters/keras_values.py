"""Reading and writing regions of a Keras variable, backend by backend.

The variable object always stays, so optimizers and compiled functions keep it. All go through `_value`: `value` is a
converted copy inside an autocast scope, and a placeholder inside a stateless one.
"""

from __future__ import annotations

import sys
from typing import Any

import keras
import numpy as np

from paramwidget.adapters.keras_facts import dtype_name
from paramwidget.dtypes import numpy_dtype
from paramwidget.errors import NoValuesError, RegionError
from paramwidget.region import Region


def read(variable: Any, region: Region, path: str) -> np.ndarray:
    """The values of a region. Only the region is fetched.

    Raises
    ------
    NoValuesError
        The variable is not built, or JAX has taken its values for the time of `fit()`.
    RegionError
        It has another shape than the region was made for.
    """
    value = _stored(variable, region, path)
    if keras.backend.backend() == "torch":
        return _torch_read(value, region, dtype_name(variable))
    if not region.shape:
        return np.asarray(keras.ops.convert_to_numpy(value))
    # TensorFlow gives its memory, read-only, where `.numpy()` would copy it; a later assignment goes to another place
    is_all = region.is_full and hasattr(value, "read_value")
    return np.asarray(value.read_value() if is_all else value[region.slices])


def whole(value: Any) -> np.ndarray:
    """All values of a tensor of the backend, which is no variable."""
    if keras.backend.backend() == "torch":
        return _torch_read(value, Region.full(tuple(value.shape)), str(keras.backend.standardize_dtype(value.dtype)))
    return np.asarray(keras.ops.convert_to_numpy(value))


def write(variable: Any, region: Region, values: np.ndarray, path: str) -> None:
    """Store values of the right shape and element type.

    Raises
    ------
    NoValuesError
        The variable is not built, or JAX has taken its values for the time of `fit()`: they would be lost.
    RegionError
        It has another shape than the region was made for.
    """
    value = _stored(variable, region, path)
    if values.shape != region.extent:  # a slice assignment would broadcast
        raise ValueError(f"values of shape {values.shape} do not fit {region}")
    if not values.size:
        return
    # a private copy: JAX may keep the memory of an array that it is given, and would change with it
    private = np.array(values, order="C", copy=True)
    backend = keras.backend.backend()
    if backend == "torch":
        _torch_write(value, region, private)
    elif region.is_full:
        variable.assign(private)
    elif backend == "jax":
        variable.assign(value.at[region.slices].set(private))
    elif backend != "tensorflow" or not _tensorflow_write(value, region, private):
        _write_whole(variable, value, region, private)


def _stored(variable: Any, region: Region, path: str) -> Any:
    value = variable._value
    if value is not None:
        # a layer may have been built again; the old positions would be other cells of the new variable
        shape = tuple(int(n) for n in value.shape)
        if shape != region.shape:
            raise RegionError(f"{path} has the shape {shape} now, not {region.shape}; look at it again")
        return value
    if variable._initializer is not None:
        raise NoValuesError(f"{path} has no values yet, because its model is not built; build it or call it once")
    # JAX purges the variables while it trains: what is assigned then is accepted and lost
    raise NoValuesError(
        f"{path} has no values while fit() runs on JAX; wait until it ends, or call model.jax_state_sync() first "
        "in a callback"
    )


def _write_whole(variable: Any, value: Any, region: Region, values: np.ndarray) -> None:
    whole = np.array(keras.ops.convert_to_numpy(value))
    whole[region.slices] = values
    variable.assign(whole)


def _tensorflow_write(value: Any, region: Region, values: np.ndarray) -> bool:
    """Write the slice alone; False if that is not possible here and the whole must be written."""
    tf = sys.modules["tensorflow"]
    # a slice of a mirrored variable is assigned on the first replica only
    if isinstance(value, tf.distribute.DistributedValues):
        return False
    try:
        value[region.slices].assign(values)
    except (tf.errors.NotFoundError, tf.errors.UnimplementedError, tf.errors.InvalidArgumentError):
        return False  # no such operation for this element type on this device
    return True


# how the bits of a type that NumPy lacks are carried between torch and ml_dtypes: a detour over float32 would change
# NaN payloads
CARRIER = {1: "uint8", 2: "int16"}


def _torch_read(value: Any, region: Region, dtype: str) -> np.ndarray:
    torch: Any = sys.modules["torch"]
    part = value.detach()[(*region.slices, ...)].cpu()
    target = numpy_dtype(dtype)
    if target.isbuiltin == 1:
        return np.asarray(part.numpy())
    carrier = CARRIER[target.itemsize]
    return np.asarray(part.contiguous().view(getattr(torch, carrier)).numpy()).view(target)


def _torch_write(value: Any, region: Region, values: np.ndarray) -> None:
    torch: Any = sys.modules["torch"]
    if values.dtype.isbuiltin != 1:
        source = torch.from_numpy(values.view(CARRIER[values.dtype.itemsize])).view(value.dtype)
    else:
        source = torch.from_numpy(values)
    with torch.no_grad():
        value.detach()[(*region.slices, ...)].copy_(source)
