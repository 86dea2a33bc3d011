"""Keras 3: models and layers as they are in the kernel, on the TensorFlow, PyTorch and JAX backends.

Variables are found again by path at each call and written in place, so optimizers and compiled functions keep them. Not
here: the walk (`keras_tree`), values (`keras_values`), freezing (`keras_freeze`), initialisers (`keras_initialize`), plain
code (`keras_code`). Imported only when the user has Keras.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from paramwidget.adapters import keras_code, keras_facts, keras_freeze, keras_initialize, keras_tree, keras_values
from paramwidget.adapters.base import Dialect
from paramwidget.adapters.keras_holders import Holders, inside
from paramwidget.adapters.keras_tree import Place
from paramwidget.notices import Notice
from paramwidget.region import Region
from paramwidget.tree import Node, Parameter

_BACKENDS = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX"}


def fits(model: Any) -> bool:
    """A model or a layer of Keras 3. To be asked before PyTorch: there a Keras layer is an `nn.Module` as well."""
    return isinstance(model, keras.Layer)  # models are layers


class KerasAdapter:
    """Reads, writes and freezes the variables of one live model or layer."""

    writable = True

    def __init__(self, model: Any) -> None:
        self._model = model
        self._keeper = keras_freeze.Keeper()
        self._known: Node | None = None  # as it was read last: what is tied to what, for `facts`
        backend = keras.backend.backend()
        self.name = f"Keras · {_BACKENDS.get(backend, backend)}"

    def tree(self) -> Node:
        self._known = keras_tree.tree(self._model)
        return self._known

    def facts(self, path: str) -> Parameter:
        place = self._find(path)
        known = None if self._known is None else self._known.index.get(path)
        if known is None or known.role != place.role:
            return self.tree()[path]
        return keras_facts.fresh(known, place.chain, place.variable)

    def read(self, path: str, region: Region) -> np.ndarray:
        return keras_values.read(self._find(path).variable, region, path)

    def write(self, path: str, region: Region, values: np.ndarray) -> None:
        keras_values.write(self._find(path).variable, region, values, path)

    def set_trainable(self, path: str, trainable: bool) -> list[Notice]:
        with self._keeper.holders.burst():
            return keras_freeze.set_trainable(self._find(path), path, trainable, self._keeper)

    def after_write(self, path: str) -> list[Notice]:
        place = self._find(path)
        with self._keeper.holders.burst():
            return [*_finalize(place, path, self._keeper.holders), *_overwritten(place, path)]

    def initializers(self) -> tuple[str, ...]:
        return tuple(keras_initialize.TABLE)

    def initial(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> np.ndarray:
        return keras_initialize.values(keras_initialize.start(name, options, self.facts(path)), seed)

    def initial_note(self, path: str, name: str, options: Mapping[str, float]) -> str:
        return keras_initialize.note(keras_initialize.start(name, options, self.facts(path)))

    def initial_code(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> list[str]:
        return keras_initialize.code(keras_initialize.start(name, options, self.facts(path)), seed)

    def code(self, path: str) -> str:
        return keras_code.expression(self._find(path), path)

    def dialect(self, path: str) -> Dialect:
        place = self._find(path)
        is_lifted = self._keeper.lifts.include(path) or not place.chain[0].trainable
        return keras_code.dialect(place, is_lifted)

    def _find(self, path: str) -> Place:
        return keras_tree.find(self._model, path)


def _finalize(place: Place, path: str, holders: Holders) -> Iterator[Notice]:
    """Tell a Normalization layer about its new mean or variance.

    It computes with constants derived from them in `finalize_state()`, and compiled functions hold those constants.
    """
    owner = place.chain[-1]
    if not isinstance(owner, keras.layers.Normalization) or place.role == "state":
        return
    owner.finalize_state()
    for model in holders.holding(place):
        for which in ("train_function", "test_function", "predict_function"):
            keras_freeze.rebuild(model, which)
    yield Notice("finalize-state", path)


def _overwritten(place: Place, path: str) -> Iterator[Notice]:
    """Who will change the value again in training."""
    variable = place.variable
    for layer in place.chain:
        if isinstance(layer, keras.layers.SpectralNormalization) and getattr(layer, "kernel", None) is variable:
            yield Notice("recomputed", path, f"SpectralNormalization ({layer.name})")
    if not any(v is variable for v in place.chain[0].trainable_weights):
        return  # constraints and averages concern what is trained
    if variable.constraint is not None:
        yield Notice("constraint", path, type(variable.constraint).__name__)
    for model in inside(place):
        inner = getattr(model.optimizer, "inner_optimizer", model.optimizer)
        if getattr(inner, "use_ema", False):
            yield Notice("recomputed", path, f"the moving average that {inner.name} keeps of the weights (use_ema)")
