"""Keras models through the adapter: structure, reading, writing. Runs on each backend, see test_adapter_keras_backends."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import keras
import ml_dtypes
import numpy as np
import pytest

from paramwidget.adapters import adapter_for
from paramwidget.adapters.keras import KerasAdapter, fits
from paramwidget.errors import PathError, RegionError
from paramwidget.region import Region
from paramwidget.testing import AdapterContract
from paramwidget.tree import Node

L = keras.layers
BACKEND = keras.backend.backend()
tensorflow_only = pytest.mark.skipif(BACKEND != "tensorflow", reason="about the TensorFlow backend")


@pytest.fixture(autouse=True)
def _same_start() -> Any:
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    yield
    keras.config.set_dtype_policy("float32")


def stored(variable: Any) -> np.ndarray:
    """A copy of the bits that the framework holds, without the adapter and without a detour over float32."""
    value = variable._value
    if BACKEND != "torch":
        return np.array(value.numpy() if hasattr(value, "numpy") else value)
    import torch

    name = keras.backend.standardize_dtype(value.dtype)
    if name != "bfloat16" and not name.startswith("float8"):
        return np.array(value.detach().numpy())
    carrier = torch.int16 if name == "bfloat16" else torch.uint8
    return np.array(value.detach().view(carrier).numpy()).view(getattr(ml_dtypes, name))


def variables(model: Any) -> dict[str, Any]:
    return {v.path: v for v in model.variables}


def full(adapter: KerasAdapter, path: str) -> np.ndarray:
    return adapter.read(path, Region.full(adapter.tree()[path].shape))


def put(adapter: KerasAdapter, path: str, index: Any, values: Any) -> None:
    """Write a region, with values of the stored type."""
    p = adapter.tree()[path]
    region = Region.of(index, p.shape)
    dtype = adapter.read(path, region).dtype
    adapter.write(path, region, np.broadcast_to(np.asarray(values), region.extent).astype(dtype))


def paths(root: Node) -> list[str]:
    return [p.path for p in root.walk()]


class Box(keras.Layer):
    """Holds one variable of each sort."""

    SORTS = (
        ("f64", "float64", (3, 2), True),
        ("f16", "float16", (4, 3), True),
        ("bf16", "bfloat16", (2, 5), True),
        ("e4m3", "float8_e4m3fn", (3, 3), False),
        ("e5m2", "float8_e5m2", (7,), False),
        ("i8", "int8", (5,), False),
        ("u8", "uint8", (2, 3), False),
        ("i32", "int32", (4,), False),
        ("i64", "int64", (2, 2), False),
        ("mask", "bool", (4,), False),
        ("scalar", "float32", (), True),
        ("bias0", "float32", (0, 3), True),
    )

    def build(self, shape: Any) -> None:
        rng = np.random.default_rng(5)

        def some(size: Any, dtype: Any) -> Any:
            return keras.ops.cast(keras.ops.convert_to_tensor(rng.normal(size=size).astype("float32") * 2), dtype)

        for name, dtype, size, trainable in self.SORTS:
            self.add_weight(shape=size, dtype=dtype, initializer=some, trainable=trainable, name=name)
        if BACKEND == "tensorflow":
            self.add_weight(shape=(2, 2), dtype="complex64", initializer="zeros", trainable=False, name="complex")
        self.built = True

    def call(self, x: Any) -> Any:
        return x


class Again(keras.Layer):
    """Uses the table of an embedding, as tied language models do."""

    def __init__(self, embedding: Any, **options: Any) -> None:
        super().__init__(**options)
        self.table = embedding.embeddings

    def call(self, x: Any) -> Any:
        return keras.ops.matmul(x, keras.ops.transpose(self.table))


class TestContract(AdapterContract):
    tied = (("embedding/embeddings", "again/embeddings"),)

    def make(self) -> tuple[Any, dict[str, np.ndarray]]:
        tokens = L.Input((4,), dtype="int32")
        embedding = L.Embedding(6, 3, name="embedding")
        x = Box(name="box")(embedding(tokens))
        x = L.BatchNormalization(name="norm")(L.Dropout(0.5, name="dropout")(x))
        model = keras.Model(tokens, Again(embedding, name="again")(L.Dense(3, name="dense")(x)))
        model.get_layer("box").trainable = True
        return model, {path: stored(self.variable(model, path)) for path in self.known(model)}

    def known(self, model: Any) -> list[str]:
        box = [f"box/{v.name}" for v in model.get_layer("box").weights]
        norm = [f"norm/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")]
        rest = ["dropout/seed_generator_state", "dense/kernel", "dense/bias"]
        return ["embedding/embeddings", "again/embeddings", *box, *norm, *rest]

    def variable(self, model: Any, path: str) -> Any:
        layer, name = path.split("/")
        return next(v for v in model.get_layer(layer).variables if v.name == name)

    def inspect(self, model: Any, path: str) -> np.ndarray:
        return stored(self.variable(model, path))

    def overwrite(self, model: Any, path: str, values: np.ndarray) -> None:
        variable = self.variable(model, path)
        if values.dtype.name.startswith("float8"):  # Keras on torch has no way from NumPy to these
            variable.assign(keras.ops.cast(keras.ops.convert_to_tensor(values.astype("float32")), values.dtype.name))
        else:
            variable.assign(values)


# ---------------------------------------------------------------- which objects


def test_keras_is_asked_before_torch_and_names_its_backend() -> None:
    model = keras.Sequential([L.Input((2,)), L.Dense(2)])
    names = {"tensorflow": "Keras · TensorFlow", "torch": "Keras · PyTorch", "jax": "Keras · JAX"}
    adapter = adapter_for(model)
    assert type(adapter) is KerasAdapter
    assert adapter.name == names[BACKEND]
    assert fits(L.Dense(2))
    assert not fits(np.zeros(3))
    assert not fits(keras.optimizers.SGD())


# ---------------------------------------------------------------- structure


def conv_model() -> Any:
    layers = [
        L.Conv2D(4, 3, name="conv1"),
        L.BatchNormalization(name="norm"),
        L.DepthwiseConv2D(2, name="depthwise"),
        L.Conv2DTranspose(5, 2, name="up"),
        L.SeparableConv2D(3, 2, name="separable"),
        L.PReLU(name="prelu"),
        L.Flatten(name="flatten"),
        L.Dense(3, name="dense"),
    ]
    return keras.Sequential([L.Input((8, 8, 2)), *layers])


def test_a_sequential_model_lists_layers_in_order_with_roles_and_axes() -> None:
    model = conv_model()
    root = KerasAdapter(model).tree()
    assert [(n.name, n.kind) for n in root.children][:2] == [("conv1", "Conv2D"), ("norm", "BatchNormalization")]
    assert [n.name for n in root.children] == [layer.name for layer in model.layers]
    assert root.count == model.count_params()
    facts = {p.path: (p.role, p.axes) for p in root.walk()}
    assert facts["conv1/kernel"] == ("weight", ("kh", "kw", "in", "out"))
    assert facts["conv1/bias"] == ("bias", ("out",))
    assert facts["norm/beta"] == ("weight", ("channel",))
    assert facts["norm/moving_variance"] == ("buffer", ("channel",))
    assert facts["depthwise/kernel"] == ("weight", ("kh", "kw", "channel", "mult"))
    assert facts["up/kernel"] == ("weight", ("kh", "kw", "out", "in"))
    assert facts["separable/depthwise_kernel"][1] == ("kh", "kw", "channel", "mult")
    assert facts["separable/pointwise_kernel"][1] == ("kh", "kw", "in", "out")
    assert facts["prelu/alpha"][1] == ()
    assert facts["dense/kernel"][1] == ("in", "out")
    assert {p.trainable for p in root.walk() if p.role == "buffer"} == {None}
    assert {p.device for p in root.walk()} == {"cpu"}


@pytest.mark.parametrize(("rank", "expected"), [(1, ("kw",)), (3, ("kd", "kh", "kw"))])
def test_axes_of_convolutions_of_other_ranks(rank: int, expected: tuple[str, ...]) -> None:
    layer = {1: L.Conv1D, 3: L.Conv3D}[rank](2, 2, name="c")
    layer.build((None, *[5] * rank, 3))
    assert KerasAdapter(layer).tree()["kernel"].axes == (*expected, "in", "out")


def test_wrappers_cells_and_attention_are_walked() -> None:
    i = L.Input((5, 8))
    x = L.MultiHeadAttention(2, 3, name="mha")(i, i)
    x = L.Bidirectional(L.LSTM(3, name="lstm", return_sequences=True), name="both")(x)
    x = L.TimeDistributed(L.Dense(4, name="inner"), name="each")(x)
    model = keras.Model(i, L.RNN([L.SimpleRNNCell(2, name="a"), L.GRUCell(3, name="b")], name="rnn")(x))
    root = KerasAdapter(model).tree()
    assert root.count == model.count_params()
    assert root["mha/query/kernel"].axes == ("in", "head", "dim")
    assert root["mha/query/bias"].axes == ("head", "dim")
    assert root["mha/attention_output/kernel"].axes == ("head", "dim", "out")
    assert root["both/forward_lstm/lstm_cell/recurrent_kernel"].axes == ("unit", "gate")
    assert root["both/backward_lstm/lstm_cell/kernel"].axes == ("in", "gate")
    assert root["each/inner/kernel"].shape == (6, 4)
    assert root["rnn/stacked_rnn_cells/b/bias"].role == "bias"
    assert {id(v) for v in model.weights} == {id(find(model, p)) for p in paths(root) if root[p].role != "state"}


def find(model: Any, path: str) -> Any:
    from paramwidget.adapters.keras_tree import find as locate

    return locate(model, path).variable


class Subclassed(keras.Model):
    """Layers in attributes, lists and dicts; one of them under two names; a variable of its own."""

    def __init__(self) -> None:
        super().__init__(name="net")
        self.blocks = [L.Dense(3, name="block"), L.Dense(3, name="block")]
        self.bag = {"a": L.Dense(2, name="bagged")}
        self.first = self.blocks[0]
        self.scale = self.add_weight(shape=(), name="scale", initializer="ones")

    def call(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x)
        return self.bag["a"](x) * self.scale


def test_a_subclassed_model_is_walked_through_lists_and_dicts_and_equal_names_are_told_apart() -> None:
    model = Subclassed()
    model(np.ones((1, 3), "float32"))
    adapter = KerasAdapter(model)
    root = adapter.tree()
    wanted = ["scale", "block/kernel", "block/bias", "block~2/kernel", "block~2/bias", "bagged/kernel", "bagged/bias"]
    assert paths(root) == wanted
    assert len({v.path for v in model.weights}) < len(wanted), "Keras no longer repeats paths: a simpler key would do"
    assert root.count == model.count_params()
    put(adapter, "block~2/kernel", (0, 0), 5)
    assert stored(model.blocks[1].kernel)[0, 0] == 5
    assert stored(model.blocks[0].kernel)[0, 0] != 5


def test_nested_models_are_nodes_and_shared_layers_are_tied() -> None:
    shared = L.Dense(4, name="shared")
    left = keras.Sequential([L.Input((4,)), shared], name="left")
    right = keras.Sequential([L.Input((4,)), shared, L.Dense(2, name="own")], name="right")
    i = L.Input((4,))
    model = keras.Model(i, right(left(i)))
    adapter = KerasAdapter(model)
    root = adapter.tree()
    assert [n.path for n in root.nodes()] == ["", "left", "left/shared", "right", "right/shared", "right/own"]
    first, second = root["left/shared/kernel"], root["right/shared/kernel"]
    assert (first.tied, first.counted, first.stored) == ("left/shared/kernel", True, True)
    assert (second.tied, second.counted, second.stored) == ("left/shared/kernel", False, False)
    assert root.bytes == 4 * model.count_params()
    assert root["right/own/kernel"].tied == ""
    assert root.count == model.count_params()
    put(adapter, "right/shared/kernel", (0, 0), 9)
    assert full(adapter, "left/shared/kernel")[0, 0] == 9


def test_a_variable_that_a_parent_keeps_as_well_is_listed_where_it_belongs() -> None:
    model = keras.Sequential([L.Input((8,)), L.SpectralNormalization(L.Dense(6, name="d"), name="sn")])
    root = KerasAdapter(model).tree()
    assert paths(root) == ["sn/vector_u", "sn/d/kernel", "sn/d/bias"]
    assert root["sn/d/kernel"].tied == ""
    assert root["sn/vector_u"].role == "buffer"
    assert root.count == model.count_params()


def test_seed_generators_are_shown_but_not_counted_and_optimizers_and_metrics_are_not_shown() -> None:
    model = keras.Sequential([L.Input((3,)), L.Dropout(0.5, name="drop"), L.Dense(1, name="dense")])
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    root = KerasAdapter(model).tree()
    assert paths(root) == ["drop/seed_generator_state", "dense/kernel", "dense/bias"]
    seed = root["drop/seed_generator_state"]
    assert (seed.role, seed.trainable, seed.counted, seed.stored) == ("state", None, False, True)
    assert root.count == model.count_params() == 4


def test_a_model_that_is_not_built_shows_its_structure() -> None:
    model = keras.Sequential([L.Dense(4, name="a"), L.Dropout(0.1, name="drop"), L.Dense(2, name="b")])
    adapter = KerasAdapter(model)
    root = adapter.tree()
    assert root.reason == "unbuilt"
    assert [(n.name, n.reason) for n in root.children] == [("a", "unbuilt"), ("drop", ""), ("b", "unbuilt")]
    with pytest.raises(PathError, match="no variable 'a/kernel'"):
        adapter.read("a/kernel", Region.full((3, 4)))
    model(np.ones((1, 3), "float32"))
    built = adapter.tree()
    assert [n.reason for n in built.nodes()] == [""] * 4
    assert built.count == model.count_params()


def test_an_unbuilt_subclassed_model_shows_its_layers() -> None:
    root = KerasAdapter(Subclassed()).tree()
    assert [(n.name, n.reason) for n in root.children] == [(n, "unbuilt") for n in ("block", "block~2", "bagged")]
    assert paths(root) == ["scale"]
    assert root.reason == ""


def test_a_single_layer_is_a_model_of_its_own() -> None:
    layer = L.Dense(2)
    layer.build((None, 3))
    adapter = KerasAdapter(layer)
    assert paths(adapter.tree()) == ["kernel", "bias"]
    put(adapter, "bias", ..., 2)
    assert stored(layer.bias).tolist() == [2, 2]


def test_a_wrong_path_names_the_closest() -> None:
    adapter = KerasAdapter(conv_model())
    with pytest.raises(PathError, match="did you mean 'conv1/kernel'"):
        adapter.read("conv/kernel", Region.full((1,)))
    with pytest.raises(PathError, match="no variable 'conv1'"):
        adapter.read("conv1", Region.full((1,)))


def test_a_layer_that_was_popped_is_not_found_any_more() -> None:
    model = conv_model()
    adapter = KerasAdapter(model)
    assert adapter.tree()["dense/bias"].shape == (3,)
    model.pop()
    with pytest.raises(PathError):
        adapter.read("dense/bias", Region.full((3,)))


def test_variables_that_hold_text_or_unknown_things_are_listed_with_a_reason() -> None:
    layer = Box(name="box")
    layer.build(None)
    variable = next(v for v in layer.weights if v.name == "u8")

    class Text:
        dtype, shape, device = "string", (2, 3), "cpu"

        def devices(self) -> list[Any]:
            return []

    variable._value = Text()
    p = KerasAdapter(layer).tree()["u8"]
    assert (p.readable, p.writable, p.reason) == (False, False, "object-type")


# ---------------------------------------------------------------- facts of one tensor


def rebuilt(layer: Any, units: int, width: int) -> None:
    """Give a layer other variables, as surgery on a live model does."""
    layer._tracker.unlock()
    layer.units, layer.built = units, False
    layer._trainable_variables.clear()
    layer.build((None, width))


def test_the_facts_of_one_tensor_are_those_of_the_tree() -> None:
    for model in (TestContract().make()[0], conv_model(), lora_model(), Subclassed()):
        for adapter in (KerasAdapter(model), KerasAdapter(model)):
            for p in KerasAdapter(model).tree().walk():
                assert adapter.facts(p.path) == p
            adapter.tree()


def test_facts_are_fresh_and_no_tree_is_walked_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    model = conv_model()
    adapter, dense = KerasAdapter(model), model.get_layer("dense")
    known = adapter.tree()["dense/kernel"]
    trained = property(lambda _: pytest.fail("all variables were listed"))
    with monkeypatch.context() as patch:
        patch.setattr("paramwidget.adapters.keras_tree.tree", lambda _: pytest.fail("the model was walked"))
        patch.setattr(keras.Layer, "trainable_weights", trained)
        assert adapter.facts("dense/kernel") == known
        dense.kernel.trainable = False
        assert adapter.facts("dense/kernel").trainable is False
        dense.kernel.trainable = True
        model._trainable = False
        assert adapter.facts("dense/kernel").trainable is False
        model._trainable = True
        rebuilt(dense, 6, 7)
        assert adapter.facts("dense/kernel").shape == (7, 6)
    assert adapter.facts("dense/kernel") == adapter.tree()["dense/kernel"]
    model.pop()
    with pytest.raises(PathError, match="no variable 'dense/kernel'"):
        adapter.facts("dense/kernel")


def test_facts_of_a_tensor_that_came_after_the_last_look() -> None:
    model = keras.Sequential([L.Dense(2, name="d")])
    adapter = KerasAdapter(model)
    assert paths(adapter.tree()) == []
    with pytest.raises(PathError):
        adapter.facts("d/kernel")
    model.build((None, 3))
    assert adapter.facts("d/kernel").shape == (3, 2)


@pytest.mark.parametrize("depth", ["layer", "model"])
def test_facts_of_models_that_decide_by_themselves_what_they_train(depth: str) -> None:
    class ChoosyLayer(L.Dense):
        @property
        def weights(self) -> Any:
            return [self.bias]

    class ChoosyModel(keras.Sequential):
        @property
        def trainable_weights(self) -> Any:
            return [v for v in super().trainable_weights if "bias" in v.name]

    if depth == "layer":
        model = keras.Sequential([L.Input((4,)), ChoosyLayer(2, name="d")])
    else:
        model = ChoosyModel([L.Input((4,)), L.Dense(2, name="d")])
    adapter = KerasAdapter(model)
    adapter.tree()
    assert [adapter.facts(path).trainable for path in ("d/kernel", "d/bias")] == [False, True]


# ---------------------------------------------------------------- element types


def test_mixed_precision_shows_and_edits_the_stored_type_inside_an_autocast_scope() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = keras.Sequential([L.Input((3,)), L.Dense(2, name="d")])
    adapter = KerasAdapter(model)
    variable = model.layers[0].kernel
    fine = np.float32(1.00048828125)  # bfloat16 has no such number
    with keras.src.backend.common.variables.AutocastScope("bfloat16"):
        assert variable.dtype == "bfloat16", "the scope has no effect, so this test shows nothing"
        assert adapter.tree()["d/kernel"].dtype == "float32"
        assert full(adapter, "d/kernel").dtype == np.float32
        put(adapter, "d/kernel", (0, 0), fine)
        put(adapter, "d/bias", ..., fine)
    assert stored(variable)[0, 0] == fine
    assert stored(model.layers[0].bias).tolist() == [fine, fine]


@pytest.mark.parametrize("policy", ["float16", "bfloat16"])
def test_models_of_small_floats_keep_their_type(policy: str) -> None:
    keras.config.set_dtype_policy(policy)
    model = keras.Sequential([L.Input((3,)), L.Dense(2, name="d")])
    adapter = KerasAdapter(model)
    assert adapter.tree()["d/kernel"].dtype == policy
    put(adapter, "d/kernel", (1, slice(None)), 0.1)
    expected = np.asarray(0.1).astype(full(adapter, "d/kernel").dtype)
    assert [v == expected for v in stored(model.layers[0].kernel)[1]] == [True, True]
    assert full(adapter, "d/kernel").dtype.name == policy


def test_int8_quantized_layers_show_the_stored_integers_and_scales() -> None:
    model = keras.Sequential([L.Input((8,)), L.Dense(6, name="d")])
    model.quantize("int8")
    adapter = KerasAdapter(model)
    root = adapter.tree()
    assert {p.name: p.dtype for p in root.walk()} == {"kernel": "int8", "bias": "float32", "kernel_scale": "float32"}
    assert root["d/kernel"].trainable is None
    assert root.count == model.count_params()
    x = np.ones((1, 8), "float32")
    before = model.predict(x, verbose=0)
    put(adapter, "d/kernel", ..., 0)
    after = model.predict(x, verbose=0)
    assert np.abs(before).max() > 0
    assert np.abs(after).max() == 0, "the bias is zero, so nothing is left"


def test_int4_values_lie_two_to_a_byte_and_cannot_be_written_one_by_one() -> None:
    model = keras.Sequential([L.Input((8,)), L.Dense(6, name="d")])
    model.quantize("int4")
    root = KerasAdapter(model).tree()
    kernel = root["d/kernel"]
    assert (kernel.dtype, kernel.shape) == ("int8", (8, 3))
    assert (kernel.readable, kernel.writable, kernel.reason) == (True, False, "packed")
    assert root["d/kernel_scale"].writable
    assert root.count == model.count_params()


def lora_model() -> Any:
    model = keras.Sequential([L.Input((8,)), L.Dense(6, name="d")])
    model.layers[0].enable_lora(2)
    return model


def test_lora_shows_the_base_kernel_and_the_factors() -> None:
    model = lora_model()
    adapter = KerasAdapter(model)
    root = adapter.tree()
    assert {p.name: p.trainable for p in root.walk()} == {
        "kernel": False,
        "bias": True,
        "lora_kernel_a": True,
        "lora_kernel_b": True,
    }
    assert root.count == model.count_params()
    put(adapter, "d/kernel", (0, 0), 7)
    assert stored(model.layers[0]._kernel)[0, 0] == 7


# ---------------------------------------------------------------- reading and writing


def test_reading_fetches_the_region_only(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = L.Dense(400)
    layer.build((None, 300))
    adapter = KerasAdapter(layer)
    expected = stored(layer.kernel)[5:7, 3:9:2]

    def whole(*_: Any) -> Any:
        raise AssertionError("the whole variable was converted")

    monkeypatch.setattr(keras.ops, "convert_to_numpy", whole)
    monkeypatch.setattr(type(layer.kernel), "numpy", whole, raising=False)
    read = adapter.read("kernel", Region.of((slice(5, 7), slice(3, 9, 2)), (300, 400)))
    assert np.array_equal(read, expected)
    assert read.base is None or read.base.nbytes < 300 * 400 or BACKEND == "torch"  # torch gives a view


def test_edits_keep_the_variable_the_optimizer_state_and_the_compiled_predict() -> None:
    model = keras.Sequential([L.Input((3,)), L.Dense(2, name="d")])
    model.compile(keras.optimizers.Adam(), "mse")
    x = np.ones((4, 3), "float32")
    model.fit(x, np.ones((4, 2)), verbose=0)
    model.predict(x, verbose=0)
    kernel, handle = model.layers[0].kernel, model.layers[0].kernel._value
    function, train = model.predict_function, model.train_function
    slots = [stored(v) for v in model.optimizer.variables]
    adapter = KerasAdapter(model)
    put(adapter, "d/kernel", (slice(0, 2), 1), 3)
    put(adapter, "d/bias", ..., -1)
    assert adapter.after_write("d/kernel") == []
    expected = x @ stored(kernel) + stored(model.layers[0].bias)
    assert np.allclose(model.predict(x, verbose=0), expected)
    assert model.layers[0].kernel is kernel
    assert (kernel._value is handle) or BACKEND == "jax"
    assert model.predict_function is function
    assert model.train_function is train
    assert all(np.array_equal(a, stored(v)) for a, v in zip(slots, model.optimizer.variables, strict=True))


def test_the_given_array_is_not_kept() -> None:
    layer = L.Dense(500)
    layer.build((None, 600))
    adapter = KerasAdapter(layer)
    memory = np.zeros(600 * 500 + 16, "float32")  # some backends alias memory that is aligned to 64 bytes
    offset = (-memory.ctypes.data % 64) // 4
    given = memory[offset : offset + 600 * 500].reshape(600, 500)
    given[...] = 3
    adapter.write("kernel", Region.full((600, 500)), given)
    part = Region.of((slice(0, 300), slice(None)), (600, 500))
    adapter.write("kernel", part, given[:300])
    given.fill(77)
    assert (stored(layer.kernel) == 3).all()


@pytest.mark.parametrize("index", [(0, 0), (slice(None), 1), (slice(0, 4, 2), slice(1, 3)), ...])
def test_values_are_not_broadcast(index: Any) -> None:
    layer = L.Dense(3)
    layer.build((None, 4))
    adapter, before = KerasAdapter(layer), stored(layer.kernel)
    region = Region.of(index, (4, 3))
    wrong = np.ones((1, 1), "float32") if region.size > 1 else np.ones((), "float32")
    with pytest.raises(ValueError, match="do not fit"):
        adapter.write("kernel", region, wrong)
    assert np.array_equal(stored(layer.kernel), before)


def test_a_region_made_for_another_shape_is_refused() -> None:
    layer = L.Dense(3, name="d")
    model = keras.Sequential([L.Input((4,)), layer])
    adapter, cell = KerasAdapter(model), Region.of((1, 1), (4, 3))
    rebuilt(layer, 6, 7)
    before = stored(layer.kernel)
    for region in (cell, Region.full((4, 3))):
        with pytest.raises(RegionError, match=r"d/kernel has the shape \(7, 6\) now, not \(4, 3\); look at it again"):
            adapter.read("d/kernel", region)
        with pytest.raises(RegionError, match="look at it again"):
            adapter.write("d/kernel", region, np.ones(region.extent, "float32"))
    assert np.array_equal(stored(layer.kernel), before)


@tensorflow_only
def test_an_element_type_without_slice_assignment_is_written_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    layer = L.Dense(3)
    layer.build((None, 4))
    kernel = layer.kernel._value

    class Part:
        def assign(self, _: Any) -> None:
            raise tf.errors.NotFoundError(None, None, "no kernel for this type")

    expected = stored(layer.kernel)
    expected[1:3, 0] = 8
    monkeypatch.setattr(type(kernel), "__getitem__", lambda *_: Part())
    KerasAdapter(layer).write("kernel", Region.of((slice(1, 3), 0), (4, 3)), np.full((2, 1), 8, "float32"))
    monkeypatch.undo()
    assert np.array_equal(stored(layer.kernel), expected)


MIRRORED = """
import keras, numpy as np, tensorflow as tf
from paramwidget.adapters.keras import KerasAdapter
from paramwidget.region import Region

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, name="d")])
    model.compile(keras.optimizers.Adam(0.1), "mse")
