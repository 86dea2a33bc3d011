"""A (nested) dict of NumPy arrays: the reference adapter and the oracle of the tests.

Not here: anything about training; arrays have no such notion, so nothing can be frozen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from paramwidget import dtypes
from paramwidget.errors import FreezeError, PathError, RegionError
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
        root = self._node(self._model, "", "", (), set())
        sharing = _Sharing([self._array(path) for path in self._keys])
        if not sharing.owner:
            return root
        paths = list(self._keys)
        tied = {paths[number]: paths[owner] for number, owner in sharing.owner.items()}
        twice = {paths[number] for number in sharing.counted_elsewhere}
        return _with_ties(root, tied, twice)

    def _node(self, group: Mapping[Any, Any], path: str, name: str, keys: tuple[Any, ...], taken: set[str]) -> Node:
        parameters, children = [], []
        for key, value in group.items():
            child = unique(f"{path}/{key}" if path else str(key), taken)
            if isinstance(value, Mapping):
                children.append(self._node(value, child, str(key), (*keys, key), taken))
            else:
                self._keys[child] = (*keys, key)
                parameters.append(_parameter(value, child, str(key)))
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
        array = self._array(path)
        if array.shape != region.shape:
            raise RegionError(f"{path} has the shape {array.shape} now, not {region.shape}; look at it again")
        view: np.ndarray = array[_index(region)].view()
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


class _Sharing:
    """Which arrays lie on the same memory, so that they are shown as tied and counted once.

    Arrays are compared by the bytes that they span, so a transposed or overlapping view is found too. `owner` is the
    number of the first array of such a group, in the order of the tree.
    """

    def __init__(self, arrays: list[np.ndarray]) -> None:
        self.owner: dict[int, int] = {}
        self.counted_elsewhere: set[int] = set()
        bounds = sorted((*_bounds(array), number) for number, array in enumerate(arrays) if array.size)
        group: list[int] = []
        reach = -1
        seen: dict[tuple[int, int], int] = {}
        for low, high, number in bounds:
            if low >= reach:
                self._close(group)
                group, seen = [], {}
            group.append(number)
            reach = max(reach, high)
            first = seen.setdefault((low, high), number)
            if first != number:
                self.counted_elsewhere.add(max(first, number))
                seen[low, high] = min(first, number)
        self._close(group)

    def _close(self, group: list[int]) -> None:
        if len(group) > 1:
            self.owner |= dict.fromkeys(group, min(group))


def _bounds(array: np.ndarray) -> tuple[int, int]:
    """Addresses of the first byte and of the one after the last."""
    low = high = int(array.__array_interface__["data"][0])
    for n, stride in zip(array.shape, array.strides, strict=True):
        low, high = (low + (n - 1) * stride, high) if stride < 0 else (low, high + (n - 1) * stride)
    return low, high + array.itemsize


def _with_ties(node: Node, tied: dict[str, str], twice: set[str]) -> Node:
    return msgspec.structs.replace(
        node,
        parameters=tuple(
            msgspec.structs.replace(p, tied=tied.get(p.path, ""), counted=p.path not in twice) for p in node.parameters
        ),
        children=tuple(_with_ties(child, tied, twice) for child in node.children),
    )


def _parameter(array: np.ndarray, path: str, name: str) -> Parameter:
    dtype = array.dtype.name
    reason = ""
    if array.dtype.hasobject:
        reason = "object-type"
    elif dtypes.kind(dtype) == "other":
        reason = "element-type"
    elif not array.flags.writeable:
        reason = "read-only-array"
    elif array.size and any(stride == 0 and n > 1 for stride, n in zip(array.strides, array.shape, strict=True)):
        reason = "expanded"
    elif not array.flags.c_contiguous and _overlaps(array):
        reason = "overlapping"
    return Parameter(
        path,
        name,
        array.shape,
        dtype,
        role="bias" if name.endswith(("bias", "intercept_")) or name == "b" else "weight",
        readable=reason not in ("object-type", "element-type"),
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
