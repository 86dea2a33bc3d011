"""The torch adapter: the contract, every element type, and writes that autograd and optimizers notice."""

from __future__ import annotations

import warnings
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch
from torch import nn

from paramwidget.adapters import adapter_for
from paramwidget.adapters.torch import TorchAdapter, fits
from paramwidget.errors import NoValuesError, PathError, ReadOnlyError, RegionError, ValueRefusedError
from paramwidget.region import Region
from paramwidget.testing import AdapterContract

torch.set_num_threads(1)

DTYPES = [
    torch.float16,
    torch.float32,
    torch.float64,
    torch.bfloat16,
    torch.float8_e4m3fn,
    torch.float8_e4m3fnuz,
    torch.float8_e5m2,
    torch.float8_e5m2fnuz,
    torch.float8_e8m0fnu,
    torch.complex64,
    torch.complex128,
    torch.bool,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.uint8,
    torch.uint16,
    torch.uint32,
    torch.uint64,
]


def numpy_of(dtype: torch.dtype) -> np.dtype:
    name = str(dtype).removeprefix("torch.")
    return np.dtype(getattr(ml_dtypes, name, None) or name)


def stored(tensor: torch.Tensor) -> np.ndarray:
    """What a tensor holds, from the bytes of a contiguous copy: no conversion of numbers takes part."""
    with torch.no_grad():
        copy = tensor.detach().resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)
    raw = bytes(copy.untyped_storage())
    return np.frombuffer(raw, numpy_of(tensor.dtype)).reshape(tuple(tensor.shape)).copy()


def from_bits(dtype: torch.dtype, shape: tuple[int, ...], seed: int = 0) -> torch.Tensor:
    """A tensor of random bits: every NaN payload, infinity and subnormal number may be in it."""
    size = int(np.prod(shape)) * dtype.itemsize
    raw = np.random.default_rng(seed).integers(0, 2 if dtype is torch.bool else 256, size, dtype=np.uint8)
    flat = torch.from_numpy(raw)
    return (flat.view(dtype) if size else torch.zeros(0, dtype=dtype)).reshape(shape)


def at(model: nn.Module, path: str) -> torch.Tensor:
    owner, _, name = path.rpartition(".")
    found: torch.Tensor = getattr(model.get_submodule(owner), name)
    return found


def write(adapter: TorchAdapter, path: str, index: Any, value: Any) -> None:
    p = adapter.tree()[path]
    region = Region.of(index, p.shape)
    adapter.write(path, region, np.full(region.extent, value, dtype=numpy_of(getattr(torch, p.dtype))))


