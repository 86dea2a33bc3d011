"""What is typed is what is stored, or it is refused; what is shown can be typed again."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramwidget import dtypes
from paramwidget.errors import ValueRefusedError

FLOATS8 = [
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e4m3b11fnuz",
    "float8_e5m2",
    "float8_e5m2fnuz",
    "float8_e8m0fnu",
    "float8_e4m3",
    "float8_e3m4",
]
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "int4", "uint4", "int2", "uint2"]
ALL = ["float16", "float32", "float64", "bfloat16", *FLOATS8, *INTEGERS, "bool", "complex64", "complex128"]


def every_code(name: str) -> np.ndarray:
    dtype = dtypes.numpy_dtype(name)
    return np.arange(256**dtype.itemsize, dtype=f"u{dtype.itemsize}").view(dtype)


def round_trips(value: np.ndarray) -> None:
    name = value.dtype.name
    shown = dtypes.text(value)
    back = dtypes.parse(shown, name)
    assert back.dtype == value.dtype
    assert back.shape == ()
    if np.isnan(dtypes.measure(value)):
        assert np.isnan(dtypes.measure(back)), shown
    else:
        assert back.tobytes() == value.tobytes(), (shown, dtypes.bits(value), dtypes.bits(back))


@pytest.mark.parametrize(("typed", "way"), [("-1,5", "-1.5"), (",5", ".5"), ("1,2,3", ""), ("1,x", ""), ("abc", "")])
def test_a_comma_is_not_taken_for_a_point_but_the_point_is_shown(typed: str, way: str) -> None:
    with pytest.raises(ValueRefusedError) as refused:
        dtypes.parse(typed, "float32")
    assert str(refused.value).endswith(f"write it with a point, {way}" if way else "is not a number")


@pytest.mark.parametrize("name", ["float16", "bfloat16", *FLOATS8])
def test_the_text_of_every_value_is_parsed_back_to_the_same_bits(name: str) -> None:
    for value in every_code(name):
        round_trips(np.asarray(value))


@pytest.mark.parametrize("name", ["float16", "bfloat16", *FLOATS8])
def test_the_exact_text_of_every_value_is_its_value(name: str) -> None:
    for value in every_code(name)[:: 37 if name in ("float16", "bfloat16") else 1]:
        wide = float(value)
        shown = float(dtypes.exact(np.asarray(value)))
        assert shown == wide or (math.isnan(shown) and math.isnan(wide))
        assert math.copysign(1, shown) == math.copysign(1, wide) or math.isnan(wide)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_any_float32_is_parsed_back(code: int) -> None:
    round_trips(np.array(code, dtype=np.uint32).view(np.float32))


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**64 - 1))
def test_any_float64_is_parsed_back(code: int) -> None:
    round_trips(np.array(code, dtype=np.uint64).view(np.float64))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["int64", "uint64", "int32", "int8", "uint8"]), st.data())
def test_any_integer_is_parsed_back_without_a_digit_lost(name: str, data: st.DataObject) -> None:
    low, high = dtypes.limits(name)
    number = data.draw(st.integers(int(low), int(high)))
    stored = dtypes.parse(str(number), name)
    assert int(stored) == number
    assert dtypes.text(stored) == str(number)


@pytest.mark.parametrize("name", ["int4", "uint4", "int2", "uint2"])
def test_small_integers_hold_their_whole_range_and_no_more(name: str) -> None:
    low, high = (int(end) for end in dtypes.limits(name))
    for number in range(low, high + 1):
        stored = dtypes.parse(str(number), name)
        assert (stored.dtype, int(stored)) == (dtypes.numpy_dtype(name), number)
    for number in (low - 1, high + 1):
        with pytest.raises(ValueRefusedError, match="does not fit"):
            dtypes.parse(str(number), name)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(["complex64", "complex128"]), st.data())
def test_any_complex_number_is_parsed_back(name: str, data: st.DataObject) -> None:
    part = np.float32 if name == "complex64" else np.float64
    width = 32 if name == "complex64" else 64
    floats = st.floats(width=width, allow_nan=False)
    z = np.array([data.draw(floats), data.draw(floats)], dtype=part).view(name).reshape(())
    back = dtypes.parse(dtypes.text(z), name)
    assert back.tobytes() == z.tobytes(), (dtypes.text(z), back)


def test_integers_beyond_two_to_the_53_keep_every_digit() -> None:
    for number in (2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)):
        assert int(dtypes.parse(str(number), "int64")) == number
        assert dtypes.text(np.array(number)) == str(number)
    assert int(dtypes.parse(str(2**64 - 1), "uint64")) == 2**64 - 1


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(["float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "float32"]), st.floats(-400, 400))
def test_typed_numbers_are_stored_as_a_nearest_value(name: str, number: float) -> None:
    with np.errstate(under="ignore"):
        if number != 0 and float(np.asarray(number).astype(dtypes.numpy_dtype(name))) == 0:
            with pytest.raises(ValueRefusedError, match="would be stored as 0"):
                dtypes.parse(repr(number), name)
            return
    stored = dtypes.parse(repr(number), name)
    held = Fraction(float(stored.astype(np.float64)))
    distance = abs(held - Fraction(number))
    for neighbour in dtypes.neighbours(stored):
        if neighbour:
            near = Fraction(float(dtypes.parse(neighbour, name).astype(np.float64)))
            assert distance <= abs(near - Fraction(number))


def test_rounding_is_shown_with_all_digits() -> None:
    shown = {
        "float16": "0.0999755859375",
        "bfloat16": "0.10009765625",
        "float8_e4m3fn": "0.1015625",
        "float8_e5m2": "0.09375",
        "float8_e8m0fnu": "0.125",
        "float32": "0.10000000149011612",
        "float64": "0.1",
    }
    assert {name: dtypes.exact(dtypes.parse("0.1", name)) for name in shown} == shown
    assert dtypes.rounding("0.1", dtypes.parse("0.1", "float16")) == 0.0999755859375 - 0.1
    assert dtypes.rounding("0.1", dtypes.parse("0.1", "float64")) == 0
    assert dtypes.rounding("inf", dtypes.parse("inf", "float16")) == 0
    assert dtypes.rounding("3", dtypes.parse("3", "int8")) == 0


def test_a_number_is_rounded_once_and_not_through_float32() -> None:
    typed = repr(1.00048828125 + 2**-30)
    assert dtypes.exact(dtypes.parse(typed, "float16")) == "1.0009765625"


@pytest.mark.parametrize(
    ("typed", "name", "says"),
    [
        ("1e5", "float16", "does not fit into float16, which holds -65504 to 65504"),
        ("1e39", "float32", "does not fit into float32"),
        ("1e400", "float64", "does not fit into float64"),
        ("-1e400", "float64", "does not fit into float64"),
        ("500", "float8_e4m3fn", "does not fit into float8_e4m3fn, which holds -448 to 448"),
        ("1e39", "bfloat16", "does not fit into bfloat16"),
        ("inf", "float8_e4m3fn", "no such value"),
        ("nan", "int8", "whole number"),
        ("inf", "int64", "whole number"),
        ("nan", "bool", "not a bool"),
        ("1e-8", "float16", "too small for float16"),
        ("1e-50", "float32", "too small for float32"),
        ("1e-400", "float64", "too small for float64"),
        ("2.7", "int32", "not a whole number"),
        ("2.0000000001", "int64", "not a whole number"),
        ("4.0000000000000000001", "int8", "not a whole number"),
        ("0.9999999999999999999", "uint64", "not a whole number"),
        ("9007199254740993.5", "int64", "not a whole number"),
        ("1e-400", "int64", "too small for int64 and would be stored as 0"),
        ("1e-400", "uint8", "too small for uint8"),
        ("-1e-999999999999", "int8", "too small for int8"),
        ("1e400", "uint64", "does not fit into uint64"),
        ("300", "int8", "holds -128 to 127"),
        ("-1", "uint8", "holds 0 to 255"),
        ("9223372036854775808", "int64", "does not fit"),
        ("1e300", "int64", "does not fit"),
        ("2", "bool", "type True or False"),
        ("0.5", "bool", "type True or False"),
        ("1+2j", "float32", "not a number"),
        ("1e39+1j", "complex64", "does not fit"),
        ("1+1e39j", "complex64", "does not fit"),
        ("1+1e-60j", "complex64", "too small"),
        ("1+", "complex64", "not a complex number"),
        ("", "float32", "nothing was typed"),
        ("  ", "int8", "nothing was typed"),
        ("abc", "float32", "not a number"),
        ("None", "float32", "not a number"),
        ("1_000", "float32", "not a number"),
        ("1,5", "float32", "not a number"),
        ("0x", "int32", "not a whole number"),
        ("１", "float32", "not a number"),
        ("1" * 401, "float64", "not a number"),
        ("__import__('os')", "float64", "not a number"),
    ],
)
def test_what_would_be_lost_is_refused_with_the_reason(typed: str, name: str, says: str) -> None:
    with pytest.raises(ValueRefusedError) as caught:
        dtypes.parse(typed, name)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("typed", "name", "expected"),
    [
        (" 0.5 ", "float32", 0.5),
        ("\u22120.5", "float32", -0.5),
        ("5e\u22121", "float32", 0.5),
        ("+1", "int8", 1),
        ("\u22121", "int8", -1),
        ("0xff", "uint8", 255),
        ("-0x80", "int8", -128),
        ("3.0", "int8", 3),
        ("1e3", "int16", 1000),
        ("1e18", "int64", 10**18),
        ("9007199254740993.0", "int64", 2**53 + 1),
        ("18446744073709551615e0", "uint64", 2**64 - 1),
        ("-12.50e1", "int8", -125),
        ("0e999999999", "int8", 0),
        ("-0.0", "int8", 0),
        ("True", "bool", True),
        ("false", "bool", False),
        ("1", "bool", True),
        ("0", "bool", False),
        ("1-2j", "complex64", 1 - 2j),
        ("1 - 2i", "complex64", 1 - 2j),
        ("1\u22122j", "complex64", 1 - 2j),
        ("2j", "complex128", 2j),
        ("3", "complex64", 3),
        ("inf", "float16", math.inf),
        ("-Infinity", "float32", -math.inf),
    ],
)
def test_usual_ways_to_write_a_number_are_understood(typed: str, name: str, expected: complex) -> None:
    stored = dtypes.parse(typed, name)
    assert stored.dtype == dtypes.numpy_dtype(name)
    assert stored[()] == expected


def test_the_sign_of_zero_is_kept() -> None:
    for name in ("float16", "float32", "float64", "bfloat16", "float8_e5m2"):
        stored = dtypes.parse("-0.0", name)
        assert np.signbit(stored.astype(np.float64))
        assert dtypes.text(stored) == "-0.0"


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.text(max_size=30), st.text("0123456789.eE+-infajx_ ", max_size=30)), st.sampled_from(ALL))
def test_any_text_is_a_value_or_refused(typed: str, name: str) -> None:
    try:
        stored = dtypes.parse(typed, name)
    except ValueRefusedError:
        return
    assert stored.dtype == dtypes.numpy_dtype(name)
    assert stored.shape == ()
    assert dtypes.exact(stored)
    dtypes.rounding(typed, stored)
    dtypes.neighbours(stored)


def test_long_integers_and_huge_exponents_are_answered_at_once() -> None:
    for typed in (
        "9" * 400,
        "1e999999999",
        "-1e-999999999",
        "-1e308",
        "0x" + "f" * 300,
        "1" + "0" * 300 + "e-999999999",
    ):
        with pytest.raises(ValueRefusedError):
            dtypes.parse(typed, "int64")


# ---------------------------------------------------------------- arrays


@pytest.mark.parametrize("name", ALL)
def test_values_of_the_same_dtype_are_copied_bit_by_bit(name: str) -> None:
    dtype = dtypes.numpy_dtype(name)
    if dtypes.kind(name) in ("bool", "int", "uint"):
        values = np.array([[0, 1], [1, 0]]).astype(dtype)
    else:
        values = np.frombuffer(np.random.default_rng(1).bytes(64 * dtype.itemsize), dtype).reshape(8, 8)
    copied = dtypes.cast(values.T, name)
    assert copied.tobytes() == np.ascontiguousarray(values.T).tobytes()
    assert copied.flags.c_contiguous
    assert not np.shares_memory(copied, values)


def test_arrays_that_lose_a_value_are_refused() -> None:
    refused = [
        (np.array([1.0, 2.5]), "int32"),
        (np.array([np.nan]), "int32"),
        (np.array([np.inf]), "uint8"),
        (np.array([300]), "int8"),
        (np.array([-1]), "uint64"),
        (np.array([2]), "bool"),
        (np.array([1e5]), "float16"),
        (np.array([1e-9]), "float16"),
        (np.array([1 + 1j]), "float32"),
        (np.array(["1"]), "float32"),
        (np.array([None]), "float32"),
        (np.array([None]), "int32"),
        (np.array([[1], None], dtype=object), "int32"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "int64"),
        (np.array([np.inf]), "float8_e4m3fn"),
        (np.array([0.0]), "float8_e8m0fnu"),
        (np.array([-1.0]), "float8_e8m0fnu"),
    ]
    for values, name in refused:
        with pytest.raises(ValueRefusedError):
            dtypes.cast(values, name)


def test_arrays_that_fit_are_stored() -> None:
    assert dtypes.cast(np.array([1.0, 2.0]), "int32").tolist() == [1, 2]
    assert dtypes.cast(np.array([0, 1]), "bool").tolist() == [False, True]
    assert dtypes.cast(np.array([2**63 - 1]), "uint64").tolist() == [2**63 - 1]
    assert dtypes.cast(np.array([1 + 0j]), "float32").tolist() == [1.0]
    assert dtypes.cast(np.array(True), "float32").tolist() == 1.0
    assert dtypes.cast(np.array([0.5], dtype=ml_dtypes.bfloat16), "float8_e4m3fn").astype(float).tolist() == [0.5]
    assert dtypes.cast(np.array([3, -8], dtype=ml_dtypes.int4), "int8").tolist() == [3, -8]
    assert dtypes.cast(np.array([], dtype=float), "int8").shape == (0,)
    assert np.isnan(dtypes.cast(np.array([np.nan]), "float16")).all()
    assert dtypes.cast(np.array([7, 2], dtype=np.float16), "int4").astype(int).tolist() == [7, 2]


@pytest.mark.parametrize(
    ("number", "name", "says"),
    [
        (10**400, "float32", "more than 300 digits does not fit into float32"),
        (-(10**400), "complex64", "does not fit into complex64"),
        ([10**5000], "int8", "a number of 5001 digits does not fit into int8"),
        (Decimal("1e400"), "float64", "1E+400 does not fit into float64"),
        (Decimal("1e-400"), "float64", "1E-400 is too small for float64"),
        (Fraction(1, 10**5000), "float32", "too small for float32"),
        (Fraction(10**400), "float32", "does not fit into float32"),
        (np.longdouble(70000), "float16", "70000 does not fit into float16"),
        (np.longdouble(2.5), "int8", "whole number"),
        (np.longdouble("nan"), "int8", "no such value as inf or NaN"),
        (np.clongdouble(1j), "float32", "complex value cannot be stored"),
    ],
)
def test_numbers_beyond_all_floats_are_refused_for_what_they_are(number: Any, name: str, says: str) -> None:
    with pytest.raises(ValueRefusedError) as caught:
        dtypes.cast(np.asarray(number), name)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 200


def test_numbers_of_any_kind_that_fit_are_stored() -> None:
    assert dtypes.cast(np.asarray(np.longdouble(0.5)), "float32").tolist() == 0.5
    assert dtypes.cast(np.asarray(np.longdouble("inf")), "float32").tolist() == math.inf
    assert dtypes.cast(np.asarray(np.longdouble(3)), "int4").astype(int).tolist() == 3
    assert dtypes.cast(np.asarray(np.clongdouble(1 + 2j)), "complex64").tolist() == 1 + 2j
    assert dtypes.cast(np.asarray([Decimal("0.5"), Decimal("Infinity")]), "float32").tolist() == [0.5, math.inf]
    assert dtypes.cast(np.asarray([0, Fraction(1, 4)], dtype=object), "float32").tolist() == [0.0, 0.25]


def test_the_result_of_a_cast_never_shares_memory_with_what_was_given() -> None:
    for name in ("float32", "float64", "int64"):
        given_values = np.ones(4)
        assert not np.shares_memory(dtypes.cast(given_values, name), given_values)


def test_numbers_are_measured_without_wrapping_or_overflow() -> None:
    assert dtypes.measure(np.array([-128], dtype=np.int8)).tolist() == [-128.0]
    assert dtypes.measure(np.array([65504], dtype=np.float16)).dtype == np.float32
    assert dtypes.measure(np.array([2**31], dtype=np.int64)).tolist() == [2.0**31]
    assert dtypes.measure(np.array([3 + 4j])).tolist() == [5.0]
    assert dtypes.measure(np.array([True, False])).tolist() == [1.0, 0.0]
    assert dtypes.measure(np.array([1.5], dtype=ml_dtypes.bfloat16)).tolist() == [1.5]


def test_bits_are_shown_with_the_sign_first() -> None:
    assert dtypes.bits(np.array(0.1, dtype=np.float16)) == "0x2E66"
    assert dtypes.bits(np.array(-1.0, dtype=ml_dtypes.bfloat16)) == "0xBF80"
    assert dtypes.bits(np.array(1, dtype=np.int32)) == "0x00000001"
    assert dtypes.bits(np.array(True)) == "0x01"


def test_neighbours_are_the_next_values() -> None:
    assert dtypes.neighbours(np.array(1.0, dtype=np.float16)) == ("0.9995", "1.001")
    assert dtypes.neighbours(np.array(448, dtype=ml_dtypes.float8_e4m3fn))[1] == ""
    assert dtypes.neighbours(np.array(127, dtype=np.int8)) == ("126", "")
    assert dtypes.neighbours(np.array(0, dtype=np.uint8)) == ("", "1")
    assert dtypes.neighbours(np.array(np.nan)) == ("", "")
    assert dtypes.neighbours(np.array(np.inf, dtype=np.float32)) == ("", "")
    assert dtypes.neighbours(np.array(True)) == ("", "")


@pytest.mark.parametrize("name", ["float16", "bfloat16", *FLOATS8])
def test_neighbours_of_every_value_are_one_step_away(name: str) -> None:
    codes = every_code(name)
    with np.errstate(invalid="ignore"):
        wide = codes.astype(np.float64)
    finite = np.unique(wide[np.isfinite(wide)])
    for value in codes[:: 211 if len(codes) > 256 else 1]:
        x = float(value)
        if not math.isfinite(x):
            continue
        below, above = (float(text) if text else None for text in dtypes.neighbours(np.asarray(value)))
        at = int(np.searchsorted(finite, x))
        assert [below, above] == [
            float(text) if text else None
            for text in (
                dtypes.text(np.asarray(finite[at - 1]).astype(codes.dtype)) if at else "",
                dtypes.text(np.asarray(finite[at + 1]).astype(codes.dtype)) if at + 1 < len(finite) else "",
            )
        ], (x, below, above)


def test_texts_of_ordinary_values_are_short() -> None:
    assert dtypes.text(np.float32(0.1)) == "0.1"
    assert dtypes.text(np.array(0.1, dtype=ml_dtypes.bfloat16)) == "0.1"
    assert dtypes.text(np.float32(1e-7)) == "1.0e-7"
    assert dtypes.text(np.float64(1e22)) == "1.0e+22"
    assert dtypes.text(np.complex64(1 - 0.5j)) == "1.0-0.5j"
    assert dtypes.text(np.bool_(True)) == "True"
    assert dtypes.text(np.float32("-inf")) == "-inf"


def test_unknown_element_types_are_other_and_are_refused() -> None:
    assert dtypes.kind("float6_e2m3fn") == "other"
    assert dtypes.itemsize("object") == 0
    with pytest.raises(ValueRefusedError, match="not known"):
        dtypes.numpy_dtype("datetime64[D]")


@pytest.mark.parametrize(
    ("name", "word", "answer"),
    [
        ("float16", "f16", True),
        ("float16", "float", True),
        ("bfloat16", "bf16", True),
        ("bfloat16", "float", True),
        ("bfloat16", "f16", False),
        ("float8_e4m3fn", "f8", True),
        ("float8_e5m2", "fp8", True),
        ("int64", "int", True),
        ("int8", "i8", True),
        ("uint8", "int", False),
        ("complex64", "c64", True),
        ("bool", "bool", True),
        ("float32", "", False),
    ],
)
def test_a_dtype_answers_to_its_short_names(name: str, word: str, answer: bool) -> None:
    assert dtypes.matches(name, word) is answer
