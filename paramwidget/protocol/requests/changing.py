"""Changing values and flags: what an edit would do, trying it out, and carrying it out."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from paramwidget.edits import Act
from paramwidget.protocol.parts import MAX_PASTE_CELLS, MAX_PATHS, Message, Owner, Path, Target, Text
from paramwidget.views.plane import Index, Plane


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


Changing: TypeAlias = CheckText | Foresee | Apply | TryOut | HoldTrial | KeepTrial | DropTrial | SetBlock | SetTrainable
