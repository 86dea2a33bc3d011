"""What the fields of messages are made of: limits, short texts, numbers as JSON can carry them."""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

VERSION = 2

MAX_TEXT = 400
MAX_PASTE_CELLS = 100_000
MAX_PATHS = 400

Path: TypeAlias = Annotated[str, Meta(max_length=4000)]
Text: TypeAlias = Annotated[str, Meta(max_length=MAX_TEXT)]
RegionText: TypeAlias = Annotated[str, Meta(max_length=1000)]
Query: TypeAlias = Annotated[str, Meta(max_length=4000)]
Formula: TypeAlias = Annotated[str, Meta(max_length=1000)]
Label: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
Owner: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]
EntryNumber: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]
Pixels: TypeAlias = Annotated[int, Meta(ge=1, le=4096)]
Number: TypeAlias = float | Literal["NaN", "Infinity", "-Infinity"]


def number(value: float) -> Number:
    """A float as JSON can carry it."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


class Message(Struct, frozen=True, tag_field="kind", tag=True):
    """Base of everything that is told apart by its `kind`."""
