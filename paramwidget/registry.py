"""Which sessions are open on which model: a model that is opened again meets the session that it has.

Not here: which editors are open (`editors`). Sessions are held weakly: one that nobody uses any more is gone.
"""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paramwidget.session import Session

_open: weakref.WeakValueDictionary[int, Session] = weakref.WeakValueDictionary()
_numbers = itertools.count()


def add(session: Session) -> None:
    """From now on the session is the newest of its model."""
    _open[next(_numbers)] = session


def newest(model: Any) -> Session | None:
    """The newest session that is open on this very object; None if there is none."""
    for reference in reversed(_open.valuerefs()):
        session = reference()
        # a closed one has no model any more
        if session is not None and session.model is model is not None:
            return session
    return None
