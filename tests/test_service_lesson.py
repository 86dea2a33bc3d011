"""A lesson through the service and the widget: when its checks run, what the page is told, and what is only data to it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import comm
import numpy as np
import pytest
import torch
from page import RecordingComm, ask, custom, fill, probed, refused, send, sent

import paramwidget as pw
from paramwidget import edits, lesson
from paramwidget import protocol as wire
from paramwidget.errors import ClosedError
from paramwidget.service import Service
from paramwidget.views.plane import Plane

pytestmark = pytest.mark.usefixtures("interrupts_are_left", "recording")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """All checks take too long to run by themselves."""
    monkeypatch.setattr("paramwidget.service.lesson.QUICK", 0.0)


def standings(editor: pw.ParamEditor) -> list[dict[str, Any]]:
    """How the lesson stood each time that the page was told."""
    events = [content["event"] for content, _ in custom(editor) if "event" in content]
    return [event["standing"] for event in events if event["kind"] == "LessonChecked"]


def met(editor: pw.ParamEditor) -> list[bool]:
    """Which goals are reached, as the page was told last."""
    return [goal["met"] for goal in standings(editor)[-1]["goals"]]


class Counted:
    """A check that counts its runs and gives what a function gives."""

    def __init__(self, function: Callable[[lesson.LessonSession], Any] = lambda session: True) -> None:
        self.function = function
        self.runs = 0

    def __call__(self, session: lesson.LessonSession) -> Any:
        self.runs += 1
        return self.function(session)


def course(*goals: lesson.Goal, **options: Any) -> lesson.Lesson:
    return lesson.Lesson("a lesson", {"free": np.zeros(4), "held": np.ones(2)}, goals, **options)


def counted(count: Counted, **options: Any) -> lesson.Lesson:
    return course(lesson.Goal("look", count), **options)


# ---------------------------------------------------------------------- the way in


def test_a_lesson_at_the_end_of_a_cell_shows_the_editor_and_prints_its_goals() -> None:
    task = lesson.xor()
    shown = task._repr_mimebundle_()
    data = shown[0] if isinstance(shown, tuple) else shown
    assert data["text/plain"] == repr(task)
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "XOR with three values" in data["text/html"]
    opening = task.edit().opening
    assert opening["lesson"]["title"] == "XOR with three values"
    assert [goal["text"] for goal in opening["lesson"]["standing"]["goals"]] == [goal.text for goal in task.goals]
    assert opening["selected"] == "hidden/bias", "a view begins where something can be edited"


@pytest.mark.parametrize("server", [True, False])
def test_a_lesson_is_shown_as_its_editor_is(server: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    put: list[dict[str, Any]] = []
    monkeypatch.setattr("paramwidget.jupyter.Output.put", lambda output, data: put.append(data))
    for module in ("widget", "lesson.lesson"):
        monkeypatch.setattr(f"paramwidget.{module}.fills_notebook", lambda: server)
    task = lesson.xor()
    task._ipython_display_()
    view = "application/vnd.jupyter.widget-view+json"
    if server:
        assert [view in data for data in put] == [False, True], "the summary is an output of its own, before the editor"
        assert "XOR with three values" in put[0]["text/html"]
    else:
        assert len(put) == 1
        assert view in put[0]
        assert put[0]["text/plain"] == repr(task)


def test_the_editor_of_a_lesson_is_that_of_its_model() -> None:
    task = lesson.xor()
    first = task.edit()
    assert first.session is task.session
    second = pw.edit(task.model)
    assert second.session is task.session
    assert second.opening["lesson"] is not None
    assert first.comm is None
    with pytest.raises(ClosedError):
        first.to_html("page.html")
    assert pw.edit({"w": np.zeros(2)}).opening["lesson"] is None


def on_page(editor: pw.ParamEditor, folder: Path) -> str:
    """What a page of an editor says of the goals."""
    page = editor.to_html(folder / "page.html").read_text(encoding="utf-8")
    goals = re.search('<details id="goals".*?</details>', page, re.DOTALL)
    return " ".join(re.sub("<[^>]*>", " ", goals.group()).split()) if goals else ""


def test_a_page_without_a_kernel_shows_how_the_goals_stand_now(tmp_path: Path) -> None:
    task = course(
        lesson.Goal("Use <b>", lambda session: bool(session.model["free"].any())), lesson.at_most(1), allowed="free"
    )
    editor = task.edit()
    assert on_page(editor, tmp_path) == "Goals 1 of 2 Use &lt;b&gt; not yet At most 1 cell differs from the start met"
    tutor = editor._backend.service.tutor  # type: ignore[union-attr]
    tutor.run(lambda event, buffers: None)
    assert not tutor.pending
    task.model["free"][2] = 1.0  # by no edit, and before anything else has looked
    assert "Goals 2 of 2 Use &lt;b&gt; met" in on_page(editor, tmp_path)
    assert tutor.pending, "the editor is to be told, too"
    assert on_page(pw.edit({"w": np.zeros(2)}), tmp_path) == ""


def test_a_page_of_a_lesson_that_cannot_be_checked_says_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = course(lesson.Goal("look", lambda session: True)).edit()
    assert on_page(editor, tmp_path) == "Goals 1 of 1 look met"

    def fails(task: lesson.Lesson) -> lesson.Report:
        raise RuntimeError("no")

    monkeypatch.setattr(lesson.Lesson, "check", fails)
    assert on_page(editor, tmp_path) == "Goals 0 of 1 look not checked"


def test_a_check_that_writes_a_page_ends(tmp_path: Path) -> None:
    pages: list[str] = []
    editors: list[pw.ParamEditor] = []

    def look(session: lesson.LessonSession) -> bool:
        pages.append(on_page(editors[0], tmp_path))
        return True

    editors.append(course(lesson.Goal("look", look)).edit())
    assert on_page(editors[0], tmp_path) == "Goals 1 of 1 look met"
    assert pages == ["Goals 0 of 1 look not checked"]


def test_an_editor_without_locks_closes_when_the_lesson_on_its_model_opens() -> None:
    model = {"free": np.zeros(4), "held": np.ones(2)}
    plain = pw.edit(model)
    plain.session["held"][0] = 3.0
    task = lesson.Lesson("a lesson", model, [lesson.at_most(1)], allowed="free")
    editor = task.edit()
    with pytest.raises(ClosedError):
        _ = plain.session
    reply = sent(editor, fill("held", "[0]", "5"))
    assert "this lesson keeps it" in reply["text"]
    assert pw.edit(model).session is task.session, "running the older cell again shows the lesson"


def test_a_session_that_was_opened_later_does_not_take_the_editor_from_the_lesson() -> None:
    task = lesson.xor()
    other = pw.Session(task.model)
    assert task.edit().session is task.session
    assert task.session is not other


# ---------------------------------------------------------------------- when the checks run


def test_quick_checks_run_after_each_change_and_only_then() -> None:
    count = Counted()
    editor = counted(count).edit()
    assert count.runs == 0, "opening the editor waits for nothing"
    sent(editor, wire.GetLesson())
    assert count.runs == 1
    assert [each["status"] for each in standings(editor)] == ["checking", "fresh"]
    for runs, request in enumerate(
        [
            fill("free", "[0]", "1"),
            wire.Undo(),
            wire.Redo(),
            wire.GoTo(0),
            wire.TryOut(wire.Target("free"), edits.Add(1.0), 1),
            wire.KeepTrial(1),
            wire.StartOver(),
        ],
        2,
    ):
        sent(editor, request)
        assert count.runs == runs, request
        assert standings(editor)[-1]["status"] == "fresh"
        told = len(standings(editor))
        sent(editor, wire.GetHistory())
        assert (count.runs, len(standings(editor))) == (runs, told), "nothing has changed"


def test_a_change_by_a_script_and_by_something_else_is_checked_when_its_cell_has_run() -> None:
    task = course(lesson.at_most(1))
    editor = task.edit()
    sent(editor, wire.GetLesson())
    task.session["free"][:2] = 1.0
    editor._after_cell(first=False, interrupted=False)
    assert (met(editor), standings(editor)[-1]["changed"]) == ([False], 2)
    task.model["free"][:] = 0.0
    editor._after_cell(first=False, interrupted=False)
    assert (met(editor), standings(editor)[-1]["changed"]) == ([True], 0)
    told = len(standings(editor))
    editor._after_cell(first=False, interrupted=False)
    assert len(standings(editor)) == told


def test_what_something_else_wrote_makes_results_stale_once(slow: None) -> None:
    count = Counted()
    task = counted(count, probe={"total": lambda model: float(model["free"].sum())})
    service, told = Service(task.session), lambda event, buffers: None
    ask(service, wire.CheckLesson())

    def cell() -> int:
        before = task.session.generation
        service.cell_ran()
        return task.session.generation - before

    service.tutor.run(told)
    service.probing.run(told)
    task.model["free"][0] = 1.0
    assert cell() == 1
    service.probing.run(told)  # the checks are slow, so they stay behind
    assert [cell(), cell()] == [0, 0]
    assert task.session.probes.status(task.session.probes.first) == "fresh"
    task.model["free"][0] = 2.0
    assert cell() == 1


def test_a_check_that_is_asked_for_while_the_checks_run_is_run_after_them(slow: None) -> None:
    editors: list[pw.ParamEditor] = []

    def once_more(session: lesson.LessonSession) -> bool:
        if count.runs == 1:
            page = threading.Thread(target=lambda: send(editors[0], wire.CheckLesson()))
            page.start()
            page.join()
        return True

    count = Counted(once_more)

    async def kernel() -> None:
        editors.append(counted(count).edit())
        send(editors[0], wire.CheckLesson())
        for _ in range(20):  # turns of the loop
            await asyncio.sleep(0)
        editors[0].close()

    asyncio.run(kernel())
    assert count.runs == 2


def test_freezing_can_be_a_goal() -> None:
    task = lesson.Lesson(
        "freeze it",
        torch.nn.Linear(2, 1),
        [lesson.Goal("The weight is frozen", lambda session: session["weight"].facts.lock == "frozen")],
    )
    editor = task.edit()
    sent(editor, wire.GetLesson())
    assert met(editor) == [False]
    sent(editor, wire.SetTrainable(["weight"], False))
    assert met(editor) == [True]


def test_slow_checks_run_when_they_are_asked_for(slow: None) -> None:
    count = Counted()
    editor = counted(count).edit()
    sent(editor, wire.GetLesson())
    assert count.runs == 0
    assert sent(editor, wire.CheckLesson()) == {"kind": "Pong"}
    assert (count.runs, standings(editor)[-1]["status"]) == (1, "fresh")
    sent(editor, fill("free", "[0]", "1"))
    assert (count.runs, standings(editor)[-1]["status"]) == (1, "stale")
    told = len(standings(editor))
    sent(editor, wire.Ping())
    assert len(standings(editor)) == told, "that it is behind is told once"
    sent(editor, wire.CheckLesson())
    assert (count.runs, standings(editor)[-1]["status"]) == (2, "fresh")


def test_checks_wait_for_the_running_cell() -> None:
    count = Counted()

    async def kernel() -> None:
        editor = counted(
            count
        ).edit()  # as in a cell: the loop is running, and busy while this coroutine does not await
        page = threading.Thread(target=lambda: send(editor, wire.GetLesson()))
        page.start()
        page.join()
        assert count.runs == 0, "the cell is still running"
        await asyncio.sleep(0.01)
        assert count.runs == 1
        editor.close()

    asyncio.run(kernel())


def test_a_closed_editor_checks_nothing_any_more() -> None:
    count = Counted()

    async def kernel() -> None:
        editor = counted(count).edit()
        send(editor, wire.GetLesson())
        editor.close()
        await asyncio.sleep(0.01)

    asyncio.run(kernel())
    assert count.runs == 0


def test_an_interrupt_ends_a_check_and_what_is_tried_out() -> None:
    def interrupted(session: lesson.LessonSession) -> bool:
        if session["free"][0] != 0:
            os.kill(os.getpid(), signal.SIGINT)
        return True

    count = Counted(interrupted)
    editor = counted(count).edit()
    sent(editor, wire.GetLesson())
    assert sent(editor, wire.TryOut(wire.Target("free"), edits.Add(1.0), 1))["kind"] == "Tried"
    assert standings(editor)[-1]["status"] == "stopped"
    assert editor.session.previewing is None
    runs = count.runs
    sent(editor, wire.Ping())
    assert count.runs == runs, "what was stopped does not run by itself"
    sent(editor, wire.CheckLesson())
    assert standings(editor)[-1]["status"] == "fresh"


@pytest.mark.parametrize("by_probe", [False, True])
def test_the_page_can_stop_a_check_also_while_it_runs_a_probe(by_probe: bool) -> None:
    editors: list[pw.ParamEditor] = []

    def endless(given: Any) -> bool:
        page = threading.Thread(target=lambda: send(editors[0], wire.StopProbes(), 8))
        page.start()
        while True:
            page.join(0.01)

    goal = lesson.reaches(endless, at_least=1) if by_probe else lesson.Goal("endless", endless)
    editors.append(course(goal).edit())
    sent(editors[0], wire.GetLesson())
    replies = [content["reply"] for content, _ in custom(editors[0]) if content.get("id") == 8]
    assert replies == [{"kind": "Pong"}]
    assert standings(editors[0])[-1]["status"] == "stopped"
    assert sent(editors[0], wire.StopProbes()) == {"kind": "Pong"}, "with nothing to stop, too"


def test_a_check_that_fails_in_any_way_leaves_the_editor_working() -> None:
    def leave(session: lesson.LessonSession) -> bool:
        raise SystemExit(3)

    def cancel(session: lesson.LessonSession) -> bool:
        raise asyncio.CancelledError

    task = course(
        lesson.Goal("leaves", leave),
        lesson.Goal("cancels", cancel),
        lesson.Goal("is unclear", lambda session: np.zeros(2)),  # type: ignore[arg-type,return-value]
        lesson.at_most(1),
    )
    editor = task.edit()
    sent(editor, fill("free", "[0]", "1"))
    assert met(editor) == [False, False, False, True]
    assert ["failed" in goal["missing"] for goal in standings(editor)[-1]["goals"]] == [True, True, True, False]


def test_checks_that_cannot_be_run_at_all_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    task = course(lesson.at_most(1))
    editor = task.edit()
    monkeypatch.setattr(task.session, "differences", lambda: 1 / 0)
    monkeypatch.setattr(task.session, "broken", lambda: 1 / 0)
    sent(editor, wire.GetLesson())
    assert standings(editor)[-1]["solved"] is False
    assert standings(editor)[-1]["rules"] == ["the checks could not be run (ZeroDivisionError: division by zero)"]
    monkeypatch.undo()
    monkeypatch.setattr(comm, "create_comm", RecordingComm)
    sent(editor, wire.CheckLesson())
    assert (standings(editor)[-1]["solved"], standings(editor)[-1]["rules"]) == (True, [])


def test_a_probe_that_a_goal_asks_runs_once_and_is_told_to_the_page() -> None:
    runs: list[float] = []

    def total(model: Any) -> float:
        runs.append(float(model["free"].sum()))
        return runs[-1]

    editor = course(lesson.reaches("total", at_least=3), probe={"total": total}).edit()
    sent(editor, wire.GetLesson())
    assert runs == [0.0]
    sent(editor, fill("free", "[0]", "4"))
    assert (runs, met(editor)) == ([0.0, 4.0], [True])
    state, _ = probed(editor)[-1]
    assert (state["status"], state["headline"], state["was"]) == ("fresh", 4.0, 0.0)


# ---------------------------------------------------------------------- what the page is told


def test_what_is_only_tried_out_is_told_and_does_not_solve() -> None:
    task = course(lesson.Goal("Something is there", lambda session: bool(session["free"][0])))
    editor = task.edit()
    sent(editor, wire.TryOut(wire.Target("free"), edits.Add(1.0), 1))
    now = standings(editor)[-1]
    assert (met(editor), now["solved"], now["trial"], now["changed"]) == ([True], False, True, 4)
    assert now["rules"] == ["something is only tried out: keep it with Enter, or take it back with Esc"]
    sent(editor, wire.KeepTrial(1))
    now = standings(editor)[-1]
    assert (now["solved"], now["trial"], now["rules"]) == (True, False, [])


def test_a_check_that_changes_the_model_is_told_and_the_model_is_put_back() -> None:
    def careless(session: lesson.LessonSession) -> bool:
        session.model["free"][1] = 7.0
        return True

    task = course(lesson.Goal("look", careless))
    editor = task.edit()
    sent(editor, wire.GetLesson())
    assert standings(editor)[-1]["rules"] == ["free was changed by a check; ask whoever wrote the lesson"]
    assert task.model["free"].sum() == 0
    assert not task.solved


def test_a_check_that_edits_runs_once_and_is_told() -> None:
    count = Counted(lambda session: session.edit("free", "w + 1") is not None)
    editor = counted(count).edit()
    sent(editor, wire.GetLesson())
    assert standings(editor)[-1]["rules"] == ["the model was changed by a check; ask whoever wrote the lesson"]
    for _ in range(3):
        sent(editor, wire.Ping())
    assert count.runs == 1


def test_hints_are_told_with_their_goal_and_to_every_view() -> None:
    task = course(
        lesson.at_most(4),
        lesson.Goal("Something is there", lambda session: bool(session["free"][0]), ("first", "second")),
    )
    editor = task.edit()
    sent(editor, wire.GetLesson())
    for hints, left in ((["first"], 1), (["first", "second"], 0), (["first", "second"], 0)):
        reply = sent(editor, wire.GiveHint())
        for standing in (reply["standing"], standings(editor)[-1]):
            goal = standing["goals"][1]
            assert (goal["hints"], goal["left"]) == (hints, left)
            assert standing["goals"][0]["hints"] == []
    assert task.hinted == [(), ("first", "second")]
    assert editor.get_state()["opening"]["lesson"] is not None
    sent(editor, wire.StartOver())
    assert standings(editor)[-1]["goals"][1]["hints"] == []


def test_a_hint_that_a_cell_asked_for_is_shown_too() -> None:
    task = course(lesson.Goal("never", lambda session: False, ("look around",)))
    editor = task.edit()
    sent(editor, wire.GetLesson())
    task.hint()
    editor._after_cell(first=False, interrupted=False)
    assert standings(editor)[-1]["goals"][0]["hints"] == ["look around"]


def test_a_hint_before_the_first_check_is_none(slow: None) -> None:
    task = course(lesson.Goal("never", lambda session: False, ("look around",)))
    reply = ask(Service(task.session), wire.GiveHint())
    assert (reply.standing.status, reply.standing.goals[0].hints) == ("waiting", [])


def test_a_hint_of_a_slow_lesson_needs_no_check(slow: None) -> None:
    count = Counted(lambda session: False)
    editor = course(lesson.Goal("never", count, ("look around",))).edit()
    sent(editor, wire.CheckLesson())
    sent(editor, wire.GiveHint())
    assert (count.runs, standings(editor)[-1]["goals"][0]["hints"]) == (1, ["look around"])
    assert standings(editor)[-1]["status"] == "fresh"


def test_starting_over_brings_back_what_was_edited_and_what_something_else_wrote() -> None:
    task = course(lesson.at_most(9), allowed="free")
    editor = task.edit()
    sent(editor, fill("free", "[1]", "2"))
    task.model["held"][0] = 5.0
    editor._after_cell(first=False, interrupted=False)
    assert standings(editor)[-1]["rules"] == ["held was changed without the editor; start again, in code with reset()"]
    assert sent(editor, wire.StartOver()) == {"kind": "Done", "label": "start over", "remarks": [], "cells": None}
    assert standings(editor)[-1]["changed"] == 0
    assert (task.model["held"] == 1).all()
    assert (task.model["free"] == 0).all()


def test_a_page_that_loads_anew_is_told_at_once_how_the_lesson_stands() -> None:
    task = course(lesson.at_most(0))
    editor = task.edit()
    sent(editor, fill("free", "[1]", "2"))
    standing = editor.get_state()["opening"]["lesson"]["standing"]
    assert standing["goals"][0]["missing"] == "1 cell differs from the start, in free; set 1 back"
    assert sent(editor, wire.GetLesson())["standing"] | {"number": 0} == standing | {"number": 0}


def test_checks_that_turn_out_long_are_told_while_they_run_and_so_are_the_probes_that_wait_for_them() -> None:
    told: list[tuple[str, str]] = []
    heard = threading.Event()

    def long(session: lesson.LessonSession) -> bool:
        return not session.model["free"].any() or heard.wait(20)

    def tell(event: Any, buffers: list[bytes]) -> None:
        told.extend((item.name, item.status) for item in getattr(event, "items", ()))
        if isinstance(event, wire.LessonChecked):
            told.append(("goals", event.standing.status))
        if ("sum", "stale") in told:
            heard.set()

    task = course(lesson.Goal("wait", long), probe={"sum": lambda model: float(model["free"].sum())})
    service = Service(task.session)
    service.tutor.run(lambda event, buffers: None)  # the first time they take no time
    service.probing.run(lambda event, buffers: None)
    task.session["free"][0] = 1.0
    service.tutor.run(tell)
    assert told == [("goals", "checking"), ("sum", "stale"), ("goals", "fresh")]
    assert heard.is_set()


def test_a_standing_that_was_told_later_has_a_larger_number() -> None:
    replies: list[Any] = []
    events: list[Any] = []

    def asked(session: lesson.LessonSession) -> bool:
        replies.append(ask(service, wire.GetLesson()))  # as the thread of the page may, at any moment
        return True

    service = Service(course(lesson.Goal("look", asked)).session)
    service.tutor.run(lambda event, buffers: events.append(event))
    (during,) = replies
    assert (during.standing.status, events[-1].standing.status) == ("checking", "fresh")
    assert events[0].standing.number < during.standing.number < events[-1].standing.number


def test_very_long_texts_are_cut() -> None:
    many = [lesson.Goal(f"{i} " + "x" * 5000, lambda session: "y" * 5000, ("z" * 5000,)) for i in range(300)]
    task = course(*many)
    service = Service(task.session)
    service.tutor.run(lambda event, buffers: None)
    standing = ask(service, wire.GiveHint()).standing
    assert len(standing.goals) == 100
    assert standing.goals[0].missing == "y" * 998 + " …"
    assert {len(text) for text in (standing.goals[0].text, *standing.goals[0].hints)} == {1000}


# ---------------------------------------------------------------------- what may be done is data


def test_the_opening_tells_what_a_lesson_uses() -> None:
    told = lesson.xor().edit().opening["lesson"]
    assert told["operations"] == ["Fill", "Scale", "Add"]
    assert told["typing"] is True
    assert told["no_freezing"] == "this lesson is about values, so nothing is frozen or unfrozen in it"
    free = course(lesson.at_most(1)).edit().opening["lesson"]
    assert len(free["operations"]) > 10
    assert (free["typing"], free["no_freezing"]) == (True, "")
    task = course(lesson.at_most(1), allowed=lesson.Allowed((), (edits.Clip,), freezing=True))
    told = task.edit().opening["lesson"]
    assert (told["operations"], told["typing"], told["no_freezing"]) == (["Clip"], False, "")


def test_what_is_told_is_what_is_refused() -> None:
    task = lesson.Lesson("t", torch.nn.Linear(2, 2), [lesson.at_most(9)], allowed=lesson.Allowed((), (edits.Scale,)))
    service = Service(task.session)
    told = service.tutor.course()
    assert told is not None
    refused(service, wire.SetTrainable(["weight"], False), "freeze", told.no_freezing)
    refused(service, fill("weight", "", "1"), "read-only", "does not use")
    refused(service, wire.SetBlock("weight", Plane(0, 1, [0, 0]), 0, 0, [["2"]]), "read-only", "does not use")
    assert ask(service, wire.Apply(wire.Target("weight"), edits.Scale(2.0))).label == "weight scale × 2"


@pytest.mark.parametrize("request_", [wire.GetLesson(), wire.CheckLesson(), wire.GiveHint(), wire.StartOver()])
def test_without_a_lesson_there_is_nothing_to_ask(request_: wire.Request) -> None:
    for session in (
        pw.Session({"w": np.zeros(2)}),
        lesson.LessonSession({"w": np.zeros(2)}, lesson.Allowed()),
    ):
        service = Service(session)
        refused(service, request_, "message", "there is no lesson")
        assert not service.tutor.pending
        assert service.opening()[0].lesson is None
