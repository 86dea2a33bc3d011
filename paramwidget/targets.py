"""What the user's words mean: the operation, and the tensors that are named, as edits to carry out or flags to turn.

Only facts are asked, and for copies the values that are there; nothing is written. Not here: the words themselves
(`tree.named`), and what is written in the end (`planning`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    from paramwidget.tree import Node, Parameter


def edits(
    model: OpenModel, what: str | Iterable[str], operation: Operation, region: Index | Region | str, where: str
) -> list[Edit]:
    """See `Session.targets`."""
    if not isinstance(what, Iterable) or not isinstance(where, str):
        raise QueryError("name tensors by texts, and give a condition as text: edit('conv*', 'w * 2', where='w > 0')")
    names = [what] if isinstance(what, str) else list(what)
    known = model.known
    # whole paths need no new look at the model: what they name is found at each step anyway
    root = known if all(isinstance(name, str) and name in known.index for name in flat(names)) else model.tree
    matches = model.matching(names, root)
    plain = [path for path in flat(names) if path in matches]
    chosen = _chosen(root, plain, matches)
    if not chosen:
        chosen = [next(iter(matches.values()))]
        planning.check_writable(model.adapter, chosen[0])
    return [Edit(p.path, model.region(p.path, region), operation, where) for p in chosen]


def _chosen(root: Node, plain: Iterable[str], matches: Mapping[str, Parameter]) -> list[Parameter]:
    """What is edited of all that matches: what was named by its path, and of the rest what covers all memory once.

    Tensors that overlap in part are all edited; each is computed from the values before, so that nothing happens twice.
    """
    named = set(plain)
    able = {path for path, p in matches.items() if p.readable and p.writable and p.role != "state"} | named
    tied = {matches[path].tied for path in able} - {""}
    stored: dict[str, list[Parameter]] = {}
    for p in root.walk() if tied else ():
        if p.stored and p.tied in tied:
            stored.setdefault(p.tied, []).append(p)
    # inside of one tensor, another that is as large is the same
    whole = {tie: some[0].bytes for tie, some in stored.items() if len(some) == 1}
    done = {matches[path].tied for path in named if whole.get(matches[path].tied) == matches[path].bytes}
    reached = {tie for tie, some in stored.items() if all(p.path in able for p in some)}
    chosen = []
    for path, p in matches.items():
        if path in named or (path in able and p.tied not in done and (p.stored or p.tied not in reached)):
            chosen.append(p)
            if whole.get(p.tied) == p.bytes:
                done.add(p.tied)
    return chosen


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
    return found, f"{verb} {called(what, len(found))}"


def called(what: Iterable[object], count: int) -> str:
    """How a label says what was named: a few names as they are, else how many tensors they mean."""
    words = flat(what)
    return ", ".join(words) if len(words) <= 3 else f"{count} tensors"
