"""A formula applied to the values of a region. Pure.

A formula without statistics is computed in blocks that stay in the processor's cache; one with statistics at once, with
a few temporary float64 arrays of the size of the region. Both give the same bits: every array is C-ordered and of one
shape, so NumPy runs the same loops over it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from paramwidget import dtypes
from paramwidget.errors import ExpressionError, ValueRefusedError
from paramwidget.expression.nodes import Apply, Constant, Draw, Index, Leaf, Values, compute, walk
from paramwidget.expression.syntax import Expression
from paramwidget.expression.tokens import fault
from paramwidget.region import Region

_BLOCK = 2**18
_EXACT = 2**53
"""Up to here float64 holds every integer."""


def evaluate(
    expression: Expression,
    values: np.ndarray,
    region: Region,
    seed: int = 0,
    chosen: np.ndarray | None = None,
) -> np.ndarray:
    """The results as a new float64 array of the shape `region.extent`; a condition gives 0 and 1.

    Where `chosen`, a bool array of the same shape, is False, a result may be NaN or infinite.

    `values` are those of the region, of any real dtype. Random numbers depend on `seed` (0 or more) and on their place
    in the formula and in the region.

    Raises
    ------
    ExpressionError
        `i2` and the like for an axis that the tensor does not have.
    ValueRefusedError
        The values are complex, not of the region's shape, or integers that float64 cannot hold; a negative seed; or a
        result is NaN or infinite where the value was finite, and the formula names neither `nan` nor `inf`.
    """
    results = _run(expression, values, region, seed, np.dtype(np.float64))
    if not expression.means_non_finite:
        _check_finite(results, values, region, chosen)
    return results


def condition(expression: Expression, values: np.ndarray, region: Region, seed: int = 0) -> np.ndarray:
    """Where a condition holds, as a new bool array of the shape `region.extent`; all else as for `evaluate`.

    Raises
    ------
    ExpressionError
        The formula gives numbers.
    """
    if not expression.is_condition:
        raise ExpressionError(f"'{expression.text[:40]}' is no condition; write a comparison such as |w| < 0.01")
    return _run(expression, values, region, seed, np.dtype(np.bool_))


def check_axes(expression: Expression, region: Region) -> None:
    """Refuse `i2` for a tensor of two axes."""
    rank = len(region.shape)
    for node in walk(expression.root):
        if isinstance(node, Index) and node.axis >= rank:
            known = f"only i0 to i{rank - 1}" if rank > 1 else "only i0" if rank else "no indices, as it is one number"
            raise fault(node.position, f"'i{node.axis}' is not an axis of the tensor, which has {known}")


def _run(expression: Expression, values: np.ndarray, region: Region, seed: int, dtype: np.dtype) -> np.ndarray:
    _check_given(expression, values, region, seed)
    check_axes(expression, region)
    results = np.empty(region.extent, dtype)
    if results.size == 0:
        return results  # statistics of nothing would raise
    generators = [np.random.default_rng([seed, order]) for order in range(_count_draws(expression))]
    given = values.reshape(-1)
    cells, whole = results.reshape(-1), _has_statistics(expression)
    for part in [slice(0, results.size)] if whole else _blocks(results.size):
        shape = region.extent if part == slice(0, results.size) else (part.stop - part.start,)
        with np.errstate(all="ignore"):
            computed = compute(expression.root, _leaves(given, region, generators, part, shape))
            cells[part] = np.reshape(computed, -1)  # one value stands for all
    return results


def _blocks(size: int) -> Iterator[slice]:
    """Parts of at least `_BLOCK` cells.

    The last one takes the rest: NumPy may take a single cell for a scalar exponent, and `w ** w` then rounds otherwise.
    """
    count = max(1, size // _BLOCK)
    for block in range(count):
        yield slice(block * _BLOCK, (block + 1) * _BLOCK if block + 1 < count else size)


def _leaves(
    given: np.ndarray,
    region: Region,
    generators: Sequence[np.random.Generator],
    part: slice,
    shape: tuple[int, ...],
) -> Callable[[Leaf], Any]:
    """What `compute` asks for, for the cells `part` of the values `given` in C order; parts must come in their order."""
    w = np.asarray(given[part], dtype=np.float64).reshape(shape)

    def leaf(node: Leaf) -> Any:
        match node:
            case Constant(value=value):
                return value
            case Values():
                return w
            case Index(axis=axis):
                return _positions(region, axis, part).reshape(shape)
            case Draw(order=order, method=method):
                return getattr(generators[order], method)(part.stop - part.start).reshape(shape)

    return leaf


def _positions(region: Region, axis: int, part: slice) -> np.ndarray:
    """Index along one axis of the tensor for the cells `part` of the region, as float64."""
    span = region.spans[axis]
    inner = math.prod(region.extent[axis + 1 :])
    along = np.arange(part.start, part.stop) // inner % len(span)
    return (span.start + along * span.step).astype(np.float64)


def _count_draws(expression: Expression) -> int:
    return sum(isinstance(node, Draw) for node in walk(expression.root))


def _has_statistics(expression: Expression) -> bool:
    return any(isinstance(node, Apply) and node.operation.reduces for node in walk(expression.root))


def _check_given(expression: Expression, values: np.ndarray, region: Region, seed: int) -> None:
    name = values.dtype.name
    if values.shape != region.extent:
        raise ValueRefusedError(f"the values have the shape {values.shape}, but {region} has {region.extent}")
    if seed < 0:
        raise ValueRefusedError(f"the seed is a whole number from 0, not {seed}")
    if dtypes.kind(name) in ("complex", "other"):
        raise ValueRefusedError(f"formulas compute with real numbers, and these are {name}; set the values one by one")
    uses_values = any(isinstance(node, Values) for node in walk(expression.root))
    if uses_values and values.size and name in ("int64", "uint64"):
        low, high = int(values.min()), int(values.max())
        if low < -_EXACT or high > _EXACT:
            bad = low if low < -_EXACT else high
            raise ValueRefusedError(f"{bad} would lose digits in a formula, which computes in float64; type it instead")


def _check_finite(results: np.ndarray, values: np.ndarray, region: Region, chosen: np.ndarray | None) -> None:
    """Refuse results that are NaN or infinite although the value was a number."""
    bad = ~np.isfinite(results)
    if chosen is not None:
        bad &= chosen
    if not bad.any():
        return
    if dtypes.kind(values.dtype.name) == "float":
        with np.errstate(invalid="ignore"):  # signalling NaN
            bad &= np.isfinite(values)
    count = int(np.count_nonzero(bad))
    if count == 0:
        return
    first = np.unravel_index(int(np.argmax(bad)), bad.shape) if bad.ndim else ()
    nan, infinite = bool(np.isnan(results[bad]).any()), bool(np.isinf(results[bad]).any())
    what = "NaN or infinite" if nan and infinite else "NaN" if nan else "infinite"
    where = [span.start + int(at) * span.step for span, at in zip(region.spans, first, strict=True)]
    raise ValueRefusedError(
        f"{count} of {bad.size} results {'is' if count == 1 else 'are'} {what}, the first at {where}; "
        "leave such values out with where(…), or name nan or inf in the formula if they are meant"
    )
