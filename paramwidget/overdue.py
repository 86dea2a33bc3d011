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


@contextmanager
def overdue(call: Callable[[], None], expected: float) -> Iterator[None]:
    """Run `call` on another thread if the block takes longer than `NOTICED`, and never once the block has ended.

    `expected` is how many seconds the block took the last time: if that was as long, `call` runs at once, and here.
    """
    if expected > NOTICED:
        call()
        yield
        return
    calling = threading.Lock()

    def late() -> None:
        with calling:
            if not timer.finished.is_set():
                try:
                    call()
                except Exception:  # the work goes on, and nobody waits for this
                    _log.debug("it could not be told that something takes long", exc_info=True)

    timer = threading.Timer(NOTICED, late)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with calling:  # what it tells comes before what is told of the end
            pass
