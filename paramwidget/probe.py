"""The user's own functions of the model, run again after each change: values, deltas, series over the history.

A probe runs on the thread that may write, so that it sees exactly the state that its number is shown for. It never blocks
or undoes an edit: what it raises is shown, and what it changes in the model by mistake is put back and said.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from msgspec import Struct

from paramwidget.errors import ParamwidgetError, ProbeError
from paramwidget.guard import Guard
from paramwidget.outcome import Numbers, Outcome, headline, outcome_of
from paramwidget.stoppable import Stoppable
from paramwidget.tree import closest

if TYPE_CHECKING:
    from paramwidget.session import Session

_Kept = TypeVar("_Kept", float, Numbers)

_KEPT = 200
"""Entries whose named numbers are kept."""

QUICK = 1.0
"""Seconds: a probe that takes less runs by itself after each change."""

RAISED = (Exception, SystemExit, asyncio.CancelledError)
"""What the user's code may raise and be shown for; an interrupt is meant for the kernel."""

Status: TypeAlias = Literal["waiting", "running", "fresh", "stale", "failed", "stopped"]


class Run(Struct, frozen=True):
    """One run of a probe: the state of the model that it saw, and what it gave."""

    entry: int
    """Number of the entry of the history where the model stood."""
    trial: bool
    """Whether something was tried out in the model."""
    generation: int
    """`session.generation` when it began: the run is stale when that has changed."""
    seconds: float
    """How long it took."""
    outcome: Outcome | None = None
    """What it gave; None if it failed or was stopped."""
    error: str = ""
    """What went wrong, in one sentence; empty if nothing did."""
    trace: str = ""
    """The traceback from the function on, if it raised."""
    stopped: bool = False
    """Whether it was interrupted."""

    @property
    def value(self) -> float | None:
        """The headline number, if there is one."""
        return headline(self.outcome)


class Probe:
    """One function of the model, and what it gave."""

    def __init__(self, name: str, function: Callable[[Any], Any]) -> None:
        self.name: str = name
        """What it is called."""
        self.function: Callable[[Any], Any] = function
        """Takes the model."""
        self.last: Run | None = None
        """Its last run; None before the first."""
        self.series: dict[int, float] = {}
        """Headline numbers by entry of the history."""
        self.numbers: dict[int, Numbers] = {}
        """Named numbers and vectors by entry, for what was there before; of the last entries only."""
        self.running: bool = False
        """Whether it is running now."""

    @property
    def value(self) -> float | None:
        """The headline number of the last run."""
        return None if self.last is None else self.last.value

    @property
    def quick(self) -> bool:
        """Whether it may run by itself: it did not take long, or has not run yet."""
        return self.last is None or (self.last.seconds < QUICK and not self.last.stopped)

    def __repr__(self) -> str:
        run = self.last
        if run is None:
            return f"<probe {self.name}, not run yet>"
        return f"<probe {self.name}: {run.error or run.value if run.error or run.value is not None else run.outcome}>"


