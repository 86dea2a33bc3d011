"""The live torch optimizers: found without being told, asked whether they step a tensor, and kept from a frozen one.

torch's optimizers pass over a tensor without a gradient. LBFGS does not: it steps all its tensors along one direction,
made of earlier steps, so a frozen one goes on moving until what is remembered is dropped.
"""

from __future__ import annotations

import gc
import sys
import weakref
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TypeAlias

import torch

from paramwidget.adapters.torch_freeze import Everything
from paramwidget.notices import Notice

_BURST_SECONDS = 0.05
"""How long may pass between two questions for one search to serve both."""

# what LBFGS keeps from step to step, but for the count of evaluations; without it, it starts at the gradient again
_CURVATURE = ("d", "t", "old_dirs", "old_stps", "ro", "al", "H_diag", "prev_flat_grad", "prev_loss")

Groups: TypeAlias = tuple[tuple[int, int], ...]
"""By address and length, the lists of tensors of an optimizer: whether it may have changed."""


@dataclass
class _Held:
    """The tensors of one optimizer by their addresses, as long as its groups are those; whether some are the model's."""

    groups: Groups = ()
    addresses: frozenset[int] = frozenset()
    of_model: bool | None = None


class Optimizers:
    """The optimizers that are alive. Holds them weakly, and finds them anew for each burst of questions.

    A search looks at every object that Python tracks (about 30 ms for 300,000), and freezing a model asks once a tensor.
    """

    def __init__(self) -> None:
        self._found: list[weakref.ref[torch.optim.Optimizer]] = []
        self._classes: list[weakref.ref[type]] = []
        self._uses: list[int] = []
        self._held: dict[int, _Held] = {}
        self._asked = float("-inf")

    def miss(self, tensor: torch.Tensor, model: Everything) -> bool:
        """Whether none holds this tensor, though one holds another tensor of the model."""
        held = [self._held_by(optimizer) for optimizer in self._live()]
        missed = not any(id(tensor) in one.addresses for one in held)
        if missed:
            for one in held:
                if one.of_model is None:
                    one.of_model = any(id(other) in one.addresses for other, _ in model())
        self._asked = monotonic()
        return missed and any(one.of_model for one in held)

    def keep_from(self, tensor: torch.Tensor, path: str) -> list[Notice]:
        """Make those that hold a frozen tensor leave it alone, as far as they are known; what was done or may happen."""
        notices = []
        for optimizer in self._live():
            cls = type(optimizer)
            if id(tensor) not in self._held_by(optimizer).addresses:
                continue
            with suppress(Exception):  # one that delegates to one that is gone
                if issubclass(cls, torch.optim.LBFGS):
                    if _drop_curvature(optimizer):
                        notices.append(Notice("curvature-dropped", path, cls.__name__))
                elif not cls.__module__.startswith("torch.") and optimizer.state:
                    notices.append(Notice("optimizer-unknown", path, cls.__name__))
        self._asked = monotonic()
        return notices

    def _live(self) -> list[torch.optim.Optimizer]:
        # from the end of the last question: a search may itself take longer than what is between two
        if monotonic() - self._asked <= _BURST_SECONDS and self._count_uses() == self._uses:
            known = [optimizer for reference in self._found if (optimizer := reference()) is not None]
            if len(known) == len(self._found):
                return known
        classes = _subclasses(torch.optim.Optimizer)
        found = _search(set(classes))
        self._found = [weakref.ref(optimizer) for optimizer in found]
        self._classes = [weakref.ref(cls) for cls in classes]
        del classes  # a reference of this very search would be counted as a use
        self._uses, self._held = self._count_uses(), {}
        return found

    def _count_uses(self) -> list[int]:
        """How often each class of optimizers is referred to; changes as soon as an optimizer or another class is made."""
        return [sys.getrefcount(cls) for reference in self._classes if (cls := reference()) is not None]

    def _held_by(self, optimizer: torch.optim.Optimizer) -> _Held:
        """The tensors that it steps; none for one that is being made, or that delegates to one that is gone."""
        try:
            lists = [group["params"] for group in optimizer.param_groups]
            groups = tuple((id(each), len(each)) for each in lists)
            known = self._held.get(id(optimizer))
            if known is None or known.groups != groups:
                known = _Held(groups, frozenset(id(tensor) for each in lists for tensor in each))
                self._held[id(optimizer)] = known
        except Exception:
            return _Held(of_model=False)
        return known


def _search(classes: set[type]) -> list[torch.optim.Optimizer]:
    # by exact class: `isinstance` would run code of weak proxies and lazy objects among what Python tracks
    return [candidate for candidate in gc.get_objects() if type(candidate) in classes]


def _subclasses(cls: type) -> list[type]:
    children: list[type] = type.__subclasses__(cls)
    return [cls, *(one for child in children for one in _subclasses(child))]


def _drop_curvature(optimizer: torch.optim.Optimizer) -> bool:
    """Let an LBFGS begin at the gradient, in which a frozen tensor has no part; False if it had no history."""
    dropped = False
    for state in optimizer.state.values():
        if state.get("n_iter"):
            state["n_iter"] = 0  # how LBFGS knows that there is no history
            for key in _CURVATURE:
                state.pop(key, None)
            dropped = True
    return dropped
