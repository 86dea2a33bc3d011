"""Plain code of the frameworks: expressions that lead to the live tensor, and code that runs without paramwidget."""

from __future__ import annotations

import inspect
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
from torch import nn

from paramwidget import Session
from paramwidget.adapters import adapter_for, torch_code
from paramwidget.adapters.base import Programmable
from paramwidget.adapters.torch_find import Found
from paramwidget.errors import PathError, ValueRefusedError
from paramwidget.region import Region
from paramwidget.testing.programs import follow

torch.set_num_threads(1)
L = keras.layers
HOSTILE = [
    "a b",
    "x']; import os #",
    'say "hi"',
    "both ' and \"",
    "new\nline",
    "back\\slash",
    "{tensor}",
    "ü",
    "\u2028",
    "%s",
]


def author(model: Any) -> Any:
    """Its adapter, which is both: an Adapter and Programmable."""
    adapter = adapter_for(model)
    assert isinstance(adapter, Programmable)
    return adapter


# ---------------------------------------------------------------- expressions, PyTorch


def torch_tensors(model: nn.Module) -> list[torch.Tensor]:
    return [*model.parameters(), *model.buffers()]


def check_torch(model: nn.Module, *starts: str) -> list[str]:
    adapter = author(model)
    codes = [adapter.code(p.path) for p in adapter.tree().walk()]
    found = [follow(model, code) for code in codes]
    assert {id(t) for t in found} == {id(t) for t in torch_tensors(model)}
    assert all(code.startswith(starts) for code in codes), codes
    return codes


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
        self.head = nn.Linear(4, 2, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x))


def test_torch_code_names_parameters_and_buffers_as_torch_does() -> None:
    codes = check_torch(Net(), "model.get_parameter(", "model.get_buffer(")
    assert 'model.get_parameter("body.0.weight")' in codes
    assert 'model.get_buffer("body.1.running_var")' in codes


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torch_code_works_on_the_wrapper_that_the_user_holds() -> None:
    assert 'model.get_parameter("module.head.weight")' in check_torch(nn.DataParallel(Net()), "model.get_")
    compiled: Any = torch.compile(Net(), backend="eager")
    assert 'model.get_parameter("_orig_mod.body.0.bias")' in check_torch(compiled, "model.get_")
    both: Any = torch.compile(nn.DataParallel(Net()), backend="eager")
    assert 'model.get_parameter("_orig_mod.module.head.weight")' in check_torch(both, "model.get_")
    averaged = torch.optim.swa_utils.AveragedModel(Net())
    assert 'model.get_buffer("module.body.1.running_mean")' in check_torch(averaged, "model.get_")
    scripted: Any = torch.jit.script(Net())
    check_torch(scripted, "model._modules[")
    traced: Any = torch.jit.trace(Net().eval(), torch.zeros(2, 3))
    check_torch(traced, "model.")


def test_torch_code_never_runs_a_computed_weight() -> None:
    torch.manual_seed(0)
    model = nn.utils.parametrizations.spectral_norm(nn.Linear(8, 8)).train()
    before = model.state_dict()["parametrizations.weight.0._u"].clone()
    codes = check_torch(model, "model.get_")
    assert 'model.get_parameter("parametrizations.weight.original")' in codes
    assert torch.equal(model.state_dict()["parametrizations.weight.0._u"], before)


class Hidden(nn.Module):
    """A name that a property hides, and one with a dot in it."""

    looks = 0

    def __init__(self) -> None:
        super().__init__()
        self._parameters["weight"] = nn.Parameter(torch.ones(2))
        self._parameters["a.b"] = nn.Parameter(torch.ones(3))
        self._modules["c.d"] = nn.Linear(2, 2)

    @property
    def weight(self) -> torch.Tensor:
        Hidden.looks += 1
        return torch.zeros(2)


def test_torch_code_of_hidden_names_goes_through_the_dictionaries() -> None:
    model = Hidden()
    codes = check_torch(model, "model._parameters[", "model._modules[")
    assert codes[:2] == ['model._parameters["weight"]', 'model._parameters["a.b"]']
    assert codes[2] == 'model._modules["c.d"]._parameters["weight"]'
    assert Hidden.looks == 0


