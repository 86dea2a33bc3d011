"""Which tensors share memory: the same object under two names, the same view twice, views that overlap. Pure.

A storage pointer alone proves nothing: it is 0 for every empty, meta or sharded tensor, and two halves of one buffer
share it without sharing an element. No element is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

_MAX_COMPARED = 10_000


def shared(tensors: Sequence[torch.Tensor]) -> dict[int, int]:
    """For the position of each tensor that shares elements: the position of the first one that it shares with.

    The first one of a group is in it too, with its own position; tensors that share nothing are not.
    """
    groups = _Groups()
    first: dict[int, int] = {}
    holder: dict[int, int] = {}
    crowded: dict[int, list[int]] = {}
    for at, tensor in enumerate(tensors):
        same = first.setdefault(id(tensor), at)
        if same != at:
            groups.join(same, at)
            continue
        try:
            pointer = tensor.untyped_storage().data_ptr()
        except (RuntimeError, NotImplementedError, ValueError):
            continue  # lazy, sparse and wrapping tensors have no storage of their own
        if pointer:
            other = holder.setdefault(pointer, at)
            if other != at:
                crowded.setdefault(pointer, [other]).append(at)
    for members in crowded.values():
        _join_overlapping(tensors, members, groups)
    return groups.roots()


class _Groups:
    """Positions that belong together; each group is known by its smallest one."""

    def __init__(self) -> None:
        self.parent: dict[int, int] = {}

    def root(self, at: int) -> int:
        while (above := self.parent.setdefault(at, at)) != at:
            at = above
        return at

    def join(self, a: int, b: int) -> None:
        low, high = sorted((self.root(a), self.root(b)))
        self.parent[high] = low

    def roots(self) -> dict[int, int]:
        return {at: self.root(at) for at in self.parent}


def _join_overlapping(tensors: Sequence[torch.Tensor], members: Sequence[int], groups: _Groups) -> None:
    """Sweep over the byte intervals; those that meet are compared element by element, by arithmetic on strides."""
    intervals = sorted((*_interval(tensors[at]), at) for at in members if tensors[at].numel())
    active: list[tuple[int, int]] = []
    compared = 0
    for start, end, at in intervals:
        active = [(stop, other) for stop, other in active if stop > start]
        for _, other in active:
            compared += 1
            # beyond the budget, meeting counts as sharing: to announce too much is safe
            if compared > _MAX_COMPARED or _share(tensors[other], tensors[at]):
                groups.join(other, at)
        active.append((end, at))


def _interval(tensor: torch.Tensor) -> tuple[int, int]:
    """First byte in the storage, and the one behind the last."""
    reach = sum(step * (n - 1) for step, n in zip(tensor.stride(), tensor.shape, strict=True))
    start = int(tensor.storage_offset())
    return start * tensor.itemsize, (start + reach + 1) * tensor.itemsize


def _share(a: torch.Tensor, b: torch.Tensor) -> bool:
    try:
        return np.shares_memory(_stand_in(a), _stand_in(b), max_work=_MAX_COMPARED)  # type: ignore[arg-type] # NumPy's stub knows no budget
    except np.exceptions.TooHardError:
        return True


def _stand_in(tensor: torch.Tensor) -> np.ndarray:
    """An array with the addresses of a tensor, on whatever device: NumPy compares them and reads nothing."""
    return np.asarray(_Addresses(tensor))


class _Addresses:
    def __init__(self, tensor: torch.Tensor) -> None:
        size = tensor.itemsize
        # any base but 0 will do: both tensors are in one storage
        self.__array_interface__: dict[str, Any] = {
            "version": 3,
            "typestr": f"|V{size}",
            "shape": tuple(tensor.shape),
            "strides": tuple(step * size for step in tensor.stride()),
            "data": (2**20 + tensor.storage_offset() * size, True),
        }