class Everything(nn.Module):
    """One tensor of every sort that a module can hold and numpy can show."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        for dtype in DTYPES:
            trains = dtype.is_floating_point or dtype.is_complex
            name = str(dtype).removeprefix("torch.")
            self.register_parameter(f"of {name}", nn.Parameter(from_bits(dtype, (3, 4)), requires_grad=trains))
        for rank in range(9):
            self.register_buffer(f"rank{rank}", torch.randn((2,) * rank, generator=generator))
        self.conv = nn.Conv2d(2, 4, 3).to(memory_format=torch.channels_last)
        self.turned = nn.Parameter(torch.randn(4, 6, generator=generator).t())
        self.strided = nn.Parameter(torch.randn(6, 8, generator=generator)[::2, 1::3])
        self.empty = nn.Parameter(torch.zeros(0, 3))
        self.norm = nn.BatchNorm1d(3)
        self.lazy = nn.LazyLinear(2)
        self.frozen = nn.Parameter(torch.ones(2), requires_grad=False)
        self.embed = nn.Embedding(5, 3)
        self.head = nn.Linear(3, 5)
        self.head.weight = self.embed.weight


class TestTorchAdapter(AdapterContract):
    tied = (("embed.weight", "head.weight"),)
    unreadable = ("lazy.weight", "lazy.bias")

    def make(self) -> tuple[nn.Module, dict[str, np.ndarray]]:
        model = Everything()
        tensors = [*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)]
        return model, {path: stored(t) for path, t in tensors if not path.startswith("lazy.")}

    def inspect(self, model: nn.Module, path: str) -> np.ndarray:
        return stored(at(model, path))

    def overwrite(self, model: nn.Module, path: str, values: np.ndarray) -> None:
        old = at(model, path)
        raw = torch.from_numpy(np.frombuffer(values.tobytes(), np.uint8).copy())
        new = (raw.view(old.dtype) if values.size else torch.empty(0, dtype=old.dtype)).reshape(old.shape)
        if isinstance(old, nn.Parameter):
            new = nn.Parameter(new, requires_grad=old.requires_grad)
        for one in self._ties_of(path) or (path,):
            owner, _, name = one.rpartition(".")
            setattr(model.get_submodule(owner), name, new)


class TestTorchStateDict(AdapterContract):
    tied = (("embed.weight", "head.weight"),)

    def make(self) -> tuple[dict[str, torch.Tensor], dict[str, np.ndarray]]:
        model = Everything()
        del model.lazy
        tensors = dict(model.state_dict())
        return tensors, {path: stored(t) for path, t in tensors.items()}

    def inspect(self, model: dict[str, torch.Tensor], path: str) -> np.ndarray:
        return stored(model[path])

    def overwrite(self, model: dict[str, torch.Tensor], path: str, values: np.ndarray) -> None:
        raw = torch.from_numpy(np.frombuffer(values.tobytes(), np.uint8).copy())
        old = model[path]
        new = (raw.view(old.dtype) if values.size else torch.empty(0, dtype=old.dtype)).reshape(old.shape)
        for one in self._ties_of(path) or (path,):
            model[one] = new


def test_modules_and_mappings_of_tensors_fit_and_nothing_else() -> None:
    assert fits(nn.Linear(2, 2))
    assert fits({"a": torch.zeros(2)})
    assert fits(nn.Linear(2, 2).state_dict())
    assert not fits({})
    assert not fits({"a": torch.zeros(2), "epoch": 3})
    assert not fits({1: torch.zeros(2)})
    assert not fits(torch.zeros(2))
    assert isinstance(adapter_for(nn.Linear(2, 2)), TorchAdapter)


# ---------------------------------------------------------------------- element types


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("rank", range(9))
def test_every_element_type_and_rank_is_read_and_written_bit_by_bit(dtype: torch.dtype, rank: int) -> None:
    shape = (3, 2, 2, 1, 2, 1, 2, 2)[:rank]
    model = nn.ParameterDict({"w": nn.Parameter(from_bits(dtype, shape), requires_grad=False)})
    adapter = TorchAdapter(model)
    wanted = stored(from_bits(dtype, shape, seed=1))
    p, before = adapter.tree()["w"], stored(model["w"])
    assert (p.shape, p.dtype, p.readable, p.writable) == (shape, numpy_of(dtype).name, True, True)
    read = adapter.read("w", Region.full(shape))
    assert read.dtype == numpy_of(dtype)
    assert read.tobytes() == before.tobytes()
    assert not read.flags.writeable
    adapter.write("w", Region.full(shape), wanted)
    assert stored(model["w"]).tobytes() == wanted.tobytes()
    if rank:
        part = Region.of((slice(1, None, 2),), shape)
        adapter.write("w", part, before[1::2])
        wanted[1::2] = before[1::2]
        assert stored(model["w"]).tobytes() == wanted.tobytes()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_an_empty_tensor_is_read_and_written(dtype: torch.dtype) -> None:
    model = nn.ParameterDict({"w": nn.Parameter(torch.zeros(2, 0, 3, dtype=dtype), requires_grad=False)})
    adapter = TorchAdapter(model)
    region = Region.full((2, 0, 3))
    assert adapter.read("w", region).shape == (2, 0, 3)
    adapter.write("w", region, np.zeros((2, 0, 3), numpy_of(dtype)))
    assert (adapter.tree()["w"].tied, adapter.tree()["w"].writable) == ("", True)


@pytest.mark.parametrize("name", ["float4_e2m1fn_x2", "int4", "uint4", "uint1", "bits8", "complex32"])
def test_packed_element_types_are_listed_and_refused(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weight = nn.Parameter(torch.empty(4, dtype=getattr(torch, name)), requires_grad=False)
    adapter = TorchAdapter(nn.ParameterDict({"w": weight}))
    p = adapter.tree()["w"]
    assert (p.dtype, p.shape, p.readable, p.writable, p.reason) == (name, (4,), False, False, "packed")
    with pytest.raises(NoValuesError, match="packed"):
        adapter.read("w", Region.full((4,)))
    with pytest.raises(ReadOnlyError, match="packed"):
        adapter.write("w", Region.full((4,)), np.zeros(4, np.uint8))


def test_conjugated_and_negated_views_are_read_and_written_as_what_they_mean() -> None:
    z = torch.tensor([1 + 2j, 3 - 4j])
    model = nn.ParameterDict({"conj": nn.Parameter(z.conj()), "neg": nn.Parameter(torch._neg_view(torch.ones(2)))})
    adapter = TorchAdapter(model)
    assert model["conj"].is_conj()
    assert adapter.read("conj", Region.full((2,))).tolist() == [1 - 2j, 3 + 4j]
    assert adapter.read("neg", Region.full((2,))).tolist() == [-1, -1]
    write(adapter, "conj", 0, 5 + 1j)
    write(adapter, "neg", 1, 7)
    assert model["conj"].tolist() == [5 + 1j, 3 + 4j]
    assert z.tolist() == [5 - 1j, 3 - 4j]
    assert model["neg"].tolist() == [-1, 7]


# ---------------------------------------------------------------------- reading


def test_reading_a_cpu_tensor_copies_nothing() -> None:
    model = nn.Linear(3, 4).bfloat16()
    read = TorchAdapter(model).read("weight", Region.of((slice(1, 3),), (4, 3)))
    assert read.ctypes.data == model.weight.data_ptr() + 3 * 2


def test_a_huge_expanded_tensor_is_shown_but_never_made_real() -> None:
    one = torch.ones(1).expand(10**6, 10**6)
    adapter = TorchAdapter(nn.ParameterDict({"w": nn.Parameter(one)}))
    p = adapter.tree()["w"]
    assert (p.size, p.readable, p.writable, p.reason) == (10**12, True, False, "expanded")
    assert adapter.read("w", Region.full(p.shape)).shape == p.shape  # 4 TB if anything were copied
    with pytest.raises(ReadOnlyError, match="share one stored element"):
        adapter.write("w", Region.of((0, 0), p.shape), np.full((1, 1), 5.0, np.float32))


def test_a_sliding_window_is_not_written_because_cells_share_elements() -> None:
    window = torch.arange(6.0).as_strided((3, 4), (1, 1))
    adapter = TorchAdapter(nn.ParameterDict({"w": nn.Parameter(window)}))
    p = adapter.tree()["w"]
    assert (p.readable, p.writable, p.reason) == (True, False, "overlapping")
    assert adapter.read("w", Region.full((3, 4))).tolist() == [[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5]]
    with pytest.raises(ReadOnlyError):
        adapter.write("w", Region.full((3, 4)), np.zeros((3, 4), np.float32))


def test_reading_computed_weights_of_a_whole_tree_changes_nothing() -> None:
    """Each look at `.weight` under spectral_norm in training mode runs a power iteration and moves its vectors."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(64, 64)), nn.BatchNorm1d(64)).train()
    vector = "0.parametrizations.weight.0._u"
    start = model.state_dict()[vector].clone()
    _ = model[0].weight
    assert not torch.equal(model.state_dict()[vector], start), "torch reads without a change now: the test is void"
    before = {name: stored(tensor).tobytes() for name, tensor in model.state_dict().items()}
    adapter = TorchAdapter(model)
    for p in adapter.tree().walk():
        adapter.read(p.path, Region.full(p.shape))
    assert {name: stored(tensor).tobytes() for name, tensor in model.state_dict().items()} == before


