"""A fair part of a tensor that is too large to be gone through: for colour domains, thumbnails and checksums.

Not here: anything exact. Who shows a number that was made from a sample says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paramwidget import dtypes
from paramwidget.region import Region

if TYPE_CHECKING:
    from paramwidget.session import Session
    from paramwidget.tree import Parameter

_VALUES = 2**16


def sample(session: Session, p: Parameter) -> np.ndarray:
    """About 65,000 values spread evenly over a tensor, as a flat copy."""
    if p.size <= _VALUES:
        return np.array(session.view(p.path, Region.full(p.shape))).reshape(-1)
    # evenly spaced blocks along the first long axis: contiguous reads, whatever the size of the tensor
    small = list(Region.full(p.shape).chunks(dtypes.itemsize(p.dtype), max(64, p.bytes // 4096)))
    every = max(1, len(small) // 256)
    parts = [np.array(session.view(p.path, region)).reshape(-1) for region in small[::every]]
    flat = np.concatenate(parts)
    return flat[:: max(1, flat.size // _VALUES)]