class Probes:
    """The probes of a session, by name."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._probes: dict[str, Probe] = {}
        self._code = Stoppable()

    def add(self, function: Callable[[Any], Any], name: str | None = None) -> Probe:
        """Register a function of the model; one of the same name is replaced.

        Raises
        ------
        ProbeError
            It is not callable.
        """
        if not callable(function):
            raise ProbeError(
                f"a probe is a function that takes the model, and not {type(function).__name__}; pass for example "
                "probe=accuracy with def accuracy(model): ..."
            )
        plain = getattr(function, "__name__", type(function).__name__)
        probe = Probe(str(name or ("probe" if plain == "<lambda>" else plain))[:200], function)
        self._probes[probe.name] = probe
        return probe

    def replace(self, given: Callable[[Any], Any] | Mapping[str, Callable[[Any], Any]]) -> None:
        """Take these probes and no others; those whose function is the same keep their series.

        Raises
        ------
        ProbeError
            One is not callable.
        """
        old, self._probes = self._probes, {}
        try:
            if isinstance(given, Mapping):
                for name, function in given.items():
                    self.add(function, str(name))
            else:
                self.add(given)
        except BaseException:
            self._probes = old
            raise
        for name, probe in self._probes.items():
            if name in old and old[name].function is probe.function:
                self._probes[name] = old[name]

    def run(self, *names: str) -> dict[str, Run]:
        """Run probes, all by default, and return what they gave.

        What a probe raises is in the result. An interrupt that was not asked for by `stop` is raised again when the
        model has been put back.
        """
        return {name: self.run_one(self[name]) for name in names or tuple(self._probes)}

    def run_one(self, probe: Probe) -> Run:
        """Run one probe on the model as it is."""
        session = self._session
        position, trial, generation = session.journal.position, session.previewing is not None, session.generation
        entries = len(session.journal.entries)
        guard = Guard(session, first=probe.last is None)
        started = time.perf_counter()
        interrupted = False
        outcome, error, trace, stopped = None, "", "", False
        try:
            with guard, self._running(probe):
                try:
                    outcome = outcome_of(probe.function(session.model))
                except RAISED as failure:
                    error, trace = told(failure, probe.function)
        except KeyboardInterrupt:
            stopped, interrupted, outcome = True, not self._code.asked, None
        seconds = time.perf_counter() - started
        if (session.generation, len(session.journal.entries)) != (generation, entries):
            error = error or f"{probe.name} edited the model while it ran, so its result belongs to no state of it"
        else:
            changed = guard.changed()
            if changed.paths:
                error = changed.told(probe.name)
        if error:
            outcome = None
        probe.last = Run(position, trial, generation, seconds, outcome, error, trace, stopped)
        if probe.last.value is not None and not trial:
            probe.series[position] = probe.last.value
        if isinstance(outcome, Numbers) and not trial:
            probe.numbers[position] = outcome
            while len(probe.numbers) > _KEPT:
                del probe.numbers[next(iter(probe.numbers))]
        if interrupted:
            raise KeyboardInterrupt
        return probe.last

    def measure(self, name: str) -> float:
        """What a probe gives for the model as it is, recorded nowhere: for sweeps.

        Raises
        ------
        ProbeError
            It gives no number, fails, or was stopped.
        """
        probe = self[name]
        try:
            with self._running(probe):
                try:
                    value = headline(outcome_of(probe.function(self._session.model)))
                except ParamwidgetError:
                    raise
                except RAISED as failure:
                    raise ProbeError(told(failure, probe.function)[0]) from failure
        except KeyboardInterrupt:
            if self._code.asked:
                raise ProbeError(f"{name} was stopped, so there is no curve; start it again") from None
            raise
        if value is None:
            raise ProbeError(f"{name} gives no single number, so there is nothing to plot over the range")
        return value

    def stop(self) -> None:
        """Interrupt the probe that is running, if one is; may be called on any thread."""
        self._code.stop()

    def status(self, probe: Probe) -> Status:
        """How a probe stands: `fresh` if its result is that of the model as it is."""
        run = probe.last
        if probe.running:
            return "running"
        if run is None:
            return "waiting"
        if run.generation != self._session.generation:
            return "stale"
        return "stopped" if run.stopped else "failed" if run.error else "fresh"

    def before(self, probe: Probe) -> float | None:
        """The headline number of the state to compare with: where a trial started, or the entry before."""
        return self._earlier(probe, probe.series)

    def numbers_before(self, probe: Probe) -> Numbers | None:
        """The named numbers of that state."""
        return self._earlier(probe, probe.numbers)

    def _earlier(self, probe: Probe, known: Mapping[int, _Kept]) -> _Kept | None:
        run, done = probe.last, self._done
        if run is None or not run.trial:
            done.pop()
        return next((known[number] for number in reversed(done) if number in known), None)

    def along(self, probe: Probe) -> list[tuple[int, float]]:
        """Headline numbers along the history that is done, oldest first."""
        return [(number, probe.series[number]) for number in self._done if number in probe.series]

    @property
    def _done(self) -> list[int]:
        """The states that the model went through to where it stands, oldest first."""
        return [0, *(entry.number for entry in self._session.journal.done)]

    @contextmanager
    def _running(self, probe: Probe) -> Iterator[None]:
        probe.running = True
        try:
            with self._code.block():
                yield
        finally:
            probe.running = False

    @property
    def first(self) -> Probe:
        """The probe that is asked where none is named.

        Raises
        ------
        ProbeError
            There is none.
        """
        for probe in self:
            return probe
        raise ProbeError("there is no probe; pass one with paramwidget.edit(model, probe=f) or session.probe(f)")

    def __iter__(self) -> Iterator[Probe]:
        return iter(list(self._probes.values()))

    def __len__(self) -> int:
        return len(self._probes)

    def __getitem__(self, name: str) -> Probe:
        try:
            return self._probes[name]
        except (KeyError, TypeError):  # what cannot be a key is no name, either
            raise ProbeError(f"there is no probe '{name}'{closest(str(name), self._probes)}") from None


def told(failure: BaseException, function: Callable[..., Any]) -> tuple[str, str]:
    """One line for the screen that says where it failed, and the traceback from the probe on."""
    if isinstance(failure, ParamwidgetError):
        return failure.sentence, ""
    frames = traceback.extract_tb(failure.__traceback__)[1:]  # the first is whoever called it
    own = [frame for frame in frames if frame.name == getattr(function, "__name__", "")] or frames[:1]
    where = f"{own[0].name}(), line {own[0].lineno}: " if own else ""
    said = traceback.format_exception_only(type(failure), failure)  # whatever its own __str__ does
    first = "".join(said).partition(": ")[2].strip().partition("\n")[0][:300]
    lines = traceback.format_list(frames) + said
    return f"{where}{type(failure).__name__}: {first}", "".join(lines)[-8000:]
