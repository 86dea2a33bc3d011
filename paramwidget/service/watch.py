"""What was shown, remembered by checksum, so that a change from outside is noticed when a cell has run.

Version counters of frameworks miss writes through views and fused optimizers, so bytes are compared: of a sample of each
tensor that was shown last, which bounds the work by what is on the screen.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from paramwidget.errors import ParamwidgetError
from paramwidget.journal import digest
from paramwidget.sampling import sample
from paramwidget.session import Session

_LIMIT = 64


class Watch:
    """Checksums of the tensors that were shown last."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, bytes] = OrderedDict()

    def saw(self, session: Session, path: str) -> None:
        """Remember what a tensor holds now."""
        with session.lock:  # reads are answered on any thread
            self._seen[path] = self._digest(session, path)
            self._seen.move_to_end(path)
            while len(self._seen) > _LIMIT:
                self._seen.popitem(last=False)

    def wrote(self, session: Session, paths: Iterable[str]) -> None:
        """The editor itself changed these tensors."""
        with session.lock:
            for path in self._seen.keys() & paths:
                self._seen[path] = self._digest(session, path)

    def forget(self, session: Session, paths: Iterable[str]) -> None:
        """The same where nobody looks: whoever looks again will be shown them anew."""
        with session.lock:
            for path in self._seen.keys() & paths:
                del self._seen[path]

    def changed(self, session: Session) -> tuple[str, ...]:
        """The tensors that hold something else than when they were shown; remembers the new contents."""
        with session.lock:
            paths = [path for path, seen in self._seen.items() if self._digest(session, path) != seen]
            for path in paths:
                self.saw(session, path)
        return tuple(paths)

    @staticmethod
    def _digest(session: Session, path: str) -> bytes:
        try:
            with session.lock:
                p = session.parameter(path)
                return digest(sample(session, p)) if p.readable and p.size else b""
        except ParamwidgetError:  # the tensor is gone; the tree will say so
            return b"gone"
