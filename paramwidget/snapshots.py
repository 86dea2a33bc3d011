"""Named states of a model: copies of its values, which stay true whatever training or other cells do to the model.

A snapshot shares the memory of the tensors that did not change since an earlier one. It can be compared with anything and
brought back as one entry of the history. Not here: going back and forth in the history, which needs no copies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from paramwidget.errors import HistoryError, PathError, RegionError
from paramwidget.journal import same_bytes
from paramwidget.region import Region
from paramwidget.tree import Node, Parameter, closest


class Snapshot:
    """The values of a model at one time."""

    def __init__(self, name: str, entry: int, root: Node, values: dict[str, np.ndarray]) -> None:
        self.name: str = name
        """The name it was taken under."""
        self.entry: int = entry
        """Number of the entry where the model stood."""
        self.time: float = time.time()
        """When it was taken, in seconds since 1970."""
        self._root = root
        self._values = values

    @property
    def title(self) -> str:
        """Its name."""
        return self.name

    @property
    def paths(self) -> list[str]:
        """The tensors that are held."""
        return list(self._values)

    @property
    def bytes(self) -> int:
        """Bytes of the values; other snapshots may share them."""
        return sum(values.nbytes for values in self._values.values())

    def tree(self) -> Node:
        """The layer tree as it was."""
        return self._root

    def read(self, path: str, region: Region) -> np.ndarray:
        """Values of a region; read-only.

        Raises
        ------
        PathError
            The model had no such tensor, or it had no values.
        RegionError
            The region is one of a tensor with another shape.
        """
        values = self._values.get(path)
        if values is None:
            raise PathError(f"the snapshot '{self.name}' has no tensor '{path}'{closest(path, self._values)}")
        if values.shape != region.shape:
            raise RegionError(
                f"{path} has the shape {values.shape} in the snapshot '{self.name}', not {region.shape}; copy a region "
                "that both have"
            )
        part: np.ndarray = values[(*region.slices, ...)]  # type: ignore[arg-type]
        return part

    def __repr__(self) -> str:
        return f"<Snapshot '{self.name}' at entry {self.entry}, {len(self._values)} tensors, {self.bytes:,} bytes>"


class Snapshots:
    """The snapshots of a session by name, in the order in which they were taken."""

    def __init__(self) -> None:
        self._taken: dict[str, Snapshot] = {}

    def take(self, name: str, entry: int, root: Node, read: Callable[[Parameter], np.ndarray]) -> Snapshot:
        """Copy all values that can be read. A snapshot of the same name is replaced."""
        values: dict[str, np.ndarray] = {}
        for p in root.walk():
            if not p.readable:
                continue
            first = values.get(p.tied) if p.tied not in ("", p.path) else None
            present = read(p)
            like = [first] if first is not None else [s._values[p.path] for s in self if p.path in s._values]
            same = next((held for held in like if same_bytes(held, present)), None)
            if same is None:
                same = np.array(present, order="C")
                same.flags.writeable = False
            values[p.path] = same
        self._taken.pop(name, None)
        self._taken[name] = Snapshot(name, entry, root, values)
        return self._taken[name]

    def drop(self, name: str) -> None:
        """Forget a snapshot.

        Raises
        ------
        HistoryError
            There is none of this name.
        """
        self[name]
        del self._taken[name]

    def free_name(self) -> str:
        """A name that is not taken: `snapshot 1`, `snapshot 2`…"""
        number = len(self._taken) + 1
        while f"snapshot {number}" in self._taken:
            number += 1
        return f"snapshot {number}"

    @property
    def bytes(self) -> int:
        """Memory of all snapshots together; shared tensors once."""
        arrays = {id(values): values.nbytes for snapshot in self for values in snapshot._values.values()}
        return sum(arrays.values())

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(list(self._taken.values()))

    def __len__(self) -> int:
        return len(self._taken)

    def __contains__(self, name: object) -> bool:
        return name in self._taken

    def __getitem__(self, name: str) -> Snapshot:
        try:
            return self._taken[name]
        except (KeyError, TypeError):  # what cannot be a key is no name, either
            raise HistoryError(
                f"there is no snapshot '{name}'{closest(str(name), self._taken) or '; take one with session.snapshot(name)'}"
            ) from None
