"""Requests that take long: how far they are is told, and the page can stop them.

Those that only read are answered on threads of their own, so that the page goes on. A write has to be where it is; it can
be stopped until it begins to write.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from paramwidget import progress
from paramwidget import protocol as wire
from paramwidget.errors import StoppedError
from paramwidget.service import Service

_MOST, _MOST_READS = 8, 200
"""Of those that take long, and of all, at a time: a page is not trusted to wait."""
_QUIET, _APART = 0.3, 0.15
"""Seconds until progress is told for the first time, and between two times."""

Reply = Callable[[wire.Envelope, wire.Reply, list[bytes], int], None]


class Errands:
    """Runs requests. `reply` sends the answer and the revision it is of, `tell` an event; both are called on any thread."""

    def __init__(self, service: Service, reply: Reply, tell: Callable[[wire.Event], None]) -> None:
        self._service, self._reply, self._tell = service, reply, tell
        self._running: dict[int, threading.Event] = {}
        self._long: set[int] = set()
        self._writing = False

    def wants(self, request: wire.Request) -> bool:
        """Whether to answer a request here: it takes long, or would wait for a write that does, and "stop" behind it."""
        return isinstance(request, wire.Search) or (self._writing and not isinstance(request, wire.Free))

    def run(self, envelope: wire.Envelope) -> None:
        """Answer a request in its own time."""
        long = isinstance(envelope.request, wire.Search)
        if len(self._running) >= _MOST_READS or (long and len(self._long) >= _MOST):
            refused = wire.Failure("busy", "too much is asked for at a time; wait until some of it has ended")
            self._reply(envelope, refused, [], self._service.session.revision)
            return
        if long:
            self._long.add(envelope.id)
        stop = threading.Event()
        self._running[envelope.id] = stop  # from now on it can be stopped
        name = f"paramwidget-{type(envelope.request).__name__}"
        threading.Thread(target=self._work, args=(envelope, stop), name=name, daemon=True).start()

    @contextmanager
    def watched(self, number: int, stop: threading.Event, before: int | None = None) -> Iterator[None]:
        """Tell the page how far the request of this number is, and let it be stopped while nothing is changed by it.

        `before` is the revision that a write begins at; without it the request only reads, whatever is written meanwhile.
        """
        self._running[number] = stop
        due = time.monotonic() + _QUIET

        def told(share: float) -> None:
            nonlocal due
            if stop.is_set() and before in (None, self._service.session.revision):
                raise StoppedError("this was stopped before its end; nothing was changed")
            if time.monotonic() >= due:
                due = time.monotonic() + _APART
                self._tell(wire.Progressed(number, round(share, 3)))

        try:
            with progress.watched(told):
                yield
        finally:
            self._running.pop(number, None)

    def stop(self, numbers: Iterable[int]) -> None:
        """End requests, which then answer that they were stopped; those that are not running are no concern."""
        for number in numbers:
            stop = self._running.get(number)
            if stop is not None:
                stop.set()

    def close(self) -> None:
        """End all."""
        self.stop(list(self._running))

    @contextmanager
    def writing(self, number: int) -> Iterator[None]:
        """As `watched`, for a write, which may hold the session's lock for long."""
        self._writing = True
        try:
            with self.watched(number, threading.Event(), self._service.session.revision):
                yield
        finally:
            self._writing = False

    def _work(self, envelope: wire.Envelope, stop: threading.Event) -> None:
        revision = self._service.session.revision
        try:
            with self.watched(envelope.id, stop):
                answer = self._service.answer(envelope.request)
        finally:
            self._long.discard(envelope.id)
        self._reply(envelope, *answer, revision)
