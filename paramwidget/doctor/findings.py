"""What an examination found, as data: one finding for each thing that is wrong with a tensor, and the list of them.

Not here: what counts as wrong (`cells`, `filters`, `sizes`), and looking at values (`scan`).
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from paramwidget.edits import Edit
from paramwidget.region import Region

Severity: TypeAlias = Literal["error", "warn", "info"]

MOST = 200
"""Findings of one kind that are listed one by one."""
FEW = 3
"""Positions that a sentence names."""
LARGEST_FACTOR = 1e30
"""Of a fix that scales: larger ones, and their inverses, are near the ends of float32, in which an edit may compute."""
_ORDER: dict[Severity, int] = {"error": 0, "warn": 1, "info": 2}
_WIDTH = 100


class Finding(Struct, frozen=True):
    """One thing that is wrong with one tensor, where it is, and the edits that would put it right."""

    kind: str
    """`non-finite`, `negative-variance`, `zero-filter`, `constant-filter`, `duplicate-rows`, `denormals` or `norm`."""
    severity: Severity
    """`error`, `warn` or `info`."""
    path: str
    """Path of the tensor."""
    region: Region
    """Where to jump: the first cell or filter."""
    count: int
    """How many cells or filters."""
    title: str
    """For a list: `3 NaN in head/kernel`."""
    text: str
    """What it is, why it matters, and the first positions as NumPy writes them."""
    fix: tuple[Edit, ...] = ()
    """Empty where nothing is safe to do."""
    fix_label: str = ""
    """What a button would say: `Set to 0`."""


class Diagnosis(Struct, frozen=True):
    """All findings of an examination, worst first; true if there are any."""

    findings: tuple[Finding, ...]
    """Worst first."""
    examined: int
    """How many tensors were read; those of the same storage and shape count once, integers not at all."""
    unread: tuple[str, ...] = ()
    """Paths of the tensors that have no values to look at."""

    @classmethod
    def of(cls, findings: Iterable[Finding], examined: int, unread: Iterable[str]) -> Diagnosis:
        """Sorted, worst first and then in the order given; of each kind no more than `MOST` and one that counts the rest."""
        ordered = sorted(findings, key=lambda each: _ORDER[each.severity])
        kinds: dict[str, list[Finding]] = {}
        for each in ordered:
            kinds.setdefault(each.kind, []).append(each)
        listed = [one for same in kinds.values() for one in _cut(same)]
        return cls(tuple(sorted(listed, key=lambda each: _ORDER[each.severity])), examined, tuple(unread))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __repr__(self) -> str:
        tensors = f"{self.examined:,} tensor{'s' * (self.examined != 1)} examined"
        unread = f", {len(self.unread):,} without values" if self.unread else ""
        count = f"{len(self):,} finding{'s' * (len(self) != 1)}" if self.findings else "nothing found"
        lines = [f"Diagnosis: {count}; {tensors}{unread}"]
        for each in self.findings:
            lines.append(f"  {each.severity:<5}  {each.title}")
            lines += textwrap.wrap(each.text, _WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 9)
            if each.fix:
                lines.append(f"{'':9}fix: {each.fix_label}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold; edits as their path, region, label and condition."""
        return {
            "examined": self.examined,
            "unread": list(self.unread),
            "findings": [
                {
                    "kind": each.kind,
                    "severity": each.severity,
                    "path": each.path,
                    "region": str(each.region),
                    "count": each.count,
                    "title": each.title,
                    "text": each.text,
                    "fix": [
                        {
                            "path": edit.path,
                            "region": str(edit.region),
                            "operation": edit.operation.label,
                            "where": edit.where,
                        }
                        for edit in each.fix
                    ],
                    "fix_label": each.fix_label,
                }
                for each in self.findings
            ],
        }


def _cut(same: list[Finding]) -> list[Finding]:
    """Findings of one kind, worst first, with one in place of those beyond `MOST`."""
    if len(same) <= MOST:
        return same
    rest = same[MOST:]
    first = rest[0]
    more = Finding(
        first.kind,
        first.severity,
        first.path,
        first.region,
        sum(each.count for each in rest),
        f"and {len(rest):,} more findings of this kind ({first.kind})",
        f"The next one is in {first.path}; examine again when those above are put right.",
    )
    return [*same[:MOST], more]


def listed(regions: Sequence[Region], count: int) -> str:
    """`[0, 3], [1, 2] and 4 more`."""
    return joined([str(region) for region in regions], count)


def joined(texts: Sequence[str], count: int) -> str:
    """`a, b and c`, or `a, b, c and 4 more` where these are the first of `count`."""
    if count > len(texts):
        return f"{', '.join(texts)} and {count - len(texts):,} more"
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def plural(count: int, one: str, many: str) -> str:
    """`1 value is`, `2 values are`."""
    return f"{count:,} {one if count == 1 else many}"
