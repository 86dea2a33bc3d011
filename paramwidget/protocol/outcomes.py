"""What a probe gave, and how it stands."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from paramwidget.protocol.scalars import Message, Number


class Score(Message, frozen=True):
    """A probe gave one number."""

    value: Number


class Scores(Message, frozen=True):
    """A probe gave named numbers (a dict), or a vector, whose names are empty."""

    names: list[str]
    values: list[Number]


class Grid(Message, frozen=True):
    """A probe gave a matrix; its float32 values are buffer number `buffer`."""

    rows: int
    cols: int
    buffer: int


class Picture(Message, frozen=True):
    """A probe gave a figure or something else with a picture: buffer number `buffer`, of type `mime`."""

    mime: Literal["image/png", "image/svg+xml", "image/jpeg"]
    buffer: int


class Markup(Message, frozen=True):
    """A probe gave something that shows itself as HTML: only for a sandboxed frame without scripts."""

    html: str


class Words(Message, frozen=True):
    """A probe gave something that has no better display than its text."""

    text: str


Outcome: TypeAlias = Score | Scores | Grid | Picture | Markup | Words


class ProbeState(Struct, frozen=True):
    """One probe: what it gave last, for which state of the model, and how it stands now.

    `fresh`: the outcome is that of the model as it is. `stale`: the model has changed since, and the probe takes too long to
    run by itself. `entry` and `trial` tell which state the outcome belongs to. `was` is the headline number of the state to
    compare with (the entry where a trial started, or the entry before), and `before` are its named numbers. `series` holds
    headline numbers along the history, oldest first, as pairs of entry and number.
    """

    name: str
    status: Literal["waiting", "running", "fresh", "stale", "failed", "stopped"]
    seconds: float
    entry: int
    trial: bool
    outcome: Outcome | None
    headline: Number | None
    was: Number | None
    before: Scores | None
    series: list[tuple[int, Number]]
    error: str  # one sentence, if it failed
    trace: str  # the traceback, if it failed
