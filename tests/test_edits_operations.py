"""Each operation against an independent oracle: PyTorch, plain Python, or what is known of the result."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any, Literal

import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_edits import DTYPES, FLOATS, REAL, applied, place, refusal, tensor, tensors
from torch.nn.utils import prune as torch_prune

from paramwidget import dtypes
from paramwidget.edits import (
    Add,
    Clip,
    Compute,
    Copy,
    Fill,
    Initialize,
    Noise,
    Normalize,
    Operation,
    Permute,
    Prune,
    Quantize,
    Scale,
    Swap,
    Zero,
)
from paramwidget.errors import ParamwidgetError
from paramwidget.region import Index

FEW = settings(max_examples=15, deadline=None)
TORCH = ("float16", "bfloat16", "float32", "float64")
NAN = np.array([0x7F800001, 0xFFC12345], np.uint32).view(np.float32)


def to_torch(values: np.ndarray) -> torch.Tensor:
    if values.dtype.name == "bfloat16":
        return torch.from_numpy(values.view(np.int16).copy()).view(torch.bfloat16)
    return torch.from_numpy(values.copy())


def part_of(values: np.ndarray, index: Index) -> np.ndarray:
    return values[place(values, index).region.slices]


def measured(values: np.ndarray) -> list[Any]:
    with np.errstate(invalid="ignore"):  # signalling NaN
        return [float(value) for value in values.astype(np.float64).reshape(-1)]


# ---------------------------------------------------------------- fill, zero, scale, add, clip


@pytest.mark.parametrize("dtype", DTYPES)
def test_fill_and_zero_set_every_value_of_the_region(dtype: str) -> None:
    values = tensor((3, 4), dtype)
    assert (applied(Fill("1"), values, (slice(1, 3), slice(None))) == np.ones((2, 4))).all()
    assert applied(Zero(), values, (slice(None), 0)).tobytes() == np.zeros((3, 1), values.dtype).tobytes()


def test_fill_is_strict_and_knows_nan() -> None:
    assert np.isnan(applied(Fill(" nan "), tensor((2,), "float16"))).all()
    assert applied(Fill("-0.0"), tensor((2,), "float32")).view(np.uint32).tolist() == [1 << 31] * 2
    assert "whole number" in refusal(Fill("0.5"), tensor((2,), "int8"))
    assert "does not fit" in refusal(Fill("70000"), tensor((2,), "float16"))
    assert "not a number" in refusal(Fill("w"), tensor((2,), "float32"))


def test_a_type_without_zero_has_none() -> None:
    powers = np.ones(3, dtypes.numpy_dtype("float8_e8m0fnu"))
    assert "does not fit" in refusal(Zero(), powers)
    assert "does not fit" in refusal(Prune(2), powers)


@FEW
@given(tensors(TORCH, special=False), st.floats(-100, 100), st.sampled_from(["scale", "add"]))
def test_scale_and_add_round_as_torch_does(given: tuple[np.ndarray, Index], number: float, what: str) -> None:
    values, index = given
    part = to_torch(np.array(part_of(values, index)))
    wide = part.double() if part.dtype == torch.float64 else part.float()
    other = torch.tensor(number, dtype=wide.dtype)  # a plain number would be rounded to 16 bits first in some kernels
    expected = (wide * other if what == "scale" else wide + other).to(part.dtype)
    new = applied(Scale(number) if what == "scale" else Add(number), values, index)
    assert torch.equal(to_torch(new), expected)


@FEW
@given(tensors(("int8", "int64", "bool"), special=False), st.integers(-2, 2))
def test_integers_are_exact_or_refused(given: tuple[np.ndarray, Index], number: int) -> None:
    values, index = given
    part = part_of(values, index)
    for operation, wanted in [
        (Scale(number), [int(v) * number for v in part.flat]),
        (Add(number), [int(v) + number for v in part.flat]),
    ]:
        low, high = (0, 1) if values.dtype == np.bool_ else dtypes.limits(values.dtype.name)
        if all(low <= value <= high for value in wanted):
            assert [int(v) for v in applied(operation, values, index).flat] == wanted
        else:
            assert "does not fit" in refusal(operation, values, index)


def test_nan_keeps_its_payload_and_zero_its_sign() -> None:
    values = np.array([*NAN, -0.0, np.inf], np.float32)
    new = applied(Scale(0.5), values)
    assert new.view(np.uint32).tolist() == [0x7FC00001, 0xFFC12345, 1 << 31, 0x7F800000]
    assert applied(Clip(-1, 1), values)[2:].tolist() == [0, 1]
    assert np.signbit(applied(Add(-0.0), values)[2])
    assert applied(Swap(0, 0, 1), values).view(np.uint32).tolist()[:2] == [0xFFC12345, 0x7F800001]
    assert applied(Prune(0.1), values).view(np.uint32).tolist() == [0x7F800001, 0xFFC12345, 0, 0x7F800000]


@pytest.mark.parametrize(
    ("operation", "dtype", "says"),
    [
        (Scale(1e5), "float16", "does not fit into float16, which holds -65504 to 65504"),
        (Scale(1e38), "bfloat16", "4 of 4 values would become NaN or infinite, the first at [0, 0] of the region"),
        (Scale(3e38), "float32", "the result is inf"),
        (Scale(1e39), "float32", "the factor is 1e+39, too large for float32"),
        (Scale(1e308), "float64", "would become NaN or infinite"),
        (Scale(100), "float8_e4m3fn", "does not fit into float8_e4m3fn, which holds -448 to 448"),
        (Scale(1e38), "complex64", "would become NaN or infinite"),
        (Scale(math.nan), "float32", "the factor must be a number, not nan"),
        (Add(math.inf), "float32", "the amount must be a finite number, not inf"),
        (Add(3.4e38), "float16", "does not fit into float16"),
        (Scale("2"), "float32", "the factor must be a number, not 2"),  # type: ignore[arg-type]
        (Scale(True), "float32", "the factor must be a number, not True"),
        (Scale(10**400), "float32", "the factor must be a finite number, not 1000"),
        (Scale(0.55), "int8", "is not a whole number, and int8 holds no others"),
        (Scale(100), "int8", "does not fit into int8, which holds -128 to 127"),
        (Scale(2), "bool", "2 does not fit into bool, which holds 0 to 1"),
        (Scale(1e20), "int64", "does not fit into int64"),
        (Scale(2.0**53), "int64", "results beyond 2**53 would be rounded"),
        (Clip(2, 1), "float32", "2 is not below 1"),
        (Clip(math.nan, 1), "float32", "the lower end must be a number, not nan"),
        (Clip(0, "1"), "float32", "the upper end must be a number, not 1"),  # type: ignore[arg-type]
        (Clip(0, 1), "complex64", "no order"),
        (Clip(1e6, 1e7), "float16", "does not fit into float16"),
        (Clip(0.5, 0.7), "int8", "is not a whole number"),
        (Compute("w * 1e5"), "float16", "does not fit into float16"),
        (Compute("where(w > 100, nan, w * 1e5)"), "float16", "does not fit into float16"),
        (Compute("w / 0"), "float32", "infinite"),
        (Compute("w +"), "float32", "a value is missing"),
        (Compute("i2"), "float32", "not an axis"),
        (Compute("w / 3"), "int8", "is not a whole number"),
        (Compute("w", -1), "float32", "the seed must be a whole number"),
        (Noise(-1), "float32", "give 0 or more"),
        (Noise(math.inf), "float32", "must be a finite number"),
        (Noise(0.1), "int8", "is not a whole number"),
        (Noise(3e38, seed=1), "bfloat16", "would become NaN or infinite"),
        (Noise(1, "cauchy"), "float32", "'normal' or 'uniform'"),  # type: ignore[arg-type]
        (Noise(1, seed=-1), "float32", "the seed must be a whole number from 0 to 4294967295"),
        (Prune(), "float32", "a threshold or a fraction"),
        (Prune(0.1, 0.1), "float32", "not both"),
        (Prune(-0.1), "float32", "0 or more"),
        (Prune(math.nan), "float32", "the threshold must be a number, not nan"),
        (Prune(fraction=1.5), "float32", "1.5 is not a fraction"),
        (Prune(fraction=math.nan), "float32", "the fraction must be a number, not nan"),
        (Prune(0.1, axis=0), "float32", "leave the axis out"),
        (Prune(0.1, whole=True), "float32", "say which"),
        (Prune(fraction=0.5, axis=2), "float32", "axis 2 is out of range: this tensor has 2 axes, 0 to 1"),
        (Prune(fraction=0.5, axis=-3), "float32", "axis -3 is out of range"),
        (Quantize("int8"), "int8", "for floating point"),
        (Quantize("int8"), "complex64", "for floating point"),
        (Quantize("int8", axis=0), "float32", "has no axis"),
        (Quantize("int8", "channel", 2), "float32", "axis 2 is out of range"),
        (Quantize("int3"), "float32", "choose one of int8, int4"),  # type: ignore[arg-type]
        (Quantize("int8", "row"), "float32", "per tensor, channel or group"),  # type: ignore[arg-type]
        (Quantize("int8", "group", group=0), "float32", "1 value or more"),
        (Normalize(2), "float32", "axis 2 is out of range"),
        (Normalize(0, "l3"), "float32", "choose one of l2, l1, max, standard"),  # type: ignore[arg-type]
        (Normalize(0), "int64", "is not a whole number"),
        (Normalize(True), "float32", "an axis is a whole number"),
        (Permute(0, [0, 0]), "float32", "each of the 2 slices along axis 0 once, from 0 to 1"),
        (Permute(0, [0]), "float32", "it names 1, 1 of them different"),
        (Permute(0, [0, 2]), "float32", "it names 2, 2 of them different"),
        (Permute(0, [1.0, 0.0]), "float32", "a position is a whole number"),  # type: ignore[list-item]
        (Permute(5, [0]), "float32", "axis 5 is out of range"),
        (Swap(0, 0, 2), "float32", "axis 0 of [:, :] has 2 slices, so there is no slice 2"),
        (Swap(1, -1, 0), "float32", "no slice -1"),
        (Copy("fc1"), "float32", "fc1 has shape (0,), but [:, :] has shape (2, 2)"),
    ],
    ids=str,
)
def test_refusals_are_sentences(operation: Operation, dtype: str, says: str) -> None:
    values = np.array([[4, -5], [6, 7]]).astype(dtypes.numpy_dtype(dtype))
    assert says in refusal(operation, np.ones((2, 2), np.bool_) if dtype == "bool" else values)


def test_an_axis_that_is_not_there_is_named() -> None:
    assert "this tensor has no axes" in refusal(Normalize(0), tensor((), "float32"))
    assert "has only axis 0" in refusal(Normalize(1), tensor((3,), "float32"))


def test_only_finite_values_must_stay_finite() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 1], np.float16)
    assert applied(Scale(-2), values).tolist()[1:] == [-np.inf, np.inf, -2]
    assert applied(Compute("w * 2"), values).tolist()[1:] == [np.inf, -np.inf, 2]
    assert applied(Compute("where(w == 1, inf, 0)"), values).tolist() == [0, 0, 0, np.inf]
    assert "4 of 4" not in refusal(Scale(1e5), values)
    both = np.array([complex(np.inf, 1), complex(np.nan, 2)], np.complex128)
    assert applied(Add(1), both).imag.tolist() == [1, 2]
    for i in (0, 1):
        assert "would become NaN" in refusal(Scale(2), both[i : i + 1])
    assert "does not fit" in refusal(Compute("1e6"), values)


def test_integers_beyond_float64_are_not_computed_with_but_moved() -> None:
    values = np.array([2**60 + 1, 3])
    assert "beyond 2**53" in refusal(Scale(1), values)
    assert "beyond 2**53" in refusal(Clip(-math.inf, math.inf), values)
    assert applied(Swap(0, 0, 1), values).tolist() == [3, 2**60 + 1]
    assert applied(Zero(), values).tolist() == [0, 0]


@FEW
@given(tensors(REAL), st.integers(-2, 0), st.integers(0, 2))
def test_clip_brings_every_value_between_its_ends(given: tuple[np.ndarray, Index], low: int, high: int) -> None:
    values, index = given
    part = measured(part_of(values, index))
    expected = np.array([v if math.isnan(v) else min(max(v, low), high) for v in part])
    ends = [max(low, 0), min(high, 1)] if values.dtype == np.bool_ else [low, high]
    assert np.array_equal(measured(applied(Clip(*ends), values, index)), expected, equal_nan=True)


# ---------------------------------------------------------------- expressions


@pytest.mark.parametrize("dtype", REAL)
def test_expressions_are_computed_in_float64_and_rounded_once(dtype: str) -> None:
    values = tensor((4, 5), dtype)
    part = values[1:3, ::2].astype(np.float64)
    new = applied(Compute("where(w > 0, 1, 0)"), values, (slice(1, 3), slice(None, None, 2)))
    assert new.astype(np.float64).tolist() == (part > 0).tolist()
    if dtype in FLOATS:
        new = applied(Compute("w / 3 + i1 + mean(w)"), values, (slice(1, 3), slice(None, None, 2)))
        assert new.tolist() == (part / 3 + np.array([0, 2, 4]) + part.mean()).astype(values.dtype).tolist()
        seeds = [applied(Compute("randn()", seed), values).tobytes() for seed in (1, 1, 2)]
        assert seeds[0] == seeds[1] != seeds[2]


# ---------------------------------------------------------------- noise


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", ["normal", "uniform"])
def test_noise_has_the_spread_that_was_asked_for(dtype: str, shape: Literal["normal", "uniform"]) -> None:
    zeros = np.zeros((40, 100), dtypes.numpy_dtype(dtype))
    new = applied(Noise(0.5, shape, 7), zeros).astype(np.float64)
    assert abs(new.mean()) < 0.03
    assert new.std() == pytest.approx(0.5 if shape == "normal" else 0.5 / math.sqrt(3), rel=0.05)
    assert shape == "normal" or np.abs(new).max() <= 0.5
    assert applied(Noise(0.5, shape, 8), zeros).astype(np.float64).tolist() != new.tolist()


def test_noise_is_that_of_numpy_for_the_region_and_is_added() -> None:
    values = tensor((6, 5), "float32")
    drawn = np.random.default_rng(3).standard_normal((3, 5), dtype=np.float32)
    new = applied(Noise(0.1, seed=3), values, slice(None, None, 2))
    assert new.tobytes() == (values[::2] + drawn * np.float32(0.1)).tobytes()
    assert applied(Noise(0), tensor((3,), "int8")).tolist() == tensor((3,), "int8").tolist()


# ---------------------------------------------------------------- prune


def pruned(values: list[float], fraction: float) -> list[bool]:
    """Which go, in plain Python: the smallest first, among equals the first."""
    order = sorted((i for i, v in enumerate(values) if not math.isnan(v)), key=lambda i: (abs(values[i]), i))
    gone = set(order[: math.floor(fraction * len(values) + 0.5)])
    return [i in gone for i in range(len(values))]


@settings(max_examples=60, deadline=None)
@given(tensors(REAL), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.77, 1.0]))
def test_a_fraction_is_pruned_to_the_exact_count(given: tuple[np.ndarray, Index], fraction: float) -> None:
    values, index = given
    part = part_of(values, index)
    gone = np.array(pruned(measured(part), fraction), np.bool_).reshape(part.shape)
    expected = np.where(gone, np.zeros_like(part), part)
    assert applied(Prune(fraction=fraction), values, index).tobytes() == expected.tobytes()
    for axis in range(part.ndim):
        expected = np.array(part)
        for i in range(part.shape[axis]):
            one = np.moveaxis(expected, axis, 0)[i : i + 1]
            gone = np.array(pruned(measured(one), fraction), np.bool_).reshape(one.shape)
            one[gone] = np.zeros((), part.dtype)
        assert applied(Prune(fraction=fraction, axis=axis), values, index).tobytes() == expected.tobytes()


@settings(max_examples=40, deadline=None)
@given(tensors(REAL), st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_whole_slices_go_by_their_norm(given: tuple[np.ndarray, Index], fraction: float) -> None:
    values, index = given
    part = part_of(values, index)
    for axis in range(part.ndim):
        rows = [measured(np.take(part, [i], axis)) for i in range(part.shape[axis])]
        gone = pruned([math.sqrt(math.fsum(v * v for v in row)) for row in rows], fraction)
        expected = np.array(part)
        np.moveaxis(expected, axis, 0)[gone] = np.zeros((), part.dtype)
        new = applied(Prune(fraction=fraction, axis=axis, whole=True), values, index)
        if not part.size or len(set(map(math.fsum, ([v * v for v in row] for row in rows)))) == len(rows):
            assert new.tobytes() == expected.tobytes()


@FEW
@given(tensors(REAL), st.sampled_from([0.0, 0.1, 0.3, 1.0]))
def test_the_threshold_is_compared_exactly(given: tuple[np.ndarray, Index], threshold: float) -> None:
    values, index = given
    part = part_of(values, index)
    keep = [not (math.isfinite(v) and abs(Fraction(v)) < Fraction(threshold)) for v in measured(part)]
    expected = np.where(np.array(keep, np.bool_).reshape(part.shape), part, np.zeros_like(part))
    assert applied(Prune(threshold), values, index).tobytes() == expected.tobytes()


def test_pruning_agrees_with_torch() -> None:
    values = np.random.default_rng(0).normal(size=(6, 5, 3)).astype(np.float32)
    layer = torch.nn.Module()
    for amount, axis in itertools.product([0.2, 0.5, 0.7], [0, 1]):
        layer.weight = torch.nn.Parameter(torch.from_numpy(values.copy()))
        torch_prune.l1_unstructured(layer, "weight", amount)
        assert applied(Prune(fraction=amount), values).tolist() == (layer.weight + 0).tolist()
        torch_prune.remove(layer, "weight")
        layer.weight = torch.nn.Parameter(torch.from_numpy(values.copy()))
        torch_prune.ln_structured(layer, "weight", amount, n=2, dim=axis)
        whole = Prune(fraction=amount, axis=axis, whole=True)
        if amount * values.shape[axis] % 1 != 0.5:  # there torch rounds to even
            assert applied(whole, values).tolist() == (layer.weight + 0).tolist()
        torch_prune.remove(layer, "weight")


def test_filters_below_a_norm_go() -> None:
    values = np.array([[3, 4], [0, 1], [np.nan, 0]], np.float32)
    new = applied(Prune(5, axis=0, whole=True), values)
    assert new[:2].tolist() == [[3, 4], [0, 0]]
    assert np.isnan(new[2, 0])
    assert applied(Prune(5.001, axis=0, whole=True), values)[:2].tolist() == [[0, 0], [0, 0]]


# ---------------------------------------------------------------- quantize


@FEW
@given(tensors(("float32",), special=False), st.sampled_from(["int8", "int4"]))
def test_integers_are_quantized_as_torch_does(given: tuple[np.ndarray, Index], to: Literal["int8", "int4"]) -> None:
    values, index = given
    part = np.array(part_of(values, index))
    largest = {"int8": 127, "int4": 7}[to]
    if not part.size or not part.any():
        assert applied(Quantize(to), values, index).tobytes() == part.tobytes()
        return
    scale = np.abs(part).max() / np.float32(largest)
    expected = torch.fake_quantize_per_tensor_affine(torch.from_numpy(part), float(scale), 0, -largest, largest)
    assert applied(Quantize(to), values, index).tolist() == expected.tolist()
    for axis in range(part.ndim):
        tops = np.abs(np.moveaxis(part, axis, 0).reshape(part.shape[axis], -1)).max(axis=1)
        scales = torch.from_numpy(np.maximum(tops / np.float32(largest), np.finfo(np.float32).tiny))
        zeros = torch.zeros(len(tops), dtype=torch.int32)
        expected = torch.fake_quantize_per_channel_affine(
            torch.from_numpy(part), scales, zeros, axis, -largest, largest
        )
        assert applied(Quantize(to, "channel", axis), values, index).tolist() == expected.tolist()


def quantized(values: list[float], to: str, wide: Any) -> list[float]:
    """One slice by one scale, number by number."""
    largest = {"int8": 127, "int4": 7, "float8_e4m3fn": 448, "float8_e5m2": 57344}[to]
    scale = max((wide(abs(v)) for v in values), default=wide(0)) / wide(largest)
    if scale == 0:
        return values
    steps = [wide(v) * (wide(1) / scale) for v in values]
    if to.startswith("int"):
        return [float(wide(round(float(step))) * scale) for step in steps]
    kind = getattr(torch, to)
    return [float(wide(float(torch.tensor(min(max(float(s), -largest), largest)).to(kind))) * scale) for s in steps]


@settings(max_examples=60, deadline=None)
@given(
    tensors(FLOATS, special=False),
    st.sampled_from(["int8", "int4", "float8_e4m3fn", "float8_e5m2"]),
    st.integers(1, 8),
    st.integers(0, 2),
)
def test_groups_and_channels_have_scales_of_their_own(
    given: tuple[np.ndarray, Index], to: Any, group: int, axis: int
) -> None:
    values, index = given
    part = part_of(values, index)
    if axis >= part.ndim:
        return
    wide = np.float64 if values.dtype == np.float64 else np.float32
    lines = np.moveaxis(np.array(part, np.float64), axis, -1)
    expected = np.array(lines)
    for at in np.ndindex(lines.shape[:-1]):
        for start in range(0, lines.shape[-1], group):
            cut = slice(start, start + group)
            expected[at][cut] = quantized(lines[at][cut].tolist(), to, wide)
    new = applied(Quantize(to, "group", axis, group), values, index)
    assert new.tolist() == np.moveaxis(expected, -1, axis).astype(values.dtype).tolist()
    channels = np.array(np.moveaxis(np.array(part, np.float64), axis, 0))
    for i, channel in enumerate(channels):
        channels[i] = np.array(quantized(channel.ravel().tolist(), to, wide)).reshape(channel.shape)
    new = applied(Quantize(to, "channel", axis), values, index)
    assert new.tolist() == np.moveaxis(channels, 0, axis).astype(values.dtype).tolist()


def test_the_axes_that_are_meant_are_found_by_name() -> None:
    values = tensor((3, 4, 2), "float32", 5)
    for axes, out, into in [
        (("kw", "in", "out"), 2, 1),
        (("out", "in", "kw"), 0, 1),
        ((), 0, 2),
        (("a", "b", "c"), 0, 2),
    ]:
        channel = applied(Quantize("int4", "channel"), values, axes=axes)
        assert channel.tolist() == applied(Quantize("int4", "channel", out), values).tolist()
        grouped = applied(Quantize("int4", "group", group=2), values, axes=axes)
        assert grouped.tolist() == applied(Quantize("int4", "group", into, 2), values).tolist()


def test_quantizing_keeps_zeros_extremes_and_small_values() -> None:
    values = np.array([[0.0, -0.0, 0], [1e-38, 2e-38, -1e-39], [1e38, -3e38, 0]], np.float32)
    for to in ("int8", "int4", "float8_e4m3fn", "float8_e5m2"):
        new = applied(Quantize(to, "channel", 0), values)  # type: ignore[arg-type]
        assert new[0].tobytes() == values[0].tobytes()
        assert np.isfinite(new).all()
        assert np.abs(new[2]).max() == pytest.approx(3e38)
    for bad in (np.nan, np.inf):
        assert "NaN or infinite" in refusal(Quantize("int8"), np.array([1, bad], np.float32))


# ---------------------------------------------------------------- normalize


@settings(max_examples=40, deadline=None)
@given(tensors(("float32", "float64"), special=False), st.sampled_from(["l2", "l1", "max"]))
def test_every_slice_gets_norm_one(given: tuple[np.ndarray, Index], to: Any) -> None:
    values, index = given
    part = np.array(part_of(values, index))
    order = {"l2": 2, "l1": 1, "max": np.inf}[to]
    for axis in range(part.ndim):
        new = applied(Normalize(axis, to), values, index)
        for i in range(part.shape[axis]):
            before, after = (np.take(each, i, axis).ravel().astype(np.float64) for each in (part, new))
            if not before.any():
                assert not after.any()
                continue
            np.testing.assert_allclose(np.linalg.norm(after, order), 1, rtol=1e-6)
            np.testing.assert_allclose(after, before / np.linalg.norm(before, order), rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(tensors(("float32", "float64"), special=False))
def test_standard_is_mean_zero_and_population_std_one(given: tuple[np.ndarray, Index]) -> None:
    values, index = given
    part = np.array(part_of(values, index))
    for axis in range(part.ndim):
        if part.size in (0, part.shape[axis]):
            continue
        new = applied(Normalize(axis, "standard"), values, index)
        for i in range(part.shape[axis]):
            before, after = (np.take(each, i, axis).ravel().astype(np.float64) for each in (part, new))
            if np.ptp(before) == 0:
                assert not after.any()
            else:
                np.testing.assert_allclose(after, (before - before.mean()) / before.std(), rtol=1e-5, atol=1e-6)


def test_normalizing_agrees_with_torch_and_survives_extremes() -> None:
    values = np.random.default_rng(1).normal(size=(4, 3, 2)).astype(np.float32)
    flat = torch.nn.functional.normalize(torch.from_numpy(values).reshape(4, -1), dim=1).reshape(4, 3, 2)
    np.testing.assert_allclose(applied(Normalize(0), values), flat.numpy(), rtol=1e-6)
    extreme = np.array([[3e200, 4e200], [3e-320, 4e-320], [0.0, -0.0]])
    np.testing.assert_allclose(applied(Normalize(0), extreme)[:2], [[0.6, 0.8]] * 2, rtol=1e-3)
    assert applied(Normalize(0), extreme)[2].tobytes() == extreme[2].tobytes()
    assert applied(Normalize(0, "standard"), np.full((1, 3), 0.1)).tolist() == [[0, 0, 0]]
    assert applied(Normalize(0), np.array([[0, -7]], np.int8)).tolist() == [[0, -1]]
    assert "holds one value" in refusal(Normalize(0, "standard"), np.ones((3, 1), np.float32))
    for bad in (np.nan, -np.inf):
        assert "NaN or infinite" in refusal(Normalize(0), np.array([1, bad], np.float32))


# ---------------------------------------------------------------- order, initialisers, copies


@FEW
@given(tensors((*FLOATS, "int8", "int64", "bool")), st.randoms(use_true_random=False))
def test_slices_change_places_with_their_bits(given: tuple[np.ndarray, Index], random: Any) -> None:
    values, index = given
    part = part_of(values, index)
    for axis in range(-part.ndim, part.ndim):
        order = random.sample(range(part.shape[axis]), part.shape[axis])
        expected = np.concatenate([np.empty_like(part[:0]) if axis % part.ndim == 0 else np.take(part, [], axis)] +
                                  [np.take(part, [i], axis) for i in order], axis)  # fmt: skip
        assert applied(Permute(axis, order), values, index).tobytes() == expected.tobytes()
        if order:
            first, second = order[0], order[-1]
            swapped = list(range(part.shape[axis]))
            swapped[first], swapped[second] = second, first
            expected = applied(Permute(axis, swapped), values, index)
            assert applied(Swap(axis, first, second), values, index).tobytes() == expected.tobytes()


def test_initialize_takes_the_part_of_the_whole() -> None:
    values = tensor((4, 6), "float32")
    whole = applied(Initialize("ones_", 3), values)
    assert set(whole.ravel().tolist()) == {0, 1}
    assert applied(Initialize("ones_", 3), values, (slice(1, 4, 2), 5)).tolist() == whole[1:4:2, 5:].tolist()
    assert applied(Initialize("ones_", 3, {"gain": 2}), values).tolist() == (whole * 2).tolist()
    assert applied(Initialize("ones_", 4), values).tolist() != whole.tolist()
    where = place(values)
    where.world.shape = (6, 4)  # type: ignore[attr-defined]
    with pytest.raises(ParamwidgetError, match=r"gave values of shape \(6, 4\) for w of shape \(4, 6\)"):
        Initialize("ones_").apply(values, where)


def test_copies_have_the_shape_of_the_region_and_are_rounded() -> None:
    values = tensor((3, 2), "float16")
    others = np.array([1, 2, 0.1], np.float32)
    rounded = others.astype(np.float16)
    assert applied(Copy("b"), values, (slice(None), 1), others=others).tolist() == rounded[:, None].tolist()
    assert applied(Copy("b"), values, (slice(None), 1), others=others[None]).tolist() == rounded[:, None].tolist()
    payload = NAN[:, None].repeat(40, 1)
    assert applied(Copy("b"), np.zeros((2, 40), np.float32), others=payload).tobytes() == payload.tobytes()
    assert "b[0] has shape (3,), but [:, :] has shape (3, 2)" in refusal(Copy("b", "[0]"), values, others=others)
    assert "b has shape (2, 3), but [:, :] has shape (3, 2)" in refusal(Copy("b"), values, others=np.ones((2, 3)))
    assert "does not fit" in refusal(Copy("b"), values[0], others=[1e6, 0])
    assert "whole number" in refusal(Copy("b"), tensor((3,), "int8"), others=others)


def test_small_types_of_integers_work() -> None:
    values = np.array([-3, 0, 2]).astype(ml_dtypes.int4)
    assert applied(Scale(2), values).tolist() == [-6, 0, 4]
    assert applied(Prune(fraction=0.7), values).tolist() == [-3, 0, 0]
    assert applied(Compute("w > 0"), values).tolist() == [0, 0, 1]
    assert "does not fit into int4" in refusal(Scale(3), values)
