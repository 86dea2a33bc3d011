"""The service answers requests of the page: one method per kind, each request exactly one reply, an error is a reply.

No Jupyter here: `Service.answer` takes bytes or a request and gives a reply and its buffers, so everything that the page can
do is tested without a browser.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from paramwidget import dtypes, patch
from paramwidget import protocol as wire
from paramwidget.adapters.base import Programmable
from paramwidget.errors import (
    MessageError,
    MissingExtraError,
    ParamwidgetError,
    PatchRefusedError,
)
from paramwidget.journal import Entry
from paramwidget.notices import sentence
from paramwidget.opened import Update
from paramwidget.service import block, describe, past, probing, trials
from paramwidget.service.attention import Attention
from paramwidget.service.clinic import Clinic
from paramwidget.service.lesson import Tutor
from paramwidget.service.pairs import Pairs
from paramwidget.service.rows import Rows, header
from paramwidget.service.watch import Watch
from paramwidget.session import Session
from paramwidget.tree import nearest, shown_first
from paramwidget.views.cells import MAX_CELLS
from paramwidget.views.plane import Window, default_plane, plane_shape

_log = logging.getLogger("paramwidget")

WRITES = (
    wire.Apply,
    wire.TryOut,
    wire.KeepTrial,
    wire.DropTrial,
    wire.SetBlock,
    wire.SetTrainable,
    wire.Undo,
    wire.Redo,
    wire.GoTo,
    wire.TakeBack,
    wire.TakeSnapshot,
    wire.PickFrom,
    wire.ApplyPatch,
    wire.Sweep,
    wire.Treat,
    wire.StartOver,
    wire.Dock,
)
"""Requests that must wait for a safe point: they write to the model, or run the user's code on it."""

_OPENING_ROWS_BYTES = 40_000
_TREE_BYTES = 600_000
_MAX_FLAGS = 4000
_HEARD = 2000
"""Ids of requests that are remembered."""

Answered = tuple[wire.Reply, list[bytes]]


