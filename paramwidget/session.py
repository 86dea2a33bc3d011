"""The session: the only object with state, and the only writer.

Every change, from a typed cell, a script or undo, passes `transaction`, which reads back what it wrote and puts
everything back when anything fails. Reading may happen on any thread under the lock; when writing may happen is decided
by `safepoint` and asked by whoever serves another thread. Not here: statistics, messages, words.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from paramwidget import patch, planning, reproduce, timeline, transaction, whatif
from paramwidget.edits import Assign, Compute, Edit, Operation
from paramwidget.errors import FreezeError, HistoryError, PathError, QueryError, ValueRefusedError
from paramwidget.handle import ParameterHandle
from paramwidget.journal import Change, Entry, Flip, Journal, same_bytes
from paramwidget.notices import Notice
from paramwidget.opened import OpenModel, Update
from paramwidget.preview import Preview
from paramwidget.probe import Probes, Run
from paramwidget.region import Index, Region
from paramwidget.safepoint import SafePoint
from paramwidget.snapshots import Snapshot, Snapshots
from paramwidget.states import State, StateWorld, source_of, state_of
from paramwidget.tree import named
from paramwidget.whatif import Curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from paramwidget.doctor import Diagnosis


class Session(OpenModel):
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
        other = Session._open.get(id(model))
        # sessions on one model share a lock: with two, a write of one could fall between the write and check of the other
        shared = other is not None and other._model is model
        super().__init__(model, title, other.lock if other is not None and shared else threading.RLock())
        self._preview: Preview | None = None
        self.snapshots = Snapshots()
        """Named copies of the model's values; see `snapshot`."""
        self.probes = Probes(self)
        """The user's functions of the model; see `probe`."""
        self.world = StateWorld(self)
        """Where operations look that need more than their region."""
        self.safe_point = SafePoint()
        Session._open[id(model)] = self

    @classmethod
    def of(cls, model: Any) -> Session:
        """The session that is open on this very object, or a new one."""
        found = cls._open.get(id(model))
        return found if found is not None and found._model is model else cls(model)

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

    def __repr__(self) -> str:
        if self._adapter is None:
            return "<Session, closed>"
        root = self.known
        return f"<Session on {self.title} ({self.adapter.name}), {root.count:,} parameters, {len(self.history)} edits>"

    # ------------------------------------------------------------------ changing

    def apply(self, edits: Edit | Sequence[Edit], label: str | None = None) -> Entry | None:
        """Carry out edits as one entry of the history: all of them, or none.

        A preview that is on ends first. Returns the entry, or None if the model held just these bytes already.

        Raises
        ------
        ReadOnlyError, NoValuesError, ValueRefusedError, ExpressionError
            An edit does not fit; nothing was written.
        WriteFailedError
            The framework failed; everything was put back.
        """
        several = list(edits) if isinstance(edits, Iterable) else [edits]
        if not all(isinstance(edit, Edit) for edit in several):
            raise ValueRefusedError(
                "apply takes edits: paramwidget.edits.Edit(path, region, operation); see also session.edit"
            )
        with self.lock:
            self._end_preview()
            if not several:
                return None
            writes = [self._prepare(edit) for edit in several]
            with transaction.uninterrupted():
                performed, notices = transaction.perform(self.adapter, writes)
                changes = [change for change in performed if change is not None]
                return self._record(label or _label(several), changes, [], notices, several)

    def edit(
        self,
        what: str | Iterable[str],
        operation: Operation | str,
        *,
        region: Index | Region | str = ...,
        where: str = "",
    ) -> Entry | None:
        """Carry out one operation on one or many tensors, as one entry of the history.

        Parameters
        ----------
        what
            A path, a glob or a filter query (`"conv*"`, `"kernel !frozen"`), or a list of them; tensors with the same
            storage are edited once.
        operation
            One of `paramwidget.edits`, or an expression such as `"w * 0.9"`.
        region
            The part of each tensor, as `"[0:16, :]"` or a NumPy index.
        where
            A condition such as `"abs(w) < 0.01"`; other values stay as they are.

        Raises
        ------
        As `apply` does; and PathError, QueryError, RegionError if `what` or `region` names nothing.
        """
        with self.lock:
            edits = self.targets(what, self.operation(operation), region=region, where=where)
            return self.apply(edits)

    def targets(
        self,
        what: str | Iterable[str],
        operation: Operation,
        *,
        region: Index | Region | str = ...,
        where: str = "",
    ) -> list[Edit]:
        """One edit for each tensor that is meant, and each storage once; tensors that a glob matches by the way but that
        cannot be written are left out, those that are named are not.
        """
        if not isinstance(what, Iterable) or not isinstance(where, str):
            raise QueryError(
                "name tensors by texts, and give a condition as text: edit('conv*', 'w * 2', where='w > 0')"
            )
        names = [what] if isinstance(what, str) else list(what)
        with self.lock:
            matches = named(self.known, names, self._facts())
            plain = [name for name in names if name in matches]
            edits, seen = [], set()
            for p in matches.values():
                whole = p.tied or p.path
                if whole in seen and p.path not in plain:
                    continue
                if p.path not in plain and not (p.readable and p.writable and p.role != "state"):
                    continue
                if plain and p.path not in plain and any(matches[name].tied == p.tied != "" for name in plain):
                    continue  # its twin was named
                seen.add(whole)
                edits.append(Edit(p.path, self.region(p.path, region), operation, where))
            if not edits:
                first = next(iter(matches.values()))
                planning.check_writable(self.adapter, first)
                edits.append(Edit(first.path, self.region(first.path, region), operation, where))
            return edits

    @staticmethod
    def operation(given: Operation | str) -> Operation:
        """An operation, or the one that a text such as `w * 0.9` stands for.

        Raises
        ------
        ValueRefusedError
            It is neither.
        """
        if isinstance(given, str):
            return Compute(given)
        if not all(hasattr(type(given), name) for name in ("apply", "spatial")):
            raise ValueRefusedError(
                f"an edit takes one of paramwidget.edits, such as edits.Scale(0.5), or a formula as text, and not {given!r}"
            )
        return given

    def preview(self, what: str | Iterable[str], *, region: Index | Region | str = ..., where: str = "") -> Preview:
        """Try values out in the live model; they go away when the `with` block ends, unless `commit` was called.

        One preview at a time: another one ends this one. Takes what `edit` takes, and raises the same.
        """
        with self.lock:
            return self.preview_edits(self.targets(what, Compute("w"), region=region, where=where))

    def preview_edits(self, edits: Sequence[Edit]) -> Preview:
        """Try values out where these edits would write; their operations do not count yet."""
        with self.lock:
            self._end_preview()
            for each in edits:
                planning.check_writable(self.adapter, self.parameter(each.path))
            self._preview = Preview(self, edits)
            return self._preview

    @property
    def previewing(self) -> Preview | None:
        """The preview that is on."""
        return self._preview

    def previewed(self, paths: Sequence[str]) -> None:
        """Called by a preview: the values of these tensors are other ones now."""
        self._changed(Update(tuple(paths), values=True, preview=True))

    def preview_ended(self, preview: Preview) -> None:
        """Called by a preview that was committed or taken back."""
        if self._preview is preview:
            self._preview = None

    def record_preview(self, edits: Sequence[Edit], changes: list[Change], label: str | None) -> Entry | None:
        """Called by a preview that was committed: what it wrote becomes an entry."""
        return self._record(label or _label(edits), changes, [], [], edits)

    def _end_preview(self) -> None:
        if self._preview is not None:
            self._preview.revert()

    def _record(
        self,
        label: str,
        changes: list[Change],
        flips: list[Flip],
        notices: list[Notice],
        edits: Sequence[Edit] = (),
    ) -> Entry | None:
        if not changes and not flips:
            return None
        entry = self._journal.record(label, changes, flips, notices, edits)
        if flips:
            self._known = None
        entry.notices.extend(self.ties([change.path for change in changes]))
        self._changed(Update(tuple(entry.paths), values=bool(changes)))
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

    # ------------------------------------------------------------------ history

    def undo(self, force: bool = False) -> Entry | None:
        """Take back the last entry, bit by bit. Returns it, or None when there is none.

        Raises
        ------
        OutsideChangeError
            Something else, such as training, wrote there since; `force=True` overwrites that.
        """
        with self.lock:
            done = self._journal.done
            return self._step(done[-1] if done else None, force, back=True)

    def redo(self, force: bool = False) -> Entry | None:
        """Do the entry that was undone last again. Returns it, or None when there is none; raises as `undo` does."""
        with self.lock:
            return self._step(self._journal.next, force, back=False)

    def goto(self, number: int, force: bool = False) -> None:
        """Bring the model to where it was at an entry of the history, on whatever branch; 0 is as it was opened.

        Raises
        ------
        HistoryError
            There is no such entry.
        OutsideChangeError
            Something else wrote on the way; the model is where it was. `force=True` overwrites that.
        """
        with self.lock, transaction.uninterrupted():
            self._end_preview()
            passed = timeline.travel(self.adapter, self._journal, number, force=force)
            if any(entry.flips for entry in passed):
                self._known = None
            paths = dict.fromkeys(path for entry in passed for path in entry.paths)
            if passed:
                self._changed(Update(tuple(paths), values=any(entry.changes for entry in passed)))

    def take_back(self, number: int) -> Entry | None:
        """Take back one entry of the past alone, as a new entry; what was done after it stays.

        Raises
        ------
        HistoryError
            There is no such entry, or something done later lies over it.
        OutsideChangeError
            Something else wrote there since.
        """
        with self.lock, transaction.uninterrupted():
            self._end_preview()
            changes, flips, notices = timeline.take_back(self.adapter, self._journal, number, self.aliases)
            label = f"take back {number}: {self._journal.entries[number].label}"
            return self._record(label, changes, flips, notices)

    def snapshot(self, name: str | None = None) -> Snapshot:
        """Keep a copy of all values under a name; a snapshot of the same name is replaced.

        Tensors that did not change since an earlier snapshot share its memory. What is only tried out is not part of it.

        Raises
        ------
        HistoryError
            The name is not a text.
        """
        if name is not None and not isinstance(name, str):
            raise HistoryError(f"a snapshot is named by a text, and not by {type(name).__name__}")
        with self.lock:
            read = self.adapter.read if self._preview is None else self.at(self._journal.position).read
            taken = self.snapshots.take(
                name or self.snapshots.free_name(),
                self._journal.position,
                self.tree,
                lambda p: read(p.path, Region.full(p.shape)),
            )
            self._changed(Update((), values=False))
            return taken

    def drop_snapshot(self, name: str) -> None:
        """Forget a snapshot.

        Raises
        ------
        HistoryError
            There is none of this name.
        """
        with self.lock:
            self.snapshots.drop(name)
            self._changed(Update((), values=False))

    def restore(self, name: str, *what: str) -> Entry | None:
        """Bring the values of a snapshot back, of all tensors or of those that `what` names; one entry of the history.

        Raises
        ------
        HistoryError
            There is no such snapshot.
        RegionError
            A tensor has another shape by now; nothing was written.
        As `apply` does.
        """
        with self.lock:
            paths = list(named(self.tree, what, self._facts())) if what else self.snapshots[name].paths
            if not what:  # what is only a view of other memory comes back with it
                views = {p.path for p in self.tree.walk() if not p.writable and not p.stored}
                paths = [path for path in paths if path not in views]
            return self.take_from(self.snapshots[name], paths, label=f"restore '{name}'")

    def take_from(
        self, source: Any, paths: str | Sequence[str], region: Index | Region | str = ..., label: str | None = None
    ) -> Entry | None:
        """Copy tensors, or a region of them, as one entry of the history.

        `source` is a snapshot, a state of the history (`at`), another session, or a model that an adapter fits.

        Raises
        ------
        PathError
            A tensor is not there, or not in the source.
        As `apply` does.
        """
        with self.lock:
            self._end_preview()
            source = source_of(source)
            edits = []
            for path in [paths] if isinstance(paths, str) else paths:
                part = self.region(path, region)
                values = np.array(source.read(path, part))
                if not same_bytes(values, self.adapter.read(path, part)):
                    edits.append(Edit(path, part, Assign(values, said=f"from '{source.title}'")))
            return self.apply(edits, label) if edits else None

    def at(self, number: int) -> State:
        """The model as it was at an entry of the history, for reading and comparing; nothing is copied."""
        return state_of(self, number)

    # ------------------------------------------------------------------ reproducing

    def to_python(self, entries: Iterable[int] | None = None) -> str:
        """What is done, or some entries of it, as a plain script of the framework; see `reproduce.to_python`."""
        return reproduce.to_python(self, entries)

    def save_patch(self, path: str | PathLike[str]) -> None:
        """Write what is edited as a patch file, by custom `name.pwpatch`; see `patch.save`."""
        patch.save(self, path)

    def apply_patch(self, path: str | PathLike[str], force: bool = False) -> Entry | None:
        """Apply a patch file as one entry of the history; see `patch.apply`."""
        return patch.apply(self, patch.load(path), force)

    # ------------------------------------------------------------------ probes

    def probe(self, function: Callable[[Any], Any], name: str | None = None) -> Run:
        """Register a function of the model, run it, and return what it gave.

        It takes the model and returns a number, a dict of numbers, an array, a figure, or anything with a rich display.
        `session.probes.run()` runs it again after a change.

        Raises
        ------
        ProbeError
            It is not callable.
        """
        return self.probes.run_one(self.probes.add(function, name))

    def what_if(self, what: str, low: float, high: float, steps: int = 21, **options: Any) -> Curve:
        """What a probe gives over a range of values or factors; see `whatif.sweep`. The model is the same afterwards."""
        return whatif.sweep(self, what, low, high, steps, **options)

    def examine(self) -> Diagnosis:
        """What is wrong with the parameters, with places and undoable fixes; see `doctor.examine`."""
        from paramwidget import doctor

        return doctor.examine(self)

    # ------------------------------------------------------------------ closing

    def close(self) -> None:
        """Let the model go. The model keeps its values; the history is dropped."""
        with self.lock:
            if Session._open.get(id(self._model)) is self:
                del Session._open[id(self._model)]
            if self._preview is not None:
                self._preview.revert(force=True)
            self._adapter = self._model = self._known = None
            self._journal = Journal()
            self._listeners.clear()

    # ------------------------------------------------------------------ writing, all or nothing

    def _prepare(self, edit: Edit) -> transaction.Write:
        """Check one edit and compute the values to store; nothing is written yet."""
        p = self.parameter(edit.path)
        planning.check_writable(self.adapter, p)
        region = edit.region
        current = self.adapter.read(edit.path, region) if region.shape == p.shape else np.empty(0)
        return edit.path, region, planning.new_values(self.world, p, edit, current)

    def _step(self, entry: Entry | None, force: bool, back: bool) -> Entry | None:
        """Undo the last entry or redo the next one."""
        adapter = self.adapter  # a closed session says so even if there is nothing to do
        self._end_preview()
        if entry is None:
            return None
        with transaction.uninterrupted():
            timeline.step(adapter, self._journal, entry, back=back, force=force)
            if entry.flips:
                self._known = None
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
            words = [one for some in what for one in ([some] if isinstance(some, str) else some)]
            where = ", ".join(words) if len(words) <= 3 else f"{len(flips)} tensors"
            with transaction.uninterrupted():
                notices = transaction.flip(self.adapter, flips, back=False)
                return self._record(f"{verb} {where}", [], flips, notices)

    # ------------------------------------------------------------------ pictures

    def plot(self, path: str, kind: str = "heatmap", **options: Any) -> Figure:
        """A matplotlib figure of one tensor: `heatmap`, `histogram` or `kernels`; see `plotting.figure`."""
        from paramwidget import plotting  # matplotlib is an extra and slow to load

        return plotting.figure(self, path, kind, **options)


def _label(edits: Sequence[Edit]) -> str:
    first = edits[0]
    where = f" where {first.where}" if first.where else ""
    if len(edits) > 1:
        tensors = len({edit.path for edit in edits})
        place = f"{tensors} tensors" if tensors > 1 else f"{len(edits)} places of {first.path}"
        return f"{first.operation.label} in {place}{where}"
    whole = first.region.is_full and first.region.shape != ()
    place = first.path if whole else f"{first.path} {first.region}"
    return f"{place} {first.operation.label}{where}"
