"""The reference adapter: a (nested) dict of NumPy arrays."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramwidget import Session
from paramwidget.adapters import adapter_for
from paramwidget.adapters.arrays import ArraysAdapter, fits, why_not
from paramwidget.adapters.arrays_sharing import Sharing
from paramwidget.errors import PathError, UnsupportedModelError
from paramwidget.journal import same_bytes
from paramwidget.notices import REASONS
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


# ---------------------------------------------------------------- shared memory


def shares(model: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Who each array is tied to, and whether its memory is counted."""
    return {p.path: (p.tied, p.stored) for p in ArraysAdapter(model).tree().walk() if p.counted == p.stored}


def totals(model: dict[str, Any]) -> tuple[int, int]:
    root = ArraysAdapter(model).tree()
    return root.count, root.bytes


def test_interleaved_parts_of_a_fused_matrix_are_not_tied() -> None:
    fused = np.zeros((4, 10), dtype=np.float32)
    parts = {"q": fused[:, :5], "k": fused[:, 5:]}
    assert shares(parts) == {"q": ("", True), "k": ("", True)}
    assert totals(parts) == (40, 160)
    assert shares({**parts, "all": fused}) == {"q": ("q", False), "k": ("q", False), "all": ("q", True)}


def test_of_overlapping_arrays_every_value_is_counted_once() -> None:
    base = np.arange(10, dtype=np.float32)
    assert shares({"part": base[:2], "whole": base}) == {"part": ("part", False), "whole": ("part", True)}
    assert totals({"part": base[:2], "whole": base}) == (10, 40)
    matrix = np.zeros((4, 10), dtype=np.float32)
    half = matrix[:, :5]
    inside = {"half": half, "flat": half.T, "back": half[::-1, ::-1], "cell": half[1:3, 2:4], "every": half[::2, ::2]}
    assert shares(inside) == {name: ("half", name == "half") for name in inside}
    assert totals({**inside, "other": matrix[:, 5:]}) == (40, 160)
    assert totals({"one": base[:1], "expanded": np.broadcast_to(base[:1], (3,))}) == (1, 4)
    assert totals({"window": np.lib.stride_tricks.as_strided(base, (8, 3), (4, 4)), "base": base}) == (10, 40)


def test_the_first_of_a_group_is_the_one_that_is_shown_first() -> None:
    base = np.zeros(3)
    assert shares({"layer": {"inner": base}, "own": base}) == {"own": ("own", True), "layer/inner": ("own", False)}


def addresses(array: np.ndarray) -> set[int]:
    """Where each byte of an array lies, cell by cell."""
    start = array.__array_interface__["data"][0]
    cells = (start + int(np.dot(at, array.strides)) for at in np.ndindex(*array.shape))
    return {cell + byte for cell in cells for byte in range(array.itemsize)}


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_sharing_is_what_the_addresses_of_all_bytes_say(data: st.DataObject) -> None:
    base = np.zeros(
        data.draw(st.tuples(st.integers(1, 5), st.integers(1, 7))), data.draw(st.sampled_from(["f4", "u1"]))
    )
    views: list[np.ndarray] = []
    for _ in range(data.draw(st.integers(2, 5))):
        view = base.reshape(-1) if data.draw(st.booleans()) else base
        view = view[tuple(data.draw(st.slices(n)) for n in view.shape)]
        views.append(view.T if data.draw(st.booleans()) else view)
    bytes_of = [addresses(view) for view in views]
    groups: list[set[int]] = []
    for at, mine in enumerate(bytes_of):
        met = [group for group in groups if any(mine & bytes_of[other] for other in group)]
        groups = [group for group in groups if group not in met] + [{at}.union(*met)]
    sharing = Sharing(views)
    assert sharing.owner == {at: min(group) for group in groups if len(group) > 1 for at in group}
    counted = [mine for at, mine in enumerate(bytes_of) if at not in sharing.elsewhere]
    assert set().union(*counted) == set().union(*bytes_of)


class Compared(Exception):
    """Two arrays were compared more often than that."""


