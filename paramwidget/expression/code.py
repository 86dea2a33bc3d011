"""A formula as plain NumPy source, which computes the same bits as `evaluate` without paramwidget. Pure."""

from __future__ import annotations

import ast
import functools
import math
from itertools import pairwise

from paramwidget.expression.evaluate import check_axes
from paramwidget.expression.nodes import Apply, Chain, Constant, Draw, Index, Node, Values, walk
from paramwidget.expression.operations import AND
from paramwidget.expression.syntax import Expression
from paramwidget.region import Region


def to_numpy(expression: Expression, region: Region, seed: int = 0, name: str = "w") -> list[str]:
    """Lines of source; the last one is an expression, those before it give names to what it needs.

    The lines expect `import numpy as np` and under `name` the values of the region as a C-ordered float64 array, for
    example `w = np.array(tensor[0:16, :], dtype=np.float64, order="C")`. The expression gives an array of their shape,
    or one value for all cells; a condition gives booleans. They define `i0`, `i1`, … (indices), `r0`, … (random
    numbers) and `t0`, … (what is compared twice). NumPy may warn of NaN and infinity, which `evaluate` refuses.

    Raises
    ------
    ExpressionError
        `i2` and the like for an axis that the tensor does not have.
    """
    check_axes(expression, region)
    nodes = list(walk(expression.root))
    axes = sorted({node.axis for node in nodes if isinstance(node, Index)})
    draws = [node for node in nodes if isinstance(node, Draw)]
    writer = _Writer(name)
    last = writer.source(expression.root)
    return [
        *(f"i{axis} = {_positions(region, axis, name)}" for axis in axes),
        *(f"r{draw.order} = {_generator(draw, seed)}.{draw.method}({name}.shape)" for draw in draws),
        *writer.lines,
        _plain(last),
    ]


class _Writer:
    """Writes nodes with brackets around every operation; `lines` are what it had to give a name to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: list[str] = []

    def source(self, node: Node) -> str:
        match node:
            case Constant(value=value):
                return _constant(value)
            case Values():
                return self.name
            case Index(axis=axis):
                return f"i{axis}"
            case Draw(order=order):
                return f"r{order}"
            case Apply(operation=operation, args=args):
                return operation.source.format(*map(self.source, args))
            case Chain(signs=signs, args=args):
                first, *between, last = [self.source(arg) for arg in args]
                texts = [first, *(self.named(text, arg) for text, arg in zip(between, args[1:-1], strict=True)), last]
                links = [sign.source.format(*pair) for sign, pair in zip(signs, pairwise(texts), strict=True)]
                return functools.reduce(AND.source.format, links)

    def named(self, text: str, node: Node) -> str:
        """A name for what is written twice, else chains within chains would grow without end."""
        if not isinstance(node, (Apply, Chain)):
            return text
        self.lines.append(f"t{len(self.lines)} = {_plain(text)}")
        return f"t{len(self.lines) - 1}"


def _constant(value: float | bool) -> str:
    if math.isfinite(value):
        return f"({value!r})"
    return "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "(-np.inf)"


def _positions(region: Region, axis: int, name: str) -> str:
    # a full array, not a broadcast view: over views NumPy may run other loops, which round otherwise
    span, rank = region.spans[axis], len(region.spans)
    along = f"np.arange({span.start}, {span.stop}, {span.step}, dtype=np.float64)"
    shape = ", ".join("-1" if i == axis else "1" for i in range(rank))
    return f"np.broadcast_to({along}.reshape({shape}), {name}.shape).copy()"


def _generator(draw: Draw, seed: int) -> str:
    return f"np.random.default_rng([{seed}, {draw.order}])"


def _plain(source: str) -> str:
    """The source without brackets that it does not need."""
    return ast.unparse(ast.parse(source, mode="eval"))
