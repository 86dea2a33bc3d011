"""What the editor asks of the kernel around it: its subshells, which cell runs, to hear when one has run, and outputs."""

from __future__ import annotations

import os
import sys
import uuid
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
    shell = _shell()
    if shell is None:
        return lambda: None
    born = shell.execution_count

    def tell(result: Any = None) -> None:
        interrupted = isinstance(getattr(result, "error_in_exec", None), KeyboardInterrupt)
        ran(shell.execution_count == born, interrupted)

    shell.events.register("post_run_cell", tell)
    return lambda: shell.events.unregister("post_run_cell", tell)


def running_cell() -> tuple[str, int] | None:
    """The cell that runs, by the id that the notebook gives it, and which execution it is; None without such an id."""
    shell = _shell()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return None
    cell = kernel.get_parent("shell").get("metadata", {}).get("cellId")  # notebooks send it along with the code
    return (cell, shell.execution_count) if isinstance(cell, str) else None


def fills_notebook() -> bool:
    """Whether outputs go into a notebook that may be read without widgets, each in a place of its own.

    JupyterLab and Notebook 7 are known by their server, which names its session to the kernel; a program that executes a
    notebook (nbconvert, papermill, Voila) by nbclient, which has nobody to answer a question of the cell.
    """
    return "JPY_SESSION_NAME" in os.environ or unattended()


def unattended() -> bool:
    """Whether a program executes the running cell, which has nobody to answer a question of it."""
    kernel = getattr(_shell(), "kernel", None)
    if kernel is None:
        return False
    content = kernel.get_parent("shell").get("content", {})
    return content.get("allow_stdin") is False


class Output:
    """One output of the running cell, which can be replaced after the cell, too. Needs IPython."""

    def __init__(self) -> None:
        self._id = uuid.uuid4().hex
        self._shown = False

    def put(self, data: dict[str, Any]) -> None:
        """Show `data`, from MIME type to content, in place of what is shown."""
        from IPython.display import publish_display_data  # it is there: IPython asked for a display

        publish_display_data(data, transient={"display_id": self._id}, update=self._shown)
        self._shown = True


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None