adapter = KerasAdapter(model)
part = Region.of((1, slice(0, 2)), (4, 3))
adapter.write("d/kernel", part, np.full((1, 2), 6, "float32"))
replicas = [replica.numpy() for replica in model.layers[0].kernel._value.values]
assert len(replicas) == 2
assert all(replica[1].tolist()[:2] == [6, 6] for replica in replicas)
assert np.array_equal(*replicas)
assert adapter.read("d/kernel", part).tolist() == [[6, 6]]

train = lambda: model.fit(np.ones((4, 4)), np.ones((4, 3)), batch_size=4, verbose=0)
kernel = lambda: adapter.read("d/kernel", Region.full((4, 3))).copy()
adapter.set_trainable("d/kernel", False)
before = kernel()
train()
assert np.array_equal(kernel(), before)
adapter.set_trainable("d/kernel", True)
train()
assert not np.array_equal(kernel(), before)
assert np.array_equal(*[replica.numpy() for replica in model.layers[0].kernel._value.values])
"""


@tensorflow_only
def test_all_replicas_of_a_mirrored_model_are_edited_and_obey() -> None:
    done = subprocess.run([sys.executable, "-c", MIRRORED], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr[-3000:]


def test_the_user_is_told_of_a_constraint() -> None:
    model = keras.Sequential([L.Input((3,)), L.Dense(2, name="d", kernel_constraint="non_neg")])
    adapter = KerasAdapter(model)
    assert [(n.code, n.detail) for n in adapter.after_write("d/kernel")] == [("constraint", "NonNeg")]
    assert adapter.after_write("d/bias") == []
    adapter.set_trainable("d/kernel", False)
    assert adapter.after_write("d/kernel") == [], "a constraint is applied to what is trained only"


def test_editing_a_normalization_layer_changes_the_compiled_prediction() -> None:
    model = keras.Sequential([L.Input((2,)), L.Normalization(name="n")])
    model.layers[0].adapt(np.array([[0.0, 0], [2, 2]]))
    x = np.array([[1.0, 1]], "float32")
    assert np.allclose(model.predict(x, verbose=0), 0)
    adapter = KerasAdapter(model)
    assert adapter.tree()["n/mean"].role == "buffer"
    put(adapter, "n/mean", ..., 0)
    assert [n.code for n in adapter.after_write("n/mean")] == ["finalize-state"]
    assert np.allclose(model.predict(x, verbose=0), 1)


def test_a_normalization_layer_changes_the_compiled_prediction_of_a_model_around_it() -> None:
    inner = keras.Sequential([L.Input((2,)), L.Normalization(name="n")])
    inner.layers[0].adapt(np.array([[0.0, 0], [2, 2]]))
    outer = keras.Sequential([L.Input((2,)), inner])
    x = np.array([[1.0, 1]], "float32")
    assert np.allclose(outer.predict(x, verbose=0), 0)
    adapter = KerasAdapter(inner)
    put(adapter, "n/mean", ..., 0)
    adapter.after_write("n/mean")
    assert np.allclose(outer.predict(x, verbose=0), 1)


def test_the_user_is_told_of_spectral_normalization() -> None:
    model = keras.Sequential([L.Input((8,)), L.SpectralNormalization(L.Dense(6, name="d"), name="sn")])
    adapter = KerasAdapter(model)
    notices = adapter.after_write("sn/d/kernel")
    assert [n.code for n in notices] == ["recomputed"]
    assert "SpectralNormalization" in notices[0].detail
    assert adapter.after_write("sn/d/bias") == []


def test_the_user_is_told_of_a_moving_average_of_the_weights() -> None:
    model = keras.Sequential([L.Input((3,)), L.Dense(2, name="d")])
    model.compile(keras.optimizers.SGD(use_ema=True), "mse")
    notices = KerasAdapter(model).after_write("d/kernel")
    assert [n.code for n in notices] == ["recomputed"]
    assert "use_ema" in notices[0].detail
