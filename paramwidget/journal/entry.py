"""One step of the history: what was meant, what was written, and the bytes that take it back."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import structs

from paramwidget import dtypes
from paramwidget.edits import Assign, Copy, Edit
from paramwidget.errors import HistoryError
from paramwidget.journal.kept import Kept, digest
from paramwidget.notices import Notice
from paramwidget.region import Region


class Change:
    """One region that was written. `held` are the bytes that undo (or redo) will write back.

    They are those from before while the change is done, and those from after while it is undone: one copy, never two.
    `expected` is a digest of what the model should hold in those cells now, to notice who else wrote there.
    """

    __slots__ = ("done", "expected", "held", "path", "region")

    def __init__(self, path: str, region: Region, before: np.ndarray, after: np.ndarray) -> None:
        self.done: bool = True
        """Whether the bytes held are those from before."""
        self.path: str = path
        """Path of the tensor."""
        self.region: Region = region
        """The part of it that was written."""
        self.held = Kept.of(before, after)
        self.expected = digest(self.held.part(after))

    def expect(self, current: np.ndarray) -> None:
        """The model holds `current` in this region now, and that is right."""
        self.expected = digest(self.held.part(current))

    def is_expected(self, current: np.ndarray) -> bool:
        """Whether the model still holds what was left there."""
        return digest(self.held.part(current)) == self.expected


class Flip:
    """One tensor that was frozen or unfrozen."""

    __slots__ = ("after", "before", "path")

    def __init__(self, path: str, before: bool, after: bool) -> None:
        self.path: str = path
        """Path of the tensor."""
        self.before: bool = before
        """Whether it trained before."""
        self.after: bool = after
        """Whether it trains after."""


class Entry:
    """One step of the history: what the user did at once, undone at once."""

    def __init__(
        self,
        number: int,
        parent: int,
        label: str,
        changes: list[Change],
        flips: list[Flip],
        notices: list[Notice],
        edits: Sequence[Edit] = (),
    ) -> None:
        self.number: int = number
        """From 1; 0 is the model as it was opened."""
        self.parent: int = parent
        """Number of the step before it; -1 for entry 0."""
        self.label: str = label
        """What it is called: `conv2/kernel scale × 0.5`."""
        self.changes: list[Change] = changes
        """The regions that were written, in this order."""
        self.flips: list[Flip] = flips
        """The tensors that were frozen or unfrozen."""
        self.notices: list[Notice] = notices
        """What else is worth knowing; see `notices.sentence`."""
        self._named = not edits or label != label_of(edits, None)  # by somebody, not by what it does
        self.what: str = label if self._named else _what(edits[0])
        """What was done, without where: `scale × 0.5`."""
        self._place = _place(edits) if edits else ""
        self.edits: tuple[Edit, ...] = lasting(edits)
        """What was meant, if that alone gives the same values again."""
        self.time: float = time.time()
        """When it was done first, in seconds since 1970."""
        self._by_path: dict[str, list[Change]] | None = None  # made when it is asked for

    @property
    def place(self) -> str:
        """Where it was done: `conv2/kernel [..., 0:8]`; empty if `what` says so, or if that is many tensors."""
        place = self._place or (self.paths[0] if len(self.paths) == 1 else "")
        return "" if self._named and place in self.label else place

    @property
    def paths(self) -> list[str]:
        """The tensors that were touched, each once."""
        return list(dict.fromkeys([c.path for c in self.changes] + [f.path for f in self.flips]))

    def of(self, names: Iterable[str]) -> list[Change]:
        """The changes of one tensor, in the order in which they were made; `names` are its names."""
        if self._by_path is None:
            self._by_path = {}
            for change in self.changes:
                self._by_path.setdefault(change.path, []).append(change)
        found = [self._by_path[name] for name in names if name in self._by_path]
        if len(found) <= 1:
            return found[0] if found else []
        wanted = set(names)
        return [change for change in self.changes if change.path in wanted]

    @property
    def count(self) -> int:
        """Number of values that changed."""
        return sum(change.held.count for change in self.changes)

    @property
    def bytes(self) -> int:
        """Memory held for undo."""
        return sum(change.held.nbytes for change in self.changes)

    def __repr__(self) -> str:
        return f"<{self.number}: {self.label}>"


def label_of(edits: Sequence[Edit], given: str | None) -> str:
    """What edits are called in the history: as is given, or by themselves, as in `conv2/kernel [..., 0:8] scale × 0.5`.

    Raises
    ------
    HistoryError
        What is given is not a text.
    """
    if given is not None and not isinstance(given, str):
        raise HistoryError(f"an entry of the history is called by a text, and not by {type(given).__name__}")
    if given:
        return given
    done, condition, place = edits[0].operation.label, _condition(edits[0]), _place(edits)
    return f"{place} {done}{condition}" if len(edits) == 1 else f"{done} in {place}{condition}"


def _what(edit: Edit) -> str:
    return f"{edit.operation.label}{_condition(edit)}"


def _condition(edit: Edit) -> str:
    return f" where {edit.where}" if edit.where else ""


def _place(edits: Sequence[Edit]) -> str:
    first, tensors = edits[0], len({edit.path for edit in edits})
    if len(edits) > 1:
        return f"{tensors} tensors" if tensors > 1 else f"{len(edits)} places of {first.path}"
    whole = first.region.is_full and first.region.shape != ()
    return first.path if whole else f"{first.path} {first.region}"


def lasting(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Edits as the history keeps them: none if one holds arrays, or looks at tensors that may change later."""
    kept = []
    for edit in edits:
        operation = edit.operation
        if isinstance(operation, Copy):
            return ()
        if isinstance(operation, Assign):
            given = dtypes.given(operation.values)
            if given.ndim:
                return ()
            edit = structs.replace(edit, operation=structs.replace(operation, values=np.array(given)))
        kept.append(edit)
    return tuple(kept)
