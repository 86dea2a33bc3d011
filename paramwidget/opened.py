"""A model opened for reading: facts, values, the journal of what was done, and who looks on.

What `session` builds on. Reading may happen on any thread under the lock. Nothing here writes to a model.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import numpy as np
from msgspec import Struct

from paramwidget import dtypes, progress
from paramwidget.adapters import adapter_for
from paramwidget.adapters.base import Adapter
from paramwidget.errors import ClosedError, NoValuesError, PathError, ValueRefusedError
from paramwidget.journal import Entry, Journal
from paramwidget.notices import Notice, reason_text
from paramwidget.region import CHUNK, Index, Region
from paramwidget.statistics import non_finite
from paramwidget.tree import Facts, Node, Parameter, matching, named, select

_log = logging.getLogger("paramwidget")


_LONGEST_TITLE = 200
"""Characters; it stands in one line wherever the model is shown."""


class Update(Struct, frozen=True):
    """What listeners are told: which tensors changed (none named: any), and what of them.

    Neither values nor flags: only what is said of the whole model, such as its snapshots.
    """

    paths: tuple[str, ...]
    values: bool
    flags: bool = False
    """Something was frozen or unfrozen, or may have been."""
    outside: bool = False
    preview: bool = False
    """Only tried out: nothing of it is in the history."""


class OpenModel:
    """A model, what is known of it, and what was done to it."""

    def __init__(self, model: Any, title: str | None, lock: AbstractContextManager[bool]) -> None:
        self._adapter: Adapter | None = adapter_for(model)
        self._model = model
        self.rename(title)
        self._journal = Journal()
        self._known: Node | None = None
        self._listeners: list[weakref.WeakMethod[Callable[[Update], None]]] = []
        self.lock: AbstractContextManager[bool] = lock
        """Held while the model is read or written; one thread may take it again. Sessions on one model share it."""
        self.revision: int = 0
        """Counts changes; a view that shows an older revision is stale."""
        self.generation: int = 0
        """Counts states of values and freezing, trials included; a probe that saw an older one is stale."""

    @property
    def adapter(self) -> Adapter:
        """The adapter of the model.

        Raises
        ------
        ClosedError
            The session was closed.
        """
        if self._adapter is None:
            raise ClosedError("this session was closed; open the model again with paramwidget.edit(model)")
        return self._adapter

    @property
    def model(self) -> Any:
        """The model itself; None after `close`."""
        return self._model

    @property
    def tree(self) -> Node:
        """The root of the layer tree, fresh from the model; no value is read."""
        with self.lock:
            self._known = self.adapter.tree()
            return self._known

    @property
    def known(self) -> Node:
        """The tree as it was read last: cheap, and right unless a cell has changed the model's structure since."""
        return self._known or self.tree

    @property
    def title(self) -> str:
        """Name that is shown for the model; by default its own."""
        return self._title or self.known.name

    def rename(self, title: str | None) -> None:
        """Show the model under another name; its own again if that is empty.

        Raises
        ------
        ValueRefusedError
            The title is not a text, or longer than a line.
        """
        if title is not None and not isinstance(title, str):
            raise ValueRefusedError(
                f"a title is a text, and not {type(title).__name__}; pass for example title='digits'"
            )
        if title and len(title) > _LONGEST_TITLE:
            raise ValueRefusedError(
                f"a title has at most {_LONGEST_TITLE} characters, and this one {len(title):,}; pass a shorter one"
            )
        self._title = (title or "").strip()

    @property
    def history(self) -> list[Entry]:
        """What was done and not undone, oldest first."""
        return list(self._journal.done)

    @property
    def journal(self) -> Journal:
        """All that was done, as a tree of entries."""
        return self._journal

    def parameter(self, path: str) -> Parameter:
        """Facts of one tensor, fresh from the model.

        Raises
        ------
        PathError
            There is no such tensor; the message names the closest.
        """
        if not isinstance(path, str):
            raise PathError(f"a tensor is named by its path, a text, and not by {type(path).__name__}")
        with self.lock:
            return self.adapter.facts(path)

    def aliases(self, path: str) -> list[str]:
        """Paths of the other tensors with the same storage, in the order of the tree."""
        tied = self.parameter(path).tied
        return [p.path for p in self.known.walk() if p.tied == tied and p.path != path] if tied else []

    def sharing(self, paths: Sequence[str]) -> list[str]:
        """These tensors, and after them all others that share storage with one of them."""
        index = self.known.index
        ties = {index[path].tied for path in paths if path in index} - {""}
        more = (p.path for p in self.known.walk() if p.tied in ties) if ties else ()
        return list(dict.fromkeys((*paths, *more)))

    def edited(self) -> set[str]:
        """Paths of the tensors whose values an edit changed, under whatever of their names it was made.

        What shares only a part of its storage with an edited tensor is among them, whichever part was edited.
        """
        with self.lock:
            return set(self.sharing(list(self._journal.edited())))

    def ties(self, paths: Sequence[str]) -> list[Notice]:
        """For each tensor that shares storage with others, which those are."""
        notices = []
        edited = set(paths)
        for path in paths:
            others = [other for other in self.aliases(path) if other not in edited]
            more = f" and {len(others) - 3:,} more" if len(others) > 3 else ""
            if others:
                notices.append(Notice("tied", path, ", ".join(others[:3]) + more))
        return notices

    def select(self, query: str, root: Node | None = None) -> list[Parameter]:
        """The tensors that match a filter: names, globs and facts such as `frozen`, `nan`, `edited`, `>1M`.

        Raises
        ------
        QueryError
            A word means nothing; see `tree.select` for the words.
        """
        with self.lock:
            whole, facts = root or self.tree, self._facts()
        progress.expect(whole.bytes)
        return select(whole, query, facts)

    def matching(self, names: Sequence[str | Iterable[str]], root: Node | None = None) -> dict[str, Parameter]:
        """The tensors that names mean, by path: paths of tensors or layers, globs, filter words; see `tree.matching`.

        Raises
        ------
        PathError, QueryError
            A name matches nothing, or a word means nothing.
        """
        with self.lock:
            return matching(root or self.tree, names, self._facts())

    def named(self, names: Sequence[str | Iterable[str]]) -> dict[str, Parameter]:
        """As `matching`, and what is tied to one of them."""
        with self.lock:
            return named(self.tree, names, self._facts())

    def _facts(self) -> Facts:
        edited = cache(self.edited)  # not before a filter asks: with ties it goes through the tree
        return {"edited": lambda p: p.path in edited(), "nan": lambda p: self.bad_values(p) != (0, 0)}

    def bad_values(self, p: Parameter) -> tuple[int, int]:
        """How many values of a tensor are NaN and how many infinite; exact."""
        if not p.readable or dtypes.kind(p.dtype) in ("int", "uint", "bool"):
            return 0, 0
        nan = inf = 0
        with self.lock:
            for region in self.chunks(p.path):
                values = self.view(p.path, region)
                found = non_finite(dtypes.measure(values))
                nan, inf = nan + found[0], inf + found[1]
                progress.advance(values.nbytes)
        return nan, inf

    # ------------------------------------------------------------------ reading

    def view(self, path: str, region: Region) -> np.ndarray:
        """Values of a region with the tensor's rank; may be live, read-only memory: for use under the lock only.

        Raises
        ------
        NoValuesError
            There is nothing to read; the message says why.
        """
        p = self.parameter(path)
        if not p.readable:
            raise NoValuesError(f"{path} has no values to show: {reason_text(p.reason)}")
        return self.adapter.read(path, region)

    def read(self, path: str, index: Index | Region = ...) -> np.ndarray:
        """A copy of a region, shaped as NumPy would: axes given as one index are gone."""
        with self.lock:
            region = self.region(path, index)
            values = self.view(path, region)
            return np.array(values).reshape(region.squeezed)

    def region(self, path: str, index: Index | Region | str = ...) -> Region:
        """The region of a tensor that a Python index, a text such as `[0:16, :]` or another region names."""
        shape = self.parameter(path).shape
        if isinstance(index, Region):
            return index
        return Region.parse(index, shape) if isinstance(index, str) else Region.of(index, shape)

    def chunks(self, path: str) -> list[Region]:
        """Regions of bounded size that make up a tensor."""
        p = self.parameter(path)
        return list(Region.full(p.shape).chunks(dtypes.itemsize(p.dtype) or 1, CHUNK))

    # ------------------------------------------------------------------ listening

    def subscribe(self, listener: Callable[[Update], None]) -> None:
        """Call a bound method after each change; it is held weakly, so it never keeps its object alive."""
        self._listeners.append(weakref.WeakMethod(listener))

    def written_outside(self, shown: bool) -> None:
        """Something else wrote to the model: what probes saw is stale, and, if it is `shown`, what a page shows."""
        self.generation += 1
        self.revision += shown

    def tell(self, change: Update) -> None:
        """Something was changed: it is counted and told to who looks on; after a change of flags the tree is read anew."""
        if change.flags:
            self._known = None
        self.revision += 1
        # what is frozen matters to a probe, too; a snapshot does not
        self.generation += change.values or change.flags
        for reference in list(self._listeners):
            listener = reference()
            if listener is None:
                self._listeners.remove(reference)
                continue
            try:
                listener(change)
            except Exception:  # the change is made and recorded; who looks on must not undo that
                _log.exception("a listener failed after a change")
