"""The session: all or nothing, undo to the bit, and nothing done behind anybody's back."""

from __future__ import annotations

import contextlib
import gc
import signal
import threading
import tracemalloc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from models import Listener

from paramwidget import Session, adapters
from paramwidget.adapters import base
from paramwidget.adapters.arrays import ArraysAdapter
from paramwidget.edits import Assign, Edit, Fill, Scale
from paramwidget.errors import (
    ClosedError,
    FreezeError,
    OutsideChangeError,
    ParamwidgetError,
    PathError,
    ReadOnlyError,
    UnsupportedModelError,
    ValueRefusedError,
    WriteFailedError,
)
from paramwidget.notices import Notice
from paramwidget.opened import Update
from paramwidget.region import Region
from paramwidget.tree import Node, Parameter


class Model:
    """A model of nothing but arrays, whose adapter can be told to misbehave and which can be frozen."""

    def __init__(self, **arrays: np.ndarray) -> None:
        self.arrays = arrays or {name: np.arange(4, dtype=np.float32) for name in "abc"}
        self.frozen: set[str] = set()
        self.writes = 0
        self.fail_at = 0
        self.failure: BaseException | None = None
        self.half_done = True
        self.lies = False
        self.deaf_after = 10**9
        self.refuses_to_freeze = ""


class Adapter(ArraysAdapter):
    name = "Test"

    def __init__(self, model: Model) -> None:
        super().__init__(model.arrays)
        self.model = model

    def facts(self, path: str) -> Parameter:
        return self.tree()[path]

    def tree(self) -> Node:
        root = super().tree()
        flags = {p.path: p.path not in self.model.frozen for p in root.walk()}
        parameters = tuple(Parameter(p.path, p.name, p.shape, p.dtype, trainable=flags[p.path]) for p in root.walk())
        return Node("", "model", "Model", parameters)

    def write(self, path: str, region: Region, values: np.ndarray) -> None:
        model = self.model
        model.writes += 1
        if model.writes == model.fail_at and model.failure is not None:
            if model.half_done and values.size > 1:
                flat = np.array(super().read(path, region))
                flat.reshape(-1)[0] = values.reshape(-1)[0]
                super().write(path, region, flat)
            raise model.failure
        super().write(path, region, values + 1 if model.lies and model.writes == model.fail_at else values)

    def set_trainable(self, path: str, trainable: bool) -> list[Notice]:
        if path == self.model.refuses_to_freeze:
            raise RuntimeError("no")
        (self.model.frozen.discard if trainable else self.model.frozen.add)(path)
        return [Notice("not-in-optimizer", path)] if trainable else []


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "_registered", [])
    adapters.register(lambda model: isinstance(model, Model), Adapter)


def several(session: Session, value: float, paths: str = "abc") -> list[Edit]:
    return [Edit(path, session.region(path, "[1:3]"), Assign(value)) for path in paths]


def contents(model: Model) -> dict[str, list[float]]:
    return {name: array.tolist() for name, array in model.arrays.items()}


# ---------------------------------------------------------------- all or nothing


@pytest.mark.parametrize("fail_at", [1, 2, 3])
@pytest.mark.parametrize("failure", [RuntimeError("boom"), MemoryError(), KeyboardInterrupt(), SystemExit(1)])
def test_when_the_nth_write_fails_all_tensors_are_put_back(fail_at: int, failure: BaseException) -> None:
    model = Model()
    session = Session(model)
    before = contents(model)
    model.fail_at, model.failure = fail_at, failure
    expected = WriteFailedError if isinstance(failure, Exception) else type(failure)
    with pytest.raises(expected) as caught:
        session.apply(several(session, 9.0))
    if expected is WriteFailedError:
        assert "every value was put back" in str(caught.value)
        assert caught.value.__cause__ is failure
    assert contents(model) == before
    assert session.history == []
    assert session.revision == 0
    assert session.apply(several(session, 9.0)) is not None


@pytest.mark.parametrize("fail_at", [1, 2, 3])
def test_when_a_tensor_stores_something_else_all_are_put_back(fail_at: int) -> None:
    model = Model()
    session = Session(model)
    before = contents(model)
    model.fail_at, model.lies = fail_at, True
    with pytest.raises(WriteFailedError, match="did not keep the values"):
        session.apply(several(session, 9.0))
    assert contents(model) == before
    assert session.history == []


