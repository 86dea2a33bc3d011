"""Probes for the page: which of them are due, how they stand, and what they gave, as messages and buffers."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeAlias

import msgspec

from paramwidget import outcome, whatif
from paramwidget import protocol as wire
from paramwidget.errors import ProbeError
from paramwidget.guard import Witness
from paramwidget.overdue import overdue
from paramwidget.probe import Probe
from paramwidget.service.budget import WHOLE, weight
from paramwidget.session import Session

_SERIES = 400
"""Points of a chart at most: the newest."""

Tell: TypeAlias = Callable[[wire.Event, list[bytes]], None]
"""Sends an event and its buffers to the page."""


class Probing:
    """Decides which probes run when. A quick one runs by itself after each change, a slow one when it is asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked: list[str] = []
        self._witness = Witness(session)
        self._told: dict[str, int] = {}
        """For each probe that the page knows to be stale, the state of the model that it was run on."""
        self._stopped = False
        self._telling = threading.Lock()

    @property
    def asked(self) -> bool:
        """Whether probes were asked for and have not run since."""
        return bool(self._asked)

    @property
    def pending(self) -> bool:
        """Whether there is something to run, or to tell, as soon as that may happen."""
        return bool(self._asked or self._due() or self._behind())

    def ask(self, names: Sequence[str]) -> None:
        """Run these probes at the next occasion, all if none is named; raises if there is no such probe."""
        probes = self._session.probes
        self._asked += [probes[name].name for name in names] or [probe.name for probe in probes]

    def run(self, tell: Tell) -> None:
        """Run what is due, one after the other, and tell how each stands after it, and before it has ended if that is long.

        Raises KeyboardInterrupt if the kernel was interrupted; the rest is then not run.
        """
        probes = self._session.probes
        asked, self._asked = self._asked, []
        due = [*dict.fromkeys([*(probe for probe in probes if probe.name in asked), *self._due()])]
        for probe in due:
            try:
                with overdue(partial(self.lag, tell, probe), math.inf if probe.last is None else probe.last.seconds):
                    probes.run_one(probe)
            finally:
                self.tell(tell, probe)
        if due:
            self._witness.note()

    def lag(self, tell: Tell, running: Probe | None = None) -> None:
        """Tell which probe runs, and which results the model has left behind that the page takes for those of now.

        On any thread, while something takes long.
        """
        for probe in self._session.probes:
            with self._telling:
                if probe is running or probe.running:
                    items, buffers = _states(self._session, [probe], "running")
                    tell(wire.Probed(items), buffers)
                elif self._is_left(probe):
                    tell(*self._told_stale([probe]))

    def tell(self, tell: Tell, probe: Probe) -> None:
        """Tell how a probe stands; what is told on another thread at the same time is not older than that."""
        with self._telling:
            tell(*self.told([probe]))

    def moved(self) -> bool:
        """Whether something else wrote to the model since the probes ran, told once; for after a cell."""
        return self._witness.moved()

    def _due(self) -> Sequence[Probe]:
        probes = self._session.probes
        return [probe for probe in probes if probe.quick and probes.status(probe) in ("waiting", "stale")]

    def states(self) -> tuple[wire.Probes, list[bytes]]:
        """All probes as they stand."""
        items, buffers = _states(self._session, self._session.probes)
        return wire.Probes(items), buffers

    def stale(self) -> tuple[wire.Probed, list[bytes]] | None:
        """The probes that will not run by themselves and whose results the model has left behind; each is told once."""
        slow = self._behind()
        return self._told_stale(slow) if slow else None

    def _told_stale(self, left: Sequence[Probe]) -> tuple[wire.Probed, list[bytes]]:
        self._told |= {probe.name: probe.last.generation for probe in left if probe.last is not None}
        return self.told(left)

    def told(self, probes: Iterable[Probe]) -> tuple[wire.Probed, list[bytes]]:
        """The event for probes that stand otherwise than before."""
        items, buffers = _states(self._session, probes)
        return wire.Probed(items), buffers

    def _behind(self) -> Sequence[Probe]:
        return [probe for probe in self._session.probes if not probe.quick and self._is_left(probe)]

    def _is_left(self, probe: Probe) -> bool:
        """Whether the model has left the result of a probe behind, and the page does not know that."""
        stale = self._session.probes.status(probe) == "stale"
        return stale and probe.last is not None and self._told.get(probe.name) != probe.last.generation

    def stop(self) -> None:
        """Interrupt the probe or the sweep that is running; on any thread."""
        self._stopped = True
        self._session.probes.stop()

    def sweep(self, request: wire.Sweep) -> wire.Curve:
        """What a probe gives over a range. Raises KeyboardInterrupt if it was stopped."""
        self._stopped = False
        target = request.target
        try:
            curve = whatif.sweep(
                self._session,
                target.what,
                request.low,
                request.high,
                request.steps,
                vary=request.vary,
                probe=request.probe,
                region=target.region or ...,
                where=target.where,
            )
        except ProbeError:
            if self._stopped:  # what was asked for is no failure of the probe
                raise KeyboardInterrupt from None
            raise
        ys: list[wire.Number | None] = [wire.number(y) for y in curve.ys]
        return wire.Curve(curve.probe, list(curve.xs), ys, wire.number(curve.here), wire.number(curve.value))


