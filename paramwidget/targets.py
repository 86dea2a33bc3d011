"""What the user's words mean: the operation, and the tensors that are named, as edits to carry out or flags to turn.

Only facts are asked, and for copies the values that are there; nothing is written. Not here: the words themselves
(`tree.named`), and what is written in the end (`planning`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from paramwidget import planning
from paramwidget.edits import Assign, Compute, Edit, Operation
from paramwidget.errors import FreezeError, PathError, QueryError, ValueRefusedError
from paramwidget.journal import Flip, same_bytes
from paramwidget.region import Index, Region
from paramwidget.tree import flat

if TYPE_CHECKING:
    from paramwidget.opened import OpenModel
    from paramwidget.states import State


def edits(
    model: OpenModel, what: str | Iterable[str], operation: Operation, region: Index | Region | str, where: str
) -> list[Edit]:
    """See `Session.targets`."""
    if not isinstance(what, Iterable) or not isinstance(where, str):
        raise QueryError("name tensors by texts, and give a condition as text: edit('conv*', 'w * 2', where='w > 0')")
    names = [what] if isinstance(what, str) else list(what)
    matches = model.named(names, model.known)
    plain = [name for name in flat(names) if name in matches]
    found: list[Edit] = []
    seen: set[str] = set()
    for p in matches.values():
        whole = p.tied or p.path
        if whole in seen and p.path not in plain:
            continue
        if p.path not in plain and not (p.readable and p.writable and p.role != "state"):
            continue
        if plain and p.path not in plain and any(matches[name].tied == p.tied != "" for name in plain):
            continue  # its twin was named
        seen.add(whole)
        found.append(Edit(p.path, model.region(p.path, region), operation, where))
    if not found:
        first = next(iter(matches.values()))
        planning.check_writable(model.adapter, first)
        found.append(Edit(first.path, model.region(first.path, region), operation, where))
    return found


def several(given: Edit | Iterable[Edit]) -> list[Edit]:
    """One edit, or some, as a list.

    Raises
    ------
    ValueRefusedError
        It is something else.
    """
    found = list(given) if isinstance(given, Iterable) else [given]
    if not all(isinstance(each, Edit) for each in found):
        raise ValueRefusedError(
            "this takes edits: paramwidget.edits.Edit(path, region, operation); see also session.edit and session.preview"
        )
    return found


def operation(given: Operation | str) -> Operation:
    """See `Session.operation`."""
    if isinstance(given, str):
        return Compute(given)
    if not all(hasattr(type(given), name) for name in ("apply", "spatial")):
        raise ValueRefusedError(
            f"an edit takes one of paramwidget.edits, such as edits.Scale(0.5), or a formula as text, and not {given!r}"
        )
    return given


def copies(model: OpenModel, source: State, paths: str | Sequence[str], region: Index | Region | str) -> list[Edit]:
    """Edits that give tensors, or a region of each, the values of a state; none for those that hold them already.

    Raises
    ------
    PathError, RegionError
        A tensor is not there, or not in the source, or has another shape in it.
    """
    if not isinstance(paths, Iterable):
        raise PathError(f"name the tensors to copy by their paths, and not by {type(paths).__name__}")
    found = []
    for path in [paths] if isinstance(paths, str) else paths:
        part = model.region(path, region)
        values = np.array(source.read(path, part))
        if not same_bytes(values, model.adapter.read(path, part)):
            found.append(Edit(path, part, Assign(values, said=f"from '{source.title}'")))
    return found


def flips(model: OpenModel, what: Sequence[str | Iterable[str]], trainable: bool) -> tuple[list[Flip], str]:
    """The flags to turn for `Session.freeze` or `Session.unfreeze`, and what to call that in the history."""
    verb = "unfreeze" if trainable else "freeze"
    targets = model.named(what).values()
    able = [p for p in targets if p.lock != "none"]
    if not able:
        roles = ", ".join(sorted({p.role for p in targets}))
        raise FreezeError(
            f"there is nothing to {verb} there: {model.adapter.name} has no notion of training for it ({roles})"
        )
    found = [Flip(p.path, bool(p.trainable), trainable) for p in able if p.trainable is not trainable]
    words = flat(what)
    return found, f"{verb} {', '.join(words) if len(words) <= 3 else f'{len(found)} tensors'}"
