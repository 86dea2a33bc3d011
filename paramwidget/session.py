"""The session: the only object with state, and the only writer.

Every change, from a typed cell, a script or undo, passes `_perform`: read what is there, write, read back, compare; when
anything fails all of it is put back. Reading may happen on any thread under the lock; when writing may happen is decided by
`safepoint` and asked by whoever serves another thread. Not here: statistics, messages, words.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from paramwidget import dtypes
from paramwidget.adapters import adapter_for
from paramwidget.adapters.base import Adapter
from paramwidget.edits import Edit
from paramwidget.errors import (
    ClosedError,
    FreezeError,
    NoValuesError,
    OutsideChangeError,
    PathError,
    ReadOnlyError,
    ValueRefusedError,
    WriteFailedError,
)
from paramwidget.handle import ParameterHandle
from paramwidget.journal import Change, Entry, Flip, Journal, digest, same_bytes
from paramwidget.notices import Notice, reason_text
from paramwidget.region import Index, Region
from paramwidget.safepoint import SafePoint
from paramwidget.tree import Node, Parameter, closest, select

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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

    _open: weakref.WeakValueDictionary[int, Session] = weakref.WeakValueDictionary()

    def __init__(self, model: Any, *, title: str | None = None) -> None:
        self._adapter: Adapter | None = adapter_for(model)
        self._model = model
        self._title = title
        self._journal = Journal()
        self._known: Node | None = None
        self._listeners: list[weakref.WeakMethod[Callable[[Update], None]]] = []
        self.lock = threading.RLock()
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
        if path not in self.known.index:
            _ = self.tree[path]
        return ParameterHandle(self, path)

    def parameter(self, path: str) -> Parameter:
        """Facts of one tensor from the known tree, read again if the path is new."""
        found = self.known.index.get(path)
        return found if found is not None else self.tree[path]

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
            return np.array(self.view(path, region)).reshape(region.squeezed)

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
            performed, notices = self._perform([self._prepare(edit) for edit in several])
            changes = [change for change in performed if change is not None]
            if not changes:
                return None
            entry = self._journal.record(label or self._label(several), changes, [], notices)
            self._changed(Update(tuple(entry.paths), values=True))
            return entry

    def freeze(self, *what: str) -> Entry | None:
        """Freeze tensors so that the next training step leaves them alone.

        `what` are paths of tensors or layers, globs or filter queries (`"conv*"`, `"dtype:f16"`). Returns the entry of the
        history, with `notices` about what else was done or must be; None if all were frozen already.

        Raises
        ------
        PathError
            Nothing matches.
        FreezeError
            What matches cannot be frozen.
        """
        return self._set_trainable(what, False)

    def unfreeze(self, *what: str) -> Entry | None:
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
            if not self._journal.done:
                return None
            entry = self._journal.done[-1]
            self._swap(entry, force, back=True)
            self._journal.stepped_back()
            self._changed(Update(tuple(entry.paths), values=bool(entry.changes)))
            return entry

    def redo(self, force: bool = False) -> Entry | None:
        """Do the entry that was undone last again. Returns it, or None when there is none; raises as `undo` does."""
        with self.lock:
            if not self._journal.undone:
                return None
            entry = self._journal.undone[-1]
            self._swap(entry, force, back=False)
            self._journal.stepped_forward()
            self._changed(Update(tuple(entry.paths), values=bool(entry.changes)))
            return entry

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
            Session._open.pop(id(self._model), None)
            self._adapter = self._model = self._known = None
            self._journal = Journal()
            self._listeners.clear()

    def _changed(self, change: Update) -> None:
        self.revision += 1
        for reference in list(self._listeners):
            listener = reference()
            if listener is None:
                self._listeners.remove(reference)
            else:
                listener(change)

    # ------------------------------------------------------------------ writing, all or nothing

    def _label(self, edits: Sequence[Edit]) -> str:
        first = edits[0]
        where = f"{first.path} {first.region}" if not first.region.is_full or not first.region.shape else first.path
        return (
            f"{where} {first.operation.label}"
            if len(edits) == 1
            else f"{first.operation.label} in {len(edits)} tensors"
        )

    def _prepare(self, edit: Edit) -> tuple[str, Region, np.ndarray]:
        """Check one edit and compute the values to store; nothing is written yet."""
        p = self.parameter(edit.path)
        if edit.region.shape != p.shape:
            p = self.tree[edit.path]
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

    def _perform(self, writes: Sequence[tuple[str, Region, np.ndarray]]) -> tuple[list[Change | None], list[Notice]]:
        """Write, verify, and put everything back if anything fails, an interrupt included.

        The changes come in the order of the writes, None where the model held just these bytes already.
        """
        done: list[Change | None] = []
        notices: list[Notice] = []
        started: list[tuple[str, Region, np.ndarray]] = []
        try:
            for path, region, values in writes:
                before = np.array(self.adapter.read(path, region), order="C")
                if same_bytes(before, values):
                    done.append(None)
                    continue
                started.append((path, region, before))
                self._write(path, region, values)
                done.append(Change(path, region, before, values))
            for path in dict.fromkeys(path for path, _, _ in started):
                notices += self.adapter.after_write(path) + self._aliases(path)
        except BaseException as error:
            self._put_back(started)
            if isinstance(error, WriteFailedError) or not isinstance(error, Exception):
                raise
            raise WriteFailedError(
                f"the framework refused the write to {started[-1][0] if started else writes[0][0]} "
                f"({type(error).__name__}: {error}); every value was put back"
            ) from error
        return done, notices

    def _write(self, path: str, region: Region, values: np.ndarray) -> None:
        self.adapter.write(path, region, values)
        stored = self.adapter.read(path, region)
        if not same_bytes(stored, values):
            raise WriteFailedError(
                f"{path} did not keep the values that were written, so every value was put back; the framework "
                "recomputes or shares this tensor in a way that paramwidget does not know"
            )

    def _put_back(self, started: Sequence[tuple[str, Region, np.ndarray]]) -> None:
        interrupt: KeyboardInterrupt | None = None
        for path, region, before in reversed(started):
            for _ in range(2):  # once more if the user interrupts just here
                try:
                    self.adapter.write(path, region, before)
                    self.adapter.after_write(path)
                    break
                except KeyboardInterrupt as error:
                    interrupt = error
                except Exception:  # a broken tensor must not keep the others from being put back
                    break
        if interrupt is not None:
            raise interrupt

    def _aliases(self, path: str) -> list[Notice]:
        p = self.parameter(path)
        if not p.tied:
            return []
        others = [other.path for other in self.known.walk() if other.tied == p.tied and other.path != path]
        return [Notice("tied", path, ", ".join(others))] if others else []

    def _swap(self, entry: Entry, force: bool, back: bool) -> None:
        """Exchange what an entry holds with what the model holds."""
        if not force:
            self._check_untouched(entry, back)
        order = list(reversed(entry.changes)) if back else entry.changes
        performed, _ = self._perform([(change.path, change.region, change.held) for change in order])
        try:
            self._flip(entry.flips, back)
        except BaseException:
            self._put_back([(c.path, c.region, c.held) for c in performed if c is not None])
            raise
        for change, written in zip(order, performed, strict=True):
            change.swapped(change.held, change.held if written is None else written.held)

    def _check_untouched(self, entry: Entry, back: bool) -> None:
        step = "undo" if back else "redo"
        # within one entry a later change may lie over an earlier one: only the topmost of a region must still be there
        above: list[Change] = []
        for change in reversed(entry.changes) if back else entry.changes:
            covered = any(change.path == other.path and change.region.overlaps(other.region) for other in above)
            above.append(change)
            if not covered and digest(self.adapter.read(change.path, change.region)) != change.expected:
                raise OutsideChangeError(
                    f"{change.path} was written by something else since (training, or another cell); {step} would "
                    f"overwrite that. Use {step}(force=True) if it should"
                )
        root = self.tree if entry.flips else None
        for flip in entry.flips:
            assert root is not None
            if root[flip.path].trainable is not (flip.after if back else flip.before):
                raise OutsideChangeError(
                    f"{flip.path} was frozen or unfrozen by something else since; use {step}(force=True) to set it back"
                )

    # ------------------------------------------------------------------ freezing

    def _targets(self, what: Sequence[str]) -> list[Parameter]:
        root = self.tree
        found: dict[str, Parameter] = {}
        nodes = {node.path: node for node in root.nodes() if node.path}
        for name in what:
            if name in root.index:
                matches = [root.index[name]]
            elif name in nodes:
                matches = list(nodes[name].walk())
            else:
                matches = select(root, name)
            if not matches:
                raise PathError(f"nothing matches '{name}'{closest(name, [*nodes, *root.index])}")
            found |= {p.path: p for p in matches}
        return list(found.values())

    def _set_trainable(self, what: Sequence[str], trainable: bool) -> Entry | None:
        verb = "unfreeze" if trainable else "freeze"
        with self.lock:
            targets = self._targets(what)
            able = [p for p in targets if p.lock != "none"]
            if not able:
                kinds = ", ".join(sorted({p.role for p in targets}))
                raise FreezeError(
                    f"there is nothing to {verb} in {', '.join(what)}: the framework trains none of it ({kinds})"
                )
            flips = [Flip(p.path, bool(p.trainable), trainable) for p in able if p.trainable is not trainable]
            if not flips:
                return None
            notices = self._flip(flips, back=False)
            where = what[0] if len(what) == 1 else f"{len(flips)} tensors"
            entry = self._journal.record(f"{verb} {where}", [], flips, notices)
            self._changed(Update(tuple(entry.paths), values=False))
            return entry

    def _flip(self, flips: Sequence[Flip], back: bool) -> list[Notice]:
        notices: list[Notice] = []
        done: list[Flip] = []
        try:
            for flip in reversed(flips) if back else flips:
                done.append(flip)
                notices += self.adapter.set_trainable(flip.path, flip.before if back else flip.after)
        except BaseException:
            for flip in reversed(done):
                self.adapter.set_trainable(flip.path, flip.after if back else flip.before)
            raise
        finally:
            self._known = None
        return notices

    # ------------------------------------------------------------------ pictures

    def plot(self, path: str, kind: str = "heatmap", **options: Any) -> Figure:
        """A matplotlib figure of one tensor: `heatmap`, `histogram` or `kernels`; see `plotting.figure`."""
        from paramwidget import plotting  # matplotlib is an extra and slow to load

        return plotting.figure(self, path, kind, **options)
