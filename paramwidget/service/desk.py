"""Where messages of pages arrive: each request is decoded, carried out where it may be, and answered exactly once.

Reads are answered at once, on any thread; writes wait for a safe point; what takes long has a thread of its own. The page
is not trusted: it may send anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from paramwidget import protocol as wire
from paramwidget.errors import ParamwidgetError
from paramwidget.service import Service
from paramwidget.service.errands import Errands
from paramwidget.service.exchange import Exchange

_log = logging.getLogger("paramwidget")

Send = Callable[[Any, list[bytes]], None]
"""Sends a message, made of dicts and lists, and its buffers to all pages."""


class Desk:
    """Answers for one editor. `settle` is called when an answer is on its way."""

    def __init__(self, service: Service, send: Send, tell: Callable[[wire.Event], None], settle: Callable[[], None]):
        self._service, self._send, self._settle = service, send, settle
        self._exchange = Exchange()
        self._open = True
        self._errands = Errands(service, self._reply, tell)
        service.stop, service.standing = self._errands.stop, self._exchange.standing

    def receive(self, content: Any, buffers: Any) -> None:
        """Take a message, which may be anything. Without a number nobody waits for an answer."""
        number = content.get("id") if isinstance(content, dict) else None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 2**53:
            return
        service = self._service
        try:
            envelope = service.decode(content)
        except ParamwidgetError as error:
            self._post(number, wire.Failure(error.code, error.sentence), [], service.session.revision)
            return
        try:
            kept = self._exchange.begin(number)
        except KeyError:  # it is on its way
            return
        if kept is not None:
            self._post(number, kept, [], service.session.revision)
        elif isinstance(envelope.request, wire.Waiting):
            parts = buffers if isinstance(buffers, (list, tuple)) else ()
            service.session.safe_point.run(lambda: self._write(envelope, parts))
        elif self._errands.wants(envelope.request):
            self._errands.run(envelope)
        else:
            revision = service.session.revision  # of before: while it is answered, a write may come in between
            self._reply(envelope, *service.answer(envelope.request), revision)
            if not isinstance(envelope.request, wire.Unasked):
                self._settle()

    def close(self) -> None:
        """End what is under way; what waits is not carried out any more."""
        self._open = False
        self._errands.close()

    def _write(self, envelope: wire.Envelope, parts: Sequence[Any]) -> None:
        service = self._service
        if not self._open:
            return
        with self._errands.writing(envelope.id):
            answer = service.answer(envelope.request, parts)
        self._reply(envelope, *answer, service.session.revision)
        self._settle()

    def _reply(self, envelope: wire.Envelope, reply: wire.Reply, buffers: list[bytes], revision: int) -> None:
        self._exchange.end(envelope.id, reply if envelope.request.once else None)
        self._post(envelope.id, reply, buffers, revision)

    def _post(self, number: int, reply: wire.Reply, buffers: list[bytes], revision: int) -> None:
        try:
            self._send(msgspec.to_builtins(wire.Answer(number, revision, reply)), buffers)
        except Exception as error:  # a name that cannot be sent, as half a character
            _log.exception("an answer could not be sent")
            text = f"the answer could not be sent to the page ({type(error).__name__}); look at the model from a cell"
            self._send(msgspec.to_builtins(wire.Answer(number, revision, wire.Failure("error", text))), [])
