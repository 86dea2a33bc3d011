"""Looking at the model: its tree, facts and pictures of tensors. None of these changes anything."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from paramwidget.protocol.replies import Cells, Description, Figure, Found, Glances, Spectrum, Tile, Tree
from paramwidget.protocol.requests.base import Asked, Search
from paramwidget.protocol.scalars import MAX_PATHS, Path, Pixels
from paramwidget.views.plane import Index, Plane, Window


class GetTree(Asked[Tree], frozen=True):
    """Rows `start` to `start + limit` of the tree, and the header."""

    start: Index
    limit: Annotated[int, Meta(ge=1, le=4000)]


class Find(Search[Found], frozen=True):
    """The tensors that match a filter (see `tree.select`)."""

    query: Annotated[str, Meta(max_length=1000)]


class GetGlances(Asked[Glances], frozen=True):
    """Thumbnails of the rows on the screen."""

    paths: Annotated[list[Path], Meta(max_length=MAX_PATHS)]


class Describe(Asked[Description], frozen=True):
    """Facts, statistics and histogram of one tensor; `domain` is the half width of the histogram, 0 for automatic."""

    path: Path
    domain: Annotated[float, Meta(ge=0)] = 0.0


class GetTile(Asked[Tile], frozen=True):
    """A window of a plane at the screen's resolution. The reply has 3 buffers.

    The `inner` axes are drawn whole within each cell, whatever `plane` says of them: those of a convolution's kernels.
    """

    path: Path
    plane: Plane
    window: Window
    height: Pixels
    width: Pixels
    inner: Annotated[tuple[Index, ...], Meta(max_length=3)] = ()


class GetCells(Asked[Cells], frozen=True):
    """Single cells as exact text. At most 4,000 cells. The reply has 2 buffers."""

    path: Path
    plane: Plane
    window: Window


class GetSpectrum(Search[Spectrum], frozen=True):
    """The singular values of a tensor seen as a matrix. The reply has 1 buffer."""

    path: Path


class GetFigure(Asked[Figure], frozen=True):
    """A PNG picture of a view. The reply has 1 buffer."""

    path: Path
    view: Literal["heatmap", "histogram", "kernels", "spectrum"]
    plane: Plane | None = None


Looking: TypeAlias = GetTree | Find | GetGlances | Describe | GetTile | GetCells | GetSpectrum | GetFigure
