"""A view that is hidden or closed does no work: reads of the model are counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from page import custom, ids

import paramwidget as pw
from paramwidget.adapters.arrays import ArraysAdapter
from paramwidget.service.attention import Attention

pytestmark = pytest.mark.usefixtures("recording")


class Model(dict):  # type: ignore[type-arg]
    """A dict that can be referenced weakly."""


def new() -> Model:
    return Model(w=np.ones((8, 8), np.float32), b=np.zeros(8, np.float32))


def say(editor: pw.ParamEditor, **request: Any) -> None:
    editor._on_message(editor, {"id": next(ids), "request": request}, [])


def opened(probe: Callable[[Any], float] | None = None) -> tuple[Model, pw.ParamEditor]:
    """An editor as a page shows it: with thumbnails and a picture."""
    model = new()
    editor = pw.edit(model, probe=probe)
    say(editor, kind="GetGlances", paths=["w", "b"])
    say(editor, kind="Describe", path="w")
    editor._after_cell(False, False)
    return model, editor


def count(monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]) -> int:
    """How often something is read meanwhile."""
    found = 0
    read = ArraysAdapter.read

    def noted(adapter: Any, path: str, region: Any) -> np.ndarray:
        nonlocal found
        found += 1
        return read(adapter, path, region)

    with monkeypatch.context() as patch:
        patch.setattr(ArraysAdapter, "read", noted)
        work()
    return found


def test_after_a_cell_nothing_is_read_for_a_hidden_view_and_what_was_missed_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, editor = opened()
    assert count(monkeypatch, lambda: editor._after_cell(False, False)) > 0
    say(editor, kind="Attend", page=1, looks=False)
    model["w"][:] = 5
    before = len(custom(editor))
    assert count(monkeypatch, lambda: editor._after_cell(False, False)) == 0
    assert custom(editor)[before:] == []
    say(editor, kind="Attend", page=1, looks=True)
    events = [content["event"] for content, _ in custom(editor)[before:] if "event" in content]
    assert [(event["kind"], event["paths"], event["outside"]) for event in events] == [("Changed", ["w"], True)]


def test_an_edit_by_a_script_costs_what_it_costs_without_an_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(session: pw.Session) -> Callable[[], None]:
        def work() -> None:
            session["w"][0] = 3.0

        return work

    headless = count(monkeypatch, change(pw.Session(new())))
    model, editor = opened()
    seen = count(monkeypatch, change(editor.session))
    say(editor, kind="Attend", page=1, looks=False)
    editor.session.undo()
    assert count(monkeypatch, change(editor.session)) == headless < seen
    before = len(custom(editor))
    say(editor, kind="Attend", page=1, looks=True)
    kinds = [content["event"]["kind"] for content, _ in custom(editor)[before:] if "event" in content]
    assert kinds == [], "the page was told of the edit, and what it shows is its own"
    assert model["w"][0, 0] == 3


def test_probes_do_not_run_for_a_hidden_view_and_run_when_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[float] = []

    def probe(model: Any) -> float:
        runs.append(float(model["w"].sum()))
        return runs[-1]

    _, editor = opened(probe)
    assert runs == [64]
    say(editor, kind="Attend", page=1, looks=False)
    editor.session["w"][:] = 2.0
    editor._after_cell(False, False)
    assert runs == [64]
    say(editor, kind="Attend", page=1, looks=True)
    assert runs == [64, 128]


def test_a_closed_editor_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model, editor = opened()
    session = editor.session
    editor.close()
    model["w"][:] = 5

    def work() -> None:
        editor._after_cell(False, False)
        say(editor, kind="Describe", path="w")

    assert count(monkeypatch, work) == 0
    assert session["w"][0, 0] == 5


def test_somebody_looks_as_long_as_one_page_does() -> None:
    attention = Attention()
    assert attention.paid, "a page that says nothing may be there"
    attention.note(1, True)
    attention.note(2, True)
    attention.note(1, False)
    assert attention.paid
    attention.note(2, False)
    assert not attention.paid
    attention.note(3, True)
    assert attention.paid


def test_pages_are_not_remembered_for_ever() -> None:
    attention = Attention()
    for page in range(1000):
        attention.note(page, page == 0)
    assert not attention.paid
    assert len(attention._pages) == 100
