"""How a torch model stood before a function of the user's ran, apart from its values: in which mode each layer was.

Not here: the values, which a session copies by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from paramwidget.adapters import torch_walk


class Mark:
    """Holds the layers of a model, so it is made for one run and thrown away."""

    def __init__(self, model: torch.nn.Module | Mapping[str, torch.Tensor]) -> None:
        modules = torch_walk.modules(model) if isinstance(model, torch.nn.Module) else []
        self._modes = [(module, module.training) for module in modules]

    def restore_modes(self) -> None:
        for module, training in self._modes:
            # the attribute: `train()` would go on to the layers below, and may be the user's own
            if module.training is not training:
                module.training = training
