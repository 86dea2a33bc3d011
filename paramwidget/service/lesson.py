"""A lesson for the page: when its checks run, how it stands, one hint after the other, and the way back to its start.

As probes do, quick checks run by themselves after each change and slow ones when they are asked for. They are a teacher's
own code: on the main thread between messages, never beside a cell, and stoppable.
"""

from __future__ import annotations

import itertools
import logging
import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, get_args

from paramwidget import protocol as wire
from paramwidget.edits import Act, Assign
from paramwidget.errors import MessageError
from paramwidget.guard import Witness
from paramwidget.lesson import Lesson, LessonSession, Report
from paramwidget.overdue import overdue
from paramwidget.probe import QUICK
from paramwidget.service.probing import Probing, Tell
from paramwidget.session import Session
from paramwidget.stoppable import Stoppable

_log = logging.getLogger("paramwidget")

_LONGEST = 1000
"""Letters of a sentence that the page shows."""

_MOST = 100
"""Goals that the page shows."""


class Tutor:
    """The lesson of a session, if it has one."""

    def __init__(self, session: Session, probing: Probing) -> None:
        self._session, self._probing = session, probing
        self._report: Report | None = None
        self._failure = ""
        self._changed = 0
        self._trial = self._stopped = self._asked = False
        self._seconds = 0.0
        self._seen: object = None
        """The state of the model that was checked last; see `_state`."""
        self._told: object = None
        """What the page was told last: of which state of the model, and with which hints."""
        self._witness = Witness(session)
        self._numbers = itertools.count()
        self._code = Stoppable()
        self._running = False
        self.kinds: dict[type, Callable[[Any], wire.Reply]] = {
            wire.GetLesson: lambda request: wire.LessonState(self._standing(self._lesson)),
            wire.CheckLesson: self._ask,
            wire.GiveHint: self._give_hint,
            wire.StartOver: self._start_over,
        }
        """How requests are answered."""

    @property
    def _on(self) -> bool:
        return isinstance(self._session, LessonSession) and self._session.lesson is not None

    @property
    def _lesson(self) -> Lesson:
        session = self._session
        if isinstance(session, LessonSession) and session.lesson is not None:
            return session.lesson
        raise MessageError("there is no lesson on this model; reload the page")

    # ------------------------------------------------------------------ when the checks run

    @property
    def asked(self) -> bool:
        """Whether the checks were asked for and have not run since."""
        return self._asked

    @property
    def pending(self) -> bool:
        """Whether there is something to check, or to tell, as soon as that may happen."""
        return self._on and not self._running and (self._asked or self._due or self._told != self._now)

    def run(self, tell: Tell) -> None:
        """Check if that is due, and tell how the lesson and the probes that its goals ran stand.

        Raises KeyboardInterrupt if the kernel was interrupted.
        """
        if not self.pending:
            return
        lesson, probes = self._lesson, self._session.probes
        before = {probe.name: probe.last for probe in probes}
        try:
            if self._asked or self._due:
                self._asked, self._running = False, True
                with overdue(partial(self._lag, tell), math.inf if self._report is None else self._seconds):
                    self._check(lesson)
        finally:
            self._running = False
            self._told = self._now
            tell(wire.LessonChecked(self._standing(lesson)), [])
            for probe in probes:
                if probe.last is not before.get(probe.name):
                    self._probing.tell(tell, probe)

    def _lag(self, tell: Tell) -> None:
        """Tell that the checks are running, and of the probes that wait for them."""
        tell(wire.LessonChecked(self._standing(self._lesson)), [])
        self._probing.lag(tell)

    def _check(self, lesson: Lesson) -> None:
        session = lesson.session
        started = time.perf_counter()
        self._stopped, self._failure = False, ""
        self._trial = session.previewing is not None
        try:
            with self._code.block():
                self._report = lesson.check()
                self._changed = session.changed()
                self._witness.note()
        except KeyboardInterrupt:
            self._stopped = True
            if not self._code.asked:
                raise
        except Exception as error:  # nothing that a lesson does may keep the editor from working
            _log.debug("the checks of a lesson could not be run", exc_info=True)
            self._failure = f"the checks could not be run ({type(error).__name__}: {error})"
        finally:
            self._seconds = time.perf_counter() - started
            self._seen = self._state

    @property
    def _due(self) -> bool:
        return self._seen != self._state and self._seconds < QUICK and not self._stopped

    @property
    def _state(self) -> object:
        """What a report depends on, as far as it is known without looking at values."""
        session = self._session
        return session.revision, session.generation, session.previewing is not None

    @property
    def _now(self) -> object:
        return self._state, self._lesson.hinted

    def moved(self) -> bool:
        """Whether something else wrote to the model since it was checked, told once; for after a cell."""
        return self._witness.moved()

    def stop(self) -> bool:
        """Interrupt the checks if they are running; on any thread."""
        if self._running:
            self._code.stop()
        return self._running

    def goals(self) -> list[tuple[str, bool | None, str]]:
        """For a page without a kernel: each goal and broken rule, whether it is met, and what is missing.

        They are checked for it; where that is not possible, it is None. Raises KeyboardInterrupt if the kernel was
        interrupted.
        """
        if not self._on:
            return []
        lesson = self._lesson
        if not self._running:  # else a check of these asks
            self._running = True
            try:
                self._check(lesson)
            finally:
                self._running = False
                self._told = None  # nor does the editor know
        results = () if self._report is None or self._failure or self._stopped else self._report.results
        return [(each.text, each.met, each.missing) for each in results] or [(g.text, None, "") for g in lesson.goals]

    # ------------------------------------------------------------------ requests

    def _ask(self, request: wire.CheckLesson) -> wire.Pong:
        _ = self._lesson  # raises if there is none
        self._asked = True
        return wire.Pong()

    def _give_hint(self, request: wire.GiveHint) -> wire.LessonState:
        lesson = self._lesson
        if self._report is not None:
            lesson.hint(self._report)
        return wire.LessonState(self._standing(lesson))

    def _start_over(self, request: wire.StartOver) -> wire.Done:
        self._lesson.reset()
        return wire.Done("start over", [])

    # ------------------------------------------------------------------ telling

    def course(self) -> wire.Course | None:
        """What the page must know of the lesson before it is drawn; None if there is none."""
        if not self._on:
            return None
        lesson = self._lesson
        uses = lesson.session.uses
        kinds = [kind.__name__ for kind in get_args(Act) if uses(kind)]
        return wire.Course(
            _cut(lesson.title),
            _cut(lesson.about),
            kinds,
            uses(Assign),
            lesson.session.no_freezing,
            self._standing(lesson),
        )

    def _standing(self, lesson: Lesson) -> wire.Standing:
        number = next(self._numbers)  # first: who comes later sees no less
        report = self._report
        goals = [
            wire.Goal(_cut(goal.text), False, "", [_cut(hint) for hint in given], len(goal.hints) - len(given))
            for goal, given in zip(lesson.goals, lesson.hinted, strict=True)
        ]
        rules: list[str] = [self._failure] * bool(self._failure)
        if report is not None:
            for at, result in enumerate(report.results):
                if at >= len(goals):
                    rules.append(_cut(result.missing))
                else:
                    goals[at] = wire.Goal(
                        goals[at].text, result.met, _cut(result.missing), goals[at].hints, goals[at].left
                    )
        return wire.Standing(
            number,
            self._status(),
            report is not None and report.solved and not self._failure,
            self._trial,
            self._changed,
            goals[:_MOST],
            rules,
        )

    def _status(self) -> Literal["waiting", "checking", "fresh", "stale", "stopped"]:
        if self._running:
            return "checking"
        if self._seen is None:
            return "waiting"
        if self._stopped:
            return "stopped"
        return "fresh" if self._seen == self._state else "stale"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 2] + " …"
