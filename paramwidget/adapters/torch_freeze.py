"""Freezing one torch tensor so that the next step obeys, and what else about it must be known.

`requires_grad = False` alone does not freeze: as long as a gradient is left, an optimizer moves the tensor, by momentum
or weight decay even if that gradient is zero. Only `grad = None` takes it out of the step; of optimizers for which even
that is not enough, `torch_optimizers` knows.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import TypeAlias

import torch

from paramwidget.adapters.torch_find import Found
from paramwidget.errors import FreezeError
from paramwidget.notices import Notice

Everything: TypeAlias = Callable[[], Iterable[tuple[torch.Tensor, bool]]]
"""Every tensor of the model, and whether it is a buffer; a walk over all of it, so called only when needed."""


def set_trainable(found: Found, trainable: bool, path: str) -> list[Notice]:
    """Freeze a tensor or let it train again.

    Raises
    ------
    FreezeError
        torch has no gradients for it.
    """
    tensor, owners, _ = found
    if why := refusal(found):
        raise FreezeError(f"{path} cannot be frozen or unfrozen: {why}")
    changed = tensor.requires_grad is not trainable
    _set(tensor, trainable, path)
    notices = []
    if not trainable and tensor.grad is not None:
        tensor.grad = None
        notices.append(Notice("gradient-dropped", path))
    if not trainable and owners and _statistics_move(owners[-1]):
        notices.append(Notice("statistics-move", path))
    if changed and any(_noted(owner) for owner in owners):
        notices.append(Notice("wrapped-before", path))
    return notices


def refusal(found: Found) -> str:
    """Why there is nothing to freeze; empty if there is."""
    tensor, owners, is_buffer = found
    if not (tensor.dtype.is_floating_point or tensor.dtype.is_complex):
        return "only floating-point and complex tensors have gradients"
    if is_buffer or not (owners or isinstance(tensor, torch.nn.Parameter)):
        return "it is no parameter, so no optimizer trains it"
    return "" if tensor.is_leaf else "it is computed from other tensors; freeze those"


def _set(tensor: torch.Tensor, trainable: bool, path: str) -> None:
    try:
        if not torch.nn.parameter.is_lazy(tensor) and tensor.is_inference():
            with torch.inference_mode():
                tensor.requires_grad = trainable
        else:
            # the attribute, because `requires_grad_()` raises for lazy parameters, which take the flag along
            tensor.requires_grad = trainable
    except RuntimeError as error:
        raise FreezeError(f"torch refuses to {'unfreeze' if trainable else 'freeze'} {path}: {error}") from error


def _statistics_move(owner: torch.nn.Module) -> bool:
    """Whether a normalisation layer updates its running statistics in each forward pass of training, frozen or not.

    It does not matter which mode it is in now: the next training puts it into that of training.
    """
    norm = any(cls.__name__ == "_NormBase" and cls.__module__.startswith("torch.") for cls in type(owner).__mro__)
    return norm and owner.__dict__["_buffers"].get("running_mean") is not None


def _noted(owner: torch.nn.Module) -> bool:
    """Whether it is a DistributedDataParallel, which notes what trains when it is made and raises when that changes."""
    named = any(cls.__name__ == "DistributedDataParallel" for cls in type(owner).__mro__)
    return named and not owner.__dict__.get("find_unused_parameters", False)


class Trained:
    """Whether anything of a model still trains. Keeps where to look first, so that freezing layer after layer is cheap."""

    def __init__(self) -> None:
        self._candidates: list[weakref.ref[torch.Tensor]] = []

    def forget(self) -> None:
        """Look at the whole model at the next question."""
        self._candidates = []

    def any_left(self, model: Everything) -> bool:
        """Asks the candidates from the last search first; only when none trains any more, the whole model."""
        if not self._known():
            trained = (tensor for tensor, is_buffer in model() if tensor.requires_grad and not is_buffer)
            self._candidates = [weakref.ref(tensor) for tensor in trained]
        return bool(self._candidates)

    def _known(self) -> bool:
        while self._candidates:
            tensor = self._candidates[-1]()
            if tensor is not None and tensor.requires_grad:
                return True
            self._candidates.pop()
        return False
