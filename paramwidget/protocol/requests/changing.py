"""Changing values and flags: what an edit would do, trying it out, and carrying it out."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from paramwidget.edits import Act
from paramwidget.protocol.parts import Target
from paramwidget.protocol.replies import Done, Foreseen, Pong, Stored, Tried
from paramwidget.protocol.requests.base import Asked, Free, Write
from paramwidget.protocol.scalars import MAX_PASTE_CELLS, MAX_PATHS, Owner, Path, Text
from paramwidget.views.plane import Index, Plane


class CheckText(Asked[Stored], frozen=True):
    """What a typed text would be stored as. A `Failure` says why it is refused."""

    path: Path
    text: Text


class Foresee(Asked[Foreseen], frozen=True):
    """What an operation would touch, before anything happens."""

    target: Target
    operation: Act | None = None


class Apply(Write[Done], frozen=True):
    """Carry out an operation, as one entry of the history."""

    target: Target
    operation: Act


class TryOut(Write[Tried], frozen=True):
    """Show an operation in the live model without keeping it; the next one starts from the same values.

    `owner` is a number of the view's own; a trial of another view is taken back first.
    """

    target: Target
    operation: Act
    owner: Owner


class HoldTrial(Free[Pong], frozen=True):
    """The page is still there: what it tries out may stay."""

    owner: Owner


class KeepTrial(Write[Done], frozen=True):
    """Keep what this view tries out, as one entry of the history."""

    owner: Owner
    force: bool = False


class DropTrial(Write[Done], frozen=True):
    """Bring the values from before the trial back.

    `owner` 0 means the trial of any view. `leave` gives the trial up instead, where something else wrote in the meantime:
    what that wrote stays.
    """

    owner: Owner = 0
    force: bool = False
    leave: bool = False


class SetBlock(Write[Done], frozen=True):
    """Write a block of typed values, row by row, with its first cell at (`row`, `col`) of the plane."""

    path: Path
    plane: Plane
    row: Index
    col: Index
    texts: Annotated[list[Annotated[list[Text], Meta(max_length=MAX_PASTE_CELLS)]], Meta(max_length=MAX_PASTE_CELLS)]


class SetTrainable(Write[Done], frozen=True):
    """Freeze or unfreeze tensors and layers (all below them)."""

    paths: Annotated[list[Path], Meta(min_length=1, max_length=MAX_PATHS)]
    trainable: bool


Changing: TypeAlias = CheckText | Foresee | Apply | TryOut | HoldTrial | KeepTrial | DropTrial | SetBlock | SetTrainable
