"""Probes through the service and the widget: which run when, what the page is told, and that none of it can hurt."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from page import ask, asked, contents, custom, fill, probed, refused, send, sent

import paramwidget as pw
from paramwidget import edits
from paramwidget import protocol as wire
from paramwidget.journal import same_bytes
from paramwidget.overdue import overdue
from paramwidget.service import Service

pytestmark = pytest.mark.usefixtures("interrupts_are_left", "recording")

KERNEL = "dense/kernel"
BASE = np.arange(12, dtype=np.float32).reshape(3, 4)


class Model(dict):  # type: ignore[type-arg]
    """A dict that can be referenced weakly."""


@pytest.fixture
def model() -> Model:
    return Model(dense={"kernel": BASE.copy(), "bias": np.zeros(4, np.float32)})


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every probe takes too long to run by itself."""
    monkeypatch.setattr("paramwidget.probe.QUICK", 0.0)


def total(model: Any) -> float:
    return float(model["dense"]["kernel"].sum())


class Counted:
    """A probe that counts its runs and gives what a function gives."""

    def __init__(self, function: Callable[[Any], Any] = total) -> None:
        self.function = function
        self.runs = 0

    def __call__(self, model: Any) -> Any:
        self.runs += 1
        return self.function(model)


def last(editor: pw.ParamEditor) -> dict[str, Any]:
    return probed(editor)[-1][0]


# ---------------------------------------------------------------- which run when


def test_a_quick_probe_runs_after_each_change_and_only_then(model: Model) -> None:
    count = Counted()
    editor = pw.edit(model, probe=count)
    assert count.runs == 0
    sent(editor, wire.Ping())
    assert count.runs == 1
    assert [item["status"] for item, _ in probed(editor)] == ["running", "fresh"]
    for runs, (request, value) in enumerate(
        [
            (fill(KERNEL, "[0, 0]", "10"), 76.0),
            (wire.Undo(), 66.0),
            (wire.Redo(), 76.0),
            (fill(KERNEL, "[0, 1]", "0"), 75.0),
            (wire.GoTo(0), 66.0),
            (wire.GoTo(2), 75.0),
            (wire.TakeBack(1), 65.0),
            (wire.TryOut(wire.Target(KERNEL), edits.Scale(2.0), 1), 130.0),
            (wire.DropTrial(), 65.0),
        ],
        2,
    ):
        sent(editor, request)
        assert count.runs == runs
        assert (last(editor)["status"], last(editor)["outcome"]) == ("fresh", {"kind": "Score", "value": value})
        sent(editor, wire.GetHistory())
        assert count.runs == runs, "nothing has changed"
    sent(editor, wire.SetTrainable(["dense"], False))
    assert count.runs == 10, "what is refused changes nothing"


def test_named_numbers_come_with_those_of_the_state_before(model: Model) -> None:
    editor = pw.edit(model, probe={"both": lambda model: {"sum": model["dense"]["kernel"].sum(), "nan": np.nan}})
    sent(editor, wire.Ping())
    assert last(editor)["before"] is None
    sent(editor, fill(KERNEL, "[0, 0]", "10"))
    assert last(editor)["outcome"]["values"] == [76.0, "NaN"]
    assert last(editor)["before"] == {"kind": "Scores", "names": ["sum", "nan"], "values": [66.0, "NaN"]}
    sent(editor, wire.TryOut(wire.Target(KERNEL), edits.Zero(), 1))
    assert last(editor)["outcome"]["values"] == [0.0, "NaN"]
    assert last(editor)["before"]["values"] == [76.0, "NaN"]
    sent(editor, wire.Undo())
    assert last(editor)["before"]["values"] == [66.0, "NaN"]
    (state,) = sent(editor, wire.GetProbes())["items"]
    assert state["before"]["values"] == [66.0, "NaN"]


def test_the_reply_comes_before_the_probe(model: Model) -> None:
    editor = pw.edit(model, probe=total)
    sent(editor, fill(KERNEL, "", "1"))
    kinds = [content.get("reply", content.get("event"))["kind"] for content, _ in custom(editor)]
    assert kinds == ["Changed", "Done", "Probed", "Probed"]


