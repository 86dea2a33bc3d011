"""What every request is: which reply it gets, and how it is carried out. Its base class says both.

`class Describe(Asked[Description])` is answered by a `Description`, or by a `Failure`. Who carries requests out asks
`isinstance`, and the page reads the same in `js/src/protocol.ts`; neither has a list of its own.
"""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from paramwidget.protocol.replies import Reply
from paramwidget.protocol.scalars import Message

R = TypeVar("R", bound=Reply)


class Asked(Message, Generic[R], frozen=True):
    """A request. If nothing else is said it only needs the session's lock, and is answered on any thread."""

    once: ClassVar[bool] = False
    """Not carried out twice: when it comes again, since its answer was lost, it gets the same answer."""


class Waiting(Asked[R], frozen=True):
    """Must wait for a safe point: it writes to the model, or runs the user's code on it."""

    once = True


class Write(Waiting[R], frozen=True):
    """Changes the model, its history or where it is shown; sent again too late, it would overwrite what is newer."""


class Search(Asked[R], frozen=True):
    """Takes long and only reads: it needs no safe point, but a thread of its own, and the page can stop it."""


class Free(Asked[R], frozen=True):
    """Does not wait for the session's lock, so not for a long write either; the order of these matters."""


class Unasked(Free[R], frozen=True):
    """Sent by the page itself; nothing is due after it."""
