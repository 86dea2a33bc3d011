"""The result of a comparison: one row a tensor, in the order of what matters, as data and as a table of text.

Pure. Not here: finding the differences, and reading any values.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct, structs

from paramwidget.errors import MissingExtraError, PathError
from paramwidget.tree import closest

Match: TypeAlias = Literal["equal", "differs", "only-a", "only-b", "shape", "dtype", "unreadable"]

_SHOWN = 20
"""Rows of a table."""


class Difference(Struct, frozen=True):
    """How one tensor differs. `paramwidget.comparison` says what is counted.

    Where no values were compared (`only-a`, `only-b`, `shape`,
    `unreadable`, and `dtype` with one complex side), the counts are 0 and the measures NaN.
    """

    path: str
    """Path of the tensor."""
    match: Match
    """`equal` or `differs`; `dtype` with two element types; `shape`, `only-a`, `only-b`, `unreadable`."""
    shape_a: tuple[int, ...] | None = None
    """Shape in a; None if a has no such tensor."""
    shape_b: tuple[int, ...] | None = None
    """Shape in b; None if b has no such tensor."""
    dtype_a: str = ""
    """Element type in a, as NumPy or ml_dtypes names it; empty if a has no such tensor."""
    dtype_b: str = ""
    """Element type in b; empty if b has no such tensor."""
    size: int = 0
    """Number of cells; of a, if both sides have the tensor."""
    changed: int = 0
    """Number of cells whose bits differ; with two element types, whose values do."""
    max_abs: float = math.nan
    """Largest |B - A| over the cells that are finite on both sides; NaN where no values were compared."""
    relative: float = math.nan
    """‖B - A‖ / ‖A‖ over the same cells: inf if only ‖A‖ is 0, and 0 if both are."""
    cosine: float = math.nan
    """Cosine of the angle between A and B over the same cells, from -1 to 1; NaN if one of the norms is 0."""
    nan_a: int = 0
    """Number of values in a that are NaN or infinite."""
    nan_b: int = 0
    """Number of values in b that are NaN or infinite."""


class Comparison:
    """The differences of two models: those in values first, the largest `relative` on top; then those in structure.

    Tensors that are equal follow in the order of the tree.
    """

    def __init__(self, a: str, b: str, rows: Sequence[Difference]) -> None:
        self.a: str = a
        """Title of one side."""
        self.b: str = b
        """Title of the other."""
        self.rows: list[Difference] = sorted(rows, key=_rank)
        """One for each tensor of either side, in the order that the class tells."""
        self._index = {row.path: row for row in rows}

    @property
    def differing(self) -> list[Difference]:
        """All rows but those of equal tensors."""
        return [row for row in self.rows if row.match != "equal"]

    @property
    def equal(self) -> bool:
        """Whether both have the same tensors with the same bits; False also where a tensor could not be read."""
        return not self.differing

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.rows)

    def __getitem__(self, path: str) -> Difference:
        """The row of one tensor.

        Raises
        ------
        PathError
            Neither side has it; the message names the closest.
        """
        if path not in self._index:
            raise PathError(f"neither side has a tensor '{path}'{closest(str(path), self._index)}")
        return self._index[path]

    def __repr__(self) -> str:
        differing, sides = self.differing, f"a: {self.a} · b: {self.b}"
        if not differing:
            return f"{len(self)} tensors, all equal · {sides}"
        lines = [f"{len(differing)} of {len(self)} tensors differ · {sides}", *_table(differing[:_SHOWN])]
        more, same = len(differing) - _SHOWN, len(self) - len(differing)
        rest = [f"… and {more} more that differ"] * (more > 0) + [f"{same} equal"] * (same > 0)
        return "\n".join([*lines, ", ".join(rest)] if rest else lines)

    def to_dict(self) -> dict[str, Any]:
        """Dicts, lists, texts and numbers only, for `json.dumps`; NaN and inf stay floats."""
        rows = [structs.asdict(row) for row in self.rows]
        for row in rows:
            row.update({name: list(row[name]) for name in ("shape_a", "shape_b") if row[name] is not None})
        return {"a": self.a, "b": self.b, "equal": self.equal, "rows": rows}

    def to_pandas(self) -> Any:
        """A DataFrame with one row a tensor, its path as index.

        Raises
        ------
        MissingExtraError
            pandas is not installed.
        """
        try:
            pandas = importlib.import_module("pandas")
        except ImportError as error:
            raise MissingExtraError(
                "a DataFrame needs pandas, which is not installed; install it with: pip install pandas, or use to_dict()"
            ) from error
        rows = [structs.asdict(row) for row in self.rows]
        return pandas.DataFrame(rows, columns=list(Difference.__struct_fields__)).set_index("path")


def _rank(row: Difference) -> tuple[int, float]:
    """Sorts rows; of equal rank they stay in the order of the tree."""
    largest = 0.0 if math.isnan(row.relative) else -row.relative
    return {"differs": 0, "dtype": 1, "equal": 3}.get(row.match, 2), largest


# ---------------------------------------------------------------------- text


def _table(rows: Sequence[Difference]) -> list[str]:
    """Lines of aligned columns, without those that are empty in all rows."""
    head = ("tensor", "match", "changed", "max |Δ|", "relative", "cosine", "not finite")
    columns = [column for column in zip(head, *map(_cells, rows), strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in zip(*columns, strict=True)
    ]


def _cells(row: Difference) -> tuple[str, ...]:
    match: str = row.match
    if match == "shape":
        match = f"shape {row.shape_a} → {row.shape_b}"
    elif match == "dtype":
        match = f"dtype {row.dtype_a} → {row.dtype_b}"
    path = row.path if len(row.path) <= 60 else "…" + row.path[-59:]
    if math.isnan(row.relative):
        return path, match, "", "", "", "", ""
    wrong = f"{row.nan_a:,} → {row.nan_b:,}" if row.nan_a or row.nan_b else ""
    measures = (f"{value:.4g}" for value in (row.max_abs, row.relative, row.cosine))
    return path, match, f"{row.changed:,} of {row.size:,}", *measures, wrong
