"""The kernels of a convolution side by side: one small picture for each pair of input and output channel.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paramwidget import dtypes

MAX_PICTURES = 4096
"""Kernels that are drawn at most; more would be smaller than a pixel each."""


def supports(shape: Sequence[int]) -> bool:
    """Whether a tensor has kernels to show: rank 3 to 5, with something in it."""
    return 3 <= len(shape) <= 5 and 0 not in shape


def _layout(rank: int, axes: Sequence[str]) -> tuple[int, int, list[int]]:
    down = axes.index("in") if "in" in axes else rank - 2
    across = axes.index("out") if "out" in axes else rank - 1
    return down, across, [axis for axis in range(rank) if axis not in (down, across)]


def spatial_shape(shape: Sequence[int], axes: Sequence[str]) -> tuple[int, ...]:
    """Shape of one kernel."""
    return tuple(shape[axis] for axis in _layout(len(shape), axes)[2])


def montage(values: np.ndarray, axes: Sequence[str]) -> tuple[np.ndarray, int, int]:
    """All kernels as one float64 matrix with NaN lines between them, and the height and width of one kernel.

    Inputs go down and outputs across. Without named axes the layout of Keras is assumed (spatial axes first, then inputs
    and outputs). Of more than `MAX_PICTURES` kernels the first inputs and outputs are drawn.
    """
    down, across, spatial = _layout(values.ndim, axes)
    pictures = dtypes.measure(values).astype(np.float64).transpose(down, across, *spatial)
    inputs, outputs = pictures.shape[:2]
    pictures = pictures.reshape(inputs, outputs, -1, pictures.shape[-1])
    side = int(MAX_PICTURES**0.5)
    pictures = pictures[: max(side, MAX_PICTURES // max(1, outputs)), : max(side, MAX_PICTURES // max(1, inputs))]
    inputs, outputs, height, width = pictures.shape
    framed = np.full((inputs, outputs, height + 1, width + 1), np.nan)
    framed[:, :, :height, :width] = pictures
    matrix = framed.transpose(0, 2, 1, 3).reshape(inputs * (height + 1), outputs * (width + 1))
    return matrix[:-1, :-1], height, width
