"""Edits as a file: the cells that differ from the model as it was opened, and the hash of what they apply to.

A patch is a zip archive: `patch.json`, which lists the tensors, and for each the positions (flat, C order; absent where all
cells are held) and the values, as little-endian bytes. Nothing in it is executed. It applies only to tensors with the very
values that it was made from, and its hash says which those are.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta, Struct

from paramwidget import atomic, dtypes
from paramwidget.edits import Assign, Edit
from paramwidget.errors import OutsideChangeError, ParamwidgetError, PatchRefusedError
from paramwidget.journal import Kept, changed, same_bytes
from paramwidget.region import Region
from paramwidget.states import EntryState

if TYPE_CHECKING:
    from paramwidget.journal import Entry
    from paramwidget.session import Session

SUFFIX = ".pwpatch"
_MAX_LIST = 2**26
_NAME = "patch.json"
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    LookupError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
)
"""What unpacking raises on files that are no patches."""
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same edits give the same file


class PatchedTensor(Struct, frozen=True):
    """One tensor of a patch: `base` and `result` are SHA-256 of all its bytes before and after."""

    path: Annotated[str, Meta(max_length=4000)]
    shape: Annotated[list[Annotated[int, Meta(ge=0)]], Meta(max_length=64)]
    dtype: str
    base: Annotated[str, Meta(min_length=64, max_length=64)]
    result: Annotated[str, Meta(min_length=64, max_length=64)]
    count: Annotated[int, Meta(ge=0)]
    positions: Literal["all", "uint32", "uint64"]


class Contents(Struct, frozen=True):
    """What a patch file lists."""

    format: Literal["paramwidget patch"]
    version: Literal[1]
    title: str
    tensors: list[PatchedTensor]

    @property
    def count(self) -> int:
        """Number of cells."""
        return sum(tensor.count for tensor in self.tensors)


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
        _check_untouched(session)
        start, now = EntryState(session, 0), EntryState(session, session.journal.position)
        for path in _edited(session):
            p = session.parameter(path)
            whole = Region.full(p.shape)
            before, after = start.read(path, whole), now.read(path, whole)
            if same_bytes(before, after):
                continue
            cells = np.flatnonzero(changed(before, after))  # and no others, also where fewer bytes would hold all
            positions: Literal["all", "uint32", "uint64"] = "uint32" if p.size <= 2**32 else "uint64"
            arrays = [after.reshape(-1)[cells], cells.astype(positions)]
            if cells.size == p.size:
                positions, arrays = "all", [after]
            tensors.append(
                PatchedTensor(path, list(p.shape), p.dtype, _sha(before), _sha(after), cells.size, positions)
            )
            parts.append(arrays)
        contents = Contents("paramwidget patch", 1, session.title, tensors)
    if not tensors:
        raise PatchRefusedError("nothing is edited, so there is nothing to save as a patch")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, _NAME, msgspec.json.format(msgspec.json.encode(contents)))
        for i, arrays in enumerate(parts):
            for name, array in zip(("values", "positions"), arrays, strict=False):
                _put(archive, f"{name}/{i}", _bytes(array))
    return file.getvalue(), contents


def save(session: Session, path: str | os.PathLike[str]) -> Contents:
    """Write a patch file: whole or not at all. Raises as `make` does, and OSError."""
    data, contents = make(session)
    atomic.replace(path, data)
    return contents


def load(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a patch file.

    Raises
    ------
    PatchRefusedError
        It is not a file.
    """
    if not Path(path).is_file():
        raise PatchRefusedError(f"there is no file {os.fspath(path)}")
    return Path(path).read_bytes()


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
        for tensor, current, kept in _read(session, data):
            new = _patched(tensor, current, kept, force)
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
    sha = _sha(current)
    if sha == tensor.result:
        return None
    if sha != tensor.base and not force:
        raise PatchRefusedError(
            f"{tensor.path} holds other values than those that the patch was made from, so it was made for another model "
            "or another state of this one; nothing was changed",
            "apply_patch(..., force=True) sets the changed cells all the same",
        )
    new = kept.over(current).reshape(current.shape)
    if sha == tensor.base and _sha(new) != tensor.result:
        raise PatchRefusedError(
            f"the patch gives {tensor.path} other values than it says, so the file is damaged; nothing was changed"
        )
    return new


