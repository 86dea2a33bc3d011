"""What operations have in common: they are pure, their code gives the same bits, and the page can send all but one."""

from __future__ import annotations

import base64
import sys
import zlib
from collections.abc import Mapping
from typing import Any, get_args

import ml_dtypes
import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from paramwidget import Session, dtypes
from paramwidget.edits import (
    Act,
    Add,
    Assign,
    Clip,
    Compute,
    Copy,
    Fill,
    Initialize,
    Noise,
    Normalize,
    Operation,
    Permute,
    Place,
    Prune,
    Quantize,
    Scale,
    Swap,
    Zero,
)
from paramwidget.errors import ParamwidgetError, ValueRefusedError
from paramwidget.region import Index, Region

DTYPES = ("float16", "bfloat16", "float32", "float64", "float8_e4m3fn", "int8", "int64", "bool", "complex64")
FLOATS = DTYPES[:5]
REAL = DTYPES[:8]


class Other:
    """A model of one more tensor, and a framework with one initialiser."""

    def __init__(self, shape: tuple[int, ...] = (), values: Any = ()) -> None:
        self.shape = shape
        self.others = np.asarray(values)

    def initial(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> np.ndarray:
        drawn: np.ndarray = np.random.default_rng(seed).integers(0, 2, self.shape).astype(np.float32)
        return drawn * np.float32(options.get("gain", 1))

    def initial_code(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> list[str]:
        drawn = f"np.random.default_rng({seed}).integers(0, 2, {self.shape}).astype(np.float32)"
        return [f"new = {drawn} * np.float32({options.get('gain', 1)})"]

    def values(self, path: str, region: str, snapshot: str) -> np.ndarray:
        return self.others.copy()


def place(tensor: np.ndarray, index: Index = ..., axes: tuple[str, ...] = (), others: Any = ()) -> Place:
    region = Region.of(index, tensor.shape)
    return Place("w", tensor.dtype.name, region, axes, Other(tensor.shape, others))


def refusal(operation: Operation, tensor: np.ndarray, index: Index = ..., **more: Any) -> str:
    """The sentence with which an operation is refused; nothing is changed and it is one sentence."""
    where, before = place(tensor, index, **more), tensor.tobytes()
    with pytest.raises(ParamwidgetError) as caught:
        operation.apply(tensor[where.region.slices], where)
    assert tensor.tobytes() == before
    said = str(caught.value)
    assert said
    assert "\n" not in said
    assert not said.endswith(".")
    return said


def run(lines: list[str], part: np.ndarray) -> np.ndarray:
    """What code of an operation gives, in plain NumPy."""
    names: dict[str, Any] = {"np": np, "ml_dtypes": ml_dtypes, "base64": base64, "zlib": zlib, "part": part}
    *first, last = lines
    with np.errstate(all="ignore"):
        exec("\n".join(first), names)
        return np.asarray(eval(last, names))


def applied(operation: Operation, tensor: np.ndarray, index: Index = ..., **more: Any) -> np.ndarray:
    """The new values, after all that must hold of every operation."""
    where, before = place(tensor, index, **more), tensor.tobytes()
    current = tensor[where.region.slices]
    new = operation.apply(current, where)
    assert (new.shape, new.dtype) == (current.shape, current.dtype)
    assert new.flags.c_contiguous
    assert not np.shares_memory(new, tensor)
    assert tensor.tobytes() == before
    code = operation.code(where)
    for part in (current, current.copy()):
        again = run(code, part)
        assert (again.shape, again.dtype) == (new.shape, new.dtype), code
        assert again.tobytes() == new.tobytes(), code
    assert tensor.tobytes() == before
    return new


SPECIAL = {
    "float16": np.array([0x7C01, 0xFE55, 0x7C00, 0x8000, 0x0001], np.uint16),
    "bfloat16": np.array([0x7F81, 0xFFD5, 0xFF80, 0x8000, 0x0001], np.uint16),
    "float32": np.array([0x7F800001, 0xFFC12345, 0x7F800000, 0x80000000, 0x00000001], np.uint32),
    "float64": np.array([0x7FF0000000000001, 0xFFF8123456789ABC, 0x7FF0000000000000, 1 << 63, 1], np.uint64),
    "float8_e4m3fn": np.array([0x7F, 0xFF, 0x80, 0x01], np.uint8),
}
"""Bits of NaN with a payload, quiet and signalling, of infinity, -0.0 and the smallest number."""


def tensor(shape: tuple[int, ...], dtype: str, seed: int = 0, special: bool = False) -> np.ndarray:
    """Ordinary values of any dtype with some equal ones and zeros; `special`: with NaN, infinities and -0.0."""
    rng, kind = np.random.default_rng(seed), dtypes.numpy_dtype(dtype)
    family = dtypes.kind(dtype)
    if family == "bool":
        return rng.integers(0, 2, shape).astype(kind)
    if family in ("int", "uint"):
        return rng.integers(-50, 50, shape).astype(kind)
    values = rng.choice([-1.5, 0, 1], shape) * rng.normal(1, 0.5, shape).round(1)
    if family == "complex":
        return np.asarray(values + 1j * rng.normal(size=shape)).astype(kind)
    new = np.array(values).astype(kind)
    if special and new.size:
        bits = SPECIAL[dtype].view(kind)
        new.reshape(-1)[rng.integers(0, new.size, min(new.size, 6))] = rng.choice(bits, min(new.size, 6))
    return new


@st.composite
def tensors(draw: st.DrawFn, names: tuple[str, ...], special: bool = True) -> tuple[np.ndarray, Index]:
    """A tensor of 0 to 3 axes, some empty, and a part of it."""
    shape = tuple(draw(st.lists(st.integers(0, 7), max_size=3)))
    index = []
    for n in shape:
        start = draw(st.integers(0, n))
        index.append(slice(start, draw(st.integers(start, n)), draw(st.integers(1, 2))))
    whole = draw(st.booleans())
    made = tensor(shape, draw(st.sampled_from(names)), draw(st.integers(0, 9999)), special and draw(st.booleans()))
    return made, ... if whole else tuple(index)


EVERY: list[Operation] = [
    Fill("1"),
    Zero(),
    Scale(0.5),
    Scale(-1),
    Add(0.1),
    Add(0),
    Clip(-1, 1),
    Clip(-np.inf, 0.3),
    Compute("w * 0.5 + 0.1"),
    Compute("where(w > mean(w), 1, 0)", 3),
    Compute("w > 0"),
    Noise(0.01, seed=3),
    Noise(0.01, "uniform"),
    Prune(0.7),
    Prune(fraction=0.5),
    Prune(fraction=0.4, axis=-1),
    Prune(fraction=0.5, axis=0, whole=True),
    Prune(threshold=2, axis=1, whole=True),
    Quantize("int8"),
    Quantize("int4", "channel"),
    Quantize("float8_e4m3fn", "group", group=3),
    Quantize("float8_e5m2", "group", axis=0, group=2),
    Normalize(0),
    Normalize(-1, "l1"),
    Normalize(1, "max"),
    Normalize(1, "standard"),
    Permute(0, [1, 0]),
    Swap(-1, 0, 2),
    Initialize("ones_"),
    Copy("other"),
    Assign(1),
]


@settings(max_examples=15, deadline=None)
@pytest.mark.parametrize("operation", EVERY, ids=lambda operation: operation.label)
@given(given=tensors(DTYPES), others=st.sampled_from([0, [1, 0, 1]]))
def test_code_gives_the_bits_of_apply_or_both_are_refused(
    operation: Operation, given: tuple[np.ndarray, Index], others: Any
) -> None:
    values, index = given
    try:
        applied(operation, values, index, others=others)
    except ParamwidgetError:
        refusal(operation, values, index, others=others)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("operation", [o for o in EVERY if not isinstance(o, (Permute, Copy))], ids=lambda o: o.label)
def test_long_rows_of_strange_bits_are_no_exception(operation: Operation, dtype: str) -> None:
    kind = dtypes.numpy_dtype(dtype)
    raw = np.random.default_rng(1).integers(0, 256, (9, 140 * kind.itemsize), np.uint8).view(kind)
    usual = tensor((9, 140), dtype, special=True)
    for values in (raw, usual, np.asfortranarray(usual)):
        for index in (..., (slice(1, None, 3), slice(3, 138, 2)), (slice(None), slice(None, None, 3))):
            try:
                applied(operation, values, index)
            except ValueRefusedError:
                refusal(operation, values, index)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("operation", EVERY, ids=lambda operation: operation.label)
def test_every_operation_works_on_floats(operation: Operation, dtype: str) -> None:
    values = tensor((2, 6), dtype)
    others = np.ones((2, 6))
    new = applied(operation, values, others=others)
    assert not np.isnan(dtypes.measure(new)).any()


COMPLEX = (Fill, Zero, Scale, Add, Permute, Swap, Initialize, Assign)


@pytest.mark.parametrize("operation", EVERY, ids=lambda operation: operation.label)
def test_complex_values_work_or_the_sentence_says_why_not(operation: Operation) -> None:
    values = tensor((2, 6), "complex64")
    if isinstance(operation, COMPLEX):
        applied(operation, values)
    elif isinstance(operation, Copy):
        assert applied(operation, values, others=values * 2).tolist() == (values * 2).tolist()
    else:
        said = refusal(operation, values)
        assert "complex" in said or isinstance(operation, Quantize)


@pytest.mark.parametrize("operation", EVERY, ids=lambda operation: operation.label)
def test_one_number_and_nothing_at_all_are_no_trouble(operation: Operation) -> None:
    for shape in [(), (0,), (0, 3), (3, 0)]:
        try:
            applied(operation, tensor(shape, "float32", special=True), others=np.zeros(shape))
        except ValueRefusedError:
            refusal(operation, tensor(shape, "float32", special=True), others=np.zeros(shape))


def test_what_an_operation_does_to_other_cells_decides_whether_it_takes_a_condition() -> None:
    alone = [Assign([1]), Fill("1"), Zero(), Scale(1), Add(1), Clip(0, 1), Compute("w"), Noise(1), Prune(1), Copy("a")]
    assert not any(operation.spatial for operation in [*alone, Initialize("a")])
    together = [Prune(fraction=0.1), Prune(1, axis=0, whole=True), Quantize("int8"), Normalize(0), Swap(0, 0, 1)]
    assert all(operation.spatial for operation in [*together, Permute(0, [0])])


def test_the_page_can_send_every_operation_but_assign() -> None:
    sent = [operation for operation in EVERY if not isinstance(operation, (Assign, Clip))] + [Clip(-1, 1)]
    assert {type(operation) for operation in sent} == set(get_args(Act))
    for operation in [*sent, Initialize("normal_", 7, {"std": 0.02}), Copy("a", "[0:3]", "before")]:
        wire = msgspec.json.encode(operation)
        assert msgspec.json.decode(wire, type=Act) == operation
        assert msgspec.convert(msgspec.to_builtins(operation), Act) == operation
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "Assign", "values": 1}, Act)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "Fill", "text": "1" * 401},
        {"type": "Compute", "text": "w" * 1001},
        {"type": "Compute", "text": "w", "seed": -1},
        {"type": "Noise", "amount": 1, "seed": 2**32},
        {"type": "Noise", "amount": 1, "shape": "cauchy"},
        {"type": "Scale", "factor": "2"},
        {"type": "Scale", "factor": None},
        {"type": "Scale", "factor": 10**400},
        {"type": "Prune", "threshold": 1, "axis": 64},
        {"type": "Quantize", "to": "int3"},
        {"type": "Quantize", "to": "int8", "group": 0},
        {"type": "Quantize", "to": "int8", "per": "row"},
        {"type": "Normalize", "axis": 0.5},
        {"type": "Permute", "axis": 0, "order": [0] * 100_001},
        {"type": "Permute", "axis": 0, "order": [-1]},
        {"type": "Swap", "axis": 0, "first": 2**60, "second": 0},
        {"type": "Initialize", "name": "n" * 201},
        {"type": "Initialize", "name": "n", "options": {str(i): 1 for i in range(17)}},
        {"type": "Initialize", "name": "n", "options": {"o" * 201: 1}},
        {"type": "Copy", "path": "p" * 4097},
        {"type": "Copy", "path": "p", "region": "r" * 1001},
        {"type": "Explode"},
    ],
    ids=str,
)
def test_a_page_cannot_send_what_is_beyond_the_limits(message: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(message, Act)


@pytest.mark.parametrize(
    ("operation", "label"),
    [
        (Fill(" 0.5 "), "set to 0.5"),
        (Zero(), "zero"),
        (Scale(0.5), "scale × 0.5"),
        (Add(-0.25), "add − 0.25"),
        (Add(3), "add + 3"),
        (Clip(-1, 1), "clip to ±1"),
        (Clip(-1, 0.5), "clip to −1 … 0.5"),
        (Compute(" w *\n2 "), "formula w * 2"),
        (Noise(0.01, seed=7), "normal noise ± 0.01 (seed 7)"),
        (Prune(0.01), "prune |w| < 0.01"),
        (Prune(fraction=0.5), "prune smallest 50 %"),
        (Prune(fraction=0.125, axis=0), "prune smallest 12.5 % per filter (axis 0)"),
        (Prune(fraction=0.5, axis=0, whole=True), "prune smallest 50 % of filters (axis 0)"),
        (Prune(0.5, axis=1, whole=True), "prune filters with norm < 0.5 (axis 1)"),
        (Quantize("int8"), "quantise to int8"),
        (Quantize("int4", "group", group=32), "quantise to int4 per group of 32"),
        (Quantize("float8_e4m3fn", "channel", -1), "quantise to float8_e4m3fn per channel (axis -1)"),
        (Normalize(0), "normalise to l2 norm 1 per filter (axis 0)"),
        (Normalize(0, "standard"), "normalise to mean 0 and std 1 per filter (axis 0)"),
        (Permute(1, [1, 0]), "permute 2 slices (axis 1)"),
        (Swap(0, 3, 5), "swap 3 and 5 (axis 0)"),
        (Initialize("kaiming_normal_", 7), "kaiming_normal_ (seed 7)"),
        (Initialize("normal_", 0, {"std": 0.02}), "normal_ (std 0.02, seed 0)"),
        (Copy("fc1.weight"), "copy of fc1.weight"),
        (Copy("fc1.weight", "[0:3]", "before"), "copy of fc1.weight [0:3] in 'before'"),
        (Assign(1, said="from 'x'"), "from 'x'"),
    ],
)
def test_labels(operation: Operation, label: str) -> None:
    assert operation.label == label


# ---------------------------------------------------------------- what a script gives


def stored(values: Any, shape: tuple[int, ...] = (2,), dtype: str = "float32") -> np.ndarray:
    return applied(Assign(values), np.zeros(shape, dtype=dtypes.numpy_dtype(dtype)))


FLOAT8 = [torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64, torch.int8, torch.bool, *FLOAT8])
def test_tensors_of_every_element_type_are_taken(dtype: torch.dtype) -> None:
    tensor = torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]).to(dtype)
    assert stored(tensor, (2, 3)).tolist() == [[0, 1, 1], [1, 0, 0]]
    assert stored(tensor.T, (3, 2)).tolist() == [[0, 1], [1, 0], [1, 0]]
    assert stored(tensor[0, 1]).tolist() == [1, 1]
    assert Assign(tensor).label == "set 6 values"


