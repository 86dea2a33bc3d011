"""Freezing and unfreezing one Keras variable so that the next training step obeys, and nothing else changes.

`layer.trainable` is never set: it overwrites the setting of everything below. Which variables `fit()` trains is decided by
`Variable.trainable` and by the flag of the outermost model alone; those two are what is changed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from paramwidget.adapters.keras_flags import Flags, Lifts, lift
from paramwidget.adapters.keras_holders import Holders, compiled
from paramwidget.adapters.keras_optimizer import SlotKeeper
from paramwidget.adapters.keras_tree import Place
from paramwidget.errors import FreezeError
from paramwidget.notices import Notice


class Keeper:
    """What one opened model needs to remember for freezing: slots, lifts, and where other models are."""

    def __init__(self) -> None:
        self.slots = SlotKeeper()
        self.lifts = Lifts()
        self.holders = Holders()


def set_trainable(place: Place, path: str, trainable: bool, keeper: Keeper) -> list[Notice]:
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
    lifts, slots = keeper.lifts, keeper.slots
    undone = None if trainable else lifts.undoable(path, model, variable)
    wide = undone is not None or (trainable and not model._trainable)
    before = Flags(model, [variable, *(model.weights if wide else ())])
    variable.trainable = trainable
    lifted = trainable and not model._trainable and not _listed(variable, model.trainable_weights)
    if lifted:
        lift(model, variable)
    elif undone is not None:
        undone.restore()
    trainers = compiled(keeper.holders.holding(place, before.changed()))
    refitted = [slots.refit(trainer) for trainer in trainers]
    if None in refitted or (trainable and not _listed(variable, model.trainable_weights)):
        before.restore()
        for trainer in trainers:
            slots.refit(trainer)
        raise _cannot(
            path, trainable, next((t for t, done in zip(trainers, refitted, strict=True) if done is None), None)
        )
    if lifted:
        lifts.remember(path, before)
    elif undone is not None:
        lifts.forget(path)
    rebuilt = [rebuild(trainer, "train_function") for trainer in trainers]
    return list(_notices(place, path, trainable, trainers, any(rebuilt), any(refitted)))


def _cannot(path: str, trainable: bool, trainer: Any) -> FreezeError:
    verb = "unfrozen" if trainable else "frozen"
    if trainer is not None:
        # left trainable, the next trace of the training step would raise "Unknown variable"
        return FreezeError(
            f"{path} was not {verb}: the optimizer of the model '{trainer.name}' was built for another set of variables "
            "and cannot be extended; call model.compile(...) with a new optimizer object, then try again"
        )
    return FreezeError(
        f"{path} was not {verb}: its model decides by itself what it trains (it overrides trainable_weights)"
    )


def _listed(variable: Any, variables: list[Any]) -> bool:
    return any(v is variable for v in variables)


def rebuild(model: Any, which: str) -> bool:
    """Have a compiled function (`train_function`, `predict_function`) traced again, if there is one.

    Made anew at once rather than set to None: `fit()` may be running, and calls it in each step.
    """
    if getattr(model, which, None) is None:
        return False
    getattr(model, f"make_{which}")(force=True)
    return True


def _notices(
    place: Place, path: str, trainable: bool, trainers: list[Any], rebuilt: bool, extended: bool
) -> Iterator[Notice]:
    owner = place.chain[-1]
    if not trainers and keras.backend.backend() == "tensorflow":
        yield Notice(
            "own-train-step", path
        )  # who did not compile the model may have a @tf.function, which is not found
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