def test_what_was_read_and_copied_stays_when_the_model_trains() -> None:
    model = nn.Linear(2, 2)
    read = TorchAdapter(model).read("weight", Region.full((2, 2)))
    snapshot = read.copy()
    with torch.no_grad():
        model.weight.add_(1)
    assert not np.array_equal(read, snapshot)
    assert np.allclose(stored(model.weight), snapshot + 1)


def test_a_change_that_no_version_counter_tells_is_read() -> None:
    """Fused optimizers and writes through `.data` do not bump `_version`; values are read from memory each time."""
    model = nn.Linear(2, 2)
    adapter = TorchAdapter(model)
    before = adapter.read("weight", Region.full((2, 2))).copy()
    version = model.weight._version
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1, fused=True)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    assert model.weight._version == version
    after = adapter.read("weight", Region.full((2, 2)))
    assert not np.array_equal(after, before)
    assert after.tobytes() == stored(model.weight).tobytes()


# ---------------------------------------------------------------------- writing


def gradient_of(first: torch.Tensor, last: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """d sum((x A^T) B^T) / dA."""
    return last.sum(0)[:, None] * x.sum(0)[None, :] + torch.zeros_like(first)


def test_a_write_between_steps_is_used_by_the_next_forward_backward_and_step() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4, bias=False), nn.Linear(4, 2, bias=False))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    adapter = TorchAdapter(model)
    write(adapter, "1.weight", (0, slice(None)), 2.0)
    x = torch.randn(5, 3)
    model(x).sum().backward()
    expected = gradient_of(model[0].weight, model[1].weight, x).detach()
    assert torch.allclose(model[0].weight.grad, expected, atol=1e-5)
    before = model[0].weight.detach().clone()
    optimizer.step()
    assert torch.allclose(model[0].weight, before - 0.5 * expected, atol=1e-5)


