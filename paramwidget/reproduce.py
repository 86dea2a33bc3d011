"""The history as plain framework code: a script that runs where paramwidget is not installed and gives the same bits.

Operations write themselves down as NumPy (`edits`), adapters say how their framework finds, reads and writes a tensor.
What cannot be written as an operation (values from a script, from a snapshot, entries taken back) is written as values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING

from paramwidget import expression
from paramwidget.adapters.base import Dialect, Programmable
from paramwidget.edits import Edit, Place, literal
from paramwidget.errors import HistoryError, ValueRefusedError
from paramwidget.region import Region
from paramwidget.states import EntryState

if TYPE_CHECKING:
    from paramwidget.journal import Change, Entry
    from paramwidget.session import Session


_WHOLE = "whole"
"""Name of the array with all values of a tensor; the code of operations binds `part`, `w`, `new`, `values` and others."""


def to_python(session: Session, entries: Iterable[int] | None = None) -> str:
    """The done entries of the history, or some of them, as a script that edits an object called `model`.

    Run on the model as it was before the first of them, it leaves every tensor with the same bits. The framework, NumPy
    and ml_dtypes are all it needs.

    Raises
    ------
    HistoryError
        An entry is not among what is done, or is not named by its number.
    ValueRefusedError
        The adapter does not say how its framework finds a tensor, or no expression leads to one.
    """
    adapter = session.adapter
    if not isinstance(adapter, Programmable):
        raise ValueRefusedError(f"{adapter.name} does not say how code finds a tensor; save a patch file instead")
    with session.lock:
        writer = _Writer(session, adapter)
        for entry in _chosen(session, entries):
            writer.write(entry)
        return writer.text()


def _chosen(session: Session, entries: Iterable[int] | None) -> list[Entry]:
    done = session.journal.done
    if entries is None:
        return done
    numbers = list(entries) if isinstance(entries, Iterable) else None
    if numbers is None or not all(isinstance(number, Integral) for number in numbers):
        raise HistoryError("entries are named by a list of their numbers; write for example to_python([1, 3])")
    missing = set(numbers) - {entry.number for entry in done}
    if missing:
        raise HistoryError(
            f"entry {min(missing)} is not among what is done, so it cannot be written down; redo it first"
        )
    return [entry for entry in done if entry.number in numbers]


class _Writer:
    """Collects imports and blocks of code, one block for each entry."""

    def __init__(self, session: Session, adapter: Programmable) -> None:
        self._session = session
        self._adapter = adapter
        self._imports: dict[str, None] = {"import numpy as np": None}
        self._blocks: list[str] = []

    def text(self) -> str:
        """The whole script."""
        code = "\n\n".join(self._blocks)
        for module in ("base64", "ml_dtypes", "zlib"):
            if re.search(rf"\b{module}\.", code):
                self._imports[f"import {module}"] = None
        title = _comment(f"Edits of {self._session.title}, in terms of `model`: the object as it was before them.")
        return "\n".join([title, *sorted(self._imports), "", code, ""])

    def write(self, entry: Entry) -> None:
        lines = [_comment(f"{entry.number}: {entry.label}")]
        if entry.edits and not _share(self._session, entry.edits):
            for edit in entry.edits:
                lines += self._edit(edit)
        else:
            state = EntryState(self._session, entry.number)
            for change in entry.changes:
                lines += self._values(change, state)
        for one in entry.flips:
            dialect = self._dialect(one.path)
            lines.append(
                (dialect.unfreeze if one.after else dialect.freeze).format(tensor=self._adapter.code(one.path))
            )
        self._blocks.append("\n".join(lines))

    def _edit(self, edit: Edit) -> list[str]:
        p = self._session.parameter(edit.path)
        place = Place(p.path, p.dtype, edit.region, p.axes, self._session.world)
        *before, new = edit.operation.code(place)
        if edit.where:
            w = 'np.array(part, dtype=np.float64, order="C")'
            *more, mask = expression.to_numpy(expression.parse(edit.where), edit.region)
            before += [f"w = {w}", *more, f"chosen = {mask}"]
            new = f"np.where(chosen, {new}, part)"
        index = _index(edit.region)
        if not before and '"' not in new:  # one line says it all; bytes as text might hold the word
            new = re.sub(r"\bpart\b", f"{_WHOLE}[{index}]" if index != "..." else _WHOLE, new)
            return self._changed(edit.path, [f"{_WHOLE}[{index}] = {new}"])
        return self._changed(edit.path, [f"part = {_WHOLE}[{index}]", *before, f"{_WHOLE}[{index}] = {new}"])

    def _values(self, change: Change, state: EntryState) -> list[str]:
        after = state.read(change.path, change.region)
        index = _index(change.region)
        if change.held.is_whole:
            return self._changed(change.path, [f"{_WHOLE}[{index}] = {literal(after)}"])
        cells = change.held.part(after)
        lines = [
            f'part = np.array({_WHOLE}[{index}], order="C")',
            f"part.reshape(-1)[{literal(change.held.positions)}] = {literal(cells)}",
            f"{_WHOLE}[{index}] = part",
        ]
        return self._changed(change.path, lines)

    def _changed(self, path: str, lines: Sequence[str]) -> list[str]:
        """Read a tensor, run lines that change the array `whole`, and write it."""
        dialect = self._dialect(path)
        tensor = self._adapter.code(path)
        return [
            f'{_WHOLE} = np.array({dialect.read.format(tensor=tensor)}, order="C")',
            *lines,
            dialect.write.format(tensor=tensor, values=_WHOLE),
        ]

    def _dialect(self, path: str) -> Dialect:
        dialect = self._adapter.dialect(path)
        self._imports.update(dict.fromkeys(dialect.imports))
        return dialect


def _share(session: Session, edits: Sequence[Edit]) -> bool:
    """Whether two edits of one entry may lie over each other: all were computed from the values before the entry."""
    seen: set[str] = set()
    for edit in edits:
        names = {edit.path, session.parameter(edit.path).tied} - {""}
        if names & seen:
            return True
        seen |= names
    return False


def _index(region: Region) -> str:
    """A region as NumPy code that keeps the rank."""
    parts = []
    for span, n in zip(region.spans, region.shape, strict=True):
        start = str(span.start) if span.start else ""
        stop = str(span.stop) if span.stop < n else ""
        parts.append(f"{start}:{stop}" + (f":{span.step}" if span.step != 1 else ""))
    while len(parts) > 1 and parts[-1] == ":":
        parts.pop()
    return ", ".join(parts) if parts and parts != [":"] else "..."


def _comment(text: str) -> str:
    """A comment of one line, whatever a name holds."""
    return "# " + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
