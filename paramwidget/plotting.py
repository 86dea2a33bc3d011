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

from paramwidget.errors import MissingExtraError, NoValuesError, ValueRefusedError
from paramwidget.region import Region
from paramwidget.sampling import sample
from paramwidget.views import heatmap, kernels
from paramwidget.views import spectrum as spectra
from paramwidget.views.domain import domain
from paramwidget.views.plane import Plane, Window, default_plane, plane_shape, to_plane, window_region

try:
    from matplotlib.colors import LinearSegmentedColormap, ListedColormap
    from matplotlib.figure import Figure
except ImportError as error:
    raise MissingExtraError("pictures need matplotlib; install it with: pip install 'paramwidget[plot]'") from error

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from paramwidget.session import Session
    from paramwidget.statistics import Summary
    from paramwidget.tree import Parameter

# the diverging map of the front end (OKLCH: hue is the sign, lightness the magnitude), sampled for a light background
_COLOURS = LinearSegmentedColormap.from_list(
    "paramwidget", ["#86130f", "#b8372d", "#d9786a", "#efbdb2", "#f4f4f4", "#b4cfee", "#6ba2dd", "#2b6fbd", "#0b4a94"]
).with_extremes(bad="#c9c9c9")
_WHITE = ListedColormap(["white"])


def figure(session: Session, path: str, kind: str = "heatmap", **options: Any) -> Figure:
    """A figure of one tensor.

    Parameters
    ----------
    kind
        `heatmap` (option `plane`: the axes that are shown, as `(rows, columns)` or a `Plane`), `histogram` (options
        `bins`, `log`), `kernels`, which needs a tensor of rank 3 to 5, or `spectrum`: the singular values (see
        `views.spectrum`).

    Raises
    ------
    NoValuesError
        The tensor has no values.
    ValueRefusedError
        The kind or an option is unknown, or does not suit the tensor.
    RegionError
        The plane is not one of this tensor.
    """
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueRefusedError(f"there is no plot of kind '{kind!s:.40}'; take one of {', '.join(_KINDS)}")
    draw, known = _KINDS[kind]
    for option in options:
        if option not in known:
            takes = (
                f"the options {' and '.join(known)}" if len(known) > 1 else f"the option {known[0]}" if known else ""
            )
            raise ValueRefusedError(f"a plot of kind '{kind}' takes {takes or 'no options'}, not '{option:.40}'")
    with session.lock:
        p = session.parameter(path)
        if p.size == 0:
            raise NoValuesError(f"{path} has shape {p.shape}, so there is nothing to plot")
        result = Figure(figsize=(7.2, 4.4), layout="constrained")
        axes = result.subplots()
        draw(session, path, axes, **options)
        shape = "×".join(map(str, p.shape)) or "scalar"
        title = f"{_short(path)}  {shape}  {p.dtype}"
        result.suptitle(title, x=0.01, ha="left", fontsize=10, parse_math=False)
        return result


def png(session: Session, path: str, kind: str, **options: Any) -> bytes:
    """The same figure as a PNG file."""
    target = io.BytesIO()
    figure(session, path, kind, **options).savefig(target, format="png", dpi=160)
    return target.getvalue()


def file_name(path: str, kind: str) -> str:
    """A name for the file that is safe on every system."""
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '_', path)[:80] or 'tensor'}-{kind}.png"


def _heatmap(session: Session, path: str, axes: Axes, plane: Plane | tuple[int, int] | None = None) -> None:
    p = session.parameter(path)
    plane = _plane(plane, p)
    rows, cols = plane_shape(plane, p.shape)
    step_row, step_col = heatmap.steps(rows, cols, 1000, 1600)
    every = min(heatmap.sampling(rows, cols), step_row)
    down = math.ceil(step_row / every)
    step_row = down * every
    region = window_region(plane, p.shape, Window(0, rows, 0, cols), every)
    drawn = heatmap.tile(to_plane(session.view(path, region), plane), down, step_col)
    _image(
        session,
        path,
        axes,
        drawn,
        aspect="auto" if max(rows, cols) > 4 * min(rows, cols) else "equal",
        extent=(-0.5, drawn.shape[1] * step_col - 0.5, drawn.shape[0] * step_row - 0.5, -0.5),
    )
    axes.set(xlim=(-0.5, cols - 0.5), ylim=(rows - 0.5, -0.5))  # the last block may be cut
    axes.set_ylabel(_axis(p.axes, plane.rows), parse_math=False)
    axes.set_xlabel(_axis(p.axes, plane.cols), parse_math=False)
    if rows == 1:
        axes.set_yticks([])
    notes = []
    if len(p.shape) > 2:
        shown = [":" if a in (plane.rows, plane.cols) else str(at) for a, at in enumerate(plane.fixed)]
        notes.append("[" + ", ".join(shown) + "]")
    if step_row > 1 or step_col > 1:
        notes.append(f"one pixel covers {step_row} × {step_col} values, the largest magnitude is shown")
    if every > 1:
        notes.append(f"one row in {every} was read")
    _note(axes, notes)


