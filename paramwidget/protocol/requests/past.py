"""The history and other states of the model: going back, comparing, and what was done as code or as a file."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from paramwidget.protocol.parts import StateRef
from paramwidget.protocol.replies import Code, Compared, Done, History, Pair, PatchFile
from paramwidget.protocol.requests.base import Asked, Search, Write
from paramwidget.protocol.scalars import MAX_PATHS, EntryNumber, Label, Path, Pixels, RegionText
from paramwidget.views.plane import Plane, Window


class Undo(Write[Done], frozen=True):
    """Take back the last entry; `force` overwrites what something else wrote since."""

    force: bool = False


class Redo(Write[Done], frozen=True):
    """Do the entry that was taken back again."""

    force: bool = False


class GetHistory(Asked[History], frozen=True):
    """Entries and snapshots, newest first, at most 1,000 entries."""


class GoTo(Write[Done], frozen=True):
    """Bring the model to an entry of the history, on whatever branch."""

    entry: EntryNumber
    force: bool = False


class TakeBack(Write[Done], frozen=True):
    """Take back one entry alone, as a new entry."""

    entry: EntryNumber


class TakeSnapshot(Write[Done], frozen=True):
    """Copy all values under a name; an empty one is chosen. The name is the label of the reply."""

    name: Annotated[str, Meta(max_length=200)] = ""


class DropSnapshot(Asked[Done], frozen=True):
    """Forget a snapshot."""

    once = True

    name: Label


class PickFrom(Write[Done], frozen=True):
    """Copy from another state: the tensors of `paths` (empty: all that differ), or a region of one."""

    state: StateRef
    paths: Annotated[list[Path], Meta(max_length=MAX_PATHS)] = msgspec.field(default_factory=list)
    region: RegionText = ""


class Compare(Search[Compared], frozen=True):
    """Which tensors differ between two states."""

    a: StateRef
    b: StateRef


class GetPair(Asked[Pair], frozen=True):
    """One plane of a tensor in two states, and their difference. The reply has 3 buffers.

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


class GetCode(Asked[Code], frozen=True):
    """What is done as plain framework code; `entries` empty for all of it."""

    entries: Annotated[list[EntryNumber], Meta(max_length=1000)] = msgspec.field(default_factory=list)


class GetPatch(Asked[PatchFile], frozen=True):
    """What is done as a patch file. The reply has 1 buffer."""


class ApplyPatch(Write[Done], frozen=True):
    """Apply the patch file that travels as the first buffer of the request."""

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
