"""Requests that go through a whole model, on threads of their own: how far they are is told, and the page can stop them.

The thread that delivers messages stays free, so that the page goes on, and "stop" arrives.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from paramwidget import progress
from paramwidget import protocol as wire
from paramwidget.errors import StoppedError
from paramwidget.service import Service

LONG = (wire.Compare, wire.Examine, wire.Find)
"""They only read, so they need no safe point."""

_MOST = 8
"""At a time: a page is not trusted to wait."""
_QUIET, _APART = 0.3, 0.15
"""Seconds until progress is told for the first time, and between two times."""

Reply = Callable[[int, wire.Reply, list[bytes]], None]


class Errands:
    """Runs requests of `LONG`. `reply` sends the answer, `tell` an event; both are called on any thread."""

    def __init__(self, service: Service, reply: Reply, tell: Callable[[wire.Event], None]) -> None:
        self._service, self._reply, self._tell = service, reply, tell
        self._running: dict[int, threading.Event] = {}

    def run(self, envelope: wire.Envelope) -> None:
        """Answer a request in its own time."""
        if len(self._running) >= _MOST:
            self._reply(
                envelope.id, wire.Failure("busy", f"{_MOST} searches are running; wait until one has ended"), []
            )
            return
        stop = self._running[envelope.id] = threading.Event()
        name = f"paramwidget-{type(envelope.request).__name__}"
        threading.Thread(target=self._work, args=(envelope, stop), name=name, daemon=True).start()

    def stop(self, numbers: Iterable[int]) -> None:
        """End requests, which then answer that they were stopped; those that are not running are no concern."""
        for number in numbers:
            stop = self._running.get(number)
            if stop is not None:
                stop.set()

    def close(self) -> None:
        """End all."""
        self.stop(list(self._running))

    def _work(self, envelope: wire.Envelope, stop: threading.Event) -> None:
        number = envelope.id
        due = time.monotonic() + _QUIET

        def told(share: float) -> None:
            nonlocal due
            if stop.is_set():
                raise StoppedError("this was stopped before its end; nothing was changed")
            if time.monotonic() >= due:
                due = time.monotonic() + _APART
                self._tell(wire.Progressed(number, round(share, 3)))

        try:
            with progress.watched(told):
                answer = self._service.answer(envelope.request)
        finally:
            self._running.pop(number, None)
        self._reply(number, *answer)
