"""The summary of a model in the outputs of a cell, before its editor: what is left of it when the kernel is gone.

JupyterLab shows nothing but an error in place of a widget that it does not find, whatever else came with it. So the
summary is an output of its own; while the editor is there, a rule of its style sheet hides it. It follows the model while
the notebook shows the run that made it: after a reload of the page it stays as it was, and says of when it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from paramwidget.jupyter import Output, unattended
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
        self._due = False
        self._last = ""
        """The summary as it was written last, but for its time."""

    def show(self) -> None:
        """Put the summary into the outputs of the running cell."""
        output = Output()
        self._outputs.append(output)
        self._put([output], self._summary())

    def follow(self) -> None:
        """The model is different: the summary will be, too, unless nothing of it is to be seen there."""
        if self._outputs and not self._due:
            self._due = True
            self._session.safe_point.later(weakly(self._write), _PAUSE)

    def cell_ran(self) -> None:
        """A program that executes a notebook hears nothing after its last cell, and a cell may write beside the editor."""
        if self._outputs and unattended():
            self._write()

    def replaced(self) -> None:
        """The model is shown by another editor from now on."""
        outputs, self._outputs = self._outputs, []
        for output in outputs:
            text = "This editor was closed: its model is open in another cell, or in this one again."
            output.put({"text/html": f'<div class="paramwidget">{text}</div>', "text/plain": text})

    def close(self) -> None:
        """Stay as it is."""
        self._outputs = []

    def _write(self) -> None:
        self._due = False
        if self._session.previewing is not None:  # it may never be kept; its end is a change, too
            return
        now = self._summary()
        if now != self._last:  # a notebook is not unsaved because somebody looked
            self._put(self._outputs, now)

    def _summary(self) -> str:
        return summary(self._session, self._selected())

    def _put(self, outputs: list[Output], now: str) -> None:
        self._last = now
        when = time.strftime("%Y-%m-%d %H:%M")
        html = f'{now}<div style="opacity:.65;font:13px system-ui,sans-serif">As of {when}.</div>\n'
        for output in outputs:
            output.put({"text/html": html, "text/plain": repr(self._session)})
