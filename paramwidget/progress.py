"""How far long work is: bytes that were looked at, of those that will be. Who watches can stop it by raising.

Ambient, so that no signature has to carry it, and nothing but a look-up for each chunk where nobody watches. Not here:
threads, and anything that is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Progress:
    """What is done of one piece of work. `told` gets the share, 0 to 1, after each step."""

    def __init__(self, told: Callable[[float], None]) -> None:
        self._told = told
        self._expected = self._done = 0

    def expect(self, size: int) -> None:
        """More to do."""
        self._expected += size

    def advance(self, size: int) -> None:
        """A part is done."""
        self._done += size
        self._told(min(1.0, self._done / self._expected) if self._expected else 0.0)


_current: ContextVar[Progress | None] = ContextVar("progress", default=None)


@contextmanager
def watched(told: Callable[[float], None]) -> Iterator[None]:
    """Have `told` called with the share that is done; what it raises ends the work, like an interrupt."""
    token = _current.set(Progress(told))
    try:
        yield
    finally:
        _current.reset(token)


def expect(size: int) -> None:
    """So many bytes are going to be looked at."""
    progress = _current.get()
    if progress is not None:
        progress.expect(size)


def advance(size: int) -> None:
    """So many bytes were looked at."""
    progress = _current.get()
    if progress is not None:
        progress.advance(size)
