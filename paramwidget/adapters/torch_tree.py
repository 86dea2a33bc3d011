"""The layer tree of a torch model: what was found by the walk, described. No element is read.

It is made anew after every change, so it is kept to a few microseconds a tensor.
"""

from __future__ import annotations

import torch

from paramwidget.adapters import torch_axes, torch_sharing, torch_values
from paramwidget.adapters.torch_walk import Draft, Place, Walk
from paramwidget.tree import Node, Parameter, Role


def describe(walk: Walk) -> Node:
    """The tree of what a walk found."""
    return _node(walk.root, _parameters(walk))


def can_train(tensor: torch.Tensor) -> bool:
    """Whether torch lets `requires_grad` be set: a leaf of a floating or complex type."""
    dtype = tensor.dtype
    return (dtype.is_floating_point or dtype.is_complex) and tensor.is_leaf


def _node(draft: Draft, parameters: list[Parameter]) -> Node:
    own = tuple(parameters[draft.first : draft.end])
    children = tuple([_node(child, parameters) for child in draft.children])
    return Node(draft.path, draft.name, draft.kind, own, children, draft.reason)


def _parameters(walk: Walk) -> list[Parameter]:
    ties = torch_sharing.shared([row.tensor for row in walk.rows])
    counted: set[int] = set()
    axes: dict[tuple[type, str, int], tuple[str, ...]] = {}
    parameters = []
    for at, (path, tensor, place, owner, elsewhere) in enumerate(walk.rows):
        name = place.name
        readable, reason = torch_values.capability(tensor)
        shape = _shape(tensor, reason)
        tied = walk.rows[ties[at]].path if at in ties else ""
        role = _role(tensor, place)
        if place.holder:
            # torch counts each Parameter object once, even if two of them share a storage
            counts = role != "buffer" and reason != "lazy" and id(tensor) not in counted
            if counts:
                counted.add(id(tensor))
        else:
            counts = tied in ("", path)
            name = name.rpartition(".")[2]
        trains = role != "buffer" and (place.holder or isinstance(tensor, torch.nn.Parameter)) and can_train(tensor)
        key = (owner, name, len(shape))
        if key not in axes:
            axes[key] = torch_axes.axes(*key)
        if elsewhere and reason in ("", "meta"):
            reason = elsewhere
        parameters.append(
            Parameter(
                path,
                name,
                shape,
                torch_values.dtype_name(tensor.dtype),
                role,
                tensor.requires_grad if trains else None,
                "cpu" if tensor.is_cpu else str(tensor.device),
                tied,
                counts,
                readable,
                not reason,
                reason,
                axes[key],
            )
        )
    return parameters


def _shape(tensor: torch.Tensor, reason: str) -> tuple[int, ...]:
    """A lazy tensor has no shape yet and asking for it raises; a nested one has none, so its number of values is shown."""
    if reason == "lazy":
        return ()
    return (tensor.numel(),) if reason == "nested" else tuple(tensor.shape)


def _role(tensor: torch.Tensor, place: Place) -> Role:
    """What a tensor is for. A state dict does not say what is a buffer; statistics and integers are never weights."""
    if place.holder == "_buffers":
        return "buffer"
    name = place.name
    if not place.holder:
        number = tensor.dtype.is_floating_point or tensor.dtype.is_complex
        if name.endswith(("running_mean", "running_var")) or not number:
            return "buffer"
        name = name.rpartition(".")[2]
    return "bias" if name.startswith("bias") or name.endswith("bias") else "weight"
