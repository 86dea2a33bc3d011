"""The reference adapter: a (nested) dict of NumPy arrays."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from paramwidget.adapters import adapter_for
from paramwidget.adapters.arrays import ArraysAdapter, fits
from paramwidget.errors import PathError, UnsupportedModelError
from paramwidget.journal import same_bytes
from paramwidget.region import Region
from paramwidget.testing import AdapterContract


def arrays() -> dict[str, Any]:
    """One array of every sort that NumPy and ml_dtypes can hold."""
    rng = np.random.default_rng(7)
    f32 = rng.normal(size=(4, 5)).astype(np.float32)
    f32[0, :3] = np.nan, -0.0, np.inf
    shared = rng.normal(size=(3, 2)).astype(np.float32)
    return {
        "dense": {"kernel": f32, "bias": rng.normal(size=5)},
        "conv": {
            "kernel": rng.normal(size=(3, 3, 2, 4)).astype(np.float16),
            "fortran": np.asfortranarray(rng.normal(size=(3, 4))),
            "strided": rng.normal(size=(6, 8)).astype(np.float32)[::2, 1::3],
        },
        "bf16": rng.normal(size=(7,)).astype(ml_dtypes.bfloat16),
        "f8": rng.normal(size=(2, 3)).astype(ml_dtypes.float8_e4m3fn),
        "e5m2": rng.normal(size=(3,)).astype(ml_dtypes.float8_e5m2),
        "int4": np.array([-8, 0, 7], dtype=ml_dtypes.int4),
        "i64": np.array([2**53 + 1, -(2**63), 2**63 - 1]),
        "u8": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "mask": np.array([True, False, True]),
        "complex": (rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))).astype(np.complex64),
        "scalar": np.array(3.5),
        "empty": np.zeros((0, 3), dtype=np.float32),
        "shared": shared,
        "again": shared,
        "big endian": np.arange(4, dtype=">f4"),
    }


def keys(path: str) -> list[str]:
    return path.split("/")


def leaf(model: dict[str, Any], path: str) -> np.ndarray:
    found: Any = model
    for key in keys(path):
        found = found[key]
    return found


def paths(model: dict[str, Any], prefix: str = "") -> list[str]:
    found = []
    for key, value in model.items():
        found += paths(value, f"{prefix}{key}/") if isinstance(value, dict) else [f"{prefix}{key}"]
    return found


def native(array: np.ndarray) -> np.ndarray:
    return array.astype(array.dtype.newbyteorder("="), order="C")


class TestArraysAdapter(AdapterContract):
    tied = (("shared", "again"),)

    def make(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        model = arrays()
        return model, {path: native(leaf(model, path)) for path in paths(model)}

    def inspect(self, model: dict[str, Any], path: str) -> np.ndarray:
        return native(leaf(model, path))

    def overwrite(self, model: dict[str, Any], path: str, values: np.ndarray) -> None:
        group: Any = model
        for key in keys(path)[:-1]:
            group = group[key]
        for holder, name in [(group, keys(path)[-1])] + ([(model, "again")] if path == "shared" else []):
            holder[name] = values


class Untouchable(np.ndarray):
    """An array whose values must not be looked at."""

    def __getitem__(self, index: Any) -> Any:
        raise AssertionError("a value was read")

    __array_ufunc__ = __array_function__ = None  # any arithmetic fails as well


def test_the_tree_reads_no_value() -> None:
    secret = np.zeros((3, 4)).view(Untouchable)
    with pytest.raises(AssertionError, match="a value was read"):
        ArraysAdapter({"a": secret}).read("a", Region.full((3, 4)))
    assert ArraysAdapter({"a": secret, "b": secret}).tree()["b"].tied == "a"


def test_a_dict_fits_only_if_all_its_leaves_are_arrays() -> None:
    assert fits({})
    assert fits({"a": {"b": np.zeros(2)}})
    assert not fits({"a": [1.0, 2.0]})
    assert not fits({"a": {"b": 1.0}})
    assert not fits(np.zeros(3))


def test_a_dict_that_holds_itself_is_refused() -> None:
    cyclic: dict[str, Any] = {}
    cyclic["me"] = cyclic
    assert not fits(cyclic)


def test_what_no_adapter_fits_is_named_in_the_error() -> None:
    with pytest.raises(UnsupportedModelError, match=r"builtins\.list.*dict of NumPy arrays"):
        adapter_for([1, 2, 3])


def test_keys_that_print_alike_are_told_apart() -> None:
    model = {1: np.zeros(2), "1": np.ones(2), "a": {"b": np.full(2, 2.0)}, "a/b": np.full(2, 3.0)}
    adapter = ArraysAdapter(model)
    found = {p.path: float(adapter.read(p.path, Region.full((2,)))[0]) for p in adapter.tree().walk()}
    assert sorted(found.values()) == [0.0, 1.0, 2.0, 3.0]
    assert len(found) == 4


def test_an_array_that_was_removed_is_a_path_error() -> None:
    model: dict[str, Any] = {"weights": np.zeros(2), "x": np.zeros(2)}
    adapter = ArraysAdapter(model)
    adapter.tree()
    del model["weights"]
    with pytest.raises(PathError, match="weights"):
        adapter.read("weights", Region.full((2,)))
    with pytest.raises(PathError, match="nowhere"):
        adapter.read("nowhere", Region.full((2,)))


def test_arrays_that_cannot_be_written_say_why() -> None:
    locked = np.zeros(3)
    locked.flags.writeable = False
    model = {
        "locked": locked,
        "expanded": np.broadcast_to(np.zeros(1), (3,)),
        "objects": np.array([None, 1], dtype=object),
        "words": np.array(["a", "b"]),
        "dates": np.array(["2020-01-01"], dtype="datetime64[D]"),
        "longdouble": np.zeros(2, dtype=np.longdouble),
    }
    tree = ArraysAdapter(model).tree()
    assert {p.name: p.reason for p in tree.walk()} == {
        "locked": "read-only-array",
        "expanded": "read-only-array",
        "objects": "object-type",
        "words": "element-type",
        "dates": "element-type",
        "longdouble": "element-type",
    }
    assert not any(p.writable for p in tree.walk())
    assert [p.name for p in tree.walk() if p.readable] == ["locked", "expanded"]


def test_an_expanded_array_is_not_writable_even_if_its_flag_says_so() -> None:
    expanded = np.lib.stride_tricks.as_strided(np.zeros(1), (3, 2), (0, 0))
    assert expanded.flags.writeable
    p = ArraysAdapter({"a": expanded}).tree()["a"]
    assert (p.writable, p.reason) == (False, "expanded")


def test_a_window_over_overlapping_cells_is_not_writable() -> None:
    base = np.arange(5.0)
    sliding = np.lib.stride_tricks.as_strided(base, (3, 3), (8, 8))
    p = ArraysAdapter({"a": sliding}).tree()["a"]
    assert (p.writable, p.reason) == (False, "overlapping")


def test_what_was_read_cannot_be_used_to_write() -> None:
    model = {"a": np.zeros(3)}
    view = ArraysAdapter(model).read("a", Region.full((3,)))
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
    assert same_bytes(model["a"], np.zeros(3))
