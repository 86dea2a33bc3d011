"""PyTorch: an `nn.Module`, or a state dict, as it is in the kernel.

Tensors are found again by path at each call; written in place, so that optimizers, graphs and other names keep them;
and refused rather than guessed at. Not here: the tree (`torch_tree`), the values (`torch_values`), freezing
(`torch_freeze`, `torch_optimizers`), initialisers (`torch_initialize`), plain code (`torch_code`), marks (`torch_mark`).
Imported only when the user has loaded torch.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from paramwidget.adapters import (
    torch_code,
    torch_find,
    torch_freeze,
    torch_initialize,
    torch_mark,
    torch_optimizers,
    torch_sharing,
    torch_tree,
    torch_values,
    torch_walk,
)
from paramwidget.adapters.base import Dialect
from paramwidget.adapters.torch_find import Found
from paramwidget.errors import FreezeError, PathError, ReadOnlyError
from paramwidget.notices import Notice, reason_text
from paramwidget.region import Region
from paramwidget.tree import Node, Parameter, closest


def fits(model: Any) -> bool:
    """A module, or a non-empty mapping of names to tensors."""
    if isinstance(model, torch.nn.Module):
        return True
    if not isinstance(model, Mapping) or not model:
        return False
    return all(isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in model.items())


class TorchAdapter:
    """Reads and writes the tensors of one live module or state dict."""

    name = "PyTorch"
    writable = True

    def __init__(self, model: Any) -> None:
        self._model = model
        self._trained = torch_freeze.Trained()
        self._optimizers = torch_optimizers.Optimizers()
        self._observer = torch_tree.Observer()
        self._shown: Node | None = None

    def tree(self) -> Node:
        """The layer tree; wrappers (compile, data parallel, FSDP, checkpointing) are not part of the paths."""
        self._trained.forget()
        self._shown = torch_tree.of(self._model)
        return self._shown

    def facts(self, path: str) -> Parameter:
        """Facts of one tensor: its own are read from it, what it shares is known from the last tree.

        Raises
        ------
        PathError
            There is no such tensor any more; the message names the closest.
        """
        found = self._find(path)
        known = (self._shown or self.tree()).index.get(path)
        if known is not None and not self._is_untied(found.tensor, known):
            module = found.owners[-1] if found.owners else None
            reason = "distributed" if torch_find.is_below_shards(found) else ""
            live = self._observer.look(found.tensor, module, known.name, found.is_buffer, reason)
            if fresh := torch_tree.renewed(known, live):
                return fresh
        return self.tree()[path]

    def _is_untied(self, tensor: torch.Tensor, known: Parameter) -> bool:
        """Whether a tensor has left the storage of the first of its group: it may have been replaced since the last tree."""
        if known.tied in ("", known.path):
            return False
        try:
            return torch_sharing.are_apart(tensor, self._find(known.tied).tensor)
        except PathError:
            return True

    def read(self, path: str, region: Region) -> np.ndarray:
        """The values of a region; a read-only view of the live memory where NumPy can have one.

        Raises
        ------
        NoValuesError
            There are none to read; the message says why.
        """
        return torch_values.read(self._find(path).tensor, region, path)

    def write(self, path: str, region: Region, values: np.ndarray) -> None:
        """Store the values in place.

        Raises
        ------
        ReadOnlyError
            torch would lose or garble the write; the message says why.
        ValueRefusedError
            Another shape or element type than the region's.
        """
        found = self._find(path)
        if torch_find.is_gathered(found):
            raise ReadOnlyError(f"{path} cannot be written now: {reason_text('distributed')}")
        torch_values.write(found.tensor, region, values, path)

    def set_trainable(self, path: str, trainable: bool) -> list[Notice]:
        """Set `requires_grad`; a frozen tensor loses its gradient too, or the optimizer would go on moving it.

        Raises
        ------
        FreezeError
            torch has no gradients for it: a buffer, an integer tensor, a computed one.
        """
        found = self._find(path)
        if torch_find.is_gathered(found):
            raise FreezeError(f"{path} cannot be frozen or unfrozen now: {reason_text('distributed')}")
        changed = found.tensor.requires_grad is not trainable
        notices = torch_freeze.set_trainable(found, trainable, path)
        if trainable and self._optimizers.miss(found.tensor, self._tensors):
            notices.append(Notice("not-in-optimizer", path))
        if not trainable:
            notices += self._optimizers.keep_from(found.tensor, path)
        if changed and not trainable and not self._trained.any_left(self._tensors):
            notices.append(Notice("gradients-off", path))
        return notices

    def after_write(self, path: str) -> list[Notice]:
        """Who else holds a copy of what was written: code compiled with constants, and other processes."""
        notices = []
        inductor = sys.modules.get("torch._inductor.config")
        freezing = inductor is not None and getattr(inductor, "freezing", False)
        if freezing and torch_walk.is_compiled(self._model):
            notices.append(Notice("compile-frozen", path))
        distributed = torch.distributed
        if distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1:
            notices.append(Notice("other-processes", path))
        return notices

    def initializers(self) -> tuple[str, ...]:
        """Those of `torch.nn.init`."""
        return tuple(torch_initialize.TABLE)

    def initial(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> np.ndarray:
        """What `torch.nn.init` gives for a tensor like this one with a generator of this seed.

        Raises
        ------
        ValueRefusedError
            The initialiser, its options and the tensor do not go together; the message says why.
        """
        return torch_initialize.values(torch_initialize.start(name, options, self.facts(path)), seed)

    def initial_note(self, path: str, name: str, options: Mapping[str, float]) -> str:
        return torch_initialize.note(torch_initialize.start(name, options, self.facts(path)))

    def initial_code(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> list[str]:
        return torch_initialize.code(torch_initialize.start(name, options, self.facts(path)), seed)

    def code(self, path: str) -> str:
        """`model.get_parameter("fc.weight")`, with the names of wrappers that the path leaves out."""
        return torch_code.expression(self._model, self._find(path), path)

    def dialect(self, path: str) -> Dialect:
        return torch_code.dialect(self._find(path))

    def mark(self) -> torch_mark.Mark:
        """In which mode the layers are now, and which objects the parameters."""
        return torch_mark.Mark(self._model, self._find)

    def _tensors(self) -> list[tuple[torch.Tensor, bool]]:
        return torch_walk.tensors(self._model)

    def _find(self, path: str) -> Found:
        """The tensor that is at this path now, whatever object it was before."""
        found: Found | None
        if not isinstance(self._model, torch.nn.Module):
            tensor = self._model.get(path)
            found = Found(tensor, []) if isinstance(tensor, torch.Tensor) else None
        else:
            found = torch_find.find(self._model, path) or torch_find.search(self._model, path)
        if found is None:
            raise PathError(f"there is no tensor '{path}'{closest(path, self.tree().index)}")
        return found
