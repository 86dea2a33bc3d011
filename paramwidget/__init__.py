"""paramwidget: see, change, freeze and undo the parameters of a live neural network, in Jupyter or from a script.

`paramwidget.edit(model)` opens the editor; `paramwidget.Session(model)` is the same without Jupyter. Names are loaded when
they are first used, and no framework is ever imported for you.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paramwidget import adapters, dtypes, edits, errors, lesson, testing
    from paramwidget.comparison import compare
    from paramwidget.session import Session
    from paramwidget.widget import ParamEditor, edit

__version__ = "0.1.0"
__all__ = ["ParamEditor", "Session", "adapters", "compare", "dtypes", "edit", "edits", "errors", "lesson", "testing"]

_HOMES = {"compare": "comparison", "edit": "widget", "ParamEditor": "widget", "Session": "session"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(f"paramwidget.{_HOMES[name]}"), name)
    elif name in __all__:
        value = importlib.import_module(f"paramwidget.{name}")
    else:
        raise AttributeError(f"module 'paramwidget' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
