"""Which models hold a variable: the opened one, those inside it, and any other model of the process.

A layer or an inner model may be part of a model that was never opened, and that one's compiled training step must obey a
freeze as well. Keras keeps no list of models, so they are looked for among all live objects.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import ref

import keras

from paramwidget.adapters.keras_tree import Place

_BURST = 0.05
"""Seconds between two calls of one burst: too short to make and train another model in between."""

_COMPILED = ("optimizer", "train_function", "test_function", "predict_function")


class Holders:
    """Finds models by what they hold. Looking through all objects takes a while, so a burst of calls does it once."""

    def __init__(self) -> None:
        self._found: list[tuple[ref[Any], frozenset[int]]] | None = None
        self._last = float("-inf")

    @contextmanager
    def burst(self) -> Iterator[None]:
        """One call; what is found in it holds for the next one too, if that follows at once."""
        if time.monotonic() - self._last > _BURST:
            self._found = None
        try:
            yield
        finally:
            self._last = time.monotonic()

    def holding(self, place: Place, others: Iterable[Any] = ()) -> list[Any]:
        """The models that compute with this variable or one of the others, and have something compiled."""
        wanted = {id(place.variable), *(id(v) for v in others)}
        found = list(_inside(place, wanted))
        seen = {id(model) for model in found}
        if self._found is None:
            self._found = [(ref(model), _held(model)) for model in _living()]
        for reference, held in self._found:
            model = reference()
            if model is not None and id(model) not in seen and not held.isdisjoint(wanted):
                found.append(model)
        return found


def inside(place: Place) -> list[Any]:
    """The opened model and those in it that hold the variable and were compiled; cheap."""
    return compiled(_inside(place, {id(place.variable)}))


def compiled(models: Iterable[Any]) -> list[Any]:
    """Those that have an optimizer."""
    return [model for model in models if getattr(model, "optimizer", None) is not None]


def _inside(place: Place, wanted: set[int]) -> Iterator[Any]:
    for layer in place.chain[0]._flatten_layers():
        # all on the way to the variable hold it; another one may do so by sharing
        if (
            isinstance(layer, keras.Model)
            and _matters(layer)
            and (any(layer is link for link in place.chain) or not _held(layer).isdisjoint(wanted))
        ):
            yield layer


def _living() -> list[Any]:
    """All models of the process that have something compiled."""
    # by the identity of the type: `isinstance` asks the object for its class, which runs code of proxies and the like
    kinds = {id(kind) for kind in _subclasses(keras.Model)}
    return [found for found in gc.get_objects() if id(type(found)) in kinds and _matters(found)]


def _subclasses(kind: Any) -> Iterator[Any]:
    yield kind
    for sub in type.__subclasses__(kind):
        yield from _subclasses(sub)


def _matters(model: Any) -> bool:
    try:
        return any(getattr(model, name, None) is not None for name in _COMPILED)
    except Exception:  # a model of the user's that is not made to the end
        return False


def _held(model: Any) -> frozenset[int]:
    try:
        return frozenset(id(v) for v in model.weights)
    except Exception:
        return frozenset()
