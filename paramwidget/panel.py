"""JupyterLab's side panel, through the sidecar package: one panel for each title, however often a cell runs.

Sidecar opens another panel at each call, and shows nothing at all in hosts without panels. So a panel is closed before the
next one of its editor or of its title opens, and who calls this shows the editor in the cell as well: there it is a line
that says where it is, or the editor itself in a host that has no panels (`js/src/surroundings.ts` decides).
"""

from __future__ import annotations

import importlib
import importlib.util
import weakref
from typing import TYPE_CHECKING, Any

from paramwidget.errors import MissingExtraError, ValueRefusedError

if TYPE_CHECKING:
    from paramwidget.session import Session
    from paramwidget.widget import ParamEditor

ANCHORS = ("right", "split-right", "split-left", "split-top", "split-bottom", "tab-before", "tab-after")
VIEW = "application/vnd.jupyter.widget-view+json"

_panels: weakref.WeakKeyDictionary[ParamEditor, tuple[str, Any]] = weakref.WeakKeyDictionary()
"""The panel of each editor, with the title that it was opened under: the model may be renamed while it is open."""


def is_available() -> bool:
    """Whether the sidecar package is installed; it is not imported."""
    return importlib.util.find_spec("sidecar") is not None


def show(session: Session, editor: ParamEditor, anchor: str) -> None:
    """Show an editor in a panel, in place of its own and of the one with its title.

    A cell that makes its model anew so takes the panel of the one before. The editor that was there is told that it is
    `docked` no more, so that it shows itself in its cell.

    Raises
    ------
    MissingExtraError
        sidecar is not installed.
    ValueRefusedError
        There is no such place.
    """
    try:
        sidecar = importlib.import_module("sidecar")
    except ImportError:
        raise MissingExtraError(
            "the side panel needs the package sidecar; install it with pip install 'paramwidget[panel]', restart the kernel "
            "and reload the page"
        ) from None
    if anchor not in ANCHORS:
        raise ValueRefusedError(f"'{anchor}' is no place for a panel; choose one of {', '.join(ANCHORS)}")
    title = session.title
    for other, (taken, _) in list(_panels.items()):
        if other is editor or taken == title:
            close(other)
        if other is not editor and taken == title:
            other.docked = False
    view = {"model_id": editor.model_id, "version_major": 2, "version_minor": 0}
    # the output is given and not displayed: that works in a cell and in the handler of a message alike
    output = {"output_type": "display_data", "data": {VIEW: view, "text/plain": repr(editor)}, "metadata": {}}
    _panels[editor] = title, sidecar.Sidecar(title=title, anchor=anchor, outputs=(output,))


def close(editor: ParamEditor) -> None:
    """Close the panel of an editor, if it has one."""
    _, panel = _panels.pop(editor, ("", None))
    if panel is not None:
        panel.close()
