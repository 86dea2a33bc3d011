"""What is read of a tensor for numbers of it: all, or a fair part, said by how much."""

from __future__ import annotations

import numpy as np
import pytest

from paramwidget import Session, sampling
from paramwidget.adapters.arrays import ArraysAdapter
from paramwidget.region import Region


def read(shape: tuple[int, ...], regions: list[Region]) -> np.ndarray:
    """How often each cell is read."""
    times = np.zeros(shape, int)
    for region in regions:
        times[region.slices] += 1
    return times


@pytest.mark.parametrize("shape", [(), (7,), (30, 40), (2, 3, 5, 7)])
def test_what_is_small_enough_is_read_as_a_whole(shape: tuple[int, ...]) -> None:
    regions, every = sampling.parts(shape, 4, most=1200)
    assert every == 1
    assert (read(shape, regions) == 1).all()


def test_of_what_is_empty_nothing_is_read() -> None:
    assert sampling.parts((0, 3), 4, most=10) == ([], 1)


@pytest.mark.parametrize("most", [2047, 1024, 200])
def test_of_what_is_larger_every_kth_part_is_read_and_none_twice(most: int) -> None:
    regions, every = sampling.parts((32, 64), 4, most)
    times = read((32, 64), regions)
    assert every == -(-2048 // most)
    assert set(times.reshape(-1)) == {0, 1}
    assert times.sum() == pytest.approx(2048 / every, rel=0.1)
    assert np.flatnonzero(times.reshape(-1)).max() > 1800  # from the beginning to the end


def test_parts_that_are_left_out_lie_close_together_and_are_read_piece_by_piece() -> None:
    regions, every = sampling.parts((2**13, 2**13), 4, most=2**24)
    assert every == 4
    assert max(region.size for region in regions) * 4 <= 2**20
    assert len(regions) == 64


def test_a_sample_is_a_copy_and_spread_over_the_tensor() -> None:
    model = {"w": np.arange(2**20, dtype=np.float32)}
    session = Session(model)
    values = sampling.sample(session, session.parameter("w"))
    model["w"][...] = -1
    assert 2**15 <= values.size <= 2**17
    assert values.min() == 0
    assert values.max() > 2**20 * 0.99


@pytest.mark.parametrize("shape", [(512, 512), (1024, 1024), (2**20,), (3, 3, 256, 256)])
def test_a_sample_lies_all_over_each_axis(shape: tuple[int, ...]) -> None:
    session = Session({"w": np.arange(np.prod(shape), dtype=np.float32).reshape(shape)})
    values = sampling.sample(session, session.parameter("w")).astype(np.int64)
    for axis, indices in enumerate(np.unravel_index(values, shape)):
        assert len(np.unique(indices)) >= min(shape[axis], 512) // 2, f"axis {axis}"


@pytest.mark.parametrize("shape", [(2**25,), (4096, 8192), (2, 2**24), (2**24, 2), (64, 64, 128, 64)])
def test_of_a_large_tensor_little_is_read_and_in_few_pieces(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session({"w": np.zeros(shape, dtype=np.float32)})  # more than is asked for in one go
    p = session.parameter("w")
    times, read = np.zeros(shape, np.uint8), ArraysAdapter.read
    reads: list[Region] = []

    def counted(adapter: ArraysAdapter, path: str, region: Region) -> np.ndarray:
        reads.append(region)
        times[region.slices] += 1
        return read(adapter, path, region)

    monkeypatch.setattr(ArraysAdapter, "read", counted)
    values = sampling.sample(session, p)
    assert values.size == 2**16
    assert len(reads) <= 128
    assert times.sum() * 4 <= 2**23
    seen = np.flatnonzero(times.reshape(-1))
    assert np.diff(seen).max() < times.size / 25, "no large part is left out"
    assert seen.min() < times.size / 25
    assert seen.max() > times.size * 24 / 25
