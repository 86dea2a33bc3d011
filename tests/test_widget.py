"""The widget without a browser: a recording comm stands for the page."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
import weakref
from typing import Any, ClassVar

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page import contents, custom, ids, send, sent

import paramwidget as pw
from paramwidget import edits
from paramwidget import protocol as wire
from paramwidget.errors import ClosedError, MissingExtraError, ValueRefusedError
from paramwidget.journal import same_bytes
from paramwidget.service import trials
from paramwidget.session import Session

pytestmark = pytest.mark.usefixtures("recording")


class Model(dict):  # type: ignore[type-arg]
    """A dict that can be referenced weakly."""


@pytest.fixture
def model() -> Model:
    return Model(dense={"kernel": np.arange(12, dtype=np.float32).reshape(3, 4), "bias": np.zeros(4, np.float32)})


def ask(editor: pw.ParamEditor, request: dict[str, Any]) -> dict[str, Any]:
    """Send a request as a page would; its one reply."""
    before, number = len(custom(editor)), next(ids)
    editor._on_message(editor, {"id": number, "request": request}, [])
    replies = [content for content, _ in custom(editor)[before:] if content.get("id") == number]
    assert len(replies) == 1
    reply: dict[str, Any] = replies[0]["reply"]
    return reply


def fill(path: str, region: str, text: str) -> dict[str, Any]:
    return {"kind": "Apply", "target": {"what": path, "region": region}, "operation": {"type": "Fill", "text": text}}


def test_every_request_gets_exactly_one_reply_with_its_number_and_revision(model: Model) -> None:
    editor = pw.edit(model)
    editor._on_message(editor, {"id": 41, "request": {"kind": "Ping"}}, [])
    content, buffers = custom(editor)[-1]
    assert content == {"id": 41, "revision": 0, "reply": {"kind": "Pong"}}
    assert buffers == []


@pytest.mark.parametrize(
    "request_",
    [
        None,
        [],
        {"kind": "Nothing"},
        {"kind": "Describe"},
        {"kind": "Describe", "path": 3},
        {"kind": "Undo", "force": "yes"},
    ],
)
def test_a_malformed_request_is_answered_with_a_failure(model: Model, request_: Any) -> None:
    editor = pw.edit(model)
    reply = ask(editor, request_)
    assert reply["kind"] == "Failure"
    assert reply["code"] == "message"
    assert len(reply["text"]) < 400


@pytest.mark.parametrize(
    "content", [None, 3, [], {}, {"id": "7"}, {"id": True}, {"id": -1}, {"id": 2**60}, {"id": 1.5}]
)
def test_a_message_without_a_number_is_dropped(model: Model, content: Any) -> None:
    editor = pw.edit(model)
    before = len(custom(editor))
    editor._on_message(editor, content, [])
    assert len(custom(editor)) == before


def test_an_edit_from_the_page_is_in_the_array_when_the_reply_comes(model: Model) -> None:
    editor = pw.edit(model)
    reply = ask(editor, fill("dense/kernel", "[1, 2]", "0.5"))
    assert reply == {"kind": "Done", "label": "dense/kernel [1, 2] set to 0.5", "remarks": [], "cells": None}
    assert model["dense"]["kernel"][1, 2] == 0.5
    events = [content["event"] for content, _ in custom(editor) if "event" in content]
    assert [event["kind"] for event in events] == ["Changed"]
    assert events[0]["paths"] == ["dense/kernel"]
    assert editor.revision == 1


def test_an_edit_from_a_script_is_told_to_the_page(model: Model) -> None:
    editor = pw.edit(model)
    editor.session["dense/bias"][0] = 1.0
    content, _ = custom(editor)[-1]
    assert content["event"]["paths"] == ["dense/bias"]
    assert content["event"]["header"]["undo"] == "dense/bias [0] set to 1.0"


@pytest.mark.parametrize(
    "state",
    [
        {"_esm": "export default { render() { alert(1) } }"},
        {"_css": "body { display: none }"},
        {"opening": {}},
        {"revision": 99},
        {"mid": "other"},
        {"_view_module": "evil"},
        {"_model_name": "Evil"},
        {"layout": "IPY_MODEL_0"},
        {"tabbable": True},
        {"unknown": 1},
        {"selection": 3},
        {"selection": "x" * 5000},
    ],
)
def test_the_page_can_set_no_trait_but_a_sane_selection(model: Model, state: dict[str, Any]) -> None:
    editor = pw.edit(model)
    before = {name: getattr(editor, name) for name in editor.trait_names() if name not in ("comm", "layout")}
    published = len(editor.comm.published)
    editor.set_state({**state})
    assert {name: getattr(editor, name) for name in before} == before
    assert len(editor.comm.published) == published, "what was refused is not echoed to other pages either"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_state_that_a_page_sends_changes_more_than_the_selection(data: st.DataObject) -> None:
    editor = pw.edit(FUZZED)
    names = [name for name in editor.trait_names() if name not in ("comm", "layout", "selection")]
    before = {name: getattr(editor, name) for name in names}
    keys = st.sampled_from([*names, "selection", "layout"]) | st.text(max_size=12)
    editor.set_state(data.draw(st.dictionaries(keys, VALUES, max_size=6)))
    assert {name: getattr(editor, name) for name in names} == before
    assert isinstance(editor.selection, str)
    assert FUZZED["w"].sum() == 0


FUZZED = Model(w=np.zeros(3))


def test_the_page_can_say_what_is_selected(model: Model) -> None:
    editor = pw.edit(model)
    editor.set_state({"selection": "dense/bias", "_esm": "evil"})
    assert editor.selection == "dense/bias"
    assert "evil" not in editor._esm


def test_the_opening_state_suffices_for_the_first_paint_and_is_small(model: Model) -> None:
    model["big"] = np.random.default_rng(0).normal(size=(2048, 2048)).astype(np.float32)
    model |= {f"layer{i}": np.zeros((3, 3), np.float32) for i in range(20_000)}
    opening = pw.edit(model).opening
    assert opening["tree"]["total"] == 20_004
    assert len(opening["tree"]["rows"]) > 100
    assert opening["description"]["path"] == opening["selected"]
    size = len(json.dumps({k: v for k, v in opening.items() if k != "buffers"})) + 4 / 3 * sum(
        map(len, opening["buffers"])
    )
    assert size < 100_000


def test_running_the_cell_again_goes_on_with_the_session_and_closes_the_old_view(model: Model) -> None:
    first = pw.edit(model)
    first.session["dense/bias"][...] = 2.0
    first.selection = "dense/bias"
    second = pw.edit(model)
    assert second.session.history[0].label == "dense/bias set to 2.0"
    assert second.selection == "dense/bias"
    assert first.comm is None
    assert first.session is second.session, "later cells go on with the name that they know"
    second.session.undo()
    assert model["dense"]["bias"].sum() == 0
    second.close()
    with pytest.raises(pw.errors.ClosedError, match="closed"):
        _ = first.session


def test_an_editor_that_was_replaced_does_not_keep_the_model_alive() -> None:
    model = {"w": np.ones(3)}
    gone = weakref.ref(model["w"])
    first = pw.edit(model)
    pw.edit(model).close()
    del model
    gc.collect()
    assert gone() is None
    assert first.comm is None


def test_a_session_that_was_made_on_another_thread_writes_where_its_editor_was_opened(model: Model) -> None:
    async def opened() -> pw.Session:
        made = await asyncio.to_thread(pw.Session, model)
        assert not made.safe_point.waits
        return pw.edit(model).session

    async def checked() -> None:
        session = await opened()
        assert session.safe_point.waits
        assert session.safe_point.here

    asyncio.run(checked())


def test_a_session_opened_in_a_script_is_the_one_that_the_editor_shows(model: Model) -> None:
    session = Session.of(model)
    session["dense/bias"][...] = 2.0
    assert pw.edit(model).session is session


def test_an_equal_but_different_model_has_a_session_of_its_own(model: Model) -> None:
    assert pw.edit(model).session is not pw.edit(Model(model)).session


def test_a_closed_editor_frees_itself_and_the_model() -> None:
    own = Model(dense={"kernel": np.zeros((3, 4), np.float32)})
    editor = pw.edit(own)
    ask(editor, {"kind": "Describe", "path": "dense/kernel"})
    editor.session["dense/kernel"][...] = 2.0
    references = [weakref.ref(editor), weakref.ref(own), weakref.ref(editor.session)]
    editor.close()
    del editor, own
    gc.collect()
    assert [reference() for reference in references] == [None, None, None]


def test_a_closed_editor_with_a_trial_and_probes_frees_itself_and_the_model() -> None:
    async def kernel() -> None:
        own = Model(w=np.ones(3))
        editor = pw.edit(own, probe=lambda model: float(model["w"].sum()))
        send(editor, wire.TryOut(wire.Target("w"), edits.Scale(2.0), 1))
        send(editor, wire.RunProbes())
        await asyncio.sleep(0.01)
        assert own["w"][0] == 2
        send(editor, wire.TryOut(wire.Target("w"), edits.Scale(3.0), 1), 2)  # what it has put off is still to come
        references = [weakref.ref(editor), weakref.ref(own), weakref.ref(editor.session)]
        editor.close()
        assert own["w"][0] == 1
        del editor, own
        gc.collect()
        assert [reference() for reference in references] == [None, None, None], (
            "nor does the timer of the trial hold it"
        )
        await asyncio.sleep(0.01)

    asyncio.run(kernel())


def test_what_the_editor_puts_off_does_not_keep_it_alive() -> None:
    async def kernel() -> None:
        own = Model(w=np.ones(3))
        editor = pw.edit(own, probe=lambda model: 1.0)
        send(editor, wire.TryOut(wire.Target("w"), edits.Scale(2.0), 1))
        reference = weakref.ref(editor)
        editor.close()
        del editor
        gc.collect()
        assert reference() is None

    asyncio.run(kernel())


def test_closing_and_opening_again_take_a_trial_back(model: Model) -> None:
    editor = pw.edit(model)
    before = contents(editor.session)
    sent(editor, wire.TryOut(wire.Target("dense/kernel"), edits.Zero(), 1))
    again = pw.edit(model)
    assert contents(again.session) == before
    assert again.session.previewing is None
    sent(again, wire.TryOut(wire.Target("dense/kernel"), edits.Zero(), 1))
    again.close()
    assert contents(Session.of(model)) == before


def test_closing_leaves_what_something_else_wrote_over_a_trial(model: Model) -> None:
    editor = pw.edit(model)
    sent(editor, wire.TryOut(wire.Target("dense/kernel"), edits.Zero(), 1))
    model["dense"]["kernel"][...] = 7
    editor.close()
    assert (model["dense"]["kernel"] == 7).all()


def test_a_page_that_is_gone_loses_its_trial(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "LEASE", 0.02)

    async def kernel() -> None:
        editor = pw.edit(model)
        before = contents(editor.session)
        send(editor, wire.TryOut(wire.Target("dense/kernel"), edits.Zero(), 1))
        assert contents(editor.session) != before
        while editor.session.previewing is not None:
            await asyncio.sleep(0.005)
        assert contents(editor.session) == before
        assert custom(editor)[-1][0]["event"]["header"]["trial"] == ""
        # and a later one is watched as well
        send(editor, wire.TryOut(wire.Target("dense/bias"), edits.Fill("1"), 1), 2)
        while editor.session.previewing is not None:
            await asyncio.sleep(0.005)
        assert contents(editor.session) == before
        editor.close()

    asyncio.run(kernel())


def test_what_is_tried_out_is_told_as_a_trial(model: Model) -> None:
    editor = pw.edit(model)
    for request, trial in (
        (wire.TryOut(wire.Target("dense/kernel"), edits.Scale(2.0), 1), True),
        (wire.KeepTrial(1), False),
        (wire.TryOut(wire.Target("dense/kernel"), edits.Scale(2.0), 1), True),
    ):
        sent(editor, request)
        events = [content["event"] for content, _ in custom(editor) if "event" in content]
        assert (events[-1]["paths"], events[-1]["trial"]) == (["dense/kernel"], trial)
        assert bool(events[-1]["header"]["trial"]) == trial


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_the_buffers_of_a_request_reach_the_service(model: Model, kind: Any) -> None:
    editor = pw.edit(model)
    sent(editor, wire.Apply(wire.Target("dense/kernel"), edits.Scale(2.0)))
    assert sent(editor, wire.GetPatch())["kind"] == "PatchFile"
    (data,) = custom(editor)[-1][1]
    sent(editor, wire.Undo())
    assert sent(editor, wire.ApplyPatch(), [kind(data)])["label"] == "apply patch"
    assert model["dense"]["kernel"][2, 3] == 22
    assert sent(editor, wire.ApplyPatch(), [kind(data[:-9])])["code"] == "patch"


@pytest.mark.parametrize("buffers", [None, 3, "x", [], [None], [3], ["text"], [object()], {}])
def test_buffers_that_are_none_are_refused(model: Model, buffers: Any) -> None:
    editor = pw.edit(model)
    before = len(custom(editor))
    editor._on_message(editor, {"id": 1, "request": {"kind": "ApplyPatch"}}, buffers)
    ((content, _),) = custom(editor)[before:]
    assert (content["reply"]["kind"], content["reply"]["code"]) == ("Failure", "patch")


def test_requests_that_write_or_run_code_wait_on_another_thread_and_no_others(model: Model) -> None:
    requests: list[wire.Request] = [
        wire.Ping(),
        wire.Foresee(wire.Target("dense/kernel")),
        wire.TryOut(wire.Target("dense/kernel"), edits.Scale(2.0), 1),
        wire.HoldTrial(1),
        wire.DropTrial(),
        wire.GetHistory(),
        wire.GetProbes(),
        wire.StopProbes(),
        wire.TakeSnapshot("a"),
        wire.GoTo(0),
        wire.Examine(),
        wire.Compare(wire.StateRef("now"), wire.StateRef("entry")),
        wire.KeepTrial(1),
    ]

    async def kernel() -> None:
        editor = pw.edit(model)
        page = threading.Thread(target=lambda: [send(editor, r, i) for i, r in enumerate(requests)])
        page.start()
        page.join()
        for errand in threading.enumerate():
            if errand.name.startswith("paramwidget-"):  # what takes long has a thread of its own
                errand.join()
        answered = [content["id"] for content, _ in custom(editor) if "id" in content]
        assert sorted(answered) == [i for i, request in enumerate(requests) if not isinstance(request, wire.Waiting)]
        assert model["dense"]["kernel"][2, 3] == 11
        await asyncio.sleep(0.01)
        answered = [content["id"] for content, _ in custom(editor) if "id" in content]
        assert sorted(answered) == list(range(len(requests)))
        editor.close()

    asyncio.run(kernel())
    assert same_bytes(model["dense"]["kernel"], np.arange(12, dtype=np.float32).reshape(3, 4))


def test_without_sidecar_the_panel_is_not_offered_and_its_call_says_what_to_install(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sidecar", None)  # as if it were not installed
    editor = pw.edit(model)
    assert editor.opening["panel"] is False
    with pytest.raises(MissingExtraError, match=r"pip install 'paramwidget\[panel\]'"):
        editor.panel()
    assert not editor.docked
    reply = ask(editor, {"kind": "Dock", "open": True})
    assert (reply["kind"], reply["code"]) == ("Failure", "missing-extra")


def test_a_page_that_loads_gets_its_state_even_of_a_model_that_cannot_be_read(model: Model) -> None:
    editor = pw.edit(model)
    editor.session.edit("dense/kernel", edits.Add(1.0))
    editor.session.close()
    assert editor.get_state()["opening"]["revision"] == 0  # of all widgets in one go: one must not spoil the others


def test_what_the_framework_raises_after_a_cell_stays_here(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = pw.edit(model)
    monkeypatch.setattr(type(editor._backend.service), "cell_ran", broken)
    editor._after_cell(False, False)
    monkeypatch.setattr(type(editor._backend.service.trials), "lapse", broken)
    editor._after_cell(False, True)


def test_an_editor_closes_whatever_the_framework_raises(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = pw.edit(model)
    ask(editor, msgspec.to_builtins(wire.TryOut(wire.Target("dense/kernel"), edits.Zero(), 1)))
    monkeypatch.setattr(type(editor.session.previewing), "revert", broken)
    editor.close()
    assert editor.comm is None
    with pytest.raises(ClosedError):
        _ = editor.session
    ask_nothing = {"id": 5, "request": {"kind": "Ping"}}
    editor._on_message(editor, ask_nothing, [])


def broken(*given: Any, **named: Any) -> Any:
    raise RuntimeError("CUDA error: device-side assert triggered")


class Sidecar:
    """Stands for JupyterLab's panels: those that are open."""

    open: ClassVar[list[Sidecar]] = []

    def __init__(self, title: str, anchor: str, outputs: tuple[dict[str, Any], ...]) -> None:
        self.title, self.shows = title, outputs[0]["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
        Sidecar.open.append(self)

    def close(self) -> None:
        Sidecar.open.remove(self)


@pytest.fixture
def panels(monkeypatch: pytest.MonkeyPatch) -> list[Sidecar]:
    monkeypatch.setattr(Sidecar, "open", [])
    monkeypatch.setattr("sidecar.Sidecar", Sidecar)
    return Sidecar.open


class Cell:
    """Stands for a cell of a notebook: with it, what it made before is known, and its end is heard."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._id, self.runs = f"cell {next(ids)}", 0
        self._heard: list[Any] = []
        monkeypatch.setattr("paramwidget.editors.running_cell", lambda: (self._id, self.runs))
        monkeypatch.setattr("paramwidget.editors.after_each_cell", self._hear)

    def _hear(self, ran: Any) -> Any:
        self._heard.append(ran)
        return lambda: self._heard.remove(ran)

    def run(self, *models: Any, title: str | None = None) -> list[pw.ParamEditor]:
        self.runs += 1
        editors = [pw.edit(each, title=title) for each in models]
        for ran in list(self._heard):
            ran(True, False)
        assert self._heard == []
        return editors


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Cell:
    return Cell(monkeypatch)


def arrays() -> Model:
    return Model(x=np.zeros(3), y=np.zeros(3))


def test_a_panel_belongs_to_an_editor_and_a_title_has_one(panels: list[Sidecar]) -> None:
    first, second = pw.edit(arrays(), title="net").panel(), pw.edit(arrays(), title="net")
    ask(second, {"kind": "Dock", "open": False})
    assert [panel.shows for panel in panels] == [first.model_id], "it had none itself"
    second.panel()
    assert [panel.shows for panel in panels] == [second.model_id]
    assert (first.docked, second.docked) == (False, True), "the first shows itself in its cell again"
    first.close()
    assert [panel.shows for panel in panels] == [second.model_id]
    second.close()
    assert panels == []


def test_a_panel_that_the_user_closes_is_not_the_one_that_came_after_it(panels: list[Sidecar]) -> None:
    editor = pw.edit(arrays()).panel()
    gone = editor.panels
    editor.panel()
    ask(editor, {"kind": "Dock", "open": False, "panel": gone})
    assert (len(panels), editor.docked) == (1, True), "the page tells of the panel that the kernel replaced"
    ask(editor, {"kind": "Dock", "open": False, "panel": editor.panels})
    assert (len(panels), editor.docked) == (0, False)


def test_renaming_a_model_leaves_no_panel_behind(panels: list[Sidecar]) -> None:
    net = arrays()
    editor = pw.edit(net, title="before").panel()
    editor.session.rename("after")
    editor.panel()
    assert [panel.title for panel in panels] == ["after"]
    editor.session.rename("at last")
    again = pw.edit(net)
    assert [(panel.title, panel.shows) for panel in panels] == [("at last", again.model_id)]
    ask(again, {"kind": "Dock", "open": False})
    assert panels == []


def test_editors_that_a_cell_makes_again_are_where_those_before_them_were(cell: Cell, panels: list[Sidecar]) -> None:
    kept = arrays(), arrays()
    for new in (False, True):
        editors = cell.run(*kept, title="net")
        for editor, path in zip(editors, ("y", "x"), strict=True):
            editor.selection = path
        editors[1].panel()
        editors[1].session["x"][0] = 1.0 + new
        done = len(editors[1].session.history)
        del editor
        again = cell.run(*((arrays(), arrays()) if new else kept), title="net")
        assert [editor.selection for editor in again] == ["y", "x"]
        assert [editor.docked for editor in again] == [False, True]
        assert [panel.shows for panel in panels] == [again[1].model_id]
        assert [editor.comm for editor in editors] == [None, None]
        assert len(again[1].session.history) == (0 if new else done), "a model that is kept keeps its history"


def test_what_a_cell_does_not_make_again_closes_when_it_has_run(cell: Cell) -> None:
    first, second = cell.run(arrays(), arrays())
    (again,) = cell.run(arrays())
    assert (first.comm, second.comm) == (None, None)
    assert again.comm is not None


def test_a_closed_editor_can_be_shown_and_says_so(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[dict[str, str]] = []
    monkeypatch.setattr("paramwidget.widget.Output.put", lambda output, data: said.append(data))
    editor = pw.edit(model)
    editor.close()
    editor._ipython_display_()
    assert "was closed" in said[0]["text/plain"]


def test_a_place_that_is_none_is_refused_before_a_panel_closes(model: Model, panels: list[Sidecar]) -> None:
    editor = pw.edit(model)
    editor.panel()
    for anchor in ("nonsense", "", 3):
        with pytest.raises(ValueRefusedError, match="split-right"):
            editor.panel(anchor)  # type: ignore[arg-type]
    assert len(panels) == 1
    editor.close()
    assert panels == []


def test_many_runs_of_the_cell_leave_one_widget_and_one_layout(model: Model) -> None:
    from ipywidgets.widgets.widget import _instances

    first = pw.edit(model)
    before = len(_instances)
    for _ in range(10):
        editor = pw.edit(model)
    assert len(_instances) == before
    assert first.comm is None
    editor.close()
    assert len(_instances) == before - 2


def test_closing_is_said_to_the_page_and_late_messages_are_dropped(model: Model) -> None:
    editor = pw.edit(model)
    channel = editor.comm
    editor.close()
    events = [d["content"]["event"] for _, d, _ in channel.published if d and d.get("method") == "custom"]
    assert events[-1]["kind"] == "Ended"
    editor._on_message(editor, {"id": 1, "request": {"kind": "Ping"}}, [])
    editor.close()  # twice is harmless
    assert repr(editor) == "<ParamEditor, closed>"


def test_a_write_from_another_thread_waits_until_the_main_thread_is_idle(model: Model) -> None:
    """JupyterLab delivers messages on a subshell's thread while a cell runs; a write from there would hit training."""

    async def kernel() -> None:
        editor = pw.edit(model)  # as in a cell: the loop is running, and busy while this coroutine does not await
        request = fill("dense/kernel", "[0, 0]", "7")

        def page() -> None:
            editor._on_message(editor, {"id": 1, "request": request}, [])
            editor._on_message(editor, {"id": 2, "request": {"kind": "Ping"}}, [])

        thread = threading.Thread(target=page)
        thread.start()
        thread.join()
        assert model["dense"]["kernel"][0, 0] == 0, "the cell is still running"
        assert [content["id"] for content, _ in custom(editor) if "id" in content] == [2], "reading is answered"
        await asyncio.sleep(0.01)  # the cell has ended
        assert model["dense"]["kernel"][0, 0] == 7
        assert [content["id"] for content, _ in custom(editor) if "id" in content] == [2, 1]

    asyncio.run(kernel())


def test_what_another_cell_changed_is_told_once(model: Model) -> None:
    editor = pw.edit(model)
    ask(editor, {"kind": "Describe", "path": "dense/kernel"})
    count = len(custom(editor))
    editor._after_cell(first=False, interrupted=False)
    assert len(custom(editor)) == count, "nothing changed, nothing is said"
    model["dense"]["kernel"][:] = -1
    editor._after_cell(first=False, interrupted=False)
    content, _ = custom(editor)[-1]
    assert content["event"]["paths"] == ["dense/kernel"]
    assert content["event"]["outside"] is True
    model["new"] = np.zeros(3)
    editor._after_cell(first=False, interrupted=False)
    assert custom(editor)[-1][0]["event"]["rows"] is True


def test_a_page_that_loads_anew_gets_the_state_of_now(model: Model) -> None:
    editor = pw.edit(model)
    editor.session["dense/kernel"][...] = 3.0
    state = editor.get_state()
    assert state["opening"]["revision"] == 1
    assert state["opening"]["tree"]["header"]["undo"] == "dense/kernel set to 3.0"
    assert state["opening"]["description"]["summary"]["max"] == 3.0


def test_the_message_for_a_closed_editor_says_what_to_do() -> None:
    editor = pw.edit({"w": np.zeros(3)})
    editor.close()
    with pytest.raises(pw.errors.ClosedError, match=r"paramwidget\.edit"):
        _ = editor.session


def test_protocol_version_travels_with_the_opening(model: Model) -> None:
    assert pw.edit(model).opening["version"] == wire.VERSION
