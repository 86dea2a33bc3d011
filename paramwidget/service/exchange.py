"""Requests over a line that may break: each is carried out once, and its answer can be had again.

A page whose request stays without an answer asks what became of it. What never arrived it may send again; an answer that
was lost comes again when the request does, without being carried out anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import msgspec

from paramwidget import protocol as wire

_KEPT = 2000
"""Ids of answered requests that are remembered."""
_LARGE = 2**16
"""Bytes of buffers that are not kept with an answer."""

Reply = tuple[wire.Reply, list[bytes]]


class Exchange:
    """What became of the requests of all pages of an editor. Called on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._working: set[int] = set()
        self._answered: OrderedDict[int, Reply | None] = OrderedDict()

    def begin(self, number: int) -> Reply | None:
        """Take note of a request; its answer, if it was a write that was answered before.

        Raises
        ------
        KeyError
            It is being worked on.
        """
        with self._lock:
            if number in self._working:
                raise KeyError(number)
            kept = self._answered.get(number)
            if kept is None:  # it is new, or was a reading request: that can be answered again
                self._working.add(number)
            return kept

    def end(self, number: int, reply: wire.Reply, buffers: list[bytes], wrote: bool) -> None:
        """A request was answered; of one that `wrote` the answer is kept."""
        if isinstance(reply, wire.Done) and sum(map(len, buffers)) > _LARGE:
            reply, buffers = msgspec.structs.replace(reply, cells=None), []
        with self._lock:
            self._working.discard(number)
            self._answered[number] = (reply, buffers) if wrote else None
            while len(self._answered) > _KEPT:
                self._answered.popitem(last=False)

    def standing(self, numbers: list[int]) -> wire.Unheard:
        """Which of these requests never arrived, and which were answered."""
        with self._lock:
            answered = [number for number in numbers if number in self._answered]
            unheard = [number for number in numbers if number not in self._answered and number not in self._working]
        return wire.Unheard(unheard, answered)
