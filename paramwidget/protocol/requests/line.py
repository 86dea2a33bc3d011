"""The line between page and kernel, and where the editor is shown; none of these is about the model."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from paramwidget.protocol.replies import Done, Pong, Unheard
from paramwidget.protocol.requests.base import Free, Unasked, Write
from paramwidget.protocol.scalars import Owner


class Ping(Free[Pong], frozen=True):
    """The empty request."""


class Stop(Unasked[Pong], frozen=True):
    """End requests that take long; they answer that they were stopped."""

    ids: Annotated[list[Annotated[int, Meta(ge=0, le=2**53)]], Meta(max_length=100)]


class CheckHeard(Unasked[Unheard], frozen=True):
    """What became of requests whose answer is late, as when a line broke under them."""

    ids: Annotated[list[Annotated[int, Meta(ge=0, le=2**53)]], Meta(max_length=1000)]


class Attend(Free[Pong], frozen=True):
    """Whether any view of the editor is seen on this page, which has a number of its own."""

    page: Owner
    looks: bool


class Dock(Write[Done], frozen=True):
    """Show the editor in the host's side panel, or in the cell again; a number means that panel only, 0 any."""

    open: bool
    panel: Annotated[int, Meta(ge=0, le=2**31)] = 0


Line: TypeAlias = Ping | Stop | CheckHeard | Attend | Dock
