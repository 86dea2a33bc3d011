"""A fair part of a tensor that is too large to be gone through: for colour domains, thumbnails and checksums.

Not here: anything exact. Who shows a number that was made from a sample says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from paramwidget import dtypes
from paramwidget.region import CHUNK, Region

if TYPE_CHECKING:
    from paramwidget.session import Session
    from paramwidget.tree import Parameter

_VALUES = 2**16
_RUN = 2**8
"""Values that are taken from one place."""

_AT_ONCE = 2**26
"""Bytes of a tensor that is asked for in one go: for most it is a view of its memory, of which only the runs are touched."""

_BLOCKS, _BLOCK = 61, 2**16
"""Of a larger one, how many blocks are read, and their bytes.

Few, as each read costs 0.02 ms in NumPy and 0.16 ms in TensorFlow however little it reads. Not a power of two, as the sizes
of tensors often are: the blocks would all lie in the same columns.
"""

_PART = 2**20
"""Bytes that are read at a time where parts are left out."""


def sample(session: Session, p: Parameter) -> np.ndarray:
    """About 65,000 values spread evenly over a tensor, as a flat copy; all of one that has no more.

    `p` are facts of now: they are not asked for again, as they may take longer than the values.

    Raises
    ------
    PathError, NoValuesError
        The tensor is gone, or there is nothing to read.
    """
    whole = Region.full(p.shape)
    read = session.adapter.read
    if p.bytes <= _AT_ONCE:
        return _spread(read(p.path, whole).ravel(order="K"))  # as it lies in memory: no copy of transposed ones
    # each block is the beginning of a part: contiguous reads, and no list of what is left out
    itemsize = dtypes.itemsize(p.dtype)
    large = list(whole.chunks(itemsize, p.bytes // _BLOCKS))
    blocks = [next(part.chunks(itemsize, _BLOCK)) for part in large[:: max(1, len(large) // _BLOCKS)]]
    return _spread(np.concatenate([read(p.path, block).reshape(-1) for block in blocks]))


def _spread(flat: np.ndarray) -> np.ndarray:
    """A copy of short runs of values at even distances, and not of every k-th, which may always be that of one column."""
    if flat.size <= _VALUES:
        return flat.copy()
    starts = np.linspace(0, flat.size - _RUN, _VALUES // _RUN).astype(np.intp)
    picked: np.ndarray = sliding_window_view(flat, _RUN)[starts]
    return picked.reshape(-1)


def parts(shape: tuple[int, ...], itemsize: int, most: int) -> tuple[list[Region], int]:
    """The regions to go through for statistics of a tensor, and k: all of it, or every k-th of many small parts.

    `itemsize` is in bytes. A tensor of at most `most` values is read as a whole, with k = 1.
    """
    whole = Region.full(shape)
    every = max(1, -(-whole.size // most))
    budget = CHUNK if every == 1 else min(_PART, max(64, whole.size * itemsize // 256))
    return list(whole.chunks(itemsize, budget))[::every], every
