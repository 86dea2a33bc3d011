"""A comparison equals NumPy's in float64, whatever the values; rows are sorted, shown and exported as promised."""

from __future__ import annotations

import json
import math
import sys
import threading
import types
import warnings
from typing import Any

import keras
import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from paramwidget import Session
from paramwidget.comparison import Comparison, Difference, compare, difference_view
from paramwidget.errors import (
    ClosedError,
    MissingExtraError,
    NoValuesError,
    PathError,
    UnsupportedModelError,
    ValueRefusedError,
)
from paramwidget.region import Region
from paramwidget.tree import Node, Parameter

DTYPES = [
    *("float16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "uint64", "bool"),
    *("complex64", "complex128", "bfloat16", "float8_e4m3fn", "float8_e5m2"),
]
SPECIAL = [math.nan, math.inf, -math.inf, 0.0, -0.0]
shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6)


def dtype_of(name: str) -> np.dtype:
    return np.dtype(getattr(ml_dtypes, name, None) or name)


def wide(values: np.ndarray) -> np.ndarray:
    return values.astype(np.complex128 if values.dtype.kind == "c" else np.float64)


def check(row: Difference, a: np.ndarray, b: np.ndarray, tolerance: float = 1e-5) -> None:
    """Everything but `changed`, against float64."""
    with np.errstate(all="ignore"):
        x, y = wide(a).ravel(), wide(b).ravel()
        both = np.isfinite(x) & np.isfinite(y)
        assert row.nan_a == np.count_nonzero(~np.isfinite(x))
        assert row.nan_b == np.count_nonzero(~np.isfinite(y))
        x, y = x[both], y[both]
        largest = np.abs(y - x).max(initial=0)
        scale_a, scale_b, scale_d = (np.abs(v).max(initial=0) or 1.0 for v in (x, y, y - x))
        norm_a, norm_b = (np.linalg.norm(v / s) for v, s in ((x, scale_a), (y, scale_b)))
        gap = np.linalg.norm((y - x) / scale_d)
        relative = gap * (scale_d / scale_a) / norm_a if norm_a else 0.0
    assert row.max_abs == pytest.approx(largest, rel=1e-6, abs=0)
    if norm_a:
        assert row.relative == pytest.approx(relative, rel=tolerance, abs=0)
    else:
        assert row.relative == (math.inf if norm_b else 0.0)
    if norm_a and norm_b:
        expected = np.vdot(x / scale_a, y / scale_b).real / (norm_a * norm_b)
        assert row.cosine == pytest.approx(expected, abs=1e-5)
    else:
        assert math.isnan(row.cosine)


def quiet(a: Any, b: Any) -> Comparison:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return compare(a, b)