@pytest.mark.parametrize("failure", [RuntimeError("boom"), KeyboardInterrupt()])
@pytest.mark.parametrize("fail_at", [1, 2, 3])
def test_when_undo_fails_midway_the_edit_is_still_there(fail_at: int, failure: BaseException) -> None:
    model = Model()
    session = Session(model)
    before = contents(model)
    session.apply(several(session, 9.0))
    after = contents(model)
    model.writes, model.fail_at, model.failure = 0, fail_at, failure
    with pytest.raises((WriteFailedError, KeyboardInterrupt)):
        session.undo()
    assert contents(model) == after
    assert len(session.history) == 1
    assert session.undo() is not None
    assert contents(model) == before
    model.writes = 0
    with pytest.raises((WriteFailedError, KeyboardInterrupt)):
        session.redo()
    assert contents(model) == before
    assert session.redo() is not None
    assert contents(model) == after


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("fails", [False, True])
def test_an_interrupt_from_the_keyboard_leaves_all_or_nothing(
    monkeypatch: pytest.MonkeyPatch, at: int, fails: bool
) -> None:
    model = Model()
    session = Session(model)
    before = contents(model)
    write = Adapter.write
    calls = []

    def interrupted(self: Adapter, path: str, region: Region, values: np.ndarray) -> None:
        calls.append(path)
        if len(calls) == at:
            signal.raise_signal(signal.SIGINT)
        if fails and len(calls) == 3:
            raise RuntimeError("boom")
        write(self, path, region, values)

    monkeypatch.setattr(Adapter, "write", interrupted)
    happens = fails or at <= 3  # without a failure there are three writes
    with pytest.raises(KeyboardInterrupt) if happens else contextlib.nullcontext():
        session.apply(several(session, 9.0))
    monkeypatch.undo()
    if session.history:
        session.undo()
    assert contents(model) == before


def test_one_bad_edit_of_several_writes_nothing() -> None:
    model = Model()
    session = Session(model)
    with pytest.raises(ValueRefusedError):
        session.apply([*several(session, 9.0), Edit("c", Region.full((4,)), Assign([1, 2]))])
    with pytest.raises(PathError):
        session.apply([*several(session, 9.0), Edit("zzz", Region.full((4,)), Assign(1))])
    assert model.writes == 0


def test_freezing_several_is_all_or_nothing() -> None:
    model = Model()
    session = Session(model)
    model.refuses_to_freeze = "c"
    with pytest.raises((RuntimeError, FreezeError)):
        session.freeze("a", "b", "c")
    assert model.frozen == set()
    assert session.history == []


# ---------------------------------------------------------------- changing


def test_no_edits_are_no_entry() -> None:
    session = Session(Model())
    assert session.apply([]) is None
    assert session.history == []


def test_setting_what_is_there_already_records_nothing() -> None:
    model = Model()
    session = Session(model)
    listener = Listener(session)
    assert session.apply(Edit("a", Region.parse("[2]", (4,)), Assign(2.0))) is None
    assert (model.writes, session.revision, session.history, listener.told) == (0, 0, [], [])
    session.apply(several(session, 5.0))
    session.undo()
    assert session.apply(Edit("a", Region.parse("[2]", (4,)), Assign(2.0))) is None
    assert session.redo() is not None


def test_edits_that_cancel_each_other_record_nothing() -> None:
    session = Session({"w": np.arange(4.0), "x": np.zeros(2)})
    there, other = Edit("w", Region.parse("[1]", (4,)), Fill("1")), Edit("w", Region.parse("[1]", (4,)), Fill("9"))
    assert session.apply([other, there]) is None
    assert session.history == []
    entry = session.apply([there, other])
    assert entry is not None
    session.undo()
    assert session["w"][...].tolist() == [0, 1, 2, 3]


def test_the_sign_of_zero_is_a_change() -> None:
    model = Model(a=np.zeros(2))
    session = Session(model)
    session["a"][0] = -0.0
    assert len(session.history) == 1
    assert np.signbit(model.arrays["a"][0])


