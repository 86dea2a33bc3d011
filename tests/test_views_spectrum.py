"""Singular values as they are, of every dtype and at every scale; and a sentence where there are none."""

from __future__ import annotations

import math
import tracemalloc
import warnings

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from paramwidget.errors import ValueRefusedError
from paramwidget.views.spectrum import MAX_VALUES, MAX_WORK, Spectrum, matrix, spectrum, supports


def plain(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.svd(values.astype(np.float64), compute_uv=False))


@pytest.fixture(autouse=True)
def _quiet() -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize(
    ("shape", "fits"),
    [
        ((3, 4), True),
        ((3, 3, 1, 1), True),
        ((1, 1, 16, 32), True),
        ((1, 4), False),
        ((4, 1), False),
        ((1, 4, 1), False),
        ((4,), False),
        ((), False),
        ((0, 3), False),
        ((3, 4, 0), False),
    ],
)
def test_a_spectrum_needs_two_axes_longer_than_one(shape: tuple[int, ...], fits: bool) -> None:
    assert supports(shape) is fits
    if fits:
        assert len(spectrum(np.ones(shape)).values) >= 1
    else:
        with pytest.raises(ValueRefusedError, match="has no spectrum, which needs two axes longer than 1"):
            spectrum(np.ones(shape))


@pytest.mark.parametrize(
    ("shape", "axes", "name", "rows", "cols"),
    [
        ((3, 5, 16, 32), ("kh", "kw", "in", "out"), "kh·kw·in × out", 240, 32),
        ((32, 16, 3, 5), ("out", "in", "kh", "kw"), "in·kh·kw × out", 240, 32),
        ((10, 64), ("out", "in"), "in × out", 64, 10),
        ((5, 7), (), "axis 0 × axis 1", 5, 7),
        ((5, 7), ("vocab", "dim"), "vocab × dim", 5, 7),
        ((64, 4, 16), ("in", "head", "dim"), "head·dim × in", 64, 64),
        ((4, 16, 64), ("head", "dim", "out"), "head·dim × out", 64, 64),
        ((3, 5, 16, 1), ("kh", "kw", "channel", "mult"), "kh·kw·mult × channel", 15, 16),
        ((3, 5, 16, 1), ("kh", "kw", "in", "out"), "kh·kw·out × in", 15, 16),
        ((16, 1, 3, 5), ("out", "in", "kh", "kw"), "in·kh·kw × out", 15, 16),
        ((32, 16, 3, 3), (), "axis 0·axis 2·axis 3 × axis 1", 288, 16),
    ],
)
def test_the_outputs_make_the_columns_or_the_next_best_axis(
    shape: tuple[int, ...], axes: tuple[str, ...], name: str, rows: int, cols: int
) -> None:
    seen = matrix(shape, axes)
    assert (seen.name, seen.rows, seen.cols) == (name, rows, cols)
    values = np.random.default_rng(0).normal(size=shape)
    names = axes or [f"axis {axis}" for axis in range(len(shape))]
    out = names.index(name.split(" × ")[1])
    by_hand = np.stack([values.take(k, axis=out).ravel() for k in range(cols)], axis=1)
    assert np.allclose(spectrum(values, axes).values, plain(by_hand), rtol=1e-12)


@given(
    hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6), elements=st.floats(-9, 9))
)
def test_the_values_are_those_of_numpy_and_the_rest_follows_from_them(values: np.ndarray) -> None:
    found, wanted = spectrum(values), plain(values)
    assert np.allclose(found.values, wanted, rtol=1e-9, atol=1e-12 * max(1e-290, wanted[0]))
    assert (np.diff(found.values) <= 0).all()
    count = len(found.values)
    if wanted[0] == 0:
        return
    assert 1 - 1e-9 <= found.stable_rank <= count + 1e-9
    assert 1 - 1e-9 <= found.effective_rank <= count + 1e-9
    energy = found.values / found.values[0]
    assert np.square(energy[: found.energetic]).sum() >= 0.9 * np.square(energy).sum() * (1 - 1e-9)
    assert np.square(energy[: found.energetic - 1]).sum() < 0.9 * np.square(energy).sum() * (1 + 1e-9)
    assert found.above == np.count_nonzero(found.values > found.edge)


def test_the_numbers_of_a_matrix_worked_out_by_hand() -> None:
    found = spectrum(np.diag([4.0, 2.0, 1.0]))
    assert np.allclose(found.values, [4, 2, 1])
    assert found.condition == pytest.approx(4)
    assert found.stable_rank == pytest.approx(21 / 16)
    p = np.array([4, 2, 1]) / 7
    assert found.effective_rank == pytest.approx(math.exp(-(p * np.log(p)).sum()))
    assert found.energetic == 2, "16 of 21 is below 90 %, 20 of 21 is not"
    std = math.sqrt(21 / 9 - (7 / 9) ** 2)
    assert found.edge == pytest.approx(std * 2 * math.sqrt(3))
    assert found.above == 0


def test_all_directions_alike() -> None:
    found = spectrum(np.eye(10))
    assert (found.stable_rank, found.energetic, found.condition) == (pytest.approx(10), 9, 1)
    assert found.effective_rank == pytest.approx(10)


