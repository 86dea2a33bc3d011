"""Freezing and unfreezing one Keras variable so that the next training step obeys, and nothing else changes.

`layer.trainable` is never set: it overwrites the setting of everything below. Which variables `fit()` trains is decided by
`Variable.trainable` and by the flag of the outermost model alone; those two are what is changed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from paramwidget.adapters.keras_optimizer import SlotKeeper
from paramwidget.adapters.keras_tree import Place
from paramwidget.errors import FreezeError
from paramwidget.notices import Notice


def set_trainable(place: Place, path: str, trainable: bool, slots: SlotKeeper) -> list[Notice]:
    """Freeze or unfreeze one variable.

    Raises
    ------
    FreezeError
        Keras has no such notion for it, or the optimizer cannot learn of it; nothing was changed then.
    """
    model, variable = place.chain[0], place.variable
    if place.role not in ("weight", "bias"):
        raise FreezeError(f"{path} is state that no optimizer touches, so there is nothing to freeze or unfreeze")
    if variable._value is None:
        # JAX holds the training state by position while it trains: another set of variables would scramble it
        raise FreezeError(
            f"{path} has no values at present (not built, or JAX is training), so it cannot be changed now"
        )
    flags = [(variable, bool(variable.trainable))]
    model_flag = model._trainable
    variable.trainable = trainable
    if trainable and not _listed(variable, model.trainable_weights):
        flags += _lift(model, variable)
    trainers = list(compiled_models(place))
    refitted = [slots.refit(trainer) for trainer in trainers]
    if None in refitted or (trainable and not _listed(variable, model.trainable_weights)):
        for changed, before in reversed(flags):
            changed.trainable = before
        model._trainable = model_flag
        for trainer in trainers:
            slots.refit(trainer)
        raise _cannot(path, trainable, refitted)
    rebuilt = [rebuild(trainer, "train_function") for trainer in trainers]
    return list(_notices(place, path, trainable, any(rebuilt), any(refitted)))


def _cannot(path: str, trainable: bool, refitted: list[bool | None]) -> FreezeError:
    verb = "unfrozen" if trainable else "frozen"
    if None in refitted:
        # left trainable, the next trace of the training step would raise "Unknown variable"
        return FreezeError(
            f"{path} was not {verb}: the optimizer was built for another set of variables and cannot be extended; "
            "call model.compile(...) with a new optimizer object, then try again"
        )
    return FreezeError(
        f"{path} was not {verb}: its model decides by itself what it trains (it overrides trainable_weights)"
    )


def _listed(variable: Any, variables: list[Any]) -> bool:
    return any(v is variable for v in variables)


def _lift(model: Any, variable: Any) -> list[tuple[Any, bool]]:
    """Let the outermost model train again, but only this variable of it; returns the flags before.

    Below a frozen outermost model nothing trains, whatever the flag of a variable says, so the flags that begin to count
    are set to what was true so far. Past the setter of `trainable`, which would cascade.
    """
    before = [(v, True) for v in model.weights if v.trainable and v is not variable]
    if not model._trainable:
        model._trainable = True
        for v, _ in before:
            v.trainable = False
        return before
    return []


def compiled_models(place: Place) -> Iterator[Any]:
    """The compiled models that may train this variable: the model itself and those inside it."""
    model = place.chain[0]
    for layer in model._flatten_layers():
        if not isinstance(layer, keras.Model) or getattr(layer, "optimizer", None) is None:
            continue
        # all on the way to the variable hold it; another one may do so by sharing
        if any(layer is link for link in place.chain) or _listed(place.variable, layer.weights):
            yield layer


def rebuild(model: Any, which: str) -> bool:
    """Have a compiled function (`train_function`, `predict_function`) traced again, if there is one.

    Made anew at once rather than set to None: `fit()` may be running, and calls it in each step.
    """
    if getattr(model, which, None) is None:
        return False
    getattr(model, f"make_{which}")(force=True)
    return True


def _notices(place: Place, path: str, trainable: bool, rebuilt: bool, extended: bool) -> Iterator[Notice]:
    owner = place.chain[-1]
    if rebuilt:
        yield Notice("train-function-rebuilt", path)
    if trainable and extended:
        yield Notice("optimizer-rebuilt", path)
    if not trainable and owner.trainable:
        yield Notice("not-saved", path)
        if isinstance(owner, keras.layers.BatchNormalization):
            yield Notice("batchnorm-statistics-move", path, owner.name)
    frozen = next((layer for layer in reversed(place.chain[1:]) if not layer.trainable), None)
    if trainable and frozen is not None:
        yield Notice("layer-still-frozen", path, frozen.name)
