"""What a check of a lesson found, as data and as text. Pure.

Titles and sentences are the teacher's and may name anything, so markup escapes them.
"""

from __future__ import annotations

from html import escape

from msgspec import Struct


class Result(Struct, frozen=True):
    """How one goal stands. `missing` is a sentence, empty if it is reached."""

    text: str
    """The goal."""
    met: bool
    """Whether it is reached."""
    missing: str = ""
    """What is missing; empty if it is reached."""


class Report(Struct, frozen=True):
    """How a lesson stands: its goals in their order, and behind them the rules that are broken, if any are."""

    title: str
    """What the lesson is called."""
    results: tuple[Result, ...]
    """One for each goal, and one for each rule that was broken."""

    @property
    def solved(self) -> bool:
        """Whether every goal is reached and no rule is broken."""
        return all(result.met for result in self.results)

    @property
    def missing(self) -> list[str]:
        """What is left to do, a sentence for each goal that is not reached."""
        return [result.missing for result in self.results if not result.met]

    def __repr__(self) -> str:
        lines = [f"{self.title}: {self._count}"]
        for result in self.results:
            lines.append(f"  {_mark(result)} {result.text}")
            lines += [f"      {result.missing}"] * bool(result.missing)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        items = []
        for result in self.results:
            why = f"<br><small>{escape(result.missing)}</small>" if result.missing else ""
            items.append(f"<li>{_mark(result)} {escape(result.text)}{why}</li>")
        head = f"<strong>{escape(self.title)}</strong>: {self._count}"
        return f'<div>{head}<ul style="list-style: none; padding-left: 1em">{"".join(items)}</ul></div>'

    @property
    def _count(self) -> str:
        met = sum(result.met for result in self.results)
        return "solved" if self.solved else f"{met} of {len(self.results)} reached"


def _mark(result: Result) -> str:
    return "✓" if result.met else "○"