def _states(session: Session, probes: Iterable[Probe], status: str = "") -> tuple[list[wire.ProbeState], list[bytes]]:
    """Probes as they stand, with the buffers that their outcomes name; an outcome for which no room is left says so."""
    items: list[wire.ProbeState] = []
    buffers: list[bytes] = []
    room = WHOLE
    for probe in probes:
        begin = len(buffers)
        item = state(session, probe, buffers, status)
        needs = weight(item) + sum(map(len, buffers[begin:]))
        if needs > room:
            del buffers[begin:]
            text = f"This takes {needs / 2**20:.1f} MiB, too much for one message; run the probe alone, or let it give less."
            item, needs = msgspec.structs.replace(item, outcome=wire.Words(text)), 0
        room -= needs
        items.append(item)
    return items, buffers


def state(session: Session, probe: Probe, buffers: list[bytes] | None, status: str = "") -> wire.ProbeState:
    """One probe as it stands; arrays and pictures go into `buffers`. Where that is None, all but numbers stays out."""
    probes = session.probes
    run = probe.last
    now = status or probes.status(probe)
    value, before = (None if run is None else run.value), probes.before(probe)
    return wire.ProbeState(
        name=probe.name,
        status=now,  # type: ignore[arg-type]  # `running` is told before it does
        seconds=0.0 if run is None else run.seconds,
        entry=0 if run is None else run.entry,
        trial=run is not None and run.trial,
        outcome=None if run is None or run.outcome is None else _outcome(run.outcome, buffers),
        headline=None if value is None else wire.number(value),
        was=None if before is None else wire.number(before),
        before=_scores(probes.numbers_before(probe)),
        series=[(entry, wire.number(each)) for entry, each in probes.along(probe)[-_SERIES:]],
        error="" if run is None else run.error,
        trace="" if run is None else run.trace,
    )


def _scores(given: outcome.Numbers | None) -> wire.Scores | None:
    return None if given is None else wire.Scores(list(given.names), [wire.number(value) for value in given.values])


def _outcome(given: outcome.Outcome, buffers: list[bytes] | None) -> wire.Outcome | None:
    if buffers is None and not isinstance(given, (outcome.Number, outcome.Numbers)):
        return None
    match given:
        case outcome.Number():
            return wire.Score(wire.number(given.value))
        case outcome.Numbers():
            return _scores(given)
        case outcome.Markup():
            return wire.Markup(given.html)
        case outcome.Text():
            return wire.Words(given.text)
    assert buffers is not None
    if isinstance(given, outcome.Matrix):
        buffers.append(given.values.tobytes())
        rows, cols = given.values.shape
        return wire.Grid(rows, cols, len(buffers) - 1)
    buffers.append(given.data)
    return wire.Picture(given.mime, len(buffers) - 1)  # type: ignore[arg-type]  # one of the three that are asked for