@pytest.mark.parametrize("outer", [torch.no_grad, torch.enable_grad, torch.inference_mode])
def test_a_write_between_forward_and_backward_is_noticed_by_autograd(outer: Any) -> None:
    """A write through `.data` or a NumPy view would raise nothing, and the gradient would fit no weights at all."""
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    adapter = TorchAdapter(model)
    adapter.tree()
    loss = model(torch.ones(1, 3)).sum()
    with outer():
        adapter.write("1.weight", Region.of((0, 0), (2, 4)), np.full((1, 1), 9, np.float32))
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_reading_between_forward_and_backward_disturbs_nothing() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    loss = model(torch.ones(1, 3)).sum()
    adapter = TorchAdapter(model)
    for p in adapter.tree().walk():
        adapter.read(p.path, Region.full(p.shape))
    loss.backward()
    assert model[0].weight.grad is not None


def test_the_optimizer_keeps_the_object_that_was_written() -> None:
    model = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    before = [(id(p), p.data_ptr(), p.dtype, p.shape, p.stride()) for p in model.parameters()]
    grad = model.weight.grad
    write(TorchAdapter(model), "weight", ..., 1.0)
    assert [(id(p), p.data_ptr(), p.dtype, p.shape, p.stride()) for p in model.parameters()] == before
    assert {id(p) for p in optimizer.param_groups[0]["params"]} == {id(p) for p in model.parameters()}
    assert model.weight.grad is grad
    optimizer.step()
    assert not torch.equal(model.weight, torch.ones(2, 3)), "the optimizer no longer moves the weight"


@pytest.mark.parametrize("shape", [(3,), (1, 3), (3, 1), (), (9,), (3, 3, 1)])
def test_values_that_torch_would_broadcast_are_refused(shape: tuple[int, ...]) -> None:
    model = nn.Linear(3, 3)
    before = stored(model.weight).tobytes()
    with pytest.raises(ValueRefusedError, match="do not fit"):
        TorchAdapter(model).write("weight", Region.full((3, 3)), np.ones(shape, np.float32))
    assert stored(model.weight).tobytes() == before


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int32, ml_dtypes.bfloat16])
def test_values_that_torch_would_cast_are_refused(dtype: Any) -> None:
    model = nn.Linear(3, 3)
    with pytest.raises(ValueRefusedError, match="holds float32"):
        TorchAdapter(model).write("weight", Region.full((3, 3)), np.ones((3, 3), dtype))


@pytest.mark.parametrize("kind", ["channels_last", "transposed", "strided"])
def test_one_cell_of_a_tensor_stored_in_another_order_is_exactly_that_cell(kind: str) -> None:
    weights = {
        "channels_last": torch.randn(4, 3, 2, 2).to(memory_format=torch.channels_last),
        "transposed": torch.randn(3, 5).t(),
        "strided": torch.randn(8, 9)[::2, 1::4],
    }
    model = nn.ParameterDict({"w": nn.Parameter(weights[kind])})
    strides, wanted = model["w"].stride(), stored(model["w"])
    index = (2,) + (1,) * (wanted.ndim - 1)
    write(TorchAdapter(model), "w", index, 42.0)
    wanted[index] = 42
    assert np.array_equal(stored(model["w"]), wanted)
    assert model["w"].stride() == strides


def test_a_module_built_in_inference_mode_is_written() -> None:
    with torch.inference_mode():
        model = nn.Linear(2, 2)
    with pytest.raises(RuntimeError, match="inference"), torch.no_grad():
        model.weight.zero_()
    write(TorchAdapter(model), "weight", (0, 1), 3.0)
    assert model.weight[0, 1].item() == 3


def test_a_write_inside_a_running_autocast_takes_effect_at_once() -> None:
    """autocast keeps the cast of a weight for as long as it runs."""
    model, x = nn.Linear(4, 4, bias=False), torch.ones(1, 4)
    adapter = TorchAdapter(model)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        model(x)
        with torch.no_grad():
            model.weight.fill_(5)
        assert model(x)[0, 0].item() != 20, "torch has no stale cache any more: the test is void"
        write(adapter, "weight", ..., 2.0)
        assert model(x)[0].tolist() == [8, 8, 8, 8]