def changed_bits(a: np.ndarray, b: np.ndarray) -> int:
    cells = zip(a.reshape(-1), b.reshape(-1), strict=True)
    return sum(x.tobytes() != y.tobytes() for x, y in cells)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays of one type, with equal cells, and cells that no ordinary number is in."""
    dtype = dtype_of(draw(st.sampled_from(DTYPES)))
    shape = draw(shapes)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    spread = 10.0 ** draw(st.sampled_from([-4, 0, 1]))
    a, b = rng.normal(scale=spread, size=(2, *shape))
    equal = rng.random(shape) < draw(st.sampled_from([0.0, 0.5, 1.0]))
    b = np.where(equal, a, b)
    if dtype.kind in "iub":
        a, b = (np.abs(v * 40) % 256 if dtype.kind == "u" else v * 40 for v in (a, b))
    else:
        for values in (a, b):
            for _ in range(draw(st.integers(0, 3)) if values.size else 0):
                values.reshape(-1)[draw(st.integers(0, values.size - 1))] = draw(st.sampled_from(SPECIAL))
    if dtype.kind == "c":
        a, b = a + 1j * rng.normal(size=shape), np.where(equal, a, b) + 1j * rng.normal(size=shape)
    with np.errstate(all="ignore"):
        return np.asarray(a).astype(dtype), np.asarray(b).astype(dtype)


@settings(max_examples=200, deadline=None)
@given(pairs())
def test_every_measure_equals_numpy_in_float64(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = pair
    row = quiet({"w": a}, {"w": b})["w"]
    assert row.changed == changed_bits(a, b)
    assert row.match == ("differs" if row.changed else "equal")
    assert (row.size, row.shape_a, row.shape_b) == (a.size, a.shape, b.shape)
    check(row, a, b)


@settings(max_examples=100, deadline=None)
@given(pairs(), pairs())
def test_two_element_types_are_compared_by_value(
    one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]
) -> None:
    a, like = one[0], other[0]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        b = a.astype(like.dtype)
    row = quiet({"w": a}, {"w": b})["w"]
    if a.dtype == b.dtype:
        assert row.match == "equal"
        return
    assert (row.match, row.dtype_a, row.dtype_b) == ("dtype", a.dtype.name, b.dtype.name)
    if (a.dtype.kind == "c") is not (b.dtype.kind == "c"):
        assert (row.changed, math.isnan(row.relative)) == (0, True)
        return
    x, y = wide(a), wide(b)
    assert row.changed == np.count_nonzero((x != y) & ~(np.isnan(x) & np.isnan(y)))
    check(row, a, b)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_very_large_and_very_small_values_keep_their_norms(data: st.DataObject) -> None:
    dtype, low, high = data.draw(st.sampled_from([("float32", -36, 37), ("float64", -290, 300)]))
    size = data.draw(st.integers(1, 30))
    exponents = hnp.arrays(np.float64, size, elements=st.integers(low, high))
    signs = hnp.arrays(np.float64, size, elements=st.sampled_from([-1.0, 0.0, 1.0, 1.5]))
    a, b = ((data.draw(signs) * 10.0 ** data.draw(exponents)).astype(dtype) for _ in range(2))
    check(quiet({"w": a}, {"w": b})["w"], a, b)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16", "uint8", "int64", "complex64"])
@pytest.mark.parametrize("transposed", [False, True])
def test_many_values_are_added_precisely(dtype: str, transposed: bool) -> None:
    rng = np.random.default_rng(1)
    shape = (1200, 1111)  # several parts and blocks, and a rest
    a, b = (np.abs(rng.normal(60, 10, size=shape)).astype(dtype_of(dtype)) for _ in range(2))
    b[7:300] = a[7:300]
    if transposed:
        a, b = a.T, np.asfortranarray(b.T)
    row = compare({"w": a}, {"w": b})["w"]
    check(row, a, b, tolerance=1e-6)
    assert row.changed == np.count_nonzero(a != b)
    assert compare({"w": a}, {"w": a.copy()})["w"].cosine == 1.0


def test_values_that_are_all_the_same_do_not_drift() -> None:
    a, b = np.full(2**21 + 5, 0.1, np.float32), np.full(2**21 + 5, 0.3, np.float32)
    check(compare({"w": a}, {"w": b})["w"], a, b, tolerance=1e-6)


def test_the_largest_difference_of_float32_is_exact_but_for_its_rounding() -> None:
    a, b = np.random.default_rng(2).normal(size=(2, 300_001)).astype(np.float32)
    exact = np.abs(b.astype(np.float64) - a).max()
    assert compare({"w": a}, {"w": b})["w"].max_abs == np.float32(exact)


def test_unsigned_differences_do_not_wrap_and_large_integers_change_by_bits() -> None:
    small = compare({"w": np.array([0, 5], np.uint8)}, {"w": np.array([255, 4], np.uint8)})["w"]
    assert (small.max_abs, small.changed) == (255.0, 2)
    large = compare({"w": np.array([2**60])}, {"w": np.array([2**60 + 1])})["w"]
    assert (large.match, large.changed, large.max_abs) == ("differs", 1, 0.0)


def test_bits_decide_what_changed() -> None:
    a = np.array([0.0, math.nan, math.inf, 1.0], np.float32)
    same = compare({"w": a}, {"w": a.copy()})
    assert (same["w"].match, same["w"].nan_a, same["w"].nan_b, same.equal) == ("equal", 2, 2, True)
    signed = compare({"w": a}, {"w": np.array([-0.0, math.nan, math.inf, 1.0], np.float32)})
    assert (signed["w"].changed, signed["w"].relative, signed.equal) == (1, 0.0, False)
    payload = a.view(np.uint32).copy()
    payload[1] ^= 1
    assert compare({"w": a}, {"w": payload.view(np.float32)})["w"].changed == 1
    gone = compare({"w": a}, {"w": np.array([0.0, 2.0, math.nan, 1.0], np.float32)})["w"]
    assert (gone.changed, gone.nan_a, gone.nan_b, gone.max_abs) == (2, 2, 1, 0.0)


@pytest.mark.parametrize(
    ("a", "b", "relative", "cosine"),
    [
        ([0.0, 0.0], [0.0, 0.0], 0.0, math.nan),
        ([0.0, 0.0], [3.0, 4.0], math.inf, math.nan),
        ([3.0, 4.0], [0.0, 0.0], 1.0, math.nan),
        ([3.0, 4.0], [-3.0, -4.0], 2.0, -1.0),
        ([3.0, 4.0], [3.0, 4.0], 0.0, 1.0),
        ([1e200, 0.0], [0.0, 1e200], math.sqrt(2), 0.0),
        ([], [], 0.0, math.nan),
    ],
)
def test_norms_of_zero_have_a_meaning(a: list[float], b: list[float], relative: float, cosine: float) -> None:
    row = quiet({"w": np.array(a)}, {"w": np.array(b)})["w"]
    assert row.relative == pytest.approx(relative, rel=1e-12)
    assert row.cosine == pytest.approx(cosine, nan_ok=True, abs=1e-12)


# ---------------------------------------------------------------------- models


def linear(seed: int) -> torch.nn.Module:
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2).bfloat16())


def dense(seed: int) -> Any:
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, name="one"), keras.layers.Dense(2, name="two")])


@pytest.mark.parametrize("make", [linear, dense])
def test_models_of_a_framework_are_compared_tensor_by_tensor(make: Any) -> None:
    a, b = make(0), make(1)
    assert compare(a, make(0)).equal
    found = compare(a, b)
    left, right = Session(a), Session(b)
    assert {row.path for row in found} == {p.path for p in left.tree.walk()}
    for row in found:
        check(row, left.read(row.path), right.read(row.path))
    assert {row.match for row in found} == {"equal", "differs"}


def test_a_session_is_read_under_its_lock() -> None:
    model = {"w": np.zeros(3), "v": np.ones(2)}
    session = Session(model, title="trained")
    before = {name: values.copy() for name, values in model.items()}
    session["w"][1] = 2.0
    held: list[bool] = []

    class Lock:
        def __enter__(self) -> bool:
            held.append(True)
            return True

        def __exit__(self, *_: object) -> None:
            held.append(False)

    read = session.adapter.read
    session.lock = Lock()  # type: ignore[assignment]

    def watched(path: str, region: Region) -> np.ndarray:
        assert held[-1], "read without the lock"
        return read(path, region)

    session.adapter.read = watched  # type: ignore[method-assign]
    found = compare(before, session)
    assert (found.a, found.b) == ("arrays", "trained")
    assert [row.path for row in found.differing] == ["w"]
    assert held[-1] is False


def test_two_sessions_are_compared_from_both_ends_at_once() -> None:
    a, b = (Session({f"w{i}": np.full(400_000, float(i + k)) for i in range(3)}) for k in range(2))
    results: list[Comparison] = []
    threads = [threading.Thread(target=lambda x=x, y=y: results.append(compare(x, y))) for x, y in [(a, b), (b, a)] * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == 6
    assert all(len(found.differing) == 3 for found in results)


def test_a_session_and_a_copy_of_its_own_model_share_a_lock() -> None:
    model = {"w": np.arange(3.0)}
    assert compare(Session(model), Session(model)).equal


class Saved:
    """A side of its own, which takes the session's lock itself as it reads."""

    title = "saved"

    def __init__(self, session: Session, shift: float) -> None:
        self.session, self.shift = session, shift

    def tree(self) -> Node:
        return self.session.tree

    def read(self, path: str, region: Region) -> np.ndarray:
        with self.session.lock:
            return self.session.view(path, region) + np.float32(self.shift)


