"""What the page may ask for. Everything has a limit: the page is not trusted."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from paramwidget.edits import Act
from paramwidget.protocol.parts import (
    MAX_PASTE_CELLS,
    MAX_PATHS,
    EntryNumber,
    Label,
    Message,
    Owner,
    Path,
    Pixels,
    RegionText,
    StateRef,
    Target,
    Text,
)
from paramwidget.views.plane import Index, Plane, Window


class Ping(Message, frozen=True):
    """The empty request. Reply: `Pong`."""


class GetTree(Message, frozen=True):
    """Rows `start` to `start + limit` of the tree, and the header. Reply: `Tree`."""

    start: Index
    limit: Annotated[int, Meta(ge=1, le=4000)]


class Find(Message, frozen=True):
    """The tensors that match a filter (see `tree.select`). Reply: `Found`."""

    query: Annotated[str, Meta(max_length=1000)]


class GetGlances(Message, frozen=True):
    """Thumbnails of the rows on the screen. Reply: `Glances`."""

    paths: Annotated[list[Path], Meta(max_length=MAX_PATHS)]


class Describe(Message, frozen=True):
    """Facts, statistics and histogram of one tensor; `domain` is the half width of the histogram, 0 for automatic.

    Reply: `Description`.
    """

    path: Path
    domain: Annotated[float, Meta(ge=0)] = 0.0


class GetTile(Message, frozen=True):
    """A window of a plane at the screen's resolution. Reply: `Tile` with 3 buffers."""

    path: Path
    plane: Plane
    window: Window
    height: Pixels
    width: Pixels


class GetCells(Message, frozen=True):
    """Single cells as exact text. At most 4,000 cells. Reply: `Cells` with 2 buffers."""

    path: Path
    plane: Plane
    window: Window


class CheckText(Message, frozen=True):
    """What a typed text would be stored as. Reply: `Stored`, or a `Failure` that says why it is refused."""

    path: Path
    text: Text


class Foresee(Message, frozen=True):
    """What an operation would touch, before anything happens. Reply: `Foreseen`."""

    target: Target
    operation: Act | None = None


class Apply(Message, frozen=True):
    """Carry out an operation, as one entry of the history. Reply: `Done`."""

    target: Target
    operation: Act


class TryOut(Message, frozen=True):
    """Show an operation in the live model without keeping it; the next one starts from the same values. Reply: `Tried`.

    `owner` is a number of the view's own; a trial of another view is taken back first.
    """

    target: Target
    operation: Act
    owner: Owner


class HoldTrial(Message, frozen=True):
    """The page is still there: what it tries out may stay. Reply: `Pong`."""

    owner: Owner


class KeepTrial(Message, frozen=True):
    """Keep what this view tries out, as one entry of the history. Reply: `Done`."""

    owner: Owner
    force: bool = False


class DropTrial(Message, frozen=True):
    """Bring the values from before the trial back. Reply: `Done`.

    `owner` 0 means the trial of any view. `leave` gives the trial up instead, where something else wrote in the meantime:
    what that wrote stays.
    """

    owner: Owner = 0
    force: bool = False
    leave: bool = False


class SetBlock(Message, frozen=True):
    """Write a block of typed values, row by row, with its first cell at (`row`, `col`) of the plane. Reply: `Done`."""

    path: Path
    plane: Plane
    row: Index
    col: Index
    texts: Annotated[list[Annotated[list[Text], Meta(max_length=MAX_PASTE_CELLS)]], Meta(max_length=MAX_PASTE_CELLS)]


class SetTrainable(Message, frozen=True):
    """Freeze or unfreeze tensors and layers (all below them). Reply: `Done`."""

    paths: Annotated[list[Path], Meta(min_length=1, max_length=MAX_PATHS)]
    trainable: bool


class Undo(Message, frozen=True):
    """Take back the last entry; `force` overwrites what something else wrote since. Reply: `Done`."""

    force: bool = False


class Redo(Message, frozen=True):
    """Do the entry that was taken back again. Reply: `Done`."""

    force: bool = False


class GetFigure(Message, frozen=True):
    """A PNG picture of a view. Reply: `Figure` with 1 buffer."""

    path: Path
    view: Literal["heatmap", "histogram", "kernels"]
    plane: Plane | None = None


