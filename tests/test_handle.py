"""Handles: facts, copies of regions, and edits, as a script uses them."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from paramwidget import Session
from paramwidget.edits import Assign
from paramwidget.errors import FreezeError, NoValuesError, PathError, ReadOnlyError, RegionError, ValueRefusedError


@pytest.fixture
def model() -> dict:
    shared = np.ones((2, 2), dtype=np.float32)
    return {
        "conv": {"kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4), "bias": np.zeros(4)},
        "scalar": np.array(2.5),
        "half": np.ones(3, dtype=ml_dtypes.bfloat16),
        "one": shared,
        "two": shared,
        "words": np.array(["a"]),
    }


def test_facts_are_those_of_the_model(model: dict) -> None:
    p = Session(model)["conv/kernel"]
    assert (p.name, p.shape, p.dtype, p.role, p.trainable) == ("kernel", (2, 3, 4), "float32", "weight", None)
    assert Session(model)["conv/bias"].role == "bias"
    assert repr(p) == "<conv/kernel (2, 3, 4) float32, weight>"


def test_facts_follow_the_model(model: dict) -> None:
    p = Session(model)["half"]
    model["half"] = np.zeros((5, 5))
    assert (p.shape, p.dtype) == ((5, 5), "float64")
    assert p[4, 4] == 0


def test_tied_names_the_others(model: dict) -> None:
    session = Session(model)
    assert session["one"].tied == ("two",)
    assert session["two"].tied == ("one",)
    assert session["half"].tied == ()


@pytest.mark.parametrize("index", [..., 1, (0, 1), (slice(None), 2), (0, slice(1, 3), slice(None, None, 2)), (..., 0)])
def test_reading_gives_what_numpy_gives(model: dict, index: object) -> None:
    read = Session(model)["conv/kernel"][index]
    expected = model["conv"]["kernel"][index]
    assert read.shape == expected.shape
    assert np.array_equal(read, expected)


def test_what_was_read_is_a_copy(model: dict) -> None:
    p = Session(model)["conv/kernel"]
    p[...][:] = 99
    p[0][:] = 99
    assert model["conv"]["kernel"].max() == 23


def test_scalars_are_read_and_written(model: dict) -> None:
    p = Session(model)["scalar"]
    assert p[...].shape == ()
    assert float(p[()]) == 2.5
    p[...] = -1
    assert float(model["scalar"]) == -1.0


def test_setting_a_region_writes_exactly_this_region(model: dict) -> None:
    session = Session(model)
    expected = model["conv"]["kernel"].copy()
    session["conv/kernel"][0, :, 3] = 0.5
    session["conv/kernel"][1, 1:] = [[1, 2, 3, 4], [5, 6, 7, 8]]
    expected[0, :, 3] = 0.5
    expected[1, 1:] = [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert np.array_equal(model["conv"]["kernel"], expected)
    assert len(session.history) == 2


def test_a_region_can_be_named_by_text(model: dict) -> None:
    session = Session(model)
    entry = session["conv/kernel"].apply(Assign(7.0), region="[:, 0, 0]")
    assert entry is not None
    assert entry.label == "conv/kernel [:, 0, 0] set to 7.0"
    assert model["conv"]["kernel"][:, 0, 0].tolist() == [7, 7]


@pytest.mark.parametrize("values", [[1, 2], np.zeros((3, 3)), [[1], [2], [3]], np.zeros(0)])
def test_values_of_another_shape_are_refused_and_not_broadcast(model: dict, values: object) -> None:
    p = Session(model)["conv/kernel"]
    with pytest.raises(ValueRefusedError, match="shape"):
        p[0] = values
    assert model["conv"]["kernel"].ravel().tolist() == list(range(24))


def test_values_that_would_be_lost_are_refused(model: dict) -> None:
    session = Session(model)
    for value in ("0.5", None, 1j, 1e39, 1e-60, object(), [[1, 2], [3]]):
        with pytest.raises((ValueRefusedError, ValueError)):
            session["one"][0, 0] = value
    assert model["one"].tolist() == [[1, 1], [1, 1]]
    assert session.history == []


def test_what_does_not_fit_is_an_error_that_says_so(model: dict) -> None:
    session = Session(model)
    with pytest.raises(RegionError, match="axis 0 has 2 values"):
        session["conv/kernel"][5]
    with pytest.raises(RegionError, match="4 axes but the tensor has 3"):
        session["conv/kernel"][0, 0, 0, 0] = 1
    with pytest.raises(PathError, match="did you mean 'conv/kernel'"):
        session["conv/kernal"]
    with pytest.raises(NoValuesError, match="words"):
        session["words"][0]
    with pytest.raises(NoValuesError, match="words"):
        session["words"].apply(Assign(1))


def test_a_read_only_array_says_why(model: dict) -> None:
    model["half"].flags.writeable = False
    with pytest.raises(ReadOnlyError, match="writeable flag"):
        Session(model)["half"][0] = 2


def test_statistics_are_exact(model: dict) -> None:
    p = Session(model)["conv/kernel"]
    summary = p.summary()
    assert (summary.count, summary.min, summary.max, summary.mean) == (24, 0, 23, 11.5)
    assert p.histogram(0, 24, 24).counts == (1,) * 24


def test_arrays_cannot_be_frozen_and_say_so(model: dict) -> None:
    p = Session(model)["conv/kernel"]
    with pytest.raises(FreezeError):
        p.freeze()
    with pytest.raises(FreezeError):
        p.unfreeze()


def test_numpy_is_told_that_values_are_always_copied(model: dict) -> None:
    p = Session(model)["conv/kernel"]
    assert not np.shares_memory(np.asarray(p), model["conv"]["kernel"])
    assert np.array(p, dtype=np.float64).dtype == np.float64
    with pytest.raises(ValueRefusedError, match="always copies"):
        p.__array__(copy=False)
