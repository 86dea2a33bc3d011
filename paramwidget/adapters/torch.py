"""PyTorch: an `nn.Module`, or a state dict, as it is in the kernel.

Tensors are found again by path at each call; written in place, so that optimizers, graphs and other names keep them;
and refused rather than guessed at. Not here: the walk (`torch_walk`), the values (`torch_values`), freezing
(`torch_freeze`). Imported only when the user has loaded torch.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import torch

from paramwidget.adapters import torch_freeze, torch_tree, torch_values, torch_walk
from paramwidget.adapters.torch_walk import Place, Walk
from paramwidget.errors import FreezeError, PathError, ReadOnlyError
from paramwidget.notices import Notice, reason_text
from paramwidget.region import Region
from paramwidget.tree import Node, closest


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
        self._found: Walk | None = None
        self._order: list[str] = []
        self._hint = 0
        self._optimizers = torch_freeze.Optimizers()

    def tree(self) -> Node:
        """The layer tree; wrappers (compile, data parallel, FSDP, checkpointing) are not part of the paths."""
        return torch_tree.describe(self._walk())

    def read(self, path: str, region: Region) -> np.ndarray:
        """The values of a region; a read-only view of the live memory where NumPy can have one.

        Raises
        ------
        NoValuesError
            There are none to read; the message says why.
        """
        return torch_values.read(self._tensor(path)[1], region, path)

    def write(self, path: str, region: Region, values: np.ndarray) -> None:
        """Store the values in place.

        Raises
        ------
        ReadOnlyError
            torch would lose or garble the write; the message says why.
        ValueRefusedError
            Another shape or element type than the region's.
        """
        place, tensor = self._tensor(path)
        self._refuse_gathered(place, path, ReadOnlyError)
        torch_values.write(tensor, region, values, path)

    def set_trainable(self, path: str, trainable: bool) -> list[Notice]:
        """Set `requires_grad`; a frozen tensor loses its gradient too, or the optimizer would go on moving it.

        Raises
        ------
        FreezeError
            torch has no gradients for it: a buffer, an integer tensor, a computed one.
        """
        place, tensor = self._tensor(path)
        if place.holder == "_buffers" or not (place.holder or isinstance(tensor, torch.nn.Parameter)):
            raise FreezeError(f"{path} is no parameter: no optimizer trains it, so there is nothing to freeze")
        self._refuse_gathered(place, path, FreezeError)
        owners = place.modules(self._model) if place.holder else []
        if trainable:
            notices = torch_freeze.unfreeze(tensor, owners, path)
            if self._optimizers.miss(tensor, self._live):
                notices.append(Notice("not-in-optimizer", path))
            return notices
        changed = tensor.requires_grad
        notices = torch_freeze.freeze(tensor, owners, path)
        if changed and not self._any_trainable():
            notices.append(Notice("gradients-off", path))
        return notices

    def after_write(self, path: str) -> list[Notice]:
        """Who else holds a copy of what was written: code compiled with constants, and other processes."""
        notices = []
        inductor = sys.modules.get("torch._inductor.config")
        if inductor is not None and getattr(inductor, "freezing", False) and self._known().compiled:
            notices.append(Notice("compile-frozen", path))
        distributed = torch.distributed
        if distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1:
            notices.append(Notice("other-processes", path))
        return notices

    # ------------------------------------------------------------------ finding

    def _walk(self) -> Walk:
        of = torch_walk.of_module if isinstance(self._model, torch.nn.Module) else torch_walk.of_state_dict
        found = of(self._model)
        # what is kept holds no tensor
        self._found = found._replace(rows=[])
        self._order = list(found.places)
        self._hint = 0
        self._optimizers.forget()
        return found

    def _known(self) -> Walk:
        return self._found or self._walk()

    def _tensor(self, path: str) -> tuple[Place, torch.Tensor]:
        """The tensor that is at this path now, whatever object it was before."""
        for look in (self._known, self._walk):  # a part may have been replaced or wrapped since the last walk
            places = look().places
            try:
                place = places[path]
                return place, place.tensor(self._model)
            except (KeyError, AttributeError):
                continue
        raise PathError(f"there is no tensor '{path}'{closest(path, places)}")

    def _refuse_gathered(self, place: Place, path: str, error: type[ReadOnlyError | FreezeError]) -> None:
        """Below an FSDP module a plain tensor is a gathered copy that the next reshard throws away."""
        if place.holder and torch_walk.is_gathered(place.tensor(self._model), place.modules(self._model)):
            raise error(f"{path} cannot be changed now: {reason_text('distributed')}")

    def _live(self) -> Iterator[torch.Tensor]:
        """Every tensor of the last walk that is still there."""
        for place in self._known().places.values():
            with suppress(KeyError, AttributeError):
                yield place.tensor(self._model)

    def _any_trainable(self) -> bool:
        """Whether any parameter still trains; starts where one was found last, so many questions stay cheap."""
        places = self._known().places
        for step in range(len(self._order)):
            at = (self._hint + step) % len(self._order)
            place = places[self._order[at]]
            with suppress(KeyError, AttributeError):
                if place.holder != "_buffers" and place.tensor(self._model).requires_grad:
                    self._hint = at
                    return True
        return False
