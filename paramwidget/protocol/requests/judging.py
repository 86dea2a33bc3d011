"""What judges the model: probes, the search for what is wrong with it, and the lesson."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from paramwidget.protocol.parts import EntryNumber, Label, Message, Target


class GetProbes(Message, frozen=True):
    """All probes as they stand. Reply: `Probes`, with the buffers that their outcomes name."""


class RunProbes(Message, frozen=True):
    """Run probes now; `names` empty for all. Reply: `Pong` at once; `Probed` events tell how they stand."""

    names: Annotated[list[Label], Meta(max_length=100)] = msgspec.field(default_factory=list)


class StopProbes(Message, frozen=True):
    """Interrupt the probe or the sweep that is running, if one is. Reply: `Pong`."""


class Sweep(Message, frozen=True):
    """What a probe gives over a range: of the value itself, or of a factor on the values. Reply: `Curve`.

    The model is bit-identical afterwards.
    """

    target: Target
    vary: Literal["value", "factor"]
    low: float
    high: float
    steps: Annotated[int, Meta(ge=2, le=201)]
    probe: Label


class Examine(Message, frozen=True):
    """Look for what is wrong with the model. Reply: `Findings`."""


class Treat(Message, frozen=True):
    """Carry out the fix of a finding, as one entry of the history. Reply: `Done`."""

    finding: EntryNumber


class GetLesson(Message, frozen=True):
    """How the lesson stands. Reply: `LessonState`."""


class CheckLesson(Message, frozen=True):
    """Run the checks of the lesson now. Reply: `Pong` at once; `LessonChecked` tells what they found."""


class GiveHint(Message, frozen=True):
    """Give one more hint for the first goal that is not reached. Reply: `LessonState`."""


class StartOver(Message, frozen=True):
    """Bring the values of the lesson's start back, and forget the hints. Reply: `Done`."""


Judging: TypeAlias = (
    GetProbes | RunProbes | StopProbes | Sweep | Examine | Treat | GetLesson | CheckLesson | GiveHint | StartOver
)
