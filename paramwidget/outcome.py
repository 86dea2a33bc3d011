"""What a probe gave, as something that can be shown: a number, named numbers, a matrix, a picture, markup, or text.

Pure. Nothing is executed but the display methods of the user's own object, as Jupyter would.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct

from paramwidget import dtypes
from paramwidget.errors import ParamwidgetError, ProbeError
from paramwidget.views import heatmap

FEW = 4
"""Named numbers of which the first is the one to follow; more are a distribution, such as one number for each class."""

MAX_NUMBERS = 1000
MAX_SIDE = 256
"""Rows and columns of a matrix that are kept at most; larger ones are cut into blocks, the largest of each shown."""

_NOTHING = "the probe returned nothing; let it return a number, a dict of numbers, an array or a figure"


class Number(Struct, frozen=True):
    """One number."""

    value: float
    """May be NaN or infinite."""


class Numbers(Struct, frozen=True):
    """Named numbers, or a vector, whose `names` are empty."""

    names: tuple[str, ...]
    """One for each value; () for a vector."""
    values: tuple[float, ...]
    """At most 1,000."""


class Matrix(Struct, frozen=True):
    """A float32 matrix."""

    values: np.ndarray
    """At most 256 × 256, in memory of its own; a larger matrix in blocks, each shown by its largest magnitude."""


class Picture(Struct, frozen=True):
    """An image file."""

    mime: str
    """`image/png`, `image/jpeg` or `image/svg+xml`."""
    data: bytes
    """The bytes of the file."""


class Markup(Struct, frozen=True):
    """HTML that the object made of itself; to be shown without scripts."""

    html: str
    """At most 500,000 characters; not trusted."""


class Text(Struct, frozen=True):
    """Anything else, as its text."""

    text: str
    """At most 10,000 characters."""


Outcome: TypeAlias = Number | Numbers | Matrix | Picture | Markup | Text
"""What a probe can give."""


def headline(outcome: Outcome | None) -> float | None:
    """The one number to follow over the history: the number, or the first of a few named ones."""
    if isinstance(outcome, Number):
        return outcome.value
    if isinstance(outcome, Numbers) and 0 < len(outcome.names) <= FEW:
        return outcome.values[0]
    return None


def outcome_of(value: Any) -> Outcome:
    """What can be shown of whatever a probe returned.

    Raises
    ------
    ProbeError
        It returned nothing.
    """
    if value is None:
        raise ProbeError(_NOTHING)
    if isinstance(value, str):
        return Text(value[:10_000])
    if isinstance(value, Mapping):
        return _named(value)
    if isinstance(value, int):  # of any size, which no array holds
        number = _number(value)
        return Text(_text(value)) if number is None else Number(number)
    picture = _picture(value)
    if picture is not None:
        return picture
    return _numbers(value) or Text(_text(value))


def _named(value: Mapping[Any, Any]) -> Outcome:
    if not value:
        raise ProbeError(_NOTHING)
    numbers = [_number(each) for each in value.values()]
    if any(number is None for number in numbers):
        return Text(_text(value))
    names = [str(name)[:200] for name in value]
    return Numbers(tuple(names[:MAX_NUMBERS]), tuple(number for number in numbers[:MAX_NUMBERS] if number is not None))


def _number(value: Any) -> float | None:
    """A Python or NumPy number, or a tensor of one element."""
    if isinstance(value, (bool, int, float, np.number, np.bool_)):
        try:
            return float(value) if not isinstance(value, np.complexfloating) else None
        except OverflowError:  # an integer beyond all floats
            return None
    outcome = None if isinstance(value, (str, list, tuple, Mapping)) else _numbers(value)
    return outcome.value if isinstance(outcome, Number) else None


def _numbers(value: Any) -> Outcome | None:
    try:
        array = dtypes.given(value)
    except ParamwidgetError:
        return None
    if dtypes.kind(array.dtype.name) in ("other", "complex"):
        return None
    if array.size == 0:
        raise ProbeError("the probe returned an empty array; let it return at least one number")
    if array.size == 1 and array.ndim < 2:
        return Number(float(dtypes.measure(array).reshape(())))
    if array.ndim == 1:
        return Numbers((), tuple(float(x) for x in dtypes.measure(array[:MAX_NUMBERS])))
    return Matrix(_matrix(dtypes.measure(array))) if array.ndim == 2 else None


def _matrix(real: np.ndarray) -> np.ndarray:
    # a copy: the array may be the model's own memory
    return np.array(heatmap.tile(real, *(-(-n // MAX_SIDE) for n in real.shape)))


def _picture(value: Any) -> Outcome | None:
    figure = value if hasattr(value, "savefig") else getattr(value, "figure", None)
    if hasattr(figure, "savefig"):
        return _figure(figure)
    for mime, method in (
        ("image/png", "_repr_png_"),
        ("image/jpeg", "_repr_jpeg_"),
        ("image/svg+xml", "_repr_svg_"),
    ):
        data = _display(value, method)
        if isinstance(data, (str, bytes)) and data:
            return Picture(mime, data.encode() if isinstance(data, str) else data)
    html = _display(value, "_repr_html_")
    return Markup(html[:500_000]) if isinstance(html, str) and html else None


def _display(value: Any, method: str) -> Any:
    show = getattr(type(value), method, None)
    try:
        return None if show is None else show(value)
    except NotImplementedError:
        return None


def _figure(figure: Any) -> Picture:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=120, bbox_inches="tight")
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)  # or Jupyter shows it once more under the next cell
    return Picture("image/png", file.getvalue())


def _text(value: Any) -> str:
    return repr(value)[:10_000]
