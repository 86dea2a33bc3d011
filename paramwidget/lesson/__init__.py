"""Lessons: goals that a learner reaches by editing a live model, checks that say what is missing, locks on the rest.

`task = xor()`, then `paramwidget.edit(task.model)` to work on it, `task.check()`, `task.hint()`, `task.reset()`. A lesson of
your own is a `Lesson` with a few goals. Not here: anything on the screen but the text of a report.
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
