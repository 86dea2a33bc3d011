"""Fitting a built Keras optimizer to a changed set of trainable variables.

A Keras optimizer knows only the variables that it was built with, and refuses others. Here the same optimizer object is
built again over another set, and every variable that it already knew gets back the very slot variables (momenta and the
like) it had, so nothing that was learnt is lost. What cannot be understood is put back as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np

from paramwidget.adapters.keras_slots import Before, NotUnderstoodError, Slots, ids, is_bookkeeping, is_slot, set_state

_BUILD_ONLY_CREATES = frozenset(
    getattr(keras.optimizers, name)
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lion", "Ftrl", "Lamb")
)


class SlotKeeper:
    """Refits optimizers; keeps the slots of variables that had to leave one, for when they come back."""

    def __init__(self) -> None:
        self._parked: WeakKeyDictionary[Any, dict[int, tuple[Any, Slots]]] = WeakKeyDictionary()

    def refit(self, model: Any) -> bool | None:
        """Make the optimizer of a model able to train what is trainable in it now.

        Returns
        -------
        bool or None
            True if it was rebuilt, False if there was nothing to do, None if it cannot be done for this optimizer.
        """
        optimizer = model.optimizer
        if optimizer is None or not optimizer.built:
            return False  # it will be built over what is trainable in the first step
        wanted, known = list(model.trainable_variables), list(optimizer._trainable_variables)
        wanted_ids, known_ids = {id(v) for v in wanted}, {id(v) for v in known}
        if _exact(optimizer):
            if [id(v) for v in wanted] == [id(v) for v in known]:
                return False
        elif wanted_ids <= known_ids:
            return False
        else:
            # in the order in which Keras would build it: saved optimizers are restored by position
            keep = wanted_ids | known_ids
            ordered = [v for v in model.variables if id(v) in keep]
            ordered_ids = {id(v) for v in ordered}
            wanted = ordered + [v for v in known if id(v) not in ordered_ids]
        try:
            with _scope(model):
                self._rebuild(optimizer, wanted)
        except NotUnderstoodError:
            return None
        return True

    def _rebuild(self, optimizer: Any, variables: Sequence[Any]) -> None:
        inner = getattr(optimizer, "inner_optimizer", None)
        if inner is None and not _contains_optimizers(optimizer):
            self._rebuild_slots(optimizer, variables)
        elif type(optimizer) is keras.optimizers.LossScaleOptimizer:
            # it has a scale and a counter, but no slots: those are the inner optimizer's
            self._rebuild_slots(inner, variables)
            optimizer._trainable_variables_indices = {optimizer._var_key(v): i for i, v in enumerate(variables)}
            vars(optimizer)["_trainable_variables"] = list(variables)
        else:
            raise NotUnderstoodError

    def _rebuild_slots(self, optimizer: Any, variables: Sequence[Any]) -> None:
        before = Before(optimizer)
        parked = dict(self._parked.get(optimizer, {}))
        parked.update({id(v): (v, slots) for v, slots in zip(before.variables, before.slots(), strict=True)})
        try:
            before.reset()
            with _reusing(optimizer, parked):
                optimizer.build(list(variables))
            _give_back(optimizer, before, variables, parked)
            staying = {id(v) for v in variables}
            leaving = {key: kept for key, kept in parked.items() if key not in staying}
            _check(optimizer, before, leaving)
        except Exception as error:
            before.restore()
            raise NotUnderstoodError from error
        self._parked[optimizer] = leaving


def _exact(optimizer: Any) -> bool:
    """Whether the optimizer must know the trainable variables and no others.

    JAX hands the state of both over by position. A moving average of the weights (EMA) writes all variables that the
    optimizer knows, frozen ones too.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return keras.backend.backend() == "jax" or bool(getattr(inner, "use_ema", False))


def _scope(model: Any) -> AbstractContextManager[Any]:
    """New slots lie where the model's own distribution strategy of TensorFlow puts them."""
    strategy = getattr(model, "_distribute_strategy", None)
    return nullcontext() if strategy is None else strategy.scope()


