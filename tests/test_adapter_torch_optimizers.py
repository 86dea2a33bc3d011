"""Live torch optimizers: found anew when it matters, and kept from moving what was frozen."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from paramwidget.adapters import torch_optimizers
from paramwidget.adapters.torch import TorchAdapter
from paramwidget.notices import Notice, sentence

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _no_optimizer_of_another_test() -> None:
    gc.collect()


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """All questions come in one burst, however slow the machine is."""
    monkeypatch.setattr(torch_optimizers, "monotonic", lambda: 100.0)


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for each search through all objects."""
    made: list[int] = []
    search = torch_optimizers._search

    def counted(classes: set[type]) -> Any:
        made.append(len(classes))
        return search(classes)

    monkeypatch.setattr(torch_optimizers, "_search", counted)
    return made


def codes(notices: list[Notice]) -> list[str]:
    for notice in notices:
        assert sentence(notice)[2]
    return [notice.code for notice in notices]


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))


def steps(model: nn.Module, optimizer: torch.optim.Optimizer, times: int = 3) -> None:
    torch.manual_seed(1)
    x, y = torch.randn(16, 4), torch.randn(16, 2)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (model(x) - y).pow(2).mean()
        loss.backward()
        return loss

    for _ in range(times):
        optimizer.step(closure)  # type: ignore[arg-type]


class Mine(torch.optim.LBFGS):
    pass


LBFGS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "fixed step": lambda p: torch.optim.LBFGS(p, lr=0.5, max_iter=3),
    "line search": lambda p: torch.optim.LBFGS(p, lr=0.5, max_iter=3, line_search_fn="strong_wolfe"),
    "short history": lambda p: torch.optim.LBFGS(p, lr=0.5, max_iter=5, history_size=1),
    "subclass": lambda p: Mine(p, lr=0.5, max_iter=3),
}


@pytest.mark.parametrize("path", ["0.weight", "0.bias", "2.bias"])
@pytest.mark.parametrize("name", LBFGS)
def test_lbfgs_does_not_move_what_was_frozen_and_goes_on_with_the_rest(name: str, path: str) -> None:
    model = net()
    optimizer = LBFGS[name](model.parameters())
    steps(model, optimizer)
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    notices = TorchAdapter(model).set_trainable(path, False)
    assert codes(notices) == ["gradient-dropped", "curvature-dropped"]
    assert notices[-1].detail == type(optimizer).__name__
    steps(model, optimizer)
    moved = {n for n, p in model.named_parameters() if (p.detach() - before[n]).abs().max().item() > 0}
    assert moved == set(before) - {path}


def test_without_dropping_its_history_lbfgs_would_have_moved_it() -> None:
    """The reason for it, kept true."""
    model = net()
    optimizer = LBFGS["fixed step"](model.parameters())
    steps(model, optimizer)
    before = model[0].weight.detach().clone()
    model[0].weight.requires_grad_(False)
    model[0].weight.grad = None
    steps(model, optimizer)
    assert not torch.equal(model[0].weight, before)


def test_lbfgs_keeps_its_count_of_evaluations_and_can_be_saved() -> None:
    model = net()
    optimizer = LBFGS["fixed step"](model.parameters())
    steps(model, optimizer)
    evaluations = optimizer.state_dict()["state"][0]["func_evals"]
    TorchAdapter(model).set_trainable("0.weight", False)
    assert {"func_evals": evaluations, "n_iter": 0} == optimizer.state_dict()["state"][0]


def test_several_frozen_tensors_drop_one_history_once_and_others_none() -> None:
    model, other = net(), net()
    optimizer, elsewhere = LBFGS["fixed step"](model.parameters()), LBFGS["fixed step"](other.parameters())
    for each in ((model, optimizer), (other, elsewhere)):
        steps(*each)
    adapter = TorchAdapter(model)
    assert "curvature-dropped" in codes(adapter.set_trainable("0.weight", False))
    assert "curvature-dropped" not in codes(adapter.set_trainable("0.bias", False))
    assert elsewhere.state_dict()["state"][0]["n_iter"] > 0


def test_an_lbfgs_without_a_history_is_left_alone() -> None:
    model = net()
    optimizer = LBFGS["fixed step"](model.parameters())
    assert TorchAdapter(model).set_trainable("0.weight", False) == []
    assert optimizer.state_dict()["state"] == {}