@pytest.mark.parametrize(
    ("edits", "label"),
    [
        ([("a", "[1]", Assign(np.float32(0.1), "0.1"))], "a [1] set to 0.1"),
        ([("a", "", Assign(2))], "a set to 2"),
        ([("a", "[0:2]", Assign([7, 8]))], "a [:2] set 2 values"),
        ([("a", "", Assign(5)), ("b", "", Assign(5))], "set to 5 in 2 tensors"),
    ],
)
def test_an_entry_says_what_was_done(edits: list[tuple[str, str, Assign]], label: str) -> None:
    session = Session(Model())
    entry = session.apply([Edit(path, session.region(path, region), op) for path, region, op in edits])
    assert entry is not None
    assert entry.label == label


def test_two_edits_of_one_tensor_are_not_called_two_tensors() -> None:
    session = Session(Model())
    entry = session.apply([Edit("a", session.region("a", i), Assign(5.0)) for i in range(2)])
    assert entry is not None
    assert "2 tensors" not in entry.label


def test_a_label_can_be_given() -> None:
    session = Session(Model())
    entry = session.apply(several(session, 3.5), label="prune")
    assert entry is not None
    assert entry.label == "prune"
    assert [e.label for e in session.history] == ["prune"]


def test_edits_of_a_tensor_that_got_another_shape_are_refused() -> None:
    model = Model()
    session = Session(model)
    region = session.region("a", "[3]")
    model.arrays["a"] = np.zeros(2)
    with pytest.raises(ParamwidgetError, match=r"shape \(2,\) now"):
        session.apply(Edit("a", region, Assign(1.0)))


def test_a_read_only_model_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Adapter, "writable", False)
    model = Model()
    with pytest.raises(ReadOnlyError, match="read-only"):
        Session(model)["a"][0] = 9
    assert model.writes == 0


def test_tied_tensors_are_told_about_and_both_seen() -> None:
    shared = np.zeros(3)
    model = {"one": shared, "two": shared, "three": np.zeros(3)}
    session = Session(model)
    entry = session.apply(Edit("one", Region.full((3,)), Assign(4.0)))
    assert entry is not None
    assert entry.notices == [Notice("tied", "one", "two")]
    assert session["two"][...].tolist() == [4, 4, 4]


def test_of_very_many_tied_tensors_a_few_are_named() -> None:
    shared = np.zeros(3)
    session = Session({f"layer{i}": shared for i in range(1000)})
    entry = session.apply(Edit("layer0", Region.full((3,)), Assign(4.0)))
    assert entry is not None
    assert "layer1" in entry.notices[0].detail
    assert len(entry.notices[0].detail) < 200


# ---------------------------------------------------------------- undo and redo


def test_undo_and_redo_return_the_entry_or_none() -> None:
    session = Session(Model())
    assert session.undo() is None
    assert session.redo() is None
    entry = session.apply(several(session, 9.0))
    assert session.undo() is entry
    assert session.history == []
    assert session.undo() is None
    assert session.redo() is entry
    assert session.redo() is None
    assert session.history == [entry]


def test_redo_brings_back_the_bits_and_a_new_edit_takes_it_away() -> None:
    model = Model()
    session = Session(model)
    session["a"][0] = 9
    session["a"][0] = 10
    session.undo()
    session.undo()
    session.redo()
    assert model.arrays["a"][0] == 9
    session["b"][0] = 1
    assert session.redo() is None
    assert model.arrays["a"][0] == 9


def test_overlapping_edits_of_one_entry_are_undone_and_redone_in_order() -> None:
    model = Model()
    session = Session(model)
    before = contents(model)
    session.apply(
        [Edit("a", session.region("a", text), Assign(v)) for text, v in [("[0:3]", 8), ("[1:]", 9), ("[1]", 5)]]
    )
    after = contents(model)
    assert after["a"] == [8, 5, 9, 9]
    for _ in range(2):
        session.undo()
        assert contents(model) == before
        session.redo()
        assert contents(model) == after


def test_one_entry_over_both_names_of_a_tied_tensor_is_undone() -> None:
    shared = np.arange(3.0)
    session = Session({"one": shared, "two": shared})
    session.apply([Edit(path, Region.full((3,)), Assign(value)) for path, value in [("one", 5.0), ("two", 6.0)]])
    session.undo()
    assert shared.tolist() == [0, 1, 2]
    session.redo()
    assert shared.tolist() == [6, 6, 6]


