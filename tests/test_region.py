"""Regions mean what NumPy means, and text is stricter than Python slices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from paramwidget.errors import RegionError
from paramwidget.region import Region

shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6)


@st.composite
def indexed(draw: st.DrawFn) -> tuple[tuple[int, ...], object]:
    shape = draw(shapes)
    index = draw(hnp.basic_indices(shape, allow_newaxis=False))
    return shape, index


def forward(index: object) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(not isinstance(part, slice) or part.step is None or part.step > 0 for part in parts)


@settings(max_examples=400, deadline=None)
@given(indexed())
def test_a_python_index_selects_what_numpy_selects(case: tuple[tuple[int, ...], object]) -> None:
    shape, index = case
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    if not forward(index):
        with pytest.raises(RegionError, match="negative steps"):
            Region.of(index, shape)
        return
    region = Region.of(index, shape)
    selected = values[region.slices]
    expected = np.asarray(values[index])
    assert region.extent == selected.shape
    assert region.squeezed == expected.shape
    assert region.size == expected.size
    assert np.array_equal(selected.reshape(region.squeezed), expected)


@settings(max_examples=300, deadline=None)
@given(indexed())
def test_printing_and_parsing_give_the_same_region(case: tuple[tuple[int, ...], object]) -> None:
    shape, index = case
    if not forward(index) or 0 in shape:
        return
    region = Region.of(index, shape)
    if 0 in region.extent:
        with pytest.raises(RegionError, match="selects nothing"):
            Region.parse(str(region), shape)
        return
    again = Region.parse(str(region), shape)
    cells = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    assert np.array_equal(cells[again.slices], cells[region.slices])
    assert again.squeezed == region.squeezed


@settings(max_examples=300, deadline=None)
@given(indexed(), st.integers(1, 16), st.integers(1, 200))
def test_chunks_are_within_budget_and_cover_each_cell_once_in_c_order(
    case: tuple[tuple[int, ...], object], itemsize: int, budget: int
) -> None:
    shape, index = case
    if not forward(index):
        return
    region = Region.of(index, shape)
    cells = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    seen = []
    for chunk in region.chunks(itemsize, budget):
        assert chunk.size >= 1
        assert chunk.size * itemsize <= budget or chunk.size == 1
        seen += cells[chunk.slices].ravel().tolist()
    assert seen == cells[region.slices].ravel().tolist()


@pytest.mark.parametrize(
    ("text", "shape", "shown", "extent"),
    [
        ("[0:16, :, 3]", (32, 4, 5), "[:16, :, 3]", (16, 4, 1)),
        ("0:16, :, 3", (32, 4, 5), "[:16, :, 3]", (16, 4, 1)),
        ("", (3, 2), "[:, :]", (3, 2)),
        ("[]", (), "[]", ()),
        ("...", (3, 2), "[:, :]", (3, 2)),
        ("…, 1", (3, 2), "[:, 1]", (3, 1)),
        ("[1, ...]", (3, 2), "[1, :]", (1, 2)),
        ("[-1]", (3,), "[2]", (1,)),
        ("[-2:]", (3,), "[1:]", (2,)),
        ("[::2]", (5,), "[::2]", (3,)),
        ("[3,]", (5, 2), "[3, :]", (1, 2)),
        (" [ 1 : 3 ] ", (5,), "[1:3]", (2,)),
        ("[+1]", (5,), "[1]", (1,)),
        ("[:]", (0,), "[:]", (0,)),
    ],
)
def test_slices_are_read_as_numpy_writes_them(
    text: str, shape: tuple[int, ...], shown: str, extent: tuple[int, ...]
) -> None:
    region = Region.parse(text, shape)
    assert str(region) == shown
    assert region.extent == extent


@pytest.mark.parametrize(
    ("text", "shape", "says"),
    [
        ("[0:17]", (16,), "axis 0 has 16 values"),
        ("[:, 4]", (2, 4), "axis 1 has 4 values, so 4 is out of range"),
        ("[:, -5:]", (2, 4), "axis 1 has 4 values"),
        ("[-3]", (2,), "out of range"),
        ("[0, 0]", (2,), "names 2 axes but the tensor has 1"),
        ("[0]", (), "names 1 axes but the tensor has 0"),
        ("[0", (2,), "only one of its two brackets"),
        ("0]", (2,), "only one of its two brackets"),
        ("[a]", (2,), "is not a slice"),
        ("[1.5]", (2,), "is not a slice"),
        ("[0, , 1]", (2, 2, 2), "is not a slice"),
        ("[1:2:3:4]", (9,), "is not a slice"),
        ("[::-1]", (9,), "negative steps"),
        ("[::0]", (9,), "step cannot be 0"),
        ("[2:2]", (9,), "selects nothing"),
        ("[5:3]", (9,), "selects nothing"),
        ("[..., ...]", (9, 9), "only once"),
        ("[..., 2:2]", (9, 9, 9), "axis 2: 2:2 selects nothing"),
        ("[١]", (9,), "is not a slice"),
        ("[1_0]", (99,), "is not a slice"),
        ("[None]", (9,), "is not a slice"),
        ("[0:2" + " " * 1000 + "]", (9,), "longer than"),
        ("[" + "9" * 900 + "]", (9,), "axis 0"),
        ("[0:" + "9" * 900 + "]", (9,), "axis 0"),
    ],
)
def test_text_that_does_not_fit_is_refused_with_a_sentence(text: str, shape: tuple[int, ...], says: str) -> None:
    with pytest.raises(RegionError) as caught:
        Region.parse(text, shape)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 300


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(max_size=30), st.text("[]0123456789:,.- …", max_size=30)), shapes)
def test_any_text_is_a_region_or_a_region_error(text: str, shape: tuple[int, ...]) -> None:
    try:
        region = Region.parse(text, shape)
    except RegionError:
        return
    assert len(region.extent) == len(shape)


@pytest.mark.parametrize("index", [None, 1.0, "1", True, np.True_, [0, 1], np.array([0, 1]), (slice("a"),)])
def test_other_indices_than_integers_and_slices_are_refused(index: object) -> None:
    with pytest.raises(RegionError):
        Region.of(index, (3, 4))


def test_numpy_integers_are_indices() -> None:
    assert str(Region.of((np.int64(1), np.uint8(2)), (3, 4))) == "[1, 2]"


def test_python_slices_beyond_the_end_are_cut_as_numpy_does() -> None:
    assert Region.of(slice(1, 99), (4,)).extent == (3,)


def test_only_a_region_of_all_cells_is_full() -> None:
    assert Region.full((3, 4)).is_full
    assert Region.full(()).is_full
    assert not Region.of(0, (3, 4)).is_full
    assert not Region.parse("[::2]", (3,)).is_full
