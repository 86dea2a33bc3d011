"""What scripts rely on: names and filters, ties, interrupts, replaced tensors, several sessions on one model."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from models import Listener
from torch import nn

import paramwidget as pw
from paramwidget.edits import Edit, Scale
from paramwidget.errors import (
    ClosedError,
    HistoryError,
    OutsideChangeError,
    PathError,
    ProbeError,
    QueryError,
    UnsupportedModelError,
    ValueRefusedError,
)
from paramwidget.region import Region
from paramwidget.service import Service


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 3)
        self.fc10 = nn.Linear(3, 4)
        self.out = nn.Linear(4, 2)


def frozen(model: nn.Module) -> set[str]:
    return {name for name, p in model.named_parameters() if not p.requires_grad}


def test_a_word_means_a_whole_name_when_freezing() -> None:
    model = Encoder()
    pw.Session(model).freeze("fc1")
    assert frozen(model) == {"fc1.weight", "fc1.bias"}


def test_several_names_may_come_as_a_list() -> None:
    model = Encoder()
    pw.Session(model).freeze(["fc1.weight", "out.*"])
    assert frozen(model) == {"fc1.weight", "out.weight", "out.bias"}


@pytest.mark.parametrize("what", [(), ("",), (" ",), ([],), (3,), ([3],)])
def test_freezing_nothing_in_particular_is_refused(what: tuple[Any, ...]) -> None:
    model = Encoder()
    with pytest.raises(QueryError, match="name what is meant"):
        pw.Session(model).freeze(*what)
    assert frozen(model) == set()


@pytest.mark.parametrize("query", ["rank:x", "dtype:f99", ">big"])
def test_a_condition_that_means_nothing_is_refused_even_when_negated(query: str) -> None:
    model = Encoder()
    session = pw.Session(model)
    for word in (query, f"!{query}"):
        with pytest.raises(QueryError):
            session.freeze(word)
    assert frozen(model) == set()


def test_facts_are_filter_words_in_scripts_too() -> None:
    model = Encoder()
    session = pw.Session(model)
    session["out.bias"][0] = 5.0
    with torch.no_grad():
        model.fc1.weight[0, 0] = float("nan")
    assert [p.path for p in session.select("edited")] == ["out.bias"]
    assert [p.path for p in session.select("nan")] == ["fc1.weight"]
    session.freeze("!edited")
    assert frozen(model) == {name for name, _ in model.named_parameters()} - {"out.bias"}


def test_two_parameters_on_one_storage_are_frozen_together() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    model[1].weight = nn.Parameter(model[0].weight.data)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    session = pw.Session(model)
    session.freeze("0.weight")
    before = session["0.weight"][...]
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.ones(2, 3)).sum().backward()
        optimizer.step()
    np.testing.assert_array_equal(session["0.weight"][...], before)
    session.undo()
    assert frozen(model) == set()


@pytest.mark.parametrize("names", ["*", ["q", "*"], ["q", "k", "qkv"], ["qkv", "q"]])
def test_what_lies_in_parts_of_one_storage_is_edited_as_a_whole_and_once(names: Any) -> None:
    base = np.ones((6, 2))
    pw.Session({"q": base[:2], "k": base[2:4], "qkv": base}).edit(names, "w * 3")
    assert (base == 3).all()


@pytest.mark.parametrize("names", ["*", ["a", "*"], ["a", "b"]])
def test_what_overlaps_in_part_is_edited_to_its_last_value_and_once(names: Any) -> None:
    base = np.ones(10)
    session = pw.Session({"a": base[:6], "b": base[4:]})
    session.edit(names, "w * 3")
    assert (base == 3).all()
    session.undo()
    assert (base == 1).all()


@pytest.mark.parametrize(
    ("names", "edited"), [("[qk]", ["q", "k"]), ("[tu]", ["t"]), ("*", ["s"]), (["t", "*"], ["t"])]
)
def test_of_what_is_the_same_one_is_edited(names: Any, edited: list[str]) -> None:
    base = np.ones((6, 2))
    model = {"q": base[:2], "k": base[2:4], "qkv": base} if "k" in edited else {"s": base, "t": base, "u": base}
    assert [edit.path for edit in pw.Session(model).targets(names, Scale(3))] == edited


def test_a_glob_sees_a_tensor_that_a_cell_put_in_place_of_a_tied_one() -> None:
    model = nn.ModuleDict({"e": nn.Embedding(5, 4), "h": nn.Linear(4, 5, bias=False)})
    model["h"].weight = model["e"].weight
    session = pw.Session(model)
    assert session["h.weight"].tied
    model["h"].weight = nn.Parameter(torch.ones(5, 4))
    session.edit("*", "w * 0")
    assert not any(p.any() for p in model.parameters())


def test_what_was_tied_and_is_no_more_is_not_said_to_have_changed_along() -> None:
    model = nn.ModuleDict({"e": nn.Embedding(5, 4), "h": nn.Linear(4, 5, bias=False)})
    model["h"].weight = model["e"].weight
    session = pw.Session(model)
    model["h"].weight = nn.Parameter(torch.ones(5, 4))
    entry = session["h.weight"].apply("w + 1")
    assert entry is not None
    assert entry.notices == []


def test_undo_of_an_edit_whose_tensor_was_replaced_says_so_and_force_goes_on() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    session = pw.Session(model)
    start = session["0.weight"][...]
    session["0.weight"][...] = 1.0
    session["1.weight"][...] = 2.0
    model[1] = nn.Linear(3, 5)
    with pytest.raises(OutsideChangeError, match="gone or has another shape"):
        session.undo()
    session.undo(force=True)
    session.undo()
    np.testing.assert_array_equal(session["0.weight"][...], start)


def test_a_handle_follows_a_tensor_that_got_another_shape_or_type() -> None:
    model = nn.Sequential(nn.Linear(3, 3))
    session = pw.Session(model)
    handle = session["0.weight"]
    model.half()
    handle[0, 0] = 0.1
    assert handle.dtype == "float16"
    model[0] = nn.Linear(5, 2)
    assert handle.shape == (2, 5)
    assert handle.summary().count == 10
    handle[1, 4] = 3.0
    assert model[0].weight[1, 4] == 3
    assert np.asarray(handle).shape == (2, 5)
    del model[0]
    with pytest.raises(PathError):
        handle[0, 0]


def test_an_interrupt_comes_after_the_step_which_is_recorded_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Encoder()
    session = pw.Session(model)
    listener = Listener(session)
    adapter = type(session.adapter)
    original = adapter.set_trainable

    def interrupted(self: Any, path: str, trainable: bool) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return original(self, path, trainable)

    monkeypatch.setattr(adapter, "set_trainable", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.freeze("fc1")
    assert frozen(model) == {"fc1.weight", "fc1.bias"}
    assert [entry.label for entry in session.history] == ["freeze fc1"]
    assert [update.paths for update in listener.told] == [("fc1.weight", "fc1.bias")]
    assert session["fc1.weight"].trainable is False


def test_two_sessions_on_one_model_do_not_get_in_each_others_way() -> None:
    model = {"w": np.zeros(1000)}
    sessions = [pw.Session(model), pw.Session(model)]
    failures: list[BaseException] = []

    def write(session: pw.Session, value: float) -> None:
        try:
            for i in range(150):
                session["w"][...] = value + i
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(s, 1000.0 * i)) for i, s in enumerate(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("end", [pw.Session.close, lambda session: None], ids=["closed", "forgotten"])
def test_when_the_newer_of_two_sessions_has_gone_the_older_one_is_found(end: Callable[[pw.Session], None]) -> None:
    model = {"w": np.zeros(3)}
    older, newer = pw.Session(model), pw.Session(model)
    assert pw.Session.of(model) is newer
    end(newer)
    del newer
    gc.collect()
    assert pw.Session.of(model) is older
    assert pw.Session(model).lock is older.lock


def test_a_closed_session_is_nobodys_session() -> None:
    model = {"w": np.zeros(3)}
    closed = pw.Session(model)
    closed.close()
    assert pw.Session.of(model) is not closed
    with pytest.raises(UnsupportedModelError):
        pw.Session.of(None)


def test_an_edit_whose_name_cannot_be_told_is_not_made() -> None:
    class Nameless(Scale):
        @property
        def label(self) -> str:
            raise RuntimeError("no name")

    model = {"w": np.ones(3)}
    session = pw.Session(model)
    with pytest.raises(RuntimeError, match="no name"):
        session.edit("w", Nameless(2.0))
    assert model["w"].tolist() == [1, 1, 1]
    assert session.history == []


def test_lists_in_a_list_of_names_mean_what_is_in_them() -> None:
    model = {"a": np.ones(2), "b": np.ones(2), "c": np.ones(2)}
    session = pw.Session(model)
    session.edit([["a", "b"], "c"], "w * 2")  # type: ignore[list-item]
    assert [values.tolist() for values in model.values()] == [[2, 2]] * 3


@pytest.mark.parametrize("name", [None, 1, 1.5, object()])
def test_what_is_no_name_is_refused_with_a_sentence(name: Any) -> None:
    session = pw.Session({"w": np.ones(2)})
    for call in (session.parameter, session.read, session.aliases):
        with pytest.raises(PathError, match="a tensor is named by its path, a text, and not by "):
            call(name)
    with pytest.raises(QueryError, match="a filter is a text"):
        session.select(name)


MASK = np.ones(2, bool)


@pytest.mark.parametrize("task", [False, True], ids=["plain", "lesson"])
@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda s: s.apply(3), ValueRefusedError, "this takes edits"),
        (lambda s: s.apply(None), ValueRefusedError, "this takes edits"),
        (lambda s: s.apply(Edit("w", s.region("w"), Scale(2.0)), label=3), HistoryError, "called by a text"),
        (lambda s: s.preview_edits(3), ValueRefusedError, "this takes edits"),
        (lambda s: s.preview_edits(["w"]), ValueRefusedError, "this takes edits"),
        (lambda s: s["w"].apply("w * 2", where=MASK), ValueRefusedError, "a condition is a text .* and not ndarray"),
        (lambda s: s.preview("w").apply("w * 2", where=3), ValueRefusedError, "a condition is a text .* and not int"),
        (lambda s: s.preview("w").apply("w * 2", where=MASK), ValueRefusedError, "a condition is a text"),
        (lambda s: s.preview("w").commit(MASK), HistoryError, "called by a text, and not by ndarray"),
        (lambda s: s.restore(3), HistoryError, "there is no snapshot '3'; take one with"),
        (lambda s: s.restore(["kept"]), HistoryError, "there is no snapshot"),
        (lambda s: s.drop_snapshot(["kept"]), HistoryError, "there is no snapshot"),
        (lambda s: s.goto([1]), HistoryError, r"the history has no entry \[1\]; it goes from 0 to 0"),
        (lambda s: s.at("1"), HistoryError, "the history has no entry 1"),
        (lambda s: s.to_python(1), HistoryError, r"write for example to_python\(\[1, 3\]\)"),
        (lambda s: s.to_python(["1", 2]), HistoryError, "by a list of their numbers"),
        (lambda s: s.take_from(s.at(0), 3), PathError, "name the tensors to copy by their paths, and not by int"),
        (lambda s: s.read(["w"]), PathError, "a tensor is named by its path, a text, and not by list"),
        (lambda s: s.plot(["w"]), PathError, "a tensor is named by its path"),
        (lambda s: s.named(3), QueryError, "name what is meant"),
        (lambda s: s.probes.run(["total"]), ProbeError, "there is no probe"),
        (lambda s: s.what_if("w", 0, 1, probe=["total"]), ProbeError, "there is no probe"),
    ],
)
def test_an_argument_of_the_wrong_type_is_refused_in_one_sentence(
    call: Callable[[pw.Session], object], error: type[Exception], says: str, task: bool
) -> None:
    model = {"w": np.ones(2)}
    session = pw.lesson.Lesson("x", model, [pw.lesson.at_most(0)]).session if task else pw.Session(model)
    with pytest.raises(error, match=says):
        call(session)
    assert model["w"].tolist() == [1, 1]
    assert len(session.journal.entries) == 1


@pytest.mark.parametrize(
    ("path", "region", "operation", "where", "says"),
    [
        (3, Region.full((2,)), Scale(2.0), "", "an edit is a path, a region and one of"),
        ("w", "[0]", Scale(2.0), "", "an edit is a path, a region and one of"),
        ("w", Region.full((2,)), "w * 2", "", "an edit is a path, a region and one of"),
        ("w", Region.full((2,)), Scale, "", "an edit is a path, a region and one of"),
        ("w", Region.full((2,)), Scale(2.0), MASK, "a condition is a text"),
    ],
)
def test_an_edit_of_wrong_parts_cannot_be_made(path: Any, region: Any, operation: Any, where: Any, says: str) -> None:
    with pytest.raises(ValueRefusedError, match=says):
        Edit(path, region, operation, where)


def test_one_name_is_not_taken_for_the_letters_of_it() -> None:
    session = pw.Session({"w": np.ones(2), "bias": np.ones(2)})
    assert list(session.named("bias")) == ["bias"]


def test_a_closed_session_says_so_for_undo_too() -> None:
    session = pw.Session({"w": np.zeros(3)})
    session["w"][0] = 1.0
    session.close()
    for call in (session.undo, session.redo):
        with pytest.raises(ClosedError):
            call()


def test_a_fact_that_an_adapter_made_up_is_shown_and_not_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    from paramwidget import protocol as wire
    from paramwidget.adapters.arrays import ArraysAdapter
    from paramwidget.edits import Fill
    from paramwidget.notices import Notice

    monkeypatch.setattr(ArraysAdapter, "after_write", lambda self, path: [Notice("my-fact", path)])
    service = Service(pw.Session({"w": np.zeros(3)}))
    reply, _ = service.answer(wire.Apply(wire.Target("w", "[0]"), Fill("1")))
    assert isinstance(reply, wire.Done)
    assert reply.remarks[0].title == "my-fact"


def test_a_path_is_a_text() -> None:
    session = pw.Session({"w": np.zeros(3)})
    for wrong in (3, ["w"], None):
        with pytest.raises(PathError, match="path"):
            session[wrong]  # type: ignore[index]


@pytest.mark.parametrize("words", ["edited", "nan"])
def test_the_plain_selection_says_that_it_cannot_judge_facts(words: str) -> None:
    from paramwidget.tree import select

    with pytest.raises(QueryError, match="session"):
        select(pw.Session({"w": np.zeros(3)}).tree, words)
