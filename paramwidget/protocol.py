"""All messages between the kernel and the browser, as msgspec structs; the only place where they are declared.

`js/src/protocol.ts` is generated from this module (`scripts/generate_protocol.py`); a test fails when the two differ.

A request travels as `{"id": 7, "request": {"kind": "Describe", …}}` and gets exactly one answer,
`{"id": 7, "revision": 3, "reply": {"kind": …}}`, where an error is a reply of kind `Failure`. Events travel on their own as
`{"event": {"kind": "Changed", …}}`. Arrays are binary buffers, little-endian and C-ordered; JSON carries only small numbers,
and NaN or infinity as a string. Ids are integers: ipykernel 7.4 keeps every string id for ever.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from paramwidget.tree import Lock
from paramwidget.views.plane import Index, Plane, Window

VERSION = 1

MAX_TEXT = 400
MAX_PASTE_CELLS = 100_000
MAX_PATHS = 400

Path: TypeAlias = Annotated[str, Meta(max_length=4000)]
Text: TypeAlias = Annotated[str, Meta(max_length=MAX_TEXT)]
RegionText: TypeAlias = Annotated[str, Meta(max_length=1000)]
Pixels: TypeAlias = Annotated[int, Meta(ge=1, le=4096)]
Number: TypeAlias = float | Literal["NaN", "Infinity", "-Infinity"]


def number(value: float) -> Number:
    """A float as JSON can carry it."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


class _Message(Struct, frozen=True, tag_field="kind", tag=True):
    """Base of everything that is told apart by its `kind`."""


# ---------------------------------------------------------------- parts of messages


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


# ---------------------------------------------------------------- requests


class Ping(_Message, frozen=True):
    """The empty request. Reply: `Pong`."""


class GetTree(_Message, frozen=True):
    """Rows `start` to `start + limit` of the tree, and the header. Reply: `Tree`."""

    start: Index
    limit: Annotated[int, Meta(ge=1, le=4000)]


class Find(_Message, frozen=True):
    """The tensors that match a filter (see `tree.select`). Reply: `Found`."""

    query: Annotated[str, Meta(max_length=1000)]


class GetGlances(_Message, frozen=True):
    """Thumbnails of the rows on the screen. Reply: `Glances`."""

    paths: Annotated[list[Path], Meta(max_length=MAX_PATHS)]


class Describe(_Message, frozen=True):
    """Facts, statistics and histogram of one tensor; `domain` is the half width of the histogram, 0 for automatic.

    Reply: `Description`.
    """

    path: Path
    domain: Annotated[float, Meta(ge=0)] = 0.0


class GetTile(_Message, frozen=True):
    """A window of a plane at the screen's resolution. Reply: `Tile` with 3 buffers."""

    path: Path
    plane: Plane
    window: Window
    height: Pixels
    width: Pixels


class GetCells(_Message, frozen=True):
    """Single cells as exact text. At most 4,000 cells. Reply: `Cells` with 2 buffers."""

    path: Path
    plane: Plane
    window: Window


class CheckText(_Message, frozen=True):
    """What a typed text would be stored as. Reply: `Stored`, or a `Failure` that says why it is refused."""

    path: Path
    text: Text


class CheckRegion(_Message, frozen=True):
    """Parse a slice. Reply: `Counted`."""

    path: Path
    region: RegionText


class SetRegion(_Message, frozen=True):
    """Fill a region with one typed value. Reply: `Done`."""

    path: Path
    region: RegionText
    text: Text


class SetBlock(_Message, frozen=True):
    """Write a block of typed values, row by row, with its first cell at (`row`, `col`) of the plane. Reply: `Done`."""

    path: Path
    plane: Plane
    row: Index
    col: Index
    texts: Annotated[list[Annotated[list[Text], Meta(max_length=MAX_PASTE_CELLS)]], Meta(max_length=MAX_PASTE_CELLS)]


class SetTrainable(_Message, frozen=True):
    """Freeze or unfreeze tensors and layers (all below them). Reply: `Done`."""

    paths: Annotated[list[Path], Meta(min_length=1, max_length=MAX_PATHS)]
    trainable: bool


class Undo(_Message, frozen=True):
    """Take back the last entry; `force` overwrites what something else wrote since. Reply: `Done`."""

    force: bool = False


