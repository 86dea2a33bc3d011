"""Freezing Keras variables through the adapter: the next training step obeys, and nothing else changes.

Runs on each backend, see test_adapter_keras_backends.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from paramwidget.adapters.keras import KerasAdapter
from paramwidget.errors import FreezeError

L, Opt = keras.layers, keras.optimizers
BACKEND = keras.backend.backend()
X = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
Y = np.random.default_rng(1).normal(size=(16, 2)).astype("float32")


@pytest.fixture(autouse=True)
def _same_start() -> None:
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)


def small(optimizer: Any, eager: bool = False) -> Any:
    model = keras.Sequential([L.Input((4,)), L.Dense(3, activation="tanh", name="a"), L.Dense(2, name="b")])
    model.compile(optimizer, "mse", run_eagerly=eager)
    return model


def fit(model: Any) -> None:
    model.fit(X, Y, batch_size=4, verbose=0, shuffle=False)


def on_batches(model: Any) -> None:
    for _ in range(3):
        model.train_on_batch(X, Y)


def with_average(model: Any) -> None:
    """Train a model whose optimizer has use_ema: fit() of Keras itself fails with it on JAX after the second step."""
    (on_batches if BACKEND == "jax" else fit)(model)


def values(model: Any) -> dict[str, np.ndarray]:
    adapter = KerasAdapter(model)
    return {p.path: np.array(keras.ops.convert_to_numpy(v)) for p, v in _pairs(adapter, model)}


def _pairs(adapter: KerasAdapter, model: Any) -> list[tuple[Any, Any]]:
    from paramwidget.adapters.keras_tree import find

    return [(p, find(model, p.path).variable) for p in adapter.tree().walk() if p.role in ("weight", "bias")]


def moved(model: Any, train: Any) -> set[str]:
    """The variables that training changed at all."""
    before = values(model)
    train(model)
    return {path for path, after in values(model).items() if not np.array_equal(after, before[path])}


def flags(model: Any) -> dict[str, bool | None]:
    """What the next fit() will train, asked of Keras itself."""
    listed = {id(v) for v in model.trainable_weights}
    return {p.path: id(v) in listed for p, v in _pairs(KerasAdapter(model), model)}


def state(optimizer: Any) -> dict[str, np.ndarray]:
    return {v.path: np.array(keras.ops.convert_to_numpy(v)) for v in optimizer.variables}


ALL = {"a/kernel", "a/bias", "b/kernel", "b/bias"}
WAYS = [
    pytest.param(fit, False, lambda: Opt.SGD(0.1), id="fit-sgd"),
    pytest.param(fit, False, lambda: Opt.Adam(0.1), id="fit-adam"),
    pytest.param(fit, False, lambda: Opt.AdamW(0.1, weight_decay=0.1), id="fit-adamw"),
    pytest.param(on_batches, False, lambda: Opt.SGD(0.1, momentum=0.9), id="batches-momentum"),
    pytest.param(on_batches, False, lambda: Opt.AdamW(0.1, weight_decay=0.1), id="batches-adamw"),
    pytest.param(fit, True, lambda: Opt.SGD(0.1, momentum=0.9), id="eager-momentum"),
    pytest.param(fit, True, lambda: Opt.AdamW(0.1, weight_decay=0.1), id="eager-adamw"),
]


@pytest.mark.parametrize(("train", "eager", "optimizer"), WAYS)
def test_what_was_trained_stops_exactly_when_frozen_and_goes_on_with_its_state(
    train: Any, eager: bool, optimizer: Any
) -> None:
    model = small(optimizer(), eager)
    adapter, original = KerasAdapter(model), model.optimizer
    assert moved(model, train) == ALL
    before = state(original)
    adapter.set_trainable("a/kernel", False)
    assert moved(model, train) == ALL - {"a/kernel"}
    trained = state(original)
    assert all(trained[path].shape == kept.shape for path, kept in before.items() if path in trained)
    adapter.set_trainable("a/kernel", True)
    after = state(original)
    assert after.keys() == before.keys()
    same = {path for path in before if np.array_equal(before[path], after[path])}
    assert {path for path in before if "a_kernel" in path} <= same, "the slots of the frozen variable were lost"
    assert all(np.array_equal(after[path], trained[path]) for path in trained), "a slot was reset"
    assert moved(model, train) == ALL
    assert model.optimizer is original


@pytest.mark.parametrize(("train", "eager", "optimizer"), WAYS)
def test_what_the_optimizer_was_built_without_trains_after_unfreezing(train: Any, eager: bool, optimizer: Any) -> None:
    model = small(optimizer(), eager)
    adapter, original = KerasAdapter(model), model.optimizer
    adapter.set_trainable("a/kernel", False)
    assert moved(model, train) == ALL - {"a/kernel"}
    before, steps = state(original), int(original.iterations)
    notices = [n.code for n in adapter.set_trainable("a/kernel", True)]
    assert "optimizer-rebuilt" in notices
    after = state(original)
    assert all(np.array_equal(after[path], kept) for path, kept in before.items()), "other slots were changed"
    assert moved(model, train) == ALL
    assert model.optimizer is original
    assert int(original.iterations) > steps
    # Keras restores saved optimizers by position: the order must be that of a newly built one
    fresh = type(original).from_config(original.get_config())
    fresh.build(model.trainable_variables)
    assert [(v.name, v.shape) for v in fresh.variables] == [(v.name, v.shape) for v in original.variables]


OPTIMIZERS = {
    "adadelta": lambda: Opt.Adadelta(1.0),
    "adafactor": lambda: Opt.Adafactor(0.1),
    "adagrad": lambda: Opt.Adagrad(0.1),
    "adam-amsgrad": lambda: Opt.Adam(0.1, amsgrad=True),
    "adamax": lambda: Opt.Adamax(0.1),
    "ftrl": lambda: Opt.Ftrl(0.1),
    "lamb": lambda: Opt.Lamb(0.1),
    "lion": lambda: Opt.Lion(0.1, weight_decay=0.1),
    "muon": lambda: Opt.Muon(0.1),
    "nadam": lambda: Opt.Nadam(0.1),
    "rmsprop": lambda: Opt.RMSprop(0.1, momentum=0.9, centered=True),
    "schedule": lambda: Opt.SGD(Opt.schedules.ExponentialDecay(0.1, 10, 0.9), momentum=0.5),
    "accumulating": lambda: Opt.Adam(0.1, gradient_accumulation_steps=2),
    "loss-scaled": lambda: Opt.LossScaleOptimizer(Opt.Adam(0.1), initial_scale=4.0),
    "averaging": lambda: Opt.SGD(0.1, momentum=0.9, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=2),
    "schedule-free": lambda: Opt.ScheduleFreeAdamW(0.1),
    "clipping": lambda: Opt.Adam(0.1, global_clipnorm=1.0),
}


def _everything(optimizer: Any) -> list[tuple[int, bytes]]:
    """All state, also what optimizers keep beside their list of variables, with the identity of the objects."""
    found = list(optimizer.variables)
    for one in (optimizer, getattr(optimizer, "inner_optimizer", optimizer)):
        for value in vars(one).values():
            found += [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, keras.Variable)]
    return [(id(v), keras.ops.convert_to_numpy(v).tobytes()) for v in found]


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_every_optimizer_of_keras_can_be_extended(name: str) -> None:
    model = small(OPTIMIZERS[name](), eager=BACKEND == "tensorflow")
    adapter, train = KerasAdapter(model), with_average if name == "averaging" else fit
    adapter.set_trainable("a/kernel", False)
    assert moved(model, train) == ALL - {"a/kernel"}
    before = _everything(model.optimizer)
    adapter.set_trainable("a/kernel", True)
    after = _everything(model.optimizer)
    slots = {key for key, _ in before} - {id(v) for v in model.variables}
    assert {item for item in before if item[0] in slots} <= set(after), "state was lost"
    assert moved(model, train) == ALL
    assert np.isfinite(model.evaluate(X, Y, verbose=0))


def test_a_moving_average_of_the_weights_does_not_move_what_is_frozen() -> None:
    optimizer = Opt.SGD(0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=1)
    model = small(optimizer)
    adapter = KerasAdapter(model)
    with_average(model)
    average = state(optimizer)
    adapter.set_trainable("a/kernel", False)
    assert moved(model, with_average) == ALL - {"a/kernel"}
    adapter.set_trainable("a/kernel", True)
    mine = [path for path in average if "a_kernel" in path]
    assert len(mine) == 1
    assert np.array_equal(state(optimizer)[mine[0]], average[mine[0]])
    assert moved(model, with_average) == ALL


def test_an_average_that_begins_late_begins_at_the_value() -> None:
    optimizer = Opt.SGD(0.0, use_ema=True, ema_momentum=0.99, ema_overwrite_frequency=1)
    model = small(optimizer)
    adapter = KerasAdapter(model)
    adapter.set_trainable("a/kernel", False)
    with_average(model)
    before = values(model)["a/kernel"]
    adapter.set_trainable("a/kernel", True)
    with_average(model)
    assert np.allclose(values(model)["a/kernel"], before, rtol=1e-5), "it was dragged towards zero"


class Secretive(Opt.SGD):
    """Keeps its slots in a dict by variable, as no optimizer of Keras does."""

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        self.by_name = {v.path: self.add_variable_from_reference(v, name="secret") for v in variables}


def unknown_optimizers() -> list[Any]:
    multiple = Opt.MultiOptimizer(lambda v: Opt.SGD(0.1) if "kernel" in v.path else Opt.Adam(0.1))
    return [Secretive(0.1), multiple]


@pytest.mark.parametrize("which", [0, 1])
def test_an_optimizer_that_cannot_be_extended_is_left_alone_and_fit_goes_on(which: int) -> None:
    model = small(unknown_optimizers()[which])
    adapter = KerasAdapter(model)
    adapter.set_trainable("a/kernel", False)
    assert moved(model, fit) == ALL - {"a/kernel"}
    before, attributes = _everything(model.optimizer), set(vars(model.optimizer))
    with pytest.raises(FreezeError, match=r"compile\(\.\.\.\) with a new optimizer"):
        adapter.set_trainable("a/kernel", True)
    assert _everything(model.optimizer) == before
    assert set(vars(model.optimizer)) == attributes
    assert adapter.tree()["a/kernel"].trainable is False
    assert moved(model, fit) == ALL - {"a/kernel"}
    model.compile(Opt.SGD(0.1), "mse")
    adapter.set_trainable("a/kernel", True)
    assert moved(model, fit) == ALL


def test_a_model_saved_after_the_extension_comes_back_with_the_state_of_its_optimizer(tmp_path: Path) -> None:
    model = small(Opt.Adam(0.1))
    adapter = KerasAdapter(model)
    adapter.set_trainable("a/kernel", False)
    fit(model)
    adapter.set_trainable("a/kernel", True)
    fit(model)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    pairs = list(zip(state(loaded.optimizer).values(), state(model.optimizer).values(), strict=True))
    assert len(pairs) == 2 + 2 * len(ALL)
    assert all(np.array_equal(a, b) for a, b in pairs)
    fit(model)
    fit(loaded)
    assert all(np.allclose(v, values(loaded)[path], atol=1e-5) for path, v in values(model).items())


def test_freezing_in_a_callback_takes_effect_in_the_next_step() -> None:
    model = small(Opt.AdamW(0.1, weight_decay=0.1))
    adapter, seen = KerasAdapter(model), []

    class Freeze(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 0:
                adapter.set_trainable("a/kernel", False)
            if batch == 2:
                adapter.set_trainable("a/kernel", True)
            seen.append(values(model)["a/kernel"])

    model.fit(X, Y, batch_size=4, epochs=1, verbose=0, callbacks=[Freeze()])
    same = [np.array_equal(a, b) for a, b in itertools.pairwise(seen)]
    assert same == [True, True, False]


def test_all_variables_can_be_frozen_and_come_back() -> None:
    model = small(Opt.Adam(0.1))
    adapter = KerasAdapter(model)
    fit(model)
    for path in sorted(ALL):
        adapter.set_trainable(path, False)
    assert adapter.tree().lock == "frozen"
    if BACKEND != "jax":  # Keras itself cannot train a model without trainable variables there
        assert moved(model, fit) == set()
    for path in sorted(ALL, reverse=True):
        adapter.set_trainable(path, True)
    assert moved(model, fit) == ALL


# ---------------------------------------------------------------- nothing else changes


def nested() -> Any:
    inner = keras.Sequential([L.Input((4,)), L.Dense(4, name="x"), L.Dense(3, name="y")], name="inner")
    return keras.Sequential([L.Input((4,)), inner, L.BatchNormalization(name="n"), L.Dense(2, name="z")])


def frozen_nowhere(model: Any) -> None:
    pass


def frozen_inside(model: Any) -> None:
    model.get_layer("inner").trainable = False
    model.get_layer("inner").get_layer("x").trainable = True


def frozen_one_variable(model: Any) -> None:
    model.get_layer("z").kernel.trainable = False


def frozen_outside(model: Any) -> None:
    model.trainable = False
    model.get_layer("z").trainable = True  # without effect below a frozen outermost model


def frozen_layer(model: Any) -> None:
    model.get_layer("n").trainable = False


STATES = [frozen_nowhere, frozen_inside, frozen_one_variable, frozen_outside, frozen_layer]


@pytest.mark.parametrize("prepare", STATES)
def test_one_variable_changes_and_comes_back_and_all_others_stay(prepare: Any) -> None:
    model = nested()
    prepare(model)
    adapter, start = KerasAdapter(model), flags(model)
    assert {p.path: p.trainable for p in adapter.tree().walk() if p.role in ("weight", "bias")} == start
    for path, before in start.items():
        adapter.set_trainable(path, not before)
        assert flags(model) == {**start, path: not before}
        adapter.set_trainable(path, bool(before))
        assert flags(model) == start


@pytest.mark.parametrize("prepare", [frozen_inside, frozen_outside, frozen_layer])
def test_training_does_what_the_tree_says(prepare: Any) -> None:
    model = nested()
    prepare(model)
    model.compile(Opt.SGD(0.1), "mse")
    adapter = KerasAdapter(model)
    if any(flags(model).values()) or BACKEND != "jax":
        fit(model)
    for path in ("inner/x/kernel", "z/bias", "n/gamma"):
        adapter.set_trainable(path, not adapter.tree()[path].trainable)
        expected = {p.path for p in adapter.tree().walk() if p.trainable}
        if expected or BACKEND != "jax":
            assert moved(model, fit) == expected


def test_freezing_and_unfreezing_leaves_the_base_kernel_of_lora_frozen() -> None:
    model = keras.Sequential([L.Input((4,)), L.Dense(2, name="d")])
    model.layers[0].enable_lora(2)
    adapter, start = KerasAdapter(model), flags(model)
    assert start["d/kernel"] is False
    open_ones = [path for path, flag in start.items() if flag]
    for path in open_ones:
        adapter.set_trainable(path, False)
    for path in open_ones:
        adapter.set_trainable(path, True)
    assert flags(model) == start


def test_a_model_that_decides_by_itself_what_it_trains_is_not_guessed_at() -> None:
    class Choosy(keras.Sequential):
        @property
        def trainable_weights(self) -> Any:
            return [v for v in super().trainable_weights if "bias" in v.name]

    model = Choosy([L.Input((4,)), L.Dense(2, name="d")])
    adapter = KerasAdapter(model)
    assert adapter.tree()["d/kernel"].trainable is False
    with pytest.raises(FreezeError, match="trainable_weights"):
        adapter.set_trainable("d/kernel", True)
    assert model.layers[0].kernel.trainable is True


# ---------------------------------------------------------------- what the user is told


def codes(notices: Any) -> list[str]:
    return [n.code for n in notices]


def test_a_new_trace_is_announced_only_if_there_was_an_old_one() -> None:
    model = small(Opt.SGD(0.1))
    adapter = KerasAdapter(model)
    assert codes(adapter.set_trainable("a/bias", False)) == ["not-saved"]
    fit(model)
    assert codes(adapter.set_trainable("b/bias", False)) == ["train-function-rebuilt", "not-saved"]
    assert codes(adapter.set_trainable("b/bias", True))[0] == "train-function-rebuilt"


def test_a_freeze_of_one_variable_is_said_not_to_be_saved_and_is_not(tmp_path: Path) -> None:
    model = small(Opt.SGD(0.1))
    assert codes(KerasAdapter(model).set_trainable("a/kernel", False)) == ["not-saved"]
    model.save(tmp_path / "m.keras")
    assert flags(keras.saving.load_model(tmp_path / "m.keras"))["a/kernel"] is True


def test_batch_normalization_frozen_by_its_weights_still_gathers_statistics_and_that_is_said() -> None:
    model = nested()
    model.compile(Opt.SGD(0.1), "mse")
    adapter = KerasAdapter(model)
    for path in ("n/gamma", "n/beta"):
        notices = {n.code: n for n in adapter.set_trainable(path, False)}
        assert notices["batchnorm-statistics-move"].detail == "n"
    norm = model.get_layer("n")
    before = np.array(norm.moving_mean)
    fit(model)
    assert not np.array_equal(np.array(norm.moving_mean), before), "the notice says what is not so"
    norm.trainable = False  # the recipe of the notice
    before = np.array(norm.moving_mean)
    model.make_train_function(force=True)
    fit(model)
    assert np.array_equal(np.array(norm.moving_mean), before)


def test_unfreezing_below_a_layer_that_is_frozen_as_a_whole_is_explained() -> None:
    model = nested()
    frozen_layer(model)
    model.compile(Opt.SGD(0.1), "mse")
    adapter = KerasAdapter(model)
    notices = {n.code: n for n in adapter.set_trainable("n/gamma", True)}
    assert notices["layer-still-frozen"].detail == "n"
    before = np.array(model.get_layer("n").moving_mean)
    assert "n/gamma" in moved(model, fit)
    assert np.array_equal(np.array(model.get_layer("n").moving_mean), before), "it left inference mode"


@pytest.mark.parametrize("path", ["n/moving_mean", "drop/seed_generator_state"])
def test_state_that_no_optimizer_touches_cannot_be_frozen(path: str) -> None:
    model = keras.Sequential([L.Input((4,)), L.BatchNormalization(name="n"), L.Dropout(0.5, name="drop")])
    with pytest.raises(FreezeError, match="no optimizer touches"):
        KerasAdapter(model).set_trainable(path, True)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="only TensorFlow keeps the old step")
def test_inner_models_that_were_compiled_obey_too() -> None:
    model = nested()
    inner = model.get_layer("inner")
    inner.compile(Opt.SGD(0.1), "mse")
    target = np.ones((16, 3), "float32")

    def train(_: Any) -> None:
        inner.fit(X, target, verbose=0)

    assert "inner/x/kernel" in moved(model, train)
    KerasAdapter(model).set_trainable("inner/x/kernel", False)
    assert moved(model, train) == {"inner/x/bias", "inner/y/kernel", "inner/y/bias"}
