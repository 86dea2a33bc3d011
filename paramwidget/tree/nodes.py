"""Nodes and tensors as facts: what a model is made of, without one element read.

The structs are also the wire types, made with msgspec because a tree of 100,000 tensors must be ready in a fraction of a
second. Not here: values, statistics, words for the screen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from paramwidget import dtypes
from paramwidget.errors import PathError
from paramwidget.tree.names import closest

Role: TypeAlias = Literal["weight", "bias", "buffer", "state"]
Lock: TypeAlias = Literal["open", "frozen", "mixed", "none"]


class Parameter(Struct, frozen=True, gc=False):  # holds no cycles, and 100,000 of them need no second look
    """One named tensor: facts only, read without touching its values."""

    path: str
    """What it is found by: the framework's own name of it, unique in the model."""
    name: str
    """The last part of the path."""
    shape: tuple[int, ...]
    """() for a single number."""
    dtype: str
    """Element type as NumPy or ml_dtypes names it; the framework's own name where neither holds it."""
    role: Role = "weight"
    """`weight`, `bias`, `buffer` (stored and not trained), or `state` of a layer (seeds, metrics)."""
    trainable: bool | None = None
    """Whether training changes it; None where the framework has no such notion."""
    device: str = "cpu"
    """Where its memory is: `cpu`, `cuda:0`."""
    tied: str = ""
    """Path of the first tensor with the same storage (its own path for that first one); empty if it shares nothing."""
    counted: bool = True
    """Whether the framework's own total includes it."""
    readable: bool = True
    """Whether it has values to read."""
    writable: bool = True
    """Whether its values can be set."""
    reason: str = ""
    """Why it is not readable or not writable: a key of `notices.REASONS`, or a text of an adapter's own."""
    axes: tuple[str, ...] = ()
    """Names of its axes, such as `("out", "in")`; () where they are not known."""
    stored: bool = True
    """Its memory is counted here, and not under another name."""

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def lock(self) -> Lock:
        """What its lock shows; `none` where there is nothing to freeze (buffers, state, integers, no such notion)."""
        if self.trainable is None or self.role not in ("weight", "bias"):
            return "none"
        return "open" if self.trainable else "frozen"

    @property
    def bytes(self) -> int:
        """Bytes of its values; 0 for an element type that NumPy does not hold."""
        return self.size * dtypes.itemsize(self.dtype)


class Node(Struct, frozen=True, dict=True):
    """A layer, module or group, with what is in it."""

    path: str
    """Path of the layer: the names from the root down; empty for the root."""
    name: str
    """What is shown; of the root, the name of the model."""
    kind: str
    """Class of the layer in its framework: `Conv2D`, `Linear`, `dict`."""
    parameters: tuple[Parameter, ...] = ()
    """Tensors of the layer itself."""
    children: tuple[Node, ...] = ()
    """Layers in it."""
    reason: str = ""
    """Why it is empty, if it is: a key of `notices.REASONS`."""

    def walk(self) -> Iterator[Parameter]:
        """All tensors below, in the order in which they are shown: own ones first, then child by child."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield from node.parameters
            stack.extend(reversed(node.children))

    def nodes(self) -> Iterator[Node]:
        """This node and all below, in the order in which they are shown."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    @cached_property
    def count(self) -> int:
        """Number of values as the framework counts them; tied ones once."""
        return sum(p.size for p in self.walk() if p.counted)

    @cached_property
    def bytes(self) -> int:
        """Bytes of everything stored, buffers included; tied ones once."""
        return sum(p.bytes for p in self.walk() if p.stored)

    @property
    def trainable(self) -> bool | None:
        """True, False, or None if the tensors below differ or have no such notion; see `lock`."""
        return {"open": True, "frozen": False}.get(self.lock)

    @property
    def lock(self) -> Lock:
        """The lock of this node: what the locks of the tensors below have in common."""
        return common_lock(p.lock for p in self.walk())

    @cached_property
    def index(self) -> Mapping[str, Parameter]:
        """All tensors below by path."""
        return {p.path: p for p in self.walk()}

    @cached_property
    def layers(self) -> Mapping[str, Node]:
        """All nodes by path, but for a root without one."""
        return {node.path: node for node in self.nodes() if node.path}

    def __getitem__(self, path: str) -> Parameter:
        """The tensor with this path.

        Raises
        ------
        PathError
            There is none; the message names the closest.
        """
        try:
            return self.index[path]
        except KeyError:
            raise PathError(f"there is no tensor '{path}'{closest(path, self.index)}") from None


class Totals(NamedTuple):
    """Numbers of values of a model, tied ones once; and of its tensors and layers."""

    values: int
    """As the framework counts them."""
    stored: int
    """Buffers and all."""
    bytes: int
    trainable: int
    frozen: int
    buffers: int
    tensors: int
    layers: int

    @classmethod
    def of(cls, root: Node) -> Totals:
        """Goes through all tensors: to be asked once for each tree."""
        stored = trainable = frozen = buffers = tensors = 0
        for p in root.walk():
            tensors += 1
            if p.tied not in ("", p.path):
                continue
            stored += p.size
            if p.role in ("buffer", "state"):
                buffers += p.size
            elif p.trainable is True:
                trainable += p.size
            elif p.trainable is False:
                frozen += p.size
        layers = sum(1 for _ in root.nodes()) - 1  # the root is none
        return cls(root.count, stored, root.bytes, trainable, frozen, buffers, tensors, layers)

    @property
    def shares(self) -> tuple[float, float] | None:
        """Parts of what can train that do and that do not; None where there is no such notion."""
        held = self.trainable + self.frozen
        return (self.trainable / held, self.frozen / held) if held else None


def shown_first(root: Node) -> Parameter | None:
    """The tensor that a view begins with: the first matrix, else the first with values; editable ones before others."""
    tests: tuple[Callable[[Parameter], bool], ...] = (
        lambda p: p.readable and p.writable and len(p.shape) > 1 and p.size > 0,
        lambda p: p.readable and p.writable and p.size > 0,
        lambda p: p.readable and len(p.shape) > 1 and p.size > 0,
        lambda p: p.readable and p.size > 0,
        lambda p: True,
    )
    for test in tests:
        for p in root.walk():
            if test(p):
                return p
    return None


def common_lock(locks: Iterable[Lock]) -> Lock:
    """The lock of a layer, given those of what is in it."""
    kinds = set(locks) - {"none"}
    if len(kinds) > 1:
        return "mixed"
    return kinds.pop() if kinds else "none"
