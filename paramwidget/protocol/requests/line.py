"""The line between page and kernel, and where the editor is shown; none of these is about the model."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from paramwidget.protocol.parts import Message, Owner


class Ping(Message, frozen=True):
    """The empty request. Reply: `Pong`."""


class Stop(Message, frozen=True):
    """End requests that take long; they answer that they were stopped. Reply: `Pong`."""

    ids: Annotated[list[Annotated[int, Meta(ge=0, le=2**53)]], Meta(max_length=100)]


class CheckHeard(Message, frozen=True):
    """What became of requests whose answer is late, as when a line broke under them. Reply: `Unheard`."""

    ids: Annotated[list[Annotated[int, Meta(ge=0, le=2**53)]], Meta(max_length=1000)]


class Attend(Message, frozen=True):
    """Whether any view of the editor is seen on this page, which has a number of its own. Reply: `Pong`."""

    page: Owner
    looks: bool


class Dock(Message, frozen=True):
    """Show the editor in the host's side panel, or in the cell again. Reply: `Done`."""

    open: bool


Line: TypeAlias = Ping | Stop | CheckHeard | Attend | Dock
