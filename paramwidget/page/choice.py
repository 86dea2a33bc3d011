"""Which tensors an offline page shows in full, and in which order.

Not here: reading them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paramwidget.errors import QueryError
from paramwidget.tree import Node, Parameter, meant

if TYPE_CHECKING:
    from paramwidget.session import Session

USUAL = 40
"""Tensors that are shown if none are named."""


def choose(session: Session, root: Node, names: str | Sequence[str] | None) -> list[Parameter]:
    """The tensors that names mean (paths of tensors or layers, globs, filter words), in the order of the tree.

    Without names, the largest weights that can be read, each storage once.

    Raises
    ------
    QueryError
        A name is not a text, or a word of it means nothing.
    PathError
        A name matches nothing; the message names the closest.
    """
    if names is None:
        return _largest(root)
    found: set[str] = set()
    for name in names if isinstance(names, (list, tuple, set)) else [names]:
        if not isinstance(name, str) or not name.strip():
            raise QueryError("name tensors by texts: their paths, globs such as 'conv*', or filter words such as '>1M'")
        found.update(p.path for p in meant(root, name, lambda query: session.select(query, root)))
    return [p for p in root.walk() if p.path in found]


def _largest(root: Node) -> list[Parameter]:
    able = [p for p in root.walk() if p.readable and p.size and p.tied in ("", p.path)]
    # as stable as sorting is: of equal ones, those that come first
    ranked = sorted(able, key=lambda p: (p.role != "weight", -p.size))
    chosen = {p.path for p in ranked[:USUAL]}
    return [p for p in able if p.path in chosen]