@contextmanager
def _reusing(optimizer: Any, parked: dict[int, tuple[Any, Slots]]) -> Iterator[None]:
    """Let `build` take the slots that are there: to unfreeze a large model one by one would be quadratic otherwise.

    A shortcut only: which slot stands where is settled afterwards. Not for optimizers that may write to new slots.
    """
    if type(optimizer) not in _BUILD_ONLY_CREATES:
        yield
        return
    make = optimizer.add_variable_from_reference

    def reuse(reference_variable: Any, name: str | None = None, initializer: Any = "zeros") -> Any:
        _, slots = parked.get(id(reference_variable), (None, {}))
        found = [slot for slot in slots.values() if slot is not None and slot.name.endswith(f"_{name}")]
        if len(found) != 1:
            return make(reference_variable, name=name, initializer=initializer)
        optimizer._track_variable(found[0])
        return found[0]

    vars(optimizer)["add_variable_from_reference"] = reuse
    try:
        yield
    finally:
        vars(optimizer).pop("add_variable_from_reference", None)


def _contains_optimizers(optimizer: Any) -> bool:
    """Whether it shares the variables out among others (MultiOptimizer), which cannot be built again one by one."""
    for value in vars(optimizer).values():
        items = value if isinstance(value, (list, tuple)) else value.values() if isinstance(value, dict) else (value,)
        if any(isinstance(item, keras.optimizers.Optimizer) for item in items):
            return True
    return False


def _give_back(optimizer: Any, before: Before, variables: Sequence[Any], parked: dict[int, tuple[Any, Slots]]) -> None:
    """Put the old slots in the place of the newly made ones."""
    made = list(optimizer._variables)
    replaced: dict[int, Any] = {}
    for name, value in list(vars(optimizer).items()):
        if is_bookkeeping(name):
            continue
        old: Any = before.attributes.get(name)
        if isinstance(value, list):
            known = before.lists.get(name, [])
            if value is old:
                if ids(value) != ids(known):
                    raise NotUnderstoodError  # it appends to a list that it made elsewhere
            elif len(value) or len(known):
                slots = _mix(name, list(value), variables, parked)
                exchanged = {id(new): kept for new, kept in zip(value, slots, strict=True) if kept is not new}
                if exchanged:
                    setattr(optimizer, name, slots)
                    replaced |= exchanged
        elif value is not old and isinstance(value, keras.Variable) and isinstance(old, keras.Variable):
            replaced[id(value)] = old  # one for all variables, as the product in Nadam
            setattr(optimizer, name, old)
    if replaced:
        set_state(optimizer, [replaced.get(id(v), v) for v in made])


def _mix(name: str, made: list[Any], variables: Sequence[Any], parked: dict[int, tuple[Any, Slots]]) -> list[Any]:
    """A list that runs parallel to the variables, with the old slots where there are any."""
    if len(made) != len(variables) or not all(map(is_slot, made)):
        raise NotUnderstoodError
    slots = []
    for variable, new in zip(variables, made, strict=True):
        _, known = parked.get(id(variable), (None, {}))
        kept = known.get(name, new)
        if (new is None) != (kept is None) or (new is not None and tuple(new.shape) != tuple(kept.shape)):
            raise NotUnderstoodError
        if name == "_model_variables_moving_average" and name not in known and new is not None:
            # from zero, the average would drag the variable towards zero; a copy, because JAX shares what it is given
            new.assign(np.array(keras.ops.convert_to_numpy(variable._value)))
        slots.append(kept)
    return slots


def _check(optimizer: Any, before: Before, leaving: dict[int, tuple[Any, Slots]]) -> None:
    """Every variable of the old state is still there, or left together with its model variable."""
    there = {id(v) for v in optimizer._variables}
    there |= {id(slot) for _, slots in leaving.values() for slot in slots.values()}
    if any(id(v) not in there for v in before.state) or not optimizer.built:
        raise NotUnderstoodError
