"""How plain torch code finds, reads, writes and freezes one tensor: the text of it, nothing is run.

Wrappers are no part of a path in paramwidget, but they are of the object that the user holds, so here their names are
back: `model.get_parameter("_orig_mod.fc.weight")`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from paramwidget.adapters import torch_freeze, torch_values, torch_wrappers
from paramwidget.adapters.base import Dialect, quote
from paramwidget.adapters.torch_find import Found
from paramwidget.errors import ValueRefusedError

_SEEN = {torch_values.READABLE[dtype]: torch_values.READABLE[seen] for dtype, seen in torch_values.VIEWED.items()}
"""As which integers the types are handed over that NumPy lacks, by name."""


def expression(model: Any, found: Found, path: str) -> str:
    """What leads from `model` to the tensor, followed to the very object.

    Raises
    ------
    ValueRefusedError
        Nothing does.
    """
    if not isinstance(model, torch.nn.Module):
        return f"model[{quote(path)}]"
    names = _names(found, path)
    if names is not None:
        getter, holder = ("get_buffer", "_buffers") if found.is_buffer else ("get_parameter", "_parameters")
        if _is_attribute(found, names) and _get(model, getter, ".".join(names)) is found.tensor:
            return f"model.{getter}({quote('.'.join(names))})"
        # names with dots, or hidden by an attribute of the class
        steps = [*(("_modules", name) for name in names[:-1]), (holder, names[-1])]
        if _walk(model, steps) is found.tensor:
            return "model" + "".join(f".{attribute}[{quote(name)}]" for attribute, name in steps)
    raise ValueRefusedError(f"there is no plain code that leads to {path}; edit it in the widget or by its handle")


def _names(found: Found, path: str) -> list[str] | None:
    """The key of each module in the one around it, and that of the tensor; None if they cannot be told."""
    shown = frozenset(path.split("."))
    names = []
    for around, inside in zip(found.owners, found.owners[1:], strict=False):
        names.append(_key(torch_wrappers.content(around).get("_modules", {}), inside, shown))
    holder = "_buffers" if found.is_buffer else "_parameters"
    names.append(_key(torch_wrappers.content(found.owners[-1]).get(holder, {}), found.tensor, shown))
    return [name for name in names if name is not None] if None not in names else None


def _key(held: Mapping[str, Any], value: object, shown: frozenset[str]) -> str | None:
    """The key of a value; of several, one that the path shows."""
    keys = [str(key) for key, other in held.items() if other is value]
    return min(keys, key=lambda key: key not in shown, default=None)


def _is_attribute(found: Found, names: list[str]) -> bool:
    """Whether torch finds each name by itself. A property of the class would be run by a look at it."""
    return not any(
        not name or "." in name or any(name in vars(cls) for cls in type(owner).__mro__)
        for name, owner in zip(names, found.owners, strict=True)
    )


def _get(model: torch.nn.Module, getter: str, name: str) -> object:
    try:
        return getattr(model, getter)(name)
    except Exception:  # scripted modules have no such method; a class may have another one
        return None


def _walk(model: torch.nn.Module, steps: list[tuple[str, str]]) -> object:
    found: Any = model
    try:
        for attribute, name in steps:
            found = getattr(found, attribute)[name]
    except Exception:
        return None
    return found


def dialect(found: Found) -> Dialect:
    """How code reads, writes and freezes a tensor of this element type, made as this one was."""
    tensor = found.tensor
    dtype, is_lazy = torch_values.dtype_name(tensor.dtype), torch.nn.parameter.is_lazy(tensor)
    plain = "{tensor}.detach()"
    if not is_lazy:  # a lazy one refuses the questions
        plain += ".resolve_conj()" if tensor.is_conj() else ""
        plain += ".resolve_neg()" if tensor.is_neg() else ""
    # a tensor made in inference mode raises on a write outside of it
    is_inference = not is_lazy and tensor.is_inference()
    mode = "torch.inference_mode()" if is_inference else "torch.no_grad()"
    freezing = ("", "")
    if not torch_freeze.refusal(found):
        freezing = "{tensor}.requires_grad = False", "{tensor}.requires_grad = True"
        if is_inference:
            freezing = f"with {mode}:\n    {freezing[0]}", f"with {mode}:\n    {freezing[1]}"
        # as long as a gradient is left, an optimizer moves the tensor
        freezing = freezing[0] + "\n{tensor}.grad = None", freezing[1]
    return Dialect(
        imports=(
            "import numpy as np",
            "import torch",
            *(("import ml_dtypes",) if dtype in _SEEN else ()),
        ),
        read=to_numpy(plain + ".cpu()", dtype),
        write=f"with {mode}:\n    {{tensor}}.copy_({_from_numpy('{values}', dtype)})",
        freeze=freezing[0],
        unfreeze=freezing[1],
    )


def to_numpy(expression: str, dtype: str) -> str:
    """An array with the bits of a tensor on the CPU; `Tensor.numpy()` raises for the types that NumPy lacks."""
    seen = _SEEN.get(dtype)
    return f"{expression}.view(torch.{seen}).numpy().view(ml_dtypes.{dtype})" if seen else f"{expression}.numpy()"


def _from_numpy(expression: str, dtype: str) -> str:
    seen = _SEEN.get(dtype)
    return (
        f"torch.from_numpy({expression}.view(np.{seen})).view(torch.{dtype})"
        if seen
        else f"torch.from_numpy({expression})"
    )