def test_torch_code_of_shared_modules_and_tied_tensors_keeps_the_name_of_the_path() -> None:
    shared = nn.Linear(2, 2)
    model = nn.ModuleDict({"first": shared, "second": shared})
    assert author(model).code("second.weight") == 'model.get_parameter("second.weight")'
    tied = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Linear(2, 2)})
    tied["b"].weight = tied["a"].weight
    assert author(tied).code("b.weight") == 'model.get_parameter("b.weight")'


@pytest.mark.parametrize("name", HOSTILE)
def test_torch_hostile_names_are_inert(name: str) -> None:
    module = nn.ModuleDict({name: nn.Linear(2, 2)})
    check_torch(module, "model.get_parameter(")
    tensors = {name: torch.zeros(2), f"{name}.x": torch.zeros(3)}
    for key, tensor in tensors.items():
        assert follow(tensors, author(tensors).code(key)) is tensor


def test_torch_code_of_what_is_not_there_is_refused() -> None:
    for model in (Net(), Net().state_dict()):
        with pytest.raises(PathError, match="did you mean"):
            author(model).code("head.wieght")
    model, other = Net(), Net()
    with pytest.raises(ValueRefusedError, match=r"no plain code that leads to head\.weight"):
        torch_code.expression(model, Found(other.head.weight, [model, model.head]), "head.weight")


# ---------------------------------------------------------------- expressions, arrays


@pytest.mark.parametrize("name", HOSTILE)
def test_array_hostile_names_are_inert(name: str) -> None:
    inner = {name: np.zeros(2), "b": np.zeros(3)}
    model = {name: inner, "c": np.zeros(1)}
    adapter = author(model)
    arrays = [model["c"], *inner.values()]
    for p, array in zip(adapter.tree().walk(), arrays, strict=True):
        assert follow(model, adapter.code(p.path)) is array


def test_array_keys_that_are_no_strings() -> None:
    class Key:
        def __repr__(self) -> str:
            return "__import__('os')"

    keys = [3, -1, (1, "a"), None, True, 2.5, float("nan"), b"x", np.int64(9), Key(), frozenset({1})]
    model: dict[Any, Any] = {"in": {key: np.full(2, at) for at, key in enumerate(keys)}}
    adapter = author(model)
    codes = [adapter.code(p.path) for p in adapter.tree().walk()]
    for code, array in zip(codes, model["in"].values(), strict=True):
        assert follow(model, code) is array
    assert codes[0] == 'model["in"][3]'
    assert codes[9] == 'list(model["in"].values())[9]'


# ---------------------------------------------------------------- expressions, Keras


