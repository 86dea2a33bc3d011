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


class Watch:
    """Checksums of the tensors that were shown last.

    Thumbnails never drive out the few tensors that were looked at closely, and are remembered apart from them: a picture
    that was made anew does not mean that the other was.
    """

    def __init__(self) -> None:
        self._glanced = _Latest(64)
        self._examined = _Latest(16)

    # to be called before the values are read for the page: what is written in between is then noticed, not missed

    def glanced(self, session: Session, path: str) -> None:
        """A thumbnail of a tensor is made."""
        with session.lock:  # reads are answered on any thread
            self._glanced.put(path, _digest(session, path))

    def described(self, session: Session, path: str) -> None:
        """A tensor is described as it is now."""
        with session.lock:
            self._examined.put(path, _digest(session, path))

    def looked(self, session: Session, path: str) -> None:
        """Some values of a tensor are shown; what was said of it before is as old as it was."""
        with session.lock:
            seen = self._examined.get(path)
            self._examined.put(path, _digest(session, path) if seen is None else seen)

    def wrote(self, session: Session, paths: Iterable[str]) -> None:
        """The editor itself changed these tensors."""
        with session.lock:
            for path in self._shown() & set(paths):
                self._renew(path, checksum(session, path))

    def forget(self, session: Session, paths: Iterable[str]) -> None:
        """The same where nobody looks: whoever looks again will be shown them anew."""
        with session.lock:
            for path in self._shown() & set(paths):
                self._glanced.pop(path, None)
                self._examined.pop(path, None)

    def changed(self, session: Session) -> tuple[str, ...]:
        """The tensors that hold something else than when they were shown; remembers the new contents."""
        with session.lock:
            now = {path: checksum(session, path) for path in (*self._examined, *self._glanced)}
            paths = [path for path, held in now.items() if not self._is_shown_as(path, held)]
            for path in paths:
                self._renew(path, now[path])
        return tuple(paths)

    def _shown(self) -> set[str]:
        return {*self._glanced, *self._examined}

    def _is_shown_as(self, path: str, held: bytes) -> bool:
        return all(seen.get(path, held) == held for seen in (self._glanced, self._examined))

    def _renew(self, path: str, held: bytes) -> None:
        for seen in (self._glanced, self._examined):
            if path in seen:
                seen[path] = held


class _Latest(OrderedDict[str, bytes]):
    """Checksums by path; of more than `limit`, those that were put last."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def put(self, path: str, held: bytes) -> None:
        self[path] = held
        self.move_to_end(path)
        while len(self) > self._limit:
            self.popitem(last=False)


def checksum(session: Session, path: str) -> bytes:
    """Of a sample of what a tensor holds now."""
    try:
        return _digest(session, path)
    except ParamwidgetError:  # the tensor is gone; the tree will say so
        return b"gone"


def _digest(session: Session, path: str) -> bytes:
    p = session.parameter(path)
    return digest(sample(session, p)) if p.readable and p.size else b""
