"""All operators and functions as tables: the closed list of what a formula can do."""

from __future__ import annotations

import ast
import math
import operator
from typing import Any

import numpy as np

from paramwidget.expression.nodes import Kind, Operation

_NUMBER: Kind = "number"


def _norm(values: np.ndarray) -> Any:
    # not np.linalg.norm: its BLAS may add in another order with another number of threads
    return np.sqrt(np.sum(np.square(values)))


def _function(name: str, arity: int = 1) -> Operation:
    return Operation((_NUMBER,) * arity, "number", getattr(np, name), f"np.{name}({', '.join(['{}'] * arity)})")


def _statistic(name: str) -> Operation:
    return Operation(("number",), "number", getattr(np, name), f"np.{name}({{}})", reduces=True)


def _test(name: str) -> Operation:
    return Operation(("number",), "condition", getattr(np, name), f"np.{name}({{}})")


def _arithmetic(sign: str, run: Any) -> Operation:
    return Operation(("number", "number"), "number", run, f"({{}} {sign} {{}})")


def _comparison(sign: str, run: Any) -> Operation:
    return Operation(("number", "number"), "condition", run, f"({{}} {sign} {{}})")


_CONDITIONS: tuple[Kind, Kind] = ("condition", "condition")
AND = Operation(_CONDITIONS, "condition", operator.and_, "({} & {})")
OR = Operation(_CONDITIONS, "condition", operator.or_, "({} | {})")
NOT = Operation(("condition",), "condition", operator.invert, "(~{})")
AS_NUMBER = Operation(("condition",), "number", lambda held: held * 1.0, "({} * 1.0)")

BINARY: dict[type[ast.operator], Operation] = {
    ast.Add: _arithmetic("+", operator.add),
    ast.Sub: _arithmetic("-", operator.sub),
    ast.Mult: _arithmetic("*", operator.mul),
    ast.Div: _arithmetic("/", operator.truediv),
    ast.FloorDiv: _arithmetic("//", operator.floordiv),
    ast.Mod: _arithmetic("%", operator.mod),
    ast.Pow: _arithmetic("**", operator.pow),
    ast.BitAnd: AND,
}
UNARY: dict[type[ast.unaryop], Operation] = {
    ast.USub: Operation(("number",), "number", operator.neg, "(-{})"),
    ast.UAdd: Operation(("number",), "number", operator.pos, "(+{})"),
    ast.Not: NOT,
    ast.Invert: NOT,
}
LOGICAL: dict[type[ast.boolop], Operation] = {ast.And: AND, ast.Or: OR}
COMPARISONS: dict[type[ast.cmpop], Operation] = {
    ast.Lt: _comparison("<", operator.lt),
    ast.LtE: _comparison("<=", operator.le),
    ast.Gt: _comparison(">", operator.gt),
    ast.GtE: _comparison(">=", operator.ge),
    ast.Eq: _comparison("==", operator.eq),
    ast.NotEq: _comparison("!=", operator.ne),
}

_WHERE = Operation(("condition", "number", "number"), "number", np.where, "np.where({}, {}, {})")
_NORM = Operation(("number",), "number", _norm, "np.sqrt(np.sum(np.square({})))", reduces=True)

STATISTICS = {name: _statistic(name) for name in ("mean", "std", "min", "max", "sum", "median")} | {"norm": _NORM}
FUNCTIONS: dict[str, tuple[Operation, ...]] = {
    **{name: (_function(name),) for name in ("abs", "sign", "sqrt", "exp", "log", "tanh", "round", "floor", "ceil")},
    **{name: (_function(name, 2),) for name in ("minimum", "maximum")},
    **{name: (_test(name),) for name in ("isnan", "isinf")},
    **{name: (operation,) for name, operation in STATISTICS.items()},
    "min": (STATISTICS["min"], _function("minimum", 2)),
    "max": (STATISTICS["max"], _function("maximum", 2)),
    "clip": (_function("clip", 3),),
    "where": (_WHERE,),
}
"""Name → what it means, by the number of its arguments."""

DRAWS = {"rand": "random", "randn": "standard_normal"}
"""Name → method of NumPy's generator."""

CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
