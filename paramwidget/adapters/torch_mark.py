"""How a torch model stood before a function of the user's ran: the mode of each layer, and which its parameters were.

Not here: the values, which a session copies by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from paramwidget.adapters import torch_walk, torch_wrappers
from paramwidget.adapters.torch_find import Found


class Mark:
    """Holds layers and parameters of a model, so it is made for one run and thrown away. `find` finds a tensor by path."""

    def __init__(self, model: torch.nn.Module | Mapping[str, torch.Tensor], find: Callable[[str], Found]) -> None:
        modules: list[torch.nn.Module] = []
        holders: list[Mapping[str, torch.Tensor | None]] = []
        if isinstance(model, torch.nn.Module):
            modules = torch_walk.modules(model)
            holders = [torch_wrappers.content(module).get("_parameters", {}) for module in modules]
        else:
            holders = [model]
        self._find = find
        self._modes = [(module, module.training) for module in modules]
        # the tensors are held, or another could get the id of one that is gone
        self._parameters = {id(tensor): tensor for held in holders for tensor in held.values()}

    def restore_modes(self) -> None:
        for module, training in self._modes:
            # the attribute: `train()` would go on to the layers below, and may be the user's own
            if module.training is not training:
                module.training = training

    def is_replaced(self, path: str) -> bool:
        """Not so for a buffer: layers bind theirs anew as a matter of course."""
        found = self._find(path)
        return not found.is_buffer and id(found.tensor) not in self._parameters
