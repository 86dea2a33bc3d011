"""Statistics equal NumPy's in float64, whatever the values, and those of parts add up to those of the whole."""

from __future__ import annotations

import math
import warnings
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from paramwidget import Session
from paramwidget.errors import ValueRefusedError
from paramwidget.statistics import MOST_BINS, Histogram, Summary, histogram, summarize

floats = hnp.arrays(
    st.sampled_from([np.float16, np.float32, np.float64]),
    hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=8),
)
ordinary = hnp.arrays(
    np.float64,
    st.integers(0, 60),
    elements=st.one_of(
        st.floats(-1e6, 1e6, allow_subnormal=False), st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0])
    ),
)


def same(a: float, b: float, tolerance: float = 1e-9, scale: float = 0.0) -> bool:
    return (math.isnan(a) and math.isnan(b)) or a == b or abs(a - b) <= tolerance * max(abs(a), abs(b), scale)


def check(summary: Summary, values: np.ndarray) -> None:
    wide = values.astype(np.float64).ravel()
    finite = wide[np.isfinite(wide)]
    assert summary.count == wide.size
    assert summary.nan == np.isnan(wide).sum()
    assert summary.posinf == (wide == np.inf).sum()
    assert summary.neginf == (wide == -np.inf).sum()
    assert summary.finite == finite.size
    assert summary.zeros == (finite == 0).sum()
    if not finite.size:
        assert all(math.isnan(x) for x in (summary.min, summary.max, summary.mean, summary.std))
        assert summary.l2 == 0
        assert summary.largest == 0
        return
    scale = max(np.abs(finite).max(), 1e-300)
    unit = finite / scale
    assert (summary.min, summary.max) == (finite.min(), finite.max())
    assert summary.largest == np.abs(finite).max()
    assert same(summary.mean / scale, unit.mean(), scale=1.0)
    assert same(summary.std / scale, unit.std(), tolerance=1e-7, scale=1.0)
    norm = np.linalg.norm(unit)
    # among the smallest numbers a float64 can hold, the next one is the nearest that the norm can be rounded to
    assert same(summary.l2 / scale, norm) or abs(summary.l2 - norm * scale) <= 5e-324


