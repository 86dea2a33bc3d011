"""The frameworks' own initialisers through the adapters: the very values that the framework itself gives."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from paramwidget.adapters import adapter_for
from paramwidget.adapters.base import Programmable, quote, scale_note
from paramwidget.errors import PathError, ValueRefusedError

torch.set_num_threads(1)
L = keras.layers
HERE = Path(__file__).parent
SEEDS = (0, 7, 2**32 - 1)
REFUSED = pytest.raises(ValueRefusedError)


def author(model: Any) -> Programmable:
    adapter = adapter_for(model)
    assert isinstance(adapter, Programmable)
    return adapter


# ---------------------------------------------------------------- PyTorch

TORCH_OPTIONS: dict[str, list[dict[str, float]]] = {
    "kaiming_normal_": [{}, {"a": 0.2}],
    "kaiming_uniform_": [{}, {"a": math.sqrt(5)}],
    "xavier_normal_": [{}, {"gain": 0.5}],
    "xavier_uniform_": [{}, {"gain": 2}],
    "normal_": [{}, {"mean": 1.0, "std": 0.02}],
    "uniform_": [{}, {"a": -0.5, "b": 0.5}],
    "trunc_normal_": [{}, {"mean": 0.1, "std": 0.02, "a": 0.07, "b": 0.2}],
    "orthogonal_": [{}, {"gain": 1.4}],
    "sparse_": [{"sparsity": 0.4}, {"sparsity": 0.25, "std": 1.0}],
    "dirac_": [{}],
    "eye_": [{}],
    "zeros_": [{}],
    "ones_": [{}],
    "constant_": [{"val": -2.5}],
}
GLOBAL_ONLY = {"sparse_"}
STEADY = {"dirac_", "eye_", "zeros_", "ones_", "constant_"}


def torch_model() -> nn.Module:
    return nn.ModuleDict(
        {
            "linear": nn.Linear(6, 10),
            "conv": nn.Conv2d(4, 8, 3).to(memory_format=torch.channels_last),
            "transposed": nn.ConvTranspose2d(4, 6, 3),
            "depthwise": nn.Conv2d(4, 8, 3, groups=4),
            "line": nn.Conv1d(3, 5, 4),
        }
    )


def torch_fresh(like: torch.Tensor, name: str, seed: int, options: dict[str, float]) -> torch.Tensor:
    """What a person would call."""
    scratch = torch.empty(tuple(like.shape), dtype=like.dtype)
    function = getattr(nn.init, name)
    if name in GLOBAL_ONLY:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return function(scratch, **options)
    if name in STEADY:
        return function(scratch, **options)
    return function(scratch, **options, generator=torch.Generator().manual_seed(seed))


def fits_torch(name: str, rank: int) -> bool:
    if name in ("eye_", "sparse_"):
        return rank == 2
    if name == "dirac_":
        return rank in (3, 4, 5)
    return rank >= 2 or name in ("normal_", "uniform_", "trunc_normal_", "zeros_", "ones_", "constant_")


def test_torch_has_the_names_of_nn_init() -> None:
    assert author(torch_model()).initializers() == tuple(TORCH_OPTIONS)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", TORCH_OPTIONS)
def test_torch_values_are_those_of_nn_init(name: str, seed: int) -> None:
    model = torch_model()
    adapter = author(model)
    for path, tensor in model.named_parameters():
        for options in TORCH_OPTIONS[name]:
            if not fits_torch(name, tensor.ndim):
                with REFUSED:
                    adapter.initial(path, name, seed, options)
                continue
            found = adapter.initial(path, name, seed, options)
            wanted = torch_fresh(tensor, name, seed, options).numpy()
            assert found.tobytes() == wanted.tobytes(), (path, options)
            assert found.shape == wanted.shape
            assert adapter.initial(path, name.rstrip("_"), seed, options).tobytes() == wanted.tobytes()


def test_torch_leaves_the_model_and_the_global_random_state_alone() -> None:
    model = torch_model()
    before = {path: t.detach().clone() for path, t in model.state_dict().items()}
    state = torch.get_rng_state()
    for name, options in TORCH_OPTIONS.items():
        adapter, path = author(model), "line.weight" if name == "dirac_" else "linear.weight"
        adapter.initial(path, name, 3, options[0])
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(t, before[path]) for path, t in model.state_dict().items())


@pytest.mark.parametrize("name", ["kaiming_normal_", "kaiming_uniform_", "xavier_normal_", "xavier_uniform_"])
def test_torch_notes_tell_the_spread_of_the_values(name: str) -> None:
    model = nn.ModuleDict({"conv": nn.ConvTranspose2d(40, 30, 3), "wide": nn.Linear(300, 200)})
    adapter = author(model)
    for path in ("conv.weight", "wide.weight"):
        for options in TORCH_OPTIONS[name]:
            note, values = adapter.initial_note(path, name, options), adapter.initial(path, name, 1, options)
            told = float(note.rpartition("= ")[2])
            found = float(np.abs(values).max()) if "uniform" in name else float(values.std())
            assert found == pytest.approx(told, rel=0.03), note


def test_torch_notes_show_the_true_fans() -> None:
    adapter = author(nn.ModuleDict({"c": nn.Conv2d(32, 64, 7), "t": nn.ConvTranspose2d(3, 8, 2), "b": nn.Linear(2, 2)}))
    assert adapter.initial_note("c.weight", "kaiming_normal_", {}) == "σ = √(2 / 1568) = 0.0357"
    assert adapter.initial_note("c.weight", "kaiming_uniform_", {}) == "±√(6 / 1568) = 0.0619"
    assert adapter.initial_note("t.weight", "kaiming_normal", {"a": 1.0}) == "σ = √(1 / 32) = 0.177"
    assert adapter.initial_note("t.weight", "xavier_normal_", {}) == "σ = √(2 / (32 + 12)) = 0.213"
    assert adapter.initial_note("t.weight", "xavier_uniform_", {"gain": 2.0}) == "±√(24 / (32 + 12)) = 0.739"
    assert adapter.initial_note("b.weight", "normal_", {}) == ""
    with pytest.raises(ValueRefusedError, match="fewer than two axes"):
        adapter.initial_note("b.bias", "xavier_normal_", {})


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.complex64])
@pytest.mark.parametrize("name", ["kaiming_normal_", "xavier_normal_", "normal_", "ones_"])
def test_torch_initialises_in_the_element_type_itself(dtype: torch.dtype, name: str) -> None:
    model = nn.Linear(6, 20, dtype=dtype)
    found = author(model).initial("weight", name, 5, {})
    wanted = torch_fresh(model.weight, name, 5, {})
    raw = wanted.contiguous().view(torch.uint8).numpy()
    assert found.tobytes() == raw.tobytes()
    assert str(found.dtype) == str(dtype).removeprefix("torch.")


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2, torch.int8, torch.int64, torch.bool])
def test_torch_draws_no_values_of_small_floats_and_integers_but_fills_them(dtype: torch.dtype) -> None:
    model = nn.ParameterDict({"w": nn.Parameter(torch.zeros(4, 3, dtype=dtype), requires_grad=False)})
    adapter = author(model)
    for name in set(TORCH_OPTIONS) - STEADY:
        with pytest.raises(ValueRefusedError, match=f"{str(dtype).removeprefix('torch.')}, of which {name} draws no"):
            adapter.initial("w", name, 1, TORCH_OPTIONS[name][0])
    assert adapter.initial("w", "ones", 1, {}).astype(float).tolist() == [[1.0] * 3] * 4
    assert adapter.initial("w", "constant_", 1, {"val": 1}).astype(float).tolist() == [[1.0] * 3] * 4
    assert not adapter.initial("w", "zeros_", 1, {}).astype(float).any()


def parameter(dtype: torch.dtype, *shape: int) -> Programmable:
    return author(nn.ParameterDict({"w": nn.Parameter(torch.zeros(shape, dtype=dtype), requires_grad=False)}))


@pytest.mark.parametrize(
    ("dtype", "name", "options", "says"),
    [
        (torch.float32, "he_normal", {}, "there is no initialiser 'he_normal"),
        (torch.float32, "kaiming_norml", {}, "did you mean 'kaiming_normal_'"),
        (torch.float32, "normal_", {"sd": 1.0}, "its options are mean, std"),
        (torch.float32, "eye_", {"gain": 1.0}, "it has no options"),
        (torch.float32, "normal_", {"std": math.nan}, "not a finite number"),
        (torch.float32, "normal_", {"std": "1"}, "not a finite number"),
        (torch.float32, "normal_", {"std": True}, "not a finite number"),
        (torch.float32, "normal_", {"std": -1.0}, "cannot be negative"),
        (torch.float32, "uniform_", {"a": 2.0}, "from=2 > to=1"),
        (torch.float32, "constant_", {}, "no default for its option val"),
        (torch.float32, "sparse_", {}, "no default for its option sparsity"),
        (torch.float32, "constant_", {"val": 1e39}, "does not fit into float32"),
        (torch.float16, "normal_", {"std": 60000.0}, "values that float16 does not hold"),
        (torch.float32, "dirac_", {}, "3, 4, or 5 dimensions"),
        (torch.bfloat16, "orthogonal_", {}, "orthogonal_ does not go with w of shape .6, 40. and bfloat16"),
        (torch.int8, "constant_", {"val": 300.0}, "does not fit into int8"),
        (torch.int8, "constant_", {"val": 0.5}, "not a whole number"),
        (torch.float8_e8m0fnu, "zeros_", {}, "0 does not fit into float8_e8m0fnu"),
        (torch.bfloat16, "constant_", {"val": 1e-60}, "too small"),
    ],
)
def test_torch_refuses_with_a_sentence(dtype: torch.dtype, name: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueRefusedError, match=says) as caught:
        parameter(dtype, 6, 40).initial("w", name, 1, options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", [-1, 2**32, True, 1.5])
def test_seeds_that_not_all_frameworks_know_are_refused(seed: Any) -> None:
    adapter = parameter(torch.float32, 2, 2)
    with pytest.raises(ValueRefusedError, match="seed"):
        adapter.initial("w", "normal_", seed, {})
    with pytest.raises(ValueRefusedError, match="seed"):
        adapter.initial_code("w", "normal_", seed, {})


def test_torch_fans_need_two_axes() -> None:
    for shape in ((), (5,)):
        for name in ("kaiming_normal_", "kaiming_uniform_", "xavier_normal_", "xavier_uniform_"):
            with pytest.raises(ValueRefusedError, match="inputs and outputs, which w with fewer than two axes"):
                parameter(torch.float32, *shape).initial("w", name, 1, {})


@pytest.mark.filterwarnings("error")
def test_torch_empty_tensors_stay_empty_without_a_warning() -> None:
    for shape in ((0, 3), (3, 0), (0, 0)):
        for name, options in TORCH_OPTIONS.items():
            adapter = parameter(torch.float32, *shape)
            assert adapter.initial("w", name, 1, options[0]).shape == shape
            assert adapter.initial_note("w", name, options[0]) == ""


def test_torch_lazy_and_packed_tensors_are_refused() -> None:
    adapter = author(nn.LazyLinear(3))
    with pytest.raises(ValueRefusedError, match="weight cannot be initialised"):
        adapter.initial("weight", "normal_", 1, {})
    with REFUSED:
        parameter(torch.uint8, 2).initial("w", "eye_", 1, {})
    with pytest.raises(PathError):
        adapter.initial("nothing", "normal_", 1, {})


# ---------------------------------------------------------------- arrays


def test_arrays_are_drawn_by_numpy() -> None:
    adapter = author({"w": np.zeros((4, 5), np.float32), "s": np.array(1.0), "b": np.zeros(3, ml_dtypes.bfloat16)})
    assert adapter.initializers() == ("normal", "uniform", "zeros", "ones", "constant")
    for seed in SEEDS:
        normal = np.random.default_rng(seed).normal(0.5, 0.1, (4, 5)).astype(np.float32)
        assert adapter.initial("w", "normal", seed, {"mean": 0.5, "std": 0.1}).tobytes() == normal.tobytes()
        uniform = np.random.default_rng(seed).uniform(0, 3, 3).astype(ml_dtypes.bfloat16)
        assert adapter.initial("b", "uniform", seed, {"high": 3}).tobytes() == uniform.tobytes()
    assert adapter.initial("s", "normal", 1, {}).shape == ()
    assert adapter.initial("w", "constant", 1, {"value": 2.5}).tolist() == [[2.5] * 5] * 4
    assert adapter.initial_note("w", "normal", {}) == ""


@pytest.mark.parametrize("name", ["he_normal", "kaiming_uniform_", "xavier_normal", "glorot_uniform", "lecun_normal"])
def test_arrays_have_no_fans(name: str) -> None:
    with pytest.raises(ValueRefusedError, match="does not say which of its axes is the input"):
        author({"w": np.zeros((4, 5))}).initial("w", name, 1, {})


@pytest.mark.parametrize("dtype", ["int8", "uint16", "bool", "complex64"])
def test_arrays_of_other_types_are_filled_and_not_drawn(dtype: str) -> None:
    adapter = author({"w": np.zeros((2, 3), dtype)})
    with pytest.raises(ValueRefusedError, match=f"holds {dtype}, of which normal draws no"):
        adapter.initial("w", "normal", 1, {})
    assert adapter.initial("w", "ones", 1, {}).tolist() == [[1] * 3] * 2
    with pytest.raises(ValueRefusedError, match=r"uniform does not go with f .*; choose"):
        author({"f": np.zeros(2)}).initial("f", "uniform", 1, {"low": -1e308, "high": 1e308})


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 1e4), st.lists(st.integers(1, 10**6), min_size=1, max_size=2), st.booleans())
def test_the_number_in_a_note_is_that_of_its_formula(numerator: float, fans: list[int], is_bound: bool) -> None:
    note = scale_note(numerator, tuple(fans), is_bound)
    assert note.startswith("±√(" if is_bound else "σ = √(")
    assert float(note.rpartition("= ")[2]) == pytest.approx(math.sqrt(numerator / sum(fans)), rel=0.006)


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_a_quoted_string_is_that_string_and_nothing_else(text: str) -> None:
    import ast

    node = ast.parse(quote(text), mode="eval").body
    assert isinstance(node, ast.Constant)
    assert node.value == text


# ---------------------------------------------------------------- Keras

KERAS_OPTIONS: dict[str, list[dict[str, float]]] = {
    "he_normal": [{}],
    "he_uniform": [{}],
    "glorot_normal": [{}],
    "glorot_uniform": [{}],
    "lecun_normal": [{}],
    "lecun_uniform": [{}],
    "random_normal": [{}, {"mean": 1.0, "stddev": 0.5}],
    "random_uniform": [{}, {"minval": -2.0, "maxval": 3.0}],
    "truncated_normal": [{}, {"stddev": 0.02}],
    "variance_scaling": [{}, {"scale": 2.0}],
    "orthogonal": [{}, {"gain": 1.4}],
    "zeros": [{}],
    "ones": [{}],
    "constant": [{"value": 0.25}],
    "identity": [{}, {"gain": 3.0}],
}
KERAS_STEADY = {"zeros", "ones", "constant", "identity"}
KERAS_SCALED = [name for name in KERAS_OPTIONS if name.startswith(("he", "glorot", "lecun", "variance"))]


def keras_model() -> Any:
    layers = [
        L.Conv2D(8, 3, name="conv"),
        L.DepthwiseConv2D(2, depth_multiplier=2, name="depthwise"),
        L.Conv2DTranspose(6, 3, name="transposed"),
        L.Dense(10, name="dense"),
    ]
    return keras.Sequential([L.Input((12, 12, 4)), *layers])


def keras_fresh(name: str, shape: Any, dtype: str, seed: int, options: dict[str, float]) -> np.ndarray:
    """What a person would call."""
    made = keras.initializers.get({"class_name": name, "config": {"value": 0.0} if name == "constant" else {}})
    arguments = options if name in KERAS_STEADY else {**options, "seed": seed}
    return np.asarray(keras.ops.convert_to_numpy(type(made)(**arguments)(shape, dtype)))


def test_keras_has_names_that_keras_itself_knows() -> None:
    assert author(keras_model()).initializers() == tuple(KERAS_OPTIONS)
    for name in set(KERAS_OPTIONS) - {"constant"}:  # which is of no use without its value
        assert callable(keras.initializers.get(name))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", KERAS_OPTIONS)
def test_keras_values_are_those_of_its_initializers(name: str, seed: int) -> None:
    model = keras_model()
    adapter = author(model)
    before = model.get_weights()
    for layer in model.layers:
        for path, shape in ((f"{layer.name}/kernel", layer.kernel.shape), (f"{layer.name}/bias", layer.bias.shape)):
            for options in KERAS_OPTIONS[name]:
                refused = len(shape) < 2 and name in (*KERAS_SCALED, "orthogonal")
                if refused or (name == "identity" and len(shape) != 2):
                    with REFUSED:
                        adapter.initial(path, name, seed, options)
                    continue
                found = adapter.initial(path, name, seed, options)
                assert found.tobytes() == keras_fresh(name, tuple(shape), "float32", seed, options).tobytes()
                assert (found.shape, found.dtype.name) == (tuple(shape), "float32")
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("name", KERAS_SCALED)
def test_keras_notes_tell_the_spread_of_the_values(name: str) -> None:
    adapter = author(keras.Sequential([L.Input((300,)), L.Dense(200, name="wide")]))
    for options in KERAS_OPTIONS[name]:
        note, values = (
            adapter.initial_note("wide/kernel", name, options),
            adapter.initial("wide/kernel", name, 1, options),
        )
        found = float(np.abs(values).max()) if name.endswith("uniform") else float(values.std())
        assert found == pytest.approx(float(note.rpartition("= ")[2]), rel=0.03), note


def test_keras_notes_show_the_true_fans() -> None:
    adapter = author(keras_model())
    assert adapter.initial_note("conv/kernel", "he_normal", {}) == "σ = √(2 / 36) = 0.236"
    assert adapter.initial_note("conv/kernel", "glorot_uniform", {}) == "±√(6 / (36 + 72)) = 0.236"
    assert adapter.initial_note("depthwise/kernel", "he_uniform", {}) == "±√(6 / 32) = 0.433"
    assert adapter.initial_note("dense/kernel", "variance_scaling", {"scale": 0.5}) == "σ = √(0.5 / 6) = 0.289"
    assert adapter.initial_note("dense/kernel", "orthogonal", {}) == ""


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_keras_initialises_in_the_stored_element_type(dtype: str) -> None:
    layer = L.Dense(7, dtype=dtype, name="d")
    layer.build((None, 5))
    for name in ("he_normal", "glorot_uniform", "random_normal", "ones"):
        found = author(layer).initial("kernel", name, 3, {})
        assert found.dtype.name == dtype
        assert found.tobytes() == keras_fresh(name, (5, 7), dtype, 3, {}).tobytes()


def nothing(shape: Any, dtype: Any) -> Any:
    return keras.ops.cast(keras.ops.zeros(shape), dtype)


class Sorts(keras.Layer):
    def build(self, shape: Any) -> None:
        for dtype in ("int8", "int32", "float8_e4m3fn", "bool"):  # TensorFlow has no zeros of float8
            self.add_weight(shape=(3, 2), dtype=dtype, initializer=nothing, trainable=False, name=dtype)
        self.add_weight(shape=(0, 3), name="empty")
        self.add_weight(shape=(), name="scalar", initializer="zeros")
        self.add_weight(shape=(4, 3), name="w")


@pytest.mark.parametrize(
    ("path", "name", "options", "says"),
    [
        ("w", "he_norml", {}, "did you mean 'he_normal'"),
        ("w", "he_normal", {"gain": 1.0}, "it has no options"),
        ("w", "random_normal", {"stddev": -1.0}, "cannot be negative"),
        ("w", "variance_scaling", {"scale": 0.0}, "must be positive"),
        ("w", "constant", {}, "no default for its option value"),
        ("w", "random_normal", {"stddev": 1e38, "mean": 3.4e38}, "values that float32 does not hold"),
        ("scalar", "he_normal", {}, "fewer than two axes"),
        ("scalar", "identity", {}, "2D"),
        ("int8", "he_normal", {}, "holds int8, of which he_normal draws no"),
        ("float8_e4m3fn", "random_uniform", {}, "holds float8_e4m3fn, of which"),
        ("int32", "constant", {"value": 1.5}, "not a whole number"),
    ],
)
def test_keras_refuses_with_a_sentence(path: str, name: str, options: dict[str, float], says: str) -> None:
    layer = Sorts()
    layer.build(None)
    with pytest.raises(ValueRefusedError, match=says):
        author(layer).initial(path, name, 1, options)


def test_keras_fills_what_it_cannot_draw() -> None:
    layer = Sorts()
    layer.build(None)
    for path in ("int8", "int32", "bool"):
        found = author(layer).initial(path, "ones", 1, {})
        assert found.dtype.name == path
        assert found.astype(float).tolist() == [[1.0] * 2] * 3
    assert author(layer).initial("empty", "he_normal", 1, {}).shape == (0, 3)
    assert author(layer).initial_note("empty", "he_normal", {}) == ""
    assert author(layer).initial("scalar", "constant", 1, {"value": 2.0}).tolist() == 2.0


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="this is the test that starts the other backend")
def test_all_of_keras_holds_on_the_pytorch_backend() -> None:
    files = [str(HERE / name) for name in ("test_initializers.py", "test_adapter_code.py")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "keras and not backend", *files],
        env={**os.environ, "KERAS_BACKEND": "torch"},
        cwd=HERE.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "passed" in done.stdout
