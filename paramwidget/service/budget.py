"""How much one message takes. Of a long list the beginning is sent; what cannot be cut is refused, with another way.

Jupyter's server drops messages of a kernel that sends more than a few megabytes at once, and with them the reply.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

WHOLE = 1_000_000
"""Bytes of one message with its buffers, but for what goes around it."""

T = TypeVar("T")


def fitting(items: Iterable[T], budget: int = WHOLE // 2) -> list[T]:
    """The first items, as many as take up at most `budget` bytes; at least one, if there is one."""
    kept: list[T] = []
    used = 0
    for item in items:
        used += weight(item)
        if kept and used > budget:
            break
        kept.append(item)
    return kept


def weight(message: object) -> int:
    """Bytes of a message without its buffers."""
    return len(msgspec.json.encode(message)) + 2
