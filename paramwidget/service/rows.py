"""The layer tree as rows for the screen, and which of their flags changed.

Rows are made once for each tree; an edit touches the rows of its tensor and of the layers around it only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import msgspec

from paramwidget.protocol import Flags, Header, Row
from paramwidget.session import Session
from paramwidget.tree import Lock, Node, Parameter, Totals, common_lock

_MOST_PATHS = 50


class Rows:
    """All rows of a tree in display order (the root itself has none), and the row number of each path."""

    def __init__(self, root: Node, edited: set[str]) -> None:
        self.root = root
        self.totals = Totals.of(root)
        self.rows: list[Row] = []
        self._parents: list[int] = []
        self._edited = edited
        self._add_below(root, 0, -1)
        self.numbers = {row.path: i for i, row in enumerate(self.rows)}

    def _add_below(self, root: Node, depth: int, parent: int) -> None:
        """Iterative, since models may be nested deeper than Python's recursion limit."""
        stack: list[tuple[Node | Parameter | int, int, int]] = []
        self._push(stack, root, depth, parent)
        while stack:
            item, depth, parent = stack.pop()
            if isinstance(item, int):  # all rows below layer `item` are there now
                self._finish(item)
            elif isinstance(item, Parameter):
                self.rows.append(_tensor(item, depth, item.path in self._edited))
                self._parents.append(parent)
            else:
                number = len(self.rows)
                self.rows.append(_layer(item, depth))
                self._parents.append(parent)
                stack.append((number, depth, parent))
                self._push(stack, item, depth + 1, number)

    @staticmethod
    def _push(stack: list[tuple[Node | Parameter | int, int, int]], node: Node, depth: int, parent: int) -> None:
        stack.extend((child, depth, parent) for child in reversed(node.children))
        stack.extend((p, depth, parent) for p in reversed(node.parameters))

    def _finish(self, number: int) -> None:
        """Fill in what a layer's row says about the rows below it, each of which is finished."""
        row = self.rows[number]
        locks: set[Lock] = set()
        size = count = 0
        edited = False
        i = number + 1
        while i < len(self.rows):
            below = self.rows[i]
            size += below.size
            count += below.count
            edited |= below.edited
            locks.add(below.lock)
            i += 1 + below.span
        self.rows[number] = msgspec.structs.replace(
            row, span=len(self.rows) - number - 1, size=size, count=count, lock=common_lock(locks), edited=edited
        )

    def same_tree(self, other: Rows) -> bool:
        """Whether only flags differ, so that a page may keep its rows."""
        if len(self.rows) != len(other.rows):
            return False
        facts = ("path", "shape", "dtype", "tied", "readable", "writable", "layer")
        return all(
            all(getattr(a, fact) == getattr(b, fact) for fact in facts)
            for a, b in zip(self.rows, other.rows, strict=True)
        )

    def difference(self, old: Rows) -> list[Flags]:
        """The flags that differ from those of an older version of the same tree."""
        return [
            Flags(i, new.lock, new.edited)
            for i, (new, was) in enumerate(zip(self.rows, old.rows, strict=True))
            if (new.lock, new.edited) != (was.lock, was.edited)
        ]

    def mark_edited(self, paths: Sequence[str], edited: set[str]) -> list[Flags]:
        """Bring the edited marks of some tensors and the layers around them up to date; the flags that changed."""
        marked = sorted(self.numbers[path] for path in edited if path in self.numbers)
        touched: set[int] = set()
        for path in paths:
            number = self.numbers.get(path, -1)
            while number >= 0:
                touched.add(number)
                number = self._parents[number]
        flags = []
        for number in sorted(touched):
            row = self.rows[number]
            at = bisect_left(marked, number)
            now = at < len(marked) and marked[at] <= number + row.span
            if now != row.edited:
                self.rows[number] = msgspec.structs.replace(row, edited=now)
                flags.append(Flags(number, row.lock, now))
        return flags


def _tensor(p: Parameter, depth: int, edited: bool) -> Row:
    count = p.size if p.counted else 0
    return Row(
        depth,
        0,
        p.path,
        p.name,
        "",
        list(p.shape),
        p.dtype,
        p.role,
        p.size,
        count,
        p.lock,
        p.tied,
        edited,
        p.readable,
        p.writable,
    )


def _layer(node: Node, depth: int) -> Row:
    return Row(depth, 0, node.path, node.name, node.kind, [], "", "", 0, 0, "none", "", False, not node.reason, False)


def header(session: Session, rows: Rows) -> Header:
    """Totals of the model and what undo and redo would do."""
    journal, totals = session.journal, rows.totals
    return Header(
        title=session.title,
        framework=session.adapter.name,
        count=totals.values,
        bytes=totals.bytes,
        trainable=totals.trainable,
        frozen=totals.frozen,
        buffers=totals.buffers,
        tensors=totals.tensors,
        writable=session.adapter.writable,
        undo=_undo(session),
        redo=journal.next.label if journal.next is not None else "",
        position=journal.position,
        edits=len(journal.done),
        **_trial(session),
    )


def _undo(session: Session) -> str:
    """What undo would take back: what is tried out comes first."""
    if session.previewing is not None and session.previewing.label:
        return f"preview of {session.previewing.label}"
    done = session.journal.done
    return done[-1].label if done else ""


def _trial(session: Session) -> dict[str, Any]:
    preview = session.previewing
    if preview is None or not preview.label:
        return {"trial": "", "trial_owner": 0, "trial_paths": []}
    return {"trial": preview.label, "trial_owner": preview.owner, "trial_paths": preview.paths[:_MOST_PATHS]}
