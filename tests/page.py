"""What a page would send to a service or a widget, and what every reply to it must be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count
from typing import Any, get_args

import comm
import comm.base_comm
import msgspec

from paramwidget import ParamEditor, Session
from paramwidget import protocol as wire
from paramwidget.edits import Fill
from paramwidget.journal import digest
from paramwidget.service import Service

MIB = 2**20
REPLIES = get_args(wire.Reply)


def asked(service: Service, request: wire.Request, buffers: Sequence[Any] = ()) -> tuple[Any, list[bytes]]:
    """The reply and its buffers, once they were seen to be strict JSON and bytes, and not too large together."""
    reply, parts = service.answer(request, buffers)
    assert isinstance(reply, REPLIES)
    text = json.dumps(msgspec.to_builtins(reply), allow_nan=False)
    assert len(text) + sum(len(part) for part in parts) <= MIB
    assert all(type(part) is bytes for part in parts)
    return reply, parts


def ask(service: Service, request: wire.Request) -> Any:
    """The reply alone."""
    return asked(service, request)[0]


def refused(service: Service, request: wire.Request, code: str, *says: str, buffers: Sequence[Any] = ()) -> None:
    """The reply is a failure of this code, one sentence that says this; no byte and no entry of the history changed."""
    session = service.session
    before = contents(session), session.journal.position, len(session.journal.entries), session.previewing
    reply, parts = asked(service, request, buffers)
    assert isinstance(reply, wire.Failure), reply
    assert reply.code == code, reply
    for part in says:
        assert part in reply.text
    assert 0 < len(reply.text) < 600
    assert parts == []
    assert before == (contents(session), session.journal.position, len(session.journal.entries), session.previewing)


def fill(path: str, region: str, text: str) -> wire.Apply:
    """Set a slice of a tensor to a typed number."""
    return wire.Apply(wire.Target(path, region), Fill(text))


def contents(session: Session) -> dict[str, bytes]:
    """A checksum of every tensor."""
    return {p.path: digest(session.read(p.path)) for p in session.tree.walk() if p.readable}


class RecordingComm(comm.base_comm.BaseComm):
    """Stands for the page of a widget: keeps what is published."""

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
    ) -> None:
        self.__dict__.setdefault("published", []).append((msg_type, data, buffers or []))


def custom(editor: ParamEditor) -> list[tuple[dict[str, Any], list[bytes]]]:
    """The custom messages sent to the page so far, as they arrive."""
    messages = [(d["content"], b) for _, d, b in editor.comm.published if d and d.get("method") == "custom"]
    return [(json.loads(json.dumps(content, allow_nan=False)), buffers) for content, buffers in messages]


ids = count(1000)
"""For requests: each is carried out once."""


def send(editor: ParamEditor, request: wire.Request, number: int | None = None, buffers: Sequence[Any] = ()) -> int:
    """What the page sends; the id it gave."""
    number = next(ids) if number is None else number
    editor._on_message(editor, {"id": number, "request": msgspec.to_builtins(request)}, list(buffers))
    return number


def sent(editor: ParamEditor, request: wire.Request, buffers: Sequence[Any] = ()) -> dict[str, Any]:
    """The one reply to a request that is answered at once."""
    before = len(custom(editor))
    number = send(editor, request, None, buffers)
    replies = [content["reply"] for content, _ in custom(editor)[before:] if content.get("id") == number]
    assert len(replies) == 1
    reply: dict[str, Any] = replies[0]
    return reply


def probed(editor: ParamEditor) -> list[tuple[dict[str, Any], list[bytes]]]:
    """What the page was told about probes: each state with the buffers of its message."""
    events = [(content["event"], buffers) for content, buffers in custom(editor) if "event" in content]
    return [(item, buffers) for event, buffers in events if event["kind"] == "Probed" for item in event["items"]]