def test_a_run_that_turns_out_long_is_told_while_it_runs_and_so_is_what_waits_for_it(model: Model) -> None:
    told: list[tuple[str, str]] = []
    heard = threading.Event()

    def long(model: Any) -> float:
        assert model["dense"]["kernel"][0, 0] == 0 or heard.wait(20), "nobody was told"
        return total(model)

    def tell(event: Any, buffers: list[bytes]) -> None:
        told.extend((item.name, item.status) for item in event.items)
        if ("next", "stale") in told:
            heard.set()

    service = Service(pw.Session(model))
    service.session.probes.replace({"long": long, "next": total})
    service.probing.run(lambda event, buffers: None)  # the first time it takes no time
    service.session[KERNEL][0, 0] = 10.0
    service.probing.run(tell)
    assert told == [("long", "running"), ("next", "stale"), ("long", "fresh"), ("next", "fresh")]
    assert service.session.probes["long"].value == 76.0


def test_a_run_that_takes_no_time_is_told_once(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramwidget.overdue.NOTICED", 3600.0)
    editor = pw.edit(model, probe={"a": total, "b": total})
    sent(editor, wire.Ping())
    before = len(probed(editor))
    for factor in (0.5, 2.0, 3.0):
        sent(editor, wire.TryOut(wire.Target(KERNEL), edits.Scale(factor), 1))
    assert [(item["name"], item["status"]) for item, _ in probed(editor)[before:]] == 3 * [
        ("a", "fresh"),
        ("b", "fresh"),
    ]


def test_that_it_takes_long_is_told_before_the_end_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramwidget.overdue.NOTICED", 0.0)
    told: list[str] = []
    begun, ended = threading.Event(), threading.Event()

    def call() -> None:
        begun.set()
        ended.wait(0.1)  # while this has not returned, the block cannot be left
        told.append("late")

    with overdue(call, 0.0):
        assert begun.wait(20)
    ended.set()
    told.append("end")
    assert told == ["late", "end"]


def test_a_slow_probe_runs_when_it_is_asked_for(model: Model, slow: None) -> None:
    count = Counted()
    editor = pw.edit(model, probe=count)
    sent(editor, wire.Ping())
    assert count.runs == 1, "how long it takes is not known before"
    sent(editor, fill(KERNEL, "", "1"))
    assert count.runs == 1
    assert (last(editor)["status"], last(editor)["headline"]) == ("stale", 66.0)
    told = len(probed(editor))
    sent(editor, fill(KERNEL, "", "2"))
    assert len(probed(editor)) == told, "that it is behind is told once"
    assert sent(editor, wire.RunProbes()) == {"kind": "Pong"}
    assert count.runs == 2
    assert (last(editor)["status"], last(editor)["headline"]) == ("fresh", 24.0)
    sent(editor, wire.Undo())
    assert (count.runs, last(editor)["status"]) == (2, "stale")
    assert sent(editor, wire.RunProbes([last(editor)["name"]])) == {"kind": "Pong"}
    assert count.runs == 3


def test_a_result_that_is_left_behind_is_still_shown(model: Model, slow: None) -> None:
    editor = pw.edit(model, probe=lambda model: model["dense"]["kernel"].copy())
    sent(editor, wire.Ping())
    sent(editor, fill(KERNEL, "", "1"))
    state, buffers = probed(editor)[-1]
    assert (state["status"], state["outcome"]["kind"]) == ("stale", "Grid")
    assert same_bytes(np.frombuffer(buffers[state["outcome"]["buffer"]], "<f4").reshape(3, 4), BASE)


def test_only_the_named_probes_run(model: Model, slow: None) -> None:
    one, two = Counted(), Counted()
    editor = pw.edit(model, probe={"one": one, "two": two})
    sent(editor, wire.Ping())
    sent(editor, wire.RunProbes(["two"]))
    assert (one.runs, two.runs) == (1, 2)
    reply = sent(editor, wire.RunProbes(["two", "tow"]))
    assert (reply["kind"], reply["code"]) == ("Failure", "probe")
    assert "did you mean 'two'" in reply["text"]
    assert (one.runs, two.runs) == (1, 2)
    sent(editor, wire.RunProbes())
    assert (one.runs, two.runs) == (2, 3)


def test_a_probe_that_went_away_before_its_turn_is_not_run(model: Model) -> None:
    service = Service(pw.Session(model))
    service.session.probes.replace({"a": total})
    ask(service, wire.RunProbes(["a"]))
    service.session.probes.replace({"b": total})
    told: list[str] = []
    service.probing.run(lambda event, _: told.extend(item.name for item in event.items))
    assert set(told) == {"b"}


def test_there_may_be_no_probe_at_all(model: Model) -> None:
    editor = pw.edit(model)
    assert sent(editor, wire.GetProbes()) == {"kind": "Probes", "items": []}
    assert sent(editor, wire.RunProbes()) == {"kind": "Pong"}
    assert sent(editor, wire.StopProbes()) == {"kind": "Pong"}
    assert probed(editor) == []


# ---------------------------------------------------------------- what they gave


def test_what_a_probe_gives_travels_with_its_buffers(model: Model) -> None:
    def figure(model: Any) -> Figure:
        made = Figure()
        made.add_subplot().plot([0, 1])
        return made

    class Page:
        def _repr_html_(self) -> str:
            return "<b>bold</b>"

    given: dict[str, Callable[[Any], Any]] = {
        "number": total,
        "nan": lambda model: float("nan"),
        "named": lambda model: {"a": 1, "b": float("inf")},
        "vector": lambda model: model["dense"]["bias"],
        "matrix": lambda model: model["dense"]["kernel"] * 2,
        "figure": figure,
        "markup": lambda model: Page(),
        "words": lambda model: "hello",
    }
    editor = pw.edit(model, probe=given)
    sent(editor, wire.Ping())
    states = {item["name"]: (item, buffers) for item, buffers in probed(editor) if item["status"] == "fresh"}
    assert list(states) == list(given)
    outcomes = {name: item["outcome"] for name, (item, _) in states.items()}
    assert outcomes["number"] == {"kind": "Score", "value": 66.0}
    assert outcomes["nan"] == {"kind": "Score", "value": "NaN"}
    assert outcomes["named"] == {"kind": "Scores", "names": ["a", "b"], "values": [1.0, "Infinity"]}
    assert outcomes["vector"] == {"kind": "Scores", "names": [], "values": [0.0] * 4}
    assert outcomes["matrix"] == {"kind": "Grid", "rows": 3, "cols": 4, "buffer": 0}
    assert np.array_equal(np.frombuffer(states["matrix"][1][0], "<f4").reshape(3, 4), BASE * 2)
    assert outcomes["figure"] == {"kind": "Picture", "mime": "image/png", "buffer": 0}
    assert states["figure"][1][0].startswith(b"\x89PNG")
    assert outcomes["markup"] == {"kind": "Markup", "html": "<b>bold</b>"}
    assert outcomes["words"] == {"kind": "Words", "text": "hello"}
    assert {name: item["headline"] for name, (item, _) in states.items()} == {
        "number": 66.0,
        "nan": "NaN",
        "named": 1.0,
        **dict.fromkeys(["vector", "matrix", "figure", "markup", "words"]),
    }
    service = Service(editor.session)
    reply, buffers = asked(service, wire.GetProbes())
    assert [item.name for item in reply.items] == list(given)
    found = {item.name: item.outcome for item in reply.items}
    assert (found["matrix"].buffer, found["figure"].buffer) == (0, 1)
    assert buffers[1].startswith(b"\x89PNG")
    opening, _ = service.opening()
    kinds = {item.name: type(item.outcome).__name__ for item in opening.probes}
    assert (kinds["number"], kinds["matrix"], kinds["markup"]) == ("Score", "NoneType", "NoneType")


def test_a_failing_probe_is_told_and_nothing_else_happens(model: Model) -> None:
    def wrong(model: Any) -> float:
        raise ValueError("no data <b>")

    editor = pw.edit(model, probe={"wrong": wrong, "total": total})
    reply = sent(editor, fill(KERNEL, "", "1"))
    assert reply["kind"] == "Done"
    states = {item["name"]: item for item, _ in probed(editor)}
    assert (states["wrong"]["status"], states["wrong"]["outcome"]) == ("failed", None)
    assert states["wrong"]["error"].startswith("wrong(), line ")
    assert states["wrong"]["error"].endswith("ValueError: no data <b>")
    assert "Traceback" not in states["wrong"]["error"]
    assert 'raise ValueError("no data <b>")' in states["wrong"]["trace"]
    assert states["total"]["status"] == "fresh"
    told = len(probed(editor))
    sent(editor, wire.Ping())
    assert len(probed(editor)) == told, "it is not run again and again"


def test_a_probe_that_changes_the_model_is_put_right_and_told(model: Model) -> None:
    def clumsy(model: Any) -> float:
        model["dense"]["kernel"] += 1
        return 1.0

    editor = pw.edit(model, probe=clumsy)
    sent(editor, wire.Ping())
    assert same_bytes(model["dense"]["kernel"], BASE)
    assert last(editor)["status"] == "failed"
    assert "changed dense/kernel while it ran, and they were put back" in last(editor)["error"]


def test_a_probe_that_edits_through_the_session_does_not_run_for_ever(model: Model) -> None:
    def editing(model: Any) -> float:
        runs.append(1)
        pw.Session.of(model)["dense/bias"][0] = float(len(runs))
        return 1.0

    runs: list[int] = []
    editor = pw.edit(model, probe=editing)
    sent(editor, wire.Ping())
    assert len(runs) == 1
    assert "edited the model while it ran" in last(editor)["error"]


def test_the_state_of_a_trial_says_so_and_what_was_before(model: Model) -> None:
    editor = pw.edit(model, probe=total)
    sent(editor, wire.Ping())
    assert (last(editor)["trial"], last(editor)["was"]) == (False, None)
    sent(editor, fill(KERNEL, "[0, 0]", "10"))
    assert (last(editor)["entry"], last(editor)["was"], last(editor)["headline"]) == (1, 66.0, 76.0)
    sent(editor, wire.TryOut(wire.Target(KERNEL), edits.Scale(2.0), 1))
    state = last(editor)
    assert (state["trial"], state["was"], state["headline"], state["entry"]) == (True, 76.0, 152.0, 1)
    assert state["series"] == [[0, 66.0], [1, 76.0]], "what is tried out is no part of the history"
    sent(editor, wire.KeepTrial(1))
    state = last(editor)
    assert (state["trial"], state["entry"], state["was"], state["headline"]) == (False, 2, 76.0, 152.0)
    assert state["series"] == [[0, 66.0], [1, 76.0], [2, 152.0]]


def test_running_the_cell_again_keeps_the_series_of_the_same_function(model: Model) -> None:
    editor = pw.edit(model, probe={"total": total, "other": total})
    sent(editor, wire.Ping())
    sent(editor, fill(KERNEL, "", "1"))
    again = pw.edit(model, probe={"total": total, "other": lambda model: 1.0})
    states = {item["name"]: item for item in again.opening["probes"]}
    assert [list(point) for point in states["total"]["series"]] == [[0, 66.0], [1, 12.0]]
    assert (states["total"]["status"], states["other"]["status"]) == ("fresh", "waiting")
    assert list(states["other"]["series"]) == []
    assert {item["name"] for item in pw.edit(model).opening["probes"]} == {"total", "other"}
    assert pw.edit(model, probe={}).opening["probes"] == []


@pytest.mark.parametrize("probe", [3, "accuracy", {"a": 3}, {"a": total, "b": None}, [total]])
def test_what_is_no_function_is_refused_and_the_old_probes_stay(model: Model, probe: Any) -> None:
    editor = pw.edit(model, probe=total)
    with pytest.raises(pw.errors.ProbeError, match="a probe is a function that takes the model"):
        pw.edit(model, probe=probe)
    assert [p.name for p in editor.session.probes] == ["total"]
    assert sent(editor, wire.Ping()) == {"kind": "Pong"}


def test_a_title_that_is_refused_leaves_the_probes(model: Model) -> None:
    editor = pw.edit(model, probe=total)
    for title in (5, "x" * 201):
        with pytest.raises(pw.errors.ValueRefusedError, match="a title "):
            pw.edit(model, probe={"other": total}, title=title)  # type: ignore[arg-type]
    assert [p.name for p in editor.session.probes] == ["total"]
    assert pw.edit(model, title="x" * 200).session.title == "x" * 200


def test_results_too_large_for_one_message_are_told_alone(model: Model) -> None:
    large = {f"m{i}": (lambda model: np.ones((256, 256))) for i in range(6)}
    editor = pw.edit(model, probe=large)
    sent(editor, wire.Ping())
    assert {item["outcome"]["kind"] for item, _ in probed(editor) if item["status"] == "fresh"} == {"Grid"}
    reply, buffers = asked(Service(editor.session), wire.GetProbes())
    kinds = [type(item.outcome).__name__ for item in reply.items]
    assert kinds == ["Grid"] * 3 + ["Words"] * 3
    assert len(buffers) == 3
    assert "run the probe alone" in reply.items[-1].outcome.text


def test_a_picture_too_large_for_any_message_is_words(model: Model) -> None:
    class Huge:
        def _repr_png_(self) -> bytes:
            return bytes(3_000_000)

    editor = pw.edit(model, probe=lambda model: Huge())
    sent(editor, wire.Ping())
    state, buffers = probed(editor)[-1]
    assert (state["outcome"]["kind"], buffers) == ("Words", [])
    assert "2.9 MiB" in state["outcome"]["text"]


# ---------------------------------------------------------------- cells of the notebook


class Shell:
    """Stands for IPython."""

    def __init__(self) -> None:
        self.execution_count = 1
        self.events = self
        self.callbacks: list[Callable[..., None]] = []

    def get_ipython(self) -> Shell:
        return self

    def register(self, _: str, callback: Callable[..., None]) -> None:
        self.callbacks.append(callback)

    def unregister(self, _: str, callback: Callable[..., None]) -> None:
        self.callbacks.remove(callback)

    def ran(self, error: BaseException | None = None) -> None:
        for callback in list(self.callbacks):
            callback(type("Result", (), {"error_in_exec": error})())
        self.execution_count += 1


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    made = Shell()
    monkeypatch.setitem(sys.modules, "IPython", made)
    return made


def test_probes_run_after_the_cell_that_made_the_editor_and_after_each_that_wrote(model: Model, shell: Shell) -> None:
    count = Counted()
    editor = pw.edit(model, probe=count)
    shell.ran()
    assert count.runs == 1
    shell.ran()
    assert count.runs == 1, "a cell that did nothing"
    model["dense"]["bias"][0] = 5
    shell.ran()
    assert count.runs == 2, "no view showed what it wrote"
    editor.session[KERNEL][0, 0] = 3.0
    shell.ran()
    assert (count.runs, last(editor)["headline"]) == (3, 69.0)
    editor.close()
    assert shell.callbacks == []


def test_an_interrupted_cell_takes_a_trial_back(model: Model, shell: Shell) -> None:
    editor = pw.edit(model)
    shell.ran()
    sent(editor, wire.TryOut(wire.Target(KERNEL), edits.Zero(), 1))
    shell.ran(ValueError())
    assert not model["dense"]["kernel"].any()
    shell.ran(KeyboardInterrupt())
    assert same_bytes(model["dense"]["kernel"], BASE)
    assert custom(editor)[-1][0]["event"]["header"]["trial"] == ""


def test_a_cell_that_closed_the_session_does_no_harm(model: Model, shell: Shell) -> None:
    count = Counted()
    editor = pw.edit(model, probe=count)
    editor.session.close()
    shell.ran()
    shell.ran()
    assert sent(editor, wire.Ping()) == {"kind": "Pong"}
    assert sent(editor, fill(KERNEL, "", "1"))["code"] == "closed"
    assert count.runs == 0


# ---------------------------------------------------------------- interrupts and stopping


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit, RecursionError, asyncio.CancelledError])
def test_nothing_that_a_probe_raises_gets_out_of_a_running_loop(model: Model, failure: type[BaseException]) -> None:
    def raising(model: Any) -> float:
        raise failure

    async def kernel() -> None:
        seen: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: seen.append(context))
        editor = pw.edit(model, probe=raising)
        send(editor, wire.TryOut(wire.Target(KERNEL), edits.Zero(), 1))
        await asyncio.sleep(0.01)
        assert seen == []
        expected = {KeyboardInterrupt: "stopped"}
        assert last(editor)["status"] == expected.get(failure, "failed")
        taken_back = same_bytes(model["dense"]["kernel"], BASE)
        assert taken_back == (failure is KeyboardInterrupt), "an interrupt ends the trial, a mistake does not"
        send(editor, wire.Ping(), 2)
        assert custom(editor)[-1][0].get("id") == 2
        editor.close()

    asyncio.run(kernel())
    assert same_bytes(model["dense"]["kernel"], BASE)


