"""Goals of a lesson: a sentence for the learner, a check of the session, hints; and the goals that are common.

A check never changes the model. What it returns is shown: True, False, or a sentence that says what is missing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from paramwidget.errors import ParamwidgetError, ValueRefusedError
from paramwidget.lesson.locks import LessonSession
from paramwidget.lesson.report import Result
from paramwidget.probe import RAISED, Probe, told
from paramwidget.tree import named

Check: TypeAlias = Callable[[LessonSession], "bool | str"]
"""True if the goal is reached; False, or better a sentence that says what is missing, if it is not."""


class Goal(Struct, frozen=True):
    """One thing to reach. `hints` are given one after the other, the broadest first.

    Raises
    ------
    ValueRefusedError
        The text is no text, the check cannot be called with a session, or the hints are no texts.
    """

    text: str
    """What is to be reached, in one line."""
    check: Check
    """Takes the session; gives True, or False or what is missing as a text."""
    hints: tuple[str, ...] = ()
    """In the order in which they are given."""

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not callable(self.check):
            raise ValueRefusedError(
                "a goal is a sentence and a function of the session; pass Goal('It is calm', is_calm)"
            )
        if not _takes_one(self.check):
            name = getattr(self.check, "__name__", type(self.check).__name__)
            raise ValueRefusedError(
                f"the check '{name}' of the goal '{self.text}' cannot be called with the session alone; give it one "
                "parameter, as in def calm(session): ..."
            )
        if isinstance(self.hints, str) or not all(isinstance(hint, str) for hint in self.hints):
            raise ValueRefusedError(
                "hints are several texts; pass for example hints=('Look at the bias.',), with a comma"
            )

    def result(self, session: LessonSession) -> Result:
        """How the goal stands. A check that fails counts as not reached, and says so."""
        try:
            found: object = self.check(session)
            given = found if isinstance(found, str) else bool(found)
        except ParamwidgetError as error:
            given = error.sentence
        except RAISED as error:  # the teacher's mistake must not end the learner's cell
            given = f"the check of this goal failed ({told(error, self.check)[0]}), so ask whoever wrote the lesson"
        if given is True:
            return Result(self.text, True)
        return Result(self.text, False, given or "not yet")


def _takes_one(check: Callable[..., object]) -> bool:
    """Whether a function can be called with one argument; True also where only a call can tell."""
    try:
        signature = inspect.signature(check)
    except (TypeError, ValueError):  # some that are written in C have none
        return True
    try:
        signature.bind(None)
    except TypeError:
        return False
    return True


def at_most(cells: int, *, text: str = "", hints: tuple[str, ...] = ()) -> Goal:
    """No more than so many cells differ from the start, whoever changed them; undone ones do not count."""
    if isinstance(cells, bool) or not isinstance(cells, int) or cells < 0:
        raise ValueRefusedError(f"a number of cells is 0, 1, 2 and so on, not {cells!r}; pass for example at_most(3)")

    def check(session: LessonSession) -> bool | str:
        changed = session.changed()
        if changed <= cells:
            return True
        where = ", ".join(row.path for row in session.differences())
        return f"{_differ(changed)} from the start, in {where}; set {changed - cells:,} back"

    return Goal(text or f"At most {_differ(cells)} from the start", check, hints)


def reaches(
    probe: str | Callable[[Any], Any],
    at_least: float | None = None,
    at_most: float | None = None,
    *,
    text: str = "",
    hints: tuple[str, ...] = (),
) -> Goal:
    """A probe gives a number in a range. `probe` is the name of one of the session, or a function of the model."""
    if at_least is None and at_most is None:
        raise ValueRefusedError("reaches takes a limit; pass for example reaches('accuracy', at_least=0.9)")
    name = probe if isinstance(probe, str) else getattr(probe, "__name__", "probe")
    limits = {"at least": at_least, "at most": at_most}
    wanted = " and ".join(f"{word} {limit:g}" for word, limit in limits.items() if limit is not None)

    own = None if isinstance(probe, str) else Probe(name, probe)  # once: its first run is guarded at more expense

    def check(session: LessonSession) -> bool | str:
        found = own or session.probes[name]
        run = session.probes.run_one(found)
        if run.error or run.value is None:
            return f"{name} gives no number: {run.error or 'its result is something else'}"
        if (at_least is None or run.value >= at_least) and (at_most is None or run.value <= at_most):
            return True
        return f"{name} is {run.value:.6g} and must be {wanted}"

    return Goal(text or f"{name} is {wanted}", check, hints)


def uses_only(*what: str, text: str = "", hints: tuple[str, ...] = ()) -> Goal:
    """Nothing differs from the start but tensors that `what` names: paths, globs or filter words."""
    if not what:
        raise ValueRefusedError("uses_only names tensors; pass for example uses_only('hidden/*')")
    names = ", ".join(what)

    def check(session: LessonSession) -> bool | str:
        meant = named(session.known, what)
        others = [row.path for row in session.differences() if row.path not in meant]
        if not others:
            return True
        return f"{', '.join(others)} {'differs' if len(others) == 1 else 'differ'} from the start too; only {names} may"

    return Goal(text or f"Only {names} is changed", check, hints)


def _differ(count: int) -> str:
    return f"{count:,} cell differs" if count == 1 else f"{count:,} cells differ"
