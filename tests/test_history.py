"""The history as a tree: going to any entry, taking one back from the middle, and what it costs."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import torch
from models import Listener

from paramwidget import Session
from paramwidget.adapters.arrays import ArraysAdapter
from paramwidget.edits import Assign, Edit, Fill, Prune, Scale
from paramwidget.errors import HistoryError, OutsideChangeError, WriteFailedError
from paramwidget.journal import same_bytes
from paramwidget.opened import Update
from paramwidget.region import Region


def branches() -> tuple[dict[str, np.ndarray], Session, dict[int, float]]:
    """0 ─ 1 ─ 2 ─ 3, and 4 ─ 5 that branch off 1; the model stands at 5. What `w[0]` holds at each."""
    model = {"w": np.zeros(4), "b": np.zeros(2)}
    session = Session(model)
    for value in (1.0, 2.0, 3.0):
        session["w"][0] = value
    session.undo()
    session.undo()
    session["w"][0] = 4.0
    session["w"][...] = 5.0
    return model, session, {0: 0.0, 1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0, 5: 5.0}


def test_goto_leads_to_every_entry_of_every_branch() -> None:
    model, session, expected = branches()
    rng = np.random.default_rng(0)
    for number in [*range(6), *rng.integers(0, 6, 40).tolist()]:
        session.goto(number)
        assert session.journal.position == number
        assert model["w"][0] == expected[number]
        assert model["w"][1] == (5.0 if number == 5 else 0.0)
        for other, value in expected.items():
            assert session.at(other).read("w", Region.full((4,)))[0] == value
    assert len(session.journal.entries) == 6


def test_redo_follows_the_branch_that_was_left_last() -> None:
    model, session, _ = branches()
    session.goto(0)
    assert [entry.number for entry in iter(session.redo, None)] == [1, 4, 5]
    session.goto(3)
    session.goto(0)
    assert [entry.number for entry in iter(session.redo, None)] == [1, 2, 3]
    assert model["w"].tolist() == [3, 0, 0, 0]


def test_there_is_no_way_to_an_entry_that_is_not_there() -> None:
    _, session, _ = branches()
    for wrong in (6, -1):
        with pytest.raises(HistoryError, match=f"no entry {wrong}; it goes from 0 to 5"):
            session.goto(wrong)
        with pytest.raises(HistoryError):
            session.at(wrong)
    assert session.journal.position == 5


def test_a_refusal_names_the_way_on_of_what_was_asked() -> None:
    model = {"a": np.zeros(2), "b": np.zeros(2)}
    session = Session(model)
    session.edit("a", "w + 1")
    session.edit("b", "w + 2")
    model["a"][0] = 9
    with pytest.raises(OutsideChangeError, match=r"taking it back would overwrite that$"):
        session.take_back(1)  # undo(force=True) would undo the other entry
    with pytest.raises(OutsideChangeError, match=r"; goto\(force=True\) does it all the same$"):
        session.goto(0)
    session.goto(0, force=True)
    assert not model["a"].any()


@pytest.mark.parametrize("target", [3, 2, 0])
def test_goto_that_meets_an_outside_change_leaves_the_model_where_it_was(target: int) -> None:
    model = {"w": np.zeros(4), "b": np.zeros(2)}
    session = Session(model)
    session["b"][0] = 1.0
    session["w"][0] = 2.0
    session["b"][1] = 3.0  # entry 3
    session.goto(1)
    session["w"][1] = 4.0
    session["w"][2] = 5.0  # entry 5, where the model stands
    if target:
        model["b"][1] = 77.0  # on the way forward
    else:
        model["b"][0] = 77.0  # at the end of the way back
    before = {name: array.copy() for name, array in model.items()}
    if target == 2:
        session.goto(2)
        assert model["w"].tolist() == [2, 0, 0, 0]
        return
    with pytest.raises(OutsideChangeError, match="b was written by something else"):
        session.goto(target)
    assert {name: array.tolist() for name, array in model.items()} == {k: v.tolist() for k, v in before.items()}
    assert session.journal.position == 5
    session.goto(target, force=True)
    assert session.journal.position == target


def test_goto_that_fails_on_the_way_does_not_change_what_redo_does() -> None:
    model = {"w": np.zeros(4), "b": np.zeros(2)}
    session = Session(model)
    session["w"][0] = 1.0
    session["w"][1] = 1.0
    session["b"][0] = 1.0  # entry 3 on the first branch
    session.goto(0)
    session["w"][3] = 9.0  # entry 4
    session.undo()
    model["b"][0] = 77.0
    with pytest.raises(OutsideChangeError):
        session.goto(3)
    redone = session.redo()
    assert redone is not None
    assert redone.number == 4


def test_goto_that_the_framework_refuses_leaves_the_model_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    model, session, _ = branches()
    before, calls, write = model["w"].tolist(), 0, ArraysAdapter.write

    def failing(self: ArraysAdapter, path: str, region: Region, values: np.ndarray) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise RuntimeError("boom")
        write(self, path, region, values)

    monkeypatch.setattr(ArraysAdapter, "write", failing)
    with pytest.raises(WriteFailedError, match="boom"):
        session.goto(3)
    assert model["w"].tolist() == before
    assert session.journal.position == 5


def test_where_the_way_back_fails_too_the_history_says_where_the_model_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    model = {"w": np.zeros(2)}
    session = Session(model)
    for value in (1.0, 2.0, 3.0):
        session["w"][...] = value
    listener = Listener(session)
    original, writes = session.adapter.write, []

    def breaking(*given: Any) -> None:
        writes.append(given)
        if len(writes) > 1:
            raise RuntimeError("no more")
        original(*given)

    monkeypatch.setattr(session.adapter, "write", breaking)
    with pytest.raises(WriteFailedError, match="no more"):
        session.goto(0)
    assert model["w"].tolist() == [2, 2]
    assert session.journal.position == 2
    assert [update.values for update in listener.told] == [True]
    monkeypatch.undo()
    session.goto(0)
    assert model["w"].tolist() == [0, 0]


def test_goto_is_told_once_with_the_tensors_that_changed() -> None:
    _, session, _ = branches()
    listener = Listener(session)
    session.goto(0)
    session.goto(0)
    assert listener.told == [Update(("w",), values=True)]


def test_goto_brings_frozen_flags_back_and_forth() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    session = Session(model)
    session.freeze("0")
    session["0.weight"][...] = 1.0
    session.freeze("1.weight")

    def frozen() -> set[str]:
        return {name for name, p in model.named_parameters() if not p.requires_grad}

    session.goto(0)
    assert frozen() == set()
    assert session.tree.lock == "open"
    session.goto(3)
    assert frozen() == {"0.weight", "0.bias", "1.weight"}
    session.goto(1)
    assert frozen() == {"0.weight", "0.bias"}
    session.freeze("1.bias")
    session.goto(3)
    assert frozen() == {"0.weight", "0.bias", "1.weight"}


def test_ten_thousand_entries() -> None:
    model = {"w": np.zeros(100)}
    session = Session(model)
    for i in range(10_000):
        session["w"][i % 100] = float(i + 1)
    assert session.at(5000).read("w", Region.parse("[99]", (100,))).tolist() == [5000]
    session.goto(0)
    assert not model["w"].any()
    session.goto(10_000)
    assert model["w"].tolist() == list(range(9901, 10_001))
    assert session.journal.bytes == 80_000


# ---------------------------------------------------------------- taking back


def test_one_entry_from_the_middle_is_taken_back_alone() -> None:
    model = {"w": np.zeros(6)}
    session = Session(model)
    session["w"][0:2] = 1.0
    session["w"][2:4] = 2.0
    session["w"][4:6] = 3.0
    entry = session.take_back(2)
    assert entry is not None
    assert entry.label == "take back 2: w [2:4] set to 2.0"
    assert model["w"].tolist() == [1, 1, 0, 0, 3, 3]
    assert [each.number for each in session.history] == [1, 2, 3, 4]
    session.undo()
    assert model["w"].tolist() == [1, 1, 2, 2, 3, 3]
    session.redo()
    session.goto(0)
    assert not model["w"].any()
    session.goto(4)
    assert model["w"].tolist() == [1, 1, 0, 0, 3, 3]


def test_what_lies_below_a_later_entry_is_not_taken_back() -> None:
    model = {"w": np.zeros(6)}
    session = Session(model)
    session["w"][0:3] = 1.0
    session["w"][2:4] = 2.0
    with pytest.raises(HistoryError, match=r"'w \[2:4\] set to 2.0' \(entry 2\) lies over 'w \[:3\] set to 1.0'"):
        session.take_back(1)
    assert model["w"].tolist() == [1, 1, 2, 2, 0, 0]
    for wrong in (0, 3, -1):
        with pytest.raises(HistoryError, match="not part of what is done"):
            session.take_back(wrong)
    session.undo()
    with pytest.raises(HistoryError):
        session.take_back(2)
    assert session.take_back(1) is not None
    assert not model["w"].any()


def test_cells_of_one_region_that_do_not_meet_are_taken_back_one_without_the_other() -> None:
    values = np.linspace(-1, 1, 1000)
    model = {"w": values.copy()}
    session = Session(model)
    session["w"].apply(Prune(threshold=0.05))
    session["w"].apply(Fill("9"), where="w > 0.95")
    assert session.take_back(1) is not None
    assert np.array_equal(model["w"], np.where(values > 0.95, 9.0, values))
    session["w"].apply(Scale(2.0))
    with pytest.raises(HistoryError, match=r"entry 4\) lies over"):
        session.take_back(2)


def test_a_tied_name_counts_as_the_same_tensor() -> None:
    shared = np.zeros(4)
    session = Session({"one": shared, "two": shared})
    session["one"][0:2] = 1.0
    session["two"][1:3] = 2.0
    with pytest.raises(HistoryError, match=r"entry 2\) lies over"):
        session.take_back(1)
    session.undo()
    session["two"][2:4] = 2.0
    assert session.take_back(1) is not None
    assert shared.tolist() == [0, 0, 2, 2]


def test_a_freeze_is_taken_back_and_not_from_below_a_later_one() -> None:
    model = torch.nn.Linear(2, 2)
    session = Session(model)
    session.freeze("weight")
    session["bias"][...] = 1.0
    session.freeze("bias")
    assert session.take_back(1) is not None
    assert model.weight.requires_grad
    assert not model.bias.requires_grad
    with pytest.raises(HistoryError, match=r"entry 4\) lies over 'freeze weight'"):
        session.take_back(1)
    session.undo()
    assert not model.weight.requires_grad


def test_what_training_wrote_is_not_overwritten_by_taking_back() -> None:
    model = {"w": np.zeros(4)}
    session = Session(model)
    session["w"][0] = 1.0
    model["w"][0] = 77.0
    with pytest.raises(OutsideChangeError):
        session.take_back(1)
    assert model["w"][0] == 77
    assert len(session.history) == 1


def test_an_entry_of_several_tensors_is_taken_back_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    model = {"a": np.zeros(2), "b": np.zeros(2), "c": np.zeros(2)}
    session = Session(model)
    session.edit(["a", "b"], "w + 1")
    session["c"][0] = 5.0
    write, calls = ArraysAdapter.write, 0

    def failing(self: ArraysAdapter, path: str, region: Region, values: np.ndarray) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError("boom")
        write(self, path, region, values)

    monkeypatch.setattr(ArraysAdapter, "write", failing)
    with pytest.raises(WriteFailedError):
        session.take_back(1)
    assert [array.tolist() for array in model.values()] == [[1, 1], [1, 1], [5, 0]]
    monkeypatch.undo()
    session.take_back(1)
    assert [array.tolist() for array in model.values()] == [[0, 0], [0, 0], [5, 0]]


# ---------------------------------------------------------------- the past, read


def test_the_past_of_a_tied_tensor_is_seen_under_each_of_its_names() -> None:
    shared = np.arange(6.0).reshape(2, 3)
    session = Session({"one": shared, "two": shared})
    session["two"][0] = 9.0
    session["one"][:, 0] = 8.0
    for name in ("one", "two"):
        assert session.at(0).read(name, Region.full((2, 3))).tolist() == [[0, 1, 2], [3, 4, 5]]
        assert session.at(1).read(name, Region.full((2, 3))).tolist() == [[9, 9, 9], [3, 4, 5]]


def test_the_past_of_another_view_of_the_memory_is_not_guessed() -> None:
    matrix = np.arange(9.0).reshape(3, 3)
    session = Session({"matrix": matrix, "turned": matrix.T})
    session["turned"][0, 2] = 50.0
    assert session.at(0).read("turned", Region.full((3, 3)))[0, 2] == 6
    with pytest.raises(HistoryError, match="matrix shares memory with turned"):
        session.at(0).read("matrix", Region.full((3, 3)))
    assert session.at(1).read("matrix", Region.full((3, 3)))[2, 0] == 50


def test_redo_after_undo_of_twins_that_were_committed_together() -> None:
    shared = np.arange(4.0)
    session = Session({"one": shared, "two": shared})
    with session.preview(["one", "two"]) as trial:
        trial.apply("w + 1")
        trial.commit()
    for _ in range(2):
        session.undo()
        assert shared.tolist() == [0, 1, 2, 3]
        session.redo()
        assert shared.tolist() == [1, 2, 3, 4]


# ---------------------------------------------------------------- memory


def used(act: Callable[[], object]) -> int:
    """Bytes that stay allocated after an action."""
    gc.collect()
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        act()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - start
    finally:
        tracemalloc.stop()


def test_a_sparse_prune_of_a_large_tensor_keeps_the_cells_that_changed() -> None:
    values = np.random.default_rng(0).normal(size=1_000_000).astype(np.float32)
    session = Session({"w": values})
    session["w"][0] = 1.0
    memory = used(lambda: (session["w"].apply(Prune(fraction=0.01)), session.undo(), session.redo()))
    cells = session.history[-1].count
    assert cells == 10_000
    assert session.history[-1].bytes == cells * (4 + 4)
    assert memory <= 1.1 * cells * 8 + 20_000


def test_an_entry_does_not_keep_the_users_array() -> None:
    class Big(np.ndarray):
        pass

    session = Session({"w": np.zeros(100_000)})
    given = np.ones(100_000).view(Big)
    gone = weakref.ref(given)
    session["w"][...] = given
    one = np.array(5.0).view(Big)
    scalar = weakref.ref(one)
    session.apply(Edit("w", Region.parse("[0]", (100_000,)), Assign(one)))
    del given, one
    gc.collect()
    assert gone() is None
    assert scalar() is None
    assert session.journal.bytes <= 100_001 * 8
    session.goto(0)
    session.goto(2)
    assert session["w"][0:2].tolist() == [5, 1]


# ---------------------------------------------------------------- tensors that go away and come back


def gone_and_back() -> tuple[dict[str, np.ndarray], Session, np.ndarray]:
    """Both were edited together, `b` went away, and the rest was undone."""
    model = {"a": np.zeros(2), "b": np.zeros(2)}
    session = Session(model)
    session.edit(["a", "b"], "w + 1")
    away = model.pop("b")
    with pytest.raises(OutsideChangeError, match="b is gone"):
        session.undo()
    session.undo(force=True)
    assert model["a"].tolist() == [0, 0]
    return model, session, away


def held(model: dict[str, np.ndarray]) -> list[list[float]]:
    return [array.tolist() for array in model.values()]


def test_what_undo_left_out_is_undone_with_the_rest_when_it_is_back() -> None:
    model, session, away = gone_and_back()
    model["b"] = away
    session.redo()
    assert held(model) == [[1, 1], [1, 1]]
    session.undo()
    assert held(model) == [[0, 0], [0, 0]], "the bytes from before were not forgotten"
    session.redo()
    assert held(model) == [[1, 1], [1, 1]]


def test_what_undo_left_out_does_not_hinder_redo_whatever_it_holds_when_it_is_back() -> None:
    model, session, _ = gone_and_back()
    model["b"] = np.full(2, 5.0)
    session.redo()
    assert held(model) == [[1, 1], [5, 5]]
    with pytest.raises(OutsideChangeError, match="b was written by something else"):
        session.undo()


def test_what_undo_left_out_is_redone_and_undone_without_the_tensor() -> None:
    model, session, away = gone_and_back()
    session.redo(force=True)
    session.undo(force=True)
    session.redo(force=True)
    model["b"] = away
    session.undo()
    assert held(model) == [[0, 0], [0, 0]]


def test_what_redo_left_out_is_left_alone_when_it_is_back() -> None:
    model = {"a": np.zeros(2), "b": np.zeros(2)}
    session = Session(model)
    session.edit(["a", "b"], "w + 1")
    session.undo()
    away = model.pop("b")
    session.redo(force=True)
    model["b"] = away
    assert session.at(0).read("b", Region.full((2,))).tolist() == [0, 0]
    assert session.take_back(1) is not None
    assert held(model) == [[0, 0], [0, 0]]
    session.goto(1)
    session.undo()
    session.redo()
    assert held(model) == [[1, 1], [1, 1]]


def test_the_past_of_what_undo_left_out_is_what_it_holds() -> None:
    model, session, away = gone_and_back()
    model["b"] = away
    assert session.at(1).read("b", Region.full((2,))).tolist() == [1, 1]
    assert session.at(1).read("a", Region.full((2,))).tolist() == [1, 1]
    session.redo()
    assert session.at(0).read("b", Region.full((2,))).tolist() == [0, 0]


def test_a_freeze_of_a_layer_that_is_gone_is_left_out_and_redone() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    session = Session(model)
    session.freeze("*.bias")
    last = model[1]
    del model[1]
    with pytest.raises(OutsideChangeError):
        session.undo()
    session.undo(force=True)
    assert model[0].bias.requires_grad
    assert not last.bias.requires_grad
    model.append(last)
    assert [flip.path for flip in session.journal.entries[1].flips] == ["0.bias", "1.bias"]


@pytest.mark.parametrize("other", [np.zeros((2, 2)), np.zeros(4, np.float32), np.zeros(5)])
def test_the_past_of_a_tensor_that_was_replaced_by_another_kind_is_refused(other: np.ndarray) -> None:
    model = {"w": np.zeros(4), "b": np.zeros(2)}
    session = Session(model)
    session["w"][0] = 1.0
    session["b"][0] = 2.0
    model["w"] = other
    with pytest.raises(HistoryError, match="what it held at entry 0 cannot be told"):
        session.at(0).read("w", Region.full(other.shape))
    assert same_bytes(session.at(1).read("w", Region.full(other.shape)), other), "nothing was edited since"
    assert session.at(0).read("b", Region.full((2,))).tolist() == [0, 0]


def test_the_past_of_a_symmetric_matrix_is_not_that_of_its_transpose() -> None:
    matrix = np.ones((3, 3))
    session = Session({"matrix": matrix, "turned": matrix.T})
    session["turned"][0, 2] = 50.0
    session["turned"][2, 0] = 50.0
    assert (matrix == matrix.T).all()
    with pytest.raises(HistoryError, match="matrix shares memory with turned"):
        session.at(1).read("matrix", Region.full((3, 3)))
    assert session.at(1).read("turned", Region.full((3, 3))).tolist() == [[1, 1, 50], [1, 1, 1], [1, 1, 1]]


def test_the_past_of_a_shared_keras_variable_is_seen_under_each_of_its_names() -> None:
    layer = keras.layers.Dense(2, name="shared")
    model = keras.Sequential([keras.Input((2,)), layer, keras.Sequential([keras.Input((2,)), layer], name="inner")])
    session = Session(model)
    before = session.read("shared/kernel")
    session["shared/kernel"][...] = 3.0
    for p in session.tree.walk():
        if p.name == "kernel":
            assert same_bytes(session.at(0).read(p.path, Region.full(p.shape)), before)


def test_an_entry_tells_what_was_done_and_where() -> None:
    session = Session({"a": np.ones((3, 4)), "b": np.ones(3)})
    session["a"][0:2, 1] = np.arange(2.0)
    session["a"].apply("w * 2", where="w > 0")
    session.edit("*", Scale(2.0))
    session.snapshot("x")
    session["a"][0, 0] = 9
    session.restore("x", "a")
    assert [(entry.what, entry.place) for entry in session.history] == [
        ("set 2 values", "a [:2, 1]"),
        ("formula w * 2 where w > 0", "a"),
        ("scale × 2", "2 tensors"),
        ("set to 9", "a [0, 0]"),
        ("restore 'x': a", ""),
    ]


def test_of_views_that_overlap_in_part_an_edit_is_taken_back_unless_another_lies_over_it() -> None:
    base = np.arange(10.0)
    session = Session({"a": base[:6], "b": base[4:]})
    session["a"][0] = 50
    session["a"][5] = 60
    session["b"][0] = 70  # the cell of a[4]
    session["b"][1] = 80  # that of a[5]
    session.take_back(1)
    assert base[0] == 0
    with pytest.raises(HistoryError, match=r"entry 4\) lies over"):
        session.take_back(2)
    session.take_back(3)
    assert base.tolist() == [0, 1, 2, 3, 4, 80, 6, 7, 8, 9]
