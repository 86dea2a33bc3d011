"""The journal keeps the bytes from before, once, and knows what the model held when it was loaded."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramwidget.journal import Change, Flip, Journal, digest, same_bytes
from paramwidget.region import Region, Span


def test_bytes_are_compared_and_not_values() -> None:
    nan = np.array([0x7FC00000, 0x7FC00001], dtype=np.uint32).view(np.float32)
    assert same_bytes(nan[:1], nan[:1].copy())
    assert not same_bytes(nan[:1], nan[1:])
    assert not same_bytes(np.array([0.0]), np.array([-0.0]))
    assert not same_bytes(np.zeros(2, np.float32), np.zeros(2, np.int32))
    assert not same_bytes(np.zeros((2, 1)), np.zeros((1, 2)))
    assert same_bytes(np.zeros(0), np.zeros(0))
    assert same_bytes(np.array(1.5), np.array(1.5))


def test_a_digest_tells_contents_apart_whatever_their_layout() -> None:
    values = np.arange(12.0).reshape(3, 4)
    assert digest(values) == digest(np.asfortranarray(values)) == digest(values[::1].copy())
    assert digest(values) != digest(-values)
    assert digest(np.array([0.0])) != digest(np.array([-0.0]))
    assert len(digest(np.zeros(0))) == 16
    assert digest(np.ones(3, ml_dtypes.bfloat16)) == digest(np.ones(3, ml_dtypes.bfloat16))


def test_what_is_new_takes_away_what_could_be_redone() -> None:
    journal = Journal()
    for label in "abc":
        journal.record(label, [], [], [])
    journal.stepped_back()
    journal.stepped_back()
    assert [e.label for e in journal.done] == ["a"]
    assert [e.label for e in journal.undone] == ["c", "b"]
    journal.stepped_forward()
    assert [e.label for e in journal.done] == ["a", "b"]
    assert journal.record("d", [], [], []).number == 4
    assert journal.undone == []
    assert [e.number for e in journal.done] == [1, 2, 4]


def test_an_entry_names_each_tensor_once_and_counts_its_values() -> None:
    region = Region.parse("[0:2]", (4,))
    before, after = np.zeros(2), np.ones(2)
    changes = [
        Change("a", region, before, after),
        Change("b", region, before, after),
        Change("a", region, after, before),
    ]
    entry = Journal().record("x", changes, [Flip("b", True, False), Flip("c", True, False)], [])
    assert entry.paths == ["a", "b", "c"]
    assert (entry.count, entry.bytes) == (6, 48)
    assert repr(entry) == "<1: x>"


def test_only_changes_of_values_count_as_edits() -> None:
    journal = Journal()
    journal.record("freeze", [], [Flip("frozen", True, False)], [])
    journal.record("set", [Change("a", Region.full(()), np.zeros(()), np.ones(()))], [], [])
    assert journal.edited() == {"a"}
    journal.stepped_back()
    assert journal.edited() == set()


spans = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 3)).map(
    lambda s: Span(min(s[0], s[1]), max(s[0], s[1]), s[2])
)
regions = st.tuples(spans, spans).map(lambda both: Region(both, (6, 6)))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(regions, st.integers(1, 1000)), max_size=5), regions)
def test_the_loaded_values_of_any_window_are_found_below_any_edits(
    edits: list[tuple[Region, int]], window: Region
) -> None:
    loaded = np.arange(36.0).reshape(6, 6)
    now = loaded.copy()
    journal = Journal()
    for region, value in edits:
        before = now[region.slices].copy()
        now[region.slices] = value
        journal.record("set", [Change("a", region, before, now[region.slices])], [], [])
        journal.record("other", [Change("b", region, before * 0, before)], [], [])
    current = now[window.slices].copy()
    assert np.array_equal(journal.loaded("a", window, current), loaded[window.slices])
    assert np.array_equal(current, now[window.slices])


@pytest.mark.parametrize("shape", [(), (0, 3)])
def test_scalars_and_empty_tensors_have_loaded_values_too(shape: tuple[int, ...]) -> None:
    region = Region.full(shape)
    journal = Journal()
    journal.record("set", [Change("a", region, np.full(shape, 1.0), np.full(shape, 2.0))], [], [])
    assert same_bytes(journal.loaded("a", region, np.full(shape, 2.0)), np.full(shape, 1.0))