class Blocks(keras.Model):
    """Layers in lists and dicts, two of one name, and one below another."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = [L.Dense(4, name="twin"), L.Dense(4, name="twin")]
        self.towers = {"left": L.LayerNormalization(name="norm")}
        self.attention = L.MultiHeadAttention(2, 2, name="attention")
        self.both = L.Bidirectional(L.LSTM(2), name="both")
        self.tail = keras.Sequential([L.Dropout(0.5, name="drop"), L.Dense(3, name='tail\'s "end"')], name="tail")

    def call(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x)
        x = self.towers["left"](x)[:, None]
        return self.tail(self.both(self.attention(x, x)))


def check_keras(model: Any) -> dict[str, str]:
    adapter = author(model)
    codes = {p.path: adapter.code(p.path) for p in adapter.tree().walk()}
    found = [follow(model, code) for code in codes.values()]
    assert {id(v) for v in found} == {id(v) for v in model.variables}
    return codes


def test_keras_code_is_the_neatest_that_leads_to_the_variable() -> None:
    keras.utils.clear_session()  # names count up from one test to the next
    model = Blocks()
    model(np.ones((2, 4), "float32"))
    codes = check_keras(model)
    assert codes["twin/kernel"] == 'model.get_layer("twin").kernel'
    assert codes["twin~2/kernel"] == "model.blocks[1].kernel"
    assert codes["norm/gamma"] == 'model.get_layer("norm").gamma'
    assert codes["attention/query/kernel"] == 'model.get_layer("attention")._query_dense.kernel'
    assert codes["both/backward_lstm/lstm_cell/bias"] == 'model.get_layer("both").backward_layer.cell.bias'
    assert codes["tail/drop/seed_generator_state"] == 'model.get_layer("tail").get_layer("drop").seed_generator.state'
    assert codes['tail/tail\'s "end"/bias'] == 'model.get_layer("tail").get_layer(\'tail\\\'s "end"\').bias'


def test_keras_code_of_a_layer_and_of_variables_without_a_name_of_their_own() -> None:
    layer = L.Dense(3)
    layer.build((None, 2))
    assert check_keras(layer) == {"kernel": "model.kernel", "bias": "model.bias"}

    class Loose(keras.Layer):
        def build(self, shape: Any) -> None:
            for name in ("a b", "if", "ﬁ", "variables"):
                self.add_weight(shape=(2,), name=name)
            self.many = [self.add_weight(shape=(2,), name="many"), self.add_weight(shape=(2,), name="many")]

    loose = Loose()
    loose.build(None)
    codes = check_keras(loose)
    assert list(codes.values())[:4] == [f"model.variables[{at}]" for at in range(4)]
    assert codes["many~2"] == "model.many[1]"


def test_keras_code_of_what_is_not_there_is_refused() -> None:
    with pytest.raises(PathError):
        author(L.Dense(3)).code("kernel")


# ---------------------------------------------------------------- code that runs by itself


def bits(values: np.ndarray) -> str:
    """Bytes, shape and type, as the code in the other process tells them."""
    return f"{np.ascontiguousarray(values).tobytes().hex()} {values.shape} {values.dtype}"


BITS = """
def bits(values):
    return f"{np.ascontiguousarray(values).tobytes().hex()} {values.shape} {values.dtype}"
def told(values):
    assert isinstance(values, np.ndarray), type(values)
    print(bits(values))
