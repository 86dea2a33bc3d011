"""Messages of pages: answered exactly once, whatever they are, and carried out once, whatever the line does."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import msgspec
import numpy as np
import pytest

from paramwidget import Session
from paramwidget import protocol as wire
from paramwidget.edits import Add, Fill
from paramwidget.service import Service
from paramwidget.service.desk import Desk
from paramwidget.service.exchange import Exchange


class Page:
    """A desk and what it sends."""

    def __init__(self) -> None:
        self.arrays = {"a": np.zeros(4), "b": np.zeros(3)}
        self.session = Session(self.arrays)
        self.service = Service(self.session)
        self.messages: list[dict[str, Any]] = []
        self.settled = 0
        self.desk = Desk(self.service, self._send, lambda event: None, self._settle)

    def _send(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        msgspec.json.encode(message)  # as the host packs it
        self.messages.append(message)

    def _settle(self) -> None:
        self.settled += 1

    def send(self, number: int, request: wire.Request) -> list[dict[str, Any]]:
        """What is answered at once."""
        before = len(self.messages)
        self.desk.receive({"id": number, "request": msgspec.to_builtins(request)}, [])
        return [message["reply"] for message in self.messages[before:]]


ADD = wire.Apply(wire.Target("a"), Add(1.0))


def test_a_write_that_comes_twice_is_done_once_and_answered_twice() -> None:
    page = Page()
    first = page.send(7, ADD)
    assert page.send(7, ADD) == first
    assert first[0]["kind"] == "Done"
    assert page.arrays["a"].tolist() == [1, 1, 1, 1]


def test_a_write_that_waits_is_not_queued_again_however_much_is_asked_meanwhile() -> None:
    page: list[Page] = []

    async def kernel() -> None:
        page.append(Page())
        one = page[0]

        def ask() -> None:
            one.send(1, ADD)
            for number in range(2, 5000):
                one.send(number, wire.CheckHeard([1]))
            one.send(1, ADD)

        asking = threading.Thread(target=ask)
        asking.start()
        asking.join()
        assert one.messages[-1]["reply"] == {"kind": "Unheard", "ids": [], "answered": []}
        await asyncio.sleep(0.01)

    asyncio.run(kernel())
    assert page[0].arrays["a"].tolist() == [1, 1, 1, 1]
    assert len(page[0].session.history) == 1


def test_what_became_of_requests_is_told() -> None:
    page = Page()
    page.send(1, ADD)
    page.send(2, wire.GetTree(0, 10))
    (reply,) = page.send(3, wire.CheckHeard([1, 2, 9]))
    assert reply == {"kind": "Unheard", "ids": [9], "answered": [1, 2]}
    assert page.send(2, wire.GetTree(0, 10))[0]["kind"] == "Tree", "a question can be asked again"


def test_answers_with_much_in_them_are_kept_without() -> None:
    exchange = Exchange()
    exchange.begin(1)
    exchange.end(1, wire.Done("fill", []), [bytes(2**20)], wrote=True)
    assert exchange.begin(1) == (wire.Done("fill", []), [])


def test_numbers_are_not_remembered_for_ever_but_those_at_work_are() -> None:
    exchange = Exchange()
    exchange.begin(0)
    for number in range(1, 5000):
        exchange.begin(number)
        exchange.end(number, wire.Pong(), [], wrote=False)
    assert exchange.standing([0, 1, 4999]) == wire.Unheard([1], [4999])
    with pytest.raises(KeyError):
        exchange.begin(0)


@pytest.mark.parametrize(
    "request_",
    [wire.Describe("\ud83d"), wire.TakeSnapshot("\ud83d"), wire.Apply(wire.Target("a", "\ud83d"), Fill("1"))],
)
def test_half_a_character_is_refused_and_hurts_nothing(request_: wire.Request) -> None:
    page = Page()
    (reply,) = page.send(1, request_)
    assert (reply["kind"], reply["code"]) == ("Failure", "message")
    (reply,) = page.send(2, wire.GetHistory())
    assert reply["kind"] == "History"


def test_an_answer_that_cannot_be_sent_is_said_to_be_so() -> None:
    page = Page()
    page.session.rename("\ud83d")  # a script may
    (reply,) = page.send(1, wire.GetTree(0, 10))
    assert reply["kind"] == "Failure"
    assert "could not be sent" in reply["text"]


def test_what_waits_when_the_desk_closes_is_not_done() -> None:
    page: list[Page] = []

    async def kernel() -> None:
        page.append(Page())
        sending = threading.Thread(target=lambda: page[0].send(1, ADD))
        sending.start()
        sending.join()
        page[0].desk.close()
        await asyncio.sleep(0.01)

    asyncio.run(kernel())
    assert page[0].arrays["a"].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("message", [None, 3, [], {}, {"id": "1"}, {"id": True}, {"id": -1}, {"id": 2**60}])
def test_without_a_number_nobody_waits(message: Any) -> None:
    page = Page()
    page.desk.receive(message, None)
    assert page.messages == []
