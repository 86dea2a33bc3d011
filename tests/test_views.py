"""What is drawn is what is there: planes, windows, tiles, norms, kernels and colour domains."""

from __future__ import annotations

import math
import tracemalloc
import warnings
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from paramwidget import dtypes
from paramwidget.errors import RegionError
from paramwidget.statistics import Summary
from paramwidget.views import cells, heatmap, kernels
from paramwidget.views.domain import domain, round_up
from paramwidget.views.plane import Plane, Window, default_plane, from_plane, plane_shape, to_plane, window_region


@st.composite
def windows(draw: st.DrawFn) -> tuple[tuple[int, ...], Plane, Window]:
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=5, max_side=6))
    rank = len(shape)
    fixed = [draw(st.integers(0, n - 1)) for n in shape]
    if rank < 2:
        plane = Plane(-1, rank - 1, fixed)
    else:
        rows, cols = draw(st.permutations(range(rank)))[:2]
        plane = Plane(rows, cols, fixed)
    height, width = plane_shape(plane, shape)
    top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
    return (
        shape,
        plane,
        Window(top, draw(st.integers(top + 1, height)), left, draw(st.integers(left + 1, width))),
    )


def cell(plane: Plane, row: int, col: int) -> tuple[int, ...]:
    """Where a cell of the plane lies in the tensor, worked out by hand."""
    index = list(plane.fixed)
    if plane.rows >= 0:
        index[plane.rows] = row
    if plane.cols >= 0:
        index[plane.cols] = col
    return tuple(index)


@settings(max_examples=400, deadline=None)
@given(windows())
def test_a_window_shows_the_cells_that_it_names(case: tuple[tuple[int, ...], Plane, Window]) -> None:
    shape, plane, window = case
    values = np.arange(math.prod(shape)).reshape(shape)
    region = window_region(plane, shape, window)
    matrix = to_plane(values[(*region.slices, ...)], plane)
    assert matrix.shape == (window.rows, window.cols)
    for i in range(window.rows):
        for j in range(window.cols):
            assert matrix[i, j] == values[cell(plane, window.top + i, window.left + j)]


@settings(max_examples=400, deadline=None)
@given(windows())
def test_writing_back_what_a_window_shows_changes_nothing(case: tuple[tuple[int, ...], Plane, Window]) -> None:
    shape, plane, window = case
    values = np.arange(math.prod(shape)).reshape(shape)
    region = window_region(plane, shape, window)
    part = values[(*region.slices, ...)]
    assert np.array_equal(from_plane(to_plane(part, plane), plane, region.extent), part)


@settings(max_examples=200, deadline=None)
@given(windows(), st.integers(1, 4))
def test_every_kth_row_of_a_window_can_be_read(case: tuple[tuple[int, ...], Plane, Window], step: int) -> None:
    shape, plane, window = case
    values = np.arange(math.prod(shape)).reshape(shape)
    whole = to_plane(values[(*window_region(plane, shape, window).slices, ...)], plane)
    some = to_plane(values[(*window_region(plane, shape, window, step).slices, ...)], plane)
    assert np.array_equal(some, whole[::step])


@pytest.mark.parametrize(
    ("shape", "plane"),
    [
        ((3, 4), Plane(0, 0, [0, 0])),
        ((3, 4), Plane(-1, 0, [0, 0])),
        ((3, 4), Plane(0, 2, [0, 0])),
        ((3, 4), Plane(0, 1, [0])),
        ((3, 4, 5), Plane(0, 1, [0, 0, 5])),
        ((3,), Plane(0, -1, [0])),
        ((3,), Plane(-1, 1, [0])),
        ((), Plane(-1, 0, [])),
    ],
)
def test_a_plane_of_another_tensor_is_refused(shape: tuple[int, ...], plane: Plane) -> None:
    with pytest.raises(RegionError):
        plane_shape(plane, shape)


@pytest.mark.parametrize("window", [Window(0, 4, 0, 4), Window(0, 3, 0, 5), Window(2, 2, 0, 4), Window(3, 1, 0, 4)])
def test_windows_that_are_empty_or_too_large_are_refused(window: Window) -> None:
    with pytest.raises(RegionError, match="plane of 3 by 4"):
        window_region(Plane(0, 1, [0, 0]), (3, 4), window)


