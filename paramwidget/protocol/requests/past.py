"""The history and other states of the model: going back, comparing, and what was done as code or as a file."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from paramwidget.protocol.parts import MAX_PATHS, EntryNumber, Label, Message, Path, Pixels, RegionText, StateRef
from paramwidget.views.plane import Plane, Window


class Undo(Message, frozen=True):
    """Take back the last entry; `force` overwrites what something else wrote since. Reply: `Done`."""

    force: bool = False


class Redo(Message, frozen=True):
    """Do the entry that was taken back again. Reply: `Done`."""

    force: bool = False


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


Past: TypeAlias = (
    Undo
    | Redo
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
)
