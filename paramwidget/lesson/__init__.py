"""Lessons: goals that a learner reaches by editing a live model, checks that say what is missing, locks on the rest.

`task = xor()`; leave `task` on the last line of a cell to work on it, or use `task.session`, `task.check()`, `task.hint()`
and `task.reset()` in a script. A lesson of your own is a `Lesson` with a few goals. Not here: anything on the screen but the
text of a report; the editor shows what a lesson tells.
"""

from __future__ import annotations

from paramwidget.lesson.exercises import edge, xor
from paramwidget.lesson.goals import Check, Goal, at_most, reaches, uses_only
from paramwidget.lesson.lesson import Lesson
from paramwidget.lesson.locks import TYPED, Allowed, LessonSession
from paramwidget.lesson.report import Report, Result

__all__ = [
    "TYPED",
    "Allowed",
    "Check",
    "Goal",
    "Lesson",
    "LessonSession",
    "Report",
    "Result",
    "at_most",
    "edge",
    "reaches",
    "uses_only",
    "xor",
]