def test_a_side_of_ones_own_may_take_the_lock_that_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sys.modules[compare.__module__], "_LEAST_PART", 2**12
    )  # many parts, so that they are computed on threads
    session = Session({"w": np.ones((64, 1024), np.float32)})
    found = compare(session, Saved(session, 0.5))
    assert found.b == "saved"
    assert (found["w"].changed, found["w"].max_abs, found["w"].relative) == (2**16, 0.5, 0.5)


def test_what_cannot_be_read_is_never_equal() -> None:
    meta = torch.nn.Linear(2, 2, device="meta")
    found = compare(meta, torch.nn.Linear(2, 2))
    assert [row.match for row in found] == ["unreadable"] * 2
    assert not found.equal
    assert not compare(meta, meta).equal


def test_values_that_are_taken_away_meanwhile_make_a_row() -> None:
    class Gone(Saved):
        def read(self, path: str, region: Region) -> np.ndarray:
            raise NoValuesError("they are gone")

    session = Session({"w": np.ones(2)})
    assert compare(session, Gone(session, 0))["w"].match == "unreadable"


@pytest.mark.parametrize("bad", [object(), "weights.h5", {"w": [1, 2]}])
def test_what_no_adapter_fits_is_refused(bad: Any) -> None:
    with pytest.raises(UnsupportedModelError):
        compare(bad, {"w": np.ones(1)})
    with pytest.raises(UnsupportedModelError):
        compare({"w": np.ones(1)}, bad)


