"""Tensors that share memory: what is counted and stored once, and that finding out stays cheap."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from torch import nn

from paramwidget.adapters import torch_sharing
from paramwidget.adapters.torch import TorchAdapter
from paramwidget.adapters.torch_sharing import shared
from paramwidget.tree import Node

torch.set_num_threads(1)


def tree(model: Any) -> Node:
    return TorchAdapter(model).tree()


def stored(root: Node) -> list[str]:
    return [p.path for p in root.walk() if p.stored]


def test_of_a_part_and_the_whole_the_whole_is_counted_whatever_comes_first() -> None:
    base = torch.arange(10.0)
    for order in (("part", "whole"), ("whole", "part")):
        tensors = {"part": base[:2], "whole": base}
        root = tree({name: tensors[name] for name in order})
        assert (root.count, root.bytes) == (10, 40)
        assert {p.tied for p in root.walk()} == {order[0]}
        assert stored(root) == ["whole"]


def test_parts_of_one_memory_that_overlap_are_all_stored_and_the_largest_is_counted() -> None:
    base = torch.arange(10.0)
    root = tree({"a": base[:4], "b": base[3:9], "in b": base[4:6], "alone": base[9:]})
    assert stored(root) == ["a", "b", "alone"]
    assert [p.path for p in root.walk() if p.counted] == ["b", "alone"]


def test_torch_counts_objects_and_memory_is_counted_once() -> None:
    base = torch.zeros(10)
    model = nn.ParameterDict({"part": nn.Parameter(base[:2]), "whole": nn.Parameter(base)})
    root = tree(model)
    assert root.count == sum(p.numel() for p in model.parameters()) == 12
    assert root.bytes == 40


def test_one_view_under_several_names_is_stored_under_the_first() -> None:
    weight = torch.zeros(4, 4)
    for second in (weight, weight.view(4, 4), weight.t(), weight.view(16)):
        assert stored(tree({"a": weight, "b": second})) == ["a"]
    columns = weight[:, 1:3]
    assert stored(tree({"a": columns, "b": weight[:, 1:3], "c": columns})) == ["a"]
    assert stored(tree({"a": columns, "b": weight})) == ["b"]
    meta = nn.Parameter(torch.zeros(2, device="meta"))
    assert stored(tree(nn.ParameterDict({"a": meta, "b": meta}))) == ["a"]


def test_what_covers_its_memory_with_holes_hides_no_other() -> None:
    matrix = torch.zeros(4, 4)
    root = tree({"columns": matrix[:, :2], "row": matrix[1]})
    assert stored(root) == ["columns", "row"]
    plain = torch.zeros(3)
    assert stored(tree({"repeated": plain.expand(5, 3), "plain": plain})) == ["plain"]


def test_empty_views_of_one_memory_share_nothing() -> None:
    base = torch.zeros(3)
    assert {p.tied for p in tree({"a": base[:0], "b": base[:0], "c": base}).walk()} == {""}


def some_views(rng: random.Random) -> list[torch.Tensor]:
    base = torch.zeros(8, 8)
    found: list[torch.Tensor] = []
    for _ in range(rng.randint(2, 7)):
        kind = rng.random()
        (a, b), (c, d) = (sorted(rng.sample(range(9), 2)) for _ in range(2))
        view = base[a:b, c:d] if kind < 0.5 else base.view(64)[a * 7 : a * 7 + b]
        if kind < 0.15:
            view = view.t()
        elif kind < 0.25:
            view = view[::2]
        elif kind > 0.95:
            view = base[0, :4].expand(3, 4)
        found.append(rng.choice(found) if found and rng.random() < 0.1 else view)
    return found


@pytest.mark.parametrize("seed", range(300))
def test_groups_are_those_that_a_count_of_all_cells_finds(seed: int) -> None:
    views = some_views(random.Random(seed))
    cells = [
        set(torch.arange(64).as_strided(v.shape, v.stride(), v.storage_offset()).flatten().tolist()) for v in views
    ]
    group = list(range(len(views)))
    for _ in views:
        for a in range(len(views)):
            for b in range(len(views)):
                if cells[a] & cells[b]:
                    group[a] = group[b] = min(group[a], group[b])
    members = {first: [at for at, g in enumerate(group) if g == first] for first in set(group)}
    wanted = {at: first for first, several in members.items() if len(several) > 1 for at in several}
    found = shared(views)
    assert {at: one.first for at, one in found.items()} == wanted
    for first in set(wanted.values()):
        several = members[first]
        kept = [at for at in several if found[at].stored]
        assert set().union(*(cells[at] for at in kept)) == set().union(*(cells[at] for at in several))
        (largest,) = [at for at in several if found[at].largest]
        assert largest in kept


# ---------------------------------------------------------------------- cost


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often groups were asked, and tensors compared exactly."""
    done = {"asked": 0, "compared": 0}
    meet, share = torch_sharing._Sweep._meet, torch_sharing._share

    def asked(self: Any, group: Any, span: Any) -> bool:
        done["asked"] += 1
        return meet(self, group, span)

    def compared(a: torch.Tensor, b: torch.Tensor) -> bool:
        done["compared"] += 1
        return share(a, b)

    monkeypatch.setattr(torch_sharing._Sweep, "_meet", asked)
    monkeypatch.setattr(torch_sharing, "_share", compared)
    return done


def test_one_memory_under_thousands_of_names_is_compared_with_nothing(work: dict[str, int]) -> None:
    weight = torch.zeros(4)
    root = tree({f"l{i}.w": weight.view(2, 2) for i in range(3000)})
    assert work == {"asked": 0, "compared": 0}
    assert {p.tied for p in root.walk()} == {"l0.w"}
    assert (root.count, root.bytes) == (4, 16)


@pytest.mark.parametrize("kind", ["nested", "chain", "apart", "nested columns"])
def test_the_work_grows_with_the_number_of_views_and_not_with_its_square(work: dict[str, int], kind: str) -> None:
    n = 1000
    base = torch.zeros(n * 10 + 20)
    views = {
        "nested": [base[: i + 1] for i in range(n)],
        "chain": [base[i * 10 : i * 10 + 11] for i in range(n)],
        "apart": [base[i * 10 : i * 10 + 10] for i in range(n)],
        "nested columns": [base[: n * 10].view(10, n)[:, : i + 1] for i in range(n)],
    }[kind]
    found = shared(views)
    assert len(found) == (0 if kind == "apart" else n)
    assert work["asked"] <= n
    assert work["compared"] <= (n if kind == "nested columns" else 0)


def test_the_work_of_the_worst_case_is_bounded(work: dict[str, int]) -> None:
    matrix = torch.zeros(3, 3000)
    shared([matrix[:, i] for i in range(3000)])
    assert work["compared"] <= 10_000
