"""Requests that change the model, and the answer to them: what was done, and what else the user must know."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import msgspec

from paramwidget import patch
from paramwidget import protocol as wire
from paramwidget.errors import PatchRefusedError
from paramwidget.journal import Entry
from paramwidget.notices import sentence
from paramwidget.service import block, describe, past, trials
from paramwidget.service.clinic import Clinic
from paramwidget.service.shown import Answered, Kinds
from paramwidget.session import Session
from paramwidget.views.cells import MAX_CELLS

_log = logging.getLogger("paramwidget")


class Changes:
    """Carries them out by the session, which is the only writer."""

    def __init__(self, session: Session, trial: trials.Trials, clinic: Clinic) -> None:
        self._session, self._trials = session, trial
        self.kinds: Kinds = {
            wire.Apply: lambda r: _done(trials.apply(session, r.target, r.operation)),
            wire.TryOut: lambda r: trial.try_out(r.target, r.operation, r.owner),
            wire.HoldTrial: self._hold_trial,
            wire.KeepTrial: lambda r: _done(trial.keep(r.owner, r.force)),
            wire.DropTrial: self._drop_trial,
            wire.SetBlock: self._set_block,
            wire.SetTrainable: self._set_trainable,
            wire.Undo: self._undo,
            wire.Redo: lambda r: _done(session.redo(r.force)),
            wire.GoTo: self._go_to,
            wire.TakeBack: lambda r: _done(session.take_back(r.entry)),
            wire.TakeSnapshot: lambda r: wire.Done(session.snapshot(r.name or None).name, []),
            wire.DropSnapshot: self._drop_snapshot,
            wire.PickFrom: self._pick_from,
            wire.Treat: lambda r: _done(clinic.treat(r.finding)),
        }

    def _set_block(self, request: wire.SetBlock) -> Answered:
        window = block.window_of(self._session, request)
        done = _done(block.write(self._session, request, window))
        if window.rows * window.cols > MAX_CELLS:
            return done, []
        try:
            stored, buffers = describe.page(self._session, request.path, request.plane, window)
        except Exception:  # it is written, whatever keeps the page from a picture of it
            _log.exception("%s was written and cannot be shown", request.path)
            return done, []
        return msgspec.structs.replace(done, cells=stored), buffers

    def _set_trainable(self, request: wire.SetTrainable) -> wire.Done:
        change = self._session.unfreeze if request.trainable else self._session.freeze
        return _done(change(*request.paths))

    def _hold_trial(self, request: wire.HoldTrial) -> wire.Pong:
        self._trials.hold(request.owner)
        return wire.Pong()

    def _undo(self, request: wire.Undo) -> wire.Done:
        """What is tried out is the last thing that was done."""
        preview = self._session.previewing
        if preview is not None and preview.label:  # else nothing was tried yet that could be taken back
            self._trials.drop(0, request.force, leave=False)
            return wire.Done("preview", [])
        return _done(self._session.undo(request.force))

    def _drop_trial(self, request: wire.DropTrial) -> wire.Done:
        self._trials.drop(request.owner, request.force, request.leave)
        return wire.Done("", [])

    def _go_to(self, request: wire.GoTo) -> wire.Done:
        self._session.goto(request.entry, request.force)
        return wire.Done("", [])

    def _drop_snapshot(self, request: wire.DropSnapshot) -> wire.Done:
        self._session.drop_snapshot(request.name)
        return wire.Done("", [])

    def _pick_from(self, request: wire.PickFrom) -> wire.Done:
        source = past.state(self._session, request.state)
        what = "" if len(request.paths) != 1 else f"{request.paths[0]} "
        label = f"{what}{request.region + ' ' if request.region else ''}from '{source.title}'"
        return _done(self._session.take_from(source, request.paths or None, request.region or ..., label))

    def apply_patch(self, request: wire.ApplyPatch, buffers: Sequence[Any]) -> wire.Done:
        """Carry out what the file that came with the request says."""
        if not buffers or not isinstance(buffers[0], (bytes, bytearray, memoryview)):
            raise PatchRefusedError("no file came with the request; choose a patch file")
        return _done(patch.apply(self._session, bytes(buffers[0]), request.force))


def _done(entry: Entry | None) -> wire.Done:
    if entry is None:
        return wire.Done("", [])
    # one remark for each kind of fact: freezing 200 layers must not give 200 messages
    remarks: dict[str, wire.Remark] = {}
    for notice in entry.notices:
        if notice.code not in remarks:
            remarks[notice.code] = wire.Remark(*sentence(notice))
    return wire.Done(entry.label, list(remarks.values()))
