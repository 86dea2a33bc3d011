"""Snapshots: copies that stay true, share what did not change, and come back as one entry."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import keras
import ml_dtypes
import numpy as np
import pytest
import torch
from torch import nn

from paramwidget import Session
from paramwidget.edits import Copy
from paramwidget.errors import (
    HistoryError,
    PathError,
    ReadOnlyError,
    RegionError,
    UnsupportedModelError,
    ValueRefusedError,
)
from paramwidget.journal import same_bytes
from paramwidget.region import Region


def full(session: Session, path: str) -> Region:
    return Region.full(session[path].shape)


def opened() -> tuple[dict[str, np.ndarray], Session]:
    payload = np.array([0x7FA00001, 0x80000000, 0x7F800000], np.uint32).view(np.float32)
    model: dict[str, np.ndarray] = {
        "w": payload,
        "b": np.arange(6.0).reshape(2, 3),
        "half": np.ones(4, ml_dtypes.bfloat16),
        "big": np.array([2**63 - 1, -(2**53) - 1]),
        "yes": np.array([True, False]),
        "one": np.array(0.5),
        "none": np.zeros((0, 3)),
    }
    return model, Session(model)


def test_a_snapshot_stays_true_and_comes_back_to_the_bit() -> None:
    model, session = opened()
    before = {name: array.copy() for name, array in model.items()}
    taken = session.snapshot("start")
    assert (taken.name, taken.title, taken.entry, taken.paths) == ("start", "start", 0, list(model))
    for array in model.values():  # as training does, past the session
        array[...] = 1
    assert all(same_bytes(taken.read(name, full(session, name)), before[name]) for name in model)
    entry = session.restore("start")
    assert entry is not None
    assert entry.label == "restore 'start'"
    assert all(same_bytes(model[name], before[name]) for name in model)
    session.undo()
    assert model["b"].tolist() == [[1, 1, 1], [1, 1, 1]]
    session.redo()
    assert all(same_bytes(model[name], before[name]) for name in model)
    assert session.restore("start") is None, "nothing differs"


def test_a_snapshot_is_read_only_and_says_what_it_is() -> None:
    _, session = opened()
    taken = session.snapshot("start")
    part = taken.read("b", Region.parse("[1, 0:2]", (2, 3)))
    assert part.tolist() == [[3, 4]]
    with pytest.raises(ValueError, match="read-only"):
        part[...] = 0
    assert taken.tree()["b"].shape == (2, 3)
    assert repr(taken) == f"<Snapshot 'start' at entry 0, 7 tensors, {taken.bytes} bytes>"
    with pytest.raises(PathError, match="the snapshot 'start' has no tensor 'bb'"):
        taken.read("bb", Region.full(()))
    with pytest.raises(RegionError, match=r"b has the shape \(2, 3\) in the snapshot 'start', not \(5,\)"):
        taken.read("b", Region.full((5,)))


def test_names() -> None:
    _, session = opened()
    assert session.snapshot().name == "snapshot 1"
    session.snapshot("snapshot 3")
    assert session.snapshot().name == "snapshot 4"
    session.snapshots.drop("snapshot 1")
    assert "snapshot 1" not in session.snapshots
    with pytest.raises(HistoryError, match="there is no snapshot 'snapshot 1'; did you mean"):
        session.snapshots.drop("snapshot 1")
    with pytest.raises(HistoryError, match=r"take one with session.snapshot\(name\)"):
        Session({"a": np.zeros(1)}).restore("x")


def test_a_snapshot_of_the_same_name_is_replaced_and_goes_last() -> None:
    _, session = opened()
    session.snapshot("a")
    session.snapshot("b")
    session["one"][...] = 7.0
    session.snapshot("a")
    assert [taken.name for taken in session.snapshots] == ["b", "a"]
    assert session.snapshots["a"].read("one", Region.full(())) == 7
    assert session.snapshots["a"].entry == 1


def test_what_did_not_change_is_held_once() -> None:
    model = {"large": np.zeros(1_000_000, np.float32), "small": np.zeros(10, np.float32)}
    session = Session(model)
    session.snapshot("first")
    gc.collect()
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        for i in range(5):
            session["small"][0] = float(i + 1)
            session.snapshot()
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - start < 100_000
    finally:
        tracemalloc.stop()
    assert session.snapshots.bytes == 4_000_000 + 6 * 40
    session.snapshots.drop("first")
    assert session.snapshots.bytes == 4_000_000 + 5 * 40


def test_tied_tensors_are_held_once_and_restored_together() -> None:
    shared = np.arange(1000.0)
    session = Session({"one": shared, "two": shared, "turned": shared.reshape(10, 100).T})
    taken = session.snapshot("start")
    assert session.snapshots.bytes == 2 * 8000
    shared[...] = 5
    session.restore("start")
    assert shared.tolist() == list(range(1000))
    session.undo()
    assert (shared == 5).all()
    session.redo()
    assert same_bytes(taken.read("one", Region.full((1000,))), shared)


def test_tensors_without_values_are_left_out() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2, device="meta"), nn.LazyLinear(3))
    session = Session(model)
    taken = session.snapshot("start")
    assert taken.paths == ["0.weight", "0.bias"]
    with torch.no_grad():
        model[0].weight.zero_()
    session.restore("start")
    assert model[0].weight.any()
    with pytest.raises(PathError, match=r"has no tensor '1.weight'"):
        session.restore("start", "1.weight")


def test_a_view_that_cannot_be_written_comes_back_with_its_memory() -> None:
    base = np.arange(3.0)
    session = Session({"base": base, "wide": np.broadcast_to(base, (4, 3))})
    session.snapshot("start")
    base[...] = 9
    session.restore("start")
    assert base.tolist() == [0, 1, 2]


def test_what_cannot_be_written_back_is_refused_and_nothing_is_written() -> None:
    fixed = np.zeros(3)
    model = {"a": np.zeros(3), "fixed": fixed}
    session = Session(model)
    session.snapshot("start")
    model["a"][0], fixed[0] = 1.0, 1.0
    fixed.flags.writeable = False
    with pytest.raises(ReadOnlyError):
        session.restore("start")
    assert model["a"][0] == 1
    assert session.restore("start", "a") is not None
    assert model["a"][0] == 0


@pytest.mark.parametrize("shape", [(5,), (2,), (3, 1), ()])
def test_a_tensor_of_another_shape_is_refused_and_nothing_is_written(shape: tuple[int, ...]) -> None:
    model = {"a": np.zeros(2), "b": np.zeros(3), "c": np.zeros(2)}
    session = Session(model)
    session.snapshot("start")
    model["a"][...] = 1.0
    model["c"][...] = 1.0
    model["b"] = np.ones(shape)
    with pytest.raises((RegionError, ValueRefusedError), match="b has the shape"):
        session.restore("start")
    assert model["a"].tolist() == model["c"].tolist() == [1, 1]
    assert session.history == []
    del model["b"]
    with pytest.raises(PathError):
        session.restore("start")
    assert model["a"].tolist() == [1, 1]


def test_some_tensors_of_a_snapshot_are_restored() -> None:
    model = {"conv1": {"w": np.zeros(2), "b": np.zeros(2)}, "conv2": {"w": np.zeros(2)}}
    session = Session(model)
    session.snapshot("start")
    session.edit("*", "w + 1")
    assert session.restore("start", "conv1/*") is not None
    assert session["conv1/w"][...].tolist() == session["conv1/b"][...].tolist() == [0, 0]
    assert session["conv2/w"][...].tolist() == [1, 1]
    with pytest.raises(PathError):
        session.restore("start", "conv9")


def test_a_region_is_taken_from_a_snapshot_an_entry_and_another_model() -> None:
    model, session = opened()
    session.snapshot("start")
    session["b"][...] = 9.0
    entry = session.take_from(session.snapshots["start"], ["b"], "[:, 0]")
    assert entry is not None
    assert entry.label == "b [:, 0] from 'start'"
    assert model["b"].tolist() == [[0, 9, 9], [3, 9, 9]]
    session.take_from(session.at(0), ["b"], "[0]")
    assert model["b"].tolist() == [[0, 1, 2], [3, 9, 9]]
    assert session.history[-1].label == "b [0, :] from 'start'"
    other = Session({"b": np.full((2, 3), 4.0)})
    session.take_from(other.snapshot("other"), ["b"], (1, slice(1, 3)))
    assert model["b"].tolist() == [[0, 1, 2], [3, 4, 4]]
    session.goto(0)
    assert model["b"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_values_are_taken_from_a_model_a_session_and_a_state() -> None:
    model, session = opened()
    other = {"b": np.full((2, 3), 4.0), "one": np.array(8.0), "unlike": np.zeros(1)}
    entry = session.take_from(other, "b")
    assert entry is not None
    assert model["b"].tolist() == [[4] * 3] * 2
    other["b"][...] = 5
    session.take_from(Session(other), ["b", "one"])
    assert (model["b"].tolist(), model["one"][()]) == ([[5] * 3] * 2, 8)
    session.take_from(session.at(0), "b", "[0]")
    assert model["b"].tolist() == [[0, 1, 2], [5] * 3]
    session.goto(0)
    assert (model["b"].tolist(), model["one"][()]) == ([[0, 1, 2], [3, 4, 5]], 0.5)
    with pytest.raises(PathError):
        session.take_from(other, "half")
    with pytest.raises(PathError):
        session.take_from(other, "unlike")
    with pytest.raises(UnsupportedModelError):
        session.take_from(3, "b")
    assert session.history == []


def test_values_are_taken_from_another_torch_model() -> None:
    torch.manual_seed(0)
    model, teacher = nn.Linear(3, 3), nn.Linear(3, 3)
    session = Session(model)
    session.take_from(teacher, "weight")
    assert torch.equal(model.weight, teacher.weight)
    assert not torch.equal(model.bias, teacher.bias)


@pytest.mark.parametrize("name", [3, b"x", ["a"], 0.5])
def test_a_name_that_is_no_text_is_refused(name: Any) -> None:
    _, session = opened()
    with pytest.raises(HistoryError, match="named by a text"):
        session.snapshot(name)
    assert len(list(session.snapshots)) == 0


def test_an_operation_copies_from_a_snapshot() -> None:
    model, session = opened()
    session.snapshot("start")
    session["b"][...] = 9.0
    session["b"].apply(Copy("b", "[1]", "start"), region="[0]")
    assert model["b"].tolist() == [[3, 4, 5], [9, 9, 9]]
    with pytest.raises(HistoryError, match="there is no snapshot 'strat'; did you mean 'start'"):
        session["b"].apply(Copy("b", "", "strat"))


def views() -> dict[str, np.ndarray]:
    memory = np.arange(24, dtype=np.float32).reshape(4, 6)
    memory[0, 0] = np.array(0x7FA00001, np.uint32).view(np.float32)
    return {
        "tried": memory[1:, 1:5],
        "overlapping": memory[:3, 2:],
        "turned": memory.T,
        "reversed": memory[::-1, ::-2],
        "words": memory.view(np.uint16),
        "column": memory[:, 3],
        "wide": np.broadcast_to(memory[2], (3, 6)),
        "beside": memory[:, 0],
        "same": memory[1:, 1:5],
        "other": np.ones(3),
    }


@pytest.mark.parametrize("region", ["", "[1:, ::2]", "[2, 3]"])
def test_what_is_tried_out_is_in_no_snapshot_under_whatever_view_of_its_memory(region: str) -> None:
    session = Session(views())
    before = {path: session.read(path) for path in session.tree.index}
    with session.preview("tried", region=region or ...) as trial:
        trial.apply("w * 3 + 1")
        taken = session.snapshot("during")
        now = {path: session.read(path) for path in session.tree.index}
    assert all(same_bytes(taken.read(path, full(session, path)), before[path]) for path in before)
    assert [path for path in before if not same_bytes(now[path], before[path])] == (
        [path for path in before if path not in ("beside", "other")]
        if region != "[2, 3]"
        else ["tried", "turned", "words", "same"]
    )


def test_of_overlapping_tensors_that_are_tried_out_together_no_snapshot_holds_any() -> None:
    session = Session(views())
    before = {path: session.read(path) for path in session.tree.index}
    with session.preview(["overlapping", "tried", "words"]) as trial:
        trial.apply("w - w")
        taken = session.snapshot()
    assert all(same_bytes(taken.read(path, full(session, path)), before[path]) for path in before)


def test_views_of_pytorch_in_a_snapshot_during_a_trial() -> None:
    memory = torch.arange(10.0, dtype=torch.bfloat16)
    model = nn.Module()
    model.register_buffer("a", memory[:6])
    model.register_buffer("b", memory[4:])
    session = Session(model)
    with session.preview("a") as trial:
        trial.apply("w * 3")
        assert model.b[0] == 12
        taken = session.snapshot()
    assert taken.read("a", full(session, "a")).tolist() == [0, 1, 2, 3, 4, 5]
    assert taken.read("b", full(session, "b")).tolist() == [4, 5, 6, 7, 8, 9]


def test_where_memory_is_given_in_copies_a_trial_of_another_view_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(views())
    read = session.adapter.read
    monkeypatch.setattr(session.adapter, "read", lambda path, region: read(path, region).copy())
    with session.preview("tried") as trial:
        trial.apply("w * 3")
        with pytest.raises(HistoryError, match=r"is being tried out.*keep or take back what is tried out first"):
            session.snapshot()


def test_after_training_a_keras_model_comes_back() -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4), keras.layers.BatchNormalization(), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse")
    x, y = np.ones((8, 3), np.float32), np.ones((8, 1), np.float32)
    model.train_on_batch(x, y)
    session = Session(model)
    before = model.get_weights()
    session.snapshot("start")
    for _ in range(3):
        model.train_on_batch(x, y)
    assert session.restore("start") is not None
    assert all(same_bytes(a, b) for a, b in zip(model.get_weights(), before, strict=True))


def test_after_training_a_torch_model_with_a_tie_comes_back() -> None:
    torch.manual_seed(0)
    model: Any = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Linear(3, 3))
    model[2].weight = model[0].weight
    session = Session(model)
    session.snapshot("start")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(4, 3)).sum().backward()
        optimizer.step()
    trained = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    session.restore("start")
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    session.undo()
    assert all(torch.equal(tensor, trained[name]) for name, tensor in model.state_dict().items())


def test_a_snapshot_is_told_so_that_lists_of_them_are_drawn_again() -> None:
    _, session = opened()
    revision, generation = session.revision, session.generation
    session.snapshot()
    assert session.revision == revision + 1
    assert session.generation == generation
