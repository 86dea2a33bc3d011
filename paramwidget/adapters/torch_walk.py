"""The walk over a torch model: its layers and the dictionaries that hold their tensors.

Only the three dictionaries that every module has are read (`_parameters`, `_buffers`, `_modules`), never an attribute:
reading `.weight` of a layer under `spectral_norm` runs a power iteration that changes the model. torch's own
`named_parameters(remove_duplicate=False)` recurses for ever when a module contains itself; this walk does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import torch

from paramwidget.adapters import torch_wrappers
from paramwidget.tree import Node, Parameter, unique

_MAX_DEPTH = 200
_MAX_REPEATED = 10_000


class Part(NamedTuple):
    """A module that tensors belong to (None in a state dict) and the dictionaries that hold them, by name.

    `reason`: why none of the parameters can be written, whatever they are.
    """

    module: torch.nn.Module | None
    parameters: Mapping[str, torch.Tensor | None]
    buffers: Mapping[str, torch.Tensor | None]
    reason: str = ""

    def tensors(self) -> list[tuple[str, torch.Tensor, bool]]:
        """Name, tensor, and whether it is a buffer."""
        own = [(name, tensor, False) for name, tensor in self.parameters.items() if tensor is not None]
        if self.buffers:
            own += [(name, tensor, True) for name, tensor in self.buffers.items() if tensor is not None]
        return own


Describe: TypeAlias = Callable[[str, Part], Sequence[Parameter]]
"""Called for each part in the order of the tree, with what its tensors' names are to be preceded by."""


def of_module(model: torch.nn.Module, describe: Describe) -> Node:
    """The layers of a module in torch's own order and names."""
    return Walker(describe).visit(model, "", "", 0, "")


def of_state_dict(tensors: Mapping[str, torch.Tensor], describe: Describe) -> Node:
    """The layers of a state dict: its keys are the paths, and the parts between dots are groups."""
    groups: dict[str, dict[str, torch.Tensor | None]] = {}
    below: dict[str, list[str]] = {}
    known: set[str] = set()
    for key, tensor in tensors.items():
        path, _, name = key.rpartition(".")
        if not path or (path not in groups and not _is_group(path, tensors)):
            path, name = "", key
        groups.setdefault(path, {})[name] = tensor
        while path and path not in known:
            known.add(path)
            above = path.rpartition(".")[0]
            below.setdefault(above, []).append(path)
            path = above

    def group(path: str, name: str, kind: str) -> Node:
        own = describe(path + "." if path else "", Part(None, groups.get(path, {}), {}))
        children = [group(p, p.rpartition(".")[2], "group") for p in below.get(path, ())]
        return Node(path, name, kind, tuple(own), tuple(children))

    return group("", "state dict", type(tensors).__name__)


def tensors(model: torch.nn.Module | Mapping[str, torch.Tensor]) -> list[tuple[torch.Tensor, bool]]:
    """Every tensor of a model, once for each of its names, and whether it is a buffer."""
    if not isinstance(model, torch.nn.Module):
        return [(tensor, False) for tensor in model.values()]
    found: list[tuple[torch.Tensor, bool]] = []

    def collect(prefix: str, part: Part) -> tuple[Parameter, ...]:
        found.extend((tensor, is_buffer) for _, tensor, is_buffer in part.tensors())
        return ()

    of_module(model, collect)
    return found


def modules(model: torch.nn.Module) -> list[torch.nn.Module]:
    """Every module of a model once, wrappers too; torch's own `modules()` fails in very deep ones."""
    found: dict[int, torch.nn.Module] = {}
    ahead = [model]
    while ahead:
        module = ahead.pop()
        if id(module) not in found:
            found[id(module)] = module
            below = torch_wrappers.content(module).get("_modules")
            ahead += [child for child in below.values() if child is not None] if below else ()
    return list(found.values())


def is_compiled(model: torch.nn.Module | Mapping[str, torch.Tensor]) -> bool:
    """Whether `torch.compile` was used on any part of a model."""
    compiled = False

    def look(prefix: str, part: Part) -> tuple[Parameter, ...]:
        nonlocal compiled
        content = part.module.__dict__ if part.module is not None else {}
        compiled = compiled or content.get("_compiled_call_impl") is not None
        compiled = compiled or "_orig_mod" in content.get("_modules", {})
        return ()

    if isinstance(model, torch.nn.Module):
        of_module(model, look)
    return compiled


def _is_group(path: str, tensors: Mapping[str, torch.Tensor]) -> bool:
    """Whether a path can be a layer of the tree: not too deep, and no tensor has the name of it or of one above."""
    parts = path.split(".")
    return len(parts) <= _MAX_DEPTH and not any(".".join(parts[:n]) in tensors for n in range(1, len(parts) + 1))


class Walker:
    """One walk over a module. `owners` are the modules around the part that is being described, outermost first."""

    def __init__(self, describe: Describe) -> None:
        self.owners: list[torch.nn.Module] = []
        self._describe = describe
        self._above: set[int] = set()
        self._visited: set[int] = set()
        self._repeated = 0
        self._taken: set[str] = set()
        self._shards: dict[type, str] = {}
        self._kinds: dict[type, tuple[str, str]] = {}

    def visit(self, module: torch.nn.Module, path: str, name: str, depth: int, reason: str) -> Node:
        if path in self._taken:  # a wrapper and what it wraps may have layers of one name
            path = unique(path, self._taken)
        self._taken.add(path)
        prefix = path + "." if path else ""
        entered = len(self.owners)
        own: list[Parameter] = []
        below: list[tuple[str, torch.nn.Module]] = []
        while not (cut := self._cut(id(module), depth)):
            self._above.add(id(module))
            self.owners.append(module)
            content, cls = torch_wrappers.content(module), type(module)
            if cls not in self._shards:
                self._shards[cls] = "distributed" if torch_wrappers.is_sharded(cls) else ""
            reason = reason or self._shards[cls]
            parameters, buffers = content.get("_parameters", {}), content.get("_buffers", {})
            # asked even where there is nothing to describe: a walk may look for something else
            own += self._describe(prefix, Part(module, parameters, buffers, reason))
            if not (modules := content.get("_modules")):
                break
            inner = torch_wrappers.inner(cls, modules)
            below += [(key, child) for key, child in modules.items() if child is not None and key != inner]
            if not inner:
                break
            module = modules[inner]
        kind, nothing = self._kind(module)
        children = [self.visit(child, prefix + key, key, depth + 1, reason) for key, child in below]
        for owner in self.owners[entered:]:
            self._above.discard(id(owner))
        del self.owners[entered:]
        return Node(path, name or kind, kind, tuple(own), tuple(children), cut or nothing)

    def _cut(self, module: int, depth: int) -> str:
        """Why a module is not looked into. Shared modules that share again would be listed exponentially often."""
        if module in self._above:
            return "cycle"
        if module in self._visited:
            self._repeated += 1
        self._visited.add(module)
        return "cut" if self._repeated > _MAX_REPEATED or depth > _MAX_DEPTH else ""

    def _kind(self, module: torch.nn.Module) -> tuple[str, str]:
        """The class of a layer, and why it shows no tensors if its class is one that packs them away."""
        cls = type(module)
        if (known := self._kinds.get(cls)) is None:
            if issubclass(cls, torch.jit.ScriptModule):  # one class for all: it names the one that it was made from
                return str(getattr(module, "original_name", cls.__name__)), ""
            packs = cls.__module__.startswith("torch.ao.nn.") and ".quantized" in cls.__module__
            known = self._kinds[cls] = (cls.__name__, "quantized" if packs else "")
        return known