@settings(max_examples=300, deadline=None)
@given(floats)
def test_a_summary_equals_numpy_on_any_floats(values: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        summary = Summary.of(values)
    with np.errstate(all="ignore"):
        check(summary, values)


@settings(max_examples=300, deadline=None)
@given(ordinary, st.lists(st.integers(0, 60), max_size=5))
def test_the_summaries_of_parts_add_up_to_that_of_the_whole(values: np.ndarray, cuts: list[int]) -> None:
    parts = np.split(values, sorted(min(cut, values.size) for cut in cuts))
    check(summarize(parts), values)


def test_adding_does_not_depend_on_the_order() -> None:
    values = np.random.default_rng(3).normal(1e3, 1e-3, size=9000)
    chunks = np.split(values, [10, 11, 4000])
    forward, backward = summarize(chunks), summarize(chunks[::-1])
    assert same(forward.std, backward.std, 1e-9)
    check(forward, values)


def test_nothing_has_no_extremes_and_adds_nothing() -> None:
    empty = Summary.of(np.zeros((0, 4)))
    assert empty == Summary.of(np.zeros(0)) or empty.count == 0
    assert math.isnan(empty.mean)
    assert empty.l2 == 0.0
    some = Summary.of(np.array([1.0, 2.0]))
    assert (some + empty, empty + some) == (some, some)


def test_one_value_has_no_spread() -> None:
    one = Summary.of(np.array(3.0))
    assert (one.count, one.min, one.max, one.mean, one.std, one.l2) == (1, 3.0, 3.0, 3.0, 0.0, 3.0)


def test_only_bad_values_leave_no_extremes() -> None:
    bad = Summary.of(np.array([np.nan, np.inf, -np.inf]))
    assert (bad.count, bad.nan, bad.posinf, bad.neginf, bad.finite) == (3, 1, 1, 1, 0)
    assert math.isnan(bad.min)
    both = bad + Summary.of(np.array([2.0]))
    assert (both.count, both.nan, both.min, both.mean) == (4, 1, 2.0, 2.0)


def test_half_precision_is_summed_in_double_precision() -> None:
    values = np.full(1000, 0.1).astype(ml_dtypes.bfloat16)
    assert same(Summary.of(values).mean, float(values[0]), 1e-12)
    assert same(Summary.of(np.full(4000, 60000, dtype=np.float16)).mean, 60000.0, 1e-12)


@pytest.mark.parametrize("size", [1e300, 1e-300, 1e30, 1e-40, 1.7e308])
def test_huge_and_tiny_values_do_not_overflow_or_vanish(size: float) -> None:
    values = np.array([1.0, -0.5, 0.25]) * size
    summary = Summary.of(values)
    assert same(summary.l2 / size, math.sqrt(1 + 0.25 + 0.0625))
    assert same(summary.std / size, np.array([1.0, -0.5, 0.25]).std())
    twice = summary + summary
    assert same(twice.l2 / size, math.sqrt(2) * math.sqrt(1.3125)) or size > 1e308
    assert same(twice.std / size, np.array([1.0, -0.5, 0.25]).std())


def test_integers_and_bools_do_not_wrap() -> None:
    small = Summary.of(np.array([-128, 127], dtype=np.int8))
    assert (small.min, small.max, small.mean, small.largest) == (-128.0, 127.0, -0.5, 128.0)
    assert Summary.of(np.array([0, 255], dtype=np.uint8)).mean == 127.5
    assert Summary.of(np.array([True, False, True, True])).mean == 0.75


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        (np.array([2**53 + 1, -(2**63)]), -(2**63), 2**53 + 1),
        (np.array([2**64 - 1, 2**64 - 3], dtype=np.uint64), 2**64 - 3, 2**64 - 1),
        (np.array([True, False]), 0, 1),
        (np.array([-8, 7], dtype=ml_dtypes.int4), -8, 7),
        (np.array([3, 1], dtype=">i8"), 1, 3),
        (np.array([-128], dtype=np.int8), -128, -128),
    ],
)
def test_the_extremes_of_integers_are_exact(values: np.ndarray, low: int, high: int) -> None:
    for summary in (Summary.of(values), summarize([values, values[:1], values[:0]])):
        assert (summary.min, summary.max, summary.largest) == (low, high, max(-low, high))
        assert {type(summary.min), type(summary.max)} == {int}
        assert summary.zeros == 0 or low == 0


def test_a_summary_shows_what_is_asked_for() -> None:
    assert repr(Summary.of(np.array([0, 2, 2**53 + 1]))).startswith(
        "Summary(count=3, zeros=1, min=0, max=9007199254740993, "
    )
    assert repr(Summary.of(np.array([3.0, -3.0, 3.0, -3.0, np.nan, np.inf]))) == (
        "Summary(count=6, nan=1, posinf=1, zeros=0, min=-3.0, max=3.0, mean=0.0, std=3.0, l2=6.0)"
    )
    assert "mean=nan, std=nan, l2=0.0" in repr(Summary())


def test_complex_values_are_summarised_by_their_magnitudes() -> None:
    summary = Summary.of(np.array([3 + 4j, 0, complex(np.nan, 1)]))
    assert (summary.max, summary.min, summary.zeros, summary.nan) == (5.0, 0.0, 1, 1)
    big = Summary.of(np.array([3e38 + 3e38j], dtype=np.complex64))
    assert (big.posinf, big.finite) == (0, 1)