"""


def run(lines: list[str], **environment: str) -> list[str]:
    """The output of plain code in a new process, which cannot even import paramwidget."""
    alone = 'import sys; sys.modules["paramwidget"] = None'
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([alone, *lines])],
        env={**os.environ, **environment},
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def program(model: Any, choices: dict[str, dict[str, float]]) -> tuple[list[str], list[str]]:
    """Code that reads, writes, initialises and freezes all tensors of a model, and what it must print."""
    adapter = author(model)
    rng = np.random.default_rng(4)
    imports: dict[str, None] = {}
    lines, wanted = [], []
    for p in adapter.tree().walk():
        dialect, tensor = adapter.dialect(p.path), adapter.code(p.path)
        imports |= dict.fromkeys(dialect.imports)
        read = f"told({dialect.read.format(tensor=tensor)})"
        region = Region.full(p.shape)
        now = np.array(adapter.read(p.path, region))
        wanted.append(bits(now))
        raw = rng.integers(0, 2 if p.dtype == "bool" else 256, now.nbytes, dtype=np.uint8)
        other = np.frombuffer(raw.tobytes(), now.dtype).reshape(p.shape)
        new = f'np.frombuffer(bytes.fromhex("{other.tobytes().hex()}"), told_type).reshape({p.shape}).copy()'
        lines += [read, f"told_type = ({dialect.read.format(tensor=tensor)}).dtype", f"new = {new}"]
        lines += [dialect.write.format(tensor=tensor, values="new"), read]
        wanted.append(bits(other))
        for name, options in choices.items():
            try:
                values = adapter.initial(p.path, name, 11, options)
            except ValueRefusedError:
                continue
            lines += [*adapter.initial_code(p.path, name, 11, options), "told(new)"]
            wanted.append(bits(values))
        for template, state in ((dialect.unfreeze, True), (dialect.freeze, False)):
            if template:
                flag = "trainable" if isinstance(model, keras.Layer) else "requires_grad"
                lines += [template.format(tensor=tensor), f"print({tensor}.{flag})"]
                wanted.append(str(state))
    return [*imports, BITS, "#MODEL", *lines], wanted


def torch_everything() -> nn.Module:
    torch.manual_seed(1)
    many = nn.ParameterDict()
    layers = {
        "conv": nn.Conv2d(2, 4, 3).to(memory_format=torch.channels_last),
        "norm": nn.BatchNorm1d(3),
        "bf16": nn.Linear(3, 4, dtype=torch.bfloat16),
        "fp16": nn.Linear(3, 4, dtype=torch.float16),
        "many": many,
    }
    names = "float8_e4m3fn float8_e5m2 float8_e8m0fnu float64 complex64 complex128 bool int8 int64 uint8 uint16 uint64"
    for name in names.split():
        many.register_parameter(name, nn.Parameter(torch.ones(3, 2, dtype=getattr(torch, name)), False))
    views = {
        "scalar": torch.tensor(2.5),
        "scalar16": torch.tensor(2.5, dtype=torch.bfloat16),
        "empty": torch.zeros(0, 3),
        "empty16": torch.zeros(2, 0, dtype=torch.bfloat16),
        "turned": torch.randn(4, 6).t(),
        "turned16": torch.randn(4, 6).bfloat16().t(),
        "strided": torch.randn(6, 8)[::2, 1::3],
        "conjugated": torch.tensor([1 + 2j, 3 - 4j]).conj(),
    }
    for name, tensor in views.items():
        many.register_parameter(name, nn.Parameter(tensor))
    with torch.inference_mode():
        many.register_parameter("inference", nn.Parameter(torch.ones(2, 2)))
    return nn.ModuleDict(layers)


def keras_everything() -> Any:
    class Sorts(keras.Layer):
        def build(self, shape: Any) -> None:
            def some(size: Any, dtype: Any) -> Any:
                return keras.ops.cast(keras.ops.ones(size), dtype)

            for dtype in (
                "float64",
                "float16",
                "bfloat16",
                "float8_e4m3fn",
                "float8_e5m2",
                "int8",
                "uint8",
                "int32",
                "int64",
                "bool",
            ):
                is_float = "float" in dtype and "8" not in dtype
                self.add_weight(shape=(3, 2), dtype=dtype, initializer=some, trainable=is_float, name=dtype)
            self.add_weight(shape=(), initializer=some, name="scalar")
            self.add_weight(shape=(), dtype="bfloat16", initializer=some, name="scalar16")
            self.add_weight(shape=(0, 3), initializer=some, name="empty")
            self.built = True

        def call(self, x: Any) -> Any:
            return x

    keras.utils.set_random_seed(1)
    layers = [
        keras.layers.Conv2D(3, 2, name="conv"),
        keras.layers.Dropout(0.5, name="drop"),
        keras.layers.BatchNormalization(name="norm"),
        Sorts(name="sorts"),
        keras.Sequential([keras.layers.Dense(4, name="dense")], name="inner"),
    ]
    return keras.Sequential([keras.layers.Input((5, 5, 2)), *layers])


def arrays_everything() -> dict[str, Any]:
    return {
        "layer": {"w": np.ones((3, 4), np.float32), "turned": np.ones((4, 3)).T, "strided": np.ones((6, 8))[::2, 1::3]},
        "bf16": np.ones((3, 2), ml_dtypes.bfloat16),
        "f8": np.ones((3, 2), ml_dtypes.float8_e5m2),
        "scalar": np.array(3.5),
        "empty": np.zeros((0, 3)),
        "big endian": np.arange(4, dtype=">f4"),
        "complex": np.ones((2, 2), np.complex64),
        "mask": np.ones(3, bool),
        "int": np.ones(3, np.uint16),
    }


def check_program(
    make: Any, imports: list[str], choices: dict[str, dict[str, float]], last: tuple[str, ...] = (), **environment: str
) -> None:
    """`last` are further lines, which must print True."""
    model = make()
    lines, wanted = program(model, choices)
    at = lines.index("#MODEL")
    lines += last
    wanted += ["True"] * len(last[-1:])
    found = run(
        [
            "from typing import Any",
            *lines[:at],
            *imports,
            inspect.getsource(make),
            f"model = {make.__name__}()",
            *lines[at:],
        ],
        **environment,
    )
    assert found == wanted
    assert len(wanted) > 50


def test_torch_code_does_the_same_in_a_process_without_paramwidget() -> None:
    choices: dict[str, dict[str, float]] = {
        name: {}
        for name in (
            "kaiming_normal_",
            "kaiming_uniform_",
            "xavier_normal_",
            "normal_",
            "trunc_normal_",
            "orthogonal_",
            "ones_",
        )
    }
    choices |= {"constant_": {"val": 2.0}, "sparse_": {"sparsity": 0.4, "std": 0.3}, "dirac_": {}, "eye_": {}}
    check_program(torch_everything, ["import torch", "from torch import nn"], choices)


def test_keras_code_does_the_same_in_a_process_without_paramwidget() -> None:
    choices: dict[str, dict[str, float]] = {
        name: {}
        for name in (
            "he_normal",
            "glorot_uniform",
            "random_normal",
            "truncated_normal",
            "orthogonal",
            "identity",
            "zeros",
            "ones",
        )
    }
    choices |= {"constant": {"value": 2.0}, "variance_scaling": {"scale": 0.3}}
    kernel, frozen = 'model.get_layer("conv").kernel', keras_everything()
    frozen.trainable = False
    last = (
        "model = keras_everything()",
        "model.trainable = False",
        author(frozen).dialect("conv/kernel").unfreeze.format(tensor=kernel),
        f"print([v is {kernel} for v in model.trainable_weights] == [True])",
    )
    check_program(keras_everything, ["import keras"], choices, last, KERAS_BACKEND=keras.backend.backend())


def test_array_code_does_the_same_in_a_process_without_paramwidget() -> None:
    choices: dict[str, dict[str, float]] = {
        "normal": {"std": 0.1},
        "uniform": {},
        "ones": {},
        "constant": {"value": 1.0},
    }
    check_program(arrays_everything, ["import ml_dtypes"], choices)


# ---------------------------------------------------------------- freezing


def test_torch_dialect_freezes_what_trains_and_nothing_else() -> None:
    adapter = author(nn.ModuleDict({"n": nn.BatchNorm1d(2), "lazy": nn.LazyLinear(2)}))
    freeze = {path: adapter.dialect(path).freeze for path in ("n.weight", "n.running_mean", "lazy.weight")}
    assert freeze["n.weight"] == "{tensor}.requires_grad = False\n{tensor}.grad = None"
    assert freeze["lazy.weight"] == freeze["n.weight"]
    assert freeze["n.running_mean"] == ""
    tensors = Net().state_dict()
    assert author(tensors).dialect("head.weight").unfreeze == ""


def test_keras_dialect_says_when_to_compile_again() -> None:
    adapter = author(keras_everything())
    dialect = adapter.dialect("conv/kernel")
    again = "" if keras.backend.backend() == "torch" else "\n# then model.compile(...) before the next fit()"
    assert dialect.freeze.startswith("{tensor}.trainable = False" + again)
    assert dialect.freeze.count("\n") == (1 if again else 0)
    assert dialect.unfreeze.startswith("{tensor}.trainable = True\n# then model.compile(...) with a new optimizer")
    assert adapter.dialect("norm/moving_mean").freeze == adapter.dialect("drop/seed_generator_state").unfreeze == ""


def test_keras_code_lets_one_variable_of_a_frozen_model_train() -> None:
    model = keras_everything()
    assert "_trainable" not in author(model).dialect("conv/kernel").unfreeze
    model.trainable = False
    session = Session(model)
    adapter: Any = session.adapter
    before = adapter.dialect("conv/kernel").unfreeze
    assert before.startswith("if not model.trainable:")
    session.unfreeze("conv/kernel")
    assert [v is model.get_layer("conv").kernel for v in model.trainable_weights] == [True]
    assert adapter.dialect("conv/kernel").unfreeze == before  # the history that is written down began with a frozen one
    assert "_trainable" not in adapter.dialect("inner/dense/kernel").unfreeze
