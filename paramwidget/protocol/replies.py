"""What the kernel answers: exactly one reply to each request, where an error is a reply of kind `Failure`."""

from __future__ import annotations

from typing import TypeAlias

from paramwidget.protocol.outcomes import ProbeState
from paramwidget.protocol.parts import (
    ComparedRow,
    Finding,
    Glance,
    Header,
    Histogram,
    Remark,
    Row,
    SnapshotRow,
    Standing,
    Step,
    Summary,
)
from paramwidget.protocol.scalars import Message, Number
from paramwidget.tree import Lock
from paramwidget.views.plane import Plane, Window


class Pong(Message, frozen=True):
    """The kernel is there."""


class Tree(Message, frozen=True):
    """Part of the tree: `rows` begin at row `start` of `total`."""

    header: Header
    start: int
    total: int
    rows: list[Row]


class Found(Message, frozen=True):
    """Row numbers of the matching tensors, and the closest name if there are none."""

    rows: list[int]
    closest: str


class Glances(Message, frozen=True):
    """Thumbnails, in the order of the request."""

    items: list[Glance]


class Description(Message, frozen=True):
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


class Tile(Message, frozen=True):
    """Buffers: float32 `height * width` values, float32 L2 of each row, float32 L2 of each column.

    One drawn cell covers `step_row` by `step_col` cells of the window and shows the one of largest magnitude (NaN if it
    holds one). `sampled` is 1 if all of them were read, else one row in `sampled` was. With `inner` axes each drawn cell is
    itself a picture of `within` rows and columns, and the values are those of all of them, row by row of the whole.
    """

    path: str
    plane: Plane
    window: Window
    height: int
    width: int
    step_row: int
    step_col: int
    sampled: int
    inner: tuple[int, ...] = ()
    within: tuple[int, int] = (1, 1)


class Cells(Message, frozen=True):
    """Exact texts, row by row. Buffers: float32 values for the colours, uint8 marks (1 where edited)."""

    path: str
    plane: Plane
    window: Window
    texts: list[list[str]]


class Spectrum(Message, frozen=True):
    """Buffer: the singular values, float64, the largest first. The rest is as in `views.spectrum`.

    `matrix` says which axes make its `rows` and `cols`, as in `kh·kw·in × out`.
    """

    path: str
    matrix: str
    rows: int
    cols: int
    edge: Number
    condition: Number
    stable_rank: Number
    effective_rank: Number
    energetic: int
    above: int


class Stored(Message, frozen=True):
    """What a text is stored as: exact decimal, its distance from what was typed, bits, and the two neighbours."""

    text: str
    error: Number
    bits: str
    below: str
    above: str


class Foreseen(Message, frozen=True):
    """What an operation would touch: `count` of `size` values in `tensors` tensors.

    `region` is the slice as NumPy writes it, empty where several tensors are meant. `note` is what else is worth knowing:
    what an initialiser works out, that a tensor is frozen.
    """

    region: str
    tensors: int
    count: int
    size: int
    note: str


class Done(Message, frozen=True):
    """A change was made, verified and recorded.

    After a block was set, `cells` are those cells as they are stored now, with the two buffers of `Cells`, so that the
    page can show them without asking again; it is null after other changes and after very large blocks.
    """

    label: str
    remarks: list[Remark]
    cells: Cells | None = None


class Figure(Message, frozen=True):
    """Buffer: the PNG file."""

    name: str


class Tried(Message, frozen=True):
    """The model holds what is tried out. `label` is what it would be called in the history."""

    label: str


class History(Message, frozen=True):
    """The history, newest first; `total` counts the entries there are. `probes` names the columns of `scores`."""

    position: int
    total: int
    bytes: int
    probes: list[str]
    steps: list[Step]
    snapshots: list[SnapshotRow]


class Compared(Message, frozen=True):
    """The tensors that differ, largest first, at most 1,000 of `differing`; and how many do not."""

    a: str
    b: str
    differing: int
    equal: int
    rows: list[ComparedRow]


class Pair(Message, frozen=True):
    """Buffers: float32 `height * width` values of A, of B, and of B - A; reduced as in `Tile`.

    `domain` is the half width of the common colour axis of A and B, `spread` that of the difference. A cell's exact values
    are asked for with `GetCells` for the present state only; `a` and `b` hold statistics of the whole tensor.
    """

    path: str
    plane: Plane
    window: Window
    height: int
    width: int
    step_row: int
    step_col: int
    domain: float
    spread: float
    a: Summary
    b: Summary
    a_histogram: Histogram
    b_histogram: Histogram
    difference_histogram: Histogram
    row: ComparedRow


class Code(Message, frozen=True):
    """Source text."""

    text: str


class PatchFile(Message, frozen=True):
    """Buffer: the file. `count` is the number of cells in it."""

    name: str
    count: int


class Probes(Message, frozen=True):
    """All probes; buffers as their outcomes name them."""

    items: list[ProbeState]


class Curve(Message, frozen=True):
    """What a probe gave at each place of a range; `here` is the present place. null where it gave no number."""

    probe: str
    xs: list[float]
    ys: list[Number | None]
    here: Number
    value: Number | None


class Findings(Message, frozen=True):
    """What the doctor found, the worst first; `examined` counts the tensors."""

    examined: int
    items: list[Finding]


class Unheard(Message, frozen=True):
    """Ids of requests that never arrived, and of those that were answered; the others are being worked on."""

    ids: list[int]
    answered: list[int]


class LessonState(Message, frozen=True):
    """How the lesson stands."""

    standing: Standing


class Failure(Message, frozen=True):
    """The request was not carried out; nothing was changed. `code` is a code of `errors`, `text` one sentence."""

    code: str
    text: str


Reply: TypeAlias = (
    Pong
    | Tree
    | Found
    | Glances
    | Description
    | Tile
    | Cells
    | Spectrum
    | Stored
    | Foreseen
    | Tried
    | Done
    | Figure
    | History
    | Compared
    | Pair
    | Code
    | PatchFile
    | Probes
    | Curve
    | Findings
    | Unheard
    | LessonState
    | Failure
)
