"""A rectangular selection of an n-d tensor, written as NumPy writes it: `[0:16, :, 3]`.

Pure. A region always has as many spans as the tensor has axes, so that adapters see slices only and values keep their
rank; `squeeze` drops the axes that were given as a single index. Text is strict (a stop beyond the end is an error that
names the axis); Python slices follow NumPy (a stop beyond the end is cut).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from types import EllipsisType
from typing import TypeAlias

import numpy as np
from msgspec import Struct

from paramwidget.errors import RegionError

Index: TypeAlias = "int | slice | EllipsisType | np.integer | tuple[int | slice | EllipsisType | np.integer, ...]"

_SLICE = re.compile(r"\s*([+-]?\d+)?\s*(?::\s*([+-]?\d+)?\s*(?::\s*([+-]?\d+)?\s*)?)?$")
_MAX_TEXT = 1000

CHUNK = 2**24
"""Bytes that are read at a time when a whole tensor is gone through."""


class Span(Struct, frozen=True):
    """Positions `start, start+step, …` below `stop` on one axis."""

    start: int
    """The first position, from 0."""
    stop: int
    """Where it ends; not a position itself."""
    step: int = 1
    """From one position to the next; positive."""
    single: bool = False
    """Whether it was given as one index, so that NumPy would drop the axis."""

    def __len__(self) -> int:
        return len(range(self.start, self.stop, self.step))

    @property
    def slice(self) -> slice:
        """The same as a Python slice."""
        return slice(self.start, self.stop, self.step)


class Region(Struct, frozen=True):
    """One span for each axis of a tensor of the given `shape`."""

    spans: tuple[Span, ...]
    """One for each axis, first axis first."""
    shape: tuple[int, ...]
    """Of the whole tensor."""

    @classmethod
    def full(cls, shape: Sequence[int]) -> Region:
        """The whole tensor."""
        return cls(tuple(Span(0, n) for n in shape), tuple(shape))

    @classmethod
    def of(cls, index: Index, shape: Sequence[int]) -> Region:
        """The region that `array[index]` selects: integers, slices with positive steps, and one `...`.

        Raises
        ------
        RegionError
            Too many axes, an index out of bounds, or something that is not an integer or a slice.
        """
        shape = tuple(shape)
        parts = list(index) if isinstance(index, tuple) else [index]
        if sum(part is Ellipsis for part in parts) > 1:
            raise RegionError("a slice can hold '...' only once; write ':' for the other axes")
        if Ellipsis in [part for part in parts if part is Ellipsis]:
            at = next(i for i, part in enumerate(parts) if part is Ellipsis)
            parts[at : at + 1] = [slice(None)] * max(0, len(shape) - len(parts) + 1)
        if len(parts) > len(shape):
            raise RegionError(f"the slice names {len(parts)} axes but the tensor has {len(shape)}")
        parts += [slice(None)] * (len(shape) - len(parts))
        return cls(tuple(_span(part, n, axis) for axis, (part, n) in enumerate(zip(parts, shape, strict=True))), shape)

    @classmethod
    def parse(cls, text: str, shape: Sequence[int]) -> Region:
        """The region written as `[0:16, :, 3]`; the brackets may be left out.

        Raises
        ------
        RegionError
            The text is not a slice, names too many axes, runs past the end of an axis, or selects nothing.
        """
        if len(text) > _MAX_TEXT:
            raise RegionError(f"the slice is longer than {_MAX_TEXT} characters")
        inner = text.strip()
        if inner.startswith("[") != inner.endswith("]"):
            raise RegionError(f"'{_short(text)}' has only one of its two brackets")
        inner = inner.removeprefix("[").removesuffix("]").strip()
        words = [word.strip() for word in inner.split(",")] if inner else []
        if words and words[-1] == "":
            words.pop()  # a trailing comma, as in `[3,]`
        region = cls.of(tuple(_parse_axis(word, text) for word in words), shape)
        _check_text(words, region)
        return region

    @property
    def extent(self) -> tuple[int, ...]:
        """Shape of the selected values, with the rank of the tensor."""
        return tuple(len(span) for span in self.spans)

    @property
    def size(self) -> int:
        """Number of selected cells."""
        return math.prod(self.extent)

    @property
    def slices(self) -> tuple[slice, ...]:
        """The index for NumPy, torch and TensorFlow; it keeps the rank."""
        return tuple(span.slice for span in self.spans)

    @property
    def is_full(self) -> bool:
        """Whether all cells of the tensor are selected."""
        return self.extent == self.shape

    @property
    def squeezed(self) -> tuple[int, ...]:
        """Shape of the selected values as NumPy would give it: without the axes given as a single index."""
        return tuple(len(span) for span in self.spans if not span.single)

    def chunks(self, itemsize: int, budget: int) -> Iterator[Region]:
        """Split into regions of at most `budget` bytes (at least one cell), in C order."""
        if self.size * itemsize <= budget or self.size <= 1:
            if self.size:
                yield self
            return
        # cut the first axis that is longer than one; what follows it is contiguous in a C-ordered tensor
        axis = next(i for i, n in enumerate(self.extent) if n > 1)
        span = self.spans[axis]
        row = self.size // len(span) * itemsize
        take = max(1, budget // row)
        for first in range(0, len(span), take):
            start = span.start + first * span.step
            stop = min(span.stop, span.start + (first + take) * span.step)
            part = Span(start, stop, span.step)
            yield from Region((*self.spans[:axis], part, *self.spans[axis + 1 :]), self.shape).chunks(itemsize, budget)

    def __str__(self) -> str:
        return "[" + ", ".join(_text(span, n) for span, n in zip(self.spans, self.shape, strict=True)) + "]"


def _text(span: Span, n: int) -> str:
    if span.single:
        return str(span.start)
    step = f":{span.step}" if span.step != 1 else ""
    start = str(span.start) if span.start else ""
    stop = str(span.stop) if span.stop < n else ""
    return f"{start}:{stop}{step}"


def _span(part: object, n: int, axis: int) -> Span:
    if isinstance(part, slice):
        try:
            start, stop, step = part.indices(n)
        except (TypeError, ValueError) as error:
            raise RegionError(f"axis {axis}: {error}") from None
        if step < 0:
            raise RegionError(f"axis {axis}: negative steps are not supported; take the slice forwards")
        return Span(start, max(start, stop), step)
    if isinstance(part, (bool, np.bool_)) or not isinstance(part, (int, np.integer)):
        raise RegionError(f"axis {axis} takes an integer or a slice, not {type(part).__name__}")
    at = int(part)
    if not -n <= at < n:
        raise RegionError(f"axis {axis} has {n} values, so {_short(str(at))} is out of range")
    at %= n
    return Span(at, at + 1, 1, single=True)


def _parse_axis(word: str, text: str) -> int | slice | EllipsisType:
    if word in ("...", "…"):
        return ...
    match = _SLICE.match(word)
    if match is None or word == "" or not word.isascii():
        raise RegionError(f"'{_short(word or text)}' is not a slice; write for example [0:16, :, 3]")
    numbers = [int(group) if group else None for group in match.groups()]
    if ":" not in word:
        return int(word)
    if numbers[2] == 0:
        raise RegionError("a slice step cannot be 0")
    return slice(*numbers)


def _check_text(words: list[str], region: Region) -> None:
    """Text is strict where Python slices are lenient: nothing is cut and nothing is empty by accident."""
    skipped = len(region.shape) - len([w for w in words if w not in ("...", "…")])
    axis = 0
    for word in words:
        if word in ("...", "…"):
            axis += skipped
            continue
        n, span = region.shape[axis], region.spans[axis]
        ends = [int(end) for end in word.split(":")[:2] if end.strip()]
        if any(end > n or end < -n for end in ends):
            raise RegionError(f"axis {axis} has {n} values, {_short(word)} is too long")
        if len(span) == 0 and n > 0:
            raise RegionError(f"axis {axis}: {_short(word)} selects nothing")
        axis += 1


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
