"""The small element-wise language of the editor: `w * 0.5 + 0.1`, `where(abs(w) < 1e-2, 0, w)`, `|w| < 0.01`.

Pure. A formula is read by a walker with a closed list of what is allowed; nothing is ever compiled or executed.

Numbers     `0.5`, `1e-3`; `pi`, `e`, `inf`, `nan`
Values      `w`: the values; `i0`, `i1`, …: the index along each axis of the whole tensor, also where a part is edited
Operators   `+ - * / // % **`, comparisons (`-0.1 < w <= 0.2`), `and or not`, `&` and `~` on conditions; `|x|` is abs(x)
Functions   `abs sign sqrt exp log tanh round floor ceil`, `clip(x, lo, hi)`, `where(condition, a, b)`, `isnan isinf`,
            `minimum maximum` and `min max` of two values
Statistics  `mean std min max norm sum median` of one argument, over the edited region; a bare name is that of `w`
Random      `rand()` uniform in [0, 1), `randn()` standard normal: one draw for each value, the same for the same seed

Everything is computed in float64. A condition becomes 0 or 1 where a number is needed, but a number is no condition.
NaN is not left out of statistics, `std` is that of the population, `norm` the Euclidean one, `round` goes to even.
"""

from __future__ import annotations

from paramwidget.expression.code import to_numpy
from paramwidget.expression.evaluate import condition, evaluate
from paramwidget.expression.syntax import Expression, parse

__all__ = ["Expression", "condition", "evaluate", "parse", "to_numpy"]