@pytest.mark.parametrize("verb", ["undo", "redo"])
def test_what_something_else_wrote_is_not_overwritten_unless_forced(verb: str) -> None:
    model = Model()
    session = Session(model)
    session["a"][0:2] = 9
    if verb == "redo":
        session.undo()
    model.arrays["a"][1] = 77
    with pytest.raises(OutsideChangeError, match=rf"{verb}\(force=True\)"):
        getattr(session, verb)()
    assert model.arrays["a"][1] == 77
    getattr(session, verb)(force=True)
    assert model.arrays["a"][:2].tolist() == ([0, 1] if verb == "undo" else [9, 9])


def test_after_a_forced_undo_redo_brings_back_what_was_overwritten() -> None:
    model = Model()
    session = Session(model)
    session["a"][0] = 9
    model.arrays["a"][0] = 77
    session.undo(force=True)
    assert model.arrays["a"][0] == 0
    session.redo()
    assert model.arrays["a"][0] == 77


def test_changes_elsewhere_in_the_tensor_do_not_hinder_undo() -> None:
    model = Model()
    session = Session(model)
    session["a"][0:2] = 9
    model.arrays["a"][3] = 77
    session.undo()
    assert model.arrays["a"].tolist() == [0, 1, 2, 77]


def test_an_outside_freeze_is_noticed_by_undo() -> None:
    model = Model()
    session = Session(model)
    session.freeze("a")
    model.frozen.clear()
    with pytest.raises(OutsideChangeError, match="frozen or unfrozen by something else"):
        session.undo()
    assert session.undo(force=True) is not None
    assert model.frozen == set()


def test_undo_memory_is_the_bytes_that_were_touched() -> None:
    model = Model(a=np.zeros(2_000_000, dtype=np.float32))
    session = Session(model)
    session["a"][0] = 1  # whatever is made once is made now
    gc.collect()
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        for i in range(4):
            session["a"][: 10**6] = float(i + 2)
        for i in range(100):
            session["a"][10**6 + i] = 5
        gc.collect()
        used = tracemalloc.get_traced_memory()[0] - start
        assert used <= 1.1 * (4 * 4_000_000 + 400)
        session.undo()
        session.redo()
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - start <= 1.1 * (4 * 4_000_000 + 400)
    finally:
        tracemalloc.stop()
    assert sum(entry.bytes for entry in session.history) == 4 * 4_000_000 + 101 * 4


# ---------------------------------------------------------------- freezing


def test_freeze_takes_paths_globs_and_queries_and_is_undone() -> None:
    model = Model(a=np.zeros(1), ab=np.zeros(1), c=np.zeros(2))
    session = Session(model)
    entry = session.freeze("a*")
    assert entry is not None
    assert model.frozen == {"a", "ab"}
    assert entry.label == "freeze a*"
    assert session.freeze("a") is None
    session.freeze(">1", "a")
    assert model.frozen == {"a", "ab", "c"}
    assert session.tree.lock == "frozen"
    unfrozen = session.unfreeze("frozen")
    assert unfrozen is not None
    assert [notice.code for notice in unfrozen.notices] == ["not-in-optimizer"] * 3
    for expected in ({"a", "ab", "c"}, {"a", "ab"}, set()):
        session.undo()
        assert model.frozen == expected
    session.redo()
    assert model.frozen == {"a", "ab"}


def test_freezing_what_is_not_there_names_what_is_near() -> None:
    session = Session(Model(kernel=np.zeros(2)))
    with pytest.raises(PathError, match="did you mean 'kernel'"):
        session.freeze("kernle")


def test_freezing_changes_no_value_and_is_told_as_flags() -> None:
    model = Model()
    session = Session(model)
    listener = Listener(session)
    session.freeze("a")
    session.undo()
    assert listener.told == [Update(("a",), values=False, flags=True)] * 2
    assert model.writes == 0


# ---------------------------------------------------------------- life


