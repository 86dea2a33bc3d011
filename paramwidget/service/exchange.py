"""Requests over a line that may break: each is carried out once, and its answer can be had again.

A page whose request stays without an answer asks what became of it. What never arrived it may send again; an answer that
was lost comes again when the request does, without being carried out anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TypeVar

import msgspec

from paramwidget import protocol as wire

_READS = 2000
"""Ids of answered questions that are remembered, of all pages together."""
_WRITES, _PAGES = 1000, 100
"""Answers that are remembered of each page, as many as it can ask after at once; and of how many pages."""
_IDS = 2**21
"""The ids of a page begin at a multiple of this, and count up."""

T = TypeVar("T")


class Exchange:
    """What became of the requests of all pages of an editor. Called on any thread.

    Whatever other pages ask or do, nothing that a page may still wait for is forgotten: else it would be carried out twice.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._working: set[int] = set()
        self._reads: OrderedDict[int, None] = OrderedDict()
        self._writes: OrderedDict[int, OrderedDict[int, wire.Reply]] = OrderedDict()

    def begin(self, number: int) -> wire.Reply | None:
        """Take note of a request; the answer that was kept, if it was answered before.

        Raises
        ------
        KeyError
            It is being worked on.
        """
        with self._lock:
            if number in self._working:
                raise KeyError(number)
            kept = self._kept(number)
            if kept is None:  # it is new, or was a question: that can be answered again
                self._working.add(number)
            return kept

    def end(self, number: int, kept: wire.Reply | None) -> None:
        """A request was answered; of one that must not be carried out again, the answer is `kept`."""
        with self._lock:
            self._working.discard(number)
            if kept is None:
                _put(self._reads, number, None, _READS)
                return
            if isinstance(kept, wire.Done):  # cells can be asked for, and would be most of what is kept
                kept = msgspec.structs.replace(kept, cells=None)
            page = number // _IDS
            _put(self._writes, page, self._writes.get(page, OrderedDict()), _PAGES)
            _put(self._writes[page], number, kept, _WRITES)

    def standing(self, numbers: list[int]) -> wire.Unheard:
        """Which of these requests never arrived, and which were answered."""
        with self._lock:
            answered = [n for n in numbers if n in self._reads or self._kept(n) is not None]
            unheard = [n for n in numbers if n not in answered and n not in self._working]
        return wire.Unheard(unheard, answered)

    def _kept(self, number: int) -> wire.Reply | None:
        page = self._writes.get(number // _IDS)
        return None if page is None else page.get(number)


def _put(latest: OrderedDict[int, T], key: int, value: T, most: int) -> None:
    """Add as the newest; the oldest of more than `most` go."""
    latest[key] = value
    latest.move_to_end(key)
    while len(latest) > most:
        latest.popitem(last=False)
