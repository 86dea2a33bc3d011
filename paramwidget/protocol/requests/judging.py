"""What judges the model: probes, the search for what is wrong with it, and the lesson."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from paramwidget.protocol.parts import Target
from paramwidget.protocol.replies import Curve, Done, Findings, LessonState, Pong, Probes
from paramwidget.protocol.requests.base import Asked, Free, Search, Waiting, Write
from paramwidget.protocol.scalars import EntryNumber, Label


class GetProbes(Asked[Probes], frozen=True):
    """All probes as they stand. The reply has the buffers that their outcomes name."""


class RunProbes(Free[Pong], frozen=True):
    """Run probes now; `names` empty for all. The reply comes at once; `Probed` events tell how they stand."""

    names: Annotated[list[Label], Meta(max_length=100)] = msgspec.field(default_factory=list)


class StopProbes(Free[Pong], frozen=True):
    """Interrupt the probe or the sweep that is running, if one is."""


class Sweep(Waiting[Curve], frozen=True):
    """What a probe gives over a range: of the value itself, or of a factor on the values.

    The model is bit-identical afterwards.
    """

    target: Target
    vary: Literal["value", "factor"]
    low: float
    high: float
    steps: Annotated[int, Meta(ge=2, le=201)]
    probe: Label


class Examine(Search[Findings], frozen=True):
    """Look for what is wrong with the model."""


class Treat(Write[Done], frozen=True):
    """Carry out the fix of a finding, as one entry of the history."""

    finding: EntryNumber


class GetLesson(Asked[LessonState], frozen=True):
    """How the lesson stands."""


class CheckLesson(Free[Pong], frozen=True):
    """Run the checks of the lesson now. The reply comes at once; `LessonChecked` tells what they found."""


class GiveHint(Free[LessonState], frozen=True):
    """Give one more hint for the first goal that is not reached."""

    once = True


class StartOver(Write[Done], frozen=True):
    """Bring the values of the lesson's start back, and forget the hints."""


Judging: TypeAlias = (
    GetProbes | RunProbes | StopProbes | Sweep | Examine | Treat | GetLesson | CheckLesson | GiveHint | StartOver
)