@pytest.mark.parametrize(
    ("shape", "axes", "rows", "cols"),
    [
        ((), (), -1, -1),
        ((7,), (), -1, 0),
        ((3, 4), (), 0, 1),
        ((4, 3), (), 1, 0),
        ((3, 3, 16, 32), (), 2, 3),
        ((32, 16, 3, 3), ("out", "in", "h", "w"), 1, 0),
        ((5, 2, 5), (), 0, 2),
    ],
)
def test_the_first_plane_shows_inputs_and_outputs_or_the_longest_axes(
    shape: tuple[int, ...], axes: tuple[str, ...], rows: int, cols: int
) -> None:
    plane = default_plane(shape, axes)
    assert (plane.rows, plane.cols) == (rows, cols)
    assert plane_shape(plane, shape)


# ---------------------------------------------------------------- tiles


def naive_tile(real: np.ndarray, step_row: int, step_col: int) -> np.ndarray:
    rows, cols = real.shape
    drawn = np.empty((-(-rows // step_row), -(-cols // step_col)))
    for i in range(drawn.shape[0]):
        for j in range(drawn.shape[1]):
            block = real[i * step_row : (i + 1) * step_row, j * step_col : (j + 1) * step_col].ravel()
            best = block[0]
            for value in block:
                if math.isnan(value) or math.isnan(best):
                    best = math.nan
                elif abs(value) > abs(best) or (abs(value) == abs(best) and value > best):
                    best = value
            drawn[i, j] = best
    return drawn.astype(np.float32)


matrices = hnp.arrays(
    st.sampled_from([np.float32, np.float64]),
    st.tuples(st.integers(1, 13), st.integers(1, 13)),
    elements=st.one_of(st.floats(-1e3, 1e3, width=32), st.sampled_from([np.nan, np.inf, -np.inf, 0.0])),
)


@settings(max_examples=400, deadline=None)
@given(matrices, st.integers(1, 6), st.integers(1, 6))
def test_a_tile_equals_a_naive_loop(matrix: np.ndarray, step_row: int, step_col: int) -> None:
    drawn = heatmap.tile(matrix, step_row, step_col)
    assert drawn.dtype == np.dtype("<f4")
    assert drawn.flags.c_contiguous
    assert np.array_equal(drawn, naive_tile(matrix.astype(float), step_row, step_col), equal_nan=True)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "bool", "bfloat16", "float8_e5m2", "float16", "int64", "complex64"])
@pytest.mark.parametrize("layout", ["C", "F"])
def test_a_tile_of_every_dtype_and_layout_equals_a_naive_loop(dtype: str, layout: str) -> None:
    values = np.random.default_rng(5).integers(0, 2 if dtype == "bool" else 100, (9, 11)) - (dtype == "int8") * 120
    matrix = np.asarray(values.astype(dtypes.numpy_dtype(dtype)), order=layout)
    real = np.abs(matrix).astype(float) if dtype == "complex64" else matrix.astype(float)
    assert np.array_equal(heatmap.tile(matrix, 4, 3), naive_tile(real, 4, 3))
    assert np.array_equal(heatmap.tile(matrix, 1, 1), real.astype(np.float32))


def test_an_outlier_is_never_averaged_away() -> None:
    matrix = np.zeros((100, 100), dtype=np.float32)
    matrix[57, 91] = -9.0
    assert heatmap.tile(matrix, 50, 50).tolist() == [[0.0, 0.0], [0.0, -9.0]]


def test_values_beyond_float32_are_drawn_as_infinite_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert heatmap.tile(np.array([[1e300, -1e300]]), 1, 1).tolist() == [[np.inf, -np.inf]]
        assert cells.colours(np.array([[1e300]])).tolist() == [[np.inf]]
        sneaky = np.array([[0x7F81, 0x3F80]], dtype=np.uint16).view(ml_dtypes.bfloat16)
        assert np.isnan(heatmap.tile(sneaky, 1, 2)).all()
        assert np.isnan(heatmap.tile(np.array([[0x7FF0000000000001]], dtype=np.uint64).view(float), 1, 1)).all()


@pytest.mark.parametrize(
    ("rows", "cols", "height", "width", "expected"),
    [(10, 10, 10, 10, (1, 1)), (11, 10, 10, 10, (2, 1)), (100, 7, 10, 3, (10, 3)), (1, 1, 4096, 4096, (1, 1))],
)
def test_steps_fit_the_plane_into_the_pixels(
    rows: int, cols: int, height: int, width: int, expected: tuple[int, int]
) -> None:
    assert heatmap.steps(rows, cols, height, width) == expected
    assert -(-rows // expected[0]) <= height
    assert -(-cols // expected[1]) <= width


def test_only_planes_beyond_the_limit_are_sampled() -> None:
    assert heatmap.sampling(4096, 4096) == 1
    assert heatmap.sampling(1, heatmap.MAX_READ) == 1
    for rows, cols in [(100_000, 50_000), (2, heatmap.MAX_READ)]:
        every = heatmap.sampling(rows, cols)
        assert every > 1
        assert rows / every * cols <= heatmap.MAX_READ


@settings(max_examples=300, deadline=None)
@given(matrices, st.integers(1, 6), st.integers(1, 6))
def test_norms_of_the_margins_equal_numpy(matrix: np.ndarray, step_row: int, step_col: int) -> None:
    rows, cols = heatmap.norms(matrix, step_row, step_col)
    finite = np.where(np.isfinite(matrix), matrix, 0).astype(float)
    for norms, axis, step in ((rows, 1, step_row), (cols, 0, step_col)):
        exact = np.linalg.norm(finite, axis=axis)
        expected = [exact[i : i + step].max() for i in range(0, len(exact), step)]
        assert norms.dtype == np.dtype("<f4")
        least = float(np.finfo(np.float32).smallest_subnormal)  # which the results are multiples of
        assert np.allclose(norms, expected, rtol=1e-4, atol=max(1e-6 * max(exact), least))


@pytest.mark.parametrize("size", [1e30, 1e-30, 1e-44])
def test_norms_of_extreme_float32_neither_overflow_nor_vanish(size: float) -> None:
    matrix = np.full((3, 4), size, dtype=np.float32)
    rows, cols = heatmap.norms(matrix, 1, 1)
    assert np.allclose(rows / np.float32(size), 2.0, rtol=1e-3)
    assert np.allclose(cols / np.float32(size), math.sqrt(3), rtol=0.15 if size == 1e-44 else 1e-3)


# ---------------------------------------------------------------- cells, kernels, domain


def test_texts_of_cells_are_parsed_back_to_the_cells() -> None:
    matrix = np.array([[2**53 + 1, -(2**63)], [0, 7]])
    assert cells.texts(matrix) == [["9007199254740993", "-9223372036854775808"], ["0", "7"]]
    small = np.array([[0.1, np.nan]], dtype=ml_dtypes.bfloat16)
    assert cells.texts(small) == [["0.10009765625", "nan"]]


@pytest.mark.parametrize("axes", [(), ("out", "in", "h", "w")])
def test_each_kernel_has_its_place_in_the_montage(axes: tuple[str, ...]) -> None:
    values = np.random.default_rng(0).normal(size=(5, 4, 3, 2) if axes else (3, 2, 4, 5)).astype(np.float32)
    layout = kernels.layout(values.shape, axes)
    assert layout is not None
    matrix, height, width = kernels.montage(values, layout)
    assert (height, width) == ((3, 2))
    for i in range(4):
        for o in range(5):
            kernel = values[o, i] if axes else values[:, :, i, o]
            top, left = i * (height + 1), o * (width + 1)
            assert np.array_equal(matrix[top : top + height, left : left + width], kernel.astype(float))
    assert np.isnan(matrix[height]).all()
    assert np.isnan(matrix[:, width]).all()


@pytest.mark.parametrize("shape", [(3, 2, 4), (3, 3, 2, 4), (2, 3, 3, 2, 4)])
def test_kernels_of_one_two_and_three_dimensions_are_drawn_whole(shape: tuple[int, ...]) -> None:
    values = np.arange(1.0, math.prod(shape) + 1).reshape(shape)
    layout = kernels.layout(shape)
    assert layout is not None
    drawn = kernels.montage(values, layout)[0]
    assert sorted(drawn[~np.isnan(drawn)]) == sorted(values.ravel())


def test_of_very_many_kernels_some_are_drawn() -> None:
    matrix, height, width = kernels.montage(np.zeros((1, 2, 300, 300), dtype=np.float32), kernels.Layout(2, 3, (0, 1)))
    assert (matrix.shape[0] + 1) // (height + 1) * ((matrix.shape[1] + 1) // (width + 1)) <= kernels.MAX_PICTURES
    long, _, _ = kernels.montage(np.zeros((1, 2, 1, 5000), dtype=np.float32), kernels.Layout(2, 3, (0, 1)))
    assert long.shape == (1, 3 * kernels.MAX_PICTURES - 1)


def test_a_montage_takes_no_more_memory_than_what_is_drawn_of_it() -> None:
    values = np.zeros((3, 3, 512, 512), dtype=np.float32)
    tracemalloc.start()
    kernels.montage(values, kernels.Layout(2, 3, (0, 1)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < values.nbytes / 2


@pytest.mark.parametrize(
    ("shape", "axes", "expected"),
    [
        ((3, 3, 16, 32), ("kh", "kw", "in", "out"), (2, 3, (0, 1))),
        ((32, 16, 3, 3), ("out", "in", "kh", "kw"), (1, 0, (2, 3))),
        ((32, 16, 3, 3), (), (0, 1, (2, 3))),
        ((3, 3, 16, 1), ("kh", "kw", "channel", "mult"), (2, 3, (0, 1))),
        ((7, 1, 2), ("kw", "in", "out"), (1, 2, (0,))),
        ((2, 3, 3, 4, 5), ("kd", "kh", "kw", "in", "out"), (3, 4, (0, 1, 2))),
        ((8, 4, 6), ("in", "head", "dim"), None),  # an attention's projection
        ((1, 1, 16, 32), ("kh", "kw", "in", "out"), None),  # the heatmap shows it all
        ((40, 40, 50, 50), (), None),  # too large to be a kernel
    ],
)
def test_the_axes_of_a_kernel_are_known_by_their_names_or_their_lengths(
    shape: tuple[int, ...], axes: tuple[str, ...], expected: Any
) -> None:
    assert kernels.layout(shape, axes) == expected


@pytest.mark.parametrize("shape", [(), (3,), (3, 4), (3, 3, 0, 2), (1, 1, 1, 1, 1, 1)])
def test_other_tensors_have_no_kernels(shape: tuple[int, ...]) -> None:
    assert kernels.layout(shape) is None


@pytest.mark.parametrize(("down", "across"), [(1, 1), (2, 3), (4, 5)])
@pytest.mark.parametrize(
    ("shape", "plane", "inner"),
    [
        ((3, 2, 4, 5), (2, 3), (0, 1)),
        ((5, 4, 3, 2), (1, 0), (2, 3)),
        ((2, 2, 3, 4, 5), (3, 4), (0, 1, 2)),
        ((6, 4, 5), (1, 2), (0,)),
    ],
)
def test_a_drawn_kernel_is_the_tile_of_each_of_its_places(
    shape: tuple[int, ...], plane: tuple[int, int], inner: tuple[int, ...], down: int, across: int
) -> None:
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    stacked = kernels.stack(values, Plane(*plane, [0] * len(shape)), inner)
    drawn = kernels.tile(stacked, down, across)
    ordered = values.transpose(*inner, *plane)
    for at, place in enumerate(np.ndindex(ordered.shape[: len(inner)])):
        a, b = divmod(at, ordered.shape[len(inner) - 1])
        assert np.array_equal(drawn[:, a, :, b], heatmap.tile(ordered[place], down, across))


def test_the_norms_of_rows_and_columns_of_kernels_are_those_of_all_their_values() -> None:
    values = np.random.default_rng(2).normal(size=(3, 2, 4, 5)).astype(np.float32)
    values[0, 0, 1, 1] = np.nan
    rows, cols = kernels.norms(kernels.stack(values, Plane(2, 3, [0] * 4), (0, 1)), 1, 2)
    squares = np.square(np.nan_to_num(values.astype(np.float64)))
    assert np.allclose(rows, np.sqrt(squares.sum(axis=(0, 1, 3))), rtol=1e-6)
    single = np.sqrt(squares.sum(axis=(0, 1, 2)))
    assert np.allclose(cols, [single[:2].max(), single[2:4].max(), single[4]], rtol=1e-6)


def test_the_domain_holds_the_extreme_value_and_is_round() -> None:
    values = np.array([-0.73, 0.2, 0.5])
    assert domain(Summary.of(values), values) == 0.8
    assert round_up(0.73) == 0.8
    assert [round_up(x) for x in (1, 1.1, 1.21, 99, 101, 0.0012)] == [1, 1.2, 1.5, 100, 120, 0.0012]


def test_a_few_outliers_do_not_wash_the_map_out() -> None:
    values = np.random.default_rng(2).normal(0, 0.1, 10_000)
    values[0] = 1000.0
    assert domain(Summary.of(values), values) < 1


@settings(max_examples=400, deadline=None)
@given(hnp.arrays(st.sampled_from([np.float64, np.float32, np.int64, np.bool_]), st.integers(0, 30)))
def test_the_domain_is_always_finite_and_positive(values: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        half = domain(Summary.of(values), values)
    assert math.isfinite(half)
    assert half > 0
    assert type(half) is float


@settings(max_examples=400, deadline=None)
@given(st.floats(1e-290, 1e290))
def test_a_round_number_is_near_above(value: float) -> None:
    rounded = round_up(value)
    assert value * 0.999 <= rounded <= value * 1.4