def test_an_interrupted_probe_does_not_get_out_where_there_is_no_loop(model: Model) -> None:
    def raising(model: Any) -> float:
        raise KeyboardInterrupt

    editor = pw.edit(model, probe=raising)
    assert sent(editor, wire.Ping()) == {"kind": "Pong"}
    assert last(editor)["status"] == "stopped"


def test_in_a_loop_the_probe_runs_after_the_reply(model: Model) -> None:
    count = Counted()

    async def kernel() -> None:
        editor = pw.edit(model, probe=count)
        send(editor, wire.Ping(), 1)
        send(editor, fill(KERNEL, "", "1"), 2)
        assert [content["id"] for content, _ in custom(editor) if "id" in content] == [1, 2]
        assert count.runs == 0
        await asyncio.sleep(0.01)
        assert count.runs == 1, "two changes, one run"
        assert last(editor)["headline"] == 12.0
        editor.close()

    asyncio.run(kernel())


def test_while_a_cell_goes_on_after_an_edit_the_old_number_is_not_said_to_be_of_now(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paramwidget.overdue.NOTICED", 0.0)
    told = threading.Event()

    async def kernel() -> None:
        editor = pw.edit(model, probe=total)
        send(editor, wire.Ping(), 1)
        await asyncio.sleep(0.01)
        assert (last(editor)["status"], last(editor)["headline"]) == ("fresh", 66.0)
        tell = editor._tell
        monkeypatch.setattr(editor._backend._upkeep, "_tell", lambda *event: (tell(*event), told.set()))
        editor.session[KERNEL][...] = 2.0
        assert told.wait(20), "this thread runs the cell"
        assert last(editor)["status"] == "stale"
        send(editor, wire.Ping(), 2)  # the cell has ended
        await asyncio.sleep(0.01)
        assert (last(editor)["status"], last(editor)["headline"]) == ("fresh", 24.0)
        editor.close()

    asyncio.run(kernel())


def test_a_probe_that_is_asked_for_on_another_thread_runs_on_the_main_one(model: Model) -> None:
    threads: list[threading.Thread] = []

    def where(model: Any) -> float:
        threads.append(threading.current_thread())
        return 1.0

    async def kernel() -> None:
        editor = pw.edit(model, probe=where)
        page = threading.Thread(target=lambda: send(editor, wire.RunProbes()))
        page.start()
        page.join()
        assert threads == [], "the cell is still running"
        assert custom(editor)[-1][0]["reply"] == {"kind": "Pong"}
        await asyncio.sleep(0.01)
        assert threads == [threading.main_thread()]
        editor.close()

    asyncio.run(kernel())


def stopping(editor: Callable[[], pw.ParamEditor], entered: threading.Event) -> threading.Thread:
    """A page that presses stop, on another thread, once a probe is at work."""

    def page() -> None:
        assert entered.wait(10)
        send(editor(), wire.StopProbes(), 99)

    thread = threading.Thread(target=page)
    thread.start()
    return thread


def test_stop_ends_the_probe_that_runs_and_nothing_else(model: Model) -> None:
    entered, never = threading.Event(), threading.Event()  # a loop: only between its steps can it be stopped

    def endless(model: Any) -> float:
        entered.set()
        assert not any(never.wait(0.01) for _ in range(1000)), "it was not stopped"
        return 1.0

    async def kernel() -> None:
        editor = pw.edit(model, probe={"endless": endless, "total": total})
        page = stopping(lambda: editor, entered)
        send(editor, wire.TryOut(wire.Target(KERNEL), edits.Scale(2.0), 1))
        await asyncio.sleep(0.01)
        page.join()
        states = {item["name"]: item for item, _ in probed(editor)}
        assert (states["endless"]["status"], states["endless"]["outcome"]) == ("stopped", None)
        assert (states["total"]["status"], states["total"]["headline"]) == ("fresh", 132.0)
        assert same_bytes(model["dense"]["kernel"], BASE * 2), "the trial goes on"
        send(editor, wire.TryOut(wire.Target(KERNEL), edits.Scale(3.0), 1), 2)
        await asyncio.sleep(0.01)
        states = {item["name"]: item for item, _ in probed(editor)}
        assert states["total"]["headline"] == 198.0
        assert states["endless"]["status"] == "stale", "what was stopped does not run by itself again"
        editor.close()

    asyncio.run(kernel())


# ---------------------------------------------------------------- sweeps


def sweep(
    what: str = KERNEL, vary: Any = "value", low: float = -1.0, high: float = 1.0, steps: int = 5, probe: str = "total",
    region: str = "[0, 0]", where: str = "",
) -> wire.Sweep:  # fmt: skip
    return wire.Sweep(wire.Target(what, region, where), vary, low, high, steps, probe)


@pytest.fixture
def service(model: Model) -> Service:
    session = pw.Session(model)
    session.probe(total)
    return Service(session)


def test_a_sweep_is_what_the_probe_gives_at_each_place(service: Service, model: Model) -> None:
    before, history = contents(service.session), service.session.journal.position
    curve = ask(service, sweep())
    assert curve.xs == [-1, -0.5, 0, 0.5, 1]
    assert curve.ys == [65, 65.5, 66, 66.5, 67]
    assert (curve.probe, curve.here, curve.value) == ("total", 0, 66)
    curve = ask(service, sweep(vary="factor", low=0.0, high=2.0, steps=3, region="", where="w > 5"))
    assert (curve.xs, curve.ys, curve.here) == ([0, 1, 2], [15, 66, 117], 1)
    assert contents(service.session) == before
    assert service.session.journal.position == history
    assert service.session.previewing is None
    assert service.session.probes["total"].series == {0: 66.0}, "a sweep is no state of the model"


def test_a_sweep_of_whole_numbers_goes_over_whole_numbers() -> None:
    session = pw.Session({"a": np.array([1, 2])})
    session.probe(lambda arrays: float(arrays["a"].sum()), "sum")
    curve = ask(Service(session), sweep("a", low=0, high=3, steps=201, probe="sum", region="[0]"))
    assert (curve.xs, curve.ys) == ([0, 1, 2, 3], [2, 3, 4, 5])


def quiet_log(model: Any) -> float:
    with np.errstate(all="ignore"):
        return float(np.log(model["dense"]["kernel"][0, 0]))


def test_numbers_that_json_has_not_are_points_of_a_curve(service: Service) -> None:
    service.session.probe(quiet_log, "log")
    curve = ask(service, sweep(probe="log", steps=3))
    assert curve.ys == ["NaN", "-Infinity", 0.0]
    assert curve.value == "-Infinity"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (sweep(low=1.0, high=1.0), "value"),
        (sweep(low=2.0, high=1.0), "value"),
        (sweep(low=float("nan")), "value"),
        (sweep(high=float("inf")), "value"),
        (sweep(low=-1.7e308, high=1.7e308), "value"),
        (sweep(low=0.0, high=1e300), "value"),
        (sweep("gone"), "path"),
        (sweep(region="[7]"), "region"),
        (sweep(where="w +"), "expression"),
        (sweep(probe="gone"), "probe"),
        (sweep(probe="wrong"), "probe"),
        (sweep(probe="matrix"), "probe"),
        (sweep(probe="clumsy"), "probe"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused(service: Service, request_: wire.Sweep, code: str) -> None:
    def wrong(model: Any) -> float:
        raise ValueError("no")

    def clumsy(model: Any) -> float:
        model["dense"]["bias"] += 1
        return 1.0

    for function in (wrong, clumsy):
        service.session.probes.add(function)
    service.session.probes.add(lambda model: np.eye(2), "matrix")
    refused(service, request_, code)


def test_a_sweep_ends_a_trial_first(service: Service, model: Model) -> None:
    ask(service, wire.TryOut(wire.Target(KERNEL), edits.Scale(2.0), 1))
    assert ask(service, sweep()).value == 66
    assert same_bytes(model["dense"]["kernel"], BASE)


def test_a_sweep_is_stopped_from_another_thread(model: Model) -> None:
    entered, never = threading.Event(), threading.Event()

    def endless(model: Any) -> float:
        if model["dense"]["kernel"][0, 0] != 0:
            entered.set()
            assert not any(never.wait(0.01) for _ in range(1000)), "it was not stopped"
        return 1.0

    editor = pw.edit(model)
    editor.session.probes.add(endless)
    before = contents(editor.session)
    page = stopping(lambda: editor, entered)
    send(editor, sweep(probe="endless"), 5)
    page.join()
    replies = {content["id"]: content["reply"] for content, _ in custom(editor) if "id" in content}
    assert replies[99] == {"kind": "Pong"}
    assert replies[5] == {"kind": "Failure", "code": "stopped", "text": "Stopped. The model is as it was before."}
    assert contents(editor.session) == before
    assert editor.session.previewing is None
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# ---------------------------------------------------------------- an interrupt while the kernel is idle


IDLE = """
import asyncio, os, signal
import comm, numpy as np
import paramwidget as pw
from page import RecordingComm, custom, send
from paramwidget import edits, protocol as wire

comm.create_comm = RecordingComm


class Model(dict):
    pass


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def try_out(editor, factor):
    send(editor, wire.TryOut(wire.Target("w"), edits.Scale(factor), 1))


async def kernel():
    one, two = Model(w=np.ones(3)), Model(w=np.ones(3))
    a, b = pw.edit(one), pw.edit(two)
    idle = signal.getsignal(signal.SIGINT)
    for first, second in ((a, b), (b, a)):
        try_out(a, 2.0)
        try_out(b, 3.0)
        await asyncio.sleep(0.01)
        assert (one["w"][0], two["w"][0]) == (2, 3)
        interrupt()
        await asyncio.sleep(0.01)
        assert (one["w"][0], two["w"][0]) == (1, 1), "nothing half done stays"
        assert custom(a)[-1][0]["event"]["header"]["trial"] == ""
        assert signal.getsignal(signal.SIGINT) == idle
        for editor in (a, b):
            try_out(editor, 2.0)
        await asyncio.sleep(0.01)
        assert signal.getsignal(signal.SIGINT) != idle
        for editor in (first, second):
            send(editor, wire.DropTrial())
        await asyncio.sleep(0.01)
        assert signal.getsignal(signal.SIGINT) == idle, "nothing is tried out, so an interrupt is an interrupt"
    # while a message is handled, Jupyter has a handler of its own there
    try_out(a, 2.0)
    await asyncio.sleep(0.01)
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    a.close()
    assert one["w"][0] == 1
    signal.signal(signal.SIGINT, ours)
    print("ready", flush=True)
    try:
        interrupt()
        await asyncio.sleep(10)
    except (asyncio.CancelledError, KeyboardInterrupt):
        print("free", flush=True)
        raise


try:
    asyncio.run(kernel())
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_an_interrupt_of_the_idle_kernel_takes_trials_back_and_is_let_go_afterwards() -> None:
    tests = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", IDLE],
        cwd=tests.parent,
        env={"PYTHONPATH": f"{tests}:{tests.parent}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["ready", "free", "interrupted"], done.stderr


def test_an_interrupt_after_the_loop_has_ended_is_an_interrupt(model: Model) -> None:
    async def kernel() -> pw.ParamEditor:
        editor = pw.edit(model)
        send(editor, wire.TryOut(wire.Target(KERNEL), edits.Zero(), 1))
        await asyncio.sleep(0.01)
        return editor

    editor = asyncio.run(kernel())
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    editor.close()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    assert same_bytes(model["dense"]["kernel"], BASE)
