"""The layer tree: facts add up, any name is safe, and the filter language selects what it says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramwidget.errors import PathError, QueryError
from paramwidget.tree import Node, Parameter, closest, select, unique


def tree() -> Node:
    conv = Node(
        "conv1",
        "conv1",
        "Conv2D",
        (
            Parameter("conv1/kernel", "kernel", (3, 3, 3, 16), "float32", trainable=True),
            Parameter("conv1/bias", "bias", (16,), "float32", role="bias", trainable=True),
        ),
    )
    norm = Node(
        "block/norm",
        "norm",
        "BatchNormalization",
        (
            Parameter("block/norm/gamma", "gamma", (16,), "float16", trainable=False),
            Parameter("block/norm/mean", "mean", (16,), "float32", role="buffer", trainable=None),
        ),
    )
    block_conv = Node(
        "block/conv1",
        "conv1",
        "Conv2D",
        (Parameter("block/conv1/kernel", "kernel", (1, 1, 16, 16), "bfloat16", trainable=True, writable=False),),
    )
    embed = Node(
        "embed",
        "embed",
        "Embedding",
        (Parameter("embed/table", "table", (1000, 2000), "int64", tied="embed/table", trainable=None),),
    )
    head = Node(
        "head",
        "head",
        "Dense",
        (
            Parameter("head/kernel", "kernel", (1000, 2000), "int64", tied="embed/table", counted=False, stored=False),
            Parameter("head/seed", "seed", (), "uint32", role="state", counted=False, trainable=None),
        ),
    )
    block = Node("block", "block", "Sequential", (), (norm, block_conv))
    return Node("", "net", "Model", (), (conv, block, embed, head))


def names(query: str, **facts: object) -> list[str]:
    return [p.path for p in select(tree(), query, facts)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("conv*", ["conv1/kernel", "conv1/bias", "block/conv1/kernel"]),
        ("conv1/*", ["conv1/kernel", "conv1/bias", "block/conv1/kernel"]),
        ("block/*", ["block/norm/gamma", "block/norm/mean", "block/conv1/kernel"]),
        ("*/kernel", ["conv1/kernel", "block/conv1/kernel", "head/kernel"]),
        ("ERNEL", ["conv1/kernel", "block/conv1/kernel", "head/kernel"]),
        ("kernel !conv1", ["head/kernel"]),
        ("frozen", ["block/norm/gamma"]),
        ("trainable", ["conv1/kernel", "conv1/bias", "block/conv1/kernel"]),
        ("buffer", ["block/norm/mean"]),
        ("state", ["head/seed"]),
        ("tied", ["embed/table", "head/kernel"]),
        ("readonly", ["block/conv1/kernel"]),
        (">1M", ["embed/table", "head/kernel"]),
        ("<16", ["head/seed"]),
        (">0.4k <1k", ["conv1/kernel"]),
        ("dtype:f16", ["block/norm/gamma"]),
        ("dtype:BF16", ["block/conv1/kernel"]),
        ("dtype:float !dtype:float32", ["block/norm/gamma", "block/conv1/kernel"]),
        ("rank:4", ["conv1/kernel", "block/conv1/kernel"]),
        ("rank:0", ["head/seed"]),
        ("!rank:1 !>1M kernel", ["conv1/kernel", "block/conv1/kernel"]),
        ("nothing-like-this", []),
        ("gamma mean", []),
        ("b[i]as", ["conv1/bias"]),
    ],
)
def test_a_query_selects_the_tensors_that_match_every_word(query: str, found: list[str]) -> None:
    assert names(query) == found


def test_an_empty_query_selects_everything() -> None:
    assert names("  ") == [p.path for p in tree().walk()]


def test_words_about_values_are_asked_of_the_session() -> None:
    assert names("edited", edited=lambda p: p.name == "bias") == ["conv1/bias"]
    assert names("kernel !nan", nan=lambda p: p.path.startswith("conv1")) == ["block/conv1/kernel", "head/kernel"]


@pytest.mark.parametrize("query", [">", "rank:²", "<abc", ">1T", "> 5", "x" * 201, "!" + "x" * 201])
def test_words_that_mean_nothing_are_refused(query: str) -> None:
    with pytest.raises(QueryError):
        names(query)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text("*?[]!<>:.conv1/kernel ", max_size=40)))
def test_any_query_selects_tensors_or_is_refused(query: str) -> None:
    try:
        found = names(query)
    except QueryError:
        return
    assert set(found) <= {p.path for p in tree().walk()}


def test_globs_do_not_blow_up_on_long_patterns() -> None:
    root = Node("", "m", "Model", (Parameter("a" * 4000, "a", (), "float32"),))
    assert select(root, "*a" * 20 + "b") == []


def test_totals_count_tied_values_once() -> None:
    root = tree()
    expected = 3 * 3 * 3 * 16 + 16 + 16 + 16 + 256 + 2_000_000
    assert root.count == expected
    assert root.bytes == (432 + 16 + 16) * 4 + 16 * 2 + 256 * 2 + 2_000_000 * 8 + 4


def test_a_layer_shows_the_lock_that_its_weights_have_in_common() -> None:
    by_path = {node.path: node for node in tree().nodes()}
    assert {path: node.lock for path, node in by_path.items()} == {
        "": "mixed",
        "conv1": "open",
        "block": "mixed",
        "block/norm": "frozen",
        "block/conv1": "open",
        "embed": "none",
        "head": "none",
    }
    assert [by_path[p].trainable for p in ("conv1", "block", "block/norm", "embed")] == [True, None, False, None]


def test_buffers_and_state_have_no_lock() -> None:
    assert {p.path: p.lock for p in tree().walk() if p.lock == "none"}.keys() == {
        "block/norm/mean",
        "embed/table",
        "head/kernel",
        "head/seed",
    }
    assert Parameter("a", "a", (), "float32", role="buffer", trainable=False).lock == "none"


def test_rows_come_in_the_order_in_which_they_are_shown() -> None:
    assert [node.path for node in tree().nodes()] == [
        "",
        "conv1",
        "block",
        "block/norm",
        "block/conv1",
        "embed",
        "head",
    ]
    assert [p.name for p in tree().walk()][:3] == ["kernel", "bias", "gamma"]


def test_a_missing_path_names_the_closest_one() -> None:
    with pytest.raises(PathError) as caught:
        tree()["conv1/kernle"]
    assert (
        str(caught.value) == "there is no tensor 'conv1/kernle'; did you mean 'conv1/kernel' or 'block/conv1/kernel'?"
    )
    with pytest.raises(KeyError):
        tree()["zzz"]


def test_closest_says_nothing_when_nothing_is_near() -> None:
    assert closest("qqq", ["conv1", "dense"]) == ""
    assert closest("conv", []) == ""


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "__proto__",
    "constructor",
    "a b",
    "a'b\"c",
    "é",
    "e\u0301",
    "\u202egnp.exe",
    "\x00\x1b[31m",
    "..",
    "/",
    "//",
    "*",
    "[0]",
    "😀",
    "",
    "%s{}",
    "~2",
    "a" * 3000,
]


def test_hostile_names_stay_as_they_are_and_stay_apart() -> None:
    root = Node("", "m", "Model", tuple(Parameter(n, n, (2,), "float32") for n in HOSTILE))
    assert list(root.index) == HOSTILE
    for name in HOSTILE:
        assert root[name].name == name


def test_names_that_collide_are_numbered() -> None:
    taken: set[str] = set()
    assert [unique(name, taken) for name in ("a", "a", "a", "a~2", "b", "a~2")] == [
        "a",
        "a~2",
        "a~3",
        "a~2~2",
        "b",
        "a~2~3",
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["a", "a~2", "a~3", "b", "a~2~2"]), max_size=30))
def test_no_two_of_any_names_become_the_same(given_names: list[str]) -> None:
    taken: set[str] = set()
    assert len({unique(name, taken) for name in given_names}) == len(given_names)


def test_five_thousand_nested_layers_are_walked_without_recursion() -> None:
    node = Node("deep", "deep", "Layer", (Parameter("deep/w", "w", (3,), "float32", trainable=True),))
    for i in range(5000):
        node = Node(f"n{i}", f"n{i}", "Layer", (), (node,))
    assert node.count == 3
    assert node.bytes == 12
    assert node.lock == "open"
    assert sum(1 for _ in node.nodes()) == 5001
    assert [p.path for p in select(node, "deep/*")] == ["deep/w"]


def test_sizes_of_empty_scalar_and_unknown_tensors() -> None:
    sizes = [Parameter("p", "p", shape, dtype) for shape, dtype in [((), "int4"), ((0, 5), "float64"), ((3,), "qint8")]]
    assert [(p.size, p.bytes) for p in sizes] == [(1, 1), (0, 0), (3, 0)]