def test_noise_ends_at_the_edge_and_a_signal_stands_above_it() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(600, 300))
    found = spectrum(noise)
    assert found.values[0] == pytest.approx(found.edge, rel=0.03)
    assert found.values[1] < found.edge
    direction = np.outer(rng.normal(size=600), rng.normal(size=300))
    assert spectrum(noise + 0.3 * direction).above == 1


def test_complex_noise_ends_at_the_edge_too() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 200)) + 1j * rng.normal(size=(300, 200))
    found = spectrum(values)
    assert np.allclose(found.values, np.linalg.svd(values, compute_uv=False), rtol=1e-12)
    assert found.values[0] == pytest.approx(found.edge, rel=0.03)


def test_all_zero() -> None:
    found = spectrum(np.zeros((3, 4)))
    assert found.values.tolist() == [0, 0, 0]
    assert math.isnan(found.condition)
    rest = found._replace(values=np.zeros(0), condition=0.0)
    assert rest[1:] == (0.0, 0.0, 0.0, 0.0, 0, 0)


def test_what_is_below_the_rounding_error_is_zero() -> None:
    rng = np.random.default_rng(0)
    low = rng.normal(size=(40, 3)) @ rng.normal(size=(3, 30))
    found = spectrum(low)
    assert np.count_nonzero(found.values) == 3
    assert found.condition == math.inf
    assert spectrum(np.full((5, 4), 0.1)).above == 1, "without spread nothing is noise"


def test_a_single_output_of_a_single_input_is_seen_as_its_kernel() -> None:
    found = spectrum(np.arange(9.0).reshape(3, 3, 1, 1), ("kh", "kw", "in", "out"))
    assert np.allclose(found.values, plain(np.arange(9.0).reshape(3, 3)), atol=1e-14)


def test_a_large_matrix_is_copied_once() -> None:
    values = np.ones((2, 500_000), np.float32)
    tracemalloc.start()
    spectrum(values)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.5 * 8 * values.size, "in double precision, and once more for its spread"


@pytest.mark.parametrize(
    "dtype",
    [
        *("float16", "float32", "float64", "int8", "int64", "uint8", "bool", "complex64", "complex128"),
        *(ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2, ml_dtypes.int4),
    ],
)
def test_every_dtype_is_computed_in_double_precision(dtype: object) -> None:
    values = np.array([[1, 0, 2], [3, 1, 0]]).astype(dtype)  # type: ignore[call-overload]
    wide = values.astype(np.complex128 if values.dtype.kind == "c" else np.float64)
    found = spectrum(values)
    assert found.values.dtype == np.float64
    assert np.allclose(found.values, np.linalg.svd(wide, compute_uv=False), rtol=1e-13)


def ratios(found: Spectrum) -> tuple[object, ...]:
    return found[2:]


@pytest.mark.parametrize("power", [-1060, -600, 600, 1020])
def test_the_scale_changes_nothing_but_the_scale(power: int) -> None:
    values = np.array([[1.0, 0.5, 2], [3, 1, 0.25]])
    plainly, scaled = spectrum(values), spectrum(np.ldexp(values, power))
    assert np.array_equal(scaled.values, np.ldexp(plainly.values, power))
    assert scaled.edge == math.ldexp(plainly.edge, power)
    assert ratios(scaled) == ratios(plainly)


def test_the_smallest_and_the_largest_numbers_there_are() -> None:
    tiny = spectrum(np.array([[5e-324, 0], [0, 5e-324]]))
    assert tiny.values.tolist() == [5e-324, 5e-324]
    assert tiny.condition == 1
    largest = np.finfo(np.float64).max
    assert spectrum(np.diag([largest / 2, 1.0])).values[0] == largest / 2
    with pytest.raises(ValueRefusedError, match="scale the tensor down"):
        spectrum(np.full((2, 2), largest))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, complex(0, math.nan)])
def test_values_that_are_not_finite_are_counted_and_refused(bad: complex) -> None:
    values = np.ones((3, 4), dtype=np.complex128 if isinstance(bad, complex) else np.float32)
    values[1, 2] = values[0, 0] = bad
    with pytest.raises(ValueRefusedError, match=r"^2 of the values are NaN or infinite.*Examine"):
        spectrum(values)
    values[0, 0] = 1
    with pytest.raises(ValueRefusedError, match=r"^1 of the values is NaN or infinite"):
        spectrum(values)


@pytest.mark.parametrize("shape", [(MAX_VALUES // 2 + 1, 2), (2000, 2000), (30522, 768)])
def test_what_would_take_too_long_is_refused_before_it_begins(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueRefusedError, match=r"seconds to minutes; compute those of a part"):
        matrix(shape)


@pytest.mark.parametrize("shape", [(4096, 1024), (768, 3072), (MAX_VALUES // 2, 2)])
def test_layers_of_ordinary_size_are_not(shape: tuple[int, int]) -> None:
    assert matrix(shape)[:2] == shape
    assert math.prod(shape) * min(shape) <= MAX_WORK


def test_the_tensor_stays_as_it_is() -> None:
    values = np.random.default_rng(0).normal(size=(4, 3))
    values.setflags(write=False)
    before = values.copy()
    spectrum(values)
    assert np.array_equal(values, before)