class Redo(_Message, frozen=True):
    """Do the entry that was taken back again. Reply: `Done`."""

    force: bool = False


class GetFigure(_Message, frozen=True):
    """A PNG picture of a view. Reply: `Figure` with 1 buffer."""

    path: Path
    view: Literal["heatmap", "histogram", "kernels"]
    plane: Plane | None = None


Request: TypeAlias = (
    Ping
    | GetTree
    | Find
    | GetGlances
    | Describe
    | GetTile
    | GetCells
    | CheckText
    | CheckRegion
    | SetRegion
    | SetBlock
    | SetTrainable
    | Undo
    | Redo
    | GetFigure
)

# ---------------------------------------------------------------- replies


class Pong(_Message, frozen=True):
    """The kernel is there."""


class Tree(_Message, frozen=True):
    """Part of the tree: `rows` begin at row `start` of `total`."""

    header: Header
    start: int
    total: int
    rows: list[Row]


class Found(_Message, frozen=True):
    """Row numbers of the matching tensors, and the closest name if there are none."""

    rows: list[int]
    closest: str


class Glances(_Message, frozen=True):
    """Thumbnails, in the order of the request."""

    items: list[Glance]


class Description(_Message, frozen=True):
    """All about one tensor but its values. `slices` holds the L2 norm of each slice per axis, [] where not computed."""

    path: str
    shape: list[int]
    dtype: str
    axes: list[str]
    device: str
    bytes: int
    role: str
    lock: Lock
    alias: list[str]  # the other tensors with the same storage
    readable: bool
    writable: bool
    reason: str  # a sentence, if there are no values or they cannot be written
    summary: Summary | None
    histogram: Histogram | None
    domain: float
    slices: list[list[Number]]


class Tile(_Message, frozen=True):
    """Buffers: float32 `height * width` values, float32 L2 of each row, float32 L2 of each column.

    One drawn cell covers `step_row` by `step_col` cells of the window and shows the one of largest magnitude (NaN if it
    holds one). `sampled` is 1 if all of them were read, else one row in `sampled` was.
    """

    path: str
    plane: Plane
    window: Window
    height: int
    width: int
    step_row: int
    step_col: int
    sampled: int


class Cells(_Message, frozen=True):
    """Exact texts, row by row. Buffers: float32 values for the colours, uint8 marks (1 where edited)."""

    path: str
    plane: Plane
    window: Window
    texts: list[list[str]]


class Stored(_Message, frozen=True):
    """What a text is stored as: exact decimal, its distance from what was typed, bits, and the two neighbours."""

    text: str
    error: Number
    bits: str
    below: str
    above: str


class Counted(_Message, frozen=True):
    """A region as NumPy writes it, and how many values it holds."""

    region: str
    count: int


class Done(_Message, frozen=True):
    """A change was made, verified and recorded.

    After a block was set, `cells` are those cells as they are stored now, with the two buffers of `Cells`, so that the
    page can show them without asking again; it is null after other changes and after very large blocks.
    """

    label: str
    remarks: list[Remark]
    cells: Cells | None = None


class Figure(_Message, frozen=True):
    """Buffer: the PNG file."""

    name: str


class Failure(_Message, frozen=True):
    """The request was not carried out; nothing was changed. `code` is a code of `errors`, `text` one sentence."""

    code: str
    text: str


Reply: TypeAlias = (
    Pong | Tree | Found | Glances | Description | Tile | Cells | Stored | Counted | Done | Figure | Failure
)

# ---------------------------------------------------------------- events


class Changed(_Message, frozen=True):
    """Values or flags changed, by whoever. `paths` empty means any; `rows` says that the tree must be read again."""

    paths: list[str]
    flags: list[Flags]
    header: Header
    rows: bool = False
    outside: bool = False  # not by this editor: a cell ran


class Ended(_Message, frozen=True):
    """The editor was closed in Python; `text` says what to do."""

    text: str


Event: TypeAlias = Changed | Ended


class Opening(Struct, frozen=True):
    """What the first paint needs, sent with the widget: no round trip. Buffers of `tile` travel beside it."""

    version: int
    revision: int
    tree: Tree
    selected: str
    description: Description | None
    tile: Tile | None


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