def test_a_closed_session_is_refused() -> None:
    session = Session({"w": np.ones(1)})
    session.close()
    with pytest.raises(ClosedError):
        compare(session, {"w": np.ones(1)})


# ---------------------------------------------------------------------- rows


A = {
    "same": np.arange(3.0),
    "small": np.array([10.0, 20.0]),
    "large": np.array([1.0, 2.0, 2.0]),
    "fresh": np.zeros(2),
    "shape": np.zeros((2, 3)),
    "half": np.array([1.0, 0.5], np.float32),
    "mixed": np.ones(2),
    "mine": np.ones((2, 2)),
    "wrong": np.array([4.0, math.nan, 3.0]),
}
B = {
    "yours": np.ones(4, np.int8),
    "same": np.arange(3.0),
    "small": np.array([10.0, 21.0]),
    "large": np.array([1.0, 2.0, -2.0]),
    "fresh": np.ones(2),
    "shape": np.zeros((3, 2)),
    "half": np.array([1.0, 0.75], np.float16),
    "mixed": np.ones(2, np.complex64),
    "wrong": np.array([4.0, 1.0, 3.0]),
}
TABLE = """\
9 of 10 tensors differ · a: arrays · b: arrays
tensor  match                      changed  max |Δ|  relative  cosine  not finite
fresh   differs                    2 of 2   1        inf       nan
large   differs                    1 of 3   4        1.333     0.1111
small   differs                    1 of 2   1        0.04472   0.9998
wrong   differs                    1 of 3   0        0         1       1 → 0
half    dtype float32 → float16    1 of 2   0.25     0.2236    0.9839
mixed   dtype float64 → complex64
shape   shape (2, 3) → (3, 2)
mine    only-a
yours   only-b
1 equal"""


def test_rows_are_sorted_and_shown() -> None:
    found = compare(A, B)
    order = ["fresh", "large", "small", "wrong", "half", "mixed", "shape", "mine", "yours", "same"]
    assert [row.path for row in found] == order
    assert (len(found), len(found.differing), found.equal) == (10, 9, False)
    assert [found["mine"].shape_b, found["yours"].shape_a, found["mine"].size] == [None, None, 4]
    assert repr(found) == TABLE