def test_the_bits_of_a_tensor_of_the_same_type_are_kept() -> None:
    codes = torch.tensor([0x7F81, 0x0001], dtype=torch.int32).to(torch.int16).view(torch.bfloat16)
    assert stored(codes, dtype="bfloat16").view(np.uint16).tolist() == [0x7F81, 1]


def test_a_parameter_is_taken_without_its_graph() -> None:
    parameter = torch.nn.Parameter(torch.tensor([1.5, 2.5]))
    assert stored(parameter).tolist() == [1.5, 2.5]
    assert stored(parameter * 2).tolist() == [3, 5]
    assert stored([parameter[0], 4]).tolist() == [1.5, 4]
    assert stored(torch.tensor([1 + 2j, 3]).conj(), dtype="complex64").tolist() == [1 - 2j, 3]
    assert not np.shares_memory(stored(parameter), parameter.detach().numpy())


class Variable:
    """As a Keras variable with the torch backend: `__array__` fails as long as it trains."""

    def __init__(self) -> None:
        self.value = torch.nn.Parameter(torch.tensor([1.0, 2.0]))

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.value.numpy()


class Lookalike:
    """What is asked of a torch tensor, by something else; also what is left when torch was unloaded."""

    def detach(self) -> Lookalike:
        return self

    cpu = detach

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array([3.0, 4.0])


