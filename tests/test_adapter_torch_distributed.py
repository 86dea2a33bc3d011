"""Models that are spread over processes: sharded tensors are refused, replicas are edited and warned about.

One process that forms a group with itself is enough to make every class of wrapper and tensor.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FullyShardedDataParallel, fully_shard
from torch.distributed.tensor import DTensor, Shard, distribute_tensor
from torch.nn.parallel import DistributedDataParallel

from paramwidget.adapters.torch import TorchAdapter
from paramwidget.errors import FreezeError, NoValuesError, ReadOnlyError
from paramwidget.region import Region

torch.set_num_threads(1)


@pytest.fixture(scope="module", autouse=True)
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    store: Path = tmp_path_factory.mktemp("group") / "store"
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))


def codes(notices: list[Any]) -> list[str]:
    return [notice.code for notice in notices]


def one(path: str, adapter: TorchAdapter, value: float) -> None:
    p = adapter.tree()[path]
    region = Region.of((0,) * len(p.shape), p.shape)
    adapter.write(path, region, np.full(region.extent, value, np.float32))


PATHS = ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_a_data_parallel_model_has_the_paths_of_what_it_wraps_and_is_edited() -> None:
    plain = net()
    model = torch.compile(DistributedDataParallel(plain))
    adapter = TorchAdapter(model)
    assert [p.path for p in adapter.tree().walk()] == PATHS
    one("1.weight", adapter, 6)
    assert plain[1].weight[0, 0].item() == 6
    assert adapter.after_write("1.weight") == [], "there is no other process"


def test_an_edit_in_one_of_several_processes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    assert codes(TorchAdapter(net()).after_write("0.weight")) == ["other-processes"]


def test_a_freeze_after_wrapping_is_told_because_the_next_iteration_may_raise() -> None:
    model = DistributedDataParallel(net())
    adapter = TorchAdapter(model)
    x = torch.ones(2, 2)
    model(x).sum().backward()
    notices = adapter.set_trainable("0.weight", False)
    assert codes(notices) == ["gradient-dropped", "wrapped-before"]
    model(x).sum().backward()
    with pytest.raises(RuntimeError, match="Expected to have finished reduction"):
        model(x)
    tolerant = DistributedDataParallel(net(), find_unused_parameters=True)
    assert TorchAdapter(tolerant).set_trainable("0.weight", False) == []


def test_a_sharded_tensor_is_listed_whole_and_refused() -> None:
    mesh = init_device_mesh("cpu", (1,))
    model = nn.Linear(2, 3)
    model.weight = nn.Parameter(distribute_tensor(model.weight.detach(), mesh, [Shard(0)]))
    assert isinstance(model.weight, DTensor)
    adapter = TorchAdapter(model)
    p = adapter.tree()["weight"]
    assert (p.shape, p.readable, p.writable, p.reason) == ((3, 2), False, False, "distributed")
    assert adapter.tree()["bias"].writable
    with pytest.raises(ReadOnlyError, match="distributed"):
        adapter.write("weight", Region.full((3, 2)), np.zeros((3, 2), np.float32))
    with pytest.raises(NoValuesError, match="distributed"):
        adapter.read("weight", Region.full((3, 2)))


def test_a_fully_sharded_model_is_frozen_but_not_written() -> None:
    model = net()
    for layer in model:
        fully_shard(layer)
    fully_shard(model)
    adapter = TorchAdapter(model)
    root = adapter.tree()
    assert [p.path for p in root.walk()] == PATHS
    assert {p.reason for p in root.walk()} == {"distributed"}
    assert root.count == sum(p.numel() for p in model.parameters())
    adapter.set_trainable("0.weight", False)
    model(torch.ones(1, 2)).sum().backward()
    assert model[0].weight.grad is None
    assert model[1].weight.grad is not None
    adapter.set_trainable("0.weight", True)
    model(torch.ones(1, 2)).sum().backward()
    assert model[0].weight.grad is not None


def test_buffers_of_a_fully_sharded_model_are_whole_and_edited() -> None:
    model = fully_shard(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)))
    adapter = TorchAdapter(model)
    assert adapter.tree()["1.running_mean"].writable
    one("1.running_mean", adapter, 3)
    assert model[1].running_mean[0].item() == 3


def test_the_gathered_copy_after_a_forward_pass_is_not_written() -> None:
    """The root of an FSDP2 model stays gathered between forward and backward; what is written there is thrown away."""
    model = fully_shard(nn.Linear(2, 1))
    loss = model(torch.ones(1, 2)).sum()
    assert not isinstance(model.weight, DTensor), "torch reshards the root now: the test is void"
    adapter = TorchAdapter(model)
    p = adapter.tree()["weight"]
    assert (p.readable, p.writable, p.reason) == (True, False, "distributed")
    with pytest.raises(ReadOnlyError, match="distributed"):
        adapter.write("weight", Region.full((1, 2)), np.zeros((1, 2), np.float32))
    with pytest.raises(FreezeError, match="distributed"):
        adapter.set_trainable("weight", False)
    loss.backward()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("original", [True, False], ids=["original parameters", "one flat parameter"])
def test_models_of_the_first_fsdp_are_listed_and_refused(original: bool) -> None:
    model = FullyShardedDataParallel(net(), use_orig_params=original, device_id=torch.device("cpu"))
    adapter = TorchAdapter(model)
    root = adapter.tree()
    assert [p.path for p in root.walk()] == (PATHS if original else ["_flat_param"])
    assert {(p.writable, p.reason) for p in root.walk()} == {(False, "distributed")}
    for p in root.walk():
        with pytest.raises(ReadOnlyError, match="distributed"):
            adapter.write(p.path, Region.full(p.shape), np.zeros(p.shape, np.float32))
