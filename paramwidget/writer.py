"""The one way into the model of a session: what is written becomes an entry of the history, and is told to who looks on.

Whatever is tried out goes back before anything else is written. Everything here happens under the session's lock, and an
interrupt waits for its end. Not here: how a write is all or nothing (`transaction`), the way through the history
(`timeline`), what the user's words mean (`targets`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from paramwidget import dtypes, planning, progress, timeline, transaction
from paramwidget.edits import Edit
from paramwidget.journal import Change, Entry, Flip, label_of, same_bytes
from paramwidget.notices import Notice
from paramwidget.opened import Update
from paramwidget.preview import Preview

if TYPE_CHECKING:
    from paramwidget.session import Session


class Writer:
    """Changes the model of one session. `preview` is what is being tried out in it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.preview: Preview | None = None

    # ------------------------------------------------------------------ entries

    def apply(self, edits: Sequence[Edit], label: str | None) -> Entry | None:
        """Carry out edits as one entry; raises as `Session.apply` does."""
        with self._session.lock:
            self.end_preview()
            if not edits:
                return None
            for edit in edits:
                progress.expect(edit.region.size * dtypes.itemsize(self._session.parameter(edit.path).dtype))
            writes = [self._prepare(edit) for edit in edits]
            called = label_of(edits, label)  # an operation of a script may fail to say what it is
            with transaction.uninterrupted():
                was = self._held(writes) if self._meet(edits) else []
                performed, notices = transaction.perform(self._session.adapter, writes)
                changes = [change for change in performed if change is not None]
                if was and all(map(same_bytes, was, self._held(writes))):
                    changes = []  # one edit wrote what another one had changed back again
                return self.record(called, changes, [], notices, edits)

    def flip(self, flips: Sequence[Flip], label: str) -> Entry | None:
        """Freeze or unfreeze as one entry."""
        with self._session.lock, transaction.uninterrupted():
            notices = transaction.flip(self._session.adapter, flips, back=False)
            return self.record(label, [], list(flips), notices)

    def record(
        self,
        label: str,
        changes: list[Change],
        flips: list[Flip],
        notices: list[Notice],
        edits: Sequence[Edit] = (),
    ) -> Entry | None:
        """What was written becomes an entry; None if that is nothing."""
        if not changes and not flips:
            return None
        session = self._session
        entry = session.journal.record(label, changes, flips, notices, edits)
        entry.notices.extend(session.ties([change.path for change in changes]))
        session.tell(Update(tuple(entry.paths), values=bool(changes), flags=bool(flips)))
        return entry

    def _meet(self, edits: Sequence[Edit]) -> bool:
        """Whether several edits may write to the same cells."""
        if len(edits) == 1:
            return False
        paths = [edit.path for edit in edits]
        ties = [p.tied for path in set(paths) if (p := self._session.known.index.get(path)) is not None and p.tied]
        return len(set(paths)) < len(paths) or len(set(ties)) < len(ties)

    def _held(self, writes: Sequence[transaction.Write]) -> list[np.ndarray]:
        """Copies of what the model holds where these are written."""
        return [self._session.adapter.read(path, region).copy() for path, region, _ in writes]

    def _prepare(self, edit: Edit) -> transaction.Write:
        """Check one edit and compute the values to store; nothing is written yet."""
        session = self._session
        p = session.parameter(edit.path)
        planning.check_writable(session.adapter, p)
        region = edit.region
        current = session.adapter.read(edit.path, region) if region.shape == p.shape else np.empty(0)
        return edit.path, region, planning.new_values(session.world, p, edit, current)

    # ------------------------------------------------------------------ the history

    def step(self, *, back: bool, force: bool) -> Entry | None:
        """Undo the last entry, or do the one that was undone last again; None if there is none."""
        session = self._session
        with session.lock:
            adapter, journal = session.adapter, session.journal  # a closed session says so even with nothing to do
            entry = (journal.done[-1] if journal.done else None) if back else journal.next
            self.end_preview()
            if entry is None:
                return None
            with transaction.uninterrupted():
                timeline.step(adapter, journal, entry, back=back, force=force)
                self._passed([entry])
                return entry

    def goto(self, number: int, *, force: bool) -> None:
        """Go to an entry on whatever branch: all the way, or not at all as far as the framework allows that."""
        session = self._session
        with session.lock, transaction.uninterrupted():
            self.end_preview()
            came = session.journal.position
            try:
                passed = timeline.travel(session.adapter, session.journal, number, force=force)
            except BaseException:
                if session.journal.position != came:  # the framework did not let it come back, either
                    session.tell(Update((), values=True, flags=True))
                raise
            self._passed(passed)

    def take_back(self, number: int) -> Entry | None:
        """Take back one entry of the past alone, as a new entry."""
        session = self._session
        with session.lock, transaction.uninterrupted():
            self.end_preview()
            changes, flips, notices = timeline.take_back(session.adapter, session.journal, number, session.aliases)
            label = f"take back {number}: {session.journal.entries[number].label}"
            return self.record(label, changes, flips, notices)

    def _passed(self, entries: Sequence[Entry]) -> None:
        """Tell that these entries were undone or done."""
        if entries:
            paths = dict.fromkeys(path for entry in entries for path in entry.paths)
            values, flags = any(entry.changes for entry in entries), any(entry.flips for entry in entries)
            self._session.tell(Update(tuple(paths), values=values, flags=flags))

    # ------------------------------------------------------------------ trying out

    def try_out(self, edits: Sequence[Edit]) -> Preview:
        """A preview where these edits would write; another one ends."""
        session = self._session
        with session.lock:
            self.end_preview()
            for each in edits:
                planning.check_writable(session.adapter, session.parameter(each.path))
            self.preview = Preview(session, self, edits)
            return self.preview

    def end_preview(self, force: bool = False) -> None:
        """Take back what is tried out; raises as `Preview.revert` does."""
        if self.preview is not None:
            self.preview.revert(force=force)

    def tried(self, paths: Sequence[str]) -> None:
        """Called by the preview: these tensors hold something else, of which nothing is in the history."""
        self._session.tell(Update(tuple(paths), values=True, preview=True))

    def ended(self, preview: Preview) -> None:
        """Called by a preview that was kept or taken back."""
        if self.preview is preview:
            self.preview = None
