"""Trying values out: whatever happens in between, the bytes from before come back unless somebody commits."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import keras
import ml_dtypes
import numpy as np
import pytest
import torch
from models import Listener

from paramwidget import Session
from paramwidget.adapters.arrays import ArraysAdapter
from paramwidget.edits import Add, Copy, Noise, Place, Scale
from paramwidget.errors import (
    ClosedError,
    ExpressionError,
    NoValuesError,
    OutsideChangeError,
    PathError,
    PreviewError,
    ReadOnlyError,
    RegionError,
    ValueRefusedError,
    WriteFailedError,
)
from paramwidget.journal import same_bytes
from paramwidget.notices import Notice
from paramwidget.opened import Update
from paramwidget.preview import Preview
from paramwidget.region import Region


def opened() -> tuple[dict[str, np.ndarray], Session]:
    payload = np.array([0x7FA00001, 0x80000000, 0x3F800000, 0x40000000], np.uint32).view(np.float32)
    model = {"w": payload.copy(), "half": np.arange(6, dtype=np.float16).reshape(2, 3), "n": np.arange(5)}
    return model, Session(model)


# ---------------------------------------------------------------- the block


def test_values_are_live_in_the_block_and_gone_after_it() -> None:
    model, session = opened()
    before = {name: array.copy() for name, array in model.items()}
    with session.preview(["half", "n"]) as trial:
        assert session.previewing is trial
        trial.apply("w * 3")
        assert model["half"].tolist() == [[0, 3, 6], [9, 12, 15]]
        assert model["n"].tolist() == [0, 3, 6, 9, 12]
        trial.apply(Add(1.0))
        assert model["n"].tolist() == [1, 2, 3, 4, 5], "each trial starts from the values from before"
        assert trial.label == "add + 1"
    assert session.previewing is None
    assert not trial.active
    assert all(same_bytes(model[name], before[name]) for name in before)
    assert session.history == []


@pytest.mark.parametrize("failure", [RuntimeError("mine"), KeyboardInterrupt(), SystemExit(2), GeneratorExit()])
def test_however_the_block_is_left_the_bytes_come_back(failure: BaseException) -> None:
    model, session = opened()
    before = model["w"].copy()

    def fail() -> None:
        with session.preview("w", region="[1:]") as trial:
            trial.apply("w + 1")
            raise failure

    with pytest.raises(type(failure)):
        fail()
    assert same_bytes(model["w"], before)
    assert session.previewing is None
    assert session.apply([]) is None


@pytest.mark.parametrize("failure", [RuntimeError("boom"), KeyboardInterrupt(), MemoryError(), SystemExit()])
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_write_that_fails_puts_everything_back_and_ends_it(
    monkeypatch: pytest.MonkeyPatch, failure: BaseException, at: int
) -> None:
    model, session = opened()
    before = {name: array.copy() for name, array in model.items()}
    write, calls = ArraysAdapter.write, 0

    def failing(self: ArraysAdapter, path: str, region: Region, values: np.ndarray) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            half = np.array(self.read(path, region))
            half.reshape(-1)[0] = values.reshape(-1)[0]
            write(self, path, region, half)
            raise failure
        write(self, path, region, values)

    monkeypatch.setattr(ArraysAdapter, "write", failing)
    trial = session.preview(["half", "n"])
    expected = WriteFailedError if isinstance(failure, Exception) else type(failure)

    def try_two() -> None:
        for operation in ("w * 2", "w * 4"):
            trial.apply(operation)

    with pytest.raises(expected):
        try_two()
    assert all(same_bytes(model[name], before[name]) for name in before)
    assert session.previewing is None
    with pytest.raises(PreviewError):
        trial.apply("w")


def test_an_interrupt_during_a_write_comes_after_it_and_the_block_puts_back(monkeypatch: pytest.MonkeyPatch) -> None:
    model, session = opened()
    before = model["n"].copy()
    seen: list[list[int]] = []
    write = ArraysAdapter.write

    def interrupted(self: ArraysAdapter, path: str, region: Region, values: np.ndarray) -> None:
        if not seen:
            signal.raise_signal(signal.SIGINT)
        write(self, path, region, values)
        seen.append(model["n"].tolist())

    monkeypatch.setattr(ArraysAdapter, "write", interrupted)
    with pytest.raises(KeyboardInterrupt), session.preview("n") as trial:
        trial.apply("w + 1")
    assert seen[0] == [1, 2, 3, 4, 5]
    assert same_bytes(model["n"], before)


def test_a_listener_of_a_failed_trial_is_told_that_the_values_are_back(monkeypatch: pytest.MonkeyPatch) -> None:
    _, session = opened()
    listener = Listener(session)
    trial = session.preview("n")
    trial.apply("w + 1")
    generation = session.generation

    def failing(*_: object) -> None:
        raise RuntimeError("boom")

    with monkeypatch.context() as patch:
        patch.setattr(ArraysAdapter, "after_write", failing)
        with pytest.raises(WriteFailedError, match="refused to try this out"):
            trial.apply("w + 2")
    assert session.generation == generation + 1
    assert listener.told[-1] == Update(("n",), values=True, preview=True)


def test_what_the_framework_makes_of_a_trial_is_noticed_when_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    _, session = opened()
    trial = session.preview("n")
    monkeypatch.setattr(ArraysAdapter, "after_write", lambda _, path: [Notice("constraint", path)])
    trial.apply("w + 1")
    trial.apply("w + 2")
    entry = trial.commit()
    assert entry is not None
    assert entry.notices == [Notice("constraint", "n")]


def test_a_framework_that_does_not_take_the_old_values_back_is_told_about(monkeypatch: pytest.MonkeyPatch) -> None:
    model, session = opened()
    trial = session.preview("n")
    trial.apply("w + 1")

    def failing(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(ArraysAdapter, "write", failing)
    with pytest.raises(WriteFailedError, match="did not take back what n held"):
        trial.revert()
    assert model["n"].tolist() == [1, 2, 3, 4, 5]
    assert session.previewing is None


# ---------------------------------------------------------------- operations


def test_an_operation_that_does_not_fit_leaves_what_was_tried_before() -> None:
    model, session = opened()
    before = model["half"].copy()
    with session.preview(["half", "n"]) as trial:
        trial.apply("w + 1")
        shown = {name: array.copy() for name, array in model.items()}
        for wrong, error in [
            (Scale(0.5), ValueRefusedError),
            ("w * 1e6", ValueRefusedError),
            ("w *", ExpressionError),
            (Scale(float("nan")), ValueRefusedError),
        ]:
            with pytest.raises(error):
                trial.apply(wrong)
            assert all(same_bytes(model[name], shown[name]) for name in shown)
            assert trial.active
        trial.apply("w + 2")
        assert model["n"].tolist() == [2, 3, 4, 5, 6]
    assert same_bytes(model["half"], before)


def test_a_region_and_a_condition_limit_it() -> None:
    model, session = opened()
    with session.preview("half", region="[1, :]", where="w > 3") as trial:
        trial.apply("w * 10")
        assert model["half"].tolist() == [[0, 1, 2], [3, 40, 50]]
        trial.apply("w * 10", where="w == 3")
        assert model["half"].tolist() == [[0, 1, 2], [30, 4, 5]]
        trial.apply("w * 10", where="")
        assert model["half"].tolist() == [[0, 1, 2], [30, 40, 50]]
    assert model["half"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_what_is_copied_from_is_never_what_is_only_tried_out() -> None:
    model, session = opened()
    with session.preview("n", region="[1:3]") as trial:
        for _ in range(3):
            trial.apply(Copy("n", "[0:2]"))
            assert model["n"].tolist() == [0, 0, 1, 3, 4]


def test_random_trials_are_repeated_by_their_seed() -> None:
    model, session = opened()
    with session.preview("half") as trial:
        trial.apply(Noise(0.1, seed=3))
        first = model["half"].copy()
        trial.apply(Noise(0.2, seed=4))
        trial.apply(Noise(0.1, seed=3))
        assert same_bytes(model["half"], first)
        assert trial.commit() is not None
    session.undo()
    session["half"].apply(Noise(0.1, seed=3))
    assert same_bytes(model["half"], first)


def test_what_cannot_be_edited_cannot_be_tried() -> None:
    fixed = np.zeros(3)
    fixed.flags.writeable = False
    session = Session({"fixed": fixed, "open": np.zeros(3)})
    with pytest.raises(ReadOnlyError):
        session.preview("fixed")
    with pytest.raises(ReadOnlyError):
        session.preview(["open", "fixed"])
    with pytest.raises(PathError):
        session.preview("nowhere")
    with pytest.raises(RegionError):
        session.preview("open", region="[7]")
    assert session.previewing is None
    with session.preview("*") as trial:
        assert trial.paths == ["open"]
    meta = Session(torch.nn.Linear(2, 2, device="meta"))
    with pytest.raises(NoValuesError):
        meta.preview("weight")


# ---------------------------------------------------------------- committing


def test_a_commit_is_one_entry_whose_undo_restores() -> None:
    model, session = opened()
    before = {name: array.copy() for name, array in model.items()}
    with session.preview(["half", "n"], where="w > 1") as trial:
        trial.apply("w * 5")
        trial.apply("w * 2")
        entry = trial.commit()
        assert not trial.active
    assert entry is not None
    assert session.history == [entry]
    assert entry.label == "formula w * 2 in 2 tensors where w > 1"
    assert [edit.operation.label for edit in entry.edits] == ["formula w * 2"] * 2
    assert model["n"].tolist() == [0, 1, 4, 6, 8]
    after = {name: array.copy() for name, array in model.items()}
    session.undo()
    assert all(same_bytes(model[name], before[name]) for name in before)
    session.redo()
    assert all(same_bytes(model[name], after[name]) for name in after)
    with pytest.raises(PreviewError):
        trial.commit()
    trial.revert()
    assert model["n"].tolist() == [0, 1, 4, 6, 8]


def test_a_commit_may_have_a_label_and_of_nothing_it_is_no_entry() -> None:
    _, session = opened()
    with session.preview("n") as trial:
        assert trial.commit() is None
    with session.preview("n") as trial:
        trial.apply("w * 1")
        assert trial.commit() is None
    with session.preview("n") as trial:
        trial.apply("w + 1")
        entry = trial.commit("brighter")
    assert entry is not None
    assert entry.label == "brighter"
    assert len(session.history) == 1


# ---------------------------------------------------------------- what ends it


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda s: s.preview("n"), [1, 1, 2, 3, 4]),
        (lambda s: s["half"].apply("w + 1"), [1, 1, 2, 3, 4]),
        (lambda s: s.apply([]), [1, 1, 2, 3, 4]),
        (lambda s: s["n"].__setitem__(4, 9), [1, 1, 2, 3, 9]),
        (lambda s: s.undo(), [0, 1, 2, 3, 4]),
        (lambda s: s.redo(), [1, 1, 2, 3, 4]),
        (lambda s: s.goto(0), [0, 1, 2, 3, 4]),
        (lambda s: s.goto(1), [1, 1, 2, 3, 4]),
        (lambda s: s.take_back(1), [0, 1, 2, 3, 4]),
        (lambda s: s.take_from(s.at(0), ["n"]), [0, 1, 2, 3, 4]),
        (lambda s: s.close(), [1, 1, 2, 3, 4]),
    ],
)
def test_whatever_else_is_done_starts_from_the_values_from_before(
    act: Callable[[Session], Any], expected: list[int]
) -> None:
    model, session = opened()
    session["n"][0] = 1
    trial = session.preview("n")
    trial.apply("w + 100")
    act(session)
    assert not trial.active
    assert session.previewing is not trial
    assert model["n"].tolist() == expected
    trial.revert()
    assert model["n"].tolist() == expected
    with pytest.raises((PreviewError, ClosedError)):
        trial.apply("w")


def test_reading_does_not_end_it() -> None:
    model, session = opened()
    session["n"][0] = 7
    with session.preview("n") as trial:
        trial.apply("w + 100")
        assert session["n"][0] == 107
        assert session.at(1).read("n", Region.full((5,))).tolist() == [7, 1, 2, 3, 4]
        assert session.at(0).read("n", Region.parse("[0:2]", (5,))).tolist() == [0, 1]
        assert session["n"].summary().max == 107
        session.to_python()
        assert trial.active
        assert model["n"][0] == 107


def test_a_snapshot_and_the_script_do_not_hold_what_is_tried() -> None:
    _, session = opened()
    with session.preview("n") as trial:
        trial.apply("w + 100")
        taken = session.snapshot("x")
        assert session.previewing is trial, "looking at it does not end it"
        assert session["n"][0] == 100
        entry = trial.commit()
    assert entry is not None
    assert taken.read("n", Region.full((5,))).tolist() == [0, 1, 2, 3, 4]
    assert taken.entry == 0
    session["n"][0] = 7
    with session.preview(["n", "half"]) as trial:
        trial.apply("w * 2")
        other = session.snapshot("y")
    assert other.read("n", Region.full((5,))).tolist() == [7, 101, 102, 103, 104]
    assert other.read("half", Region.full((2, 3))).tolist() == [[0, 1, 2], [3, 4, 5]]


# ---------------------------------------------------------------- others write too


def test_what_something_else_wrote_is_asked_about() -> None:
    model, session = opened()
    trial = session.preview("n")
    trial.apply("w + 100")
    model["n"][2] = 55
    for act, verb in [(trial.commit, "commit"), (trial.revert, "revert"), (session.undo, "revert")]:
        with pytest.raises(OutsideChangeError, match=rf"during the preview.*{verb}\(force=True\)"):
            act()
        assert model["n"][2] == 55
        assert session.previewing is trial
    trial.revert(force=True)
    assert model["n"].tolist() == [0, 1, 2, 3, 4]


def test_where_nothing_was_tried_nothing_is_overwritten() -> None:
    model, session = opened()
    session["w"][0] = 1.0
    with session.preview("n") as trial:
        model["n"][2] = 55
        with pytest.raises(OutsideChangeError, match=r"commit\(force=True\)"):
            trial.commit()
    assert model["n"].tolist() == [0, 1, 55, 3, 4]
    session.preview("n")
    model["n"][2] = 56
    assert session.undo() is not None
    assert model["n"].tolist() == [0, 1, 56, 3, 4]


def leave_after_training(model: dict[str, np.ndarray], session: Session, failure: BaseException | None) -> None:
    with session.preview(["n", "half"]) as trial:
        trial.apply("w + 100")
        model["n"][2] = 55
        if failure is not None:
            raise failure


def test_leaving_the_block_leaves_what_something_else_wrote_and_says_so() -> None:
    model, session = opened()
    with pytest.raises(OutsideChangeError, match=r"n was written by something else.*was left, the rest was taken back"):
        leave_after_training(model, session, None)
    assert model["n"].tolist() == [0, 1, 55, 3, 4]
    assert model["half"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert session.previewing is None
    assert session.history == []


@pytest.mark.parametrize("failure", [RuntimeError("mine"), KeyboardInterrupt(), SystemExit(2)])
def test_an_exception_on_its_way_is_not_replaced_by_what_something_else_wrote(failure: BaseException) -> None:
    model, session = opened()
    with pytest.raises(type(failure)) as caught:
        leave_after_training(model, session, failure)
    assert caught.value is failure
    assert model["n"].tolist() == [0, 1, 55, 3, 4]
    assert model["half"].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("tried", [False, True])
def test_the_next_step_does_not_overwrite_what_something_else_wrote(tried: bool) -> None:
    model, session = opened()
    trial = session.preview("n")
    if tried:
        trial.apply("w + 100")
    model["n"][2] = 55
    held = model["n"].tolist()
    with pytest.raises(OutsideChangeError, match=r"would overwrite that.*apply\(force=True\)"):
        trial.apply("w + 1")
    assert model["n"].tolist() == held
    assert trial.active
    trial.apply("w + 1", force=True)
    assert model["n"].tolist() == [1, 2, 3, 4, 5]
    trial.revert()
    assert model["n"].tolist() == [0, 1, 2, 3, 4]


def test_an_interrupt_while_the_lock_is_waited_for_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    model, session = opened()
    lock = session.lock

    class Waiting:
        """A lock that somebody else holds for a while, in which the interrupt comes."""

        def __enter__(self) -> None:
            if armed:
                armed.clear()
                signal.raise_signal(signal.SIGINT)
            lock.acquire()

        def __exit__(self, *_: object) -> None:
            lock.release()

    armed: list[bool] = []

    def interrupted_as_it_leaves() -> None:
        with session.preview("n") as trial:
            trial.apply("w + 100")
            armed.append(True)

    monkeypatch.setattr(session, "lock", Waiting())
    with pytest.raises(KeyboardInterrupt):
        interrupted_as_it_leaves()
    assert not armed
    assert model["n"].tolist() == [0, 1, 2, 3, 4]
    assert session.previewing is None


def test_an_interrupt_just_before_the_block_is_left_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    model, session = opened()
    leave, calls = Preview._leave, 0

    def interrupted(self: Preview, well: bool) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise KeyboardInterrupt
        leave(self, well)

    monkeypatch.setattr(Preview, "_leave", interrupted)
    with pytest.raises(KeyboardInterrupt), session.preview("n") as trial:
        trial.apply("w + 100")
    assert model["n"].tolist() == [0, 1, 2, 3, 4]
    assert session.previewing is None


def test_a_forced_commit_holds_what_something_else_wrote_and_replays_it() -> None:
    model, session = opened()
    trial = session.preview("n")
    trial.apply("w + 100")
    model["n"][2] = 55
    entry = trial.commit(force=True)
    assert entry is not None
    assert model["n"].tolist() == [100, 101, 55, 103, 104]
    assert entry.edits == (), "the operation alone would not give these values"
    session.undo()
    assert model["n"].tolist() == [0, 1, 2, 3, 4]
    session.redo()
    assert model["n"].tolist() == [100, 101, 55, 103, 104]


def test_abandoning_leaves_the_cells_that_something_else_wrote_and_restores_the_rest() -> None:
    model, session = opened()
    listener = Listener(session)
    trial = session.preview(["n", "half"])
    trial.apply("w + 100")
    model["n"][2] = 55
    trial.abandon()
    assert model["n"].tolist() == [0, 1, 55, 3, 4]
    assert model["half"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert session.previewing is None
    assert listener.told[-1] == Update(("n", "half"), values=True, preview=True)
    trial.abandon()
    assert model["n"][2] == 55


def test_a_tensor_that_was_replaced_in_the_block_is_left_alone() -> None:
    model, session = opened()
    trial = session.preview(["n", "half"])
    trial.apply("w + 1")
    model["n"] = np.zeros(2)
    with pytest.raises(OutsideChangeError, match="n is gone or has another shape"):
        trial.revert()
    with pytest.raises(OutsideChangeError, match="n is gone or has another shape"), trial:
        pass
    assert model["n"].tolist() == [0, 0]
    assert model["half"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert session.previewing is None


def replace_by_halves(trial: Preview, model: dict[str, np.ndarray]) -> np.ndarray:
    """Try something out in `half` and `n`, and give the model another `half` as `model.float()` would."""
    trial.apply("w + 1")
    model["half"] = np.full((2, 3), 7, np.float32)
    return model["half"].copy()


@pytest.mark.parametrize("leave", ["revert", "close", "block"])
def test_a_tensor_that_got_another_element_type_is_left_alone(leave: str) -> None:
    model, session = opened()
    trial = session.preview(["half", "n"])
    other = replace_by_halves(trial, model)
    if leave == "revert":
        with pytest.raises(OutsideChangeError, match="half is gone or has another shape or element type"):
            trial.revert()
        trial.revert(force=True)
    elif leave == "close":
        session.close()
    else:
        with pytest.raises(OutsideChangeError, match="half is gone or has another shape or element type"), trial:
            pass
    assert same_bytes(model["half"], other)
    assert model["n"].tolist() == [0, 1, 2, 3, 4]
    assert not trial.active


@pytest.mark.parametrize("force", [False, True])
def test_what_was_replaced_is_not_written_and_not_kept(force: bool) -> None:
    model, session = opened()
    trial = session.preview(["half", "n"])
    other = replace_by_halves(trial, model)
    for call in (lambda: trial.apply("w + 2", force=force), lambda: trial.commit(force=force)):
        with pytest.raises(OutsideChangeError, match=r"half is gone.*revert\(force=True\)"):
            call()
    assert trial.active
    assert same_bytes(model["half"], other)
    assert model["n"].tolist() == [1, 2, 3, 4, 5]
    assert session.history == []


class Same:
    """An operation of a script that breaks the rule: it gives the present values themselves."""

    spatial = False
    label = "the same"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        return current

    def code(self, place: Place) -> list[str]:
        return ["part"]


def test_an_operation_that_gives_the_present_values_themselves_spoils_nothing() -> None:
    model, session = opened()
    before = model["w"].copy()
    with session.preview("w") as trial:
        trial.apply(Same())
        for factor in (3.0, 4.0, 5.0):  # what is computed later lies in memory of what was shown before
            trial.apply(Scale(factor))
        assert same_bytes(trial.base[0], before)
    assert same_bytes(model["w"], before)


def test_a_trial_whose_name_cannot_be_told_is_not_half_kept() -> None:
    class Nameless(Same):
        @property
        def label(self) -> str:  # type: ignore[override]
            raise RuntimeError("no name")

        def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
            return current + 1

    model, session = opened()
    trial = session.preview("n")
    trial.apply(Nameless())
    with pytest.raises(RuntimeError, match="no name"):
        trial.commit()
    assert trial.active
    trial.revert()
    assert model["n"].tolist() == [0, 1, 2, 3, 4]


# ---------------------------------------------------------------- notifications, frameworks


def test_listeners_are_told_that_it_is_only_tried() -> None:
    _, session = opened()
    listener = Listener(session)
    with session.preview(["half", "n"]) as trial:
        assert listener.told == []
        trial.apply("w + 1")
        trial.apply("w + 2")
    assert listener.told == [Update(("half", "n"), values=True, preview=True)] * 3
    listener.told.clear()
    with session.preview("n") as trial:
        trial.apply("w + 1")
        trial.commit()
    assert listener.told == [Update(("n",), values=True, preview=True), Update(("n",), values=True)]


def test_a_torch_model_computes_with_what_is_tried() -> None:
    model = torch.nn.Linear(3, 1).to(torch.bfloat16)
    session = Session(model)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    x = torch.ones(1, 3, dtype=torch.bfloat16)
    with session["weight"].preview() as trial:
        trial.apply("w * 0")
        assert model(x).item() == model.bias.item()
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert session.read("weight").dtype == ml_dtypes.bfloat16


def test_a_keras_model_with_a_shared_layer_computes_with_what_is_tried() -> None:
    layer = keras.layers.Dense(2, name="shared")
    a, b = keras.Input((2,)), keras.Input((2,))
    model = keras.Model([a, b], [layer(a), layer(b)])
    session = Session(model)
    before = model.get_weights()
    ones = np.ones((1, 2), np.float32)
    with session.preview("shared/kernel") as trial:
        trial.apply("w * 0")
        assert not np.any(model([ones, ones])[0])
    assert all(same_bytes(x, y) for x, y in zip(model.get_weights(), before, strict=True))


def test_tied_tensors_are_tried_once() -> None:
    shared = np.arange(4.0)
    session = Session({"one": shared, "two": shared})
    with session.preview("*") as trial:
        assert trial.paths == ["one"]
        trial.apply("w * 2")
        assert shared.tolist() == [0, 2, 4, 6]
        assert session.at(0).read("two", Region.full((4,))).tolist() == [0, 1, 2, 3]
    assert shared.tolist() == [0, 1, 2, 3]


def test_a_closed_session_leaves_nothing_behind() -> None:
    model, session = opened()
    trial = session.preview("n")
    trial.apply("w + 100")
    session.close()
    assert model["n"].tolist() == [0, 1, 2, 3, 4]
    assert not trial.active


def test_a_session_is_closed_even_if_the_framework_does_not_take_a_trial_back(monkeypatch: pytest.MonkeyPatch) -> None:
    model, session = opened()
    trial = session.preview("n")
    trial.apply("w + 100")

    def refuse(*_: object) -> None:
        raise RuntimeError("no more")

    monkeypatch.setattr(session.adapter, "write", refuse)
    with pytest.raises(WriteFailedError, match="did not take back what n held"):
        session.close()
    assert repr(session) == "<Session, closed>"
    assert Session.of(model) is not session