class Drift(torch.optim.Optimizer):
    """Moves all its tensors, whether they have gradients or not."""

    def __init__(self, tensors: Any) -> None:
        super().__init__(tensors, {})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        for group in self.param_groups:
            for tensor in group["params"]:
                self.state[tensor]["steps"] = self.state[tensor].get("steps", 0) + 1
                tensor.add_(1)


def test_an_optimizer_that_is_not_torchs_own_is_told_of_once_it_has_stepped() -> None:
    model = net()
    optimizer = Drift([model[0].weight])
    adapter = TorchAdapter(model)
    assert adapter.set_trainable("0.weight", False) == []
    adapter.set_trainable("0.weight", True)
    optimizer.step()
    notices = adapter.set_trainable("0.weight", False)
    assert codes(notices) == ["optimizer-unknown"]
    assert (notices[0].detail, sentence(notices[0])[0]) == ("Drift", "warn")
    assert adapter.set_trainable("0.bias", False) == []


@pytest.mark.parametrize("cls", [torch.optim.SGD, torch.optim.Adam, torch.optim.ASGD, torch.optim.Rprop])
def test_torchs_own_optimizers_are_quiet(cls: type[torch.optim.Optimizer]) -> None:
    model = net()
    optimizer = cls(model.parameters(), lr=0.1)
    steps(model, optimizer)
    assert codes(TorchAdapter(model).set_trainable("0.weight", False)) == ["gradient-dropped"]


# ---------------------------------------------------------------------- the search


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("shows_tree", [False, True])
def test_freezing_and_unfreezing_a_thousand_tensors_searches_once(searches: list[int], shows_tree: bool) -> None:
    model = nn.ParameterList([nn.Parameter(torch.zeros(1)) for _ in range(1000)])
    optimizer = torch.optim.LBFGS(model.parameters())
    adapter = TorchAdapter(model)
    for trainable in (False, True):
        for at in range(1000):
            adapter.set_trainable(str(at), trainable)
            if shows_tree and at % 100 == 0:
                adapter.tree()
    assert len(searches) == 1
    del optimizer


def test_when_time_has_passed_it_searches_again(searches: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(torch_optimizers, "monotonic", lambda: now[0])
    adapter = TorchAdapter(net())
    for seconds in (0.0, 0.01, 0.01, 1.0):
        now[0] += seconds
        adapter.set_trainable("0.weight", False)
    assert len(searches) == 2


@pytest.mark.usefixtures("stopped_clock")
def test_an_optimizer_made_within_a_burst_is_found() -> None:
    model = net()
    adapter = TorchAdapter(model)
    adapter.set_trainable("0.bias", False)
    optimizer = LBFGS["fixed step"](model.parameters())
    steps(model, optimizer)
    assert "curvature-dropped" in codes(adapter.set_trainable("0.weight", False))
    optimizer = LBFGS["fixed step"](model.parameters())  # takes the place of the first: as many as before
    steps(model, optimizer)
    assert "curvature-dropped" in codes(adapter.set_trainable("2.bias", False))

    class Later(Drift):
        pass

    later = Later([model[2].weight])
    later.step()
    assert "optimizer-unknown" in codes(adapter.set_trainable("2.weight", False))


@pytest.mark.usefixtures("stopped_clock")
def test_a_tensor_added_to_an_optimizer_within_a_burst_is_known() -> None:
    model = net()
    optimizer = torch.optim.SGD([model[2].weight], lr=0.1)
    adapter = TorchAdapter(model)
    for path in ("0.weight", "0.bias"):
        adapter.set_trainable(path, False)
    assert codes(adapter.set_trainable("0.weight", True)) == ["not-in-optimizer"]
    adapter.set_trainable("0.weight", False)
    optimizer.add_param_group({"params": [model[0].weight]})
    assert adapter.set_trainable("0.weight", True) == []
    assert codes(adapter.set_trainable("0.bias", True)) == ["not-in-optimizer"]


@pytest.mark.usefixtures("stopped_clock")
def test_a_broken_optimizer_stops_no_freeze() -> None:
    model = net()
    broken, empty = Drift([model[0].weight]), Drift([model[0].weight])
    del broken.param_groups
    empty.state = None  # type: ignore[assignment]
    adapter = TorchAdapter(model)
    assert adapter.set_trainable("0.weight", False) == []
    assert adapter.set_trainable("0.weight", True) == []