def _plane(wanted: Plane | tuple[int, int] | None, p: Parameter) -> Plane:
    """The plane that is asked for; an axis may be counted from the end, and the others stand in the middle."""
    if isinstance(wanted, Plane):
        return wanted
    middle = default_plane(p.shape, p.axes)
    if wanted is None:
        return middle
    pair = list(wanted) if isinstance(wanted, (tuple, list)) else []
    if len(pair) != 2 or not all(isinstance(axis, (int, np.integer)) for axis in pair):
        raise ValueRefusedError(f"a plane is the two axes (rows, columns), such as (0, 1), not {wanted!s:.40}")
    rank = len(p.shape)
    rows, cols = (int(axis) + rank if rank > 1 and -rank <= axis < 0 else int(axis) for axis in pair)
    return Plane(rows, cols, middle.fixed)


def _histogram(session: Session, path: str, axes: Axes, bins: int = 64, log: bool = False) -> None:
    summary = session[path].summary()
    half = _domain(session, path, summary)
    if not isinstance(bins, (int, np.integer)):
        raise ValueRefusedError(f"a histogram has a whole number of bins, not {bins!s:.40}")
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
    _note(axes, notes)


def _kernels(session: Session, path: str, axes: Axes) -> None:
    p = session.parameter(path)
    layout = kernels.layout(p.shape, p.axes)
    if layout is None:
        raise ValueRefusedError(
            f"{path} has no kernels: those are tensors of 3 to 5 axes, two of them channels; draw its heatmap"
        )
    matrix, height, width = kernels.montage(session.view(path, Region.full(p.shape)), layout)
    _image(session, path, axes, matrix)
    lines = np.full(matrix.shape, np.nan)
    lines[height :: height + 1] = lines[:, width :: width + 1] = 0
    axes.imshow(np.ma.masked_invalid(lines), cmap=_WHITE, interpolation="nearest")
    drawn = []
    for side, axis, size, channel in (
        (0, axes.yaxis, height + 1, layout.rows),
        (1, axes.xaxis, width + 1, layout.cols),
    ):
        count = -(-matrix.shape[side] // size)
        every = -(-count // 12)
        axis.set_ticks(
            [i * size + (size - 2) / 2 for i in range(0, count, every)], labels=[str(i) for i in range(0, count, every)]
        )
        axis.set_label_text(_axis(p.axes, channel), parse_math=False)
        drawn.append(count)
    total = p.size // (height * width)
    _note(axes, [f"the first {drawn[0]} × {drawn[1]} of {total:,} kernels"] if math.prod(drawn) < total else [])


def _spectrum(session: Session, path: str, axes: Axes) -> None:
    p = session.parameter(path)
    seen = spectra.matrix(p.shape, p.axes)  # refuses before anything is read
    found = spectra.spectrum(session.view(path, Region.full(p.shape)), p.axes)
    count = len(found.values)
    axes.plot(np.arange(1, count + 1), found.values, color="#2b6fbd", marker="o" if count <= 100 else "", markersize=4)
    axes.axhline(found.edge, color="#7d7d7d", linestyle="--", label=f"noise edge (Marchenko–Pastur) {found.edge:.4g}")
    if found.energetic:
        axes.axvline(
            found.energetic, color="#7d7d7d", linestyle=":", label=f"90 % of the energy: the first {found.energetic}"
        )
    axes.legend(loc="upper right", framealpha=1, edgecolor="none", fontsize=8)
    axes.set_ylim(0, 1.08 * max(found.values[0], found.edge) or 1)
    axes.set_xlabel("singular values, largest first")
    axes.set_ylabel(f"{seen.name} = {seen.rows}×{seen.cols}", parse_math=False)
    notes = [f"{found.above} of {count} above the noise edge", f"condition {found.condition:.4g}"]
    _note(axes, [*notes, f"stable rank {found.stable_rank:.4g}", f"effective rank {found.effective_rank:.4g}"])


def _image(session: Session, path: str, axes: Axes, values: np.ndarray, **options: Any) -> None:
    """A picture with its colour bar, as high as the picture; what is not finite is grey."""
    half = min(_domain(session, path), 1e37)  # the values are float32
    image = axes.imshow(
        np.ma.masked_invalid(values), cmap=_COLOURS, vmin=-half, vmax=half, interpolation="nearest", **options
    )
    axes.figure.colorbar(image, cax=axes.inset_axes((1.02, 0, 0.025, 1)))


def _note(axes: Axes, notes: list[str]) -> None:
    """What must be known to read the picture, below it."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.supxlabel("; ".join(notes), x=0.99, ha="right", fontsize=8)


def _short(path: str) -> str:
    """A path that fits into a title; its end tells most."""
    return path if len(path) <= 70 else "…" + path[-69:]


# kind -> what draws it, and its options
_KINDS: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {
    "heatmap": (_heatmap, ("plane",)),
    "histogram": (_histogram, ("bins", "log")),
    "kernels": (_kernels, ()),
    "spectrum": (_spectrum, ()),
}


def _axis(names: tuple[str, ...], axis: int) -> str:
    if axis < 0:
        return ""
    return names[axis] if axis < len(names) else f"axis {axis}"


def _domain(session: Session, path: str, summary: Summary | None = None) -> float:
    values = sample(session, session.parameter(path))
    return min(domain(summary or session[path].summary(), values), 1e300)  # matplotlib subtracts the ends
