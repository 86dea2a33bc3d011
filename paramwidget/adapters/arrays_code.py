"""How plain NumPy code finds, reads and writes one array of a nested dict: the text of it, nothing is run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from paramwidget import dtypes
from paramwidget.adapters.arrays_initialize import dtype_code
from paramwidget.adapters.base import Dialect, quote
from paramwidget.dtypes.names import is_numpy


def expression(model: Mapping[Any, Any], keys: Sequence[Any]) -> str:
    """What leads from `model` to the array: `model["layer"]["w"]`, by position where a key cannot be written down."""
    code, held = "model", model
    for key in keys:
        code = f"{code}[{_written(key)}]" if _is_literal(key) else f"list({code}.values())[{_position(held, key)}]"
        held = held[key]
    return code


def _written(key: Any) -> str:
    return quote(key) if isinstance(key, str) else repr(key)


def _is_literal(key: Any) -> bool:
    """Whether its repr is Python that gives an equal key; of other classes, a repr may be any text."""
    if type(key) is tuple:
        return all(_is_literal(part) for part in key)
    return type(key) in (str, bytes, int, bool, type(None)) or (type(key) is float and math.isfinite(key))


def _position(held: Mapping[Any, Any], key: Any) -> int:
    value = held[key]
    return next(at for at, other in enumerate(held.values()) if other is value)


def dialect(array: np.ndarray) -> Dialect:
    """How code reads and writes an array of this kind. There is nothing to freeze."""
    read = "{tensor}" if type(array) is np.ndarray else "np.asarray({tensor})"  # of a masked array: what is stored
    name = array.dtype.name
    if not array.dtype.isnative and dtypes.kind(name) != "other":
        read += f".astype({dtype_code(name)})"
    is_special = dtypes.kind(name) != "other" and not is_numpy(name)
    return Dialect(
        imports=("import numpy as np", *(("import ml_dtypes",) if is_special else ())),
        read=read,
        write="{tensor}[...] = {values}",
    )
