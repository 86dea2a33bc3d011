"""All messages between the kernel and the browser, as msgspec structs; the only place where they are declared.

`js/src/protocol.ts` is generated from this module (`scripts/generate_protocol.py`); a test fails when the two differ.

A request travels as `{"id": 7, "request": {"kind": "Describe", …}}` and gets exactly one answer,
`{"id": 7, "revision": 3, "reply": {"kind": …}}`, where an error is a reply of kind `Failure`. Events travel on their own as
`{"event": {"kind": "Changed", …}}`. Arrays are binary buffers, little-endian and C-ordered; JSON carries only small numbers,
and NaN or infinity as a string. Ids are integers: ipykernel 7.4 keeps every string id for ever.

The base class of a request says which reply it gets, and how it is carried out: whether it waits, writes or takes long
(`requests/base.py`).
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from paramwidget.protocol.outcomes import Grid, Markup, Outcome, Picture, ProbeState, Score, Scores, Words
from paramwidget.protocol.parts import (
    ComparedRow,
    Course,
    Finding,
    Flags,
    Glance,
    Goal,
    Header,
    Histogram,
    Remark,
    Row,
    SnapshotRow,
    Standing,
    StateRef,
    Step,
    Summary,
    Target,
)
from paramwidget.protocol.replies import (
    Cells,
    Code,
    Compared,
    Curve,
    Description,
    Done,
    Failure,
    Figure,
    Findings,
    Foreseen,
    Found,
    Glances,
    History,
    LessonState,
    Pair,
    PatchFile,
    Pong,
    Probes,
    Reply,
    Spectrum,
    Stored,
    Tile,
    Tree,
    Tried,
    Unheard,
)
from paramwidget.protocol.requests import Request
from paramwidget.protocol.requests.base import Free, Search, Unasked, Waiting, Write
from paramwidget.protocol.requests.changing import (
    Apply,
    CheckText,
    DropTrial,
    Foresee,
    HoldTrial,
    KeepTrial,
    SetBlock,
    SetTrainable,
    TryOut,
)
from paramwidget.protocol.requests.judging import (
    CheckLesson,
    Examine,
    GetLesson,
    GetProbes,
    GiveHint,
    RunProbes,
    StartOver,
    StopProbes,
    Sweep,
    Treat,
)
from paramwidget.protocol.requests.line import Attend, CheckHeard, Dock, Ping, Stop
from paramwidget.protocol.requests.looking import (
    Describe,
    Find,
    GetCells,
    GetFigure,
    GetGlances,
    GetSpectrum,
    GetTile,
    GetTree,
)
from paramwidget.protocol.requests.past import (
    ApplyPatch,
    Compare,
    DropSnapshot,
    GetCode,
    GetHistory,
    GetPair,
    GetPatch,
    GoTo,
    PickFrom,
    Redo,
    TakeBack,
    TakeSnapshot,
    Undo,
)
from paramwidget.protocol.scalars import MAX_PASTE_CELLS, MAX_PATHS, MAX_TEXT, VERSION, Message, Number, number

__all__ = [
    "MAX_PASTE_CELLS",
    "MAX_PATHS",
    "MAX_TEXT",
    "VERSION",
    "Answer",
    "Apply",
    "ApplyPatch",
    "Attend",
    "Cells",
    "Changed",
    "CheckHeard",
    "CheckLesson",
    "CheckText",
    "Code",
    "Compare",
    "Compared",
    "ComparedRow",
    "Course",
    "Curve",
    "Describe",
    "Description",
    "Dock",
    "Done",
    "DropSnapshot",
    "DropTrial",
    "Ended",
    "Envelope",
    "Event",
    "Examine",
    "Failure",
    "Figure",
    "Find",
    "Finding",
    "Findings",
    "Flags",
    "Foresee",
    "Foreseen",
    "Found",
    "Free",
    "GetCells",
    "GetCode",
    "GetFigure",
    "GetGlances",
    "GetHistory",
    "GetLesson",
    "GetPair",
    "GetPatch",
    "GetProbes",
    "GetSpectrum",
    "GetTile",
    "GetTree",
    "GiveHint",
    "Glance",
    "Glances",
    "GoTo",
    "Goal",
    "Grid",
    "Header",
    "Histogram",
    "History",
    "HoldTrial",
    "KeepTrial",
    "LessonChecked",
    "LessonState",
    "Markup",
    "Message",
    "Number",
    "Opening",
    "Outcome",
    "Pair",
    "PatchFile",
    "PickFrom",
    "Picture",
    "Ping",
    "Pong",
    "ProbeState",
    "Probed",
    "Probes",
    "Progressed",
    "Push",
    "Redo",
    "Remark",
    "Reply",
    "Request",
    "Row",
    "RunProbes",
    "Score",
    "Scores",
    "Search",
    "SetBlock",
    "SetTrainable",
    "SnapshotRow",
    "Spectrum",
    "Standing",
    "StartOver",
    "StateRef",
    "Step",
    "Stop",
    "StopProbes",
    "Stored",
    "Summary",
    "Sweep",
    "TakeBack",
    "TakeSnapshot",
    "Target",
    "Tile",
    "Treat",
    "Tree",
    "Tried",
    "TryOut",
    "Unasked",
    "Undo",
    "Unheard",
    "Waiting",
    "Words",
    "Write",
    "decode_envelope",
    "number",
]


class Changed(Message, frozen=True):
    """Values or flags changed, by whoever. `paths` empty means any; `rows` says that the tree must be read again."""

    paths: list[str]
    flags: list[Flags]
    header: Header
    rows: bool = False
    outside: bool = False  # not by this editor: a cell ran
    trial: bool = False  # only tried out
    bare: bool = False  # neither values nor flags changed: the header, or what is kept beside the model


class Ended(Message, frozen=True):
    """The editor was closed in Python; `text` says what to do."""

    text: str


class Probed(Message, frozen=True):
    """Probes ran, or stand otherwise than before; the others are unchanged. Buffers as their outcomes name them."""

    items: list[ProbeState]


class Progressed(Message, frozen=True):
    """How far a request is that takes long, 0 to 1."""

    id: int
    share: float


class LessonChecked(Message, frozen=True):
    """The lesson stands otherwise than before: its checks ran, or a hint was given."""

    standing: Standing


Event: TypeAlias = Changed | Ended | Probed | Progressed | LessonChecked


class Opening(Struct, frozen=True):
    """What the first paint needs, sent with the widget: no round trip. Buffers of `tile` travel beside it."""

    version: int
    revision: int
    tree: Tree
    selected: str
    description: Description | None
    tile: Tile | None
    initializers: list[str]  # names of the framework's own
    probes: list[ProbeState]  # without outcomes that need buffers
    panel: bool  # whether what a side panel needs is installed
    lesson: Course | None


class Envelope(Struct, frozen=True):
    """What the page sends."""

    id: Annotated[int, Meta(ge=0, le=2**53)]
    request: Request


class Answer(Struct, frozen=True):
    """What the kernel answers."""

    id: int
    revision: int
    reply: Reply


class Push(Struct, frozen=True):
    """What the kernel tells on its own."""

    revision: int
    event: Event


decode_envelope = msgspec.json.Decoder(Envelope).decode
