"""What the page is shown: rows of the tree, facts and pictures of tensors; and what of it is not true any more.

The rows and checksums that the page was given are remembered, so that a change is told as a difference, and what another
cell wrote is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from paramwidget import dtypes
from paramwidget import protocol as wire
from paramwidget.errors import PathError
from paramwidget.opened import Update
from paramwidget.service import describe
from paramwidget.service.pairs import Pairs
from paramwidget.service.rows import Rows, header
from paramwidget.service.watch import Watch
from paramwidget.session import Session
from paramwidget.tree import nearest, shown_first
from paramwidget.views.plane import Window, default_plane, plane_shape

_OPENING_ROWS_BYTES = 40_000
_TREE_BYTES = 600_000
_MAX_FLAGS = 4000

Answered = tuple[wire.Reply, list[bytes]]
Kinds = dict[type, Callable[[Any], wire.Reply | Answered]]
"""How each kind of request is answered."""


class Shown:
    """Answers requests that look, and tells what changed of what was looked at."""

    def __init__(self, session: Session) -> None:
        self._session = session
        with session.lock:
            self.rows: Rows = Rows(session.tree, session.edited())
            """The rows as the page knows them."""
        self._watch = Watch()
        self.kinds: Kinds = {
            wire.GetTree: self._get_tree,
            wire.Find: self._find,
            wire.GetGlances: self._get_glances,
            wire.Describe: self._describe,
            wire.GetTile: self._get_tile,
            wire.GetCells: self._get_cells,
            wire.GetPair: Pairs(session, self._watch).answer,
            wire.GetSpectrum: self._get_spectrum,
            wire.GetFigure: self._get_figure,
            wire.CheckText: self._check_text,
        }

    def _get_tree(self, request: wire.GetTree) -> wire.Tree:
        rows = self.rows.rows
        part: list[wire.Row] = []
        used = 0
        for row in rows[request.start : request.start + request.limit]:
            used += 100 + len(row.path.encode()) + len(row.name.encode()) + len(row.tied.encode())
            if used > _TREE_BYTES and part:
                break
            part.append(row)
        return wire.Tree(header(self._session, self.rows), request.start, len(rows), part)

    def _find(self, request: wire.Find) -> wire.Found:
        shown = self.rows  # meanwhile there may be others
        found = self._session.select(request.query, shown.root)
        numbers = [shown.numbers[p.path] for p in found]
        near = [] if found else nearest(request.query.strip("*"), [r.name for r in shown.rows[:20_000]])
        return wire.Found(numbers, near[0] if near else "")

    def _get_glances(self, request: wire.GetGlances) -> wire.Glances:
        """What is gone has no thumbnail, and does not cost the others theirs: the tree will say so."""
        items = []
        for path in request.paths:
            with suppress(PathError):
                self._watch.glanced(self._session, path)
                items.append(describe.glance(self._session, path))
        return wire.Glances(items)

    def _describe(self, request: wire.Describe) -> wire.Description:
        self._watch.described(self._session, request.path)
        return describe.describe(self._session, request.path, request.domain)

    def _get_tile(self, request: wire.GetTile) -> Answered:
        self._watch.looked(self._session, request.path)
        return describe.tile(self._session, request)

    def _get_cells(self, request: wire.GetCells) -> Answered:
        self._watch.looked(self._session, request.path)
        return describe.page(self._session, request.path, request.plane, request.window)

    def _get_spectrum(self, request: wire.GetSpectrum) -> Answered:
        self._watch.looked(self._session, request.path)
        return describe.spectrum(self._session, request.path)

    def _get_figure(self, request: wire.GetFigure) -> Answered:
        from paramwidget import plotting  # matplotlib is an extra and slow to load

        options = {"plane": request.plane} if request.plane is not None and request.view == "heatmap" else {}
        picture = plotting.png(self._session, request.path, request.view, **options)
        return wire.Figure(plotting.file_name(request.path, request.view)), [picture]

    def _check_text(self, request: wire.CheckText) -> wire.Stored:
        dtype = self._session.parameter(request.path).dtype
        stored = dtypes.parse(request.text, dtype)
        below, above = dtypes.neighbours(stored)
        return wire.Stored(
            dtypes.exact(stored), wire.number(dtypes.rounding(request.text, stored)), dtypes.bits(stored), below, above
        )

    # ------------------------------------------------------------------ telling

    def changed(self, update: Update, seen: bool) -> wire.Changed:
        """The event for a change of the session. Where no view is `seen`, nothing is read for it."""
        session = self._session
        with session.lock:
            paths = session.sharing(update.paths)
            if update.values and not update.outside:
                follow = self._watch.wrote if seen else self._watch.forget
                follow(session, paths or self.rows.numbers)
            if update.flags or update.outside:
                old, self.rows = self.rows, Rows(session.tree, session.edited())
                same = self.rows.same_tree(old)
                flags = self.rows.difference(old) if same else []
            else:
                flags, same = self.rows.mark_edited(paths, session.edited()), True
            again = not same or len(flags) > _MAX_FLAGS
            return wire.Changed(
                paths if len(paths) <= wire.MAX_PATHS else [],
                [] if again else flags,
                header(session, self.rows),
                again,
                update.outside,
                update.preview,
                bare=not (update.values or update.flags),
            )

    def written_outside(self) -> Sequence[str]:
        """The tensors that were looked at and hold something else since, by no edit of the session."""
        return self._watch.changed(self._session)

    # ------------------------------------------------------------------ the first paint

    def beginning(self) -> wire.Tree:
        """The first rows: of a model of ordinary size, all."""
        count, used = 0, 0
        for row in self.rows.rows:
            used += 90 + 2 * len(row.path)
            if used > _OPENING_ROWS_BYTES and count:
                break
            count += 1
        return self._get_tree(wire.GetTree(0, max(1, count)))

    def first(self, selected: str) -> tuple[wire.Description | None, wire.Tile | None, list[bytes]]:
        """The tensor that is selected, or that a view begins with: its facts, and its picture at a low resolution."""
        session = self._session
        p = session.known.index.get(selected) or shown_first(session.known)
        description = self._describe(wire.Describe(p.path)) if p is not None else None
        if description is None or description.summary is None:
            return description, None, []
        plane = default_plane(description.shape, description.axes)
        height, width = plane_shape(plane, description.shape)
        asked = wire.GetTile(description.path, plane, Window(0, height, 0, width), 64, 96)
        return description, *describe.tile(session, asked)
