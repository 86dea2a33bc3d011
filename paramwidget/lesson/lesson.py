"""A lesson: a live model with goals to reach, and what may be changed on the way."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paramwidget.errors import ValueRefusedError
from paramwidget.guard import Guard
from paramwidget.jupyter import Output, fills_notebook
from paramwidget.lesson.goals import Goal
from paramwidget.lesson.locks import Allowed, LessonSession
from paramwidget.lesson.report import Report, Result

if TYPE_CHECKING:
    from paramwidget.widget import ParamEditor

_TRIAL = Result(
    "What is tried out is kept", False, "something is only tried out: keep it with Enter, or take it back with Esc"
)


class Lesson:
    """Goals on a live model. Left on the last line of a cell it shows the editor, with its goals, probes and locks.

    A session that was opened on the model before has no locks; what is written there is seen by `check`. An editor that was
    opened before closes when that of the lesson opens.

    Parameters
    ----------
    title
        What the learner reads on top.
    model
        A Keras model, a PyTorch module, or a dict of NumPy arrays: as the learner finds it.
    goals
        What is to be reached, in the order in which it is best thought about.
    about
        What the learner has to know first: what the model computes, and what it does now. A few sentences.
    probe
        A function of the model, or several by name, as `paramwidget.edit` takes them.
    allowed
        `Allowed(tensors, operations)`, or names of the tensors that may be edited; by default nothing is locked.

    Raises
    ------
    ValueRefusedError
        There are no goals, `allowed` is something else, or `title` or `about` is not a text, or the title is too long.
    UnsupportedModelError, PathError, QueryError, ProbeError
        The model, the names of tensors or a probe do not fit.
    """

    def __init__(
        self,
        title: str,
        model: Any,
        goals: Sequence[Goal],
        *,
        about: str = "",
        probe: Callable[[Any], Any] | Mapping[str, Callable[[Any], Any]] | None = None,
        allowed: Allowed | str | Iterable[str] | None = None,
    ) -> None:
        if not isinstance(title, str) or not isinstance(about, str):
            raise ValueRefusedError("a lesson has a title and, in about=, a few sentences: both are texts")
        self.title = title
        """What it is called."""
        self.about = about
        """What the learner has to know first; empty if nothing."""
        self.goals = tuple(goals)
        """In the order in which they are shown."""
        if not self.goals or not all(isinstance(goal, Goal) for goal in self.goals):
            raise ValueRefusedError("a lesson takes a list of goals; pass for example [lesson.at_most(cells=3)]")
        self._session = LessonSession(model, Allowed.of(allowed), title=title)
        if probe is not None:
            self._session.probes.replace(probe)
        self._hinted = [0] * len(self.goals)
        self._session.begin(self)

    def edit(self) -> ParamEditor:
        """Open the editor, as leaving the lesson on the last line of a cell does; `lesson.edit().panel()` docks it."""
        from paramwidget.widget import open_editor  # widgets are for notebooks, and slow to load

        return open_editor(self._session)

    def _ipython_display_(self, **options: Any) -> None:
        """Show what leaving the editor on the last line would: also what stays in the notebook without a kernel."""
        if fills_notebook():
            self.edit()._ipython_display_(**options)
        else:
            bundle = self._repr_mimebundle_(**options)
            Output().put(bundle[0] if isinstance(bundle, tuple) else bundle)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = self.edit()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data["text/plain"] = repr(self)
        return bundle

    @property
    def session(self) -> LessonSession:
        """The session that the learner edits with: the same that the widget uses."""
        return self._session

    @property
    def model(self) -> Any:
        """The live model."""
        return self._session.model

    def check(self) -> Report:
        """How every goal stands now, and what is missing. Probes run; values stay as they are."""
        session = self._session
        guard, revision = Guard(session, first=False), session.revision
        try:
            with guard:
                results = [goal.result(session) for goal in self.goals]
        except BaseException:  # stopped: what the check had changed so far must not stay
            if session.revision == revision:
                guard.changed()
            raise
        # what a check edited through the session is in its history, and stays
        moved = guard.changed().paths if session.revision == revision else ["the model"]
        if session.previewing is not None:
            results.append(_TRIAL)
        if broken := ", ".join(session.broken()):
            said = f"{broken} was changed without the editor; start again, in code with reset()"
            results.append(Result("What is locked is as it was", False, said))
        if moved:
            said = f"{', '.join(moved)} was changed by a check; ask whoever wrote the lesson"
            results.append(Result("Checks only look", False, said))
        return Report(self.title, tuple(results))

    @property
    def solved(self) -> bool:
        """Whether nothing is missing."""
        return self.check().solved

    def hint(self, report: Report | None = None) -> str:
        """A hint for the first goal that is not reached; asked again, the next one, and the last one from then on.

        `report` says which goals those are; by default a check does.
        """
        report = report or self.check()
        for number, (goal, result) in enumerate(zip(self.goals, report.results, strict=False)):
            if not result.met and goal.hints:
                self._hinted[number] = min(self._hinted[number] + 1, len(goal.hints))
                return self.hinted[number][-1]
            if not result.met:
                return result.missing
        return next(iter(report.missing), "nothing is missing: every goal is reached")

    @property
    def hinted(self) -> list[tuple[str, ...]]:
        """The hints that were given so far, for each goal."""
        return [goal.hints[:count] for goal, count in zip(self.goals, self._hinted, strict=True)]

    def reset(self) -> None:
        """Start again: the values from before the first edit, bit by bit, and the first hint. See `start_over`."""
        self._session.start_over()
        self._hinted = [0] * len(self.goals)

    def __repr__(self) -> str:
        goals = [f"  {i}. {goal.text}" for i, goal in enumerate(self.goals, 1)]
        return "\n".join([self.title, *textwrap.wrap(self.about, 88), *goals])
