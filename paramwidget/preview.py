"""Values that are tried out in the live model and go away again, unless they are committed.

`with session.preview("dense/kernel") as trial: trial.apply("w * 1.5")`: whoever uses the model in the block sees the new
values. Each `apply` starts from the values from before the preview, as a slider does, not from those of the last one.
Leaving the block, by whatever way, brings the bytes back; `commit` makes one entry of the history instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from paramwidget import planning, progress, transaction
from paramwidget.edits import Edit, Operation
from paramwidget.errors import (
    NoValuesError,
    OutsideChangeError,
    PathError,
    PreviewError,
    RegionError,
    WriteFailedError,
)
from paramwidget.journal import Change, Kept, changed, label_of, same_bytes
from paramwidget.region import Region

if TYPE_CHECKING:
    from paramwidget.journal import Entry
    from paramwidget.notices import Notice
    from paramwidget.session import Session
    from paramwidget.writer import Writer


class Preview:
    """One trial at a time; made by `Session.preview`. `targets` are edits whose operation is not chosen yet."""

    def __init__(self, session: Session, writer: Writer, targets: Sequence[Edit]) -> None:
        self._session = session
        self._writer = writer
        self._edits = list(targets)
        adapter = session.adapter
        self.base: list[np.ndarray] = [
            np.array(adapter.read(edit.path, edit.region), order="C") for edit in self._edits
        ]
        """The values from before, region by region."""
        self._shown: list[np.ndarray] | None = None
        self._spare: list[np.ndarray | None] = [None] * len(self._edits)  # memory of what was shown before that
        self._notices: list[Notice] = []  # what the framework makes of what is shown
        self._active = True
        self.owner = 0
        """Who tries it out, by a number of their own: a view of the page; 0 for scripts."""

    @property
    def active(self) -> bool:
        """False once it was committed or taken back."""
        return self._active

    @property
    def paths(self) -> list[str]:
        """The tensors it works on."""
        return [edit.path for edit in self._edits]

    @property
    def edits(self) -> list[Edit]:
        """What a commit would record; the operations are those of the last `apply`."""
        return list(self._edits)

    @property
    def label(self) -> str:
        """What the operation tried last is called; empty before the first."""
        return self._edits[0].operation.label if self._shown is not None else ""

    def lay(self, names: Sequence[str], region: Region, values: np.ndarray) -> None:
        """Lay the values from before over those of a region of a tensor, which has these names."""
        for edit, base in zip(self._edits, self.base, strict=True):
            if edit.path in names:
                Kept(base).lay(edit.region, values, region)

    def apply(self, operation: Operation | str, where: str | None = None, *, force: bool = False) -> None:
        """Write what an operation makes of the values from before. Of what was tried earlier nothing is left.

        Raises
        ------
        PreviewError
            It has ended.
        OutsideChangeError
            Something else, such as training, wrote there since; `force=True` overwrites that. Or a tensor was replaced.
        ValueRefusedError, ExpressionError
            The operation or the condition does not fit; the model keeps what was tried last.
        WriteFailedError
            The framework failed; the values from before were put back and the preview has ended.
        """
        session = self._session
        with session.lock:
            self._check_active()
            self._check_untouched(force, "apply")
            chosen = session.operation(operation)
            edits = [
                structs.replace(edit, operation=chosen, where=edit.where if where is None else where)
                for edit in self._edits
            ]
            progress.expect(sum(base.nbytes for base in self.base))
            news = [
                planning.new_values(session.world, session.parameter(edit.path), edit, base, spare)
                for edit, base, spare in zip(edits, self.base, self._spare, strict=True)
            ]
            with transaction.uninterrupted():
                self._write(edits, news)
                self._spare = list(self._shown or self._spare)
                self._edits, self._shown = edits, news
                self._writer.tried(self.paths)

    def _write(self, edits: Sequence[Edit], news: Sequence[np.ndarray]) -> None:
        adapter = self._session.adapter
        try:
            for edit, new in zip(edits, news, strict=True):
                adapter.write(edit.path, edit.region, new)
            for edit, new in zip(edits, news, strict=True):
                if not same_bytes(adapter.read(edit.path, edit.region), new):
                    raise WriteFailedError(f"{edit.path} did not keep the values that were tried")
            self._notices = [notice for path in dict.fromkeys(self.paths) for notice in adapter.after_write(path)]
        except BaseException as error:
            self._restore()
            self._writer.tried(self.paths)
            if isinstance(error, WriteFailedError) or not isinstance(error, Exception):
                raise
            raise WriteFailedError(
                f"the framework refused to try this out ({type(error).__name__}: {error}); every value was put back"
            ) from error

    def commit(self, label: str | None = None, *, force: bool = False) -> Entry | None:
        """Keep what was tried last, as one entry of the history; None if it changed nothing.

        Raises
        ------
        PreviewError
            It has ended.
        OutsideChangeError
            Something else wrote there since; with `force` what it wrote is part of the entry. Or a tensor was replaced.
        HistoryError
            The label is not a text.
        """
        session = self._session
        with session.lock:
            self._check_active()
            self._check_untouched(force, "commit")
            called = label_of(self._edits, label)  # an operation of a script may fail to say what it is
            held = [np.array(session.adapter.read(edit.path, edit.region), order="C") for edit in self._edits]
            meant = all(map(same_bytes, held, self._shown or self.base))
            changes = [
                Change(edit.path, edit.region, base, now)
                for edit, base, now in zip(self._edits, self.base, held, strict=True)
                if not same_bytes(base, now)
            ]
            with transaction.uninterrupted():
                self._end()
                entry = self._writer.record(called, changes, [], self._notices, self._edits)
                if entry is not None and not meant:  # the operation alone does not give these values again
                    entry.edits = ()
                return entry

    def revert(self, *, force: bool = False) -> None:
        """Bring the bytes from before back. Does nothing if the preview has ended.

        Raises
        ------
        OutsideChangeError
            Something else, such as training, wrote there since; `force=True` overwrites that, and leaves out what is gone.
        WriteFailedError
            The framework does not take the values from before any more; the preview has ended all the same.
        """
        session = self._session
        with session.lock:
            if not self._active:
                return
            if self._shown is None:  # nothing was tried, so there is nothing to overwrite
                self._end()
                return
            self._check_untouched(force, "revert")
            with transaction.uninterrupted():
                self._restore()
                self._writer.tried(self.paths)
                self._check_restored()

    def abandon(self) -> None:
        """End the preview, and leave the cells alone that something else has written since."""
        session = self._session
        with session.lock:
            if not self._active:
                return
            own = [
                (
                    edit.path,
                    edit.region,
                    base if same_bytes(held, shown) else np.where(changed(held, shown), held, base),
                )
                for edit, base, shown in zip(self._edits, self.base, self._shown or self.base, strict=True)
                if (held := self._held(edit, base)) is not None
            ]
            with transaction.uninterrupted():
                transaction.put_back(session.adapter, own)
                self._end()
                self._writer.tried(self.paths)

    def _restore(self) -> None:
        """Put the values from before back; also when a write has just failed."""
        bases = [
            (edit.path, edit.region, base)
            for edit, base in zip(self._edits, self.base, strict=True)
            if not self._is_replaced(edit, base)
        ]
        transaction.put_back(self._session.adapter, bases)
        self._shown = None
        self._end()

    def _end(self) -> None:
        self._active = False
        self._writer.ended(self)

    def _check_active(self) -> None:
        if not self._active:
            raise PreviewError("this preview has ended, so nothing was tried; start another one")

    def _check_untouched(self, force: bool, step: str) -> None:
        for edit, base, shown in zip(self._edits, self.base, self._shown or self.base, strict=True):
            held = self._held(edit, base)
            if held is None and not (force and step == "revert"):
                raise OutsideChangeError(
                    f"{edit.path} is gone or has another shape or element type since the preview began, so its part cannot "
                    "be put back",
                    "revert(force=True) leaves it out and does the rest",
                )
            if held is not None and not force and not same_bytes(held, shown):
                what = {"apply": "going on", "commit": "keeping it", "revert": "taking it back"}[step]
                raise OutsideChangeError(
                    f"{edit.path} was written by something else during the preview (training, or another cell); {what} "
                    f"would {'mix the two' if step == 'commit' else 'overwrite that'}",
                    f"{step}(force=True) does it all the same",
                )

    def _check_restored(self) -> None:
        for edit, base in zip(self._edits, self.base, strict=True):
            held = self._held(edit, base)
            if held is not None and not same_bytes(held, base):
                raise WriteFailedError(
                    f"the framework did not take back what {edit.path} held before the preview; it holds what was tried, "
                    "so set it by hand"
                )

    def _held(self, edit: Edit, base: np.ndarray) -> np.ndarray | None:
        """What the model holds there now; None if the tensor is gone, or has another shape or element type."""
        try:
            held = self._session.adapter.read(edit.path, edit.region)
        except (PathError, RegionError, NoValuesError):
            return None
        return held if held.dtype == base.dtype else None

    def _is_replaced(self, edit: Edit, base: np.ndarray) -> bool:
        try:
            return self._held(edit, base) is None
        except Exception:  # the framework has just failed: what can be put back is found out by trying
            return False

    def __enter__(self) -> Preview:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Bring the bytes back. What something else wrote there since stays, and is said if nothing else went wrong."""
        try:
            self._leave(kind is None)
        except KeyboardInterrupt:  # it came just before they were held back
            self._leave(False)
            raise

    def _leave(self, well: bool) -> None:
        with transaction.uninterrupted():  # an interrupt while the lock is waited for must not leave the values there
            try:
                self.revert()
            except OutsideChangeError as error:
                self.abandon()
                if well:
                    raise OutsideChangeError(
                        f"{error.sentence}; what it wrote was left, the rest was taken back"
                    ) from None
