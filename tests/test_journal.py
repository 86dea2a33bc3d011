"""The journal keeps the bytes from before, once, and knows what the model held at each entry, on whatever branch."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramwidget.errors import HistoryError
from paramwidget.journal import Change, Flip, Journal, Kept, changed, digest, same_bytes
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


def test_what_is_new_after_an_undo_grows_a_branch() -> None:
    journal = Journal()
    for label in "abc":
        journal.record(label, [], [], [])
    journal.stepped_back()
    journal.stepped_back()
    assert [e.label for e in journal.done] == ["a"]
    assert journal.next is journal.entries[2]
    journal.stepped_forward(journal.entries[2])
    assert [e.label for e in journal.done] == ["a", "b"]
    assert journal.next is journal.entries[3]
    added = journal.record("d", [], [], [])
    assert (added.number, added.parent, journal.position) == (4, 2, 4)
    assert journal.next is None
    assert [e.number for e in journal.done] == [1, 2, 4]
    journal.stepped_back()
    assert journal.next is added, "redo goes to the child that was left last"
    assert list(journal.entries) == [0, 1, 2, 3, 4]


def test_the_way_to_an_entry_goes_up_to_the_fork_and_down_again() -> None:
    journal = Journal()
    for label in "abc":
        journal.record(label, [], [], [])
    journal.stepped_back()
    journal.stepped_back()
    journal.record("d", [], [], [])
    journal.record("e", [], [], [])

    def way(number: int) -> tuple[list[int], list[int]]:
        back, forward = journal.route(number)
        return [entry.number for entry in back], [entry.number for entry in forward]

    assert way(5) == ([], [])
    assert way(3) == ([5, 4], [2, 3])
    assert way(1) == ([5, 4], [])
    assert way(0) == ([5, 4, 1], [])
    for wrong in (-1, 6):
        with pytest.raises(HistoryError, match="from 0 to 5"):
            journal.route(wrong)


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
def test_the_opened_values_of_any_window_are_found_below_any_edits(
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
    assert np.array_equal(journal.at(0, ["a"], window, current), loaded[window.slices])
    assert np.array_equal(current, now[window.slices])


@pytest.mark.parametrize("shape", [(), (0, 3)])
def test_scalars_and_empty_tensors_have_opened_values_too(shape: tuple[int, ...]) -> None:
    region = Region.full(shape)
    journal = Journal()
    journal.record("set", [Change("a", region, np.full(shape, 1.0), np.full(shape, 2.0))], [], [])
    assert same_bytes(journal.at(0, ["a"], region, np.full(shape, 2.0)), np.full(shape, 1.0))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_sparse_and_dense_bytes_give_the_same_window_at_any_entry_of_any_branch(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    shape, window = (12, 12), Region((Span(1, 11, 3), Span(0, 12, 2)), (12, 12))
    now, journal = rng.normal(size=shape), Journal()
    states = {0: now.copy()}
    for _ in range(8):
        while journal.done and rng.integers(3) == 0:
            entry = journal.done[-1]
            journal.stepped_back()
            for change in entry.changes:
                part, after = now[change.region.slices].copy(), now[change.region.slices].copy()
                part[...] = change.held.over(part).reshape(part.shape)
                now[change.region.slices] = part
                change.held, change.done = Kept.of(after, part), False
        ends = sorted(rng.integers(0, 13, 2).tolist())
        region = Region((Span(ends[0], ends[1]), Span(0, 12, int(rng.integers(1, 3)))), shape)
        before = now[region.slices].copy()
        after = np.where(rng.random(before.shape) < rng.choice([0.1, 0.9]), rng.normal(size=before.shape), before)
        now[region.slices] = after
        entry = journal.record("x", [Change("a", region, before, after)], [], [])
        states[entry.number] = now.copy()
    for number, values in states.items():
        assert same_bytes(journal.at(number, ["a"], window, now[window.slices]), values[window.slices])


def test_few_changed_cells_are_kept_alone_and_many_with_all_others() -> None:
    before = np.zeros(1_000_000, np.float32)
    few, many = before.copy(), before + 1
    few[::100] = 5
    sparse, dense = Kept.of(before, few), Kept.of(before, many)
    assert (sparse.count, sparse.nbytes) == (10_000, 80_000)
    assert not sparse.is_whole
    assert dense.is_whole
    assert dense.nbytes == 4_000_000
    assert same_bytes(sparse.over(few), before)
    assert same_bytes(dense.over(many), before)


@pytest.mark.parametrize("dtype", [np.float32, np.int8])
@pytest.mark.parametrize("every", [1, 2, 3, 7, 20, 200])
def test_however_many_cells_changed_they_come_back(dtype: type, every: int) -> None:
    before = np.arange(1000).astype(dtype)
    after = before.copy()
    after[::every] += 1
    kept = Kept.of(before, after)
    assert kept.count == len(range(0, 1000, every))
    assert same_bytes(kept.over(after), before)
    assert kept.nbytes <= before.nbytes
    if not kept.is_whole:
        assert kept.positions.tolist() == list(range(0, 1000, every))
        assert kept.nbytes <= kept.count * (before.itemsize + 4)
        assert same_bytes(kept.part(before), kept.values)


@pytest.mark.parametrize("dtype", [np.complex128, np.complex64, np.int64, np.float16, ml_dtypes.float8_e4m3fn, bool])
def test_changed_cells_are_found_in_every_dtype(dtype: type) -> None:
    before = np.zeros((10, 20), dtype)
    after = before.copy()
    after[3, 4] = 1
    assert np.argwhere(changed(before, after)).tolist() == [[3, 4]]
    kept = Kept.of(before, after)
    assert not kept.is_whole
    assert kept.positions.tolist() == [64]
    assert same_bytes(kept.over(after), before)
    assert kept.over(after) is not after


def test_a_nan_with_another_payload_and_a_negative_zero_are_changes() -> None:
    before = np.zeros(100, np.float32)
    before[:2] = np.array([0x7FC00000, 0x7FC00000], np.uint32).view(np.float32)
    after = before.copy()
    after.view(np.uint32)[1] = 0x7FC00001
    after[5] = -0.0
    kept = Kept.of(before, after)
    assert not kept.is_whole
    assert kept.positions.tolist() == [1, 5]
    assert same_bytes(kept.over(after), before)


# ---------------------------------------------------------------- chunks of the past


def kept(values: np.ndarray, chosen: np.ndarray) -> Kept:
    """The cells of `values` where `chosen`, as an edit of those would keep them."""
    after = values.copy()
    after[chosen] += 1
    held = Kept.of(values, after)
    assert not held.is_whole
    return held


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_chunks_of_sparse_bytes_are_those_of_the_whole(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    shape = data.draw(st.sampled_from([(70_003,), (40, 1700), (3, 150, 160)]))
    density = data.draw(st.sampled_from([0.0005, 0.02, 0.5]))  # kept as indices; as bits
    starts = [data.draw(st.integers(0, n // 3)) for n in shape]
    own = Region(
        tuple(
            Span(start, n - data.draw(st.integers(0, min(3, n // 3))), data.draw(st.sampled_from([1, 1, 2])))
            for n, start in zip(shape, starts, strict=True)
        ),
        shape,
    )
    before = rng.normal(size=own.extent)
    held = kept(before, rng.random(own.extent) < density)
    whole = np.zeros(shape)
    held.lay(own, whole, Region.full(shape))
    inside = np.zeros(shape)
    inside[own.slices].reshape(own.extent)[...] = np.where(held.over(np.zeros(own.extent)) != 0, before, 0)
    assert same_bytes(whole, inside)
    for _ in range(5):
        ends = [sorted(rng.integers(0, n + 1, 2).tolist()) for n in shape]
        region = Region(tuple(Span(a, b, int(rng.choice([1, 1, 3, 7]))) for a, b in ends), shape)
        part = np.zeros(region.extent)
        held.lay(own, part, region)
        assert same_bytes(part, np.ascontiguousarray(whole[region.slices]))


@pytest.mark.parametrize("every", [2, 3, 40, 5000])
def test_chunks_after_each_other_are_the_whole(every: int) -> None:
    values = np.arange(1, 300_001, dtype=np.float32)
    chosen = np.zeros(values.shape, bool)
    chosen[::every] = True
    held = kept(values, chosen)
    whole = Region.full(values.shape)
    chunks = [Region((Span(a, min(a + 32_771, 300_000), 1),), values.shape) for a in range(0, 300_000, 32_771)]
    parts = []
    for chunk in chunks:
        part = np.zeros(chunk.extent, np.float32)
        held.lay(whole, part, chunk)
        parts.append(part)
    assert same_bytes(np.concatenate(parts), np.where(chosen, values, 0).astype(np.float32))


@pytest.mark.parametrize("every", [4, 64])
def test_a_chunk_of_the_past_costs_what_lies_in_it(every: int) -> None:
    cells = 2**24
    before = np.zeros(cells, np.float32)
    after = before.copy()
    after[::every] = 1
    held, whole = Kept.of(before, after), Region.full((cells,))
    assert not held.is_whole
    del before, after
    chunk = Region((Span(cells - 1000, cells, 1),), (cells,))
    into = np.ones(1000, np.float32)
    held.lay(whole, into, chunk)  # counts once how many are kept before each block
    assert np.flatnonzero(into == 0).tolist() == list(range(-(cells - 1000) % every, 1000, every))
    tracemalloc.start()
    try:
        held.lay(whole, into, chunk)
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()


def test_the_past_of_many_tensors_looks_at_the_changes_of_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    region, journal = Region.full((2,)), Journal()
    names = [f"layer{i}" for i in range(4000)]
    changes = [Change(name, region, np.zeros(2), np.ones(2)) for name in names]
    journal.record("all", changes, [], [])
    looked = 0

    class Counted(list[Change]):
        def __iter__(self) -> Iterator[Change]:
            nonlocal looked
            looked += len(self)
            return super().__iter__()

        def __reversed__(self) -> Iterator[Change]:  # type: ignore[override]
            nonlocal looked
            looked += len(self)
            return super().__reversed__()  # type: ignore[return-value]

    journal.done[0].changes = Counted(changes)
    for name in names:
        assert name in journal.between(0)
        assert not journal.at(0, [name], region, np.ones(2)).any()
    assert looked <= 4 * len(names)


def test_a_way_that_is_known_is_not_walked_again_and_a_new_one_is() -> None:
    region, journal = Region.full(()), Journal()

    def edit(path: str) -> None:
        journal.record(path, [Change(path, region, np.zeros(()), np.ones(()))], [], [])

    edit("a")
    assert journal.between(0) == {"a"}
    edit("b")
    assert journal.between(0) == {"a", "b"}
    assert journal.between(1) == {"b"}
    journal.stepped_back()
    assert journal.between(0) == {"a"}
    edit("c")
    assert journal.between(2) == {"b", "c"}


def test_changes_of_one_tensor_under_two_names_come_in_their_order() -> None:
    region = Region.full((2,))
    changes = [Change(name, region, np.zeros(2), np.ones(2)) for name in ("a", "b", "c", "a", "b")]
    entry = Journal().record("x", changes, [], [])
    assert entry.of(["b"]) == [changes[1], changes[4]]
    assert entry.of(["b", "a"]) == [changes[0], changes[1], changes[3], changes[4]]
    assert entry.of(["d"]) == []


@pytest.mark.parametrize("now", [np.zeros((2, 2)), np.zeros(4, np.float32), np.zeros(3)])
def test_what_a_tensor_of_another_kind_held_is_not_told(now: np.ndarray) -> None:
    journal = Journal()
    journal.record("x", [Change("a", Region.full((4,)), np.zeros(4), np.ones(4))], [], [])
    with pytest.raises(HistoryError, match=r"a had shape \(4,\) and float64 when it was edited"):
        journal.at(0, ["a"], Region.full(now.shape), now)
    assert same_bytes(journal.at(0, ["b"], Region.full(now.shape), now), now), "nobody edited that"