class Service:
    """Answers for one session. Keeps what the page was told about the tree, to tell it differences only."""

    def __init__(self, session: Session) -> None:
        self.session = session
        with session.lock:
            self.rows = Rows(session.known, session.journal.edited())
        """The rows as the page knows them."""
        self._watch = Watch()
        self.attention = Attention()
        self._heard: deque[int] = deque(maxlen=_HEARD)
        self.stop: Callable[[list[int]], None] = lambda ids: None
        """Ends requests that take long; given by who runs them."""
        self.trials = trials.Trials(session)
        self.probing = probing.Probing(session)
        self.tutor = Tutor(session)
        self._clinic = Clinic(session)
        self.panel = False
        """Whether `dock` can do that."""
        self.dock: Callable[[bool], None] = _no_panel
        """Puts the editor into the host's side panel and back; given by who knows the host."""
        self._pairs = Pairs(session)
        self._kinds: dict[type, Callable[[Any], wire.Reply | Answered]] = {
            wire.Ping: lambda request: wire.Pong(),
            wire.GetTree: self._get_tree,
            wire.Find: self._find,
            wire.GetGlances: self._get_glances,
            wire.Describe: self._describe,
            wire.GetTile: lambda r: describe.tile(self.session, r.path, r.plane, r.window, r.height, r.width),
            wire.GetCells: lambda r: describe.page(self.session, r.path, r.plane, r.window),
            wire.CheckText: self._check_text,
            wire.Foresee: lambda r: self.trials.foresee(r.target, r.operation),
            wire.Apply: lambda r: _done(trials.apply(self.session, r.target, r.operation)),
            wire.TryOut: lambda r: self.trials.try_out(r.target, r.operation, r.owner),
            wire.HoldTrial: self._hold_trial,
            wire.KeepTrial: lambda r: _done(self.trials.keep(r.owner, r.force)),
            wire.DropTrial: self._drop_trial,
            wire.SetBlock: self._set_block,
            wire.SetTrainable: self._set_trainable,
            wire.Undo: self._undo,
            wire.Redo: lambda r: _done(self.session.redo(r.force)),
            wire.GetFigure: self._get_figure,
            wire.GetHistory: lambda r: past.history(self.session),
            wire.GoTo: self._go_to,
            wire.TakeBack: lambda r: _done(self.session.take_back(r.entry)),
            wire.TakeSnapshot: lambda r: wire.Done(self.session.snapshot(r.name or None).name, []),
            wire.DropSnapshot: self._drop_snapshot,
            wire.PickFrom: self._pick_from,
            wire.Compare: lambda r: past.compared(self.session, r.a, r.b),
            wire.GetPair: self._pairs.answer,
            wire.GetCode: lambda r: past.code(self.session, r.entries),
            wire.GetPatch: lambda r: past.patch_file(self.session),
            wire.GetProbes: lambda r: self.probing.states(),
            wire.RunProbes: self._run_probes,
            wire.StopProbes: self._stop_probes,
            wire.Sweep: self._sweep,
            wire.Examine: lambda r: self._clinic.examine(),
            wire.Treat: lambda r: _done(self._clinic.treat(r.finding)),
            wire.Stop: self._stop,
            wire.CheckHeard: lambda r: wire.Unheard([number for number in r.ids if number not in self._heard]),
            wire.Attend: self._attend,
            wire.Dock: self._dock,
            **self.tutor.kinds,
        }

    def hear(self, number: int) -> bool:
        """Take note of a request; False if it came before: where a line broke, a page may send it twice."""
        new = number not in self._heard
        if new:
            self._heard.append(number)
        return new

    @staticmethod
    def decode(content: Any) -> wire.Envelope:
        """A request from what the page sent, which may be anything.

        Raises
        ------
        MessageError
            It is not a request of this version.
        """
        try:
            return msgspec.convert(content, wire.Envelope)
        except (msgspec.ValidationError, RecursionError) as error:
            raise MessageError(
                f"the page sent a message that is not understood ({str(error)[:200]}); reload it"
            ) from None

    def answer(self, request: wire.Request, buffers: Sequence[Any] = ()) -> Answered:
        """The one reply to a request, and its buffers. Never raises: an interrupt is a reply, too."""
        revision, position = self.session.revision, self.session.journal.position
        try:
            if isinstance(request, wire.ApplyPatch):  # the only one that comes with a file
                return self._apply_patch(request, buffers), []
            answered = self._kinds[type(request)](request)
        except ParamwidgetError as error:
            return wire.Failure(error.code, error.sentence), []
        except KeyboardInterrupt:
            self.trials.lapse(now=True)
            before = self.session.journal.position == position  # an interrupt waits for the end of a step
            text = "The model is as it was before." if before else "It came too late: the change was made."
            return wire.Failure("stopped", f"Stopped. {text}"), []
        except Exception as error:
            _log.exception("request %s failed", type(request).__name__)
            unchanged = (
                "nothing was changed" if self.session.revision == revision else "the change was made all the same"
            )
            text = f"paramwidget failed on this request ({type(error).__name__}: {str(error)[:300]}); {unchanged}"
            return wire.Failure("error", text), []
        return answered if isinstance(answered, tuple) else (answered, [])

    # ------------------------------------------------------------------ tree

    def _get_tree(self, request: wire.GetTree) -> wire.Tree:
        rows = self.rows.rows
        part: list[wire.Row] = []
        used = 0
        for row in rows[request.start : request.start + request.limit]:
            used += 100 + len(row.path.encode()) + len(row.name.encode()) + len(row.tied.encode())
            if used > _TREE_BYTES and part:
                break
            part.append(row)
        return wire.Tree(header(self.session, self.rows), request.start, len(rows), part)

    def _find(self, request: wire.Find) -> wire.Found:
        found = self.session.select(request.query, self.rows.root)
        numbers = [self.rows.numbers[p.path] for p in found]
        near = [] if found else nearest(request.query.strip("*"), [r.name for r in self.rows.rows[:20_000]])
        return wire.Found(numbers, near[0] if near else "")

    def _get_glances(self, request: wire.GetGlances) -> wire.Glances:
        items = []
        for path in request.paths:
            items.append(describe.glance(self.session, path))
            self._watch.saw(self.session, path)
        return wire.Glances(items)

    def _describe(self, request: wire.Describe) -> wire.Description:
        answer = describe.describe(self.session, request.path, request.domain)
        self._watch.saw(self.session, request.path)
        return answer

    # ------------------------------------------------------------------ checking what was typed

    def _check_text(self, request: wire.CheckText) -> wire.Stored:
        dtype = self.session.parameter(request.path).dtype
        stored = dtypes.parse(request.text, dtype)
        below, above = dtypes.neighbours(stored)
        return wire.Stored(
            dtypes.exact(stored), wire.number(dtypes.rounding(request.text, stored)), dtypes.bits(stored), below, above
        )

    # ------------------------------------------------------------------ changing

    def _set_block(self, request: wire.SetBlock) -> Answered:
        window = block.window_of(self.session, request)
        done = _done(block.write(self.session, request, window))
        if window.rows * window.cols > MAX_CELLS:
            return done, []
        stored, buffers = describe.page(self.session, request.path, request.plane, window)
        return msgspec.structs.replace(done, cells=stored), buffers

    def _set_trainable(self, request: wire.SetTrainable) -> wire.Done:
        change = self.session.unfreeze if request.trainable else self.session.freeze
        return _done(change(*request.paths))

    def _get_figure(self, request: wire.GetFigure) -> Answered:
        from paramwidget import plotting  # matplotlib is an extra and slow to load

        options = {"plane": request.plane} if request.plane is not None and request.view == "heatmap" else {}
        picture = plotting.png(self.session, request.path, request.view, **options)
        return wire.Figure(plotting.file_name(request.path, request.view)), [picture]

    # ------------------------------------------------------------------ trials, history, patches, probes

    def _hold_trial(self, request: wire.HoldTrial) -> wire.Pong:
        self.trials.hold(request.owner)
        return wire.Pong()

    def _undo(self, request: wire.Undo) -> wire.Done:
        """What is tried out is the last thing that was done."""
        preview = self.session.previewing
        if preview is not None and preview.label:  # else nothing was tried yet that could be taken back
            self.trials.drop(0, request.force, leave=False)
            return wire.Done("preview", [])
        return _done(self.session.undo(request.force))

    def _drop_trial(self, request: wire.DropTrial) -> wire.Done:
        self.trials.drop(request.owner, request.force, request.leave)
        return wire.Done("", [])

    def _go_to(self, request: wire.GoTo) -> wire.Done:
        self.session.goto(request.entry, request.force)
        return wire.Done("", [])

    def _drop_snapshot(self, request: wire.DropSnapshot) -> wire.Done:
        self.session.drop_snapshot(request.name)
        return wire.Done("", [])

    def _pick_from(self, request: wire.PickFrom) -> wire.Done:
        session = self.session
        source = past.state(session, request.state)
        with session.lock:
            paths = request.paths or [p.path for p in source.tree().walk() if p.readable]
            what = "" if len(paths) != 1 else f"{paths[0]} "
            label = f"{what}{request.region + ' ' if request.region else ''}from '{source.title}'"
            return _done(session.take_from(source, paths, request.region or ..., label))

    def _apply_patch(self, request: wire.ApplyPatch, buffers: Sequence[Any]) -> wire.Done:
        if not buffers or not isinstance(buffers[0], (bytes, bytearray, memoryview)):
            raise PatchRefusedError("no file came with the request; choose a patch file")
        return _done(patch.apply(self.session, bytes(buffers[0]), request.force))

    def _run_probes(self, request: wire.RunProbes) -> wire.Pong:
        self.probing.ask(request.names)
        return wire.Pong()

    def _sweep(self, request: wire.Sweep) -> wire.Curve:
        self.trials.drop(0, force=False, leave=False)  # a curve starts from the model as it is
        return self.probing.sweep(request)

    def _dock(self, request: wire.Dock) -> wire.Done:
        self.dock(request.open)
        return wire.Done("", [])

    def _stop(self, request: wire.Stop) -> wire.Pong:
        self.stop(request.ids)
        return wire.Pong()

    def _attend(self, request: wire.Attend) -> wire.Pong:
        self.attention.note(request.page, request.looks)
        return wire.Pong()

    def _stop_probes(self, request: wire.StopProbes) -> wire.Pong:
        if not self.tutor.stop():
            self.probing.stop()
        return wire.Pong()

    # ------------------------------------------------------------------ telling

    def changed(self, update: Update) -> wire.Changed:
        """The event for a change of the session."""
        session = self.session
        with session.lock:
            paths, edited = list(update.paths)[: wire.MAX_PATHS], session.journal.edited()
            if update.values and not update.outside:
                flags, same = self.rows.mark_edited(update.paths, edited), True
                follow = self._watch.wrote if self.attention.paid else self._watch.forget
                follow(session, update.paths)
            else:
                old, self.rows = self.rows, Rows(session.tree, edited)
                same = self.rows.same_tree(old)
                flags = self.rows.difference(old) if same else []
            again = not same or len(flags) > _MAX_FLAGS
            return wire.Changed(
                paths, [] if again else flags, header(session, self.rows), again, update.outside, update.preview
            )

    def cell_ran(self) -> wire.Changed | None:
        """The event for what another cell changed, or None if nothing that was shown is different, or nobody looks."""
        self.attention.missed = not self.attention.paid
        if self.attention.missed:
            return None
        paths = self._watch.changed(self.session)
        event = self.changed(Update(paths, values=True, outside=True))
        shown = bool(paths or event.flags or event.rows)
        if shown or self.probing.moved() or self.tutor.moved():
            self.session.written_outside(shown)
        return event if shown else None

    def opening(self, selected: str = "") -> tuple[wire.Opening, list[bytes]]:
        """What the first paint needs: rows of a model of ordinary size, and one tensor at a low resolution."""
        session = self.session
        with session.lock:
            rows = self.rows
            count, used = 0, 0
            for row in rows.rows:
                used += 90 + 2 * len(row.path)
                if used > _OPENING_ROWS_BYTES and count:
                    break
                count += 1
            tree = self._get_tree(wire.GetTree(0, max(1, count)))
            first = session.known.index.get(selected) or shown_first(session.known)
            path = "" if first is None else first.path
            description = self._describe(wire.Describe(path)) if path else None
            picture: wire.Tile | None = None
            buffers: list[bytes] = []
            if description is not None and description.summary is not None:
                plane = default_plane(description.shape, description.axes)
                height, width = plane_shape(plane, description.shape)
                window = Window(0, height, 0, width)
                picture, buffers = describe.tile(session, path, plane, window, 64, 96)
            adapter = session.adapter
            names = list(adapter.initializers()) if isinstance(adapter, Programmable) else []
            states = [probing.state(session, probe, None) for probe in session.probes]
            course = self.tutor.course()
            opening = wire.Opening(
                wire.VERSION, session.revision, tree, path, description, picture, names, states, self.panel, course
            )
            return opening, buffers


def _no_panel(open_: bool) -> None:
    raise MissingExtraError("there is no side panel here; the editor stays where it is")


def _done(entry: Entry | None) -> wire.Done:
    if entry is None:
        return wire.Done("", [])
    # one remark for each kind of fact: freezing 200 layers must not give 200 messages
    remarks: dict[str, wire.Remark] = {}
    for notice in entry.notices:
        if notice.code not in remarks:
            remarks[notice.code] = wire.Remark(*sentence(notice))
    return wire.Done(entry.label, list(remarks.values()))
