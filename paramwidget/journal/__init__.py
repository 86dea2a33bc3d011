"""What was done, as a tree: each entry is one step from its parent, entry 0 is the model as it was opened.

Undo goes to the parent, redo to the child that was left last; doing something else after an undo grows a branch, and
nothing is lost. The journal is passive: only a session writes to a model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from numbers import Integral

import numpy as np

from paramwidget.edits import Edit
from paramwidget.errors import HistoryError
from paramwidget.journal.entry import Change, Entry, Flip, label_of
from paramwidget.journal.kept import Kept, changed, digest, same_bytes
from paramwidget.notices import Notice
from paramwidget.region import Region

__all__ = ["Change", "Entry", "Flip", "Journal", "Kept", "changed", "digest", "label_of", "same_bytes"]

START = 0
"""Number of the entry that stands for the model as it was opened."""


class Journal:
    """The tree of entries, and where the model stands in it."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {START: Entry(START, -1, "opened", [], [], [])}
        """All entries by number, those of other branches included."""
        self.done: list[Entry] = []
        """From the start (which is not among them) to where the model stands, oldest first."""
        self._next: dict[int, int] = {}  # which child redo goes to
        self._between: tuple[int, int, int, set[str]] | None = None  # as it was asked last
        self._touched: Counter[str] = Counter()  # how many done changes each path has: asked after every edit

    @property
    def position(self) -> int:
        """Number of the entry where the model stands."""
        return self.done[-1].number if self.done else START

    @property
    def next(self) -> Entry | None:
        """The entry that redo would do again."""
        return self.entries.get(self._next.get(self.position, -1))

    @property
    def following(self) -> dict[int, int]:
        """Number of the child that redo goes to, by number of the entry; set it to a copy from before to forget a way."""
        return dict(self._next)

    @following.setter
    def following(self, children: dict[int, int]) -> None:
        self._next = children

    def record(
        self,
        label: str,
        changes: list[Change],
        flips: list[Flip],
        notices: list[Notice],
        edits: Sequence[Edit] = (),
    ) -> Entry:
        """Add a step from where the model stands; what was undone before stays as another branch."""
        entry = Entry(len(self.entries), self.position, label, changes, flips, notices, edits)
        self.entries[entry.number] = entry
        self._advance(entry)
        return entry

    def stepped_back(self) -> None:
        entry = self.done.pop()
        self._touched -= Counter(change.path for change in entry.changes)

    def stepped_forward(self, entry: Entry) -> None:
        self._advance(entry)

    def _advance(self, entry: Entry) -> None:
        self._next[entry.parent] = entry.number
        self.done.append(entry)
        self._touched.update(change.path for change in entry.changes)

    def route(self, number: int) -> tuple[list[Entry], list[Entry]]:
        """The way from where the model stands to an entry: what to undo, newest first, then what to redo, oldest first.

        Raises
        ------
        HistoryError
            There is no such entry.
        """
        if not isinstance(number, Integral) or number not in self.entries:
            raise HistoryError(f"the history has no entry {number}; it goes from 0 to {len(self.entries) - 1}")
        here = {START: 0} | {entry.number: i + 1 for i, entry in enumerate(self.done)}
        forward = []
        while number not in here:
            entry = self.entries[number]
            forward.append(entry)
            number = entry.parent
        return self.done[: here[number] - 1 : -1] if here[number] else self.done[::-1], forward[::-1]

    def between(self, number: int) -> set[str]:
        """Paths whose values are changed on the way from where the model stands to an entry."""
        known = self._between
        if known is None or known[:3] != (number, self.position, len(self.entries)):
            back, forward = self.route(number)
            paths = {change.path for entry in (*back, *forward) for change in entry.changes}
            self._between = known = (number, self.position, len(self.entries), paths)
        return known[3]

    def edited(self) -> set[str]:
        """Paths whose values an entry changed."""
        return set(self._touched)

    def at(self, number: int, paths: Iterable[str], region: Region, current: np.ndarray) -> np.ndarray:
        """The values of a region when the model stood at an entry: kept bytes laid over the present ones. Pure.

        `paths` are the names of the tensor. What training wrote in between is kept, since nothing was edited there.

        Raises
        ------
        HistoryError
            The tensor had another shape or element type then.
        """
        names = list(paths)
        values = np.array(current)
        back, forward = self.route(number)
        # what a step left out, since the tensor was gone, is where it was, whatever became of the entry
        steps = (change for entry in back for change in reversed(entry.of(names)) if change.done)
        again = (change for entry in forward for change in entry.of(names) if not change.done)
        for change in (*steps, *again):
            if change.region.shape != region.shape or change.held.dtype != values.dtype:
                raise HistoryError(
                    f"{change.path} had shape {change.region.shape} and {change.held.dtype} when it was edited and has "
                    f"{region.shape} and {values.dtype} now, so what it held at entry {number} cannot be told"
                )
            change.held.lay(change.region, values, region)
        return values

    @property
    def bytes(self) -> int:
        """Memory held for undo and redo."""
        return sum(entry.bytes for entry in self.entries.values())