def _read(session: Session, data: bytes) -> Iterator[tuple[PatchedTensor, np.ndarray, Kept]]:
    """The tensors of a patch, what the model holds in them, and the cells; unpacks nothing larger than the tensor here."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            contents = msgspec.json.decode(_take(archive, _NAME, None), type=Contents)
            _check_members(archive, contents)
            for i, tensor in enumerate(contents.tensors):
                current = _present(session, tensor)
                yield tensor, current, _kept(archive, i, tensor)
    except PatchRefusedError:
        raise
    except _DAMAGE as error:
        raise PatchRefusedError(f"this is no patch file, or a damaged one ({error}); nothing was changed") from None


def _check_members(archive: zipfile.ZipFile, contents: Contents) -> None:
    expected = [_NAME]
    for i, tensor in enumerate(contents.tensors):
        expected += [f"values/{i}"] + ([f"positions/{i}"] if tensor.positions != "all" else [])
    if sorted(archive.namelist()) != sorted(expected):
        raise ValueError("its list and its contents differ")
    if len({tensor.path for tensor in contents.tensors}) < len(contents.tensors):
        raise ValueError("it lists a tensor twice")


def _kept(archive: zipfile.ZipFile, i: int, tensor: PatchedTensor) -> Kept:
    size = int(np.prod(tensor.shape, dtype=object)) if tensor.shape else 1
    if tensor.count > size or (tensor.positions == "all" and tensor.count != size):
        raise ValueError(f"{tensor.path} has {size} values, not {tensor.count}")
    dtype = dtypes.numpy_dtype(tensor.dtype)
    values = np.frombuffer(_take(archive, f"values/{i}", tensor.count * dtype.itemsize), np.uint8).view(dtype)
    if tensor.positions == "all":
        return Kept(values.reshape(tensor.shape))
    kind = np.dtype(tensor.positions)
    positions = np.frombuffer(_take(archive, f"positions/{i}", tensor.count * kind.itemsize), kind)
    if positions.size and (int(positions.max()) >= size or (np.diff(positions.astype(np.int64)) <= 0).any()):
        raise ValueError(f"the positions in {tensor.path} are not in order or lie outside of it")
    return Kept(values, positions)


def _take(archive: zipfile.ZipFile, name: str, size: int | None) -> bytes:
    """A member of exactly this size; what it says of itself is checked before anything is unpacked."""
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        raise ValueError(f"{name} is packed in another way")
    if (info.file_size != size) if size is not None else (info.file_size > _MAX_LIST):
        raise ValueError(f"{name} has {info.file_size} bytes")
    with archive.open(info) as member:
        data = member.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise ValueError(f"{name} is not as long as it says")
    return data


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def _check_untouched(session: Session) -> None:
    """Whether the model still holds its edits, as far as no later edit lies over them."""
    if session.previewing is not None:
        return  # it was made on top of them, and is not part of the patch
    changes = [change for entry in session.journal.done for change in entry.changes]
    last = {session.parameter(change.path).tied or change.path: change for change in changes}  # one of each storage
    for change in last.values():
        if not change.is_expected(session.view(change.path, change.region)):
            raise OutsideChangeError(
                f"{change.path} was written by something else (training, or another cell) after it was edited, so the edit "
                "and that cannot be told apart; make the edit again, and save the patch then"
            )


def _edited(session: Session) -> list[str]:
    """The edited tensors in the order of the tree, each storage once."""
    edited, seen, found = session.journal.edited(), set(), []
    for p in session.known.walk():
        whole = p.tied or p.path
        if p.path in edited and whole not in seen:
            seen.add(whole)
            found.append(p.path)
    return found


def _sha(values: np.ndarray) -> str:
    return hashlib.sha256(_bytes(values)).hexdigest()


def _bytes(values: np.ndarray) -> bytes:
    return np.ascontiguousarray(values).tobytes()
