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

_PART = 2**20
"""Bytes that are read at a time where parts are left out."""


def sample(session: Session, p: Parameter) -> np.ndarray:
    """About 65,000 values spread evenly over a tensor, as a flat copy."""
    if p.size <= _VALUES:
        return np.array(session.view(p.path, Region.full(p.shape))).reshape(-1)
    # evenly spaced blocks, each the beginning of a larger part: contiguous reads, and no list of what is left out
    itemsize, block = dtypes.itemsize(p.dtype), max(64, p.bytes // 4096)
    large = list(Region.full(p.shape).chunks(itemsize, max(block, p.bytes // 256)))
    blocks = [next(region.chunks(itemsize, block)) for region in large[:: max(1, len(large) // 256)]]
    parts = [np.array(session.view(p.path, region)).reshape(-1) for region in blocks]
    flat = np.concatenate(parts)
    return flat[:: max(1, flat.size // _VALUES)]


def parts(shape: tuple[int, ...], itemsize: int, most: int) -> tuple[list[Region], int]:
    """The regions to go through for statistics of a tensor, and k: all of it, or every k-th of many small parts.

    `itemsize` is in bytes. A tensor of at most `most` values is read as a whole, with k = 1.
    """
    whole = Region.full(shape)
    every = max(1, -(-whole.size // most))
    budget = CHUNK if every == 1 else min(_PART, max(64, whole.size * itemsize // 256))
    return list(whole.chunks(itemsize, budget))[::every], every
