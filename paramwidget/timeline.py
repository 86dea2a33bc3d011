"""Moving a model through its history: one step, the way to any entry, and taking back one entry from the middle.

Pure of state but for the journal that is given; a session calls this under its lock and tells who looks on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from paramwidget import transaction
from paramwidget.adapters.base import Adapter
from paramwidget.errors import HistoryError, NoValuesError, PathError, RegionError
from paramwidget.journal import Change, Entry, Flip, Journal
from paramwidget.notices import Notice
from paramwidget.region import Region


def step(adapter: Adapter, journal: Journal, entry: Entry, *, back: bool, force: bool, called: str = "") -> None:
    """Undo the last entry or, without `back`, do a child of it (again). A refusal speaks of the method `called`.

    Raises
    ------
    OutsideChangeError
        Something else wrote there since; with `force` that is overwritten, and what is gone is left out.
    """
    if not force:
        transaction.check_untouched(adapter, entry, back, called or ("undo" if back else "redo"))
    transaction.swap(adapter, entry, back, missing=force)
    journal.stepped_back() if back else journal.stepped_forward(entry)


def travel(adapter: Adapter, journal: Journal, number: int, *, force: bool) -> list[Entry]:
    """Go to an entry, on whatever branch; returns the entries that were undone or done. All the way, or not at all.

    Raises
    ------
    HistoryError
        There is no such entry.
    OutsideChangeError
        As `step` does; the model is where it was.
    """
    undo, redo = journal.route(number)
    came, following = journal.position, journal.following
    passed: list[Entry] = []
    try:
        for entry in undo:
            step(adapter, journal, entry, back=True, force=force, called="goto")
            passed.append(entry)
        for entry in redo:
            step(adapter, journal, entry, back=False, force=force, called="goto")
            passed.append(entry)
    except BaseException:
        undo, redo = journal.route(came)
        for entry in undo:
            step(adapter, journal, entry, back=True, force=True)
        for entry in redo:
            step(adapter, journal, entry, back=False, force=True)
        journal.following = following
        raise
    return passed


def take_back(
    adapter: Adapter, journal: Journal, number: int, names: Callable[[str], Sequence[str]]
) -> tuple[list[Change], list[Flip], list[Notice]]:
    """Write back what one entry of the past changed and leave what was done after it; `names` are all names of a tensor.

    Raises
    ------
    HistoryError
        It is not among what was done, or something done later lies over it; the message names that.
    OutsideChangeError
        Something else wrote there since.
    """
    entry = next((each for each in journal.done if each.number == number), None)
    if entry is None:
        raise HistoryError(f"entry {number} is not part of what is done now, so there is nothing to take back")
    for later in journal.done[journal.done.index(entry) + 1 :]:
        if _overlap(adapter, entry, later, names):
            raise HistoryError(
                f"'{later.label}' (entry {later.number}) lies over '{entry.label}', so that cannot be taken back alone; "
                "take back the later one first, or go back in the history"
            )
    transaction.check_untouched(adapter, entry, back=True, step="take_back")
    performed, notices = transaction.perform(
        adapter, [(change.path, change.region, change.held.over) for change in reversed(entry.changes) if change.done]
    )
    changes = [change for change in performed if change is not None]
    flips = [Flip(one.path, one.after, one.before) for one in reversed(entry.flips)]
    try:
        notices += transaction.flip(adapter, flips, back=False)
    except BaseException:
        transaction.put_back(adapter, [(c.path, c.region, c.held.over) for c in changes])
        raise
    return changes, flips, notices


def _overlap(adapter: Adapter, entry: Entry, later: Entry, names: Callable[[str], Sequence[str]]) -> bool:
    if {one.path for one in entry.flips} & {one.path for one in later.flips}:
        return True
    for change in entry.changes:
        known = {change.path, *names(change.path)}
        for other in later.changes:
            if other.path in known and _meet_in_memory(adapter, change, other):
                return True
    return False


def _meet_in_memory(adapter: Adapter, change: Change, other: Change) -> bool:
    """Whether two changes of one storage wrote a common cell, as far as that can be told; else that they did."""
    try:
        whole, another = (adapter.read(one.path, Region.full(adapter.facts(one.path).shape)) for one in (change, other))
        parts = [adapter.read(one.path, one.region) for one in (change, other)]
    except (PathError, RegionError, NoValuesError):
        return True
    if change.path != other.path and np.may_share_memory(whole, another):  # else copies, of tensors that are one
        here, there = whole.__array_interface__, another.__array_interface__
        if any(here[key] != there[key] for key in ("data", "shape", "strides")):  # views of different parts
            return np.may_share_memory(parts[0], parts[1])
    return other.region.shape != change.region.shape or _meet(change, other)


def _meet(change: Change, other: Change) -> bool:
    """Whether two changes of one tensor wrote a common cell."""
    marks = np.zeros(change.region.extent, bool)
    other.held.marked().lay(other.region, marks, change.region)
    return bool(change.held.part(marks).any())