def test_writing_what_was_read_from_the_same_tensor_is_not_garbled() -> None:
    model = nn.ParameterDict({"w": nn.Parameter(torch.arange(64.0))})
    adapter = TorchAdapter(model)
    values = adapter.read("w", Region.of(slice(0, 63), (64,)))
    adapter.write("w", Region.of(slice(1, 64), (64,)), values)
    assert model["w"].tolist() == [0.0, *map(float, range(63))]


def test_a_region_of_an_older_shape_is_refused() -> None:
    model = nn.ParameterDict({"w": nn.Parameter(torch.zeros(4))})
    adapter = TorchAdapter(model)
    adapter.tree()
    model["w"] = nn.Parameter(torch.zeros(3))
    with pytest.raises(RegionError, match=r"shape \(3,\) now"):
        adapter.read("w", Region.full((4,)))
    with pytest.raises(RegionError, match=r"shape \(3,\) now"):
        adapter.write("w", Region.of(slice(0, 2), (4,)), np.zeros(2, np.float32))


def test_parameters_that_compare_elementwise_are_told_apart_by_identity() -> None:
    model = nn.ParameterDict({"a": nn.Parameter(torch.ones(2)), "b": nn.Parameter(torch.ones(2))})
    adapter = TorchAdapter(model)
    torch.optim.SGD([model["b"]], lr=0.1)
    write(adapter, "b", 0, 4.0)
    assert (model["a"].tolist(), model["b"].tolist()) == ([1, 1], [4, 1])


# ---------------------------------------------------------------------- found again


def test_a_tensor_is_found_again_after_it_was_replaced() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    adapter = TorchAdapter(model)
    adapter.tree()
    old = model[0].weight
    model.load_state_dict({name: torch.ones_like(t) for name, t in model.state_dict().items()}, assign=True)
    assert adapter.read("0.weight", Region.full((2, 2))).tolist() == [[1, 1], [1, 1]]
    write(adapter, "0.weight", (0, 0), 6.0)
    assert model[0].weight[0, 0].item() == 6
    assert 6 not in old.detach()
    model[0] = nn.Linear(3, 2)
    assert adapter.read("0.weight", Region.full((2, 3))).tobytes() == stored(model[0].weight).tobytes()


def test_a_buffer_that_forward_binds_anew_is_read_fresh() -> None:
    class Decay(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("e", torch.ones(2))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.e = self.e * 0.5
            return x

    model = Decay()
    adapter = TorchAdapter(model)
    assert adapter.read("e", Region.full((2,))).tolist() == [1, 1]
    model(torch.zeros(1))
    assert adapter.read("e", Region.full((2,))).tolist() == [0.5, 0.5]
    write(adapter, "e", 0, 8.0)
    model(torch.zeros(1))
    assert model.e.tolist() == [4, 0.25]


def test_a_buffer_that_became_a_parameter_is_found_under_its_name() -> None:
    model = nn.Module()
    model.register_buffer("scale", torch.ones(2))
    adapter = TorchAdapter(model)
    assert adapter.tree()["scale"].role == "buffer"
    del model.scale
    model.scale = nn.Parameter(torch.full((2,), 3.0))
    assert adapter.read("scale", Region.full((2,))).tolist() == [3, 3]
    assert adapter.tree()["scale"].role == "weight"


def test_a_wrapper_put_around_a_layer_leaves_its_path() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    adapter = TorchAdapter(model)
    before = [p.path for p in adapter.tree().walk()]
    model[0] = torch.compile(model[0])
    write(adapter, "0.weight", (1, 1), 7.0)
    assert model[0]._orig_mod.weight[1, 1].item() == 7
    assert [p.path for p in adapter.tree().walk()] == before


def test_a_tensor_that_is_gone_is_a_path_error_that_names_the_closest() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    adapter = TorchAdapter(model)
    adapter.tree()
    with pytest.raises(PathError, match=r"did you mean '0\.weight'"):
        adapter.read("0.weigth", Region.full((2, 2)))
    del model[0]
    with pytest.raises(PathError, match=r"no tensor '0\.weight'"):
        adapter.write("0.weight", Region.full((2, 2)), np.zeros((2, 2), np.float32))
    with pytest.raises(PathError):
        TorchAdapter({"a": torch.zeros(1)}).read("b", Region.full((1,)))
