"""Freezing in torch: what was frozen does not move in the next steps, and what else happens is told."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from paramwidget.adapters.torch import TorchAdapter
from paramwidget.errors import FreezeError
from paramwidget.notices import SENTENCES, Notice, sentence
from paramwidget.region import Region

torch.set_num_threads(1)

OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1),
    "SGD with momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "SGD with weight decay": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.1),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.1),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.1),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.1),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
}
# with a zeroed gradient left these move a tensor whose requires_grad is False; with a gradient left all do
MOVES_AT_ZERO = ("SGD with momentum", "SGD with weight decay", "Adam", "AdamW")


@pytest.fixture(autouse=True)
def _no_optimizer_of_another_test() -> None:
    gc.collect()


def codes(notices: list[Notice]) -> list[str]:
    for notice in notices:
        assert sentence(notice)[2]
    return [notice.code for notice in notices]


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))


def step(model: nn.Module, optimizer: torch.optim.Optimizer, to_none: bool = True) -> None:
    optimizer.zero_grad(set_to_none=to_none)
    model(torch.ones(4, 3)).pow(2).sum().backward()
    optimizer.step()


def movement(model: nn.Sequential, optimizer: torch.optim.Optimizer, to_none: bool) -> float:
    before = model[0].weight.detach().clone()
    other = model[2].weight.detach().clone()
    optimizer.step()  # the gradients that were there at the freeze
    for _ in range(3):
        step(model, optimizer, to_none)
    assert not torch.equal(model[2].weight, other), "nothing trains: the test is void"
    return (model[0].weight - before).abs().max().item()


@pytest.mark.parametrize("to_none", [True, False], ids=["grad=None loop", "grad=0 loop"])
@pytest.mark.parametrize("gradient", ["left", "zeroed"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_frozen_tensor_does_not_move_at_all(name: str, gradient: str, to_none: bool) -> None:
    model = net()
    optimizer = OPTIMIZERS[name](model.parameters())
    for _ in range(2):
        step(model, optimizer)
    model(torch.ones(4, 3)).pow(2).sum().backward()
    if gradient == "zeroed":
        model[0].weight.grad.zero_()
    assert codes(TorchAdapter(model).set_trainable("0.weight", False)) == ["gradient-dropped"]
    assert movement(model, optimizer, to_none) == 0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_flag_alone_would_not_have_frozen_it(name: str) -> None:
    """The reason for dropping the gradient, kept true: torch goes on stepping what has one."""
    for gradient in ("left", "zeroed"):
        model = net()
        optimizer = OPTIMIZERS[name](model.parameters())
        for _ in range(2):
            step(model, optimizer)
        model[0].weight.requires_grad_(False)
        if gradient == "zeroed":
            model[0].weight.grad.zero_()
        before = model[0].weight.detach().clone()
        optimizer.step()
        moved = not torch.equal(model[0].weight, before)
        assert moved == (gradient == "left" or name in MOVES_AT_ZERO)


def test_without_a_gradient_none_is_reported_as_dropped() -> None:
    assert TorchAdapter(net()).set_trainable("0.weight", False) == []


def test_a_gradient_left_on_a_tensor_frozen_by_hand_is_dropped_as_well() -> None:
    model = net()
    model(torch.ones(1, 3)).sum().backward()
    model[0].weight.requires_grad_(False)
    assert codes(TorchAdapter(model).set_trainable("0.weight", False)) == ["gradient-dropped"]
    assert model[0].weight.grad is None


def test_freezing_keeps_the_object_its_values_and_all_others() -> None:
    model = net()
    adapter = TorchAdapter(model)
    before = [(id(p), p.detach().clone()) for p in model.parameters()]
    adapter.set_trainable("2.bias", False)
    assert [id(p) for p in model.parameters()] == [i for i, _ in before]
    assert all(torch.equal(p, old) for p, (_, old) in zip(model.parameters(), before, strict=True))
    assert [p.requires_grad for p in model.parameters()] == [True, True, True, False]
    assert [p.trainable for p in adapter.tree().walk()] == [True, True, True, False]
    adapter.set_trainable("2.bias", True)
    assert all(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(
    "layer",
    [nn.BatchNorm1d(3), nn.InstanceNorm1d(3, affine=True, track_running_stats=True)],
    ids=["batch norm", "instance norm"],
)
@pytest.mark.parametrize("training", [True, False])
def test_the_statistics_of_a_frozen_norm_still_move_and_that_is_told(layer: nn.Module, training: bool) -> None:
    model = nn.Sequential(layer).train(training)
    adapter = TorchAdapter(model)
    assert "statistics-move" in codes(adapter.set_trainable("0.weight", False))
    before = model[0].running_mean.clone()
    model.train()
    with torch.no_grad():
        model(torch.randn(4, 3, 5) + 3)
    assert not torch.equal(model[0].running_mean, before)


def test_norms_without_running_statistics_are_quiet() -> None:
    model = nn.Sequential(nn.BatchNorm1d(3, track_running_stats=False), nn.LayerNorm(3), nn.Linear(3, 1))
    adapter = TorchAdapter(model)
    assert adapter.set_trainable("0.weight", False) == []
    assert adapter.set_trainable("1.weight", False) == []


def test_a_freeze_between_forward_and_backward_raises_nothing_and_leaves_no_gradient() -> None:
    model = net()
    adapter = TorchAdapter(model)
    loss = model(torch.ones(1, 3)).sum()
    adapter.set_trainable("0.weight", False)
    loss.backward()
    assert model[0].weight.grad is None
    assert model[0].bias.grad is not None


def test_freezing_the_last_tensor_that_trains_is_told() -> None:
    model = net()
    adapter = TorchAdapter(model)
    paths = list(adapter.tree().index)
    found = [codes(adapter.set_trainable(path, False)) for path in paths]
    assert found == [[], [], [], ["gradients-off"]]
    with pytest.raises(RuntimeError, match="does not require grad"):
        model(torch.ones(1, 3)).sum().backward()
    assert adapter.set_trainable(paths[0], False) == [], "nothing changed, so there is nothing new to tell"
    adapter.set_trainable(paths[2], True)
    adapter.set_trainable(paths[1], True)
    assert [codes(adapter.set_trainable(path, False)) for path in (paths[2], paths[1])] == [[], ["gradients-off"]]


def test_a_tensor_that_was_unfrozen_by_hand_counts_as_training() -> None:
    model = net()
    adapter = TorchAdapter(model)
    for path in list(adapter.tree().index):
        adapter.set_trainable(path, False)
    model[0].weight.requires_grad_(True)
    model[2].bias.requires_grad_(True)
    assert adapter.set_trainable("2.bias", False) == []


def test_a_tensor_that_was_replaced_and_lives_on_in_an_optimizer_does_not_count_as_training() -> None:
    model = net()
    adapter = TorchAdapter(model)
    adapter.set_trainable("0.weight", False)
    old = list(model.parameters())
    for layer in (model[0], model[2]):
        layer.weight = nn.Parameter(layer.weight.detach().clone(), requires_grad=False)
        layer.bias = nn.Parameter(layer.bias.detach().clone(), requires_grad=layer is model[0])
    adapter.tree()
    assert old[-1].requires_grad
    assert codes(adapter.set_trainable("0.bias", False)) == ["gradients-off"]


# ---------------------------------------------------------------------- optimizers


def test_unfreezing_what_no_optimizer_holds_is_told_and_it_indeed_does_not_move() -> None:
    model = net()
    model[0].weight.requires_grad_(False)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    adapter = TorchAdapter(model)
    assert codes(adapter.set_trainable("0.weight", True)) == ["not-in-optimizer"]
    before = model[0].weight.detach().clone()
    step(model, optimizer)
    assert model[0].weight.grad is not None
    assert torch.equal(model[0].weight, before)
    adapter.set_trainable("0.weight", False)
    adapter.tree()
    optimizer.add_param_group({"params": [model[0].weight]})
    assert adapter.set_trainable("0.weight", True) == []
    step(model, optimizer)
    assert not torch.equal(model[0].weight, before)


def test_without_an_optimizer_of_this_model_nothing_is_said() -> None:
    model, other = net(), net()
    adapter = TorchAdapter(model)
    adapter.set_trainable("0.weight", False)
    assert adapter.set_trainable("0.weight", True) == []
    adapter.set_trainable("0.weight", False)
    adapter.tree()
    unrelated = torch.optim.SGD(other.parameters(), lr=0.1)
    assert adapter.set_trainable("0.weight", True) == []
    del unrelated


def test_an_optimizer_of_the_users_own_class_is_found() -> None:
    class Mine(torch.optim.SGD):
        pass

    model = net()
    model[0].weight.requires_grad_(False)
    held = Mine([model[0].bias, model[2].weight], lr=0.1)
    assert codes(TorchAdapter(model).set_trainable("0.weight", True)) == ["not-in-optimizer"]
    del held


def test_the_search_for_optimizers_touches_no_other_object() -> None:
    """Weak proxies of dead objects raise on any look at them, and lazy objects would load what they stand for."""

    class Trap:
        touched = False

        @property
        def __class__(self) -> type:
            Trap.touched = True
            raise RuntimeError("looked at")

        @__class__.setter
        def __class__(self, value: type) -> None: ...

    class Gone: ...

    gone = Gone()
    traps = [Trap(), weakref.proxy(gone)]
    del gone
    model = net()
    model[0].weight.requires_grad_(False)
    optimizer = torch.optim.SGD([model[2].weight], lr=0.1)
    assert codes(TorchAdapter(model).set_trainable("0.weight", True)) == ["not-in-optimizer"]
    assert not Trap.touched
    assert len(traps) == 2
    del optimizer


def test_the_search_keeps_no_optimizer_and_no_tensor_alive() -> None:
    model = net()
    adapter = TorchAdapter(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    adapter.set_trainable("0.weight", False)
    adapter.set_trainable("0.weight", True)
    dead_optimizer, dead_tensor = weakref.ref(optimizer), weakref.ref(model[0].weight)
    del optimizer
    model[0].weight = nn.Parameter(torch.zeros(4, 3))
    gc.collect()
    assert dead_optimizer() is None
    assert dead_tensor() is None


# ---------------------------------------------------------------------- refusals


def test_what_has_no_gradient_is_refused_with_the_reason() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("running", torch.zeros(2))
            self.count = nn.Parameter(torch.zeros(2, dtype=torch.int64), requires_grad=False)
            self.mask = nn.Parameter(torch.zeros(2, dtype=torch.bool), requires_grad=False)
            self.source = nn.Parameter(torch.ones(2))
            self._parameters["computed"] = self.source * 2

    model = Odd()
    adapter = TorchAdapter(model)
    root = adapter.tree()
    assert {p.path: p.trainable for p in root.walk()} == {
        "running": None,
        "count": None,
        "mask": None,
        "source": True,
        "computed": None,
    }
    wanted = {"running": "no parameter", "count": "floating", "mask": "floating", "computed": "computed from other"}
    for path, why in wanted.items():
        for trainable in (True, False):
            with pytest.raises(FreezeError, match=why):
                adapter.set_trainable(path, trainable)


def test_a_state_dict_trains_only_what_it_still_holds_as_parameters() -> None:
    model = net()
    with pytest.raises(FreezeError, match="no parameter"):
        TorchAdapter(model.state_dict()).set_trainable("0.weight", False)
    adapter = TorchAdapter(dict(model.named_parameters()))
    adapter.set_trainable("0.weight", False)
    assert not model[0].weight.requires_grad
    assert adapter.tree()["0.weight"].trainable is False


def test_lazy_parameters_take_the_freeze_along_when_they_get_their_shape() -> None:
    model = nn.Sequential(nn.LazyLinear(2))
    adapter = TorchAdapter(model)
    adapter.set_trainable("0.weight", False)
    assert adapter.tree()["0.weight"].trainable is False
    model(torch.ones(1, 3))
    p = adapter.tree()["0.weight"]
    assert (p.shape, p.trainable) == ((2, 3), False)
    assert not model[0].weight.requires_grad


def test_a_module_built_in_inference_mode_is_frozen() -> None:
    with torch.inference_mode():
        model = nn.Linear(2, 2)
    adapter = TorchAdapter(model)
    adapter.set_trainable("weight", False)
    assert not model.weight.requires_grad


def test_complex_parameters_are_frozen() -> None:
    model = nn.ParameterDict({"z": nn.Parameter(torch.ones(2, dtype=torch.complex64))})
    adapter = TorchAdapter(model)
    assert adapter.tree()["z"].trainable is True
    adapter.set_trainable("z", False)
    assert adapter.tree()["z"].trainable is False


# ---------------------------------------------------------------------- compiled code


def test_a_model_compiled_with_constant_weights_is_told_of() -> None:
    import torch._inductor.config as inductor

    model = net()
    compiled = torch.compile(model)
    with inductor.patch(freezing=True):
        assert codes(TorchAdapter(compiled).after_write("0.weight")) == ["compile-frozen"]
        assert TorchAdapter(model).after_write("0.weight") == []
        model.compile()
        assert codes(TorchAdapter(model).after_write("0.weight")) == ["compile-frozen"]
    assert TorchAdapter(compiled).after_write("0.weight") == []


def test_compiled_code_sees_writes_without_another_compilation() -> None:
    counter = {"compiled": 0}

    def backend(graph: torch.fx.GraphModule, inputs: Any) -> Any:
        counter["compiled"] += 1
        return graph.forward

    model = nn.Linear(2, 1, bias=False)
    compiled = torch.compile(model, backend=backend)
    adapter = TorchAdapter(compiled)
    compiled(torch.ones(1, 2))
    adapter.write("weight", Region.full((1, 2)), np.array([[3.0, 4.0]], np.float32))
    assert compiled(torch.ones(1, 2)).item() == 7
    assert counter["compiled"] == 1


def test_every_code_has_a_sentence() -> None:
    wanted = {"gradient-dropped", "statistics-move", "gradients-off", "not-in-optimizer", "compile-frozen"}
    assert wanted | {"wrapped-before", "other-processes"} <= set(SENTENCES)
