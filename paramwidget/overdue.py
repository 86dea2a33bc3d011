"""What is said of work only if it takes long, while the thread that works is busy with the user's own code.

Work that is repeated with every step of a slider must not blink. Not here: how far the work is (`progress`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_log = logging.getLogger("paramwidget")

NOTICED = 0.2
"""Seconds from which on somebody who looks on takes what is shown for the end of it."""


class Late:
    """Runs `call` on another thread once `NOTICED` has passed since `start`, and never after `end`."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._calling = threading.Lock()
        self._timer: threading.Timer | None = None

    def start(self) -> None:
        """Wait from now on, if it does not wait already."""
        if self._timer is None:
            self._timer = threading.Timer(NOTICED, self._run)
            self._timer.daemon = True
            self._timer.start()

    def end(self) -> None:
        """Wait no more; a call that has begun is over when this returns."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        with self._calling:  # what it tells comes before what is told of the end
            pass

    def _run(self) -> None:
        with self._calling:
            if threading.current_thread() is not self._timer:
                return  # it was ended, perhaps started again
            self._timer = None
            try:
                self._call()
            except Exception:  # the work goes on, and nobody waits for this
                _log.debug("it could not be told that something takes long", exc_info=True)


@contextmanager
def overdue(call: Callable[[], None], expected: float) -> Iterator[None]:
    """Run `call` on another thread if the block takes longer than `NOTICED`, and never once the block has ended.

    `expected` is how many seconds the block took the last time: if that was as long, `call` runs at once, and here.
    """
    if expected > NOTICED:
        call()
        yield
        return
    late = Late(call)
    late.start()
    try:
        yield
    finally:
        late.end()
