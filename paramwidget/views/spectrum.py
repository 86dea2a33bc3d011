"""The singular values of a tensor seen as a matrix, and what they tell: its ranks, and how much of it could be noise.

Pure. Which axes make the rows and which the columns is decided here. Not here: singular vectors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from paramwidget import dtypes
from paramwidget.errors import ValueRefusedError

MAX_WORK = 2**32
"""Rows times columns times the smaller of them: about a second, as for 1,024 by 4,096."""

MAX_VALUES = 2**24

ENERGY = 0.9
"""The share of the energy that `Spectrum.energetic` counts to."""


class Matrix(NamedTuple):
    """How a tensor is seen as a matrix."""

    rows: int
    cols: int
    name: str
    """As in `kh·kw·in × out`."""
    order: tuple[int, ...]
    """The axes of the tensor: those of the rows, and at the end that of the columns."""


class Spectrum(NamedTuple):
    """The singular values of a matrix, and what follows from them."""

    values: np.ndarray
    """float64, the largest first. What lies below the rounding error of the computation is 0."""
    edge: float
    """The largest singular value that noise of this spread is expected to have: std · (√rows + √columns).

    Marchenko and Pastur, "Distribution of eigenvalues for some sets of random matrices" (1967): the upper end of the
    spectrum of a large matrix of independent entries with mean 0. std is that of all values.
    """
    condition: float
    """Largest over smallest: inf if the matrix is not of full rank, NaN if it is all 0."""
    stable_rank: float
    """‖A‖F² / ‖A‖₂², the energy in units of that of the largest; 0 if all are 0."""
    effective_rank: float
    """exp of the entropy of the singular values as shares of their sum (Roy and Vetterli, "The effective rank", 2007)."""
    energetic: int
    """How many of the largest hold 90 % of the energy, which is the sum of squares."""
    above: int
    """How many are larger than `edge`."""


def supports(shape: Sequence[int]) -> bool:
    """Whether a tensor is a matrix of more than one row and column, however its axes are taken together."""
    return 0 not in shape and sum(n > 1 for n in shape) > 1


def matrix(shape: Sequence[int], axes: Sequence[str] = ()) -> Matrix:
    """How a tensor of this shape is seen as a matrix: everything else by the outputs.

    Of a tensor with more than two axes that names inputs only, these make the columns; else the later of the two longest
    axes does. Two axes without names stay as they are.

    Raises
    ------
    ValueRefusedError
        It is no matrix, or one that would take too long.
    """
    if not supports(shape):
        text = "×".join(map(str, shape)) or "scalar"
        raise ValueRefusedError(
            f"a tensor of shape {text} has no spectrum, which needs two axes longer than 1; look at its values instead"
        )
    cols = _columns(shape, axes)
    others = [axis for axis in range(len(shape)) if axis != cols]
    height, width = math.prod(shape[axis] for axis in others), shape[cols]
    if height * width > MAX_VALUES or height * width * min(height, width) > MAX_WORK:
        raise ValueRefusedError(
            f"the singular values of a matrix of {height:,} by {width:,} would take seconds to minutes; compute "
            "those of a part of it in Python, with numpy.linalg.svd"
        )
    names = [axes[axis] if axis < len(axes) and axes[axis] else f"axis {axis}" for axis in (*others, cols)]
    return Matrix(height, width, f"{'·'.join(names[:-1])} × {names[-1]}", (*others, cols))


def _columns(shape: Sequence[int], axes: Sequence[str]) -> int:
    """The axis that makes the columns; it is longer than 1, as there would be a single singular value else."""
    for name in ("out", "in") if len(shape) > 2 else ("out",):
        if name in axes and shape[list(axes).index(name)] > 1:
            return list(axes).index(name)
    return max(sorted(range(len(shape)), key=lambda axis: (shape[axis], axis))[-2:])


def spectrum(values: np.ndarray, axes: Sequence[str] = ()) -> Spectrum:
    """The spectrum of a whole tensor of any known dtype, computed in float64.

    Raises
    ------
    ValueRefusedError
        The tensor is no matrix, or too large, or holds what is not finite.
    """
    seen = matrix(values.shape, axes)
    complexes = dtypes.kind(values.dtype.name) == "complex"
    with np.errstate(invalid="ignore"):  # signalling NaN
        wide = values.transpose(seen.order).astype(np.complex128 if complexes else np.float64, order="C")
    bad = wide.size - int(np.count_nonzero(np.isfinite(wide)))
    if bad:
        raise ValueRefusedError(
            f"{bad:,} of the values {'is' if bad == 1 else 'are'} NaN or infinite, so there are no singular values; "
            "Examine shows where, and how to replace such values"
        )
    scaled = wide.reshape(seen.rows, seen.cols)
    parts = scaled.view(np.float64)  # real and imaginary parts alike
    # near 1 squares neither overflow nor vanish; a power of two rounds nothing
    exponent = math.frexp(max(float(parts.max()), -float(parts.min())))[1]
    np.ldexp(parts, -exponent, out=parts)
    found = np.linalg.svd(scaled, compute_uv=False)
    found[found <= max(scaled.shape) * np.finfo(np.float64).eps * found[0]] = 0.0
    edge = float(scaled.std()) * (math.sqrt(seen.rows) + math.sqrt(seen.cols))
    with np.errstate(over="ignore", under="ignore"):
        back, edge_back = np.ldexp(found, exponent), float(np.ldexp(edge, exponent))
    if not (math.isfinite(back[0]) and math.isfinite(edge_back)):
        raise ValueRefusedError("the singular values are larger than float64 can hold; scale the tensor down first")
    if not found[0]:
        return Spectrum(back, edge_back, math.nan, 0.0, 0.0, 0, 0)
    energy = np.cumsum(np.square(found))
    shares = found[found > 0] / found.sum()
    return Spectrum(
        back,
        edge_back,
        float(found[0] / found[-1]) if found[-1] else math.inf,
        float(energy[-1] / found[0] ** 2),
        math.exp(-float(shares @ np.log(shares))),
        int(np.searchsorted(energy, ENERGY * energy[-1])) + 1,
        int(np.count_nonzero(found > edge)),
    )
