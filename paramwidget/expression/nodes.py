"""What a formula is after it was read: a tree of few kinds of nodes. Every value is one number or one for each cell."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from msgspec import Struct

Kind: TypeAlias = Literal["number", "condition"]


class Operation(Struct, frozen=True):
    """One row of the language: what it takes, what it gives, how it is computed and how NumPy writes it."""

    takes: tuple[Kind, ...]
    gives: Kind
    run: Callable[..., Any]
    source: str
    """NumPy source with `{}` for each argument; it must compute the very same bits as `run`."""
    reduces: bool = False


class Constant(Struct, frozen=True):
    """The same number or condition for all cells."""

    value: float | bool


class Values(Struct, frozen=True):
    """`w`."""


class Index(Struct, frozen=True):
    """`i0`, `i1`, …; the axis is checked when the tensor is known."""

    axis: int
    position: int


class Draw(Struct, frozen=True):
    """`rand()` or `randn()`; each has a stream of its own, by its order in the text."""

    order: int
    method: Literal["random", "standard_normal"]


class Apply(Struct, frozen=True):
    """An operation on other nodes."""

    operation: Operation
    args: tuple[Node, ...]


class Chain(Struct, frozen=True):
    """`a < b <= c`: every operand is computed once."""

    signs: tuple[Operation, ...]
    args: tuple[Node, ...]


Leaf: TypeAlias = Constant | Values | Index | Draw
Node: TypeAlias = Leaf | Apply | Chain


def gives_condition(node: Node) -> bool:
    """Whether the value is true or false rather than a number."""
    match node:
        case Constant(value=value):
            return isinstance(value, bool)
        case Apply(operation=operation):
            return operation.gives == "condition"
    return isinstance(node, Chain)


def is_single(node: Node) -> bool:
    """Whether there is one value for all cells."""
    match node:
        case Apply(operation=operation, args=args):
            return operation.reduces or all(map(is_single, args))
        case Chain(args=args):
            return all(map(is_single, args))
    return isinstance(node, Constant)


def combine(node: Apply | Chain, values: Sequence[Any]) -> Any:
    """The value of a node from those of its arguments."""
    if isinstance(node, Apply):
        return node.operation.run(*values)
    links = (sign.run(*pair) for sign, pair in zip(node.signs, pairwise(values), strict=True))
    return functools.reduce(operator.and_, links)


def compute(node: Node, leaf: Callable[[Leaf], Any]) -> Any:
    """The value of a node, where `leaf` gives the values that it is made of."""
    if isinstance(node, (Apply, Chain)):
        return combine(node, [compute(arg, leaf) for arg in node.args])
    return leaf(node)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    if isinstance(node, (Apply, Chain)):
        for arg in node.args:
            yield from walk(arg)
