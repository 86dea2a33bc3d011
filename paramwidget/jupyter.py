"""What the editor asks of the kernel around it: its subshells, and to hear when a cell has run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def obey_subshell(comm: Any) -> None:
    """Let requests be answered while a cell runs, on ipykernel 7.4.

    It sends the page's messages to the thread that published last, which is the main one, where they wait for the running
    cell. The front end asked for a subshell; this obeys it. Private API, so it is used only where it exists.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default


def after_each_cell(ran: Callable[[bool, bool], None]) -> Callable[[], None]:
    """Call `ran(first, interrupted)` after each cell that IPython runs; returns how to stop. Elsewhere nothing is called.

    `first` tells the cell in which this was asked for, `interrupted` one that the user interrupted.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return lambda: None
    born = shell.execution_count

    def tell(result: Any = None) -> None:
        interrupted = isinstance(getattr(result, "error_in_exec", None), KeyboardInterrupt)
        ran(shell.execution_count == born, interrupted)

    shell.events.register("post_run_cell", tell)
    return lambda: shell.events.unregister("post_run_cell", tell)
