"""The flags that decide what a Keras model trains: remembered, lifted above a frozen model, and put back exactly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from weakref import ref


class Flags:
    """The flag of an outermost model and those of some of its variables, as they were; holds none of them."""

    def __init__(self, model: Any, variables: Iterable[Any]) -> None:
        self._model = ref(model)
        self._whole = model._trainable
        self._flags = [(ref(v), bool(v.trainable)) for v in variables]

    def restore(self) -> None:
        """Set all of them back."""
        for reference, before in self._flags:
            variable = reference()
            if variable is not None:
                variable.trainable = before
        model = self._model()
        if model is not None:
            model._trainable = self._whole  # past the setter of `trainable`, which would cascade

    def changed(self) -> list[Any]:
        """The variables that have another flag now."""
        pairs = [(reference(), before) for reference, before in self._flags]
        return [v for v, before in pairs if v is not None and bool(v.trainable) is not before]


def lift(model: Any, variable: Any) -> None:
    """Let a frozen outermost model train again, but only this variable of it.

    Below a frozen outermost model nothing trains, whatever the flag of a variable says, so the flags that begin to count
    are set to what was true so far. Past the setter of `trainable`, which would cascade.
    """
    model._trainable = True
    for other in model.weights:
        if other.trainable and other is not variable:
            other.trainable = False


class Lifts:
    """What lifts have changed besides their variable, so that freezing it again can put that back too.

    Who undoes an unfreeze only says which variable is to be frozen again.
    """

    def __init__(self) -> None:
        self._before: dict[str, list[Flags]] = {}

    def remember(self, path: str, before: Flags) -> None:
        """A lift for this path was made."""
        self._before.setdefault(path, []).append(before)

    def include(self, path: str) -> bool:
        """Whether a frozen model was let train for this path."""
        return bool(self._before.get(path))

    def undoable(self, path: str, model: Any, variable: Any) -> Flags | None:
        """The flags from before the last lift for this path, if all flags are still as that lift left them."""
        known = self._before.get(path)
        if not known:
            return None
        if not model._trainable:
            known.pop()  # the model was frozen by something else since, so there is nothing left to take back
            return None
        training = [v for v in model.weights if v.trainable]
        return known[-1] if len(training) == 1 and training[0] is variable else None

    def forget(self, path: str) -> None:
        """The last lift for this path was taken back."""
        self._before[path].pop()
