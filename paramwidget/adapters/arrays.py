"""A (nested) dict of NumPy arrays: the reference adapter and the oracle of the tests.

Not here: anything about training; arrays have no such notion, so nothing can be frozen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from paramwidget import dtypes
from paramwidget.errors import FreezeError, PathError
from paramwidget.notices import Notice
from paramwidget.region import Region
from paramwidget.tree import Node, Parameter, closest, unique

_MAX_DEPTH = 64


def fits(model: Any) -> bool:
    """A non-empty dict whose leaves are all arrays; an empty dict is a model without parameters."""
    return isinstance(model, Mapping) and _all_arrays(model, 0)


def _all_arrays(group: Mapping[Any, Any], depth: int) -> bool:
    if depth > _MAX_DEPTH:
        return False
    return all(
        _all_arrays(v, depth + 1) if isinstance(v, Mapping) else isinstance(v, np.ndarray) for v in group.values()
    )


class ArraysAdapter:
    """Arrays are found again by their keys at each call and written in place, so other names of them see the edit."""

    name = "NumPy"
    writable = True

    def __init__(self, model: Mapping[Any, Any]) -> None:
        self._model = model
        self._keys: dict[str, tuple[Any, ...]] = {}

    def tree(self) -> Node:
        self._keys = {}
        taken: set[str] = set()
        owners = _owners(self._model)
        return self._node(self._model, "", "", (), taken, owners)

    def _node(
        self, group: Mapping[Any, Any], path: str, name: str, keys: tuple[Any, ...], taken: set[str], owners: _Owners
    ) -> Node:
        parameters, children = [], []
        for key, value in group.items():
            child = unique(f"{path}/{key}" if path else str(key), taken)
            if isinstance(value, Mapping):
                children.append(self._node(value, child, str(key), (*keys, key), taken, owners))
            else:
                self._keys[child] = (*keys, key)
                parameters.append(_parameter(value, child, str(key), owners))
        return Node(path, name or "arrays", "dict", tuple(parameters), tuple(children))

    def _array(self, path: str) -> np.ndarray:
        if path not in self._keys:
            self.tree()
        try:
            found: Any = self._model
            for key in self._keys[path]:
                found = found[key]
        except (KeyError, TypeError):
            raise PathError(f"there is no array '{path}' any more{closest(path, self._keys)}") from None
        if not isinstance(found, np.ndarray):
            raise PathError(f"'{path}' no longer holds an array")
        return found

    def read(self, path: str, region: Region) -> np.ndarray:
        view: np.ndarray = self._array(path)[_index(region)].view()
        view.flags.writeable = False
        return view.astype(view.dtype.newbyteorder("="), copy=False)

    def write(self, path: str, region: Region, values: np.ndarray) -> None:
        if values.shape != region.extent:  # NumPy would broadcast
            raise ValueError(f"values of shape {values.shape} do not fit {region}")
        self._array(path)[_index(region)] = values

    def set_trainable(self, path: str, trainable: bool) -> list[Notice]:
        raise FreezeError(
            f"{path} is a NumPy array, and arrays have no notion of training, so there is nothing to freeze"
        )

    def after_write(self, path: str) -> list[Notice]:
        return []


def _index(region: Region) -> tuple[Any, ...]:
    """The ellipsis keeps a 0-d array an array: NumPy would give a scalar."""
    return (*region.slices, ...)


class _Owners:
    """Who holds which memory first, so that an array under two names is shown as tied and counted once."""

    def __init__(self) -> None:
        self.paths: dict[tuple[int, tuple[int, ...], tuple[int, ...], str], str] = {}

    @staticmethod
    def key(array: np.ndarray) -> tuple[int, tuple[int, ...], tuple[int, ...], str]:
        return array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str


def _owners(model: Mapping[Any, Any]) -> _Owners:
    """Only memory that occurs twice is remembered: most arrays share nothing."""
    seen: dict[tuple[int, tuple[int, ...], tuple[int, ...], str], int] = {}
    for array in _leaves(model):
        if array.size:
            seen[_Owners.key(array)] = seen.get(_Owners.key(array), 0) + 1
    owners = _Owners()
    owners.paths = {key: "" for key, n in seen.items() if n > 1}
    return owners


def _leaves(group: Mapping[Any, Any]) -> Iterator[np.ndarray]:
    for value in group.values():
        if isinstance(value, Mapping):
            yield from _leaves(value)
        else:
            yield value


def _parameter(array: np.ndarray, path: str, name: str, owners: _Owners) -> Parameter:
    dtype = array.dtype.name
    key = _Owners.key(array)
    tied = ""
    if key in owners.paths and array.size:
        tied = owners.paths[key] = owners.paths[key] or path
    reason = ""
    if array.dtype.hasobject:
        reason = "object-type"
    elif dtypes.kind(dtype) == "other":
        reason = "element-type"
    elif not array.flags.writeable:
        reason = "read-only-array"
    elif array.size and any(stride == 0 and n > 1 for stride, n in zip(array.strides, array.shape, strict=True)):
        reason = "expanded"
    elif _overlaps(array):
        reason = "overlapping"
    readable = reason not in ("object-type", "element-type")
    return Parameter(
        path,
        name,
        array.shape,
        dtype,
        role="bias" if name.endswith(("bias", "intercept_")) or name == "b" else "weight",
        tied=tied,
        counted=tied in ("", path),
        readable=readable,
        writable=not reason,
        reason=reason,
    )


def _overlaps(array: np.ndarray) -> bool:
    """Whether cells may share memory, as in a sliding window: a stride must reach over all that shorter ones cover."""
    covered = array.itemsize
    for stride, n in sorted((abs(stride), n) for stride, n in zip(array.strides, array.shape, strict=True) if n > 1):
        if stride < covered:
            return array.size > 0
        covered += stride * (n - 1)
    return False
