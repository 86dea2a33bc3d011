"""History, snapshots, comparison, code and patches for the page."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from paramwidget import comparison, patch
from paramwidget import protocol as wire
from paramwidget.errors import PatchRefusedError, ValueRefusedError
from paramwidget.journal import Entry
from paramwidget.region import Region
from paramwidget.service.budget import WHOLE, fitting, weight
from paramwidget.session import Session
from paramwidget.states import State, state_of
from paramwidget.tree import Node

_STEPS = 1000
_ROWS = 1000


def history(session: Session) -> wire.History:
    """Entries and snapshots, newest first."""
    with session.lock:
        journal = session.journal
        done = {0, *(entry.number for entry in journal.done)}
        probes = list(session.probes)
        newest = sorted(journal.entries, reverse=True)[:_STEPS]
        steps = [_step(journal.entries[number], number in done) for number in newest]
        scores = [[wire.number(p.series[number]) if number in p.series else None for p in probes] for number in newest]
        return wire.History(
            journal.position,
            len(journal.entries),
            journal.bytes + session.snapshots.bytes,
            [p.name for p in probes],
            fitting(wire.Step(*step, each) for step, each in zip(steps, scores, strict=True)),
            fitting([wire.SnapshotRow(s.name, s.entry, s.time, s.bytes) for s in session.snapshots], WHOLE // 8),
        )


def _step(entry: Entry, done: bool) -> tuple[int, int, float, str, str, int, bool]:
    return entry.number, entry.parent, entry.time, entry.what, entry.place, entry.count, done


def state(session: Session, ref: wire.StateRef) -> State:
    """The state that the page means.

    Raises
    ------
    HistoryError
        There is no such entry or snapshot.
    """
    if ref.kind == "snapshot":
        return session.snapshots[ref.name]
    return state_of(session, ref.entry if ref.kind == "entry" else None)


class Narrowed:
    """A state with those tensors only that can differ from another one of the same session."""

    def __init__(self, whole: State, paths: set[str]) -> None:
        self.title = whole.title
        self._whole = whole
        root = whole.tree()
        self._root = Node("", root.name, root.kind, tuple(p for p in root.walk() if p.path in paths))

    def tree(self) -> Node:
        return self._root

    def read(self, path: str, region: Region) -> np.ndarray:
        return self._whole.read(path, region)


def compared(session: Session, a: wire.StateRef, b: wire.StateRef) -> wire.Compared:
    """Which tensors differ between two states, largest first."""
    left, right = state(session, a), state(session, b)
    readable = {p.path for p in right.tree().walk() if p.readable}
    if "snapshot" not in (a.kind, b.kind):  # what no entry touched is the same in both
        with session.lock:
            touched = {path for entry in session.journal.entries.values() for path in entry.paths}
            touched |= set() if session.previewing is None else set(session.previewing.paths)
            touched |= {alias for path in touched & set(session.known.index) for alias in session.aliases(path)}
        left, right = Narrowed(left, touched), Narrowed(right, touched)
    result = comparison.compare(left, right)
    # what has no values is nothing to compare; what has some, but cannot be told of the other state, must not pass for equal
    differing = [r for r in result if r.match != "equal" and (r.match != "unreadable" or r.path in readable)]
    rows = fitting(map(compared_row, differing[:_ROWS]))
    here = sum(row.match != "only-a" for row in differing)
    return wire.Compared(left.title, right.title, len(differing), len(readable) - here, rows)


def compared_row(row: comparison.Difference) -> wire.ComparedRow:
    """A row of the comparison for the page."""
    return wire.ComparedRow(
        row.path,
        row.match,
        row.size,
        row.changed,
        wire.number(row.max_abs),
        wire.number(row.relative),
        wire.number(row.cosine),
    )


def code(session: Session, entries: Sequence[int]) -> wire.Code:
    """What is done, or some entries of it, as a script; raises ValueRefusedError if it is too long for a message."""
    script = wire.Code(session.to_python(entries or None))
    if weight(script) > WHOLE:
        raise ValueRefusedError(
            f"the code holds so many values that it has {weight(script) / 2**20:.1f} MiB, too much for the page; write it "
            "in a cell with editor.session.to_python(), or a patch with editor.session.save_patch('edits.pwpatch')"
        )
    return script


def patch_file(session: Session) -> tuple[wire.PatchFile, list[bytes]]:
    """What is done as a patch file; raises PatchRefusedError if it is too long for a message."""
    data, contents = patch.make(session)
    if len(data) > WHOLE:
        raise PatchRefusedError(
            f"the patch has {len(data) / 2**20:.1f} MiB, too much to go through the page; write it in a cell with "
            "editor.session.save_patch('edits.pwpatch')"
        )
    plain = re.sub(r"[^\w.-]+", "_", session.title).strip("._")  # letters, digits and a few signs
    return wire.PatchFile((plain or "model")[:80] + patch.SUFFIX, contents.count), [data]
