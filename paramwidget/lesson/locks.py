"""What a lesson lets a learner change, and the session that keeps to it: for scripts and for the widget alike.

A locked tensor is read-only in the facts of the session, with the reason, so that everything that looks before it writes
refuses it or shows the lock: edits, trials, patches, the cells on the screen. Operations are refused when they are carried
out or tried. Whoever writes to the model without the session is not stopped, but seen: a lesson compares with its start.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from paramwidget import targets
from paramwidget.comparison import Difference, compare
from paramwidget.edits import Assign, Edit, Fill, Operation
from paramwidget.errors import FreezeError, ReadOnlyError, ValueRefusedError
from paramwidget.region import Region
from paramwidget.session import Session
from paramwidget.snapshots import Snapshot, Snapshots
from paramwidget.tree import Node, Parameter, named

if TYPE_CHECKING:
    from paramwidget.journal import Entry
    from paramwidget.lesson.lesson import Lesson
    from paramwidget.states import State

TYPED: tuple[type[Operation], ...] = (Assign, Fill)
"""The operations behind a value that is typed, pasted or assigned in a script."""

_FEW = 3
_NO_FREEZING = "this lesson is about values, so nothing is frozen or unfrozen in it"


class Allowed(Struct, frozen=True):
    """What may be changed. Going back in the history is always allowed."""

    tensors: tuple[str, ...] = ()
    """Paths, globs or filter words; none: all tensors."""
    operations: tuple[type[Operation], ...] = ()
    """Classes of `paramwidget.edits`; none: all operations."""
    freezing: bool = False
    """Whether tensors may be frozen and unfrozen."""

    @classmethod
    def of(cls, given: Allowed | str | Iterable[str] | None) -> Allowed:
        """`given` itself, or what names of tensors mean: those, with every operation; None allows all.

        Raises
        ------
        ValueRefusedError
            It is something else.
        """
        if given is None:
            return cls(freezing=True)
        if isinstance(given, str):
            return cls((given,))
        if not isinstance(given, cls):
            names = tuple(given) if isinstance(given, Iterable) else ()
            if not names or not all(isinstance(name, str) for name in names):
                raise ValueRefusedError(
                    f"allowed={given!r} names nothing; pass names of tensors, or lesson.Allowed(tensors, operations)"
                )
            return cls(names)
        if not all(isinstance(kind, type) and hasattr(kind, "spatial") for kind in given.operations):
            raise ValueRefusedError(
                "a lesson allows classes of operations; pass for example operations=(edits.Fill, edits.Scale)"
            )
        return given


class LessonSession(Session):
    """A session that changes what is allowed and nothing else, and knows the values that the lesson started with.

    Raises as `Session` does, and:

    Raises
    ------
    PathError, QueryError
        `allowed` names no tensor.
    """

    def __init__(self, model: Any, allowed: Allowed, *, title: str | None = None) -> None:
        self.lesson: Lesson | None = None
        """The goals, for whoever shows the session."""
        self._allowed = Allowed(freezing=True)
        self._open_paths: frozenset[str] | None = None
        super().__init__(model, title=title)
        with self.lock:
            self.start: Snapshot = Snapshots().take(
                "start", 0, self.tree, lambda p: self.adapter.read(p.path, Region.full(p.shape))
            )
            """The values that the lesson started with."""
            if allowed.tensors:
                self._open_paths = frozenset(named(self.tree, allowed.tensors))
            self._allowed = allowed
            self._known = None  # it was read without the locks

    def _register(self) -> None:
        """Not yet: a lesson that is refused half-way must leave nothing that an editor would open. See `begin`."""

    def begin(self, lesson: Lesson) -> None:
        """Take the goals, which are the last thing that was missing: from now on the session is that of its model."""
        self.lesson = lesson
        super()._register()

    # ------------------------------------------------------------------ tensors

    @property
    def tree(self) -> Node:
        """The root of the layer tree, in which locked tensors are not writable."""
        with self.lock:
            self._known = self._marked(self.adapter.tree())
            return self._known

    def parameter(self, path: str) -> Parameter:
        """Facts of one tensor; a locked one is not writable."""
        with self.lock:
            return self._locked(super().parameter(path))

    def _marked(self, node: Node) -> Node:
        if self._open_paths is None:
            return node
        parameters = tuple(map(self._locked, node.parameters))
        return structs.replace(node, parameters=parameters, children=tuple(map(self._marked, node.children)))

    def _locked(self, p: Parameter) -> Parameter:
        if self._open_paths is None or p.path in self._open_paths or not p.writable:
            return p
        return structs.replace(p, writable=False, reason=f"this lesson keeps it as it is; edit {self._named}")

    @property
    def _named(self) -> str:
        names = self._allowed.tensors
        return ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")

    # ------------------------------------------------------------------ operations

    def apply(self, edits: Edit | Sequence[Edit], label: str | None = None) -> Entry | None:
        """As `Session.apply`.

        Raises
        ------
        ReadOnlyError
            A tensor is locked, or the lesson does not use the operation.
        """
        several = targets.several(edits)
        for each in several:
            self._check(each.operation)
        return super().apply(several, label)

    def operation(self, given: Operation | str) -> Operation:  # type: ignore[override]
        """As `Session.operation`; a trial passes here too.

        Raises
        ------
        ReadOnlyError
            The lesson does not use this operation.
        """
        chosen = Session.operation(given)
        self._check(chosen)
        return chosen

    def uses(self, kind: type[Operation]) -> bool:
        """Whether operations of this class may be carried out."""
        return issubclass(kind, self._allowed.operations or object)

    @property
    def no_freezing(self) -> str:
        """Why tensors cannot be frozen and unfrozen; empty if they can."""
        return "" if self._allowed.freezing else _NO_FREEZING

    def _check(self, operation: Operation) -> None:
        if not self.uses(type(operation)):
            names = " or ".join(kind.__name__.lower() for kind in self._allowed.operations)
            raise ReadOnlyError(f"this lesson does not use '{operation.label}', so nothing was changed; use {names}")

    def _set_trainable(self, what: Sequence[str | Iterable[str]], trainable: bool) -> Entry | None:
        if self.no_freezing:
            raise FreezeError(f"{self.no_freezing}; edit a value")
        return super()._set_trainable(what, trainable)

    def _all_of(self, source: State) -> list[str]:
        """Without the locked tensors: something else may have moved them, as training does statistics of normalisation."""
        allowed = self._open_paths
        return [path for path in super()._all_of(source) if allowed is None or path in allowed]

    # ------------------------------------------------------------------ the start

    def differences(self) -> list[Difference]:
        """How the model differs from the start, whoever wrote to it; tensors with the same storage once.

        What a framework counts for itself, such as the seeds of random layers (the role `state`), is no difference.
        """
        with self.lock:
            passed = {p.path for p in self.tree.walk() if p.tied not in ("", p.path) or p.role == "state"}
            rows = compare(self.start, self).differing
            return [row for row in rows if row.match != "unreadable" and row.path not in passed]

    def changed(self) -> int:
        """How many cells differ from the start: of a tensor of another shape, every one."""
        return sum(row.changed or row.size for row in self.differences())

    def broken(self) -> list[str]:
        """Paths of locked tensors that differ from the start: something else than the session wrote them."""
        allowed = self._open_paths
        return [] if allowed is None else [row.path for row in self.differences() if row.path not in allowed]

    def start_over(self) -> None:
        """Bring back the values of the start, bit by bit, also of what something else wrote, and what was frozen here.

        The history keeps what was done as another branch.

        Raises
        ------
        PathError, RegionError
            The model was built anew with other tensors.
        """
        with self.lock:
            if self.previewing is not None:
                self.previewing.revert(force=True)
            self.goto(0, force=True)
            allowed, open_paths = self._allowed, self._open_paths
            self._allowed, self._open_paths, self._known = Allowed(freezing=True), None, None
            try:
                paths = [path for path in self.start.paths if self.parameter(path).writable]
                self.take_from(self.start, paths, label="start over")
            finally:
                self._allowed, self._open_paths, self._known = allowed, open_paths, None
