"""Which tensors share memory: the same object under two names, the same view twice, views that overlap. Pure.

A storage pointer alone proves nothing: it is 0 for every empty, meta or sharded tensor, and two halves of one buffer
share it without sharing an element. No element is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

_BUDGET = 1_000_000
"""Of looks at pairs of tensors in one storage, so that the time of a tree is bounded whatever is in it."""
_COMPARISON = 100
"""How many looks an exact comparison of two tensors costs."""
_MAX_WORK = 10_000


class Shared(NamedTuple):
    """One tensor of a group that shares memory.

    `first` is the position of the first tensor of the group. `largest` marks the one that spans most, `stored` those
    whose memory is not all inside another stored one's: counted together they come closest to what there is.
    """

    first: int
    largest: bool
    stored: bool


def shared(tensors: Sequence[torch.Tensor]) -> dict[int, Shared]:
    """What each tensor that shares elements is in its group, by position; tensors that share nothing are left out."""
    groups = _Groups()
    objects: dict[int, int] = {}
    holder: dict[int, int] = {}
    crowded: dict[int, list[int]] = {}
    for at, tensor in enumerate(tensors):
        same = objects.setdefault(id(tensor), at)
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
    spans: dict[int, _Span] = {}
    for members in crowded.values():
        # the very same view is known without a comparison: a model may hold one memory under thousands of names
        views: dict[tuple[object, ...], _Span] = {}
        for at in members:
            tensor = tensors[at]
            try:
                view = (tensor.storage_offset() * tensor.itemsize, tensor.itemsize, tensor.shape, tensor.stride())
            except (RuntimeError, NotImplementedError, ValueError):
                continue  # nested tensors have no strides
            if view in views:
                groups.join(views[view].at, at)
            elif tensor.numel():
                views[view] = _span(tensor, at)
        _Sweep(tensors, groups).join(sorted(views.values()))
        spans.update((span.at, span) for span in views.values())
    return _described(groups, spans)


class _Groups:
    """Positions that belong together; each group is known by its smallest one."""

    def __init__(self) -> None:
        self.parent: dict[int, int] = {}

    def root(self, at: int) -> int:
        while (above := self.parent.setdefault(at, at)) != at:
            # shorter for the next question, or a long chain of joins would be walked again and again
            self.parent[at] = self.parent.setdefault(above, above)
            at = above
        return at

    def join(self, a: int, b: int) -> int:
        low, high = sorted((self.root(a), self.root(b)))
        self.parent[high] = low
        return low


class _Span(NamedTuple):
    """The bytes from the first to the last of a tensor, as they are sorted: where one starts, the widest goes first.

    `holes` says whether bytes in between are not the tensor's own.
    """

    start: int
    reach: int
    """The byte behind the last, negative, for the sort."""
    holes: bool
    at: int

    @property
    def stop(self) -> int:
        return -self.reach


def _span(tensor: torch.Tensor, at: int) -> _Span:
    steps = sorted((step, n) for step, n in zip(tensor.stride(), tensor.shape, strict=True) if n > 1)
    reach, holes = 1, False
    for step, n in steps:
        holes = holes or step != reach
        reach += step * (n - 1)
    start = int(tensor.storage_offset()) * tensor.itemsize
    return _Span(start, -(start + reach * tensor.itemsize), holes, at)


class _Active:
    """A group as the sweep passes over it: its tensors, how far they reach, and how far those without holes do."""

    def __init__(self, span: _Span) -> None:
        self.spans = [span]
        self.stop = span.stop
        self.solid = 0 if span.holes else span.stop

    def add(self, other: _Active) -> None:
        # the short list is moved, so that many groups become one in little more than linear time
        short, long = sorted((self.spans, other.spans), key=len)
        long += short
        self.spans = long
        self.stop, self.solid = max(self.stop, other.stop), max(self.solid, other.solid)


class _Sweep:
    """A sweep over the bytes of one storage. It asks groups rather than tensors: one that shares is enough to join."""

    def __init__(self, tensors: Sequence[torch.Tensor], groups: _Groups) -> None:
        self._tensors = tensors
        self._groups = groups
        self._left = _BUDGET

    def join(self, spans: Sequence[_Span]) -> None:
        active: list[_Active] = []
        for span in spans:
            own = _Active(span)
            apart: list[_Active] = []
            for group in active:
                self._left -= 1
                if group.stop <= span.start:
                    continue  # the sweep has passed it
                if self._meet(group, span):
                    self._groups.join(group.spans[0].at, span.at)
                    own.add(group)
                else:
                    apart.append(group)
            active = [*apart, own]

    def _meet(self, group: _Active, span: _Span) -> bool:
        if not span.holes and span.start < group.solid:
            return True  # two intervals without holes share what they have in common
        for other in reversed(group.spans):
            # beyond the budget, meeting counts as sharing: to announce too much is safe
            if self._left <= 0:
                return True
            self._left -= 1
            if other.stop > span.start:
                self._left -= _COMPARISON
                if _share(self._tensors[other.at], self._tensors[span.at]):
                    return True
        return False


def _described(groups: _Groups, spans: dict[int, _Span]) -> dict[int, Shared]:
    """Who is the largest of each group, and who lies inside another one."""
    members: dict[int, list[int]] = {}
    for at in groups.parent:
        members.setdefault(groups.root(at), []).append(at)
    found: dict[int, Shared] = {}
    for first, several in members.items():
        # of one object or view under several names only the first has a span; without memory, none has
        known = sorted(spans[at] for at in several if at in spans)
        stored, solid = set(), 0
        for span in known:
            # in this order all that could hold a span without holes of its own has come before it
            if span.stop > solid:
                stored.add(span.at)
                solid = solid if span.holes else span.stop
        largest = min(known, key=lambda span: (span.start - span.stop, span.holes, span.at)).at if known else first
        found.update((at, Shared(first, at == largest, at in (stored or {first}))) for at in several)
    return found


def _share(a: torch.Tensor, b: torch.Tensor) -> bool:
    try:
        return np.shares_memory(_stand_in(a), _stand_in(b), max_work=_MAX_WORK)  # type: ignore[arg-type] # NumPy's stub knows no budget
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


def are_apart(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors lie in different storages; False if that cannot be told."""
    try:
        here, there = one.untyped_storage().data_ptr(), other.untyped_storage().data_ptr()
    except (RuntimeError, NotImplementedError, ValueError):  # as above
        return False
    return here != there and here != 0 and there != 0