def test_listeners_are_told_of_each_change_and_are_not_kept_alive() -> None:
    session = Session(Model())
    listener = Listener(session)
    session["a"][0] = 9
    session.undo()
    session.redo()
    told = listener.told
    assert told == [Update(("a",), values=True)] * 3
    assert session.revision == 3
    gone = weakref.ref(listener)
    del listener
    gc.collect()
    assert gone() is None
    session["a"][0] = 10
    assert len(told) == 3


def test_opening_the_same_object_again_gives_the_same_session() -> None:
    model, other = Model(), Model()
    session = Session.of(model)
    assert Session.of(model) is session
    assert Session.of(other) is not session
    session.close()
    assert Session.of(model) is not session


def test_a_session_that_nobody_holds_is_forgotten() -> None:
    model = Model()
    session = weakref.ref(Session.of(model))
    gc.collect()
    assert session() is None


def test_closing_an_older_session_leaves_the_newer_one_to_be_found() -> None:
    model = Model()
    older, newer = Session(model), Session(model)
    older.close()
    assert Session.of(model) is newer
    assert newer.adapter is not None


def test_a_listener_that_fails_hinders_neither_the_edit_nor_the_others() -> None:
    class Broken:
        def heard(self, update: Update) -> None:
            raise RuntimeError("the page is gone")

    model = Model()
    session = Session(model)
    broken = Broken()
    session.subscribe(broken.heard)
    listener = Listener(session)
    assert session.apply(several(session, 9.0)) is not None
    assert len(listener.told) == 1
    assert session.undo() is not None


def test_a_closed_session_lets_the_model_go_and_says_that_it_is_closed() -> None:
    model = Model()
    session = Session(model)
    session["a"][0] = 9
    handle = session["b"]
    gone = weakref.ref(model)
    session.close()
    session.close()
    uses: list[Any] = [
        lambda: session.tree,
        lambda: session["a"],
        lambda: handle[...],
        lambda: session.freeze("a"),
        lambda: session.apply(Edit("a", Region.full((4,)), Assign(1.0))),
        lambda: session.title,
    ]
    for use in uses:
        with pytest.raises(ClosedError, match="open the model again"):
            use()
    assert session.history == []
    assert repr(session) == "<Session, closed>"
    assert model.arrays["a"][0] == 9
    del model
    gc.collect()
    assert gone() is None


def test_the_title_is_the_models_own_until_another_is_given() -> None:
    session = Session({"a": np.zeros(1)})
    assert session.title == "arrays"
    session.rename("mine")
    assert session.title == "mine"
    assert Session({"a": np.zeros(1)}, title="given").title == "given"
    for own in ("", "  ", None):
        session.rename(own)
        assert session.title == "arrays"


@pytest.mark.parametrize(
    ("title", "says"),
    [
        (5, "a title is a text, and not int"),
        (b"x", "not bytes"),
        (["x"], "not list"),
        ("x" * 10_000, "this one 10,000"),
    ],
)
def test_what_is_no_title_is_refused_at_once(title: Any, says: str) -> None:
    model = {"a": np.zeros(1)}
    with pytest.raises(ValueRefusedError, match=says):
        Session(model, title=title)
    session = Session(model, title="mine")
    with pytest.raises(ValueRefusedError, match=says):
        session.rename(title)
    assert session.title == "mine"


def test_a_session_prints_what_it_is() -> None:
    session = Session({"a": np.zeros((1000, 2))})
    session["a"][0, 0] = 1
    assert repr(session) == "<Session on arrays (NumPy), 2,000 parameters, 1 edits>"


def test_an_unsupported_model_is_refused_with_what_is_supported() -> None:
    with pytest.raises(UnsupportedModelError, match="register an adapter of your own"):
        Session(object())


def test_a_registered_adapter_is_asked_first() -> None:
    model = Model()
    assert isinstance(Session(model).adapter, Adapter)
    assert isinstance(Adapter(model), base.Adapter)


