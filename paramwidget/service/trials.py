"""The edit bar's side of the service: what an operation would touch, trying it out, keeping or dropping it."""

from __future__ import annotations

import logging
import time

import numpy as np

from paramwidget import dtypes, planning
from paramwidget import protocol as wire
from paramwidget.adapters.base import Programmable
from paramwidget.edits import Compute, Edit, Fill, Initialize, Operation
from paramwidget.errors import OutsideChangeError, PreviewError
from paramwidget.expression import parse
from paramwidget.journal import Entry
from paramwidget.preview import Preview
from paramwidget.session import Session
from paramwidget.tree import Parameter

_log = logging.getLogger("paramwidget")

LEASE = 60.0
"""Seconds that a trial stays without a sign of life from the page."""

_COUNTED = 2**26
"""Values that a condition is counted in; beyond that the bar says how many there are at most."""


class Trials:
    """One trial at a time, on a lease that the page renews: a page that is gone cannot leave a half-made edit behind."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._target: tuple[wire.Target, int] | None = None
        self._preview: Preview | None = None
        self.lease = 0.0
        """When the lease ends, on the clock of `time.monotonic`."""

    def foresee(self, target: wire.Target, operation: Operation | None) -> wire.Foreseen:
        """What an operation would touch; raises what keeps it from being carried out, as far as that is known before."""
        session = self._session
        with session.lock:
            edits = _edits(session, target, operation or Compute("w"))
            parameters = [session.parameter(edit.path) for edit in edits]
            for p in parameters:
                planning.check_writable(session.adapter, p)
            size = sum(p.size for p in parameters)
            count = sum(edit.region.size for edit in edits)
            if target.where:
                count = _matching(session, edits, count)
            region = str(edits[0].region) if len(edits) == 1 else ""
            return wire.Foreseen(region, len(edits), count, size, _note(session, parameters, operation))

    def try_out(self, target: wire.Target, operation: Operation, owner: int) -> wire.Tried:
        """Show an operation in the live model, from the values before the trial; another view's is taken back first."""
        session = self._session
        with session.lock:
            preview = self._preview
            known = (target, owner) == self._target
            if preview is None or not preview.active or preview is not session.previewing or not known:
                preview = session.preview_edits(_edits(session, target, operation))
                preview.owner = owner
                self._preview, self._target = preview, (target, owner)
            try:
                preview.apply(operation)
            except BaseException:
                if preview.label == "":  # nothing was ever shown: no trial without a value
                    preview.revert(force=True)
                raise
            self.lease = time.monotonic() + LEASE
            return wire.Tried(preview.label)

    def hold(self, owner: int) -> None:
        """The page that tries something out is still there."""
        preview = self._session.previewing
        if preview is not None and preview.owner == owner:
            self.lease = time.monotonic() + LEASE

    def keep(self, owner: int, force: bool) -> Entry | None:
        """Keep what this view tries out, as one entry of the history."""
        preview = self._session.previewing
        if preview is None or preview.owner != owner:
            raise PreviewError(
                "what was tried out here is not in the model any more, so nothing was kept; apply the operation instead"
            )
        return preview.commit(force=force)

    def drop(self, owner: int, force: bool, leave: bool) -> None:
        """Bring the values from before the trial back; that of another view is left alone."""
        preview = self._session.previewing
        if preview is None or owner not in (0, preview.owner):
            return
        if leave:
            preview.abandon()
        else:
            preview.revert(force=force)

    def lapse(self, now: bool = False) -> float:
        """Drop a trial whose lease has ended, or any with `now`; returns the seconds until this must be asked again, or 0.

        Where something else wrote in the meantime, that stays.
        """
        preview = self._preview
        if preview is None or not preview.active:
            return 0.0
        left = self.lease - time.monotonic()
        if left > 0 and not now:
            return left
        try:
            preview.revert()
        except OutsideChangeError:
            preview.abandon()
        except Exception:  # nobody asked, so nobody waits for the sentence; and the framework may fail at anything
            _log.warning("what was tried out could not be taken back", exc_info=True)
        return 0.0


def apply(session: Session, target: wire.Target, operation: Operation) -> Entry | None:
    """Carry an operation out, as one entry of the history."""
    with session.lock:
        return session.apply(_edits(session, target, operation))


def _edits(session: Session, target: wire.Target, operation: Operation) -> list[Edit]:
    return session.targets(target.what, operation, region=target.region or ..., where=target.where)


def _matching(session: Session, edits: list[Edit], count: int) -> int:
    for edit in edits:
        parse(edit.where)
    if count > _COUNTED:
        return count
    applied = session.at(session.journal.position)  # a trial is computed from the values before it
    read = session.view if session.previewing is None else applied.read
    return sum(
        int(np.count_nonzero(planning.matching(edit.where, read(edit.path, edit.region), edit.region)))
        for edit in edits
    )


def _note(session: Session, parameters: list[Parameter], operation: Operation | None) -> str:
    """What else is worth knowing; raises what is wrong with the operation itself."""
    notes = []
    adapter = session.adapter
    for p in parameters[:1]:
        if isinstance(operation, Initialize) and isinstance(adapter, Programmable):
            notes.append(adapter.initial_note(p.path, operation.name, operation.options))
        elif isinstance(operation, Compute):
            parse(operation.text)
        elif isinstance(operation, Fill):
            dtypes.parse(operation.text, p.dtype)
    frozen = sum(p.lock == "frozen" for p in parameters)
    if frozen:
        notes.append(
            "frozen for training only" if frozen == len(parameters) else f"{frozen} of them frozen for training only"
        )
    return "; ".join(note for note in notes if note)
