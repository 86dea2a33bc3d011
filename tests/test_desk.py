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
from paramwidget.lesson import Goal, Lesson
from paramwidget.service import Service
from paramwidget.service.desk import Desk
from paramwidget.service.exchange import Exchange
from paramwidget.views.plane import Plane


class Page:
    """A desk and what it sends."""

    def __init__(self, session: Session | None = None) -> None:
        self.arrays = {"a": np.zeros(4), "b": np.zeros(3)}
        self.session = Session(self.arrays) if session is None else session
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


def test_the_answer_to_a_typed_block_comes_again_without_its_cells() -> None:
    page = Page()
    typed = wire.SetBlock("a", Plane(-1, 0, [0]), 0, 0, [["5"]])
    (first,) = page.send(1, typed)
    assert first["cells"]["texts"] == [["5.0"]]
    assert page.send(1, typed) == [{**first, "cells": None}]


def test_questions_of_other_pages_never_make_a_write_forgotten() -> None:
    page = Page()
    (first,) = page.send(5, ADD)
    for number in range(10_000, 12_500):
        page.send(number, wire.Ping())
    assert page.send(6, wire.CheckHeard([5, 10_000, 12_499])) == [
        {"kind": "Unheard", "ids": [10_000], "answered": [5, 12_499]}
    ]
    assert page.send(5, ADD) == [first]
    assert page.arrays["a"].tolist() == [1, 1, 1, 1]


def test_writes_of_other_pages_never_make_a_write_forgotten() -> None:
    page = Page()
    (first,) = page.send(5, ADD)
    for number in range(2**40, 2**40 + 2500):
        page.send(number, wire.Redo())
    assert page.send(5, ADD) == [first]
    assert page.arrays["a"].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("distance", [1, 2**21], ids=["of one page", "of many pages"])
def test_writes_are_not_remembered_for_ever(distance: int) -> None:
    page = Page()
    for number in range(1500):
        page.send(number * distance, wire.Redo())
    last = 1499 * distance
    assert page.send(1, wire.CheckHeard([0, last])) == [{"kind": "Unheard", "ids": [0], "answered": [last]}]


def test_a_hint_that_is_asked_for_twice_is_given_once() -> None:
    task = Lesson("hints", {"w": np.zeros(2)}, [Goal("never", lambda session: False, ("one", "two", "three"))])
    page = Page(task.session)
    page.service.tutor.run(lambda event, buffers: None)
    first = page.send(5, wire.GiveHint())
    assert page.send(5, wire.GiveHint()) == first
    assert task.hinted == [("one",)]


def test_a_snapshot_that_is_dropped_twice_was_dropped() -> None:
    page = Page()
    page.session.snapshot("s")
    first = page.send(5, wire.DropSnapshot("s"))
    assert (
        page.send(5, wire.DropSnapshot("s")) == first == [{"kind": "Done", "label": "", "remarks": [], "cells": None}]
    )


def test_numbers_are_not_remembered_for_ever_but_those_at_work_are() -> None:
    exchange = Exchange()
    exchange.begin(0)
    for number in range(1, 5000):
        exchange.begin(number)
        exchange.end(number, None)
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
