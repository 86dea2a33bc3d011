"""Which editors are open: one for each model, and those that the last run of a cell made. Not here: what an editor is."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from paramwidget.jupyter import after_each_cell, running_cell

if TYPE_CHECKING:
    from paramwidget.session import Session
    from paramwidget.widget import ParamEditor


class Editors:
    """Knows which editors a new one takes the place of. Holds them weakly."""

    def __init__(self) -> None:
        self._of_session: weakref.WeakKeyDictionary[Session, weakref.ref[ParamEditor]] = weakref.WeakKeyDictionary()
        self._of_cell: dict[str, tuple[int, list[weakref.ref[ParamEditor]]]] = {}
        self._left: list[weakref.ref[ParamEditor]] = []
        """What the run before of the running cell made, in its order."""
        self._unhook: Callable[[], None] = lambda: None

    def add(self, editor: ParamEditor, session: Session) -> list[ParamEditor]:
        """Take note of a new editor, and tell which ones it replaces.

        Those are what shows the same model, by whichever session; if nothing does, the first of its title that an earlier
        run of the same cell made: a cell that makes its models anew would else leave its editors, and with them its models,
        behind at each run. What nothing has replaced when the cell has run is closed then, and not before: the cell may
        still come to the model of it.
        """
        others = [found() for other, found in self._of_session.items() if other.model is session.model]
        self._of_session[session] = weakref.ref(editor)
        self._note(editor)
        same = [old for old in others if old is not None and _open(old)]
        return same or [old for old in self._earlier if old.session.title == session.title][:1]

    def _note(self, editor: ParamEditor) -> None:
        running = running_cell()
        if running is None:
            return
        cell, count = running
        last, made = self._of_cell.get(cell, (count, []))
        if last != count:
            self._close_left()  # in case the end of a cell was not heard
            self._left, made = made, []
            self._unhook = after_each_cell(lambda first, interrupted: self._close_left())
        self._of_cell[cell] = count, [*made, weakref.ref(editor)]

    @property
    def _earlier(self) -> list[ParamEditor]:
        return [old for found in self._left if (old := found()) is not None and _open(old)]

    def _close_left(self) -> None:
        self._unhook()
        self._unhook = lambda: None
        for old in self._earlier:
            old.close()
        self._left = []


def _open(editor: ParamEditor) -> bool:
    return editor.comm is not None
