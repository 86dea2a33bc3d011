"""Notices when the user's own function changes the model that it should only look at, and puts the model back.

A forward pass in training mode moves the statistics of normalisation layers, which is how most probes change a model
without meaning to. What a framework counts for itself (metrics, seeds: the role `state`) may change. Most put the model into
evaluation mode, as they should; each layer is back in its mode when they end, or a training that goes on would do without
statistics and dropout.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from msgspec import Struct

from paramwidget import transaction
from paramwidget.adapters.base import Markable
from paramwidget.errors import ParamwidgetError
from paramwidget.journal import Flip, digest, same_bytes
from paramwidget.region import Region
from paramwidget.sampling import sample

if TYPE_CHECKING:
    from paramwidget.session import Session
    from paramwidget.tree import Parameter

ALWAYS = 2**25
"""Bytes of a model that is copied for every run."""

ONCE = 2**28
"""Bytes of a model that is copied for the first run of a function; later runs are watched by samples."""

_SAMPLED = 200

_FLAGS = 1000
"""Tensors of a model whose locks are looked at after every run; those of a larger one after the first."""

T = TypeVar("T")


def fingerprint(session: Session) -> bytes:
    """A checksum of samples of the model: of at most 200 tensors, spread over it."""
    with session.lock:
        return b"".join(digest(sample(session, p)) for p in _some(_watched(session)))


class Witness:
    """Tells whether something else wrote to a model since results were taken from it, as far as samples tell."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._print, self._generation = b"", 0

    def note(self) -> None:
        """Results of the model as it is were taken."""
        self._print, self._generation = fingerprint(self._session), self._session.generation

    def moved(self) -> bool:
        """Whether that was so since the last `note` or the last time that this was asked, whichever was later.

        False before the first `note`, and also if the session knows of a change since: then those results are known to be
        behind, and any newer ones are not to be called so.
        """
        if not self._print:
            return False
        before, generation = self._print, self._generation
        self.note()
        return generation == self._generation and before != self._print


def _watched(session: Session) -> list[Parameter]:
    return [p for p in session.tree.walk() if p.readable and p.size and p.role != "state" and p.stored]


def _some(watched: list[Parameter]) -> list[Parameter]:
    return watched[:: max(1, len(watched) // _SAMPLED)]


class Changed(Struct, frozen=True):
    """What a function did to the model that it should only look at."""

    paths: list[str] = []
    """The tensors that held something else afterwards, or are gone."""
    restored: bool = True
    """Whether all of them hold again what they held."""
    replaced: list[str] = []
    """Those of them that are other objects now."""

    def told(self, name: str) -> str:
        """The sentence for a probe of this name."""
        advice = "put the model into evaluation mode, or let the probe work on a copy"
        if not self.restored:
            end = "they stay as it left them, being too large to copy, or replaced"
        elif self.replaced:
            end = (
                f"their values were put back, but it replaced {_listed(self.replaced)}: what holds the old tensors, such as "
                "an optimizer, does not see the new ones"
            )
            advice = "make it anew, and let the probe work on a copy"
        else:
            end = "they were put back"
        return f"{name} changed {_listed(self.paths)} while it ran, and {end}; {advice}"


def _listed(paths: list[str]) -> str:
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3:,} more" if len(paths) > 3 else "")


class Guard:
    """The model as it is when the guard is made, in copies or, of a large model, in checksums of samples.

    The function runs in `with guard:`, once or several times; however it ends, each layer is in its mode again afterwards.
    """

    def __init__(self, session: Session, first: bool) -> None:
        self._session = session
        with session.lock:
            adapter = session.adapter
            self._mark = adapter.mark() if isinstance(adapter, Markable) else None
            watched = _watched(session)
            self._flags = {p.path: p.trainable for p in watched} if first or len(watched) <= _FLAGS else {}
            bytes_ = sum(p.bytes for p in watched)
            self._copies: list[tuple[Parameter, np.ndarray]] | None = None
            if bytes_ <= (ONCE if first else ALWAYS):
                self._copies = [(p, np.array(self._values(p), order="C")) for p in watched]
            else:
                self._digests = [(p, digest(sample(session, p))) for p in _some(watched)]

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        if self._mark is not None:
            with transaction.uninterrupted():
                self._mark.restore_modes()

    def changed(self) -> Changed:
        """What was changed since; it is put back as far as that can be."""
        session = self._session
        with session.lock, transaction.uninterrupted():
            paths, restored = self._values_changed()
            flipped = self._flipped()
            replaced = self.replaced(paths) if restored else []
            return Changed([*paths, *(path for path in flipped if path not in paths)], restored, replaced)

    def replaced(self, paths: list[str]) -> list[str]:
        """Those of these tensors of the model that are other objects now, as far as the adapter tells."""
        mark = self._mark
        return [] if mark is None else [path for path in paths if _or_none(partial(mark.is_replaced, path))]

    def _flipped(self) -> list[str]:
        """The tensors that were frozen or unfrozen; they are set back."""
        if not self._flags:
            return []
        present = self._session.tree.index
        flips = [
            Flip(path, before, now)
            for path, before in self._flags.items()
            if path in present and before is not None and (now := present[path].trainable) is not None and now != before
        ]
        if flips:
            _or_none(partial(transaction.flip, self._session.adapter, flips, True))
        return [flip.path for flip in flips]

    def _values_changed(self) -> tuple[list[str], bool]:
        session = self._session
        if self._copies is None:
            return [p.path for p, held in self._digests if not self._has(partial(sample, session, p), held)], False
        found = [(p, held, _or_none(partial(self._values, p))) for p, held in self._copies]
        other = [(p, held, now) for p, held, now in found if now is None or not same_bytes(now, held)]
        # a tensor that was replaced by one of another kind cannot take these values; what only a lesson locks can
        able = [
            (p, held)
            for p, held, now in other
            if now is not None and now.dtype == held.dtype and session.adapter.facts(p.path).writable
        ]
        writes = [(p.path, Region.full(p.shape), held) for p, held in able]
        written = _or_none(partial(transaction.perform, session.adapter, writes)) if session.adapter.writable else None
        return [p.path for p, _, _ in other], written is not None and len(able) == len(other)

    def _values(self, p: Parameter) -> np.ndarray:
        return self._session.adapter.read(p.path, Region.full(p.shape))

    def _has(self, read: Callable[[], np.ndarray], held: bytes) -> bool:
        values = _or_none(read)
        return values is not None and digest(values) == held


def _or_none(call: Callable[[], T]) -> T | None:
    """What a call gives; None if a tensor is not what it was any more."""
    try:
        return call()
    except ParamwidgetError:
        return None
