"""The summary of a model in the outputs of a cell, before its editor: what is left of it when the kernel is gone.

JupyterLab shows nothing but an error in place of a widget that it does not find, whatever else came with it. So the
summary is an output of its own; while the editor is there, a rule of its style sheet hides it. It follows the model, so
that a notebook holds, when it is saved, what was there last.
"""

from __future__ import annotations

from collections.abc import Callable

from paramwidget.jupyter import Output
from paramwidget.page import summary
from paramwidget.safepoint import weakly
from paramwidget.session import Session

_PAUSE = 2.0
"""Seconds until a change is in the summary: many changes are one."""


class Still:
    """The summary of one editor, in each cell that shows it. `selected` tells the tensor to draw."""

    def __init__(self, session: Session, selected: Callable[[], str]) -> None:
        self._session, self._selected = session, selected
        self._outputs: list[Output] = []
        self._stale = self._due = False

    def show(self) -> None:
        """Put the summary into the outputs of the running cell."""
        output = Output()
        self._outputs.append(output)
        self._put([output])

    def follow(self) -> None:
        """The model is different: the summary will be, too."""
        self._stale = True

    def settle(self) -> None:
        """Somebody is there to see it: after a pause, write what has changed."""
        if self._stale and self._outputs and not self._due:
            self._due = True
            self._session.safe_point.later(weakly(self._write), _PAUSE)

    def close(self) -> None:
        """Stay as it is."""
        self._outputs = []

    def _write(self) -> None:
        self._stale = self._due = False
        self._put(self._outputs)

    def _put(self, outputs: list[Output]) -> None:
        html = summary(self._session, self._selected())
        for output in outputs:
            output.put({"text/html": html, "text/plain": repr(self._session)})
