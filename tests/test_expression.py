"""Formulas mean what NumPy means, nothing else can be said in them, and their source computes the same bits."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import threading
import warnings
from typing import Any

import ml_dtypes
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramwidget.errors import ExpressionError, ValueRefusedError
from paramwidget.expression import Expression, condition, evaluate, parse, to_numpy
from paramwidget.region import Region

DTYPES = ["float16", ml_dtypes.bfloat16, "float32", "float64", "int8", "int64", "bool"]
VALUES = np.array([[0.5, -1.5, 2.0, 0.0], [1.0, -0.25, 3.5, -2.5], [0.01, 7.0, -7.0, 1.25]])


def whole(values: np.ndarray) -> Region:
    return Region.full(values.shape)


def run(text: str, values: np.ndarray = VALUES, seed: int = 0) -> np.ndarray:
    return evaluate(parse(text), values, whole(values), seed)


def run_source(text: str, values: np.ndarray, region: Region, seed: int = 0) -> np.ndarray:
    names: dict[str, Any] = {"np": np, "w": np.array(values, dtype=np.float64, order="C")}
    *lines, last = to_numpy(parse(text), region, seed)
    with np.errstate(all="ignore"):
        exec("\n".join(lines), names)
        return np.broadcast_to(np.asarray(eval(last, names), dtype=np.float64), region.extent)


def assert_same_bits(a: np.ndarray, b: np.ndarray) -> None:
    assert a.shape == b.shape
    # NaN may differ in sign from one loop to the other; all else is compared bit by bit
    same = (a.view(np.int64) == np.ascontiguousarray(b).view(np.int64)) | (np.isnan(a) & np.isnan(b))
    assert same.all()


ORACLE: dict[str, Any] = {
    "w": lambda w: w,
    "-w": lambda w: -w,
    "+w": lambda w: w,
    "w + 2": lambda w: w + 2,
    "w - 2": lambda w: w - 2,
    "w * 0.1": lambda w: w * 0.1,
    "w / 3": lambda w: w / 3,
    "w // 0.3": lambda w: w // 0.3,
    "w % 0.3": lambda w: w % 0.3,
    "w ** 2": lambda w: w**2.0,
    "w ** 3": lambda w: w**3.0,
    "2 ** w": lambda w: 2.0**w,
    "-w ** 2": lambda w: -(w**2.0),
    "2 - w - 1": lambda w: 2 - w - 1,
    "w < 1": lambda w: w < 1,
    "w <= 1": lambda w: w <= 1,
    "w > 1": lambda w: w > 1,
    "w >= 1": lambda w: w >= 1,
    "w == 1": lambda w: w == 1,
    "w != 1": lambda w: w != 1,
    "-0.1 < w <= 1": lambda w: (w > -0.1) & (w <= 1),
    "0 < w * w < 2 < 3": lambda w: (w * w > 0) & (w * w < 2),
    "w > 0 and w < 1": lambda w: (w > 0) & (w < 1),
    "w < 0 or w > 1 and w < 2": lambda w: (w < 0) | ((w > 1) & (w < 2)),
    "not w > 0": lambda w: ~(w > 0),
    "~(w > 0)": lambda w: ~(w > 0),
    "(w > 0) & (w < 1)": lambda w: (w > 0) & (w < 1),
    "(w > 0) * w": lambda w: np.where(w > 0, w, 0),
    "(w > 0) + (w < 2)": lambda w: (w > 0).astype(float) + (w < 2).astype(float),
    "-(w > 0)": lambda w: -(w > 0).astype(float),
    "(w > 0) == (w < 2)": lambda w: (w > 0) == (w < 2),
    "abs(w)": np.abs,
    "sign(w)": np.sign,
    "sqrt(|w|)": lambda w: np.sqrt(np.abs(w)),
    "exp(w)": np.exp,
    "log(|w| + 1)": lambda w: np.log(np.abs(w) + 1),
    "tanh(w)": np.tanh,
    "isnan(w)": np.isnan,
    "isinf(w)": np.isinf,
    "round(w)": np.round,
    "floor(w)": np.floor,
    "ceil(w)": np.ceil,
    "clip(w, -0.5, 0.75)": lambda w: np.clip(w, -0.5, 0.75),
    "where(abs(w) < 1e-1, 0, w)": lambda w: np.where(np.abs(w) < 0.1, 0, w),
    "where(1 < 2, w, 0)": lambda w: w,
    "minimum(w, 0.1)": lambda w: np.minimum(w, 0.1),
    "maximum(w, 0.1)": lambda w: np.maximum(w, 0.1),
    "min(w, 0.1)": lambda w: np.minimum(w, 0.1),
    "max(0.1, w)": lambda w: np.maximum(w, 0.1),
    "mean(w)": np.mean,
    "std(w)": np.std,
    "min(w)": np.min,
    "max(w)": np.max,
    "sum(w)": np.sum,
    "median(w)": np.median,
    "norm(w)": lambda w: np.sqrt(np.sum(w * w)),
    "mean": np.mean,
    "std": np.std,
    "min": np.min,
    "max": np.max,
    "norm": lambda w: np.sqrt(np.sum(w * w)),
    "(w - mean) / (std + 1)": lambda w: (w - np.mean(w)) / (np.std(w) + 1),
    "mean(w > 0)": lambda w: np.mean(w > 0),
    "|w|": np.abs,
    "||w| - 1| * |2|": lambda w: np.abs(np.abs(w) - 1) * 2,
    "|w * |w - 1||": lambda w: np.abs(w * np.abs(w - 1)),
    "not |w|<1": lambda w: ~(np.abs(w) < 1),
    "w * pi + e": lambda w: w * math.pi + math.e,
    "2*pi*w": lambda w: 2 * math.pi * w,
    "clip(w, -inf, 1)": lambda w: np.minimum(w, 1),
    "7": lambda w: 7.0,
    "1.5e1": lambda w: 15.0,
    ".5": lambda w: 0.5,
    "2.": lambda w: 2.0,
    "7 // 2 + 7 % 4 ** (3 - 2)": lambda w: 6.0,
    "w \u2212 1": lambda w: w - 1,
    " w\t+\n1 ": lambda w: w + 1,
}


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: np.dtype(dtype).name)
@pytest.mark.parametrize("text", ORACLE)
def test_a_formula_means_what_numpy_means(text: str, dtype: Any) -> None:
    values = VALUES.astype(dtype)
    before = values.tobytes()
    got = run(text, values)
    assert got.dtype == np.float64
    assert got.shape == values.shape
    np.testing.assert_array_equal(got, np.broadcast_to(ORACLE[text](values.astype(np.float64)), values.shape))
    assert values.tobytes() == before
    assert not np.shares_memory(got, values)
    assert_same_bits(got, run_source(text, values, whole(values)))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("region", ["[:, :, :]", "[1:4, 2, :]", "[0:5:2, 1:, 3]", "[4, 0, 0]"])
def test_indices_are_those_of_the_whole_tensor(region: str, order: Any) -> None:
    tensor = np.asarray(np.arange(60.0).reshape(5, 3, 4), order=order)
    part = Region.parse(region, tensor.shape)
    i0, i1, i2 = np.indices(tensor.shape)[(slice(None), *part.slices)]
    text = "i0 * 100 + i1 * 10 + i2 + w"
    got = evaluate(parse(text), tensor[part.slices], part)
    np.testing.assert_array_equal(got, i0 * 100 + i1 * 10 + i2 + tensor[part.slices])
    assert_same_bits(got, run_source(text, tensor[part.slices], part))


def test_a_tensor_of_one_number_and_an_empty_one() -> None:
    one = np.asarray(4.0)
    assert run("sqrt(w) + mean", one).shape == ()
    assert run("sqrt(w) + mean", one) == 6.0
    assert run("w ** 0.3 + randn", one, 5) == run_source("w ** 0.3 + randn", one, whole(one), 5)
    assert condition(parse("w > 3"), one, whole(one))
    assert run("w / mean + max(w) + i1 + rand", np.ones((0, 3))).shape == (0, 3)


def test_round_goes_to_even_std_is_of_the_population_and_nan_counts() -> None:
    assert run("round(w)", np.array([0.5, 1.5, -2.5])).tolist() == [0.0, 2.0, -2.0]
    assert run("std", np.array([1.0, 3.0])).tolist() == [1.0, 1.0]
    holed = np.array([1.0, np.nan])
    assert np.isnan(run("mean + nan", holed)).all()
    with pytest.raises(ValueRefusedError, match=r"^1 of 2 results is NaN, the first at \[0\]; "):
        run("w - mean", holed)


def test_a_condition_is_a_mask_and_a_number_is_none() -> None:
    mask = condition(parse("|w| < 1"), VALUES, whole(VALUES))
    assert mask.dtype == np.bool_
    np.testing.assert_array_equal(mask, np.abs(VALUES) < 1)
    same = condition(parse("mean > 100"), VALUES, whole(VALUES))
    assert same.shape == VALUES.shape
    assert not same.any()
    with pytest.raises(ExpressionError, match=r"'w \* 2' is no condition; write a comparison"):
        condition(parse("w * 2"), VALUES, whole(VALUES))


@pytest.mark.parametrize("text", ["w < 1", "isnan(w)", "not w > 1", "w > 0 or w < 1", "~(w > 0)", "0 < w < 1", "1 < 2"])
def test_what_is_true_or_false_is_a_condition(text: str) -> None:
    assert parse(text).is_condition


@pytest.mark.parametrize("text", ["w", "(w > 0) * 1", "where(w > 0, w > 1, w > 2)", "+(w > 0)", "sum(w > 0)", "1"])
def test_what_is_a_number_is_no_condition(text: str) -> None:
    assert not parse(text).is_condition


def test_expressions_are_equal_by_text_and_travel_as_text() -> None:
    a, b = parse("w * nan"), Expression("w * nan")
    assert a == b
    assert hash(a) == hash(b)
    assert a != parse("w * inf")
    assert msgspec.json.decode(msgspec.json.encode(a), type=Expression) == a
    with pytest.raises(msgspec.ValidationError, match="not a name of the language"):
        msgspec.json.decode(b'{"text": "os"}', type=Expression)


def test_random_numbers_come_from_the_seed() -> None:
    text = "rand() + 10 * randn + 100 * rand"
    assert parse(text).random
    assert not parse("w").random
    first = run(text, seed=3)
    assert_same_bits(first, run(text, seed=3))
    assert not np.array_equal(first, run(text, seed=4))
    a = np.random.default_rng([3, 0]).random(VALUES.shape)
    b = np.random.default_rng([3, 1]).standard_normal(VALUES.shape)
    c = np.random.default_rng([3, 2]).random(VALUES.shape)
    assert_same_bits(first, a + 10.0 * b + 100.0 * c)
    chain = run("(0.2 < rand() < 0.4 < 0.9) * 1")
    drawn = np.random.default_rng([0, 0]).random(VALUES.shape)
    np.testing.assert_array_equal(chain, (drawn > 0.2) & (drawn < 0.4))


BLOCKWISE = [
    "where(abs(w) < 1e-2, 0, exp(w) * tanh(w) + log(|w| + 1e-9))",
    "(|w| + 0.1) ** (i1 % 5 - 1) + |w| ** |w| + i0 ** 0.5 + |w| ** 2.7",
    "maximum(w, w * 0) - minimum(0, w) + w // 0.3 - w % 0.7 + sign(w) + sqrt(|w|)",
    "w + 0.1 * randn + rand ** rand",
    "-0.1 < w + rand < 0.3 or isnan(w)",
]


@pytest.mark.parametrize("text", BLOCKWISE)
@pytest.mark.parametrize("shape", [(2**18 * 2 + 1,), (1031, 1021), (3, 7, 2**16 - 1)])
def test_blocks_give_the_same_bits_as_the_whole(text: str, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    values.reshape(-1)[::7] = 0.5
    values.reshape(-1)[::11] = -0.0
    text = text.replace("i1", "i0") if len(shape) == 1 else text
    region = whole(values)
    got = evaluate(parse(text), values, region, 7)
    assert_same_bits(got, run_source(text, values, region, 7))


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sqrt", "abs", "sign", "rint", "power", "minimum", "maximum"])
def test_loops_of_numpy_do_not_depend_on_where_a_part_begins(name: str) -> None:
    values = np.random.default_rng(2).standard_normal(3000)
    others = np.random.default_rng(3).choice([0.5, 2.0, -0.0, 0.0, 0.7], 3000)
    function = getattr(np, name)
    args = [values, others][: function.nin]
    with np.errstate(all="ignore"):
        expected = function(*args)
        for length in (2, 3, 7, 8, 9, 31, 64, 65, 1000):
            for start in range(0, 2000, length):
                part = slice(start, start + length)
                assert_same_bits(function(*(arg[part] for arg in args)), expected[part])


def test_the_source_is_readable_and_stands_alone() -> None:
    region = Region.parse("[1:3, 0:4:2]", (3, 4))

    def source(text: str) -> list[str]:
        return to_numpy(parse(text), region, 5)

    assert source("w * 0.5 + 0.1") == ["w * 0.5 + 0.1"]
    assert source("where(|w| < 1e-2, 0, w)") == ["np.where(np.abs(w) < 0.01, 0.0, w)"]
    assert source("-0.1 < w <= 0.2") == ["(-0.1 < w) & (w <= 0.2)"]
    assert source("not w > 0 or (w > 1) & (w < 2)") == ["~(w > 0.0) | (w > 1.0) & (w < 2.0)"]
    assert source("w ** (1 / 4) - -2 ** 2") == ["w ** 0.25 - -4.0"]
    assert source("(-2) ** w + (-0.0) ** w") == ["(-2.0) ** w + (-0.0) ** w"]
    assert source("clip(w, -inf, nan)") == ["np.clip(w, -np.inf, np.nan)"]
    assert source("(w - mean) / norm") == ["(w - np.mean(w)) / np.sqrt(np.sum(np.square(w)))"]
    assert source("0 < w + rand < 2") == [
        "r0 = np.random.default_rng([5, 0]).random(w.shape)",
        "t0 = w + r0",
        "(0.0 < t0) & (t0 < 2.0)",
    ]
    assert source("i1 % 2 == 0") == [
        "i1 = np.broadcast_to(np.arange(0, 4, 2, dtype=np.float64).reshape(1, -1), w.shape).copy()",
        "i1 % 2.0 == 0.0",
    ]
    assert to_numpy(parse("w * 2 + rand"), region, name="kernel") == [
        "r0 = np.random.default_rng([0, 0]).random(kernel.shape)",
        "kernel * 2.0 + r0",
    ]
    with pytest.raises(ExpressionError, match="'i2' is not an axis"):
        to_numpy(parse("i2"), region)


def test_the_source_gives_the_same_bits_in_another_process(tmp_path: Any) -> None:
    values = np.random.default_rng(4).standard_normal((60, 50)).astype(np.float32)
    text = "tanh(w ** 3 - mean) * exp(i0 / 60) + 0.01 * randn + norm(w) ** 0.3 + (0.1 < rand < 0.5) * std"
    region = Region.of((slice(3, 60, 2), slice(1, 50)), values.shape)
    part = values[region.slices]
    *lines, last = to_numpy(parse(text), region, 11)
    np.save(tmp_path / "part.npy", part)
    program = "\n".join(
        [
            "import numpy as np, sys",
            "w = np.array(np.load('part.npy'), dtype=np.float64, order='C')",
            *lines,
            f"np.save('result.npy', {last})",
            "assert 'paramwidget' not in sys.modules",
        ]
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    assert_same_bits(evaluate(parse(text), part, region, 11), np.load(tmp_path / "result.npy"))


def test_chains_in_chains_do_not_grow_without_end() -> None:
    text = "w"
    for _ in range(16):
        text = f"(0<{text}<1)"
    source = to_numpy(parse(text), whole(VALUES))
    assert len("\n".join(source)) < 2000
    assert_same_bits(run(text), run_source(text, VALUES, whole(VALUES)))


FAULTS = {
    "": (0, "is empty"),
    "  ": (0, "is empty"),
    "w + x": (4, "at character 5: 'x' is not a name"),
    "w * 0.5 + exq(w)": (10, "the closest is 'exp'"),
    "W": (0, "the closest is 'w'"),
    "weights": (0, "the values are called w"),
    "2w": (1, "an operator is missing before 'w'"),
    "1j": (1, "an operator is missing|'j' is not a name"),
    "w w": (2, "write for example 2 \\* w"),
    "|w| w": (4, "an operator is missing"),
    "w +": (3, "at character 4: a value is missing"),
    "w ==  ": (6, "a value is missing"),
    "* w": (0, "cannot stand here"),
    "w + * w": (4, "cannot stand here"),
    "1 + not w": (4, "cannot stand here"),
    "w < < 1": (4, "cannot stand here"),
    "abs(w, w)": (0, r"abs\(\) takes 1 argument, not 2"),
    "1 + clip(w, 0)": (4, r"clip\(\) takes 3 arguments, not 2"),
    "min(w, w, w)": (0, r"min\(\) takes 1 or 2 arguments, not 3"),
    "abs()": (0, r"abs\(\) takes 1 argument, not 0"),
    "rand(w)": (0, r"rand\(\) takes no arguments, not 1"),
    "abs(*w)": (4, "not part of the language"),
    "1 + abs(**w)": (4, "only functions can be called, with plain values"),
    "abs": (0, "'abs' is a function"),
    "1 + where": (4, "'where' is a function"),
    "w(3)": (0, "'w' is not a function"),
    "2(3)": (0, "only functions can be called"),
    "|w|(3)": (0, "only functions can be called"),
    "()": (0, "not part of the language"),
    "w, w": (0, "not part of the language"),
    "w | 1": (2, "'|' is no operator here; write or"),
    "(w > 0) | (w < 1)": (8, "write or"),
    "|w": (0, "'|' is never closed"),
    "1 + ||w|": (4, "never closed"),
    "(w": (0, r"'\(' is never closed"),
    "w)": (1, r"'\)' closes nothing"),
    "(|w)|": (3, "closes nothing"),
    "|(w|)": (3, "no operator here"),
    "||": (1, "never closed"),
    "w > 0 & w < 1": (4, "a condition such as w > 0 is needed.* brackets"),
    "w > 0 and w": (10, "a condition such as"),
    "not w": (4, "a condition such as"),
    "~w": (1, "a condition such as"),
    "where(w, 1, 0)": (6, "a condition such as"),
    "mean(1)": (5, "taken over all cells"),
    "std(|mean| + 1)": (4, "taken over all cells"),
    "1e400": (0, "1e400 is too large for float64; write inf"),
    "1 + 1e-400": (4, "too small for float64"),
    "w = 1": (2, "write == to compare"),
    "w ^ 2": (2, r"write \*\* for a power"),
    "w[0]": (1, "choose the slice"),
    "w.real": (1, "has no parts"),
    "\u2212w + y": (5, "'y' is not a name"),
    "|w| + y": (6, "'y' is not a name"),
    "not|w|<1 or +": (13, "a value is missing"),
    "w + \t sqrt(w w)": (13, "an operator is missing"),
    "i64x": (0, "not a name"),
    "i00": (0, "not a name"),
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_named_with_its_place(text: str) -> None:
    position, says = FAULTS[text]
    with pytest.raises(ExpressionError, match=says) as caught:
        parse(text)
    assert caught.value.position == position
    assert str(caught.value).startswith(f"at character {position + 1}: ") or text.strip() == ""
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("shape", "says"), [((2, 3), "only i0 to i1"), ((3,), "only i0"), ((), "no indices")])
def test_an_axis_that_is_not_there_is_named(shape: tuple[int, ...], says: str) -> None:
    values = np.ones(shape)
    with pytest.raises(ExpressionError, match=f"at character 5: 'i2' is not an axis of the tensor.*{says}") as caught:
        run("w + i2", values)
    assert caught.value.position == 4


QUAD = "(" + "+".join(["(w+w+w+w)"] * 4) + ")"
HOSTILE = [
    "w.__class__",
    "__import__('os').system('true')",
    "().__class__.__bases__[0].__subclasses__()",
    "__builtins__",
    "lambda: w",
    "lambda w: w",
    "(w := 1)",
    "[w for w in w]",
    "{w}",
    "{w: w}",
    "(w for w in w)",
    "*w",
    "abs(*w)",
    "abs(**w)",
    "abs(x=w)",
    "clip(w, lo=0, hi=1)",
    "w if w else w",
    "f'{w}'",
    "'w'",
    '"w" * 10**9',
    "b'w'",
    "`w`",
    "w @ w",
    "w << 3",
    "w is w",
    "w in w",
    "w[0]",
    "w[::2]",
    "...",
    "None",
    "True",
    "False",
    "await w",
    "yield w",
    "print(w)",
    "eval(w)",
    "w; w",
    "w\nw",
    "w\\\n+1",
    "w # comment",
    "w\x00",
    "\x00",
    "w\x0c+1",
    "w\x85",
    "w\u00a0+1",
    "\uff57",
    "\u02b7",
    "\uff41\uff42\uff53(w)",
    "\u0661",
    "w\u00b2",
    "\u2211",
    "\ufeffw",
    "\ud800",
    "\U0001f600",
    "w + 1\u20e3",
    "0x10",
    "0b1",
    "1_000",
    "1j",
    "1e",
    "1e+",
    "1.2.3",
    "w..w",
    "9" * 1000,
    "1e" + "9" * 900,
    "1" * 10**6,
    "w" * 10**6,
    "(" * 10**6,
    "w+" * 499 + "w",
    "w<" * 499 + "w",
    "w<1 or " * 140 + "w<1",
    "(" * 400 + "w" + ")" * 400,
    "(" * 999,
    ")" * 999,
    "|" * 999,
    "|" * 400 + "w" + "|" * 400,
    "-" * 999 + "w",
    "~" * 999 + "w",
    "not " * 240 + "w",
    "w**" * 300 + "w",
    "abs(" * 200 + "w" + ")" * 200,
    "+".join([f"({'+'.join([QUAD] * 4)})"] * 4),
    "w" + "(w)" * 300,
    "w" + "()" * 300,
    "abs(" + "w," * 400 + "w)",
    "(" + "w," * 400 + "w)",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: f"{text[:20]!a}-{len(text)}")
def test_everything_else_is_refused(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ExpressionError) as caught:
            parse(text)
    assert 0 <= caught.value.position <= min(len(text), 1000)
    assert len(str(caught.value)) < 200
    str(caught.value).encode()  # a lone surrogate in it could not travel


def test_towers_of_powers_stay_float64() -> None:
    for text in ("9**9**9", "9**9**9**9**9", "w ** 1e9", "(10**308) * 10"):
        with pytest.raises(ValueRefusedError, match="infinite"):
            run(text)
    assert run("1 / inf + 0 * w").tolist() == np.zeros((3, 4)).tolist()


def test_a_deep_stack_is_no_crash() -> None:
    def deep(levels: int) -> None:
        if levels:
            return deep(levels - 1)
        with pytest.raises(ExpressionError):
            parse("(" * 45 + "w" + ")" * 44)
        assert parse("-" * 40 + "(" * 5 + "w - 77.125" + ")" * 5).text
        return None

    failures: list[BaseException] = []

    def work() -> None:
        try:
            deep(500)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert failures == []


WORDS = """w i0 i1 pi e inf nan rand randn mean norm abs exp clip where min max not and or ( ) , | + - * / // % ** < <=
    == != & ~ 1 2.5 1e3 .5 _ = . [ ] : ' lambda if"""
