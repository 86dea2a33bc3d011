"""The user's own code on the main thread, which another thread may stop and the kernel's interrupt reaches.

Between cells Jupyter ignores interrupts, or hands them to whoever handles a message. While this code runs they are its own;
one that comes a moment too late must not hit what follows.
"""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stoppable:
    """At most one block of such code at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # who stops must not hit the moment after the end
        self._running = False
        self._in_main = False  # Python delivers signals to the main thread only
        self.asked = False
        """Whether the block that runs, or ran last, was stopped by `stop`, and not by the user's interrupt."""

    @contextmanager
    def block(self) -> Iterator[None]:
        """Code that may be stopped; KeyboardInterrupt leaves it then."""
        main = threading.current_thread() is threading.main_thread()
        handler = signal.getsignal(signal.SIGINT) if main else None
        late: list[int] = []

        def interrupt(number: int, frame: object) -> None:
            if self._running:
                raise KeyboardInterrupt
            if not self.asked:  # the user's: it is handed on
                late.append(number)

        with self._lock:
            self._running, self._in_main, self.asked = True, main, False
        try:
            if handler is not None:
                signal.signal(signal.SIGINT, interrupt)
            yield
        finally:
            try:
                self._running = False
            finally:  # even if it came just before this
                self._running = False
                with self._lock:  # whoever stops has done so by now
                    pass
                if self.asked:
                    time.sleep(0)  # a signal that is still on its way arrives now, and not at the next handler
                if handler is not None:
                    signal.signal(signal.SIGINT, handler)
                if late:
                    signal.raise_signal(signal.SIGINT)

    def stop(self) -> None:
        """Interrupt the block that runs, if one does; may be called on any thread."""
        with self._lock:
            if not (self._running and self._in_main):
                return
            self.asked = True
            if hasattr(signal, "pthread_kill"):  # a real signal, which also wakes a call that waits
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            else:
                _thread.interrupt_main()
