"""The layer tree of a torch model: what was found by the walk, described. No element is read.

It is made anew after every change, so it is kept to a few microseconds a tensor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from msgspec.structs import replace

from paramwidget.adapters import torch_axes, torch_sharing, torch_values, torch_walk
from paramwidget.adapters.torch_sharing import Shared
from paramwidget.adapters.torch_walk import Part
from paramwidget.tree import Node, Parameter, Role, unique


def of(model: torch.nn.Module | Mapping[str, torch.Tensor]) -> Node:
    """The tree of a module or a state dict."""
    description = _Description()
    if isinstance(model, torch.nn.Module):
        root = torch_walk.of_module(model, description.describe)
    else:
        root = torch_walk.of_state_dict(model, description.describe)
    shared = torch_sharing.shared(description.tensors)
    return _Ties(shared, list(root.walk()), isinstance(model, torch.nn.Module)).told(root) if shared else root


class Live(NamedTuple):
    """What a tensor itself tells, and the place where it hangs: all facts but those for which others must be seen."""

    shape: tuple[int, ...]
    dtype: str
    role: Role
    trainable: bool | None
    device: str
    readable: bool
    reason: str
    axes: tuple[str, ...]


class _Known(NamedTuple):
    """What all tensors with one name, element type and rank in one class of layer have in common."""

    dtype: str
    role: Role
    axes: tuple[str, ...]
    is_number: bool


class Observer:
    """Looks at single tensors; remembers what many of them have in common, because a tree looks at 100,000."""

    def __init__(self) -> None:
        self._known: dict[tuple[type, str, bool, torch.dtype, int], _Known] = {}
        self._shapes: dict[torch.Size, tuple[int, ...]] = {}

    def look(
        self, tensor: torch.Tensor, module: torch.nn.Module | None, name: str, is_buffer: bool, reason: str
    ) -> Live:
        """The facts of one tensor; `reason` is why none of the parameters beside it can be written."""
        readable, own = torch_values.capability(tensor)
        shape = self._shape(tensor, own)
        key = (type(module), name, is_buffer, tensor.dtype, len(shape))
        if (known := self._known.get(key)) is None:
            known = self._known[key] = _known(*key)
        dtype, role, axes, is_number = known
        trains = is_number and role != "buffer" and tensor.is_leaf
        if module is None:
            trains = trains and isinstance(tensor, torch.nn.Parameter)
        elif own == "meta" and "_hf_hook" in module.__dict__:
            own = "offloaded"  # accelerate's hook keeps the values and moves them in and out
        trainable = tensor.requires_grad if trains else None
        device = "cpu" if tensor.is_cpu else str(tensor.device)
        own = own or ("" if is_buffer else reason)  # FSDP shards parameters only
        return Live(shape, dtype, role, trainable, device, readable, own, axes)

    def _shape(self, tensor: torch.Tensor, reason: str) -> tuple[int, ...]:
        if reason == "lazy":  # it has no shape yet, and asking for it raises
            return ()
        if reason == "nested":  # it has none at all: its number of values is shown
            return (tensor.numel(),)
        size = tensor.shape
        if (shape := self._shapes.get(size)) is None:
            shape = self._shapes[size] = tuple(size)
        return shape


class _Description:
    """Takes the parts in the order of the walk. What is tied is told afterwards: it may depend on what comes last."""

    def __init__(self) -> None:
        self.tensors: list[torch.Tensor] = []
        self._taken: set[str] = set()
        self._counted: set[int] = set()
        self._look = Observer().look

    def describe(self, prefix: str, part: Part) -> list[Parameter]:
        module = part.module
        found = []
        for name, tensor, is_buffer in part.tensors():
            path = prefix + name
            if path in self._taken:
                path = unique(path, self._taken)
            self._taken.add(path)
            shape, dtype, role, trainable, device, readable, reason, axes = self._look(
                tensor, module, name, is_buffer, part.reason
            )
            counted = True
            if module is not None:
                # torch counts each Parameter object once, even if two of them share a storage
                counted = role != "buffer" and reason != "lazy" and id(tensor) not in self._counted
                if counted:
                    self._counted.add(id(tensor))
            self.tensors.append(tensor)
            found.append(
                Parameter(
                    path, name, shape, dtype, role, trainable, device, "", counted, readable, not reason, reason, axes
                )
            )
        return found


def renewed(known: Parameter, live: Live) -> Parameter | None:
    """Facts known from an earlier tree with those that a tensor tells now; None if only a new tree can tell them all."""
    # what is counted depends on both
    if live.role != known.role or (live.reason == "lazy") != (known.reason == "lazy"):
        return None
    shape, dtype, _, trainable, device, readable, reason, axes = live
    return replace(
        known,
        shape=shape,
        dtype=dtype,
        trainable=trainable,
        device=device,
        readable=readable,
        writable=not reason,
        reason=reason,
        axes=axes,
    )


class _Ties:
    """Tells the tensors of a tree what they share memory with, by their positions in it."""

    def __init__(self, shared: Mapping[int, Shared], parameters: Sequence[Parameter], has_objects: bool) -> None:
        self._shared = {parameters[at].path: one for at, one in shared.items()}
        self._first = {one.first: parameters[one.first].path for one in shared.values()}
        self._has_objects = has_objects

    def told(self, node: Node) -> Node:
        children = tuple([self.told(child) for child in node.children])
        return Node(
            node.path, node.name, node.kind, tuple([self._tell(p) for p in node.parameters]), children, node.reason
        )

    def _tell(self, p: Parameter) -> Parameter:
        shared = self._shared.get(p.path)
        if shared is None:
            return p
        # a state dict holds no Parameter objects to count, so the largest part of a storage stands for all
        counted = p.counted if self._has_objects else shared.largest
        return replace(p, tied=self._first[shared.first], counted=counted, stored=shared.stored)


def _known(owner: type, name: str, is_buffer: bool, dtype: torch.dtype, rank: int) -> _Known:
    number = dtype.is_floating_point or dtype.is_complex
    in_module = owner is not type(None)
    role: Role = "bias" if name.startswith("bias") or name.endswith("bias") else "weight"
    # a state dict does not say what is a buffer; statistics and integers are never weights
    if is_buffer or (not in_module and (not number or name in ("running_mean", "running_var"))):
        role = "buffer"
    return _Known(torch_values.dtype_name(dtype), role, torch_axes.axes(owner, name, rank), number)
