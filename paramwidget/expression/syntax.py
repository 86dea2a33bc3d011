"""Text → tree of nodes: Python's own parser for the grammar, then a walker that knows a closed list of its nodes."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from msgspec import Struct

from paramwidget.errors import ExpressionError
from paramwidget.expression.nodes import (
    Apply,
    Chain,
    Constant,
    Draw,
    Index,
    Node,
    Operation,
    Values,
    combine,
    gives_condition,
    is_single,
    walk,
)
from paramwidget.expression.operations import (
    AS_NUMBER,
    BINARY,
    COMPARISONS,
    CONSTANTS,
    DRAWS,
    FUNCTIONS,
    LOGICAL,
    STATISTICS,
    UNARY,
)
from paramwidget.expression.tokens import DEEPEST, fault, index_axis, tokenize

_MOST_NODES = 500


class Expression(Struct, frozen=True):
    """A formula that was checked; two are equal if their texts are.

    Raises
    ------
    ExpressionError
        The text is not a formula of the language.
    """

    text: str
    """The formula as it was written."""

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise ExpressionError(f"a formula is a text, such as 'w * 0.5', and not {type(self.text).__name__}")
        _read(self.text)

    @property
    def root(self) -> Node:
        """The formula as a tree."""
        return _read(self.text).root

    @property
    def random(self) -> bool:
        """Whether it draws random numbers, so that the seed matters."""
        return any(isinstance(node, Draw) for node in walk(self.root))

    @property
    def is_condition(self) -> bool:
        """Whether its value is true or false: a comparison, `and`, `or`, `not`, `isnan`, `isinf`."""
        return gives_condition(self.root)

    @property
    def means_non_finite(self) -> bool:
        """Whether it names `nan` or `inf`, so that such results are meant."""
        return _read(self.text).means_non_finite


def parse(text: str) -> Expression:
    """The formula with this text.

    Raises
    ------
    ExpressionError
        Something in it is not of the language; the sentence and `position` say where.
    """
    return Expression(text)


class _Reading(Struct, frozen=True):
    root: Node
    means_non_finite: bool


@lru_cache(maxsize=256)
def _read(text: str) -> _Reading:
    tokens = tokenize(text)
    if not tokens:
        raise ExpressionError("the formula is empty; write for example w * 0.5")
    places = [token.position for token in tokens for _ in f"{token.text} "]
    places[-1] = len(text)
    try:
        parsed = ast.parse(" ".join(token.text for token in tokens), mode="eval")
    except SyntaxError as error:
        at = places[min(error.offset, len(places)) - 1] if error.offset else len(text)
        raise fault(at, "a value is missing" if at == len(text) else "this cannot stand here") from None
    except (RecursionError, MemoryError):
        raise fault(0, f"more than {DEEPEST} steps in one another; make the formula simpler") from None
    root = _Reader(places).node(parsed.body, 1)
    return _Reading(root, any(token.text in ("nan", "inf") for token in tokens))


def _fold(node: Apply | Chain) -> Node:
    """What depends on no cell is computed here, as float64 too: Python's own numbers would raise or grow without end."""
    values = [np.asarray(arg.value)[()] for arg in node.args if isinstance(arg, Constant)]
    if len(values) < len(node.args):
        return node
    with np.errstate(all="ignore"):
        value = combine(node, values)
    return Constant(bool(value) if gives_condition(node) else float(value))


class _Reader:
    """Turns nodes of Python's grammar into ours; `places` leads from its columns to characters of the text."""

    def __init__(self, places: Sequence[int]) -> None:
        self.places = places
        self.count = 0
        self.draws = 0

    def node(self, given: ast.expr, depth: int) -> Node:
        self.count += 1
        if self.count > _MOST_NODES:
            raise fault(self.at(given), f"a formula has at most {_MOST_NODES} parts; make it simpler")
        if depth > DEEPEST:
            raise fault(self.at(given), f"more than {DEEPEST} steps in one another; make the formula simpler")
        match given:
            case ast.Constant(value=float(value)):
                return Constant(value)
            case ast.Name(id=name):
                return self.name(given, name)
            case ast.UnaryOp(op=op, operand=operand) if type(op) in UNARY:
                return self.apply(UNARY[type(op)], [operand], depth)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
                return self.apply(BINARY[type(op)], [left, right], depth)
            case ast.BoolOp(op=op, values=values):
                return self.logical(LOGICAL[type(op)], values, depth)
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in COMPARISONS for op in ops):
                args = [self.number(each, depth + len(others)) for each in (left, *others)]
                return _fold(Chain(tuple(COMPARISONS[type(op)] for op in ops), tuple(args)))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(given, name, args, depth)
            case ast.Call():
                raise fault(self.at(given), "only functions can be called, with plain values; write * to multiply")
        raise fault(self.at(given), "this is not part of the language; see its list of operators and functions")

    def name(self, given: ast.expr, name: str) -> Node:
        axis = index_axis(name)
        if name == "w":
            return Values()
        if axis is not None:
            return Index(axis, self.at(given))
        if name in CONSTANTS:
            return Constant(CONSTANTS[name])
        if name in DRAWS:
            return self.draw(name)
        if name in STATISTICS:
            return Apply(STATISTICS[name], (Values(),))
        raise fault(self.at(given), f"'{name}' is a function; write what it is of in brackets, as in {name}(w)")

    def draw(self, name: str) -> Node:
        self.draws += 1
        return Draw(self.draws - 1, "random" if name == "rand" else "standard_normal")

    def call(self, given: ast.expr, name: str, args: list[ast.expr], depth: int) -> Node:
        if name in DRAWS and not args:
            return self.draw(name)
        if name not in FUNCTIONS and name not in DRAWS:
            raise fault(self.at(given), f"'{name}' is not a function; write * to multiply")
        meanings = {len(operation.takes): operation for operation in FUNCTIONS.get(name, ())}
        if len(args) not in meanings:
            wanted = " or ".join(map(str, meanings)) or "no"
            raise fault(self.at(given), f"{name}() takes {wanted} argument{'s' * (wanted != '1')}, not {len(args)}")
        operation = meanings[len(args)]
        if not operation.reduces:
            return self.apply(operation, args, depth)
        over = self.number(args[0], depth + 1)
        if is_single(over):
            raise fault(self.at(args[0]), f"{name}() is taken over all cells, but this is one number; write it alone")
        return Apply(operation, (over,))

    def logical(self, operation: Operation, values: list[ast.expr], depth: int) -> Node:
        joined, *others = [self.condition(each, depth + len(values) - 1) for each in values]
        for each in others:
            joined = _fold(Apply(operation, (joined, each)))
        return joined

    def apply(self, operation: Operation, args: list[ast.expr], depth: int) -> Node:
        readers = {"number": self.number, "condition": self.condition}
        read = [readers[kind](arg, depth + 1) for kind, arg in zip(operation.takes, args, strict=True)]
        return _fold(Apply(operation, tuple(read)))

    def number(self, given: ast.expr, depth: int) -> Node:
        read = self.node(given, depth)
        return _fold(Apply(AS_NUMBER, (read,))) if gives_condition(read) else read

    def condition(self, given: ast.expr, depth: int) -> Node:
        read = self.node(given, depth)
        if not gives_condition(read):
            needed = "a condition such as w > 0 is needed here, not a number"
            raise fault(self.at(given), f"{needed}; put brackets around what stands beside & and ~")
        return read

    def at(self, given: ast.expr) -> int:
        return self.places[given.col_offset]
