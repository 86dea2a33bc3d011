"""What an open editor has behind it: its session, what answers the page, and what follows the model.

Not here: anywidget, and how anything is shown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from paramwidget import panel
from paramwidget import protocol as wire
from paramwidget.opened import Update
from paramwidget.service import Service
from paramwidget.service.desk import Desk, Send
from paramwidget.session import Session
from paramwidget.still import Still
from paramwidget.upkeep import Upkeep

_log = logging.getLogger("paramwidget")


class Backend:
    """Works for one editor until it is closed.

    `send` takes a message and its buffers, `tell` an event and its buffers, `dock` a request to move the editor; `selected`
    gives the tensor that is looked at. None of them may keep the editor alive.
    """

    def __init__(
        self,
        session: Session,
        send: Send,
        tell: Callable[..., None],
        dock: Callable[[wire.Dock], None],
        selected: Callable[[], str],
    ) -> None:
        self.session = session
        self.service = Service(session)
        self.still = Still(session, selected)
        self._tell = tell
        self._upkeep = Upkeep(self.service, self.still, tell)
        self._desk = Desk(self.service, send, tell, self._upkeep.settle)
        self.service.panel = panel.is_available()
        self.service.dock = dock

    def opening(self, selected: str = "") -> dict[str, Any]:
        """What a page shows first, as plain data, its arrays under `buffers`."""
        opening, buffers = self.service.opening(selected)
        state: dict[str, Any] = msgspec.to_builtins(opening)
        return state | {"buffers": buffers}

    def receive(self, content: Any, buffers: Sequence[Any]) -> None:
        """Take a message of the page, which may be anything."""
        self._desk.receive(content, buffers)

    def changed(self, update: Update) -> None:
        """The session wrote: tell the page."""
        self._tell(self.service.changed(update))
        self._upkeep.changed()

    def cell_ran(self, first: bool, interrupted: bool) -> None:
        """A cell has run: tell the page what is different now. In the first one, the editor itself was made."""
        try:
            if interrupted:
                self._upkeep.interrupted()
            if not first:
                self._upkeep.cell_ran()
            self._upkeep.settle()
            self.still.cell_ran()
        except Exception:  # whatever the framework raises is no concern of the cell
            _log.debug("the model could not be looked at after a cell", exc_info=True)

    def close(self) -> None:
        """End what is under way, and take back what is tried out."""
        self._desk.close()
        self._upkeep.close()