class GetHistory(Message, frozen=True):
    """Entries and snapshots, newest first, at most 1,000 entries. Reply: `History`."""


class GoTo(Message, frozen=True):
    """Bring the model to an entry of the history, on whatever branch. Reply: `Done`."""

    entry: EntryNumber
    force: bool = False


class TakeBack(Message, frozen=True):
    """Take back one entry alone, as a new entry. Reply: `Done`."""

    entry: EntryNumber


class TakeSnapshot(Message, frozen=True):
    """Copy all values under a name; an empty one is chosen. Reply: `Done` with the name as its label."""

    name: Annotated[str, Meta(max_length=200)] = ""


class DropSnapshot(Message, frozen=True):
    """Forget a snapshot. Reply: `Done`."""

    name: Label


class PickFrom(Message, frozen=True):
    """Copy from another state: the tensors of `paths` (empty: all that differ), or a region of one. Reply: `Done`."""

    state: StateRef
    paths: Annotated[list[Path], Meta(max_length=MAX_PATHS)] = msgspec.field(default_factory=list)
    region: RegionText = ""


class Compare(Message, frozen=True):
    """Which tensors differ between two states. Reply: `Compared`."""

    a: StateRef
    b: StateRef


class GetPair(Message, frozen=True):
    """One plane of a tensor in two states, and their difference. Reply: `Pair` with 3 buffers.

    `relative` divides the difference by the magnitude in `a`.
    """

    a: StateRef
    b: StateRef
    path: Path
    plane: Plane
    window: Window
    height: Pixels
    width: Pixels
    relative: bool = False


class GetCode(Message, frozen=True):
    """What is done as plain framework code; `entries` empty for all of it. Reply: `Code`."""

    entries: Annotated[list[EntryNumber], Meta(max_length=1000)] = msgspec.field(default_factory=list)


class GetPatch(Message, frozen=True):
    """What is done as a patch file. Reply: `PatchFile` with 1 buffer."""


class ApplyPatch(Message, frozen=True):
    """Apply the patch file that travels as the first buffer of the request. Reply: `Done`."""

    force: bool = False


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


class Stop(Message, frozen=True):
    """End requests that take long; they answer that they were stopped. Reply: `Pong`."""

    ids: Annotated[list[Annotated[int, Meta(ge=0, le=2**53)]], Meta(max_length=100)]


class CheckHeard(Message, frozen=True):
    """What became of requests whose answer is late, as when a line broke under them. Reply: `Unheard`."""

    ids: Annotated[list[Annotated[int, Meta(ge=0, le=2**53)]], Meta(max_length=1000)]


class Attend(Message, frozen=True):
    """Whether any view of the editor is seen on this page, which has a number of its own. Reply: `Pong`."""

    page: Owner
    looks: bool


class GetLesson(Message, frozen=True):
    """How the lesson stands. Reply: `LessonState`."""


class CheckLesson(Message, frozen=True):
    """Run the checks of the lesson now. Reply: `Pong` at once; `LessonChecked` tells what they found."""


class GiveHint(Message, frozen=True):
    """Give one more hint for the first goal that is not reached. Reply: `LessonState`."""


class StartOver(Message, frozen=True):
    """Bring the values of the lesson's start back, and forget the hints. Reply: `Done`."""


class Dock(Message, frozen=True):
    """Show the editor in the host's side panel, or in the cell again. Reply: `Done`."""

    open: bool


Request: TypeAlias = (
    Ping
    | GetTree
    | Find
    | GetGlances
    | Describe
    | GetTile
    | GetCells
    | CheckText
    | Foresee
    | Apply
    | TryOut
    | HoldTrial
    | KeepTrial
    | DropTrial
    | SetBlock
    | SetTrainable
    | Undo
    | Redo
    | GetFigure
    | GetHistory
    | GoTo
    | TakeBack
    | TakeSnapshot
    | DropSnapshot
    | PickFrom
    | Compare
    | GetPair
    | GetCode
    | GetPatch
    | ApplyPatch
    | GetProbes
    | RunProbes
    | StopProbes
    | Sweep
    | Examine
    | Treat
    | Stop
    | CheckHeard
    | Attend
    | GetLesson
    | CheckLesson
    | GiveHint
    | StartOver
    | Dock
)
