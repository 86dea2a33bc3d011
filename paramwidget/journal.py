"""What was done: entries with the bytes from before, for undo and redo that restore bits.

Each change keeps one copy of the region's bytes, never two: those from before while it is done, those from after while it
is undone. A digest of what the model should hold tells whether something else wrote there since. The journal is passive:
only a session writes to a model.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator

import numpy as np

from paramwidget.notices import Notice
from paramwidget.region import Region


def digest(values: np.ndarray) -> bytes:
    """16 bytes that tell two contents apart, NaN payloads and signs of zero included."""
    return hashlib.blake2b(_raw(values).data, digest_size=16).digest()


def same_bytes(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays hold the same bits: NaN equals NaN, 0.0 does not equal -0.0."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return bool(np.array_equal(_raw(a), _raw(b)))


def _raw(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).reshape(-1).view(np.uint8)


class Change:
    """One region that was written. `held` are the bytes that undo (or redo) will write back."""

    __slots__ = ("expected", "held", "path", "region")

    def __init__(self, path: str, region: Region, before: np.ndarray, after: np.ndarray) -> None:
        self.path = path
        self.region = region
        self.held = before
        self.expected = digest(after)


class Flip:
    """One tensor that was frozen or unfrozen."""

    __slots__ = ("after", "before", "path")

    def __init__(self, path: str, before: bool, after: bool) -> None:
        self.path = path
        self.before = before
        self.after = after


class Entry:
    """One step of the history: what the user did at once, undone at once."""

    def __init__(
        self, number: int, label: str, changes: list[Change], flips: list[Flip], notices: list[Notice]
    ) -> None:
        self.number = number
        self.label = label
        self.changes = changes
        self.flips = flips
        self.notices = notices
        self.time = time.time()

    @property
    def paths(self) -> list[str]:
        """The tensors that were touched, each once."""
        return list(dict.fromkeys([c.path for c in self.changes] + [f.path for f in self.flips]))

    @property
    def count(self) -> int:
        """Number of values written."""
        return sum(change.region.size for change in self.changes)

    @property
    def bytes(self) -> int:
        """Memory held for undo."""
        return sum(change.held.nbytes for change in self.changes)

    def __repr__(self) -> str:
        return f"<{self.number}: {self.label}>"


class Journal:
    """Done entries, oldest first, and undone ones that can be redone until something new is done."""

    def __init__(self) -> None:
        self.done: list[Entry] = []
        self.undone: list[Entry] = []
        self._numbers = 0
        self._touched: Counter[str] = Counter()  # how many done changes each path has: asked after every edit

    def record(self, label: str, changes: list[Change], flips: list[Flip], notices: list[Notice]) -> Entry:
        """Add a new entry; what was undone can no longer be redone."""
        self._numbers += 1
        entry = Entry(self._numbers, label, changes, flips, notices)
        self.done.append(entry)
        self.undone.clear()
        self._touched.update(change.path for change in changes)
        return entry

    def stepped_back(self) -> None:
        self.undone.append(self.done.pop())
        self._touched -= Counter(change.path for change in self.undone[-1].changes)

    def stepped_forward(self) -> None:
        self.done.append(self.undone.pop())
        self._touched.update(change.path for change in self.done[-1].changes)

    def edited(self) -> set[str]:
        """Paths whose values an entry changed."""
        return set(self._touched)

    def loaded(self, path: str, region: Region, current: np.ndarray) -> np.ndarray:
        """The values of a region before the first edit: the older bytes laid over the current ones, newest first.

        Pure. What training wrote in between counts as loaded, since nothing was edited there.
        """
        values = np.array(current)
        for change in self._changes_of(path):
            _overlay(values, region, change)
        return values

    def _changes_of(self, path: str) -> Iterator[Change]:
        for entry in reversed(self.done):
            for change in reversed(entry.changes):
                if change.path == path:
                    yield change


def _overlay(values: np.ndarray, region: Region, change: Change) -> None:
    """Copy the part of a change's held values that lies in `region` into `values`."""
    into: list[slice | list[int]] = []
    source: list[slice | list[int]] = []
    for mine, its in zip(region.spans, change.region.spans, strict=True):
        if mine.step == its.step == 1:
            start, stop = max(mine.start, its.start), min(mine.stop, its.stop)
            if start >= stop:
                return
            into.append(slice(start - mine.start, stop - mine.start))
            source.append(slice(start - its.start, stop - its.start))
        else:
            a, b = range(mine.start, mine.stop, mine.step), range(its.start, its.stop, its.step)
            common = sorted(set(a) & set(b))
            if not common:
                return
            into.append([a.index(i) for i in common])
            source.append([b.index(i) for i in common])
    if all(isinstance(part, slice) for part in into):
        values[tuple(into)] = change.held[tuple(source)]
    else:
        values[np.ix_(*map(_positions, into, values.shape))] = change.held[
            np.ix_(*map(_positions, source, change.held.shape))
        ]


def _positions(part: slice | list[int], n: int) -> list[int]:
    return list(range(*part.indices(n))) if isinstance(part, slice) else part