def test_what_has_an_array_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert stored(Variable()).tolist() == [1, 2]
    assert stored(Lookalike()).tolist() == [3, 4]
    assert stored(range(2)).tolist() == [0, 1]
    assert stored((np.float16(0.5), True)).tolist() == [0.5, 1]
    assert stored([np.array([1, 2]), (3, 4)], (2, 2)).tolist() == [[1, 2], [3, 4]]
    assert stored(ml_dtypes.bfloat16(0.5)).tolist() == [0.5, 0.5]
    assert stored(np.longdouble(0.5)).tolist() == [0.5, 0.5]
    assert stored(np.ma.array([1.0, 2.0])).tolist() == [1, 2]
    monkeypatch.delitem(sys.modules, "torch")
    assert stored(Lookalike()).tolist() == [3, 4]


class Broken:
    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise RuntimeError("first line\nsecond line")


class Marked(torch.Tensor):
    """A tensor subclass."""


def freed() -> torch.Tensor:
    tensor = torch.ones(2)
    tensor.untyped_storage().resize_(0)
    return tensor


def endless() -> list[Any]:
    values: list[Any] = []
    values.append(values)
    return values


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.ma.array([1.0, 2.0], mask=[False, True]), "holds masked values"),
        ([np.ma.masked, 1.0], "holds masked values"),
        ([np.ma.array([1.0], mask=[True]), [1.0]], "holds masked values"),
        ([1, [2, 3]], "not rectangular"),
        ([[1, 2], [3]], "not rectangular"),
        (endless(), "nested deeper"),
        (10**400, "does not fit into float32"),
        (np.longdouble(1e300), "does not fit into float32"),
        (Broken(), "the values of this Broken cannot be read: first line"),
        (torch.ones(2, device="meta"), "cannot be read: Cannot copy out of meta tensor"),
        (torch.eye(2).to_sparse(), "sparse tensor"),
        (freed(), "given back"),
        (torch.ones(2).as_subclass(Marked), "a Marked may mean other values"),
        ([1, None], "not numbers"),
        (None, "not numbers"),
        ({}, "not numbers"),
        ("0.5", "give numbers"),
        (np.zeros((2, 1)), "give one value, or an array of exactly that shape"),
        (torch.zeros(3), "give one value, or an array of exactly that shape"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence(values: Any, says: str) -> None:
    session = Session({"w": np.ones(2, dtype=np.float32)})
    with pytest.raises(ValueRefusedError) as caught:
        session["w"][...] = values
    assert says in str(caught.value)
    assert "second line" not in str(caught.value)
    assert session["w"][...].tolist() == [1, 1]
    assert session.history == []


def test_the_label_of_one_value_is_the_value() -> None:
    assert Assign(0.5).label == "set to 0.5"
    assert Assign(torch.tensor(0.5, dtype=torch.bfloat16)).label == "set to 0.5"
    assert Assign(np.float32(0.1), typed="1e-1").label == "set to 1e-1"
