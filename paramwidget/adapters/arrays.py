"""A (nested) dict of NumPy arrays: the reference adapter and the oracle of the tests.

Not here: anything about training; arrays have no such notion, so nothing can be frozen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from paramwidget import dtypes
from paramwidget.adapters import arrays_code, arrays_initialize
from paramwidget.adapters.arrays_sharing import Sharing
from paramwidget.adapters.base import Dialect
from paramwidget.errors import FreezeError, PathError, RegionError
from paramwidget.notices import Notice
from paramwidget.region import Region
from paramwidget.tree import Node, Parameter, closest, unique


def fits(model: Any) -> bool:
    """A dict, of any depth, whose leaves are all arrays; an empty dict is a model without parameters."""
    return isinstance(model, Mapping) and _offence(model) is None


def why_not(model: Mapping[Any, Any]) -> str:
    """A clause that names the entry for which a dict does not fit, and the part of it that does, if there is one."""
    offence = _offence(model)
    if offence is None:
        return "all its entries are arrays"
    keys, value = offence
    name = "/".join(map(str, keys))
    name = name if len(name) <= 80 else "…" + name[-79:]
    if isinstance(value, Mapping):
        clause = f"its entry '{name}' is a dict that contains itself"
    else:
        clause = f"its entry '{name}' is {_type_name(value)}"
    for key, part in model.items():
        if isinstance(part, Mapping) and part and (fits(part) or _is_state_dict(part)):
            return f"{clause}; pass model[{key!r}] if that is what is meant"
    return clause


def _is_state_dict(model: Mapping[Any, Any]) -> bool:
    """Tensors of a framework that is not imported here, as they are saved in checkpoints."""
    return all(hasattr(value, "detach") and hasattr(value, "cpu") for value in model.values())


def _type_name(value: Any) -> str:
    kind = type(value)
    if value is None:
        return "None"
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _offence(model: Mapping[Any, Any]) -> tuple[tuple[Any, ...], Any] | None:
    """The first entry, with its keys, that is not an array, or that is a dict in itself. No recursion: any depth."""
    done: set[int] = set()
    open_: dict[int, None] = {id(model): None}
    stack: list[tuple[Any, Iterator[tuple[Any, Any]]]] = [(None, iter(model.items()))]
    holders = [model]
    while stack:
        for key, value in stack[-1][1]:
            if isinstance(value, np.ndarray) or id(value) in done:
                continue
            if not isinstance(value, Mapping) or id(value) in open_:
                return (*(name for name, _ in stack[1:]), key), value
            open_[id(value)] = None
            holders.append(value)  # kept, so that no other object gets its id
            stack.append((key, iter(value.items())))
            break
        else:
            stack.pop()
            last = open_.popitem()[0]
            done.add(last)
    return None


class _Group:
    """A dict on the way through the model: its tensors and its inner groups, in the order of its entries."""

    def __init__(self, path: str, name: str, keys: tuple[Any, ...], held: Any, above: _Group | None) -> None:
        self.path, self.name, self.keys, self.held, self.above = path, name, keys, held, above
        self.leaves: list[str] = []
        self.nodes: list[Node] = []
        self.reason = ""


class ArraysAdapter:
    """Arrays are found again by their keys at each call and written in place, so other names of them see the edit."""

    name = "NumPy"
    writable = True

    def __init__(self, model: Mapping[Any, Any]) -> None:
        self._model = model
        self._keys: dict[str, tuple[Any, ...]] = {}
        self._known: dict[str, Parameter] = {}

    def tree(self) -> Node:
        groups, arrays, keys = self._walk()
        sharing = Sharing(list(arrays.values()))
        paths = list(arrays)
        known = {}
        for at, (path, array) in enumerate(arrays.items()):
            owner = sharing.owner.get(at)
            known[path] = _parameter(
                array,
                path,
                str(keys[path][-1]),
                tied="" if owner is None else paths[owner],
                stored=at not in sharing.elsewhere,
            )
        for group in reversed(groups):  # what is inside is made before what holds it
            kind = "dict" if isinstance(group.held, Mapping) else type(group.held).__name__
            parameters = tuple(known[path] for path in group.leaves)
            node = Node(group.path, group.name, kind, parameters, tuple(reversed(group.nodes)), group.reason)
            if group.above is not None:
                group.above.nodes.append(node)
        self._keys, self._known = keys, known
        return node

    def _walk(self) -> tuple[list[_Group], dict[str, np.ndarray], dict[str, tuple[Any, ...]]]:
        """All groups, arrays and keys, in the order in which they are shown. No recursion: any depth."""
        groups: list[_Group] = []
        arrays: dict[str, np.ndarray] = {}
        keys: dict[str, tuple[Any, ...]] = {}
        taken: set[str] = set()
        within: set[int] = set()
        stack: list[_Group | int] = [_Group("", "arrays", (), self._model, None)]
        while stack:
            group = stack.pop()
            if isinstance(group, int):  # all of this dict has been gone through
                within.remove(group)
                continue
            groups.append(group)
            if not isinstance(group.held, Mapping):  # bound there since the model was opened
                group.reason = "object-type"
                continue
            if id(group.held) in within:
                group.reason = "cycle"
                continue
            within.add(id(group.held))
            stack.append(id(group.held))
            inner = []
            for key, value in group.held.items():
                path = unique(f"{group.path}/{key}" if group.path else str(key), taken)
                if isinstance(value, np.ndarray):
                    group.leaves.append(path)
                    arrays[path] = value
                    keys[path] = (*group.keys, key)
                else:
                    inner.append(_Group(path, str(key), (*group.keys, key), value, group))
            stack.extend(reversed(inner))
        return groups, arrays, keys

    def facts(self, path: str) -> Parameter:
        """Shape, dtype and flags as they are now; what is shared as it was in the last tree."""
        array = self._array(path)
        known = self._known[path]
        return _parameter(array, path, known.name, known.tied, known.stored)

    def _array(self, path: str) -> np.ndarray:
        if path not in self._keys:
            self.tree()
        if path not in self._keys:
            raise PathError(f"there is no array '{path}'{closest(path, self._keys)}")
        found: Any = self._model
        for key in self._keys[path]:
            # an array in place of a dict would take some keys as an index
            if not isinstance(found, Mapping) or key not in found:
                raise PathError(f"there is no array '{path}' any more{closest(path, self._keys.keys() - {path})}")
            found = found[key]
        if not isinstance(found, np.ndarray):
            raise PathError(f"'{path}' no longer holds an array")
        return found

    def read(self, path: str, region: Region) -> np.ndarray:
        array = self._array(path)
        if array.shape != region.shape:
            raise RegionError(f"{path} has the shape {array.shape} now, not {region.shape}; look at it again")
        view = np.ndarray.view(array[_index(region)], np.ndarray)  # of a masked array: what is stored
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

    def initializers(self) -> tuple[str, ...]:
        return tuple(arrays_initialize.TABLE)

    def initial(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> np.ndarray:
        return arrays_initialize.values(arrays_initialize.start(name, options, self.facts(path)), seed)

    def initial_note(self, path: str, name: str, options: Mapping[str, float]) -> str:
        arrays_initialize.start(name, options, self.facts(path))
        return ""

    def initial_code(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> list[str]:
        return arrays_initialize.code(arrays_initialize.start(name, options, self.facts(path)), seed)

    def code(self, path: str) -> str:
        self._array(path)
        return arrays_code.expression(self._model, self._keys[path])

    def dialect(self, path: str) -> Dialect:
        return arrays_code.dialect(self._array(path))


def _index(region: Region) -> tuple[Any, ...]:
    """The ellipsis keeps a 0-d array an array: NumPy would give a scalar."""
    return (*region.slices, ...)


def _parameter(array: np.ndarray, path: str, name: str, tied: str, stored: bool) -> Parameter:
    dtype = array.dtype.name
    reason = ""
    if array.dtype.hasobject:
        reason = "object-type"
    elif dtypes.kind(dtype) == "other":
        reason = "element-type"
    elif type(array) not in (np.ndarray, np.memmap):  # a mask or a unit would be written past
        reason = "subclass"
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
        tied=tied,
        counted=stored,
        stored=stored,
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
