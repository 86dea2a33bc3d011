"""What a script gives as values, as a NumPy array: numbers, lists, arrays, tensors of any framework.

No framework is imported: a tensor can only exist if its module is loaded already. Not here: what is stored (`stored`).
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from paramwidget.dtypes.names import is_numpy, kind, numpy_dtype
from paramwidget.errors import ValueRefusedError

_NUMBERS = frozenset({bool, int, float, complex})
_MAX_DEPTH = 64
"""NumPy has no more axes than this."""


def given(values: Any) -> np.ndarray:
    """Values of any kind as an array; may be a view of what was given.

    Raises
    ------
    ValueRefusedError
        Rows of different lengths, masked values, or something whose values its framework does not give.
    """
    if type(values) is np.ndarray:
        return values
    try:
        return _array(values, 0)
    except ValueRefusedError:
        raise
    except Exception as error:  # whatever a framework raises
        raise ValueRefusedError(f"the values of this {_name(values)} cannot be read: {_first_line(error)}") from error


def _array(values: Any, depth: int) -> np.ndarray:
    if isinstance(values, (list, tuple)):
        return _listed(values, depth)
    if isinstance(values, np.ma.MaskedArray):
        if np.ma.is_masked(values):
            raise ValueRefusedError("the array holds masked values; fill them first, for example with .filled(0)")
        return np.asarray(values.data)
    if hasattr(values, "detach") and hasattr(values, "cpu"):
        return _from_torch(values)
    inner = getattr(values, "value", None)  # a Keras variable with the torch backend
    if hasattr(inner, "detach") and hasattr(inner, "cpu"):
        return _from_torch(inner)
    return np.asarray(values)


def _listed(values: list[Any] | tuple[Any, ...], depth: int) -> np.ndarray:
    if depth >= _MAX_DEPTH:
        raise ValueRefusedError("the values are nested deeper than an array can be")
    # NumPy drops masks of what is in a list and does not know the tensors of all frameworks: item by item
    items = values if all(type(item) in _NUMBERS for item in values) else [_item(item, depth + 1) for item in values]
    try:
        return np.asarray(items)
    except ValueError:
        raise ValueRefusedError("the values are not rectangular: rows of one list differ in length") from None


def _item(item: Any, depth: int) -> Any:
    return item if type(item) in _NUMBERS else _array(item, depth)


def _from_torch(tensor: Any) -> np.ndarray:
    part = tensor.detach().cpu()
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(part, torch.Tensor):
        return np.asarray(part)
    if type(part) is not torch.Tensor:
        raise ValueRefusedError(f"a {_name(tensor)} may mean other values than it stores; give a plain tensor")
    if part.layout is not torch.strided:
        raise ValueRefusedError("a sparse tensor holds no array of values; give its to_dense()")
    if part.numel() and part.untyped_storage().data_ptr() == 0:  # NumPy would read at address 0
        raise ValueRefusedError("the memory of this tensor was given back, so it has no values")
    name = str(part.dtype).removeprefix("torch.")
    if kind(name) != "other" and not is_numpy(name):
        seen = {1: torch.uint8, 2: torch.int16}[part.element_size()]
        return np.asarray(part.contiguous().view(seen).numpy()).view(numpy_dtype(name))
    return np.asarray(part.resolve_conj().resolve_neg().numpy())


def _name(values: Any) -> str:
    return type(values).__qualname__


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