def test_a_signalling_nan_gives_no_warning() -> None:
    for values in (
        np.array([0x7FA00001, 0x3F800000], dtype=np.uint32).view(np.float32),
        np.array([0x7F81, 0x3F80], dtype=np.uint16).view(ml_dtypes.bfloat16),
        np.array([0x7C01, 0x3C00], dtype=np.uint16).view(np.float16),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            summary = Summary.of(values)
            bins = histogram(values, -2.0, 2.0)
        assert (summary.nan, summary.mean, bins.nan) == (1, 1.0, 1)


# ---------------------------------------------------------------- histograms


@settings(max_examples=300, deadline=None)
@given(ordinary, st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(1, 90))
def test_a_histogram_counts_every_value_once(values: np.ndarray, low: float, width: float, bins: int) -> None:
    high = low + width
    result = histogram(values, low, high, bins)
    inside = values[(values >= low) & (values <= high)]
    assert sum(result.counts) == inside.size
    assert (result.under, result.over, result.nan) == (
        (values < low).sum(),
        (values > high).sum(),
        np.isnan(values).sum(),
    )
    assert list(result.counts) == np.histogram(inside, bins, (low, high))[0].tolist()


@settings(max_examples=200, deadline=None)
@given(ordinary, st.integers(0, 60))
def test_histograms_of_parts_add_up(values: np.ndarray, cut: int) -> None:
    whole = histogram(values, -10.0, 10.0)
    assert histogram(values[:cut], -10.0, 10.0) + histogram(values[cut:], -10.0, 10.0) == whole


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-1, 1, width=32), max_size=20), st.floats(-1, 0), st.floats(0.001, 1))
def test_float32_values_are_held_against_the_exact_ends(numbers: list[float], low: float, high: float) -> None:
    for ends in [(low, high), *((-abs(x), abs(x) * (1 - 1e-12)) for x in numbers if x)]:
        result = histogram(np.array(numbers, dtype=np.float32), *ends, 7)
        wanted = histogram(np.array(numbers, dtype=np.float64), *ends, 7)
        assert result == wanted
        assert sum(result.counts) + result.under + result.over == len(numbers)


def test_both_ends_belong_to_the_histogram() -> None:
    assert histogram(np.array([-1.0, 1.0]), -1.0, 1.0, 2) == Histogram(-1.0, 1.0, (1, 1))


def test_histograms_over_other_bins_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="same bins"):
        _ = histogram(np.zeros(1), -1, 1) + histogram(np.zeros(1), -2, 2)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (1, -1), (np.nan, 1), (-np.inf, 0), (0, np.inf)])
def test_a_histogram_needs_two_finite_ends(low: float, high: float) -> None:
    for values in (np.zeros(3), np.zeros(0)):
        with pytest.raises(ValueRefusedError, match="finite ends"):
            histogram(values, low, high)


@pytest.mark.parametrize(("low", "high"), [("0", 1), (0, None), (0, 10**400), (1j, 2)])
def test_the_ends_of_a_histogram_are_numbers(low: Any, high: Any) -> None:
    with pytest.raises(ValueRefusedError, match="finite ends") as caught:
        histogram(np.zeros(3), low, high)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("bins", [0, -1, 2.5, "many", None, MOST_BINS + 1, 10**12])
def test_a_histogram_has_a_whole_number_of_bins(bins: Any) -> None:
    with pytest.raises(ValueRefusedError, match="1 to 100,000 bins"):
        histogram(np.zeros(3), 0, 1, bins)


def test_a_handle_refuses_ends_in_the_wrong_order() -> None:
    with pytest.raises(ValueRefusedError, match="finite ends"):
        Session({"w": np.ones(3)})["w"].histogram(1, 0)


def test_the_empty_histogram_adds_nothing() -> None:
    some = histogram(np.array([0.5]), 0, 1, np.int64(4))
    assert Histogram.empty(0, 1, np.int64(4)) + some == some


@pytest.mark.parametrize("half", [5e-324, 1e-320, 1e-300, 1e300, 1.7e308])
def test_a_histogram_over_extreme_ends_counts_what_is_inside(half: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = histogram(np.array([0.0, half, -half, np.nan]), -half, half)
    assert (sum(result.counts), result.nan) == (3, 1)


def test_histograms_of_every_dtype_see_the_values() -> None:
    for dtype in (np.int8, np.uint8, np.int64, np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, bool, complex):
        assert sum(histogram(np.array([0, 1, 1]).astype(dtype), -2.0, 2.0, 4).counts) == 3
