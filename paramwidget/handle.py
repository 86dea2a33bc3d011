"""A handle on one tensor of a session, for scripts: facts, NumPy copies of regions, journalled edits.

It keeps the path and no tensor. Not here: how edits are carried out (`session`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from paramwidget.edits import Assign, Edit, Operation
from paramwidget.errors import ValueRefusedError
from paramwidget.region import Index, Region
from paramwidget.statistics import Histogram, Summary, histogram, summarize
from paramwidget.tree import Parameter

if TYPE_CHECKING:
    from paramwidget.journal import Entry
    from paramwidget.preview import Preview
    from paramwidget.session import Session


class ParameterHandle:
    """`session["conv1/kernel"]`: reads with `p[0, :, 3]`, writes with `p[0, :, 3] = 0.5`."""

    __slots__ = ("_session", "path")

    def __init__(self, session: Session, path: str) -> None:
        self._session = session
        self.path = path

    @property
    def facts(self) -> Parameter:
        """All facts, fresh from the model."""
        return self._session.parameter(self.path)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.facts.name

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape now; () for a single number."""
        return self.facts.shape

    @property
    def dtype(self) -> str:
        """Element type as NumPy or ml_dtypes names it."""
        return self.facts.dtype

    @property
    def role(self) -> str:
        """`weight`, `bias`, `buffer` or `state`."""
        return self.facts.role

    @property
    def trainable(self) -> bool | None:
        """Whether training changes it; None where the framework has no such notion."""
        return self.facts.trainable

    @property
    def tied(self) -> tuple[str, ...]:
        """Paths of the other tensors with the same storage."""
        return tuple(self._session.aliases(self.path))

    def __getitem__(self, index: Index) -> np.ndarray:
        """A NumPy copy of a region; 0-d selections come as 0-d arrays.

        Raises
        ------
        RegionError
            The index does not fit the tensor.
        NoValuesError
            There is nothing to read.
        """
        return self._session.read(self.path, index)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """All values, for `np.asarray(handle)`: always a copy, since edits must be seen by the session.

        Raises
        ------
        ValueRefusedError
            NumPy was asked for an array that is no copy.
        """
        if copy is False:
            raise ValueRefusedError(
                f"{self.path} always copies its values, since edits must be seen by the session; leave copy=False out"
            )
        values = self[...]
        return values if dtype is None else values.astype(dtype)

    def __setitem__(self, index: Index, values: Any) -> None:
        """Set a region to one value, or to an array of exactly its shape, as one entry of the history.

        Raises
        ------
        RegionError, ValueRefusedError, ReadOnlyError, NoValuesError, WriteFailedError
            Nothing was changed.
        """
        self.apply(Assign(values), region=index)

    def apply(self, operation: Operation | str, region: Index | Region | str = ..., where: str = "") -> Entry | None:
        """Carry out an operation, or an expression such as `w * 0.9`, on the tensor or a region; see `Session.edit`."""
        session = self._session
        chosen = session.operation(operation)
        return session.apply(Edit(self.path, session.region(self.path, region), chosen, where))

    def preview(self, region: Index | Region | str = ..., where: str = "") -> Preview:
        """Try values out; see `Session.preview`."""
        return self._session.preview(self.path, region=region, where=where)

    def summary(self) -> Summary:
        """Exact statistics of all values."""
        session = self._session
        with session.lock:
            return summarize(session.view(self.path, chunk) for chunk in session.chunks(self.path))

    def histogram(self, low: float, high: float, bins: int = 64) -> Histogram:
        """Exact histogram of all values over fixed bins."""
        session = self._session
        with session.lock:
            total = Histogram.empty(low, high, bins)
            for chunk in session.chunks(self.path):
                total = total + histogram(session.view(self.path, chunk), low, high, bins)
            return total

    def freeze(self) -> Entry | None:
        """Freeze it; see `Session.freeze`."""
        return self._session.freeze(self.path)

    def unfreeze(self) -> Entry | None:
        """Let it train again; see `Session.unfreeze`."""
        return self._session.unfreeze(self.path)

    def __repr__(self) -> str:
        p = self.facts
        lock = {True: "trainable", False: "frozen", None: p.role}[p.trainable]
        return f"<{self.path} {p.shape} {p.dtype}, {lock}>"
