"""The session: a model opened for editing, and all that a user can do to it. The table of contents of this package.

Not here: how it is done. Each step is one of the modules that are imported below; all that writes to the model passes
`writer`. Reading may happen on any thread under the lock; when writing may happen is decided by `safepoint` and asked by
whoever serves another thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from paramwidget import patch, registry, reproduce, targets, whatif
from paramwidget.edits import Compute, Edit, Operation
from paramwidget.errors import HistoryError
from paramwidget.handle import ParameterHandle
from paramwidget.journal import Entry, Journal
from paramwidget.opened import OpenModel, Update
from paramwidget.preview import Preview
from paramwidget.probe import Probes, Run
from paramwidget.region import Index, Region
from paramwidget.safepoint import SafePoint
from paramwidget.snapshots import Snapshot, Snapshots
from paramwidget.states import State, StateWorld, source_of, state_of
from paramwidget.whatif import Curve
from paramwidget.writer import Writer

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
    ValueRefusedError
        The title is not a text, or has more than 200 characters.
    """

    def __init__(self, model: Any, *, title: str | None = None) -> None:
        # sessions on one model share a lock: with two, a write of one could fall between the write and check of the other
        other = registry.newest(model)
        super().__init__(model, title, threading.RLock() if other is None else other.lock)
        self.snapshots: Snapshots = Snapshots()
        """Named copies of the model's values; see `snapshot`."""
        self.probes: Probes = Probes(self)
        """The user's functions of the model; see `probe`."""
        self.world = StateWorld(self)
        """Where operations look that need more than their region."""
        self.safe_point = SafePoint()
        """When this session may write; asked by whoever serves another thread."""
        self._writer = Writer(self)
        self._register()

    def _register(self) -> None:
        """Be found by `of`, before those that were opened earlier on the same model."""
        registry.add(self)

    @classmethod
    def of(cls, model: Any) -> Session:
        """The session that is open on this very object, the newest of several, or a new one.

        Raises
        ------
        UnsupportedModelError
            No adapter fits.
        """
        return registry.newest(model) or cls(model)

    def __getitem__(self, path: str) -> ParameterHandle:
        """A handle on one tensor, found again by its path at each use.

        Raises
        ------
        PathError
            There is no such tensor; the message names the closest.
        """
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
            An edit does not fit, or is none; nothing was written.
        HistoryError
            The label is not a text.
        WriteFailedError
            The framework failed; everything was put back.
        """
        return self._writer.apply(targets.several(edits), label)

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
        PathError, QueryError, RegionError
            `what` or `region` names nothing.
        ReadOnlyError, NoValuesError, ValueRefusedError, ExpressionError, WriteFailedError
            As `apply` does.
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
        """The edits that `edit` would carry out: one for each tensor that is meant, and each storage once.

        Tensors that a glob matches by the way but that cannot be written are left out; those that are named are not.

        Raises
        ------
        PathError, QueryError, RegionError
            `what` or `region` names nothing.
        ReadOnlyError, NoValuesError
            Nothing that is meant can be written.
        """
        with self.lock:
            return targets.edits(self, what, operation, region, where)

    @staticmethod
    def operation(given: Operation | str) -> Operation:
        """An operation, or the one that a text such as `w * 0.9` stands for.

        Raises
        ------
        ValueRefusedError
            It is neither.
        """
        return targets.operation(given)

    def preview(self, what: str | Iterable[str], *, region: Index | Region | str = ..., where: str = "") -> Preview:
        """Try values out in the live model; they go away when the `with` block ends, unless `commit` was called.

        One preview at a time: another one ends this one. Takes what `edit` takes, and raises the same.
        """
        with self.lock:
            return self.preview_edits(self.targets(what, Compute("w"), region=region, where=where))

    def preview_edits(self, edits: Sequence[Edit]) -> Preview:
        """Try values out where these edits would write; their operations do not count yet.

        Raises
        ------
        ValueRefusedError
            They are no edits.
        ReadOnlyError, NoValuesError
            A tensor cannot be written.
        """
        return self._writer.try_out(targets.several(edits))

    @property
    def previewing(self) -> Preview | None:
        """The preview that is on."""
        return self._writer.preview

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

    def _set_trainable(self, what: Sequence[str | Iterable[str]], trainable: bool) -> Entry | None:
        with self.lock:
            flips, label = targets.flips(self, what, trainable)
            return self._writer.flip(flips, label) if flips else None

    # ------------------------------------------------------------------ history

    def undo(self, force: bool = False) -> Entry | None:
        """Take back the last entry, bit by bit. Returns it, or None when there is none.

        Raises
        ------
        OutsideChangeError
            Something else, such as training, wrote there since; `force=True` overwrites that.
        """
        return self._writer.step(back=True, force=force)

    def redo(self, force: bool = False) -> Entry | None:
        """Do the entry that was undone last again. Returns it, or None when there is none; raises as `undo` does."""
        return self._writer.step(back=False, force=force)

    def goto(self, number: int, force: bool = False) -> None:
        """Bring the model to where it was at an entry of the history, on whatever branch; 0 is as it was opened.

        Raises
        ------
        HistoryError
            There is no such entry.
        OutsideChangeError
            Something else wrote on the way; the model is where it was. `force=True` overwrites that.
        """
        self._writer.goto(number, force=force)

    def take_back(self, number: int) -> Entry | None:
        """Take back one entry of the past alone, as a new entry; what was done after it stays.

        Raises
        ------
        HistoryError
            There is no such entry, or something done later lies over it.
        OutsideChangeError
            Something else wrote there since.
        """
        return self._writer.take_back(number)

    # ------------------------------------------------------------------ snapshots

    def snapshot(self, name: str | None = None) -> Snapshot:
        """Keep a copy of all values under a name; a snapshot of the same name is replaced.

        Tensors that did not change since an earlier snapshot share its memory. What is only tried out is not part of it.

        Raises
        ------
        HistoryError
            The name is not a text. Or another view of a tensor is being tried out, and the framework gives copies only, so
            that what the tensor held before cannot be told.
        """
        if name is not None and not isinstance(name, str):
            raise HistoryError(f"a snapshot is named by a text, and not by {type(name).__name__}")
        with self.lock:
            read = self.adapter.read if self.previewing is None else self.at(self._journal.position).read
            taken = self.snapshots.take(
                name or self.snapshots.free_name(),
                self._journal.position,
                self.tree,
                lambda p: read(p.path, Region.full(p.shape)),
            )
            self.tell(Update((), values=False))
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
            self.tell(Update((), values=False))

    def restore(self, name: str, *what: str) -> Entry | None:
        """Bring the values of a snapshot back, of all tensors or of those that `what` names; one entry of the history.

        Raises as `apply` does, and:

        Raises
        ------
        HistoryError
            There is no such snapshot.
        RegionError
            A tensor has another shape by now; nothing was written.
        """
        with self.lock:
            taken = self.snapshots[name]
            paths = list(self.matching(what)) if what else None
            part = f": {targets.called(what, len(paths))}" if paths is not None else ""
            return self.take_from(taken, paths, label=f"restore '{name}'{part}")

    def take_from(
        self,
        source: Any,
        paths: str | Sequence[str] | None = None,
        region: Index | Region | str = ...,
        label: str | None = None,
    ) -> Entry | None:
        """Copy tensors, or a region of them, as one entry of the history; without `paths`, all that the source has.

        `source` is a snapshot, a state of the history (`at`), another session, or a model that an adapter fits. Raises as
        `apply` does, and:

        Raises
        ------
        PathError
            A tensor is not there, or not in the source.
        """
        with self.lock:
            self._writer.end_preview()
            state = source_of(source)
            copies = targets.copies(self, state, self._all_of(state) if paths is None else paths, region)
            return self.apply(copies, label) if copies else None

    def _all_of(self, source: State) -> list[str]:
        """The tensors of a state, without those that are known here as views of others: they come with them."""
        views = {p.path for p in self.tree.walk() if not p.writable and not p.stored}
        return [p.path for p in source.tree().walk() if p.readable and p.path not in views]

    def at(self, number: int) -> State:
        """The model as it was at an entry of the history, for reading and comparing; nothing is copied."""
        return state_of(self, number)

    # ------------------------------------------------------------------ reproducing

    def to_python(self, entries: Iterable[int] | None = None) -> str:
        """What is done, or some entries of it, as a plain script of the framework; see `reproduce.to_python`."""
        return reproduce.to_python(self, entries)

    def save_patch(self, path: str | PathLike[str]) -> None:
        """Write what is edited as a patch file, by custom `name.pwpatch`: whole or not at all.

        Raises
        ------
        PatchRefusedError
            Nothing is edited.
        OutsideChangeError
            Something else, such as training, wrote over an edit since.
        ValueRefusedError
            The folder does not exist, `path` is a folder itself, or the file cannot be written.
        """
        patch.save(self, path)

    def apply_patch(self, path: str | PathLike[str], force: bool = False) -> Entry | None:
        """Apply a patch file as one entry of the history; None if the model holds all of it already.

        Raises as `apply` does, and:

        Raises
        ------
        PatchRefusedError
            There is no such file, it is damaged, or it does not fit the model; nothing was changed. Where only the values
            are others than those that the patch was made from, `force=True` applies it all the same.
        """
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

    # ------------------------------------------------------------------ pictures

    def plot(self, path: str, kind: str = "heatmap", **options: Any) -> Figure:
        """A matplotlib figure of one tensor: `heatmap`, `histogram`, `kernels` or `spectrum`; see `plotting.figure`."""
        from paramwidget import plotting  # matplotlib is an extra and slow to load

        return plotting.figure(self, path, kind, **options)

    # ------------------------------------------------------------------ closing

    def close(self) -> None:
        """Let the model go. The model keeps its values; the history is dropped.

        Raises
        ------
        WriteFailedError
            The framework does not take back what was tried out; the session is closed all the same.
        """
        with self.lock:
            try:
                self._writer.end_preview(force=True)
            finally:
                self._adapter = self._model = self._known = None
                self._journal = Journal()
                self._listeners.clear()
