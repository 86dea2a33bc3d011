"""Which adapter fits a model: an explicit, ordered table looked up in `sys.modules`.

No framework is imported here for the user: a model of a framework can only exist if its module is loaded already. Order
matters: with the torch backend a Keras layer *is* an `nn.Module`, so Keras is asked first.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from paramwidget.adapters.base import Adapter
from paramwidget.errors import UnsupportedModelError

__all__ = ["Adapter", "adapter_for", "register"]

# (module that must be loaded already, our module, its adapter class)
_TABLE: list[tuple[str, str, str]] = [
    ("keras", "paramwidget.adapters.keras", "KerasAdapter"),
    ("torch", "paramwidget.adapters.torch", "TorchAdapter"),
    ("numpy", "paramwidget.adapters.arrays", "ArraysAdapter"),
]
_registered: list[tuple[Callable[[Any], bool], Callable[[Any], Adapter]]] = []


def register(fits: Callable[[Any], bool], adapter: Callable[[Any], Adapter]) -> None:
    """Add an adapter of your own; it is asked before the built-in ones, the newest first.

    `fits(model)` says whether it is meant; `adapter(model)` makes it. `paramwidget.testing.AdapterContract` holds the
    tests that it must pass.
    """
    _registered.insert(0, (fits, adapter))


def adapter_for(model: Any) -> Adapter:
    """The adapter of a live model.

    Raises
    ------
    UnsupportedModelError
        No adapter fits; the message says what is supported.
    """
    for fits, make in _registered:
        if fits(model):
            made = make(model)
            if not isinstance(made, Adapter):
                raise UnsupportedModelError(
                    f"{type(made).__qualname__} was registered but is no Adapter; it needs name, writable, tree, facts, "
                    "read, write, set_trainable and after_write"
                )
            return made
    for framework, module, name in _TABLE:
        if framework in sys.modules:
            candidate = importlib.import_module(module)
            if candidate.fits(model):
                adapter: Adapter = getattr(candidate, name)(model)
                return adapter
    if isinstance(model, Mapping):
        from paramwidget.adapters.arrays import why_not  # NumPy is loaded: it is a dependency

        raise UnsupportedModelError(f"paramwidget opens dicts of arrays only: {why_not(model)}")
    raise UnsupportedModelError(
        f"paramwidget cannot open a {type(model).__module__}.{type(model).__qualname__}; pass a Keras model, a PyTorch "
        "module or a dict of NumPy arrays, or register an adapter of your own"
    )
