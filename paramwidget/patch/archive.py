"""The patch file: a zip archive that lists tensors, and holds the cells of each as bytes.

`patch.json` is the list; `values/<i>` and `positions/<i>` (flat, C order; absent where all cells are held) are of its i-th
tensor, little-endian. What a file says of itself is checked before anything is unpacked, and nothing in it is executed. Not
here: what a patch fits (`patch`).
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta, Struct

from paramwidget import dtypes
from paramwidget.errors import PatchRefusedError
from paramwidget.journal import Kept

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
    """One tensor of a patch."""

    path: Annotated[str, Meta(max_length=4000)]
    """Path of the tensor."""
    shape: Annotated[list[Annotated[int, Meta(ge=0)]], Meta(max_length=64)]
    """Its shape."""
    dtype: str
    """Its element type, as NumPy or ml_dtypes names it."""
    base: Annotated[str, Meta(min_length=64, max_length=64)]
    """SHA-256 of all its bytes before, as 64 hexadecimal digits."""
    result: Annotated[str, Meta(min_length=64, max_length=64)]
    """SHA-256 of all its bytes after."""
    count: Annotated[int, Meta(ge=0)]
    """Number of cells that the file holds."""
    positions: Literal["all", "uint32", "uint64"]
    """Type of the flat positions of the cells; `all` if all cells are held."""


class Contents(Struct, frozen=True):
    """What a patch file lists."""

    format: Literal["paramwidget patch"]
    """Says that it is a patch."""
    version: Literal[1]
    """Of the layout."""
    title: str
    """Name of the model."""
    tensors: list[PatchedTensor]
    """Those that differ."""

    @property
    def count(self) -> int:
        """Number of cells."""
        return sum(tensor.count for tensor in self.tensors)


def pack(contents: Contents, parts: Sequence[Sequence[np.ndarray]]) -> bytes:
    """The bytes of a patch file; `parts` are the values of each tensor and, if not all cells are held, their positions."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, _NAME, msgspec.json.format(msgspec.json.encode(contents)))
        for i, arrays in enumerate(parts):
            for name, array in zip(("values", "positions"), arrays, strict=False):
                _put(archive, f"{name}/{i}", _bytes(array))
    return file.getvalue()


class Archive:
    """A patch file for reading.

    Raises
    ------
    PatchRefusedError
        It is none, or a damaged one.
    """

    def __init__(self, data: bytes) -> None:
        with _refused():
            self._file = zipfile.ZipFile(io.BytesIO(data))
            self.contents = msgspec.json.decode(_take(self._file, _NAME, None), type=Contents)
            """The list of its tensors, which fits its members."""
            _check_members(self._file, self.contents)

    def cells(self, i: int) -> Kept:
        """The cells of the i-th tensor of the list.

        As many bytes are unpacked as the list says: to be asked when the model's tensor was seen to have that shape.

        Raises
        ------
        PatchRefusedError
            They are damaged.
        """
        with _refused():
            return _kept(self._file, i, self.contents.tensors[i])


@contextmanager
def _refused() -> Iterator[None]:
    """Say in a sentence that a file is damaged."""
    try:
        yield
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


def sha256(values: np.ndarray) -> str:
    """SHA-256 of all bytes of a tensor."""
    return hashlib.sha256(_bytes(values)).hexdigest()


def _bytes(values: np.ndarray) -> bytes:
    return np.ascontiguousarray(values).tobytes()
