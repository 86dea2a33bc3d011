"""What torch models are made of: ties, cycles, wrappers, tensors that cannot be shown; paths, counts and axes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize, prune

from paramwidget.adapters.torch import TorchAdapter
from paramwidget.errors import NoValuesError, PathError, ReadOnlyError
from paramwidget.notices import REASONS
from paramwidget.region import Region
from paramwidget.tree import Node

torch.set_num_threads(1)


def tree(model: Any) -> Node:
    return TorchAdapter(model).tree()


def paths(model: Any) -> list[str]:
    return [p.path for p in tree(model).walk()]


def set_cell(model: Any, path: str, index: tuple[int, ...], value: float) -> None:
    adapter = TorchAdapter(model)
    region = Region.of(index, adapter.tree()[path].shape)
    adapter.write(path, region, np.full(region.extent, value, np.float32))


def models() -> dict[str, nn.Module]:
    encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return {
        "transformer": nn.TransformerEncoder(encoder, 2, enable_nested_tensor=False),
        "lstm": nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2),
        "attention": nn.MultiheadAttention(8, 2, kdim=4, vdim=6),
        "conv": nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.PReLU(4), nn.Flatten()),
        "plain norm": nn.BatchNorm1d(3, affine=False, track_running_stats=False),
        "lists": nn.ModuleDict({"pl": nn.ParameterList([torch.ones(2), torch.ones(3)]), "ml": nn.ModuleList()}),
        "parametrized": nn.utils.parametrizations.weight_norm(nn.Linear(2, 3)),
        "meta": nn.Linear(4, 5, device="meta"),
    }


@pytest.mark.parametrize("name", models())
def test_paths_order_and_count_are_torchs_own(name: str) -> None:
    model = models()[name]
    root = tree(model)
    parameters = [p for p in root.walk() if p.role != "buffer"]
    assert {p.path for p in parameters} == {n for n, _ in model.named_parameters(remove_duplicate=False)}
    assert {p.path for p in root.walk() if p.role == "buffer"} == {n for n, _ in model.named_buffers()}
    assert [p.path for p in parameters] == [n for n, _ in model.named_parameters(remove_duplicate=False)]
    assert root.count == sum(p.numel() for p in model.parameters())
    assert {p.path: (p.shape, p.trainable) for p in parameters} == {
        n: (tuple(p.shape), p.requires_grad) for n, p in model.named_parameters(remove_duplicate=False)
    }


def test_kinds_roles_and_names_are_told() -> None:
    root = tree(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.LSTM(3, 4)))
    assert root.kind == "Sequential"
    assert [(n.path, n.name, n.kind) for n in root.children] == [
        ("0", "0", "Linear"),
        ("1", "1", "BatchNorm1d"),
        ("2", "2", "LSTM"),
    ]
    roles = {p.path: p.role for p in root.walk()}
    assert roles["0.weight"] == roles["2.weight_ih_l0"] == "weight"
    assert roles["0.bias"] == roles["2.bias_hh_l0"] == "bias"
    assert roles["1.running_var"] == roles["1.num_batches_tracked"] == "buffer"
    assert tree(nn.MultiheadAttention(4, 2))["in_proj_bias"].role == "bias"
    assert root["1.num_batches_tracked"].dtype == "int64"
    assert root["1.running_mean"].trainable is None


def test_buffers_that_are_not_saved_are_listed_and_missing_ones_are_not() -> None:
    model = nn.Module()
    model.register_buffer("cache", torch.zeros(2), persistent=False)
    model.register_buffer("nothing", None)
    model.register_parameter("absent", None)
    assert paths(model) == ["cache"]


# ---------------------------------------------------------------------- shared memory


def test_tied_weights_are_shown_twice_counted_once_and_move_together() -> None:
    model = nn.ModuleDict({"embed": nn.Embedding(5, 3), "head": nn.Linear(3, 5)})
    model["head"].weight = model["embed"].weight
    root = tree(model)
    assert (root["embed.weight"].tied, root["embed.weight"].counted) == ("embed.weight", True)
    assert (root["head.weight"].tied, root["head.weight"].counted) == ("embed.weight", False)
    assert root["head.bias"].tied == ""
    assert root.count == 20 == sum(p.numel() for p in model.parameters())
    set_cell(model, "head.weight", (1, 1), 9)
    assert model["embed"].weight[1, 1].item() == 9
    assert model["head"].weight is model["embed"].weight


def test_tied_tensors_without_memory_are_known_by_identity_and_empty_ones_are_not_tied() -> None:
    weight = nn.Parameter(torch.empty(2, 2, device="meta"))
    model = nn.ParameterDict(
        {
            "a": weight,
            "b": nn.Parameter(torch.empty(2, 2, device="meta")),
            "empty1": nn.Parameter(torch.zeros(0)),
            "empty2": nn.Parameter(torch.zeros(0)),
        }
    )
    other = nn.ModuleList([model, nn.ParameterDict({"again": weight})])
    tied = {p.path: p.tied for p in tree(other).walk()}
    assert tied == {"0.a": "0.a", "0.b": "", "0.empty1": "", "0.empty2": "", "1.again": "0.a"}


def test_views_that_overlap_are_tied_and_views_that_only_neighbour_are_not() -> None:
    base, columns, same = torch.arange(5.0), torch.zeros(4, 6), torch.zeros(3)
    model = nn.ParameterDict(
        {
            "first": nn.Parameter(base[:3]),
            "second": nn.Parameter(base[2:]),
            "left": nn.Parameter(columns[:, :3]),
            "right": nn.Parameter(columns[:, 3:]),
            "one": nn.Parameter(same),
            "two": nn.Parameter(same),
        }
    )
    root = tree(model)
    assert {p.path: p.tied for p in root.walk()} == {
        "first": "first",
        "second": "first",
        "left": "",
        "right": "",
        "one": "one",
        "two": "one",
    }
    assert root.count == sum(p.numel() for p in model.parameters()) == 36
    set_cell(model, "first", (2,), 7)
    assert model["second"][0].item() == 7


def test_a_chain_of_overlaps_is_one_group_and_thousands_of_views_are_quick() -> None:
    base = torch.zeros(20_000)
    chain = nn.ParameterList([nn.Parameter(base[i * 10 : i * 10 + 11]) for i in range(1000)])
    assert {p.tied for p in tree(chain).walk()} == {"0"}
    matrix = torch.zeros(3, 3000)
    root = tree(nn.ParameterList([nn.Parameter(matrix[:, i]) for i in range(1000)]))
    assert len(root.parameters) == 1000


def test_a_module_in_two_places_is_listed_in_both_and_counted_once() -> None:
    shared = nn.Linear(2, 2)
    root = tree(nn.ModuleDict({"a": shared, "b": nn.Sequential(shared)}))
    assert [(p.path, p.tied, p.counted) for p in root.walk()] == [
        ("a.weight", "a.weight", True),
        ("a.bias", "a.bias", True),
        ("b.0.weight", "a.weight", False),
        ("b.0.bias", "a.bias", False),
    ]
    assert root.count == 6


def test_a_module_that_contains_itself_is_shown_once() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    model[0].parent = model
    with pytest.raises(RecursionError):
        list(model.named_parameters(remove_duplicate=False))
    root = tree(model)
    assert [p.path for p in root.walk()] == ["0.weight", "0.bias"]
    assert {n.path: n.reason for n in root.nodes()} == {"": "", "0": "", "0.parent": "cycle"}
    assert "cycle" in REASONS
    set_cell(model, "0.weight", (0, 0), 5)
    assert model[0].weight[0, 0].item() == 5


def test_a_wrapper_that_wraps_itself_ends() -> None:
    model = nn.Module()
    model.add_module("_orig_mod", model)
    model.weight = nn.Parameter(torch.ones(1))
    assert paths(model) == ["weight"]
    assert TorchAdapter(model).read("weight", Region.full((1,))).tolist() == [1]
    with pytest.raises(PathError):
        TorchAdapter(model).read("nothing", Region.full((1,)))


def test_modules_shared_by_shared_modules_do_not_explode() -> None:
    """Twenty-five levels that each hold the next one twice name 2**25 tensors."""
    module: nn.Module = nn.Linear(1, 1)
    for _ in range(25):
        module = nn.ModuleList([module, module])
    root = tree(module)
    assert root.count == 2
    assert "cut" in {n.reason for n in root.nodes()} & set(REASONS)


def test_very_deep_models_are_cut_and_not_a_crash() -> None:
    module: nn.Module = nn.Linear(1, 1)
    for _ in range(400):
        module = nn.Sequential(module)
    reasons = [n.reason for n in tree(module).nodes()]
    assert reasons[-1] == "cut"
    assert set(reasons) == {"", "cut"}


# ---------------------------------------------------------------------- computed weights


def test_of_a_parametrized_layer_the_original_is_shown_and_editing_it_works() -> None:
    class Double(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * 2

    model = nn.Linear(2, 2, bias=False)
    parametrize.register_parametrization(model, "weight", Double())
    assert paths(model) == ["parametrizations.weight.original"]
    set_cell(model, "parametrizations.weight.original", (0, 0), 3)
    assert model.weight[0, 0].item() == 6


@pytest.mark.parametrize("name", ["weight_norm", "spectral_norm", "orthogonal"])
def test_every_tensor_of_a_parametrized_layer_changes_what_it_computes(name: str) -> None:
    torch.manual_seed(0)
    make = getattr(nn.utils.parametrizations, name)
    model = make(nn.Linear(4, 4)).eval()
    adapter = TorchAdapter(model)
    originals = [p.path for p in adapter.tree().walk() if "original" in p.path]
    assert originals
    for path in originals:
        before = model.weight.detach().clone()
        set_cell(model, path, (1, 0), 4)
        assert not torch.equal(model.weight, before), path


def test_old_weight_norm_shows_the_stored_halves_and_not_the_computed_weight() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = nn.utils.weight_norm(nn.Linear(3, 2))
    assert sorted(paths(model)) == ["bias", "weight_g", "weight_v"]
    x = torch.ones(1, 3)
    before = model(x)
    set_cell(model, "weight_g", (0, 0), 5)
    assert not torch.equal(model(x), before)


def test_of_a_pruned_layer_the_original_and_the_mask_are_shown() -> None:
    model = nn.Linear(3, 2)
    prune.random_unstructured(model, "weight", amount=2)
    root = tree(model)
    assert sorted(root.index) == ["bias", "weight_mask", "weight_orig"]
    assert root["weight_orig"].axes == root["weight_mask"].axes == ("out", "in")
    kept = tuple(int(i) for i in model.weight_mask.nonzero()[0])
    set_cell(model, "weight_orig", kept, 8)
    model(torch.ones(1, 3))
    assert model.weight[kept].item() == 8


def test_the_result_of_an_operation_is_shown_and_not_written() -> None:
    model = nn.Module()
    model.source = nn.Parameter(torch.ones(2))
    model.register_buffer("state", model.source * 3)
    refused(model, "state", "computed", readable=True)
    assert TorchAdapter(model).read("state", Region.full((2,))).tolist() == [3, 3]
    assert tree({"activation": model.source * 2})["activation"].reason == "computed"


def test_a_parameter_that_is_registered_as_a_buffer_too_is_still_counted() -> None:
    model = nn.Module()
    weight = nn.Parameter(torch.ones(3))
    model.first = nn.Module()
    model.first.register_buffer("copy", weight)
    model.weight = nn.Parameter(torch.ones(1))
    model.second = nn.Module()
    model.second.weight = weight
    root = tree(model)
    assert root.count == sum(p.numel() for p in model.parameters()) == 4
    assert (root["first.copy"].tied, root["second.weight"].tied) == ("first.copy", "first.copy")


# ---------------------------------------------------------------------- tensors without plain values


def refused(model: Any, path: str, reason: str, readable: bool = False) -> None:
    adapter = TorchAdapter(model)
    p = adapter.tree()[path]
    assert (p.reason, p.writable, p.readable) == (reason, False, readable)
    assert p.reason in REASONS
    region = Region.full(p.shape)
    with pytest.raises(ReadOnlyError):
        adapter.write(path, region, np.zeros(p.shape, np.float32))
    if not readable:
        with pytest.raises(NoValuesError):
            adapter.read(path, region)


def test_lazy_tensors_are_listed_without_a_shape_and_counted_as_nothing() -> None:
    model = nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d(), nn.Linear(4, 2))
    root = tree(model)
    assert root.count == 10
    assert root["0.weight"].dtype == "float32"
    assert root["0.weight"].trainable is True
    refused(model, "0.weight", "lazy")
    refused(model, "1.running_mean", "lazy")
    adapter = TorchAdapter(model)
    adapter.tree()
    model(torch.ones(2, 3))
    p = adapter.tree()["0.weight"]
    assert (p.shape, p.writable, p.reason) == ((4, 3), True, "")
    assert adapter.tree().count == sum(q.numel() for q in model.parameters())


def test_meta_tensors_have_a_shape_and_no_values() -> None:
    model = nn.Linear(2, 3, device="meta")
    assert tree(model)["weight"].device == "meta"
    assert tree(model).count == 9
    refused(model, "weight", "meta")
    with torch.no_grad():
        model.weight.copy_(torch.ones(3, 2))  # torch accepts it and does nothing: why a write must be refused


def test_weights_that_an_offloading_hook_keeps_elsewhere_are_told_apart() -> None:
    model = nn.Sequential(nn.Linear(2, 3, device="meta"), nn.Linear(3, 1))
    for layer in model:
        layer._hf_hook = SimpleNamespace(weights_map={})  # where accelerate hangs its hook
    refused(model, "0.weight", "offloaded")
    assert tree(model)["1.weight"].writable


@pytest.mark.filterwarnings("ignore")
def test_quantized_layers_and_tensors_are_shown_as_such() -> None:
    tensor = torch.quantize_per_tensor(torch.zeros(2, 2), 0.1, 0, torch.qint8)
    model = nn.Module()
    model.register_buffer("q", tensor)
    refused(model, "q", "quantized")
    dynamic = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(2, 2)), {nn.Linear})
    root = tree(dynamic)
    assert list(root.walk()) == []
    assert root.children[0].reason == "quantized"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", ["to_sparse", "to_sparse_csr", "to_sparse_csc", "to_mkldnn"])
def test_sparse_and_opaque_layouts_are_refused(layout: str) -> None:
    weight = nn.Parameter(getattr(torch.eye(3), layout)(), requires_grad=False)
    model = nn.ParameterDict({"w": weight})
    refused(model, "w", "opaque" if layout == "to_mkldnn" else "sparse")
    assert tree(model)["w"].shape == (3, 3)
    assert tree(model).count == 9


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_nested_tensors_are_refused(layout: torch.layout) -> None:
    nested = torch.nested.nested_tensor([torch.zeros(2, 3), torch.zeros(4, 3)], layout=layout)
    model = nn.ParameterDict({"w": nn.Parameter(nested)})
    refused(model, "w", "nested")
    assert tree(model).count == 18


def test_unknown_subclasses_are_not_written_and_read_only_if_their_bytes_are_their_values() -> None:
    class Harmless(nn.Parameter):
        pass

    class Scaled(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return super().__torch_function__(func, types, args, kwargs or {})

    plain = nn.Module()
    plain._parameters["w"] = Harmless(torch.ones(2))
    refused(plain, "w", "subclass", readable=True)
    assert TorchAdapter(plain).read("w", Region.full((2,))).tolist() == [1, 1]
    clever = nn.Module()
    clever.register_buffer("w", torch.ones(2).as_subclass(Scaled))
    refused(clever, "w", "subclass")


def test_a_tensor_whose_memory_was_given_back_is_not_read() -> None:
    model = nn.ParameterDict({"w": nn.Parameter(torch.ones(4)[1:])})
    model["w"].untyped_storage().resize_(0)
    refused(model, "w", "opaque")


# ---------------------------------------------------------------------- names and wrappers


HOSTILE = ["a b", "a/b", "ünï", "层", "0", "<img src=x onerror=alert(1)>", "a~2", "a:b", "'", "weight", "\n", "x" * 500]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_name_that_torch_allows_is_a_path_that_works(name: str) -> None:
    model = nn.ModuleDict({name: nn.Linear(2, 2)})
    model.register_parameter(name + "!", nn.Parameter(torch.zeros(1)))
    wanted = [n for n, _ in model.named_parameters()]
    assert paths(model) == wanted
    set_cell(model, f"{name}.weight", (0, 1), 3)
    assert model[name].weight[0, 1].item() == 3


@pytest.mark.parametrize("key", ["a", "a.b", "a.b.c", ".", "..x", "a.", "", "a/b", "a~2", "deep" + ".d" * 500])
def test_every_key_of_a_state_dict_is_a_path_that_works(key: str) -> None:
    tensors = {"a": torch.zeros(1), key: torch.zeros(2), "a.b.c.d": torch.zeros(3)}
    adapter = TorchAdapter(tensors)
    root = adapter.tree()
    assert set(root.index) == set(tensors)
    every = [*root.index, *(n.path for n in root.nodes() if n is not root)]
    assert len(every) == len(set(every))
    adapter.write(key, Region.of(0, tensors[key].shape), np.ones(1, np.float32))
    assert tensors[key][0].item() == 1


def test_a_state_dict_is_grouped_by_layer() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.BatchNorm1d(3)))
    root = tree(model.state_dict())
    assert [(n.path, len(n.parameters)) for n in root.nodes()] == [("", 0), ("0", 2), ("1", 0), ("1.0", 5)]
    assert {p.path: p.role for p in root.walk() if p.role != "weight"} == {
        "0.bias": "bias",
        "1.0.bias": "bias",
        "1.0.running_mean": "buffer",
        "1.0.running_var": "buffer",
        "1.0.num_batches_tracked": "buffer",
    }


def wrap(kind: str, model: nn.Module) -> nn.Module:
    if kind == "compile":
        return torch.compile(model)
    if kind == "data parallel":
        return nn.DataParallel(model)
    if kind == "average":
        return torch.optim.swa_utils.AveragedModel(model)
    from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import checkpoint_wrapper

    return checkpoint_wrapper(model)


@pytest.mark.parametrize(
    "kinds",
    [
        ["compile"],
        ["data parallel"],
        ["average"],
        ["checkpoint"],
        ["data parallel", "compile"],
        ["checkpoint", "average"],
    ],
    ids=" in ".join,
)
def test_paths_are_the_same_under_any_wrapper(kinds: list[str]) -> None:
    plain = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    wanted = paths(plain)
    model: nn.Module = plain
    for kind in kinds:
        model = wrap(kind, model)
    root = tree(model)
    assert [p.path for p in root.walk() if p.path != "n_averaged"] == wanted
    assert ("n_averaged" in root.index) == ("average" in kinds)
    assert root.kind == "Sequential"
    assert root.count == sum(p.numel() for p in model.parameters())
    set_cell(model, "2.weight", (0, 2), 5)
    held = next(p for n, p in model.named_parameters() if n.endswith("2.weight"))
    assert held[0, 2].item() == 5


def test_wrapped_layers_inside_a_model_keep_their_paths_too() -> None:
    model = nn.Sequential(wrap("checkpoint", nn.Linear(2, 2)), wrap("compile", nn.Linear(2, 2)))
    assert paths(model) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_a_layer_that_its_author_called_module_is_no_wrapper() -> None:
    model = nn.Module()
    model.module = nn.Linear(1, 1)
    assert paths(model) == ["module.weight", "module.bias"]

    class DataParallel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = nn.Linear(1, 1)

    assert paths(DataParallel()) == ["module.weight", "module.bias"]


def test_a_name_that_looks_like_a_told_apart_one_is_not_mistaken_for_it() -> None:
    inner = nn.Module()
    inner.n_averaged = nn.Parameter(torch.tensor([1.5]))
    inner.register_parameter("n_averaged~2", nn.Parameter(torch.tensor([2.5])))
    adapter = TorchAdapter(torch.optim.swa_utils.AveragedModel(inner))
    found = {p.path: adapter.read(p.path, Region.full(p.shape)).tolist() for p in adapter.tree().walk()}
    assert found == {"n_averaged": 0, "n_averaged~2": [1.5], "n_averaged~2~2": [2.5]}


def test_names_that_collide_under_a_wrapper_are_told_apart_and_both_work() -> None:
    inner = nn.Module()
    inner.n_averaged = nn.Parameter(torch.tensor([1.5]))
    inner.layer = nn.Linear(1, 1)
    model = torch.optim.swa_utils.AveragedModel(inner)
    model.layer = nn.Linear(1, 1)
    found = paths(model)
    assert sorted(found) == sorted(
        ["n_averaged", "n_averaged~2", "layer.weight", "layer.bias", "layer~2.weight", "layer~2.bias"]
    )
    set_cell(model, "n_averaged~2", (0,), 3)
    assert model.module.n_averaged.item() == 3
    assert model.n_averaged.item() == 0
    cells = {"layer.weight": 4.0, "layer~2.weight": 5.0}
    for path, value in cells.items():
        set_cell(model, path, (0, 0), value)
    assert {model.layer.weight.item(), model.module.layer.weight.item()} == {4, 5}


def test_an_average_of_a_model_is_a_model_of_its_own() -> None:
    model = nn.Linear(2, 2)
    average = torch.optim.swa_utils.AveragedModel(model)
    set_cell(model, "weight", (0, 0), 9)
    assert average.module.weight[0, 0].item() != 9


@pytest.mark.filterwarnings("ignore")
def test_scripted_traced_and_exported_models_are_shown_and_edited() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).eval()
    x = torch.ones(1, 2)
    forms = {
        "script": torch.jit.script(model),
        "trace": torch.jit.trace(model, x),
        "export": torch.export.export(model, (x,)).module(),
    }
    for value, (form, module) in enumerate(forms.items(), 2):
        root = tree(module)
        assert {p.path for p in root.walk()} == set(dict(model.named_parameters())) | set(dict(model.named_buffers()))
        set_cell(module, "0.bias", (1,), float(value))
        got = module(x)
        with torch.no_grad():
            model[0].bias[1] = value
        assert torch.allclose(got, model(x)), form
    assert tree(forms["script"]).children[0].kind == "Linear"


# ---------------------------------------------------------------------- modes


def modes(model: nn.Module) -> list[bool]:
    return [module.training for module in model.modules()]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", ["plain", "script", "trace", "compile"])
def test_a_mark_sets_each_layer_back_to_its_mode_and_touches_no_other(form: str) -> None:
    plain = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Dropout()))
    forms: dict[str, Callable[[], Any]] = {
        "plain": lambda: plain,
        "script": lambda: torch.jit.script(plain),
        "trace": lambda: torch.jit.trace(plain, torch.ones(1, 2), check_trace=False),
        "compile": lambda: torch.compile(plain),
    }
    model = forms[form]()
    list(model.modules())[-1].eval()
    before = modes(model)
    assert set(before) == {True, False}
    adapter = TorchAdapter(model)
    mark = adapter.mark()
    assert not any(mark.is_replaced(p.path) for p in adapter.tree().walk())
    for mode in (False, True):
        model.train(mode)
        mark.restore_modes()
        assert modes(model) == before


def test_modes_are_set_without_asking_the_model_and_in_any_depth() -> None:
    class Holding(nn.Module):
        def train(self, mode: bool = True) -> Holding:
            raise AssertionError("it was asked")

    held = Holding()
    module: nn.Module = held
    for _ in range(3000):
        module = nn.Sequential(module, module, None)
    held.again = module
    mark = TorchAdapter(module).mark()
    held.training = False
    mark.restore_modes()
    assert held.training


def test_a_mark_of_a_state_dict_knows_its_tensors() -> None:
    held = nn.Linear(2, 1).state_dict()
    mark = TorchAdapter(held).mark()
    held["bias"] = held["bias"].clone()
    mark.restore_modes()
    assert [path for path in held if mark.is_replaced(path)] == ["bias"]
    with pytest.raises(PathError):
        mark.is_replaced("bia")


# ---------------------------------------------------------------------- axes


def test_the_axes_of_common_layers_have_names() -> None:
    layers = {
        "linear": nn.Linear(2, 3),
        "conv1": nn.Conv1d(1, 2, 3),
        "conv2": nn.Conv2d(1, 2, 3),
        "conv3": nn.Conv3d(1, 2, 3),
        "up": nn.ConvTranspose2d(1, 2, 3),
        "embed": nn.Embedding(4, 2),
        "batch": nn.BatchNorm2d(2),
        "layer": nn.LayerNorm(2),
        "plane": nn.LayerNorm((2, 3)),
        "lstm": nn.LSTM(2, 3, proj_size=1),
        "cell": nn.GRUCell(2, 3),
        "attention": nn.MultiheadAttention(4, 2),
    }
    found = {p.path: p.axes for p in tree(nn.ModuleDict(layers)).walk()}
    wanted = {
        "linear.weight": ("out", "in"),
        "linear.bias": ("out",),
        "conv1.weight": ("out", "in", "kw"),
        "conv2.weight": ("out", "in", "kh", "kw"),
        "conv3.weight": ("out", "in", "kd", "kh", "kw"),
        "up.weight": ("in", "out", "kh", "kw"),
        "up.bias": ("out",),
        "embed.weight": ("token", "dim"),
        "batch.weight": ("channel",),
        "batch.running_var": ("channel",),
        "batch.num_batches_tracked": (),
        "layer.weight": ("channel",),
        "plane.weight": (),
        "lstm.weight_ih_l0": ("gate", "in"),
        "lstm.weight_hh_l0": ("gate", "hidden"),
        "lstm.weight_hr_l0": ("out", "hidden"),
        "lstm.bias_ih_l0": ("gate",),
        "cell.weight_ih": ("gate", "in"),
        "attention.in_proj_weight": ("out", "in"),
        "attention.out_proj.weight": ("out", "in"),
    }
    assert {path: found[path] for path in wanted} == wanted


def test_a_class_of_the_users_own_has_axes_only_if_it_is_a_kind_of_a_known_layer() -> None:
    class Linear(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(2, 3))

    class Mine(nn.Linear):
        pass

    assert tree(Linear())["weight"].axes == ()
    assert tree(Mine(2, 3))["weight"].axes == ("out", "in")


# ---------------------------------------------------------------------- cost


def test_no_element_is_read_for_the_tree() -> None:
    class Watched(torch.utils._python_dispatch.TorchDispatchMode):
        calls: list[str] = []  # noqa: RUF012

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            self.calls.append(str(func))
            return func(*args, **(kwargs or {}))

    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    with Watched() as watched:
        tree(model)
        assert watched.calls == []
        TorchAdapter(model).read("0.weight", Region.full((2, 2)))
    assert watched.calls != []
