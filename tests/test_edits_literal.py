from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_edits import run

from paramwidget import dtypes
from paramwidget.edits import literal

NAMES = (
    *(
        "float16",
        "float32",
        "float64",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "bool",
    ),
    *("complex64", "complex128", "bfloat16", "int4", "uint4", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2"),
    *("float8_e5m2fnuz", "float8_e8m0fnu", "float8_e4m3b11fnuz", "float8_e4m3", "float8_e3m4"),
)


def same(values: np.ndarray) -> str:
    code = literal(values)
    read = run([code], values)
    assert (read.dtype, read.shape, read.tobytes()) == (values.dtype, values.shape, values.tobytes()), code
    return code


@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_every_bit_of_every_type_comes_back(name: str, data: st.DataObject) -> None:
    kind = dtypes.numpy_dtype(name)
    shape = tuple(data.draw(st.lists(st.integers(0, 5), max_size=4)))
    raw = np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, 256, (*shape, kind.itemsize), np.uint8)
    if name == "bool":
        raw %= 2
    if name in ("int4", "uint4"):
        same(np.array((raw.astype(np.int64) % 8)[..., 0]).astype(kind))
    else:
        same(np.array(raw.view(kind)[..., 0]))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (np.float32(0.1), "np.float32(0.1)"),
        (np.array(True), "np.bool_(True)"),
        (np.array([0.5, -0.0], np.float16), "np.array([0.5, -0.0], np.float16)"),
        (np.array([[1, 2], [3, 4]], np.int8), "np.array([[1, 2], [3, 4]], np.int8)"),
        (np.array([0.1]).astype(dtypes.numpy_dtype("bfloat16")), "np.array([0.1], ml_dtypes.bfloat16)"),
        (np.array(-2j, np.complex64), "np.complex64(complex(-0.0, -2.0))"),
        (np.zeros((0, 3), np.float32), "np.zeros((0, 3), np.float32)"),
        (np.array([2**63 - 1]), "np.array([9223372036854775807], np.int64)"),
    ],
)
def test_few_numbers_are_readable(values: np.ndarray, code: str) -> None:
    assert same(np.asarray(values)) == code


def test_what_has_no_literal_or_is_long_is_written_as_bytes() -> None:
    assert same(np.array(np.nan, np.float32)) == 'np.frombuffer(base64.b64decode("AADAfw=="), np.float32).reshape(())'
    assert same(np.array([[np.inf, 0]])).startswith("np.frombuffer(base64")
    assert same(np.array([complex(0, np.inf)])).startswith("np.frombuffer(")
    assert same(np.zeros((5, 13), np.float32)).startswith("np.frombuffer(zlib.decompress(base64.b64decode(")
    same(np.array([np.nan] * 20, np.float16))
    assert "zlib" not in same(np.random.default_rng(0).integers(0, 256, 1000, np.uint8))
    assert same(np.arange(64)).startswith("np.array([0, 1,")


def test_the_order_in_memory_does_not_matter() -> None:
    same(np.arange(200.0).reshape(10, 20).T)
    same(np.arange(200.0)[::3])
