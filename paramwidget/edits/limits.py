"""What a page may send in an operation: types with the limits that msgspec checks when it decodes a message.

Scripts are not limited by them; what does not fit a tensor is refused when an operation is applied.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from paramwidget.errors import ValueRefusedError

_SEEDS = 2**32

Axis: TypeAlias = Annotated[int, Meta(ge=-64, le=63)]
"""NumPy has no more axes than these."""
Index: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]
"""A position along an axis."""
Seed: TypeAlias = Annotated[int, Meta(ge=0, le=_SEEDS - 1)]
"""What all frameworks take as the beginning of random numbers."""
Typed: TypeAlias = Annotated[str, Meta(max_length=400)]
"""One value, as a person types it."""
Formula: TypeAlias = Annotated[str, Meta(max_length=1000)]
Slice: TypeAlias = Annotated[str, Meta(max_length=1000)]
"""A region, as `region.parse` reads it."""
Path: TypeAlias = Annotated[str, Meta(max_length=4096)]
Name: TypeAlias = Annotated[str, Meta(max_length=200)]
"""Of an initialiser, an option, a snapshot."""
Options: TypeAlias = Annotated[dict[Name, float], Meta(max_length=16)]
Order: TypeAlias = Annotated[list[Index], Meta(max_length=100_000)]


def checked_seed(seed: int) -> int:
    """The seed of a script.

    Raises
    ------
    ValueRefusedError
        It is not a whole number from 0 to 2**32 - 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < _SEEDS:
        raise ValueRefusedError(f"the seed must be a whole number from 0 to {_SEEDS - 1}, not {str(seed)[:40]}")
    return seed
