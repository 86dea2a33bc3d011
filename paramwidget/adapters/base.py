"""The seam: all that paramwidget asks of a model, or of a file that holds one.

An adapter moves numbers and tells facts. It computes no statistics, words no sentences and keeps no tensor: a tensor is
found again by its path at each call, because frameworks replace them (`load_state_dict(assign=True)`, buffers bound anew
in `forward`). Nothing but a session calls `write` or `set_trainable`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from paramwidget.notices import Notice
from paramwidget.region import Region
from paramwidget.tree import Node, Parameter


@runtime_checkable
class Adapter(Protocol):
    """One kind of model: two attributes and six methods are all there is."""

    name: str
    """For the badge: `Keras · TensorFlow`, `PyTorch`, `NumPy`."""

    writable: bool
    """False if nothing at all can be written, as in a file opened for reading."""

    def tree(self) -> Node:
        """Names, shapes, dtypes, flags; no element is read. Called again after every change: keep it cheap."""
        ...

    def facts(self, path: str) -> Parameter:
        """Facts of one tensor, as in `tree()` but without walking the model where that is possible. Always fresh.

        Raises PathError if there is no such tensor any more.
        """
        ...

    def read(self, path: str, region: Region) -> np.ndarray:
        """Values of a region as a CPU array with the shape `region.extent` and the dtype `dtypes.numpy_dtype(...)`.

        May be a read-only view of live memory: who keeps it copies it. Reading changes nothing in the model. Raises
        RegionError if the tensor no longer has the shape `region.shape`.
        """
        ...

    def write(self, path: str, region: Region, values: np.ndarray) -> None:
        """Store `values` (shape `region.extent`, dtype as read) in the live tensor, in place.

        The session has checked the capability flags, the dtype and the shape, and reads back afterwards.
        """
        ...

    def set_trainable(self, path: str, trainable: bool) -> list[Notice]:
        """Freeze or unfreeze one tensor so that the *next training step* obeys; what else the user must know."""
        ...

    def after_write(self, path: str) -> list[Notice]:
        """Called once after a write was verified: refresh what the framework caches; what the user must know."""
        ...
