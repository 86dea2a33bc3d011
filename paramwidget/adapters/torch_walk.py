"""The walk over a torch model: every tensor in it once for each name, and where it is found again. Nothing is described.

Only the three dictionaries that every module has are read (`_parameters`, `_buffers`, `_modules`), never an attribute:
reading `.weight` of a layer under `spectral_norm` runs a power iteration that changes the model. torch's own
`named_parameters(remove_duplicate=False)` recurses for ever when a module contains itself; this walk does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch

from paramwidget.adapters import torch_values
from paramwidget.tree import unique

_MAX_DEPTH = 200
_MAX_REPEATED = 10_000
_WRAPPED = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
_WRAPPERS = {"DistributedDataParallel", "DataParallel", "AveragedModel"}
_SHARDED = {"FSDPModule", "FullyShardedDataParallel"}


class Place(NamedTuple):
    """Where a tensor is: names to follow down `_modules`, and then the dictionary that holds it under `name`.

    `holder` is `_parameters` or `_buffers`; empty in a state dict, which holds it itself.
    """

    keys: tuple[str, ...]
    holder: str
    name: str

    def modules(self, model: Any) -> list[torch.nn.Module]:
        """The modules on the way, the model first and the owner last; KeyError if one is gone."""
        found = [model]
        for key in self.keys:
            found.append(found[-1].__dict__["_modules"][key])
        return found

    def tensor(self, model: Any) -> torch.Tensor:
        """The tensor that is there now; KeyError or AttributeError if there is none."""
        owner = model
        if self.holder:
            for key in self.keys:
                owner = owner.__dict__["_modules"][key]
            owner = owner.__dict__[self.holder]
        tensor = owner[self.name]
        if not isinstance(tensor, torch.Tensor):
            raise KeyError(self.name)
        return tensor


class Row(NamedTuple):
    """One name of one tensor. `reason`: why it cannot be written because of where it is, whatever it is."""

    path: str
    tensor: torch.Tensor
    place: Place
    owner: type
    reason: str


class Draft(NamedTuple):
    """A layer before its tensors are described: `first` and `end` bound its own rows."""

    path: str
    name: str
    kind: str
    first: int
    end: int
    children: list[Draft]
    reason: str = ""


class Walk(NamedTuple):
    """What one walk finds; `compiled` if `torch.compile` was used on any part of it."""

    root: Draft
    rows: list[Row]
    places: dict[str, Place]
    compiled: bool


def of_module(model: torch.nn.Module) -> Walk:
    """Walk a module in torch's own order and with its own names, without the prefixes of wrappers."""
    walker = _Walker()
    root = walker.visit(model, "", "", (), "")
    return Walk(root, walker.rows, walker.places, walker.compiled)


def of_state_dict(tensors: Mapping[str, torch.Tensor]) -> Walk:
    """Walk a state dict: its keys are the paths, and the parts between dots are groups."""
    groups: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    known: set[str] = set()
    for key in tensors:
        path = key.rpartition(".")[0] if key.count(".") <= _MAX_DEPTH else ""
        groups.setdefault(path, []).append(key)
        while path and path not in known:
            known.add(path)
            above = path.rpartition(".")[0]
            below.setdefault(above, []).append(path)
            path = above
    rows: list[Row] = []

    def group(path: str, name: str, kind: str) -> Draft:
        first = len(rows)
        for key in groups.get(path, ()):
            rows.append(Row(key, tensors[key], Place((), "", key), dict, ""))
        end = len(rows)
        return Draft(
            path, name, kind, first, end, [group(p, p.rpartition(".")[2], "group") for p in below.get(path, ())]
        )

    root = group("", "state dict", type(tensors).__name__)
    return Walk(root, rows, {row.path: row.place for row in rows}, False)


