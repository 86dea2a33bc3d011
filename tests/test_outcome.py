"""Whatever a probe returns becomes something that can be shown."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import keras
import matplotlib as mpl
import ml_dtypes
import numpy as np
import pytest
import torch

from paramwidget.errors import ProbeError
from paramwidget.outcome import Markup, Matrix, Number, Numbers, Outcome, Picture, Text, headline, outcome_of

mpl.use("Agg")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        (True, 1.0),
        (0.5, 0.5),
        (np.float32(0.5), 0.5),
        (np.int64(-7), -7.0),
        (np.bool_(False), 0.0),
        (ml_dtypes.bfloat16(0.5), 0.5),
        (np.array(2.5), 2.5),
        (np.array([2.5]), 2.5),
        ([4.0], 4.0),
        (torch.tensor(1.5), 1.5),
        (torch.tensor([1.5], dtype=torch.bfloat16, requires_grad=True), 1.5),
        (keras.ops.convert_to_tensor(2.0), 2.0),
        (10**30, 1e30),
    ],
)
def test_numbers_of_every_kind(value: Any, number: float) -> None:
    assert outcome_of(value) == Number(number)
    assert headline(outcome_of(value)) == number


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_stay_what_they_are(value: float) -> None:
    outcome = outcome_of(value)
    assert isinstance(outcome, Number)
    assert str(outcome.value) == str(value)


def test_named_numbers_lead_with_the_first() -> None:
    outcome = outcome_of({"loss": torch.tensor(0.5), 7: np.float32(0.25), "n": 3})
    assert outcome == Numbers(("loss", "7", "n"), (0.5, 0.25, 3.0))
    assert headline(outcome) == 0.5


def test_very_many_named_numbers_are_cut() -> None:
    outcome = outcome_of({f"{i}" * 300: i for i in range(5000)})
    assert isinstance(outcome, Numbers)
    assert len(outcome.names) == len(outcome.values) == 1000
    assert max(map(len, outcome.names)) == 200


@pytest.mark.parametrize("value", [{"loss": "high"}, {"loss": [1, 2]}, {"a": 1, "b": None}, {"z": 1 + 2j}])
def test_a_dict_of_other_things_is_text(value: dict[str, Any]) -> None:
    assert outcome_of(value) == Text(repr(value))


@pytest.mark.parametrize("value", [None, {}])
def test_nothing_is_refused_with_what_to_return(value: Any) -> None:
    with pytest.raises(ProbeError, match="let it return a number, a dict of numbers, an array or a figure"):
        outcome_of(value)


@pytest.mark.parametrize("value", [np.zeros(0), [], np.zeros((0, 3)), torch.zeros(0)])
def test_an_empty_array_is_refused(value: Any) -> None:
    with pytest.raises(ProbeError, match="empty array"):
        outcome_of(value)


def test_a_vector_has_no_headline() -> None:
    outcome = outcome_of([1, 2, 3])
    assert outcome == Numbers((), (1.0, 2.0, 3.0))
    assert headline(outcome) is None
    long = outcome_of(np.arange(10**6))
    assert isinstance(long, Numbers)
    assert long.values == tuple(map(float, range(1000)))


@pytest.mark.parametrize("dtype", [np.float64, np.int8, bool, np.float16, ml_dtypes.bfloat16])
def test_a_matrix_keeps_its_numbers(dtype: type) -> None:
    given = np.array([[0, 1], [1, 1], [1, 0]]).astype(dtype)
    outcome = outcome_of(given)
    assert isinstance(outcome, Matrix)
    assert outcome.values.dtype == np.float32
    assert outcome.values.tolist() == [[0, 1], [1, 1], [1, 0]]
    one = outcome_of(np.array([[5.0]]))
    assert isinstance(one, Matrix)


def test_a_large_matrix_is_cut_into_blocks_that_keep_what_stands_out() -> None:
    given = np.zeros((3000, 500))
    given[1234, 321] = -9.0
    outcome = outcome_of(given)
    assert isinstance(outcome, Matrix)
    assert max(outcome.values.shape) <= 256
    assert outcome.values.min() == -9


@pytest.mark.parametrize("value", [np.zeros((2, 2, 2)), 1 + 2j, np.zeros(3, complex), object, Fraction(1, 2), {1, 2}])
def test_what_is_none_of_these_is_text(value: Any) -> None:
    outcome = outcome_of(value)
    assert isinstance(outcome, (Text, Number))
    if isinstance(outcome, Text):
        assert outcome.text == repr(value)


def test_an_integer_beyond_all_floats_is_text() -> None:
    assert outcome_of(10**400) == Text(repr(10**400))
    assert outcome_of({"n": 10**400}) == Text(repr({"n": 10**400}))


def test_text_is_cut() -> None:
    assert outcome_of("good") == Text("good")
    assert outcome_of("x" * 10**6) == Text("x" * 10_000)


class Frame:
    def _repr_html_(self) -> str:
        return "<table><tr><td>1</td></tr></table>"


class Drawing:
    def _repr_svg_(self) -> str:
        return "<svg/>"

    def _repr_html_(self) -> str:
        return "<p>"


class Shy:
    def _repr_png_(self) -> None:
        return None

    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return "shy"


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        (Frame(), Markup("<table><tr><td>1</td></tr></table>")),
        (Drawing(), Picture("image/svg+xml", b"<svg/>")),
        (Shy(), Text("shy")),
        (Frame, Text(repr(Frame))),
    ],
)
def test_objects_show_themselves_as_in_jupyter(value: Any, outcome: Outcome) -> None:
    assert outcome_of(value) == outcome


def test_figures_are_pictures_and_closed() -> None:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    for value in (figure, axes):
        outcome = outcome_of(value)
        assert isinstance(outcome, Picture)
        assert outcome.mime == "image/png"
        assert outcome.data.startswith(b"\x89PNG")
        assert pyplot.get_fignums() == []