@pytest.mark.parametrize("whole", [False, True])
def test_the_many_columns_of_one_matrix_are_not_compared_pair_by_pair(
    monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    matrix = np.zeros((3, 2000), dtype=np.float32)
    model = {**({"matrix": matrix} if whole else {}), **{str(i): matrix[:, i] for i in range(2000)}}
    asked = 0
    really = np.shares_memory

    def count(*arguments: Any, **options: Any) -> bool:
        nonlocal asked
        asked += 1
        if asked > 4000:
            raise Compared
        return really(*arguments, **options)

    monkeypatch.setattr(np, "shares_memory", count)
    assert totals(model) == (6000, 24000)


def test_what_is_too_hard_to_tell_counts_as_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_hard(*arguments: Any, **options: Any) -> bool:
        raise np.exceptions.TooHardError

    monkeypatch.setattr(np, "shares_memory", too_hard)
    fused = np.zeros((4, 10))
    assert shares({"q": fused[:, :5], "k": fused[:, 5:]}) == {"q": ("q", True), "k": ("q", True)}


# ---------------------------------------------------------------- depth, cycles, what does not fit


def test_dicts_may_be_nested_to_any_depth() -> None:
    model: dict[str, Any] = {"w": np.zeros(2)}
    for _ in range(2 * sys.getrecursionlimit()):
        model = {"a": model}
    session = Session(model)
    (path,) = session.tree.index
    session[path][0] = 1.5
    assert session[path][...].tolist() == [1.5, 0]
    assert why_not({"deep": model, "n": 1}) == "its entry 'n' is an int; pass model['deep'] if that is what is meant"


def test_a_dict_that_came_to_hold_itself_or_something_else_is_still_shown() -> None:
    model: dict[str, Any] = {"layer": {"w": np.zeros(2)}}
    adapter = ArraysAdapter(model)
    adapter.tree()
    model["layer"]["again"], model["epoch"] = model, 3
    root = adapter.tree()
    assert [p.path for p in root.walk()] == ["layer/w"]
    reasons = {node.path: node.reason for node in root.nodes() if node.reason}
    assert reasons == {"layer/again": "cycle", "epoch": "object-type"}
    assert set(reasons.values()) <= set(REASONS)


def test_one_dict_in_two_places_is_no_cycle() -> None:
    shared = {"w": np.zeros(2)}
    assert fits({"a": shared, "b": {"c": shared}})
    assert shares({"a": shared, "b": {"c": shared}}) == {"a/w": ("a/w", True), "b/c/w": ("a/w", False)}


class Tensor:
    """Has what is asked of a torch tensor in a checkpoint."""

    detach = cpu = None


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ({"w": np.zeros(2), "epoch": 3}, "its entry 'epoch' is an int"),
        (
            {"model": {"w": np.zeros(2)}, "epoch": 1},
            "its entry 'epoch' is an int; pass model['model'] if that is what is meant",
        ),
        (
            {"epoch": 1, "state_dict": {"w": Tensor()}},
            "its entry 'epoch' is an int; pass model['state_dict'] if that is what is meant",
        ),
        ({"a": {"b": {7: None}}}, "its entry 'a/b/7' is None"),
        ({"a": [1]}, "its entry 'a' is a list"),
        ({"a": {}, "b": np.float32(1)}, "its entry 'b' is a numpy.float32"),
        ({1: {"w": np.zeros(1)}, 2: "x"}, "its entry '2' is a str; pass model[1] if that is what is meant"),
    ],
)
def test_a_dict_that_does_not_fit_says_which_entry_is_why(model: dict[Any, Any], says: str) -> None:
    assert not fits(model)
    assert why_not(model) == says


def test_a_cycle_is_refused_with_a_sentence() -> None:
    cyclic: dict[str, Any] = {"a": {"w": np.zeros(2)}}
    cyclic["a"]["me"] = cyclic
    assert not fits(cyclic)
    assert why_not(cyclic) == "its entry 'a/me' is a dict that contains itself"


# ---------------------------------------------------------------- facts, subclasses, what went away


class Units(np.ndarray):
    """An array that means more than its numbers."""


def test_subclasses_are_read_as_they_are_stored_and_never_written() -> None:
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    model = {"masked": masked, "matrix": np.ones((2, 2)).view(Units), "plain": np.zeros(2)}
    adapter = ArraysAdapter(model)
    facts = {p.path: (p.readable, p.writable, p.reason) for p in adapter.tree().walk()}
    assert facts["masked"] == facts["matrix"] == (True, False, "subclass")
    assert facts["plain"] == (True, True, "")
    read = adapter.read("masked", Region.full((2,)))
    assert type(read) is np.ndarray
    assert read.tolist() == [1.0, 2.0]


def test_an_array_on_disk_is_written_like_any_other(tmp_path: Path) -> None:
    model = {"w": np.memmap(tmp_path / "w", dtype=np.float32, mode="w+", shape=(3,))}
    Session(model)["w"][1] = 2.5
    assert model["w"].tolist() == [0, 2.5, 0]


def test_facts_follow_the_array_that_is_there_now() -> None:
    model: dict[str, Any] = {"w": np.zeros(2), "x": np.zeros(3)}
    adapter = ArraysAdapter(model)
    adapter.tree()
    model["w"] = np.zeros((4, 5), dtype=np.int8)
    model["x"].flags.writeable = False
    assert (adapter.facts("w").shape, adapter.facts("w").dtype) == ((4, 5), "int8")
    assert adapter.facts("x").reason == "read-only-array"
    del model["w"]
    with pytest.raises(PathError, match="no array 'w' any more"):
        adapter.facts("w")


@pytest.mark.parametrize("key", ["w", 0, ...])
def test_an_array_in_place_of_a_dict_takes_no_further_path(key: Any) -> None:
    model: dict[str, Any] = {"a": {key: np.zeros(2)}}
    adapter = ArraysAdapter(model)
    (path,) = adapter.tree().index
    model["a"] = np.zeros((2, 2))
    for call in (adapter.facts, lambda path: adapter.read(path, Region.full((2,)))):
        with pytest.raises(PathError, match="any more"):
            call(path)
