"""matplotlib figures of the same views that the browser draws, for papers and for scripts.

The only module that imports matplotlib, which is an extra. Figures are made without pyplot, so that no global state is left
behind and no window opens.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from paramwidget import dtypes
from paramwidget.errors import MissingExtraError, NoValuesError, ValueRefusedError
from paramwidget.region import Region
from paramwidget.views import heatmap, kernels
from paramwidget.views.domain import domain
from paramwidget.views.plane import Plane, Window, default_plane, plane_shape, to_plane, window_region

try:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
except ImportError as error:
    raise MissingExtraError("pictures need matplotlib; install it with: pip install 'paramwidget[plot]'") from error

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from paramwidget.session import Session

# the diverging map of the front end (OKLCH: hue is the sign, lightness the magnitude), sampled for a light background
_COLOURS = LinearSegmentedColormap.from_list(
    "paramwidget", ["#86130f", "#b8372d", "#d9786a", "#efbdb2", "#f4f4f4", "#b4cfee", "#6ba2dd", "#2b6fbd", "#0b4a94"]
).with_extremes(bad="#c9c9c9")


def figure(session: Session, path: str, kind: str = "heatmap", **options: Any) -> Figure:
    """A figure of one tensor.

    Parameters
    ----------
    kind
        `heatmap` (options `plane`: which axes are shown), `histogram` (options `bins`, `log`), or `kernels`, which needs a
        tensor of rank 3 to 5.

    Raises
    ------
    NoValuesError
        The tensor has no values.
    ValueRefusedError
        The kind is unknown or does not suit the tensor.
    """
    draw = _KINDS.get(kind)
    if draw is None:
        raise ValueRefusedError(f"there is no plot of kind '{kind}'; take one of {', '.join(_KINDS)}")
    with session.lock:
        p = session.parameter(path)
        if p.size == 0:
            raise NoValuesError(f"{path} has shape {p.shape}, so there is nothing to plot")
        result = Figure(figsize=(7.2, 4.4), layout="constrained")
        axes = result.subplots()
        draw(session, path, axes, **options)
        shape = "×".join(map(str, p.shape)) or "scalar"
        axes.set_title(f"{path}  {shape}  {p.dtype}", fontsize=10, loc="left", parse_math=False)
        return result


def png(session: Session, path: str, kind: str, **options: Any) -> bytes:
    """The same figure as a PNG file."""
    target = io.BytesIO()
    figure(session, path, kind, **options).savefig(target, format="png", dpi=160)
    return target.getvalue()


def file_name(path: str, kind: str) -> str:
    """A name for the file that is safe on every system."""
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '_', path)[:80] or 'tensor'}-{kind}.png"


def _heatmap(session: Session, path: str, axes: Axes, plane: Plane | None = None) -> None:
    p = session.parameter(path)
    plane = plane or default_plane(p.shape, p.axes)
    rows, cols = plane_shape(plane, p.shape)
    step_row, step_col = heatmap.steps(rows, cols, 1000, 1600)
    every = min(heatmap.sampling(rows, cols), step_row)
    down = math.ceil(step_row / every)
    step_row = down * every
    region = window_region(plane, p.shape, Window(0, rows, 0, cols), every)
    drawn = heatmap.tile(to_plane(session.view(path, region), plane), down, step_col)
    half = _domain(session, path)
    finite = np.where(np.isfinite(drawn), drawn, np.nan)
    image = axes.imshow(
        np.ma.masked_invalid(finite),
        cmap=_COLOURS,
        vmin=-half,
        vmax=half,
        aspect="auto" if max(rows, cols) > 4 * min(rows, cols) else "equal",
        interpolation="nearest",
        extent=(-0.5, drawn.shape[1] * step_col - 0.5, drawn.shape[0] * step_row - 0.5, -0.5),
    )
    axes.set(xlim=(-0.5, cols - 0.5), ylim=(rows - 0.5, -0.5))  # the last block may be cut
    axes.set_ylabel(_axis(p.axes, plane.rows), parse_math=False)
    axes.set_xlabel(_axis(p.axes, plane.cols), parse_math=False)
    axes.figure.colorbar(image, ax=axes, extend="neither", shrink=0.9)
    notes = []
    if len(p.shape) > 2:
        shown = [":" if a in (plane.rows, plane.cols) else str(at) for a, at in enumerate(plane.fixed)]
        notes.append("[" + ", ".join(shown) + "]")
    if step_row > 1 or step_col > 1:
        notes.append(f"one pixel covers {step_row} × {step_col} values, the largest magnitude is shown")
    if every > 1:
        notes.append(f"one row in {every} was read")
    axes.set_title("; ".join(notes), fontsize=8, loc="right")


def _histogram(session: Session, path: str, axes: Axes, bins: int = 64, log: bool = False) -> None:
    half = _domain(session, path)
    summary = session[path].summary()
    counts = session[path].histogram(-half, half, bins)
    edges = np.linspace(-half, half, bins + 1)
    axes.stairs(counts.counts, edges, fill=True, color="#7d7d7d")
    axes.set_yscale("symlog" if log else "linear")
    axes.set_xlabel("value")
    axes.set_ylabel("values")
    outside = counts.under + counts.over
    notes = [f"mean {summary.mean:.4g}", f"std {summary.std:.4g}"]
    notes += [f"{outside:,} outside"] if outside else []
    notes += [f"{summary.nan:,} NaN"] if summary.nan else []
    axes.set_title(", ".join(notes), fontsize=8, loc="right")


def _kernels(session: Session, path: str, axes: Axes) -> None:
    p = session.parameter(path)
    if not kernels.supports(p.shape):
        raise ValueRefusedError(f"{path} has {len(p.shape)} axes; kernels need 3 to 5, such as those of a convolution")
    matrix, height, width = kernels.montage(session.view(path, Region.full(p.shape)), p.axes)
    half = _domain(session, path)
    image = axes.imshow(np.ma.masked_invalid(matrix), cmap=_COLOURS, vmin=-half, vmax=half, interpolation="nearest")
    axes.set_facecolor("white")
    axes.set_yticks(np.arange(0, matrix.shape[0], (height + 1) * 4), labels=_every(matrix.shape[0], height + 1))
    axes.set_xticks(np.arange(0, matrix.shape[1], (width + 1) * 4), labels=_every(matrix.shape[1], width + 1))
    axes.set_ylabel("in")
    axes.set_xlabel("out")
    axes.figure.colorbar(image, ax=axes, shrink=0.9)


_KINDS: dict[str, Callable[..., None]] = {"heatmap": _heatmap, "histogram": _histogram, "kernels": _kernels}


def _every(length: int, size: int) -> list[str]:
    return [str(4 * i) for i in range(len(range(0, length, size * 4)))]


def _axis(names: tuple[str, ...], axis: int) -> str:
    if axis < 0:
        return ""
    return names[axis] if axis < len(names) else f"axis {axis}"


def _domain(session: Session, path: str) -> float:
    summary = session[path].summary()
    region = Region.full(session.parameter(path).shape)
    chunk = next(iter(region.chunks(dtypes.itemsize(session.parameter(path).dtype), 2**22)))
    return domain(summary, session.view(path, chunk))