def is_gathered(tensor: torch.Tensor, owners: Sequence[torch.nn.Module]) -> bool:
    """Whether it is a plain tensor below an FSDP module: a gathered copy, which the next reshard throws away."""
    return torch_values.is_ordinary(tensor) and any(_is_sharded(type(owner)) for owner in owners)


class _Walker:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.places: dict[str, Place] = {}
        self.compiled = False
        self._above: set[int] = set()
        self._visited: set[int] = set()
        self._repeated = 0
        self._shards: dict[type, str] = {}

    def visit(self, module: torch.nn.Module, path: str, name: str, keys: tuple[str, ...], reason: str) -> Draft:
        first = len(self.rows)
        entered: list[int] = []
        below: list[tuple[str, torch.nn.Module, tuple[str, ...]]] = []
        cut = ""
        while True:  # a wrapper and what it wraps are one node
            if cut := self._cut(module, keys):
                break
            self._above.add(id(module))
            entered.append(id(module))
            content, cls = module.__dict__, type(module)
            if cls not in self._shards:
                self._shards[cls] = "distributed" if _is_sharded(cls) else ""
            reason = reason or self._shards[cls]
            self._own(cls, content, path, keys, reason)
            modules = content.get("_modules", {})
            inner = _inner(cls, modules)
            below += [(key, child, keys) for key, child in modules.items() if child is not None and key != inner]
            if inner == "_orig_mod" or content.get("_compiled_call_impl") is not None:
                self.compiled = True
            if not inner:
                break
            keys, module = (*keys, inner), modules[inner]
        end = len(self.rows)
        prefix = path + "." if path else ""
        children = [self.visit(child, prefix + key, key, (*above, key), reason) for key, child, above in below]
        self._above.difference_update(entered)
        kind = _kind(module)
        return Draft(path, name or kind, kind, first, end, children, cut or (_reason(module) if first == end else ""))

    def _cut(self, module: torch.nn.Module, keys: tuple[str, ...]) -> str:
        """Why a module is not looked into. Shared modules that share again would be listed exponentially often."""
        known = id(module)
        if known in self._above:
            return "cycle"
        if known in self._visited:
            self._repeated += 1
        self._visited.add(known)
        return "cut" if self._repeated > _MAX_REPEATED or len(keys) > _MAX_DEPTH else ""

    def _own(self, cls: type, content: Mapping[str, Any], path: str, keys: tuple[str, ...], reason: str) -> None:
        prefix = path + "." if path else ""
        hooked = "_hf_hook" in content  # accelerate's hook, which moves the weights in and out
        for holder in ("_parameters", "_buffers"):
            tensors = content.get(holder)
            if not tensors:
                continue
            for name, tensor in tensors.items():
                if tensor is None:
                    continue
                where = prefix + name
                if where in self.places:
                    where = unique(where, set(self.places))
                place = self.places[where] = Place(keys, holder, name)
                why = "offloaded" if hooked and tensor.is_meta else reason
                self.rows.append(Row(where, tensor, place, cls, why))


def _is_sharded(cls: type) -> bool:
    return any(base.__name__ in _SHARDED for base in cls.__mro__)


def _inner(cls: type, modules: Mapping[str, Any]) -> str:
    """The name under which a wrapper holds what it wraps; empty if the module is none."""
    for key in _WRAPPED:
        if key in modules:
            return key
    # `module` is a name that people use too
    if "module" in modules and any(b.__name__ in _WRAPPERS and b.__module__.startswith("torch.") for b in cls.__mro__):
        return "module"
    return ""


def _kind(module: torch.nn.Module) -> str:
    """The class of a layer; for a scripted one, the class that it was made from."""
    if isinstance(module, torch.jit.ScriptModule):
        return str(getattr(module, "original_name", type(module).__name__))
    return type(module).__name__


def _reason(module: torch.nn.Module) -> str:
    """Why a layer has no tensors: quantized ones keep packed weights outside parameters and buffers."""
    home = type(module).__module__
    return "quantized" if home.startswith("torch.ao.nn.") and ".quantized" in home else ""
