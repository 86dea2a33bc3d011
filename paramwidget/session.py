"""The session: the only object with state, and the only writer.

Every change, from a typed cell, a script or undo, passes `transaction`, which reads back what it wrote and puts
everything back when anything fails. Reading may happen on any thread under the lock; when writing may happen is decided
by `safepoint` and asked by whoever serves another thread. Not here: statistics, messages, words.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from msgspec import Struct

from paramwidget import dtypes, transaction
from paramwidget.adapters import adapter_for
from paramwidget.adapters.base import Adapter
from paramwidget.edits import Edit
from paramwidget.errors import (
    ClosedError,
    FreezeError,
    NoValuesError,
    PathError,
    ReadOnlyError,
    ValueRefusedError,
)
from paramwidget.handle import ParameterHandle
from paramwidget.journal import Entry, Flip, Journal
from paramwidget.notices import Notice, reason_text
from paramwidget.region import Index, Region
from paramwidget.safepoint import SafePoint
from paramwidget.statistics import non_finite
from paramwidget.tree import Facts, Node, Parameter, named, select

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_log = logging.getLogger("paramwidget")

CHUNK = 2**24
"""Bytes read at a time when a whole tensor is gone through."""


class Update(Struct, frozen=True):
    """What listeners are told: which tensors changed (none named: any), and whether only flags or values too."""

    paths: tuple[str, ...]
    values: bool
    outside: bool = False


class Session:
    """A model opened for editing. Use it from a script, or let `paramwidget.edit` put a widget in front of it.

    Parameters
    ----------
    model
        A Keras model, a PyTorch module, a dict of NumPy arrays, or anything with a registered adapter.
    title
        Name shown for the model; by default its own.

    Raises
    ------
    UnsupportedModelError
        No adapter fits.
    """

    _open: ClassVar[weakref.WeakValueDictionary[int, Session]] = weakref.WeakValueDictionary()

    def __init__(self, model: Any, *, title: str | None = None) -> None:
        self._adapter: Adapter | None = adapter_for(model)
        self._model = model
        self._title = title
        self._journal = Journal()
        self._known: Node | None = None
        self._listeners: list[weakref.WeakMethod[Callable[[Update], None]]] = []
        other = Session._open.get(id(model))
        # sessions on one model share a lock: with two, a write of one could fall between the write and check of the other
        self.lock: AbstractContextManager[bool] = (
            other.lock if other is not None and other._model is model else threading.RLock()
        )
        self.safe_point = SafePoint()
        self.revision = 0
        """Counts changes; a view that shows an older revision is stale."""
        Session._open[id(model)] = self

    @classmethod
    def of(cls, model: Any) -> Session:
        """The session that is open on this very object, or a new one."""
        found = cls._open.get(id(model))
        return found if found is not None and found._model is model else cls(model)

    # ------------------------------------------------------------------ facts

    @property
    def adapter(self) -> Adapter:
        """The adapter of the model.

        Raises
        ------
        ClosedError
            The session was closed.
        """
        if self._adapter is None:
            raise ClosedError("this session was closed; open the model again with paramwidget.edit(model)")
        return self._adapter

    @property
    def model(self) -> Any:
        """The model itself; None after `close`."""
        return self._model

    @property
    def tree(self) -> Node:
        """The root of the layer tree, fresh from the model; no value is read."""
        with self.lock:
            self._known = self.adapter.tree()
            return self._known

    @property
    def known(self) -> Node:
        """The tree as it was read last: cheap, and right unless a cell has changed the model's structure since."""
        return self._known or self.tree

    @property
    def title(self) -> str:
        return self._title or self.known.name

    def rename(self, title: str) -> None:
        """Show the model under another name."""
        self._title = title

    @property
    def history(self) -> list[Entry]:
        """What was done and not undone, oldest first."""
        return list(self._journal.done)

    @property
    def journal(self) -> Journal:
        return self._journal

    def __getitem__(self, path: str) -> ParameterHandle:
        """A handle on one tensor, found again by its path at each use.

        Raises
        ------
        PathError
            There is no such tensor; the message names the closest.
        """
        if not isinstance(path, str):
            raise PathError(f"a tensor is named by its path, a text, and not by {type(path).__name__}")
        self.parameter(path)
        return ParameterHandle(self, path)

    def parameter(self, path: str) -> Parameter:
        """Facts of one tensor, fresh from the model."""
        with self.lock:
            return self.adapter.facts(path)

    def aliases(self, path: str) -> list[str]:
        """Paths of the other tensors with the same storage, in the order of the tree."""
        tied = self.parameter(path).tied
        return [p.path for p in self.known.walk() if p.tied == tied and p.path != path] if tied else []

    def select(self, query: str, root: Node | None = None) -> list[Parameter]:
        """The tensors that match a filter: names, globs and facts such as `frozen`, `nan`, `edited`, `>1M`.

        Raises
        ------
        QueryError
            A word means nothing; see `tree.select` for the words.
        """
        with self.lock:
            return select(root or self.tree, query, self._facts())

    def _facts(self) -> Facts:
        edited = self._journal.edited()
        return {"edited": lambda p: p.path in edited, "nan": lambda p: self.bad_values(p) != (0, 0)}

    def bad_values(self, p: Parameter) -> tuple[int, int]:
        """How many values of a tensor are NaN and how many infinite; exact."""
        if not p.readable or dtypes.kind(p.dtype) in ("int", "uint", "bool"):
            return 0, 0
        with self.lock:
            counts = [non_finite(dtypes.measure(self.view(p.path, region))) for region in self.chunks(p.path)]
        return sum(nan for nan, _ in counts), sum(inf for _, inf in counts)

    def __repr__(self) -> str:
        if self._adapter is None:
            return "<Session, closed>"
        root = self.known
        return f"<Session on {self.title} ({self.adapter.name}), {root.count:,} parameters, {len(self.history)} edits>"

    # ------------------------------------------------------------------ reading

    def view(self, path: str, region: Region) -> np.ndarray:
        """Values of a region with the tensor's rank; may be live, read-only memory: for use under the lock only.

        Raises
        ------
        NoValuesError
            There is nothing to read; the message says why.
        """
        p = self.parameter(path)
        if not p.readable:
            raise NoValuesError(f"{path} has no values to show: {reason_text(p.reason)}")
        return self.adapter.read(path, region)

    def read(self, path: str, index: Index | Region = ...) -> np.ndarray:
        """A copy of a region, shaped as NumPy would: axes given as one index are gone."""
        with self.lock:
            region = self.region(path, index)
            values = self.view(path, region)
            return np.array(values).reshape(region.squeezed)

    def region(self, path: str, index: Index | Region | str = ...) -> Region:
        """The region of a tensor that a Python index, a text such as `[0:16, :]` or another region names."""
        shape = self.parameter(path).shape
        if isinstance(index, Region):
            return index
        return Region.parse(index, shape) if isinstance(index, str) else Region.of(index, shape)

    def chunks(self, path: str) -> list[Region]:
        """Regions of bounded size that make up a tensor."""
        p = self.parameter(path)
        return list(Region.full(p.shape).chunks(dtypes.itemsize(p.dtype) or 1, CHUNK))

    # ------------------------------------------------------------------ changing

    def apply(self, edits: Edit | Sequence[Edit], label: str | None = None) -> Entry | None:
        """Carry out edits as one entry of the history: all of them, or none.

        Returns the entry, or None if the model held just these bytes already.

        Raises
        ------
        ReadOnlyError, NoValuesError, ValueRefusedError
            An edit does not fit; nothing was written.
        WriteFailedError
            The framework failed; everything was put back.
        """
        several = [edits] if isinstance(edits, Edit) else list(edits)
        with self.lock:
            writes = [self._prepare(edit) for edit in several]
            with transaction.uninterrupted():
                performed, notices = transaction.perform(self.adapter, writes)
                changes = [change for change in performed if change is not None]
                if not changes:
                    return None
                entry = self._journal.record(label or _label(several), changes, [], notices)
                entry.notices.extend(self._ties(entry.paths))
                self._changed(Update(tuple(entry.paths), values=True))
            return entry

    def freeze(self, *what: str | Iterable[str]) -> Entry | None:
        """Freeze tensors so that the next training step leaves them alone.

        `what` are paths of tensors or layers, globs or filter queries (`"conv*"`, `"dtype:f16"`), or lists of them. A word
        without wildcards means a whole name: `"fc1"` is not `"fc10"`. Tensors with the same storage are frozen together.
        Returns the entry of the history, with `notices` about what else was done or must be; None if all were frozen
        already.

        Raises
        ------
        PathError, QueryError
            Nothing matches, or a word means nothing.
        FreezeError
            What matches cannot be frozen.
        """
        return self._set_trainable(what, False)

    def unfreeze(self, *what: str | Iterable[str]) -> Entry | None:
        """Let tensors train again; the counterpart of `freeze`, with the same arguments and errors."""
        return self._set_trainable(what, True)

    def undo(self, force: bool = False) -> Entry | None:
        """Take back the last entry, bit by bit. Returns it, or None when there is none.

        Raises
        ------
        OutsideChangeError
            Something else, such as training, wrote there since; `force=True` overwrites that.
        """
        with self.lock:
            return self._step(self._journal.done, force, back=True)

    def redo(self, force: bool = False) -> Entry | None:
        """Do the entry that was undone last again. Returns it, or None when there is none; raises as `undo` does."""
        with self.lock:
            return self._step(self._journal.undone, force, back=False)

    # ------------------------------------------------------------------ listening and closing

    def subscribe(self, listener: Callable[[Update], None]) -> None:
        """Call a bound method after each change; it is held weakly, so it never keeps its object alive."""
        self._listeners.append(weakref.WeakMethod(listener))

    def refresh(self) -> None:
        """Something outside may have changed the model (a cell ran): forget what is known and tell the listeners."""
        self._known = None
        self._changed(Update((), values=True, outside=True))

    def close(self) -> None:
        """Let the model go. The model keeps its values; the history is dropped."""
        with self.lock:
            if Session._open.get(id(self._model)) is self:
                del Session._open[id(self._model)]
            self._adapter = self._model = self._known = None
            self._journal = Journal()
            self._listeners.clear()

    def _changed(self, change: Update) -> None:
        self.revision += 1
        for reference in list(self._listeners):
            listener = reference()
            if listener is None:
                self._listeners.remove(reference)
                continue
            try:
                listener(change)
            except Exception:  # the change is made and recorded; who looks on must not undo that
                _log.exception("a listener failed after a change")

    # ------------------------------------------------------------------ writing, all or nothing

    def _prepare(self, edit: Edit) -> tuple[str, Region, np.ndarray]:
        """Check one edit and compute the values to store; nothing is written yet."""
        p = self.parameter(edit.path)
        if edit.region.shape != p.shape:
            raise ValueRefusedError(
                f"{edit.path} has shape {p.shape} now, not {edit.region.shape}; look at it again before editing"
            )
        if not p.readable:
            raise NoValuesError(f"{edit.path} cannot be edited: {reason_text(p.reason)}")
        if not p.writable or not self.adapter.writable:
            raise ReadOnlyError(f"{edit.path} cannot be edited: {reason_text(p.reason) or 'the model is read-only'}")
        current = self.adapter.read(edit.path, edit.region)
        return edit.path, edit.region, edit.operation.apply(current, p.dtype, edit.region)

    def _ties(self, paths: Sequence[str]) -> list[Notice]:
        """For each tensor that shares storage with others, which those are."""
        notices = []
        edited = set(paths)
        for path in paths:
            others = [other for other in self.aliases(path) if other not in edited]
            more = f" and {len(others) - 3:,} more" if len(others) > 3 else ""
            if others:
                notices.append(Notice("tied", path, ", ".join(others[:3]) + more))
        return notices

    def _step(self, entries: Sequence[Entry], force: bool, back: bool) -> Entry | None:
        """Undo or redo the last of some entries."""
        adapter = self.adapter  # a closed session says so even if there is nothing to do
        if not entries:
            return None
        entry = entries[-1]
        with transaction.uninterrupted():
            if force:
                transaction.drop_missing(adapter, entry)
            else:
                transaction.check_untouched(adapter, entry, back)
            transaction.swap(adapter, entry, back)
            if entry.flips:
                self._known = None
            self._journal.stepped_back() if back else self._journal.stepped_forward()
            self._changed(Update(tuple(entry.paths), values=bool(entry.changes)))
        return entry

    # ------------------------------------------------------------------ freezing

    def _set_trainable(self, what: Sequence[str | Iterable[str]], trainable: bool) -> Entry | None:
        verb = "unfreeze" if trainable else "freeze"
        with self.lock:
            targets = named(self.tree, what, self._facts())
            able = [p for p in targets.values() if p.lock != "none"]
            if not able:
                roles = ", ".join(sorted({p.role for p in targets.values()}))
                raise FreezeError(
                    f"there is nothing to {verb} there: {self.adapter.name} has no notion of training for it ({roles})"
                )
            flips = [Flip(p.path, bool(p.trainable), trainable) for p in able if p.trainable is not trainable]
            if not flips:
                return None
            where = str(what[0]) if len(what) == 1 and isinstance(what[0], str) else f"{len(flips)} tensors"
            with transaction.uninterrupted():
                notices = transaction.flip(self.adapter, flips, back=False)
                entry = self._journal.record(f"{verb} {where}", [], flips, notices)
                self._known = None
                self._changed(Update(tuple(entry.paths), values=False))
            return entry

    # ------------------------------------------------------------------ pictures

    def plot(self, path: str, kind: str = "heatmap", **options: Any) -> Figure:
        """A matplotlib figure of one tensor: `heatmap`, `histogram` or `kernels`; see `plotting.figure`."""
        from paramwidget import plotting  # matplotlib is an extra and slow to load

        return plotting.figure(self, path, kind, **options)


def _label(edits: Sequence[Edit]) -> str:
    first = edits[0]
    if len(edits) > 1:
        tensors = len({edit.path for edit in edits})
        where = f"{tensors} tensors" if tensors > 1 else f"{len(edits)} places of {first.path}"
        return f"{first.operation.label} in {where}"
    whole = first.region.is_full and first.region.shape != ()
    return f"{first.path} {first.operation.label}" if whole else f"{first.path} {first.region} {first.operation.label}"
