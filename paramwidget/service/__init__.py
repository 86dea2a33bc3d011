"""The service answers requests of the page: one method per kind, each request exactly one reply, an error is a reply.

No Jupyter here: `Service.answer` takes bytes or a request and gives a reply and its buffers, so everything that the page can
do is tested without a browser.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from paramwidget import protocol as wire
from paramwidget.adapters.base import Programmable
from paramwidget.errors import MessageError, MissingExtraError, ParamwidgetError
from paramwidget.opened import Update
from paramwidget.service import past, probing
from paramwidget.service.attention import Attention
from paramwidget.service.changes import Changes
from paramwidget.service.clinic import Clinic
from paramwidget.service.lesson import Tutor
from paramwidget.service.shown import Answered, Kinds, Shown
from paramwidget.service.trials import Trials
from paramwidget.session import Session

_log = logging.getLogger("paramwidget")


class Service:
    """Answers for one session. Keeps what the page was told about the tree, to tell it differences only."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.attention = Attention()
        self.standing: Callable[[list[int]], wire.Unheard] = lambda ids: wire.Unheard(ids, [])
        """What became of requests; given by who receives them, as is `stop`."""
        self.shown = Shown(session)
        self.trials = Trials(session)
        self.probing = probing.Probing(session)
        self.tutor = Tutor(session, self.probing)
        clinic = Clinic(session)
        self._changes = Changes(session, self.trials, clinic)
        self.stop: Callable[[list[int]], None] = lambda ids: None
        """Ends requests that take long; given by who runs them."""
        self.panel = False
        """Whether `dock` can do that."""
        self.dock: Callable[[wire.Dock], None] = _no_panel
        """Puts the editor into the host's side panel and back; given by who knows the host."""
        self._kinds: Kinds = {
            wire.Ping: lambda r: wire.Pong(),
            wire.Foresee: lambda r: self.trials.foresee(r.target, r.operation),
            wire.GetHistory: lambda r: past.history(session),
            wire.Compare: lambda r: past.compared(session, r.a, r.b),
            wire.GetCode: lambda r: past.code(session, r.entries),
            wire.GetPatch: lambda r: past.patch_file(session),
            wire.GetProbes: lambda r: self.probing.states(),
            wire.RunProbes: _acknowledged(lambda r: self.probing.ask(r.names)),
            wire.StopProbes: _acknowledged(self._stop_probes),
            wire.Sweep: self._sweep,
            wire.Examine: lambda r: clinic.examine(),
            wire.Stop: _acknowledged(lambda r: self.stop(r.ids)),
            wire.CheckHeard: lambda r: self.standing(r.ids),
            wire.Attend: _acknowledged(lambda r: self.attention.note(r.page, r.looks)),
            wire.Dock: self._dock,
            **self.shown.kinds,
            **self._changes.kinds,
            **self.tutor.kinds,
        }

    @staticmethod
    def decode(content: Any) -> wire.Envelope:
        """A request from what the page sent, which may be anything.

        Raises
        ------
        MessageError
            It is not a request of this version.
        """
        try:
            envelope = msgspec.convert(content, wire.Envelope)
            msgspec.json.encode(
                envelope
            )  # half a character, as JavaScript cuts it, could not be told to any page again
            return envelope
        except (msgspec.ValidationError, RecursionError, UnicodeEncodeError) as error:
            raise MessageError(
                f"the page sent a message that is not understood ({str(error)[:200]}); reload it"
            ) from None

    def answer(self, request: wire.Request, buffers: Sequence[Any] = ()) -> Answered:
        """The one reply to a request, and its buffers. Never raises: an interrupt is a reply, too."""
        revision, position = self.session.revision, self.session.journal.position
        try:
            if isinstance(request, wire.ApplyPatch):  # the only one that comes with a file
                return self._changes.apply_patch(request, buffers), []
            answered = self._kinds[type(request)](request)
        except ParamwidgetError as error:
            return wire.Failure(error.code, error.sentence), []
        except KeyboardInterrupt:
            with suppress(KeyboardInterrupt):  # pressed twice
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

    # ------------------------------------------------------------------ what spans more than one of its parts

    def _stop_probes(self, request: wire.StopProbes) -> None:
        if not self.tutor.stop():
            self.probing.stop()

    def _sweep(self, request: wire.Sweep) -> wire.Curve:
        self.trials.drop(0, force=False, leave=False)  # a curve starts from the model as it is
        return self.probing.sweep(request)

    def _dock(self, request: wire.Dock) -> wire.Done:
        self.dock(request)
        return wire.Done("", [])

    def changed(self, update: Update) -> wire.Changed:
        """The event for a change of the session."""
        return self.shown.changed(update, self.attention.paid)

    def cell_ran(self) -> wire.Changed | None:
        """The event for what another cell changed, or None if nothing that was shown is different, or nobody looks."""
        self.attention.missed = not self.attention.paid
        if self.attention.missed:
            return None
        paths = tuple(self.shown.written_outside())
        event = self.changed(Update(paths, values=True, outside=True))
        shown = bool(paths or event.flags or event.rows)
        if shown or self.probing.moved() or self.tutor.moved():
            self.session.written_outside(shown)
        return event if shown else None

    def opening(self, selected: str = "") -> tuple[wire.Opening, list[bytes]]:
        """What the first paint needs: rows of a model of ordinary size, and one tensor at a low resolution."""
        session = self.session
        with session.lock:
            tree = self.shown.beginning()
            description, picture, buffers = self.shown.first(selected)
            adapter = session.adapter
            opening = wire.Opening(
                version=wire.VERSION,
                revision=session.revision,
                tree=tree,
                selected="" if description is None else description.path,
                description=description,
                tile=picture,
                initializers=list(adapter.initializers()) if isinstance(adapter, Programmable) else [],
                probes=[probing.state(session, probe, None) for probe in session.probes],
                panel=self.panel,
                lesson=self.tutor.course(),
            )
            return opening, buffers


def _acknowledged(handle: Callable[[Any], None]) -> Callable[[Any], wire.Pong]:
    """How a request is answered that is carried out and tells nothing."""

    def answer(request: Any) -> wire.Pong:
        handle(request)
        return wire.Pong()

    return answer


def _no_panel(request: wire.Dock) -> None:
    raise MissingExtraError("there is no side panel here; the editor stays where it is")
