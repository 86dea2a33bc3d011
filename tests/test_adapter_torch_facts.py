"""The facts of one torch tensor: those of a new tree, without a walk over the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from paramwidget.adapters import torch_tree
from paramwidget.adapters.torch import TorchAdapter
from paramwidget.errors import PathError, RegionError
from paramwidget.region import Region

torch.set_num_threads(1)


def models() -> dict[str, Any]:
    tied = nn.ModuleDict({"embed": nn.Embedding(5, 3), "head": nn.Linear(3, 5)})
    tied["head"].weight = tied["embed"].weight
    strange = nn.Module()
    strange.source = nn.Parameter(torch.ones(2))
    strange.register_buffer("computed", strange.source * 3)
    strange.register_buffer("count", torch.zeros(2, dtype=torch.int64))
    strange._parameters["dotted.name"] = nn.Parameter(torch.ones(2))
    inner = nn.Module()
    inner.n_averaged = nn.Parameter(torch.tensor([1.5]))
    return {
        "tied": tied,
        "strange": strange,
        "norm": nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)),
        "lazy": nn.Sequential(nn.LazyLinear(2)),
        "meta": nn.Linear(4, 5, device="meta"),
        "wrapped": torch.optim.swa_utils.AveragedModel(inner),
        "state dict": {"a.w": tied["head"].bias[:2], "b": tied["head"].bias, "0.running_mean": torch.zeros(2)},
        "parameters": dict(nn.Linear(2, 3).named_parameters()),
    }


def same(adapter: TorchAdapter) -> None:
    """The facts of all tensors, told before the tree is made anew, are those that it tells."""
    paths = [p.path for p in TorchAdapter(adapter._model).tree().walk()]
    found = [adapter.facts(path) for path in paths]
    assert found == list(TorchAdapter(adapter._model).tree().walk())


@pytest.mark.parametrize("name", models())
def test_the_facts_of_a_tensor_are_those_of_the_tree(name: str) -> None:
    same(TorchAdapter(models()[name]))


def test_what_was_changed_outside_is_told_without_a_new_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    adapter = TorchAdapter(model)
    adapter.tree()

    def walked(model: Any) -> Any:
        raise AssertionError("the model was walked")

    monkeypatch.setattr(torch_tree, "of", walked)
    model[0].weight.requires_grad_(False)
    assert adapter.facts("0.weight").trainable is False
    model.double()
    assert adapter.facts("0.weight").dtype == adapter.facts("1.running_var").dtype == "float64"
    model[0].weight = nn.Parameter(torch.zeros(5, 2))
    assert (adapter.facts("0.weight").shape, adapter.facts("0.weight").trainable) == ((5, 2), True)
    model.to("meta")
    p = adapter.facts("0.bias")
    assert (p.device, p.readable, p.writable, p.reason) == ("meta", False, False, "meta")
    assert p.axes == ("out",)


def test_another_layer_at_the_same_path_is_told() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.LazyLinear(3))
    adapter = TorchAdapter(model)
    adapter.tree()
    model[0] = nn.Embedding(4, 2)
    assert adapter.facts("0.weight").axes == ("token", "dim")
    model(torch.zeros(1, dtype=torch.int64))
    same(adapter)
    model[0] = nn.Module()
    model[0].register_buffer("weight", torch.zeros(2))
    same(adapter)
    model.append(nn.Linear(1, 1))
    same(adapter)


def test_shards_are_told_as_the_tree_tells_them() -> None:
    class FSDPModule(nn.Linear):
        pass

    model = nn.Sequential(FSDPModule(2, 2))
    same(TorchAdapter(model))
    assert TorchAdapter(model).facts("0.weight").reason == "distributed"


def test_a_tensor_that_is_gone_has_no_facts() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    adapter = TorchAdapter(model)
    adapter.tree()
    del model[1]
    with pytest.raises(PathError, match=r"'1\.weight'; did you mean '0\.weight'"):
        adapter.facts("1.weight")
    with pytest.raises(PathError):
        adapter.facts("")
    tensors = {"a": torch.zeros(2), "b": torch.zeros(2)}
    held = TorchAdapter(tensors)
    held.tree()
    del tensors["b"]
    with pytest.raises(PathError):
        held.facts("b")


def test_facts_keep_no_tensor_alive() -> None:
    import weakref

    model = nn.Linear(2, 2)
    adapter = TorchAdapter(model)
    adapter.facts("weight")
    dead = weakref.ref(model.weight)
    model.weight = nn.Parameter(torch.zeros(2, 2))
    assert dead() is None


def test_a_region_of_an_older_shape_says_to_look_again() -> None:
    model = nn.Linear(2, 3)
    adapter = TorchAdapter(model)
    region = Region.full((3, 2))
    model.weight = nn.Parameter(torch.zeros(4, 2))
    with pytest.raises(RegionError, match=r"shape \(4, 2\) now, not \(3, 2\); look at it again"):
        adapter.read("weight", region)
    with pytest.raises(RegionError, match="look at it again"):
        adapter.write("weight", region, np.zeros((3, 2), np.float32))
