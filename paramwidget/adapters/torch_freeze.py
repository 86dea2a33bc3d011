"""Freezing one torch tensor so that the next step obeys, and what else about it must be known.

`requires_grad = False` alone does not freeze: as long as a gradient is left, an optimizer moves the tensor, by momentum
or weight decay even if that gradient is zero. Only `grad = None` takes it out of the step.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Sequence

import torch

from paramwidget.adapters.torch_tree import can_train
from paramwidget.errors import FreezeError
from paramwidget.notices import Notice

_BURST_SECONDS = 0.05


def freeze(tensor: torch.Tensor, owners: Sequence[torch.nn.Module], path: str) -> list[Notice]:
    """Take a tensor out of training; `owners` are the modules on the way to it, the outermost first."""
    changed = tensor.requires_grad
    _set(tensor, False, path)
    notices = []
    if tensor.grad is not None:
        tensor.grad = None
        notices.append(Notice("gradient-dropped", path))
    if owners and _statistics_move(owners[-1]):
        notices.append(Notice("statistics-move", path))
    return notices + (_built_before(owners, path) if changed else [])


def unfreeze(tensor: torch.Tensor, owners: Sequence[torch.nn.Module], path: str) -> list[Notice]:
    """Let a tensor train again; whether an optimizer holds it is for `Optimizers` to say."""
    changed = not tensor.requires_grad
    _set(tensor, True, path)
    return _built_before(owners, path) if changed else []


def _set(tensor: torch.Tensor, trainable: bool, path: str) -> None:
    if not can_train(tensor):
        why = (
            "it is computed from other tensors" if not tensor.is_leaf else "only floating-point tensors have gradients"
        )
        raise FreezeError(f"{path} cannot be frozen or unfrozen: {why}")
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
    """Whether a normalisation layer updates its running statistics in each forward pass, frozen or not."""
    norm = any(cls.__name__ == "_NormBase" and cls.__module__.startswith("torch.") for cls in type(owner).__mro__)
    return norm and owner.training and owner.__dict__["_buffers"].get("running_mean") is not None


def _built_before(owners: Sequence[torch.nn.Module], path: str) -> list[Notice]:
    """DistributedDataParallel notes what is trainable when it is made, and raises when that changes."""
    for owner in owners:
        named = any(cls.__name__ == "DistributedDataParallel" for cls in type(owner).__mro__)
        if named and not owner.__dict__.get("find_unused_parameters", False):
            return [Notice("wrapped-before", path)]
    return []


class Optimizers:
    """Whether the live optimizers step a tensor. Remembers addresses only, and only for one burst of questions.

    A search looks at every object that Python tracks (about 30 ms for 300,000); unfreezing a model asks once a tensor.
    """

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._relevant = False
        self._asked = float("-inf")

    def forget(self) -> None:
        """Search again at the next question."""
        self._asked = float("-inf")

    def miss(self, tensor: torch.Tensor, model: Callable[[], Iterable[torch.Tensor]]) -> bool:
        """Whether none holds this tensor, though one holds another tensor of the model."""
        if time.monotonic() - self._asked > _BURST_SECONDS:
            self._held = _held_now()
            self._relevant = any(id(other) in self._held for other in model())
        self._asked = time.monotonic()
        return self._relevant and id(tensor) not in self._held


def _held_now() -> set[int]:
    # by exact class: `isinstance` would run code of weak proxies and lazy objects among what Python tracks
    classes = set(_subclasses(torch.optim.Optimizer))
    found = [candidate for candidate in gc.get_objects() if type(candidate) in classes]
    held: set[int] = set()
    for optimizer in found:
        for group in getattr(optimizer, "param_groups", ()):  # one that is being made has none yet
            held.update(id(tensor) for tensor in group.get("params", ()))
    return held


def _subclasses(cls: type) -> list[type]:
    children: list[type] = type.__subclasses__(cls)
    return [cls, *(one for child in children for one in _subclasses(child))]