def test_writes_of_many_threads_come_one_after_the_other() -> None:
    model = Model(a=np.zeros(8))
    session = Session(model)

    def work(cell: int) -> None:
        for value in range(1, 40):
            session["a"][cell] = value

    threads = [threading.Thread(target=work, args=(cell,)) for cell in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(session.history) == session.revision == 4 * 39
    while session.undo():
        pass
    assert model.arrays["a"].tolist() == [0] * 8


def test_a_tensor_of_many_chunks_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramwidget.opened.CHUNK", 64)
    values = np.random.default_rng(0).normal(size=(7, 11, 3))
    session = Session({"a": values, "empty": np.zeros((0, 2)), "one": np.array(1.0)})
    assert sum(chunk.size for chunk in session.chunks("a")) == values.size
    assert session["a"].summary().mean == pytest.approx(values.mean())
    assert session["a"].histogram(-5, 5, 10).counts == tuple(np.histogram(values, 10, (-5, 5))[0])
    assert session.chunks("empty") == []
    assert session["empty"].summary().count == 0
    assert session["one"].summary().mean == 1.0


# ---------------------------------------------------------------- wrong types


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda s: s.edit("a", None), "not None"),
        (lambda s: s.edit("a", 3), "formula as text, and not 3"),
        (lambda s: s.edit("a", Scale), "such as edits.Scale"),
        (lambda s: s.edit("a", np.zeros(4)), "one of paramwidget.edits"),
        (lambda s: s.edit(3, "w"), "name tensors by texts"),
        (lambda s: s.edit(None, "w"), "name tensors by texts"),
        (lambda s: s.edit("a", "w", where=3), "a condition as text"),
        (lambda s: s.edit("a", "w", where=None), "a condition as text"),
        (lambda s: s.preview(3), "name tensors by texts"),
        (lambda s: s.preview("a", where=3), "a condition as text"),
        (lambda s: s.preview("a").apply(None), "not None"),
        (lambda s: s["a"].apply(None), "not None"),
        (lambda s: s.apply([None]), "takes edits"),
        (lambda s: s.apply(["a", "w * 2"]), "takes edits"),
        (lambda s: s.apply("w * 2"), "takes edits"),
        (lambda s: s.edit("a", Fill(3)), "typed as text"),
        (lambda s: s.edit("a", Fill(None)), "typed as text"),
        (lambda s: s.snapshot(3), "named by a text"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would(act: Callable[[Session], object], says: str) -> None:
    model = Model()
    session = Session(model)
    before = contents(model)
    with pytest.raises(ParamwidgetError, match=says):
        act(session)
    assert contents(model) == before
    assert session.history == []


def test_no_edits_may_be_none_or_any_iterable() -> None:
    session = Session(Model())
    assert session.apply([]) is None
    assert session.apply(()) is None
    assert session.apply(edit for edit in several(session, 9.0)) is not None


@pytest.mark.parametrize(
    ("what", "label"),
    [
        ("a", "freeze a"),
        (["a", "b"], "freeze a, b"),
        (["a", "b", "c"], "freeze a, b, c"),
        ("[ab]", "freeze [ab]"),
        (["a", "b", "c", "d"], "freeze 4 tensors"),
    ],
)
def test_a_freeze_names_up_to_three(what: str | list[str], label: str) -> None:
    session = Session(Model(**{name: np.arange(2.0) for name in "abcd"}))
    session.freeze(what)
    assert session.history[-1].label == label
    session.unfreeze(what)
    assert session.history[-1].label == f"un{label}"


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.apply(3),
        lambda s: s.apply(None),
        lambda s: s.apply([None]),
        lambda s: s.restore(3),
        lambda s: s["bad input"].apply("w", where=3),
        lambda s: s.preview("bad input").apply("w", where=3),
        lambda s: s.edit(3, "w * 2"),
    ],
)
def test_what_is_no_edit_no_name_and_no_condition_is_refused_with_a_sentence(call: Callable[[Session], object]) -> None:
    session = Session({"bad input": np.ones(3)})
    with pytest.raises(ParamwidgetError) as refused:
        call(session)
    assert refused.value.sentence
    assert np.array_equal(session["bad input"][...], np.ones(3))


def test_names_may_come_from_anything_that_gives_them() -> None:
    session = Session({"a": np.ones(3), "b": np.ones(3), "c": np.ones(3)})
    session.edit((name for name in ("a", "b")), "w * 2")
    session.edit(frozenset({"c"}), "w * 3")
    assert [session[name][0] for name in "abc"] == [2, 2, 3]
