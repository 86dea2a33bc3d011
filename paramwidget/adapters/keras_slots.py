"""A Keras optimizer as it was: its slots by variable, and the way back if building it again fails.

Knows the attributes that `BaseOptimizer` of Keras keeps its variables in, which are private there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import keras

Slots: TypeAlias = dict[str, Any]
"""Attribute of the optimizer (`_momentums`) -> slot variable, or None where it needs none."""

_BOOKKEEPING = ("_variables", "_trainable_variables", "_trainable_variables_indices", "_tracker")


class NotUnderstoodError(Exception):
    """The optimizer keeps its state in a way that is not known here."""


class Before:
    """An optimizer as it was: enough to put it back exactly."""

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer
        self.variables = list(optimizer._trainable_variables)
        self.state = list(optimizer._variables)
        self.attributes = dict(vars(optimizer))
        self.lists = {name: list(value) for name, value in self.attributes.items() if isinstance(value, list)}
        self._dicts = {name: dict(value) for name, value in self.attributes.items() if type(value) is dict}
        self._store = optimizer._tracker.config["variables"]

    def slots(self) -> list[Slots]:
        """For each variable the slots in the lists that run parallel to the variables."""
        parallel = {
            name: items
            for name, items in self.lists.items()
            if not is_bookkeeping(name) and len(items) == len(self.variables) and all(map(is_slot, items))
        }
        return [{name: items[i] for name, items in parallel.items()} for i in range(len(self.variables))]

    def reset(self) -> None:
        """As after `__init__`: the step counter and the learning rate stay, so that nothing restarts."""
        first = [self.attributes.get("_iterations"), self.attributes.get("_learning_rate")]
        set_state(self.optimizer, [v for v in self.state if any(v is kept for kept in first)])
        self.optimizer._trainable_variables_indices = {}
        self.optimizer.built = False

    def restore(self) -> None:
        tracker = self.attributes["_tracker"]
        tracker.config["variables"] = self._store
        tracker.stored_ids["variables"] = {id(v) for v in self.state}
        vars(self.optimizer).clear()
        vars(self.optimizer).update(self.attributes)
        for name, items in self.lists.items():
            if ids(self.attributes[name]) != ids(items):
                self.attributes[name][:] = items
        for name, entries in self._dicts.items():
            self.attributes[name].clear()
            self.attributes[name].update(entries)


def set_state(optimizer: Any, variables: Sequence[Any]) -> None:
    """Replace the list of variables that the optimizer tracks.

    A new list, set as `__init__` does before there is a tracker: TensorFlow wraps it for its checkpoints, and a wrapped
    list that is changed in place could not be saved any more.
    """
    tracker = vars(optimizer).pop("_tracker")
    try:
        optimizer._variables = list(variables)
    finally:
        vars(optimizer)["_tracker"] = tracker
    belongs, _ = tracker.config["variables"]
    tracker.config["variables"] = (belongs, optimizer._variables)
    tracker.stored_ids["variables"] = {id(v) for v in variables}


def is_bookkeeping(name: str) -> bool:
    """Whether an attribute lists what is there, rather than holding slots; `_self_…` is TensorFlow's own tracking."""
    return name in _BOOKKEEPING or name.startswith("_self_")


def ids(items: Iterable[Any]) -> list[int]:
    """Identities; variables cannot be compared with `==`, which gives a tensor."""
    return [id(item) for item in items]


def is_slot(item: Any) -> bool:
    """Whether it can stand in a list of slots: None stands for a variable that needs none."""
    return item is None or isinstance(item, keras.Variable)
