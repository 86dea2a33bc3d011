"""How plain Keras code finds, reads, writes and freezes one variable: the text of it, nothing is run."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from paramwidget import dtypes
from paramwidget.adapters.base import Dialect, quote
from paramwidget.adapters.keras_facts import dtype_name
from paramwidget.adapters.keras_tree import Place
from paramwidget.adapters.keras_values import CARRIER
from paramwidget.dtypes.names import is_numpy
from paramwidget.errors import ValueRefusedError

_COMPILE = "# then model.compile(...){} before the next fit(): a training step that was made before does not see it"
_ANEW = " with a new optimizer"
_LIFT = """if not model.trainable:  # below a frozen model nothing trains: let it train this variable alone
    for variable in model.weights:
        variable.trainable = False
    model._trainable = True  # `model.trainable = True` would thaw every layer"""


def expression(place: Place, path: str) -> str:
    """What leads from `model` to the variable, followed to the very object: `model.get_layer("conv1").kernel`.

    Raises
    ------
    ValueRefusedError
        Nothing does.
    """
    code = "model"
    for around, inside in zip(place.chain, place.chain[1:], strict=False):
        step = next(_ways_to_layer(around, inside), None)
        if step is None:
            raise _lost(path)
        code += step
    owner, variable = place.chain[-1], place.variable
    step = next(_ways_to_variable(owner, variable), None)
    if step is None:
        raise _lost(path)
    return code + step


def _lost(path: str) -> ValueRefusedError:
    return ValueRefusedError(f"there is no plain code that leads to {path}; edit it in the widget or by its handle")


def _ways_to_layer(around: Any, inside: Any) -> Iterator[str]:
    """Ends of an expression that lead from a layer to one of its sublayers, the neatest first."""
    if isinstance(around, keras.Model) and _get_layer(around, inside.name) is inside:
        yield f".get_layer({quote(inside.name)})"
    yield from _attributes(around, inside)
    yield from _entries(around, inside)
    for name in ("layers", "_layers"):
        yield from _items(f".{name}", getattr(around, name, None), inside)


def _ways_to_variable(owner: Any, variable: Any) -> Iterator[str]:
    # asked by its name first: what Keras calls `kernel` is a property, and lies in `_kernel`
    if _is_name(variable.name) and _get(owner, variable.name) is variable:
        yield f".{variable.name}"
    yield from _attributes(owner, variable)
    for name, value in _named(owner):
        if isinstance(value, keras.random.SeedGenerator) and value.state is variable:
            yield f".{name}.state"
    yield from _entries(owner, variable)
    yield from _items(".variables", owner.variables, variable)


def _attributes(holder: Any, wanted: Any) -> Iterator[str]:
    """Attributes that are the object, public ones first."""
    return (f".{name}" for name, value in _named(holder) if value is wanted)


def _entries(holder: Any, wanted: Any) -> Iterator[str]:
    """Entries of lists and dicts that are public attributes."""
    for name, value in _named(holder):
        if not name.startswith("_"):
            yield from _items(f".{name}", value, wanted)


def _named(holder: Any) -> list[tuple[str, Any]]:
    """The attributes that can be written down and give what they hold."""
    held = vars(holder) | vars(holder).get("_modules", {})  # where torch puts what is a module
    kept = [
        (name, value)
        for name, value in held.items()
        if _is_name(name) and not isinstance(getattr(type(holder), name, None), property)
    ]
    return sorted(kept, key=lambda item: item[0].startswith("_"))


def _items(code: str, held: Any, wanted: Any) -> Iterator[str]:
    if isinstance(held, Mapping):
        pairs: Sequence[tuple[Any, Any]] = list(held.items())
    else:
        pairs = list(enumerate(held)) if isinstance(held, (list, tuple)) else []
    for key, value in pairs:
        if value is wanted and type(key) in (int, str):
            yield f"{code}[{quote(key) if isinstance(key, str) else key}]"


def _is_name(name: Any) -> bool:
    # Python takes other alphabets too, but writes some letters in another way than they were given
    return isinstance(name, str) and name.isascii() and name.isidentifier() and not keyword.iskeyword(name)


def _get(holder: Any, name: str) -> Any:
    try:
        return getattr(holder, name)
    except Exception:  # a property that fails, as that of a layer that is not built
        return None


def _get_layer(model: Any, name: str) -> Any:
    try:
        return model.get_layer(name)
    except Exception:  # no such layer, or a class with a method of its own
        return None


def dialect(place: Place, is_lifted: bool) -> Dialect:
    """How code reads, writes and freezes a variable. `is_lifted`: to train it, a frozen model must be let train."""
    dtype, freeze, unfreeze = dtype_name(place.variable), "", ""
    if place.role in ("weight", "bias"):
        freeze = "\n".join(["{tensor}.trainable = False", *_compile_again()])
        unfreeze = "\n".join([*([_LIFT] if is_lifted else []), "{tensor}.trainable = True", _COMPILE.format(_ANEW)])
    carrier = _carrier(dtype)
    imports = ["import keras", "import numpy as np"]
    imports += ["import ml_dtypes", "import torch"] if carrier else []
    values = f"torch.from_numpy({{values}}.view(np.{carrier})).view(torch.{dtype})" if carrier else "{values}"
    return Dialect(
        imports=tuple(imports),
        read=to_numpy("{tensor}.value", dtype),
        write=f"{{tensor}}.assign({values})",
        freeze=freeze,
        unfreeze=unfreeze,
    )


def _compile_again() -> list[str]:
    """What else a compiled model needs so that `fit` obeys a freeze."""
    backend = keras.backend.backend()
    if backend == "torch":
        return []
    return [_COMPILE.format(_ANEW if backend == "jax" else "")]


def to_numpy(expression: str, dtype: str) -> str:
    """An array with the bits of a tensor of the backend."""
    if carrier := _carrier(dtype):
        return f"{expression}.detach().cpu().view(torch.{carrier}).numpy().view(ml_dtypes.{dtype})"
    return f"keras.ops.convert_to_numpy({expression})"


def _carrier(dtype: str) -> str:
    """The type as which torch hands over what NumPy lacks; the other backends hand over all types as they are."""
    is_special = keras.backend.backend() == "torch" and dtypes.kind(dtype) != "other" and not is_numpy(dtype)
    return CARRIER[dtypes.itemsize(dtype)] if is_special else ""
