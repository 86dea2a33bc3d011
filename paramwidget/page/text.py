"""Names and numbers as text for a static page: what cannot be seen is written out, and nothing is markup.

Pure. The numbers read as they do in the editor (`js/src/format.ts`).
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from html import escape

MINUS = "\u2212"
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories that turn the text beside them around, break its line, or cannot be seen or encoded at all."""
_JOINERS = "\u200c\u200d"  # parts of ordinary words in some scripts, and of emoji


def shown(name: str, most: int = 200) -> str:
    """A name as text to look at, at most `most` characters long: control and bidi characters are written out."""
    if name == "":
        return "\u2039empty\u203a"
    if name.isspace() and name.strip(" ") == "":
        name = "\u2423" * len(name)
    # what is written out becomes longer, so `most` characters are enough to begin with
    head, tail = (name, "") if len(name) <= most else (name[: most // 3], name[len(name) - most :])
    seen, end = _visible(head), _visible(tail)
    if not tail and len(seen) <= most:
        return seen
    first = most // 3
    return f"{seen[:first]}…{(end or seen)[-(most - first - 1) :]}"  # the end of a path tells most


def _visible(name: str) -> str:
    return "".join(_written(char) if _is_unseen(char) else char for char in name)


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN and char not in _JOINERS


def _written(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def html(name: str, most: int = 200) -> str:
    """A name ready for HTML, between tags as well as in a quoted attribute."""
    return escape(shown(name, most), quote=True)


def integer(value: int) -> str:
    """A whole number with thousands separators."""
    return f"{value:,}".replace("-", MINUS)


def count(value: int) -> str:
    """A count for a narrow column: exact up to six digits, then 1.23 M, 12.3 M, 123 M, 1.2 G."""
    if value < 1e6:
        return integer(value)
    unit, scale = ("M", 1e6) if value < 999.5e6 else ("G", 1e9) if value < 999.5e9 else ("T", 1e12)
    scaled = value / scale
    return f"{scaled:.{0 if scaled >= 99.95 else 1 if scaled >= 9.995 else 2}f} {unit}"


def plural(value: int, noun: str) -> str:
    """`1 layer`, `2 layers`."""
    return f"{integer(value)} {noun}{'s' * (value != 1)}"


def memory(value: float) -> str:
    """Bytes with a unit: 453 KiB."""
    units = ["B", "KiB", "MiB", "GiB", "TiB"]
    unit = 0
    while value >= 1024 and unit < len(units) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.{0 if unit == 0 or value >= 100 else 1}f} {units[unit]}"


def percent(share: float) -> str:
    """A share from 0 to 1. It never rounds to a whole that is not true: 99.97 % is not 100 %."""
    if math.isnan(share):
        return "–"
    value = 100 * share
    if 0 < value < 0.05:
        return "<0.1%"
    return ">99.9%" if 99.95 < value < 100 else f"{value:.1f}%"


def number(value: float) -> str:
    """A value with about four significant digits."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else f"{MINUS}Inf"
    size = abs(value)
    if size == 0:
        return "0"
    if size < 1e-3 or size >= 1e5:
        mantissa, exponent = f"{value:.{1 if size < 1e-3 else 2}e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    return f"{value:.{1 if size >= 100 else 2 if size >= 10 else 3 if size >= 1 else 4}f}".replace("-", MINUS)


def end(value: float) -> str:
    """The end of a colour axis, which is a round number: `0.35`."""
    return f"{value:.4g}".replace("e+", "e").replace("-", MINUS)


def typed(value: float | int, kind: str) -> str:
    """A value as its family of dtypes has it: no decimals for integers, words for truth values."""
    if kind == "bool" and value in (0, 1):
        return str(bool(value))
    return integer(value) if isinstance(value, int) and abs(value) < 1e9 else number(float(value))


def shape(sizes: Sequence[int]) -> str:
    """`3×3×16×32`; a single number is a `scalar`."""
    return "×".join(map(str, sizes)) or "scalar"
