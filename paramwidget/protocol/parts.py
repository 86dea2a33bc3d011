"""What messages are made of: rows of the tree, statistics, states and steps, goals, findings."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from paramwidget.protocol.scalars import EntryNumber, Formula, Number, Query, RegionText
from paramwidget.tree import Lock


class Row(Struct, frozen=True, array_like=True):
    """One line of the layer tree, in display order. `span` counts the rows below it, so closing it skips them."""

    depth: int
    span: int
    path: str
    name: str
    layer: str  # class of a layer, empty for a tensor
    shape: list[int]  # empty for a layer
    dtype: str
    role: str  # weight, bias, buffer, state; empty for a layer
    size: int  # values stored below; buffers and tied ones included
    count: int  # values as the framework counts them; 0 for a tied tensor
    lock: Lock
    tied: str  # path of the first tensor with the same storage
    edited: bool
    readable: bool
    writable: bool


class Flags(Struct, frozen=True, array_like=True):
    """What may change on a row without the tree changing."""

    row: int
    lock: Lock
    edited: bool


class Header(Struct, frozen=True):
    """The first line of the editor. Counts are numbers of values."""

    title: str
    framework: str
    count: int
    bytes: int
    trainable: int
    frozen: int
    buffers: int
    tensors: int
    writable: bool
    undo: str  # what undo would take back, empty if nothing
    redo: str
    position: int  # entry of the history where the model stands; 0 as it was opened
    edits: int  # entries that are done
    trial: str  # what is being tried out, empty if nothing is
    trial_owner: int  # the view that does, 0 if a script does
    trial_paths: list[str]  # the first tensors that it is tried on


class Summary(Struct, frozen=True):
    """Statistics of the finite values; `sampled` is 1 if every value was read, else one value in `sampled` was."""

    count: int
    nan: int
    posinf: int
    neginf: int
    zeros: int
    min: Number
    max: Number
    mean: Number
    std: Number
    l2: Number
    sampled: int


class Histogram(Struct, frozen=True):
    """Counts of equal bins over `low` to `high`, and how many lie outside."""

    low: Number
    high: Number
    counts: list[int]
    under: int
    over: int


class Glance(Struct, frozen=True):
    """Thumbnail of one tensor for the tree: bar heights 0 to 255, where zero lies (0 to 1, else -1), bad values."""

    path: str
    bars: list[int]
    zero: float
    nan: int
    inf: int


class Remark(Struct, frozen=True):
    """Something the user must know, ready to be shown as text."""

    severity: Literal["info", "warn"]
    title: str
    text: str


class Target(Struct, frozen=True):
    """What an operation works on: a path or a filter query, a slice of each tensor, a condition such as `abs(w) < 0.01`."""

    what: Query
    region: RegionText = ""
    where: Formula = ""


class StateRef(Struct, frozen=True):
    """A state of the model: as it is now (with what is tried out), at an entry of the history, or a snapshot."""

    kind: Literal["now", "entry", "snapshot"]
    entry: EntryNumber = 0
    name: Annotated[str, Meta(max_length=200)] = ""


class Step(Struct, frozen=True):
    """One entry of the history. `done`: the model holds it; else it lies on another branch or was undone.

    `scores` are the headline numbers of the probes after it, null where a probe did not run then.
    """

    number: int
    parent: int
    time: float  # seconds since 1970
    what: str  # `scale × 0.5`
    place: str  # `conv2/kernel [..., 0:8]`
    count: int
    done: bool
    scores: list[Number | None]


class SnapshotRow(Struct, frozen=True):
    """A snapshot; `entry` is where the model stood."""

    name: str
    entry: int
    time: float
    bytes: int


class ComparedRow(Struct, frozen=True):
    """How one tensor differs between two states; see `comparison.Difference`."""

    path: str
    match: str
    size: int
    changed: int
    max_abs: Number
    relative: Number
    cosine: Number


class Goal(Struct, frozen=True):
    """A goal of a lesson. `missing` is a sentence, empty if the goal is reached or was not looked at yet."""

    text: str
    met: bool
    missing: str
    hints: list[str]  # those that were given
    left: int  # how many are left


class Standing(Struct, frozen=True):
    """How a lesson stood when it was checked last.

    `fresh`: that is the model as it is. `stale`: the model has changed since, and the checks take too long to run by
    themselves. `rules` are sentences on what else is in the way, such as a locked tensor that something else wrote. Of two,
    the one with the larger `number` is newer, in whatever order they arrive: replies and events come from two threads.
    """

    number: int
    status: Literal["waiting", "checking", "fresh", "stale", "stopped"]
    solved: bool
    trial: bool  # something was only tried out then
    changed: int  # cells that differ from the start
    goals: list[Goal]
    rules: list[str]


class Course(Struct, frozen=True):
    """A lesson on the model: what it is about, and what may be done in it."""

    title: str
    about: str
    operations: list[str]  # the types of operations that it uses
    typing: bool  # whether values may be typed into cells
    no_freezing: str  # why nothing can be frozen, empty if it can
    standing: Standing


class Finding(Struct, frozen=True):
    """Something that the doctor found. `number` stands for it alone while the editor is open; `fix` is what the button
    says, empty where there is no safe one.
    """

    number: int
    severity: Literal["info", "warn", "error"]
    path: str
    region: str
    title: str
    text: str
    fix: str
