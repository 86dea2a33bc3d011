"""When a write may happen: on the kernel's main thread, between cells, never beside a running training step.

JupyterLab 4.4 and newer deliver widget messages on another thread *while a cell runs* (ipykernel 7 subshells). A write from
there kills a PyTorch training loop or silently corrupts its gradients. So the event loop of the main thread is remembered
when a session is made, and a write from another thread waits there until the running cell has ended. Where there is no
loop, as in a script, there is nothing to wait for. Reading needs no safe point.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable


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
        if self._loop is None or self._loop.is_closed():
            return True
        return threading.current_thread() is self._thread

    def run(self, call: Callable[[], None]) -> None:
        """Run `call` now, or queue it for the main thread; calls keep their order."""
        if self.here:
            call()
        else:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(call)
