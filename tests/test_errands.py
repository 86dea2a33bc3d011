"""Work that takes long: how far it is, that it can be stopped, and that nothing waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any

import numpy as np
import pytest

from paramwidget import Session, compare, doctor, progress
from paramwidget import protocol as wire
from paramwidget.edits import Add
from paramwidget.errors import StoppedError
from paramwidget.service import Service, errands

LAYERS = 20


def model() -> dict[str, np.ndarray]:
    return {f"w{i:02}": np.full((64, 64), i, np.float32) for i in range(LAYERS)}


def search(session: Session) -> None:
    session.select("nan")


def examine(session: Session) -> None:
    doctor.examine(session)


def compared(session: Session) -> None:
    compare(session, Session(model()))


WORK = [search, examine, compared]


@pytest.mark.parametrize("work", WORK)
def test_the_share_grows_to_one(work: Callable[[Session], None]) -> None:
    shares: list[float] = []
    with progress.watched(shares.append):
        work(Session(model()))
    assert len(shares) >= LAYERS
    assert shares == sorted(shares)
    assert shares[0] < 0.1
    assert shares[-1] == 1.0


@pytest.mark.parametrize("work", WORK)
def test_whoever_watches_can_stop_it_and_the_session_is_free(work: Callable[[Session], None]) -> None:
    session = Session(model())

    def stop(share: float) -> None:
        if share > 0.3:
            raise StoppedError("enough")

    with pytest.raises(StoppedError), progress.watched(stop):
        work(session)
    taken = threading.Thread(target=lambda: session.lock.__enter__())
    taken.start()
    taken.join(5)
    assert not taken.is_alive(), "the lock was given back"


@pytest.mark.parametrize("tries", [False, True])
def test_an_edit_can_be_stopped_until_it_writes(tries: bool) -> None:
    arrays = model()
    session = Session(arrays)
    shares: list[float] = []

    def stop(share: float) -> None:
        shares.append(share)
        if share > 0.5:
            raise StoppedError("enough")

    def change() -> None:
        if tries:
            session.preview("*").apply(Add(1.0))
        else:
            session.edit("*", Add(1.0))

    with pytest.raises(StoppedError), progress.watched(stop):
        change()
    assert len(shares) == LAYERS // 2 + 1
    assert all((values == i).all() for i, values in enumerate(arrays.values()))
    assert session.history == []
    change()
    assert all((values == i + 1).all() for i, values in enumerate(arrays.values()))


def test_nothing_is_told_where_nobody_watches() -> None:
    shares: list[float] = []
    with progress.watched(shares.append):
        pass
    examine(Session(model()))
    assert shares == []


class Page:
    """What the page is sent, and a gate that holds reading back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.replies: Queue[tuple[int, wire.Reply]] = Queue()
        self.events: Queue[wire.Event] = Queue()
        self.session = Session(model())
        self.service = Service(self.session)
        self.errands = errands.Errands(
            self.service, lambda envelope, reply, *_: self.replies.put((envelope.id, reply)), self.events.put
        )
        self.gate = threading.Semaphore(0)
        read = type(self.session.adapter).read

        def held(adapter: Any, path: str, region: Any) -> np.ndarray:
            if threading.current_thread().name.startswith("paramwidget-"):
                assert self.gate.acquire(timeout=10)
            return read(adapter, path, region)

        monkeypatch.setattr(type(self.session.adapter), "read", held)
        monkeypatch.setattr(errands, "_QUIET", 0.0)
        monkeypatch.setattr(errands, "_APART", 0.0)

    def ask(self, number: int, request: wire.Request) -> None:
        self.errands.run(wire.Envelope(number, request))

    def reply(self) -> tuple[int, wire.Reply]:
        return self.replies.get(timeout=10)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    made = Page(monkeypatch)
    yield made
    made.errands.close()
    made.gate.release(10_000)


def test_progress_is_told_and_other_requests_are_answered_meanwhile(page: Page) -> None:
    page.ask(5, wire.Find("nan"))
    page.gate.release()
    assert page.events.get(timeout=10) == wire.Progressed(5, 1 / LAYERS)
    reply, _ = page.service.answer(wire.GetTree(0, 10))
    assert isinstance(reply, wire.Tree)
    page.gate.release(LAYERS)
    assert page.reply() == (5, wire.Found([], ""))


@pytest.mark.parametrize("request_", [wire.Find("nan"), wire.Examine()])
def test_the_page_stops_it_and_every_request_is_answered_once(page: Page, request_: wire.Request) -> None:
    page.ask(5, request_)
    page.ask(6, request_)
    page.errands.stop([5, 99])
    page.gate.release(10 * LAYERS)
    answers = dict([page.reply(), page.reply()])
    assert isinstance(answers[5], wire.Failure)
    assert answers[5].code == "stopped"
    assert not isinstance(answers[6], wire.Failure)
    assert page.replies.empty()


def test_only_so_many_run_at_a_time(page: Page) -> None:
    for number in range(9):
        page.ask(number, wire.Find("nan"))
    number, reply = page.reply()
    assert number == 8, "the others are at work"
    assert isinstance(reply, wire.Failure)
    assert reply.code == "busy"


def test_a_closed_editor_stops_all(page: Page) -> None:
    for number in range(3):
        page.ask(number, wire.Examine())
    page.errands.close()
    page.gate.release(10 * LAYERS)
    assert {page.reply()[1].code for _ in range(3)} == {"stopped"}  # type: ignore[union-attr]


def test_while_a_write_holds_the_lock_reads_wait_elsewhere_and_a_stop_is_heard(page: Page) -> None:
    with page.errands.writing(1), page.session.lock:
        assert page.errands.wants(wire.GetTree(0, 10))
        assert not page.errands.wants(wire.Stop([1]))
        page.ask(2, wire.Describe("w00"))
        page.errands.stop([1])
        with pytest.raises(StoppedError):
            page.session.edit("*", Add(1.0))
        assert page.replies.empty()
    page.gate.release(LAYERS)
    number, reply = page.reply()
    assert (number, type(reply)) == (2, wire.Description)
    assert not page.errands.wants(wire.GetTree(0, 10))
    assert (page.session["w03"][...] == 3).all()


def test_a_page_that_has_moved_on_gets_no_spectrum(page: Page) -> None:
    assert page.errands.wants(wire.GetSpectrum("w00")), "it may take a second"
    page.ask(5, wire.GetSpectrum("w00"))
    page.errands.stop([5])
    page.gate.release(2)
    number, reply = page.reply()
    assert (number, reply.code) == (5, "stopped")  # type: ignore[union-attr]


def test_a_read_that_came_during_a_write_is_stopped_after_it(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, answer = threading.Event(), page.service.answer

    def answered(request: wire.Request) -> Any:
        begun.set()
        return answer(request)

    monkeypatch.setattr(page.service, "answer", answered)
    with page.errands.writing(1), page.session.lock:
        page.ask(2, wire.Find("nan"))
        assert begun.wait(10), "it waits for the write"
        page.session.edit("*", Add(1.0))
    page.errands.stop([2])
    page.gate.release(LAYERS)
    number, reply = page.reply()
    assert (number, type(reply)) == (2, wire.Failure)
