"""Freezing what other models hold as well, and taking an unfreeze back. Runs on each backend."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import keras
import numpy as np
import pytest

import paramwidget as pw
from paramwidget.adapters import keras_holders
from paramwidget.adapters.keras import KerasAdapter
from paramwidget.errors import FreezeError
from paramwidget.notices import REASONS, SENTENCES, sentence

L, Opt = keras.layers, keras.optimizers
BACKEND = keras.backend.backend()
X = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
Y = np.random.default_rng(1).normal(size=(16, 2)).astype("float32")


@pytest.fixture(autouse=True)
def _same_start() -> None:
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)


def around(optimizer: Any) -> tuple[Any, Any]:
    """An inner model, and a compiled outer one that uses it."""
    inner = keras.Sequential([L.Input((4,)), L.Dense(4, name="g"), L.Dense(4, name="h")], name="inner")
    outer = keras.Sequential([L.Input((4,)), inner, L.Dense(2, name="out")], name="outer")
    outer.compile(optimizer, "mse")
    return inner, outer


def fit(model: Any) -> None:
    model.fit(X, Y, batch_size=4, verbose=0, shuffle=False)


def moved(model: Any, variable: Any) -> bool:
    before = np.array(keras.ops.convert_to_numpy(variable))
    fit(model)
    return not np.array_equal(before, keras.ops.convert_to_numpy(variable))


# ---------------------------------------------------------------- models that were not opened


def test_a_model_around_the_opened_one_obeys() -> None:
    inner, outer = around(Opt.SGD(0.1, momentum=0.9))
    kernel = inner.get_layer("g").kernel
    assert moved(outer, kernel)
    session = pw.Session(inner)
    entry = session.freeze("g")
    assert "train-function-rebuilt" in [n.code for n in entry.notices]
    assert not moved(outer, kernel)
    assert moved(outer, inner.get_layer("h").kernel)
    session.undo()
    assert moved(outer, kernel)


def test_a_layer_that_was_opened_alone_is_frozen_in_its_model() -> None:
    inner, outer = around(Opt.SGD(0.1))
    layer = inner.get_layer("g")
    assert moved(outer, layer.kernel)
    KerasAdapter(layer).set_trainable("kernel", False)
    assert not moved(outer, layer.kernel)


def test_the_optimizer_of_a_model_around_the_opened_one_is_extended() -> None:
    inner, outer = around(Opt.Adam(0.1))
    adapter, kernel = KerasAdapter(inner), inner.get_layer("g").kernel
    adapter.set_trainable("g/kernel", False)
    assert not moved(outer, kernel)
    assert "optimizer-rebuilt" in [n.code for n in adapter.set_trainable("g/kernel", True)]
    assert moved(outer, kernel)


def test_an_optimizer_elsewhere_that_cannot_be_extended_is_named() -> None:
    inner, outer = around(Opt.MultiOptimizer(lambda v: Opt.SGD(0.1)))
    adapter, kernel = KerasAdapter(inner), inner.get_layer("g").kernel
    adapter.set_trainable("g/kernel", False)
    assert not moved(outer, kernel)
    with pytest.raises(FreezeError, match=r"the model 'outer'.*compile\(\.\.\.\) with a new optimizer"):
        adapter.set_trainable("g/kernel", True)
    assert not moved(outer, kernel)


def test_other_models_keep_their_compiled_step() -> None:
    inner, _ = around(Opt.SGD(0.1))
    _, other = around(Opt.SGD(0.1))
    fit(other)
    function = other.train_function
    KerasAdapter(inner).set_trainable("g/kernel", False)
    assert other.train_function is function


def test_a_burst_of_freezes_looks_through_the_process_once(monkeypatch: pytest.MonkeyPatch) -> None:
    inner, _ = around(Opt.SGD(0.1))
    adapter, scans, now = KerasAdapter(inner), [], [100.0]
    look = gc.get_objects
    monkeypatch.setattr(keras_holders.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(gc, "get_objects", lambda: scans.append(0) or look())
    for trainable in (False, True, False):
        for path in ("g/kernel", "g/bias"):
            adapter.set_trainable(path, trainable)
    assert len(scans) == 1
    late = keras.Sequential([L.Input((4,)), inner, L.Dense(2)])
    late.compile(Opt.SGD(0.1), "mse")
    adapter.set_trainable("g/bias", True)
    fit(late)
    now[0] += 1
    adapter.set_trainable("g/bias", False)
    assert len(scans) == 2
    assert not moved(late, inner.get_layer("g").bias)


def test_a_burst_is_one_also_where_nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = L.Dense(3)
    layer.build((None, 4))
    adapter, scans = KerasAdapter(layer), []
    monkeypatch.setattr(keras_holders.time, "monotonic", lambda: 100.0)
    monkeypatch.setattr(gc, "get_objects", lambda: scans.append(0) or [])
    adapter.set_trainable("kernel", False)
    adapter.set_trainable("bias", False)
    assert len(scans) == 1


def test_strange_objects_of_the_process_do_no_harm() -> None:
    class Liar:
        @property
        def __class__(self) -> Any:
            raise RuntimeError("asked for its class")

    class Unfinished(keras.Model):
        @property
        def optimizer(self) -> Any:
            raise RuntimeError("asked for its optimizer")

    class Withheld(keras.Model):
        optimizer = "something"

        @property
        def weights(self) -> Any:
            raise RuntimeError("asked for its weights")

    class Gone:
        pass

    gone = Gone()
    kept = [Liar(), object.__new__(Unfinished), object.__new__(Withheld), weakref.proxy(gone)]
    del gone
    inner, outer = around(Opt.SGD(0.1))
    fit(outer)
    KerasAdapter(inner).set_trainable("g/kernel", False)
    assert not moved(outer, inner.get_layer("g").kernel)
    assert len(kept) == 4


# ---------------------------------------------------------------- training steps of the user's own


@pytest.mark.parametrize("compiled", [False, True])
def test_who_did_not_compile_is_told_of_training_steps_of_their_own(compiled: bool) -> None:
    model = keras.Sequential([L.Input((4,)), L.Dense(2, name="d")])
    if compiled:
        model.compile("sgd", "mse")
    adapter = KerasAdapter(model)
    for trainable in (False, True):
        told = {n.code: n for n in adapter.set_trainable("d/kernel", trainable)}
        assert ("own-train-step" in told) == (not compiled and BACKEND == "tensorflow")
        if "own-train-step" in told:
            severity, _, text = sentence(told["own-train-step"])
            assert severity == "warn"
            assert "must be traced again" in text
            assert "d/kernel" in text


def test_there_are_no_words_for_what_is_never_reported() -> None:
    assert "needs-compile" not in SENTENCES
    assert "graph" not in REASONS


# ---------------------------------------------------------------- taking an unfreeze back


def net() -> Any:
    inner = keras.Sequential([L.Input((4,)), L.Dense(4, name="x")], name="inner")
    return keras.Sequential([L.Input((4,)), inner, L.BatchNormalization(name="n"), L.Dense(2, name="out")])


def every_flag(model: Any) -> list[Any]:
    """All flags that Keras keeps, not only what they amount to."""
    return [
        [layer._trainable for layer in model._flatten_layers()],
        [(v.path, v.trainable) for v in model.variables],
    ]


def whole(model: Any) -> None:
    model.trainable = False


def flag_only(model: Any) -> None:
    model._trainable = False


def part(model: Any) -> None:
    model.trainable = False
    model.get_layer("inner").trainable = True


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("prepare", [whole, flag_only, part])
@pytest.mark.parametrize("what", [["out/kernel"], ["out", "inner"], ["n/gamma", "inner/x/bias", "out/bias"]])
def test_undoing_an_unfreeze_restores_every_flag(prepare: Any, what: list[str], compiled: bool) -> None:
    model = net()
    prepare(model)
    if compiled:
        model.compile(Opt.SGD(0.1), "mse")
    start = every_flag(model)
    session = pw.Session(model)
    session.unfreeze(*what)
    done = every_flag(model)
    assert done != start
    trains = {p.path for p in session.tree.walk() if p.trainable}
    assert trains == {p.path for p in session.tree.walk() if p.lock != "none" and p.path.startswith(tuple(what))}
    for _ in range(2):
        session.undo()
        assert every_flag(model) == start
        session.redo()
        assert every_flag(model) == done


def test_several_entries_are_undone_in_turn() -> None:
    model = net()
    flag_only(model)
    session, seen = pw.Session(model), []
    for step, what in [("unfreeze", "out"), ("unfreeze", "n/gamma"), ("freeze", "out/kernel"), ("freeze", "n")]:
        seen.append(every_flag(model))
        getattr(session, step)(what)
    last = every_flag(model)
    for flags in reversed(seen):
        session.undo()
        assert every_flag(model) == flags
    while session.redo() is not None:
        pass
    assert every_flag(model) == last


def test_lifts_that_were_made_one_after_the_other_are_taken_back_in_turn() -> None:
    model = net()
    flag_only(model)
    adapter, first = KerasAdapter(model), every_flag(model)
    adapter.set_trainable("out/kernel", True)
    model._trainable = False
    second = every_flag(model)
    adapter.set_trainable("n/gamma", True)
    adapter.set_trainable("n/gamma", False)
    assert every_flag(model) == second
    model._trainable = True
    adapter.set_trainable("out/kernel", False)
    assert every_flag(model) == first


def test_flags_that_something_else_changed_since_are_left_alone() -> None:
    model = net()
    flag_only(model)
    adapter = KerasAdapter(model)
    adapter.set_trainable("out/kernel", True)
    model.get_layer("n").gamma.trainable = True
    adapter.set_trainable("out/kernel", False)
    assert model._trainable
    assert [v.name for v in model.trainable_weights] == ["gamma"]


def test_a_lift_that_was_overruled_is_not_taken_back_later() -> None:
    model = net()
    flag_only(model)
    adapter = KerasAdapter(model)
    adapter.set_trainable("out/kernel", True)
    model.trainable = False
    adapter.set_trainable("out/kernel", False)
    model._trainable = True
    model.get_layer("out").kernel.trainable = True
    adapter.set_trainable("out/kernel", False)
    assert model._trainable
    assert model.trainable_weights == []


def test_an_inner_model_obeys_when_a_lift_changes_what_it_trains() -> None:
    model = net()
    inner = model.get_layer("inner")
    inner.compile(Opt.SGD(0.1), "mse")
    target = np.ones((16, 4), "float32")
    inner.fit(X, target, verbose=0)
    flag_only(model)
    adapter, kernel = KerasAdapter(model), inner.get_layer("x").kernel

    def still() -> bool:
        before = np.array(keras.ops.convert_to_numpy(kernel))
        inner.fit(X, target, verbose=0)
        return np.array_equal(before, keras.ops.convert_to_numpy(kernel))

    adapter.set_trainable("out/kernel", True)
    assert still()
    adapter.set_trainable("out/kernel", False)
    assert not still()


def test_a_lift_that_is_refused_leaves_every_flag() -> None:
    model = net()
    model.compile(Opt.MultiOptimizer(lambda v: Opt.SGD(0.1)), "mse")
    model.get_layer("out").kernel.trainable = False
    fit(model)
    flag_only(model)
    adapter, start = KerasAdapter(model), every_flag(model)
    with pytest.raises(FreezeError):
        adapter.set_trainable("out/kernel", True)
    assert every_flag(model) == start
