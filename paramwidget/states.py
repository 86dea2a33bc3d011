"""States of a model that can be read: as it is, as it was at an entry of the history; and what operations see of them.

Nothing is copied: a state of the past is the live model with the bytes laid over it that the history keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from paramwidget.adapters import adapter_for
from paramwidget.adapters.base import Programmable
from paramwidget.errors import HistoryError, ValueRefusedError
from paramwidget.journal import same_bytes
from paramwidget.region import Region
from paramwidget.tree import Node

if TYPE_CHECKING:
    from paramwidget.preview import Preview
    from paramwidget.session import Session


class State(Protocol):
    """What can be compared and copied from: a snapshot, an entry of the history, another model."""

    @property
    def title(self) -> str:
        """What it is called on the screen."""
        ...

    def tree(self) -> Node:
        """The layer tree."""
        ...

    def read(self, path: str, region: Region) -> np.ndarray:
        """Values of a region, with its extent; may be a read-only view."""
        ...


class LiveState:
    """The model as it is now, with whatever is being tried out in it."""

    title = "now"

    def __init__(self, session: Session) -> None:
        self._session = session

    def tree(self) -> Node:
        return self._session.known

    def read(self, path: str, region: Region) -> np.ndarray:
        with self._session.lock:
            return np.array(self._session.view(path, region))


class EntryState:
    """The model as it was at an entry of the history. What training wrote since is there too: nothing was edited then."""

    def __init__(self, session: Session, number: int) -> None:
        session.journal.route(number)  # raises if there is no such entry
        self._session = session
        self.number = number

    @property
    def title(self) -> str:
        if self.number == 0:
            return "start"
        return f"edit {self.number}"

    def tree(self) -> Node:
        return self._session.known

    def read(self, path: str, region: Region) -> np.ndarray:
        session = self._session
        with session.lock:
            current = np.array(session.view(path, region))
            names, other_views = [path], set()
            for alias in session.aliases(path):
                if self._is_same_view(path, alias, region, current):
                    names.append(alias)
                else:
                    other_views.add(alias)
            touched = session.journal.between(self.number) & other_views
            if touched:
                raise HistoryError(
                    f"{path} shares memory with {min(touched)}, which is another view of it and was edited under that "
                    f"name, so what {path} held at entry {self.number} cannot be told; go there to see it"
                )
            preview = session.previewing
            if preview is not None:
                preview.lay(names, region, current)
                self._lay_views(preview, other_views, path, region, current)
            return session.journal.at(self.number, names, region, current)

    def _lay_views(self, preview: Preview, views: set[str], path: str, region: Region, values: np.ndarray) -> None:
        """Lay what was there before a preview over the values of a tensor that shares memory with these."""
        for edit, base in zip(preview.edits, preview.base, strict=True):
            if edit.path in views and base.size and values.size:
                own, other = self._memory(path, region), self._memory(edit.path, edit.region)
                if own is None or other is None:
                    raise HistoryError(
                        f"{path} shares memory with {edit.path}, which is another view of it and is being tried out, so "
                        f"what {path} held before cannot be told; keep or take back what is tried out first"
                    )
                _lay_over(own, values, other, base)

    def _memory(self, path: str, region: Region) -> np.ndarray | None:
        """The memory of a region itself; None where the framework gives copies of it."""
        values, again = self._session.view(path, region), self._session.view(path, region)
        return values if np.may_share_memory(values, again) else None

    def _is_same_view(self, path: str, alias: str, region: Region, current: np.ndarray) -> bool:
        """Whether a tensor on the same memory has its cells in the same places.

        Where the framework gives its memory, that tells; where it gives copies, as TensorFlow does, equal values do.
        """
        session = self._session
        if session.parameter(alias).shape != region.shape:
            return False
        own, other = session.view(path, region), session.view(alias, region)
        if np.may_share_memory(own, other):
            return _address(own) == _address(other) and own.strides == other.strides
        return same_bytes(other, current)


def _lay_over(own: np.ndarray, values: np.ndarray, other: np.ndarray, base: np.ndarray) -> None:
    """Change those cells of `values`, which lie where `own` does, that lie where `other` does, whose values are `base`."""
    if not np.may_share_memory(own, other):
        return
    (low, high), (start, end) = _bytes_of(own), _bytes_of(other)
    begin = min(low, start)
    memory = np.empty(max(high, end) - begin, np.uint8)  # both as they lie, but apart from the model

    def there(array: np.ndarray) -> np.ndarray:
        offset = _address(array) - begin
        return np.ndarray(array.shape, array.dtype, memory, offset, array.strides)

    there(own)[...] = values
    there(other)[...] = base
    values[...] = there(own)


def _address(array: np.ndarray) -> int:
    """Of its first element."""
    return int(array.__array_interface__["data"][0])


def _bytes_of(array: np.ndarray) -> tuple[int, int]:
    """Where its lowest byte lies, and where those after its highest do."""
    reach = [step * (n - 1) for step, n in zip(array.strides, array.shape, strict=True)]
    low = _address(array) + sum(min(0, far) for far in reach)
    return low, low + sum(map(abs, reach)) + array.itemsize


class ModelState:
    """Another model, read through its adapter."""

    def __init__(self, model: Any) -> None:
        self._adapter = adapter_for(model)
        self._root = self._adapter.tree()
        self.title = self._root.name

    def tree(self) -> Node:
        return self._root

    def read(self, path: str, region: Region) -> np.ndarray:
        self._root[path]  # raises, and names the closest
        return np.array(self._adapter.read(path, region))


def source_of(given: Any) -> State:
    """What values can be copied from: a state or snapshot as it is, a session as it is now, a model through its adapter.

    Raises
    ------
    UnsupportedModelError
        No adapter fits.
    """
    if hasattr(type(given), "previewing"):
        return LiveState(given)
    if hasattr(type(given), "read") and hasattr(type(given), "tree"):
        state: State = given
        return state
    return ModelState(given)


def state_of(session: Session, number: int | None = None) -> State:
    """The state at an entry of the history, or as it is now."""
    return LiveState(session) if number is None else EntryState(session, number)


class StateWorld:
    """What operations see beyond their region: the framework's initialisers, other tensors, snapshots."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def initial(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> np.ndarray:
        return self._author().initial(path, name, seed, options)

    def initial_code(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> list[str]:
        return self._author().initial_code(path, name, seed, options)

    def values(self, path: str, region: str, snapshot: str) -> np.ndarray:
        session = self._session
        # what is only tried out is not there yet: a trial copies from the same values each time
        source = session.snapshots[snapshot] if snapshot else session.at(session.journal.position)
        part = Region.parse(region or "[...]", source.tree()[path].shape)
        return np.array(source.read(path, part)).reshape(part.squeezed)

    def _author(self) -> Programmable:
        adapter = self._session.adapter
        if not isinstance(adapter, Programmable):
            raise ValueRefusedError(
                f"{adapter.name} has no initialisers; compute new values with an expression such as randn() * 0.05"
            )
        return adapter
