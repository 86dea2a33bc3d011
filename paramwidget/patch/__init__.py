"""Edits as a file: the cells that differ from the model as it was opened, and the hash of what they apply to.

A patch applies only to tensors with the very values that it was made from, and its hash says which those are. Not here: how
the file is laid out and read (`archive`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

import numpy as np

from paramwidget import atomic
from paramwidget.edits import Assign, Edit
from paramwidget.errors import OutsideChangeError, ParamwidgetError, PatchRefusedError
from paramwidget.journal import Kept, changed, same_bytes
from paramwidget.patch.archive import Archive, Contents, PatchedTensor, pack, sha256
from paramwidget.region import Region
from paramwidget.states import EntryState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramwidget.journal import Change, Entry
    from paramwidget.session import Session

__all__ = ["SUFFIX", "Contents", "PatchedTensor", "apply", "load", "make", "save"]

SUFFIX = ".pwpatch"


def make(session: Session) -> tuple[bytes, Contents]:
    """What is done, as the bytes of a patch file. What is only tried out is left out.

    Raises
    ------
    PatchRefusedError
        Nothing is edited.
    OutsideChangeError
        Something else, such as training, wrote over an edit since.
    """
    tensors: list[PatchedTensor] = []
    parts: list[list[np.ndarray]] = []
    with session.lock:
        changes = _newest_first(session)
        start, now = EntryState(session, 0), EntryState(session, session.journal.position)
        for path in _edited(session):
            p = session.parameter(path)
            whole = Region.full(p.shape)
            before, after = start.read(path, whole), now.read(path, whole)
            _check_untouched(changes.get(p.tied or path, ()), after)
            if same_bytes(before, after):
                continue
            cells = np.flatnonzero(changed(before, after))  # and no others, also where fewer bytes would hold all
            positions: Literal["all", "uint32", "uint64"] = "uint32" if p.size <= 2**32 else "uint64"
            arrays = [after.reshape(-1)[cells], cells.astype(positions)]
            if cells.size == p.size:
                positions, arrays = "all", [after]
            tensors.append(
                PatchedTensor(path, list(p.shape), p.dtype, sha256(before), sha256(after), cells.size, positions)
            )
            parts.append(arrays)
        contents = Contents("paramwidget patch", 1, session.title, tensors)
    if not tensors:
        raise PatchRefusedError("nothing is edited, so there is nothing to save as a patch")
    return pack(contents, parts), contents


def save(session: Session, path: str | os.PathLike[str]) -> Contents:
    """Write a patch file: whole or not at all. Raises as `make` does, and:

    Raises
    ------
    ValueRefusedError
        `path` is none, its folder does not exist, it is a folder itself, or the file cannot be written.
    """
    target = atomic.target(path, f"model{SUFFIX}")
    data, contents = make(session)
    atomic.replace(target, data)
    return contents


def load(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a patch file.

    Raises
    ------
    ValueRefusedError
        `path` is none.
    PatchRefusedError
        There is no such file, or it cannot be read.
    """
    source = atomic.path_of(path)
    if not os.path.isfile(source):  # a Path raises for a name that is too long
        raise PatchRefusedError(f"there is no file '{source}'; give the path of a patch file")
    try:
        return source.read_bytes()
    except OSError as error:
        raise PatchRefusedError(f"'{source}' could not be read ({atomic.why(error)}); nothing was changed") from error


def apply(session: Session, data: bytes, force: bool = False) -> Entry | None:
    """Apply the bytes of a patch file as one entry of the history; None if the model holds all of it already.

    Raises
    ------
    PatchRefusedError
        The file is damaged, or a tensor is missing, has another shape or element type, or holds other values than those
        that the patch was made from; `force=True` lets the last of these pass. Nothing was changed.
    """
    with session.lock:
        if session.previewing is not None:
            session.previewing.revert()
        edits = []
        archive = Archive(data)
        for i, tensor in enumerate(archive.contents.tensors):
            current = _present(session, tensor)
            new = _patched(tensor, current, archive.cells(i), force)
            if new is not None:
                said = f"{tensor.count:,} cells from a patch"
                edits.append(Edit(tensor.path, Region.full(tuple(tensor.shape)), Assign(new, said=said)))
        return session.apply(edits, "apply patch") if edits else None


def _present(session: Session, tensor: PatchedTensor) -> np.ndarray:
    """A copy of what the model holds in a tensor of the patch, which must have the same shape and element type."""
    try:
        p = session.parameter(tensor.path)
        current = np.array(session.view(tensor.path, Region.full(p.shape)))
    except ParamwidgetError as error:
        raise PatchRefusedError(f"the patch does not fit this model: {error.sentence}; nothing was changed") from None
    if list(p.shape) != tensor.shape or p.dtype != tensor.dtype:
        raise PatchRefusedError(
            f"the patch was made for {tensor.path} with shape {tuple(tensor.shape)} and {tensor.dtype}, but here it has "
            f"{p.shape} and {p.dtype}; nothing was changed"
        )
    return current


def _patched(tensor: PatchedTensor, current: np.ndarray, kept: Kept, force: bool) -> np.ndarray | None:
    """The values of a tensor with the patch applied, None if it holds them already."""
    sha = sha256(current)
    if sha == tensor.result:
        return None
    if sha != tensor.base and not force:
        raise PatchRefusedError(
            f"{tensor.path} holds other values than those that the patch was made from, so it was made for another model "
            "or another state of this one; nothing was changed",
            "apply_patch(..., force=True) sets the changed cells all the same",
        )
    new = kept.over(current).reshape(current.shape)
    if sha == tensor.base and sha256(new) != tensor.result:
        raise PatchRefusedError(
            f"the patch gives {tensor.path} other values than it says, so the file is damaged; nothing was changed"
        )
    return new


def _newest_first(session: Session) -> dict[str, list[Change]]:
    """What was written and not undone, by storage."""
    found: dict[str, list[Change]] = {}
    for entry in reversed(session.journal.done):
        for change in (each for each in reversed(entry.changes) if each.done):  # a tensor may have been gone
            found.setdefault(session.parameter(change.path).tied or change.path, []).append(change)
    return found


def _check_untouched(changes: Sequence[Change], after: np.ndarray) -> None:
    """Whether a tensor still holds its edits, newest first, as far as no later edit lies over them."""
    values, covered = np.array(after), np.zeros(after.shape, bool)
    whole = Region.full(after.shape)
    for change in changes:
        own, cells = change.region, change.region.slices
        seen = bool(change.held.part(covered[cells]).all())
        if not seen and not change.is_expected(values[cells]):
            raise OutsideChangeError(
                f"{change.path} was written by something else (training, or another cell) after it was edited, so the edit "
                "and that cannot be told apart; make the edit again, and save the patch then"
            )
        change.held.lay(own, values, whole)
        change.held.marked().lay(own, covered, whole)


def _edited(session: Session) -> list[str]:
    """The edited tensors in the order of the tree, each storage once."""
    edited, seen, found = session.journal.edited(), set(), []
    for p in session.known.walk():
        whole = p.tied or p.path
        if p.path in edited and whole not in seen:
            seen.add(whole)
            found.append(p.path)
    return found
