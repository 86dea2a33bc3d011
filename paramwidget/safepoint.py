"""When a write may happen: on the kernel's main thread, between cells, never beside a running training step.

JupyterLab 4.4 and newer deliver widget messages on another thread *while a cell runs* (ipykernel 7 subshells). A write from
there kills a PyTorch training loop or silently corrupts its gradients. So the event loop of the main thread is remembered
when a session is made, and a write from another thread waits there until the running cell has ended. Where there is no
loop, as in a script, there is nothing to wait for. Reading needs no safe point.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any, ParamSpec

P = ParamSpec("P")


class SafePoint:
    """Runs a call at once if this thread may write, otherwise on the thread that may, as soon as it is idle."""

    def __init__(self) -> None:
        self._thread = threading.current_thread()
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    @property
    def here(self) -> bool:
        """Whether this thread may write now."""
        return not self.waits or threading.current_thread() is self._thread

    @property
    def waits(self) -> bool:
        """Whether there is a loop in which `later` waits; in a script all is done at once."""
        return self._loop is not None and not self._loop.is_closed()

    def run(self, call: Callable[[], None]) -> None:
        """Run `call` now, or queue it for the main thread; calls keep their order."""
        if self.here:
            call()
        else:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(call)

    def later(self, call: Callable[[], None], seconds: float = 0.0) -> None:
        """Run `call` on the thread that may write, after what it does now; at once where there is no loop to wait in.

        With `seconds`, not before they have passed; where there is no loop, never.
        """
        loop = self._loop
        if loop is None or not self.waits:
            if not seconds:
                call()
        elif seconds:
            loop.call_soon_threadsafe(loop.call_later, seconds, call)
        else:
            loop.call_soon_threadsafe(call)


def weakly(method: Callable[P, None]) -> Callable[P, None]:
    """A call of a bound method that does not keep its object alive while it waits."""
    reference = weakref.WeakMethod(method)

    def call(*given: P.args, **named: P.kwargs) -> None:
        alive = reference()
        if alive is not None:
            alive(*given, **named)

    return call


def on_interrupt(call: Callable[[], None]) -> Callable[[], None]:
    """Run `call` when the idle kernel is interrupted, where Jupyter would ignore it; returns how to stop that.

    While a message is handled, Jupyter puts a handler of its own in this place, and ours back afterwards. Both calls are
    to be made between messages, on the main thread; elsewhere nothing happens.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return lambda: None
    return _interrupts.add(loop, call)


class _Interrupts:
    """One handler for all who want to be told of an interrupt, so that they may stop in any order."""

    def __init__(self) -> None:
        self._calls: list[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = []
        self._before: Any = None

    def add(self, loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> Callable[[], None]:
        present = signal.getsignal(signal.SIGINT)
        if present is None:  # set by something that is not Python: leave it alone
            return lambda: None
        if present != self._handle:
            self._before = signal.signal(signal.SIGINT, self._handle)
        wanted = (loop, call)
        self._calls.append(wanted)
        return lambda: self._remove(wanted)

    def _remove(self, wanted: tuple[asyncio.AbstractEventLoop, Callable[[], None]]) -> None:
        if wanted in self._calls:
            self._calls.remove(wanted)
        if not self._calls:
            self._put_back()

    def _put_back(self) -> None:
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) == self._handle:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._calls = [wanted for wanted in self._calls if not wanted[0].is_closed()]
        for loop, call in self._calls:
            loop.call_soon_threadsafe(call)
        if not self._calls:  # the last one stopped while a message was handled, or its loop has ended
            self._put_back()
            signal.raise_signal(signal.SIGINT)


_interrupts = _Interrupts()