def test_a_long_table_is_cut() -> None:
    a = {f"w{i:02}": np.array([1.0]) for i in range(60)}
    b = {name: values + (i < 54) * (i + 1) for i, (name, values) in enumerate(a.items())}
    lines = repr(compare(a, b)).splitlines()
    assert len(lines) == 2 + 20 + 1
    assert lines[2].startswith("w53")
    assert lines[-1] == "… and 34 more that differ, 6 equal"
    assert repr(compare(a, a)) == "60 tensors, all equal · a: arrays · b: arrays"
    assert repr(compare({}, {})) == "0 tensors, all equal · a: arrays · b: arrays"
    assert repr(compare({"a" * 100: np.ones(1)}, {})).splitlines()[-1] == "…" + "a" * 59 + "  only-a"


def test_an_unknown_path_names_the_closest() -> None:
    with pytest.raises(PathError, match="did you mean 'large'"):
        compare(A, B)["larg"]


def test_a_dict_goes_through_json() -> None:
    found = compare(A, B)
    plain = found.to_dict()
    again = json.loads(json.dumps(plain))
    assert repr(again) == repr(plain)
    assert (again["a"], again["b"], again["equal"], len(again["rows"])) == ("arrays", "arrays", False, 10)
    first = again["rows"][0]
    assert (first["path"], first["relative"], first["shape_a"]) == ("fresh", math.inf, [2])
    assert next(row for row in again["rows"] if row["path"] == "yours")["shape_a"] is None


def test_without_pandas_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match="pip install pandas"):
        compare(A, B).to_pandas()


def test_pandas_is_given_one_row_a_tensor(monkeypatch: pytest.MonkeyPatch) -> None:
    class Frame:
        def __init__(self, rows: list[dict[str, Any]], columns: list[str]) -> None:
            self.rows, self.columns, self.index = rows, columns, ""

        def set_index(self, name: str) -> Frame:
            self.index = name
            return self

    found = compare(A, B)
    real = found.to_pandas()
    assert list(real.index) == [row.path for row in found]
    assert real.loc["large", "max_abs"] == 4
    fake = types.ModuleType("pandas")
    fake.DataFrame = Frame  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", fake)
    frame = found.to_pandas()
    assert frame.index == "path"
    assert frame.columns == list(Difference.__struct_fields__)
    assert [row["path"] for row in frame.rows] == [row.path for row in found]


# ---------------------------------------------------------------------- views


@settings(max_examples=150, deadline=None)
@given(pairs(), st.booleans())
def test_a_view_of_differences_equals_numpy(pair: tuple[np.ndarray, np.ndarray], relative: bool) -> None:
    a, b = pair
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        seen = difference_view(a, b, relative)
    assert seen.shape == a.shape
    assert seen.dtype in (np.float32, np.float64)
    with np.errstate(all="ignore"):
        x, y = wide(a), wide(b)
        gap = np.where(x == y, 0, y - x)
        gap = np.abs(gap) if a.dtype.kind == "c" else gap
        expected = np.where(gap == 0, 0, gap / np.abs(x)) if relative else gap
    np.testing.assert_allclose(seen, expected, rtol=1e-6)


def test_a_view_of_two_element_types_and_of_two_shapes() -> None:
    a, b = np.array([0, 200], np.uint8), np.array([0.5, 100.0])
    assert difference_view(a, b).tolist() == [0.5, -100.0]
    assert difference_view(a, b, relative=True).tolist() == [math.inf, -0.5]
    with pytest.raises(ValueRefusedError, match=r"\(2,\) and \(3,\)"):
        difference_view(a, np.zeros(3))


def test_what_the_history_cannot_tell_makes_a_row() -> None:
    memory = np.arange(10.0)
    session = Session({"a": memory[:6], "b": memory[4:], "c": np.zeros(2)})
    session.edit("a", "w + 1")
    session.edit("c", "w + 1")
    found = compare(session.at(0), session)
    assert {row.path: row.match for row in found} == {"a": "differs", "b": "unreadable", "c": "differs"}
    session.model["c"] = np.zeros(2, np.float32)
    assert compare(session.at(0), session)["c"].match == "unreadable"


def test_an_element_type_that_is_not_known_is_not_read() -> None:
    class Odd(Saved):
        def tree(self) -> Node:
            return Node("", "odd", "odd", (Parameter("w", "w", (2,), "qint8"),))

    session = Session({"w": np.ones(2)})
    assert compare(session, Odd(session, 0))["w"].match == "unreadable"