ANY_TEXT = st.text(st.characters(max_codepoint=127), max_size=60)
ANY_WORDS = st.lists(st.sampled_from(WORDS.split()), max_size=25).map(" ".join)


@settings(max_examples=400, deadline=None)
@given(st.one_of(ANY_TEXT, ANY_WORDS))
def test_any_text_is_a_formula_or_an_expression_error(text: str) -> None:
    try:
        got = evaluate(parse(text), VALUES, whole(VALUES))
    except ExpressionError as error:
        position = error.position
    except ValueRefusedError:
        position = 0
    else:
        assert_same_bits(got, run_source(text, VALUES, whole(VALUES)))
        return
    assert 0 <= position <= len(text)


def _calls(names: str, arity: int, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    args = st.lists(inner, min_size=arity, max_size=arity).map(", ".join)
    return st.tuples(st.sampled_from(names.split()), args).map(lambda pair: f"{pair[0]}({pair[1]})")


def _joined(signs: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(inner, st.sampled_from(signs.split()), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")


LEAVES = st.sampled_from(["w", "i0", "i1", "0.5", "3.0", "1e-3", "np.pi"])


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    compared = _joined("< <= > >= == !=", inner)
    joined = st.one_of(
        compared, _joined("& |", compared), compared.map("(~{})".format), _calls("isnan isinf", 1, inner)
    )
    return st.one_of(
        _joined("+ - * / // % **", inner),
        inner.map("(-{})".format),
        _calls("abs sign sqrt exp log tanh round floor ceil", 1, inner),
        _calls("minimum maximum", 2, inner),
        _calls("clip", 3, inner),
        inner.map("mean({} + w)".format),
        inner.map("std({} + w)".format),
        st.tuples(joined, inner, inner).map(lambda t: f"where({t[0]}, {t[1]}, {t[2]})"),
    )


TREES = st.recursive(LEAVES, _grow, max_leaves=8)


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_random_trees_mean_what_numpy_means(tree: str) -> None:
    i0, i1 = (each.astype(np.float64) for each in np.indices(VALUES.shape))
    oracle = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
    with np.errstate(all="ignore"):
        # NumPy's scalars, as Python's own would raise where they divide by zero
        numbers = re.sub(r"np\.pi|\b(0\.5|3\.0|1e-3)", r"float64(\g<0>)", tree)
        expected = eval(numbers, oracle | {"np": np, "w": VALUES, "i0": i0, "i1": i1})
    text = tree.replace("np.pi", "pi").replace("|", "or")
    expected = np.broadcast_to(expected, VALUES.shape)
    if np.isfinite(expected).all():
        assert_same_bits(run(text), np.array(expected, dtype=np.float64))
    else:
        with pytest.raises(ValueRefusedError, match=r"of 12 results (is|are) .*the first at"):
            run(text)
        np.testing.assert_array_equal(run(f"where(0 < 1, {text}, nan)"), expected)
    assert_same_bits(run(f"where(0 < 1, {text}, nan)"), run_source(text, VALUES, whole(VALUES)))


def test_results_that_are_no_numbers_are_refused_with_their_place() -> None:
    tensor = np.array([[4.0, -1.0, 9.0], [-2.0, -3.0, 0.0], [1.0, 1.0, np.nan]])
    region = Region.parse("[1:3, :]", tensor.shape)
    with pytest.raises(ValueRefusedError, match=r"^2 of 6 results are NaN, the first at \[1, 0\]; leave"):
        evaluate(parse("sqrt(w)"), tensor[1:3], region)
    with pytest.raises(ValueRefusedError, match=r"^1 of 6 results is infinite, the first at \[1, 2\]"):
        evaluate(parse("1 / w"), tensor[1:3], region)
    with pytest.raises(ValueRefusedError, match=r"^3 of 6 results are NaN or infinite, the first at \[1, 0\]"):
        evaluate(parse("log(w)"), tensor[1:3], region)
    assert np.isnan(evaluate(parse("w * 2"), tensor[1:3], region)[1, 2])  # it was NaN before
    np.testing.assert_array_equal(run("where(w < 0, nan, w)", tensor), np.where(tensor < 0, np.nan, tensor))
    np.testing.assert_array_equal(run("1 / w + 0 * clip(1, 0, inf)", np.zeros(2)), [np.inf, np.inf])
    with pytest.raises(ValueRefusedError, match=r"the first at \[0\]"):
        run("1 / w", np.zeros(2, dtype=np.int8))


def test_no_warning_is_printed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run("where(w > 0, log(w), 0) + 0 * (nan < w)").shape == VALUES.shape
        assert run("w", np.array([0x7FA00000], dtype=np.uint32).view(np.float32)).shape == (1,)
        assert run("clip(1e308 * 10, 0, 1) * w")[0, 0] == 0.5


def test_integers_that_float64_cannot_hold_are_refused() -> None:
    for value in (2**53 + 1, -(2**53) - 1):
        values = np.array([1, value], dtype=np.int64)
        with pytest.raises(ValueRefusedError, match=f"^{value} would lose digits"):
            run("w + 1", values)
        assert run("i0", values).tolist() == [0.0, 1.0]
    assert run("w", np.array([2**53, -(2**53)])).tolist() == [2.0**53, -(2.0**53)]
    with pytest.raises(ValueRefusedError, match="would lose digits"):
        run("w", np.array([2**64 - 1], dtype=np.uint64))


def test_values_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueRefusedError, match="real numbers, and these are complex64"):
        run("w", np.ones(2, dtype=np.complex64))
    with pytest.raises(ValueRefusedError, match="real numbers"):
        run("w", np.array(["a"]))
    with pytest.raises(ValueRefusedError, match=r"shape \(3, 4\), but \[:, :2\] has \(3, 2\)"):
        evaluate(parse("w"), VALUES, Region.parse("[:, :2]", (3, 4)))
    with pytest.raises(ValueRefusedError, match="seed is a whole number from 0, not -1"):
        run("rand", seed=-1)
