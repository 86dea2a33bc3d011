"""Which editors are open: one for each model, and those that the last run of a cell made. Not here: what an editor is."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from paramwidget.jupyter import running_cell

if TYPE_CHECKING:
    from paramwidget.session import Session
    from paramwidget.widget import ParamEditor


class Editors:
    """Knows which editors a new one takes the place of. Holds them weakly."""

    def __init__(self) -> None:
        self._of_session: weakref.WeakKeyDictionary[Session, weakref.ref[ParamEditor]] = weakref.WeakKeyDictionary()
        self._of_cell: dict[str, tuple[int, weakref.WeakSet[ParamEditor]]] = {}

    def add(self, editor: ParamEditor, session: Session) -> list[ParamEditor]:
        """Take note of a new editor, and tell which ones it replaces.

        Those are what shows the same model, by whichever session, and what an earlier run of the same cell made: a cell
        that makes its model anew would else leave an editor, and with it a model, behind at each run.
        """
        others = [found() for other, found in self._of_session.items() if other.model is session.model]
        same = [old for old in others if old is not None]
        self._of_session[session] = weakref.ref(editor)
        return [*same, *(old for old in self._earlier(editor) if old not in same)]

    def _earlier(self, editor: ParamEditor) -> list[ParamEditor]:
        running = running_cell()
        if running is None:
            return []
        cell, count = running
        last, made = self._of_cell.get(cell, (count, weakref.WeakSet()))
        earlier = [] if last == count else list(made)
        if last != count:
            made = weakref.WeakSet()
        made.add(editor)
        self._of_cell[cell] = count, made
        return earlier
