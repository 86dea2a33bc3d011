"""A fair part of a tensor that is too large to be gone through: for colour domains, thumbnails and checksums.

Not here: anything exact. Who shows a number that was made from a sample says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paramwidget import dtypes
from paramwidget.region import CHUNK, Region

if TYPE_CHECKING:
    from paramwidget.session import Session
    from paramwidget.tree import Parameter

_VALUES = 2**16
_RUN = 2**8
"""Values that are taken from one place."""

_AT_ONCE = 2**22
_BLOCKS, _BLOCK = 61, 2**16
"""Bytes of a tensor that is read in one go; of a larger one, how many blocks are read, and their bytes.

Few reads, as each costs 0.02 ms in NumPy and 0.16 ms in TensorFlow however little it reads, and 80 tensors are looked at
when a cell has run. Not a power of two, as the sizes of tensors often are: the blocks would all lie in the same columns.
"""

_PART = 2**20
"""Bytes that are read at a time where parts are left out."""


def sample(session: Session, p: Parameter) -> np.ndarray:
    """About 65,000 values spread evenly over a tensor, as a flat copy; all of one that has no more."""
    whole = Region.full(p.shape)
    if p.bytes <= _AT_ONCE:
        return _spread(np.array(session.view(p.path, whole)).reshape(-1))
    # each block is the beginning of a part: contiguous reads, and no list of what is left out
    itemsize = dtypes.itemsize(p.dtype)
    large = list(whole.chunks(itemsize, p.bytes // _BLOCKS))
    blocks = [next(part.chunks(itemsize, _BLOCK)) for part in large[:: max(1, len(large) // _BLOCKS)]]
    return _spread(np.concatenate([np.array(session.view(p.path, block)).reshape(-1) for block in blocks]))


def _spread(flat: np.ndarray) -> np.ndarray:
    """Short runs of values at even distances, and not every k-th value, which may always be that of one column."""
    if flat.size <= _VALUES:
        return flat
    starts = np.linspace(0, flat.size - _RUN, _VALUES // _RUN).astype(np.int64)
    picked: np.ndarray = flat[(starts[:, np.newaxis] + np.arange(_RUN)).reshape(-1)]
    return picked


def parts(shape: tuple[int, ...], itemsize: int, most: int) -> tuple[list[Region], int]:
    """The regions to go through for statistics of a tensor, and k: all of it, or every k-th of many small parts.

    `itemsize` is in bytes. A tensor of at most `most` values is read as a whole, with k = 1.
    """
    whole = Region.full(shape)
    every = max(1, -(-whole.size // most))
    budget = CHUNK if every == 1 else min(_PART, max(64, whole.size * itemsize // 256))
    return list(whole.chunks(itemsize, budget))[::every], every
