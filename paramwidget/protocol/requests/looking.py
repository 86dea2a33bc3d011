"""Looking at the model: its tree, facts and pictures of tensors. None of these changes anything."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from paramwidget.protocol.parts import MAX_PATHS, Message, Path, Pixels
from paramwidget.views.plane import Index, Plane, Window


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


class GetFigure(Message, frozen=True):
    """A PNG picture of a view. Reply: `Figure` with 1 buffer."""

    path: Path
    view: Literal["heatmap", "histogram", "kernels"]
    plane: Plane | None = None


Looking: TypeAlias = GetTree | Find | GetGlances | Describe | GetTile | GetCells | GetFigure
