"""JupyterLab's side panel, through the sidecar package: one panel for each title, however often a cell runs.

Sidecar opens another panel at each call, and shows nothing at all in hosts without panels. So a panel is closed before the
next one of its title opens, and who calls this shows the editor in the cell as well: there it is a line that says where it
is, or the editor itself in a host that has no panels (`js/src/host.ts` decides).
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from paramwidget.errors import MissingExtraError

if TYPE_CHECKING:
    from paramwidget.session import Session
    from paramwidget.widget import ParamEditor

VIEW = "application/vnd.jupyter.widget-view+json"

_panels: dict[str, Any] = {}
"""By title: a cell that makes its model anew takes the panel of the one before."""


def is_available() -> bool:
    """Whether the sidecar package is installed; it is not imported."""
    return importlib.util.find_spec("sidecar") is not None


def show(session: Session, editor: ParamEditor, anchor: str) -> None:
    """Show an editor in the panel of its title, in place of what is shown there.

    Raises
    ------
    MissingExtraError
        sidecar is not installed.
    """
    try:
        sidecar = importlib.import_module("sidecar")
    except ImportError:
        raise MissingExtraError(
            "the side panel needs the package sidecar; install it with pip install 'paramwidget[panel]', restart the kernel "
            "and reload the page"
        ) from None
    close(session)
    view = {"model_id": editor.model_id, "version_major": 2, "version_minor": 0}
    # the output is given and not displayed: that works in a cell and in the handler of a message alike
    output = {"output_type": "display_data", "data": {VIEW: view, "text/plain": repr(editor)}, "metadata": {}}
    _panels[session.title] = sidecar.Sidecar(title=session.title, anchor=anchor, outputs=(output,))


def close(session: Session) -> None:
    """Close the panel of a model, if it has one."""
    panel = _panels.pop(session.title, None)
    if panel is not None:
        panel.close()
