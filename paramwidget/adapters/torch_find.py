"""One tensor of a torch module, found by its path at each use: torch may have replaced it since the last."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from paramwidget.adapters import torch_values, torch_wrappers
from paramwidget.adapters.torch_walk import Part, Walker
from paramwidget.tree import Parameter, unique

_HOLDERS = ("_parameters", "_buffers")


class Found(NamedTuple):
    """One tensor, the modules on the way to it (the outermost first), and whether it is a buffer."""

    tensor: torch.Tensor
    owners: list[torch.nn.Module]
    is_buffer: bool = False


def find(model: torch.nn.Module, path: str) -> Found | None:
    """The tensor at a path, whatever object it is now; None if there is none.

    Follows the names without a walk, so it takes microseconds in a model of any size. Where names collide (`~2`) or
    hold dots, only `search` tells what a path means.
    """
    if "~" in path:
        return None
    *layers, name = path.split(".")
    owners = [model]
    for key in layers:
        while (child := _held(owners[-1], "_modules", key)) is None:
            if not _unwrap(owners):
                return None
        owners.append(child)
    while True:
        for holder in _HOLDERS:
            if (tensor := _held(owners[-1], holder, name)) is not None:
                return Found(tensor, owners, holder == "_buffers")
        if not _unwrap(owners):
            return None


def _held(module: torch.nn.Module, holder: str, name: str) -> Any:
    """What a module holds under a name, or None. Scripted modules have dictionaries without `get`."""
    held = torch_wrappers.content(module).get(holder, {})
    return held[name] if name in held else None  # noqa: SIM401


def _unwrap(owners: list[torch.nn.Module]) -> bool:
    """Go on to what the last module wraps, if it is a wrapper."""
    modules = torch_wrappers.content(owners[-1]).get("_modules", {})
    key = torch_wrappers.inner(type(owners[-1]), modules)
    if not key or any(modules[key] is owner for owner in owners):
        return False
    owners.append(modules[key])
    return True


def search(model: torch.nn.Module, path: str) -> Found | None:
    """The same by a walk over the whole model, with the very paths that the tree shows."""
    taken: set[str] = set()
    hits: list[Found] = []

    def look(prefix: str, part: Part) -> tuple[Parameter, ...]:
        for name, tensor, is_buffer in part.tensors():
            if unique(prefix + name, taken) == path:
                hits.append(Found(tensor, list(walker.owners), is_buffer))
        return ()

    walker = Walker(look)
    walker.visit(model, "", "", 0, "")
    return hits[0] if hits else None


def is_gathered(found: Found) -> bool:
    """Whether it is a plain tensor below an FSDP module: a gathered copy, which the next reshard throws away."""
    if found.is_buffer or not torch_values.is_ordinary(found.tensor):
        return False
    return is_below_shards(found)


def is_below_shards(found: Found) -> bool:
    """Whether it belongs to an FSDP module, or to a layer of one."""
    return any(torch_wrappers.is_sharded(type(owner)) for owner in found.owners)
