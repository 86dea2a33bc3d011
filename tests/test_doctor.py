from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from msgspec import structs

from paramwidget import Session
from paramwidget.doctor import Diagnosis, Finding, examine, filters, scan, treat
from paramwidget.doctor import findings as doctor_findings
from paramwidget.edits import Edit, Fill
from paramwidget.errors import ClosedError, ValueRefusedError
from paramwidget.region import Region

Arrays = dict[str, np.ndarray]
Spoil = Callable[[np.ndarray], None]


def weight(*shape: int, seed: int = 0, dtype: Any = np.float32) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).standard_normal(shape)).astype(dtype)


def kinds(session: Session) -> list[str]:
    return [each.kind for each in examine(session)]


def only(session: Session) -> Finding:
    (finding,) = examine(session)
    return finding


def stored(session: Session) -> dict[str, bytes]:
    return {p.path: session.read(p.path).tobytes() for p in session.tree.walk() if p.readable}


def is_cured(session: Session, finding: Finding) -> None:
    """The fix removes the finding, as one entry of the history, and undo brings every byte back."""
    before, steps = stored(session), len(session.history)
    assert finding.fix
    assert finding.fix_label
    entry = treat(session, finding)
    assert entry is not None
    assert entry.label == f"{finding.fix_label}: {finding.title}"
    assert len(session.history) == steps + 1
    assert not [each for each in examine(session) if (each.kind, each.path) == (finding.kind, finding.path)]
    session.undo()
    assert stored(session) == before
    assert finding in examine(session).findings


# ------------------------------------------------------------------ filters that are wrong, in every framework


def zero(w: np.ndarray) -> None:
    w[3] = w[4] = w[7] = 0
    w[7, 0] = -0.0


def constant(w: np.ndarray) -> None:
    w[5] = 0.25


def repeat(w: np.ndarray) -> None:
    w[7] = w[3]
    w[9] = w[3]


def loud(w: np.ndarray) -> None:
    w[2] *= 100


def poison(w: np.ndarray) -> None:
    w[3, 2] = np.nan
    w[11, 0] = np.inf


def shrink(w: np.ndarray) -> None:
    w[1, :5] = 1e-40


SPOILS: list[tuple[Spoil, str, str, int, int, str]] = [
    (zero, "zero-filter", "warn", 3, 3, "3 of 16 filters are zero in "),
    (constant, "constant-filter", "warn", 5, 1, "1 of 16 filters is constant in "),
    (repeat, "duplicate-rows", "warn", 7, 2, "2 of 16 filters are repeated in "),
    (loud, "norm", "warn", 2, 1, "1 of 16 filters is far larger than the others in "),
]


def array_model(spoil: Spoil) -> tuple[Session, str, int]:
    w = weight(16, 12)
    spoil(w)
    return Session({"w": w, "bias": np.zeros(16)}), "w", 0


def torch_model(spoil: Spoil) -> tuple[Session, str, int]:
    torch = importlib.import_module("torch")
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 2), torch.nn.BatchNorm2d(16))
    spoil(model[0].weight.detach().view(16, 12).numpy())
    return Session(model), "0.weight", 0


def transposed_model(spoil: Spoil) -> tuple[Session, str, int]:
    torch = importlib.import_module("torch")
    torch.manual_seed(0)
    model = torch.nn.ConvTranspose1d(3, 16, 4)
    w = model.weight.detach().numpy()
    rows = np.moveaxis(w, 1, 0).reshape(16, 12)
    spoil(rows)
    w[...] = np.moveaxis(rows.reshape(16, 3, 4), 0, 1)
    return Session(model), "weight", 1


def keras_model(spoil: Spoil) -> tuple[Session, str, int]:
    keras = importlib.import_module("keras")
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((12,)), keras.layers.Dense(16, name="fc")])
    rows = np.ascontiguousarray(model.layers[0].kernel.numpy().T)
    spoil(rows)
    model.layers[0].kernel.assign(rows.T)
    return Session(model), "fc/kernel", 1


MODELS = [array_model, torch_model, transposed_model, keras_model]


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize(("spoil", "kind", "severity", "first", "count", "title"), SPOILS)
def test_filters_are_found_and_cured(
    make: Callable[[Spoil], tuple[Session, str, int]],
    spoil: Spoil,
    kind: str,
    severity: str,
    first: int,
    count: int,
    title: str,
) -> None:
    session, path, axis = make(spoil)
    finding = only(session)
    assert (finding.kind, finding.severity, finding.path, finding.count) == (kind, severity, path, count)
    assert finding.title == title + path
    span = finding.region.spans[axis]
    assert (span.start, span.stop, span.single) == (first, first + 1, True)
    assert all(
        len(other) == n for other, n in zip(finding.region.spans, finding.region.shape, strict=True) if len(other) > 1
    )
    assert str(finding.region) in finding.text
    is_cured(session, finding)


@pytest.mark.parametrize("make", MODELS)
def test_values_that_are_not_finite_are_found_and_cured(make: Callable[[Spoil], tuple[Session, str, int]]) -> None:
    session, path, _ = make(poison)
    finding = examine(session).findings[0]
    assert (finding.kind, finding.severity, finding.count) == ("non-finite", "error", 2)
    assert finding.title == f"1 NaN and 1 infinite in {path}"
    bad = np.argwhere(~np.isfinite(session.read(path))).tolist()
    assert finding.region == session.region(path, tuple(bad[0]))
    assert all(str(cell) in finding.text for cell in bad)
    is_cured(session, finding)
    treat(session, finding)
    assert np.count_nonzero(session.read(path) == 0) == 2


@pytest.mark.parametrize("make", MODELS)
def test_denormals_are_found_and_cured(make: Callable[[Spoil], tuple[Session, str, int]]) -> None:
    session, path, _ = make(shrink)
    finding = only(session)
    assert (finding.kind, finding.severity, finding.count) == ("denormals", "info", 5)
    assert finding.title == f"5 denormals in {path}"
    assert finding.text.endswith("and 2 more; processors compute many times slower with them.")
    assert 0 < abs(session.read(path, finding.region)) < 1.2e-38
    is_cured(session, finding)


@pytest.mark.parametrize(("at", "cells"), [((), "[]"), ((1,), "[1]"), ((0, 2, 1), "[0, 2, 1]")])
@pytest.mark.parametrize(
    "dtype", ["float16", "float32", "float64", "complex64", "bfloat16", "float8_e4m3fn", "float8_e5m2"]
)
def test_positions_index_the_bad_cell_in_every_type(at: tuple[int, ...], cells: str, dtype: str) -> None:
    kind = np.dtype(getattr(ml_dtypes, dtype, None) or dtype)
    w = np.ones((3,) * len(at)).astype(kind)
    w[at] = np.nan
    session = Session({"w": w})
    finding = next(each for each in examine(session) if each.kind == "non-finite")
    assert f"at {cells};" in finding.text
    assert str(finding.region) == cells
    is_cured(session, finding)


def test_a_type_without_0_has_no_fix() -> None:
    finding = only(Session({"w": np.array([1, np.nan]).astype(ml_dtypes.float8_e8m0fnu)}))
    assert (finding.kind, finding.fix, finding.fix_label) == ("non-finite", (), "")


def test_many_complex_nan_have_no_fix_and_few_have() -> None:
    many = only(Session({"w": np.full(scan.KEPT + 1, np.nan, np.complex64)}))
    assert (many.count, many.fix) == (scan.KEPT + 1, ())
    few = only(Session({"w": np.full(scan.KEPT, np.nan, np.complex64)}))
    assert len(few.fix) == scan.KEPT


def test_the_fix_of_one_cell_keeps_one_cell_of_a_large_tensor() -> None:
    w = weight(3000, 3000)
    w[2500, 17] = np.nan
    w[2501, 19] = np.inf
    session = Session({"w": w})
    finding = only(session)
    assert [str(edit.region) for edit in finding.fix] == ["[2500:2502, 17:20]"]
    is_cured(session, finding)


def test_infinities_of_a_mask_are_only_mentioned() -> None:
    torch = importlib.import_module("torch")
    model = torch.nn.Linear(4, 4)
    model.register_buffer("mask", torch.nn.Transformer.generate_square_subsequent_mask(4))
    finding = only(Session(model))
    assert (finding.kind, finding.severity, finding.path, finding.fix) == ("non-finite", "info", "mask", ())
    model.mask[0, 0] = torch.nan
    assert only(Session(model)).severity == "error"


def test_negative_variances_are_found_and_cured() -> None:
    torch, keras = importlib.import_module("torch"), importlib.import_module("keras")
    module = torch.nn.BatchNorm1d(4)
    module.running_var[2] = -0.5
    layer = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization(name="bn")])
    layer.layers[0].moving_variance.assign([1.0, 1.0, -0.5, 1.0])
    arrays = {"bn.running_var": np.array([1, 1, -0.5, 1], np.float32), "bn.running_mean": -np.ones(4)}
    for model, path in ((module, "running_var"), (layer, "bn/moving_variance"), (arrays, "bn.running_var")):
        session = Session(model)
        finding = only(session)
        assert (finding.kind, finding.severity, finding.path) == ("negative-variance", "error", path)
        assert finding.text.startswith("1 variance is below 0, at [2];")
        is_cured(session, finding)


# ------------------------------------------------------------------ what is not wrong


def no_worse_than_info(model: Any) -> None:
    found = examine(Session(model))
    assert [each for each in found if each.severity != "info"] == [], found


def torch_zoo() -> Any:
    from torch import nn

    return nn.ModuleDict(
        {
            "first": nn.Linear(1, 512),
            "linear": nn.Linear(300, 40),
            "conv": nn.Conv2d(3, 16, 3),
            "depthwise": nn.Conv2d(16, 16, 3, groups=16),
            "up": nn.ConvTranspose2d(16, 8, 2),
            "batch": nn.BatchNorm2d(16),
            "layer": nn.LayerNorm((4, 6)),
            "embedding": nn.Embedding(30, 8, padding_idx=0),
            "lstm": nn.LSTM(4, 5, 2, bidirectional=True),
            "attention": nn.MultiheadAttention(8, 2, add_bias_kv=True),
            "encoder": nn.TransformerEncoderLayer(16, 2, 32),
        }
    )


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "float64"])
def test_fresh_torch_layers_are_healthy(dtype: str) -> None:
    torch = importlib.import_module("torch")
    torch.manual_seed(1)
    model = torch_zoo().to(getattr(torch, dtype))
    found = examine(Session(model))
    # of one-valued scales no layer is known, so they are at most mentioned; here there is nothing at all
    assert found.findings == ()
    assert found.examined == sum(1 for _ in model.parameters()) + 2


def test_fresh_keras_layers_are_healthy() -> None:
    keras = importlib.import_module("keras")
    keras.utils.set_random_seed(1)
    layers = keras.layers
    image, text = keras.Input((8, 8, 3)), keras.Input((6,), dtype="int32")
    x = layers.PReLU()(layers.BatchNormalization()(layers.Conv2D(16, 3)(image)))
    x = layers.Flatten()(layers.Conv2DTranspose(8, 2)(layers.DepthwiseConv2D(3)(x)))
    y = layers.Embedding(30, 8, mask_zero=True)(text)
    y = layers.LayerNormalization(axis=[1, 2])(layers.MultiHeadAttention(2, 4)(y, y))
    y = layers.GRU(5)(layers.Bidirectional(layers.LSTM(4, return_sequences=True))(y))
    model = keras.Model([image, text], layers.Dense(10)(layers.Concatenate()([x, y])))
    found = examine(Session(model))
    assert [(each.kind, each.severity) for each in found] == [("zero-filter", "info")]
    assert "alpha" in found.findings[0].title


def test_trained_torch_layers_are_healthy() -> None:
    torch = importlib.import_module("torch")
    torch.manual_seed(2)
    nn = torch.nn
    model = nn.Sequential(
        nn.Embedding(20, 8), nn.Flatten(), nn.Linear(32, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(),
        nn.LayerNorm(16), nn.Linear(16, 1),
    )  # fmt: skip
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    words = torch.randint(0, 20, (64, 4))
    for _ in range(150):
        optimizer.zero_grad()
        ((model(words)[:, 0] - words.float().mean(1)) ** 2).mean().backward()
        optimizer.step()
    no_worse_than_info(model)


def test_trained_keras_layers_are_healthy() -> None:
    keras = importlib.import_module("keras")
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(4),
        ]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    images = weight(256, 8, 8, 1)
    model.fit(images, np.abs(images).sum((1, 2, 3)).astype(int) % 4, epochs=3, verbose=0)
    no_worse_than_info(model)


def test_a_new_last_layer_of_zeros_is_mentioned_once() -> None:
    finding = only(Session({"w": np.zeros((8, 8))}))
    assert (finding.kind, finding.severity, finding.fix, finding.count) == ("zero-filter", "info", (), 8)


def test_one_row_of_zeros_is_padding_and_more_are_mentioned() -> None:
    rows = weight(10, 8)
    rows[0] = 0
    session = Session({"embedding": rows})
    assert kinds(session) == []
    rows[4] = 0
    finding = only(session)
    assert (finding.severity, finding.count, finding.fix) == ("info", 2, ())
    assert finding.title == "2 of 10 rows are zero in embedding"


def test_rows_too_short_to_be_told_apart_are_not_compared() -> None:
    assert kinds(Session({"w": np.tile(weight(4, 3), (5, 1))})) == []
    assert kinds(Session({"w": np.tile(weight(4, 4), (5, 1))})) == ["duplicate-rows"]


def test_a_tensor_of_equal_rows_without_a_known_layer_is_mentioned() -> None:
    torch = importlib.import_module("torch")
    assert [each.severity for each in examine(Session({"steps": np.tile(np.arange(1.0, 9), (6, 1))}))] == ["info"]
    assert [each.severity for each in examine(Session({"scale": np.ones((6, 8))}))] == ["info"]
    layer = torch.nn.Linear(8, 6)
    torch.nn.init.ones_(layer.weight)
    assert [(each.kind, each.severity, each.fix) for each in examine(Session(layer))] == [
        ("constant-filter", "warn", ())
    ]


def test_rows_of_an_identity_are_not_equal_although_their_sums_are() -> None:
    assert kinds(Session({"w": np.eye(32), "flipped": np.eye(32)[::-1].copy()})) == []


def test_a_group_in_which_many_filters_are_large_is_made_so() -> None:
    w = weight(20, 10)
    w[: int(20 * filters.FILTER_SHARE) + 1] *= 100
    assert kinds(Session({"w": w})) == []


# ------------------------------------------------------------------ tensors next to each other


def stack(factor: float) -> Session:
    torch = importlib.import_module("torch")
    torch.manual_seed(0)
    model = torch.nn.Sequential(*[torch.nn.Linear(16, 16) for _ in range(8)])
    with torch.no_grad():
        model[5].weight *= factor
    return Session(model)


@pytest.mark.parametrize(
    ("factor", "says"), [(1000, "times larger than others"), (1 / 1000, "times smaller than others")]
)
def test_a_weight_that_stands_out_is_found_and_cured(factor: float, says: str) -> None:
    session = stack(factor)
    finding = only(session)
    assert (finding.kind, finding.severity, finding.path) == ("norm", "warn", "5.weight")
    assert finding.title.endswith(says)
    is_cured(session, finding)


@pytest.mark.parametrize("factor", [10, 0.1, 25])
def test_a_weight_that_is_somewhat_larger_is_fine(factor: float) -> None:
    assert kinds(stack(factor)) == []


def test_few_weights_have_no_usual_size() -> None:
    assert kinds(Session({"u": weight(8, 8), "v": weight(8, 8, seed=1), "w": 1e4 * weight(8, 8, seed=2)})) == []


# ------------------------------------------------------------------ the diagnosis


def test_findings_come_worst_first_and_read_as_a_report() -> None:
    w = weight(16, 12)
    w[1, :5], w[7], w[9, 2] = 1e-40, 0, np.nan
    session = Session({"w": w, "n": np.arange(4)})
    found = examine(session)
    assert [each.severity for each in found] == ["error", "warn", "info"]
    assert (len(found), found.examined, bool(found)) == (3, 1, True)
    report = repr(found).splitlines()
    assert report[0] == "Diagnosis: 3 findings; 1 tensor examined"
    assert report[1] == "  error  1 NaN in w"
    assert report[3].strip() == "fix: Set to 0"
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["findings"][0]["fix"] == [
        {"path": "w", "region": "[9:10, 2:3]", "operation": "zero", "where": "isnan(w) or isinf(w)"}
    ]


def test_an_empty_diagnosis_is_false() -> None:
    found = examine(Session({"w": weight(8, 8)}))
    assert not found
    assert repr(found) == "Diagnosis: nothing found; 1 tensor examined"


def test_findings_of_one_kind_are_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_findings, "MOST", 3)
    arrays: Arrays = {f"w{i}": np.array([1.0, np.nan, np.nan]) for i in range(10)}
    found = examine(Session(arrays))
    assert len(found) == 4
    last = found.findings[-1]
    assert (last.title, last.count, last.path, last.fix) == (
        "and 7 more findings of this kind (non-finite)",
        14,
        "w3",
        (),
    )


def test_two_repeated_tensors_get_other_values_each() -> None:
    w = weight(16, 12)
    w[3] = w[5] = w[8] = 0
    session = Session({"u": w, "v": w.copy()})
    for finding in examine(session):
        treat(session, finding)
    rows = np.concatenate([session.read(name)[[3, 5, 8]] for name in "uv"])
    assert len(np.unique(rows, axis=0)) == 6
    assert 0.5 < rows.std() < 2
    assert kinds(session) == []


def test_one_loud_filter_does_not_set_the_spread_of_the_new_ones() -> None:
    w = weight(16, 12)
    w[2] *= 1e6
    w[5] = 0
    session = Session({"w": w})
    treat(session, next(each for each in examine(session) if each.kind == "zero-filter"))
    assert np.abs(session.read("w")[5]).max() < 10


def test_a_read_only_tensor_has_no_fix_but_a_sentence() -> None:
    w = weight(4, 4)
    w[0, 0] = np.nan
    w.flags.writeable = False
    session = Session({"w": w})
    finding = only(session)
    assert (finding.fix, finding.fix_label) == ((), "")
    assert finding.text.endswith("The tensor is read-only here, so put it right where it comes from.")
    with pytest.raises(ValueRefusedError, match="there is no fix for '1 NaN in w'; edit w by hand"):
        treat(session, finding)


def test_a_frozen_tensor_is_cured_like_any_other() -> None:
    torch = importlib.import_module("torch")
    layer = torch.nn.Linear(4, 4).requires_grad_(False)
    layer.bias[1] = torch.nan
    session = Session(layer)
    is_cured(session, only(session))


def test_tied_tensors_are_examined_once() -> None:
    torch = importlib.import_module("torch")
    model = torch.nn.ModuleDict({"a": torch.nn.Linear(4, 4), "b": torch.nn.Linear(4, 4)})
    model["b"].weight = model["a"].weight
    with torch.no_grad():
        model["a"].weight[1, 1] = torch.nan
    found = examine(Session(model))
    assert [each.path for each in found] == ["a.weight"]
    assert found.examined == 3


def test_a_tensor_without_values_is_named() -> None:
    torch = importlib.import_module("torch")
    found = examine(Session(torch.nn.ModuleList([torch.nn.Linear(2, 2, device="meta"), torch.nn.Linear(2, 2)])))
    assert found.unread == ("0.weight", "0.bias")
    assert found.examined == 2
    assert "2 without values" in repr(found)


def test_a_finding_that_is_out_of_date_is_refused() -> None:
    arrays: Arrays = {"w": np.array([1.0, np.nan])}
    session = Session(arrays)
    finding = only(session)
    arrays["w"] = np.ones(3)
    with pytest.raises(ValueRefusedError, match="has shape"):
        treat(session, finding)


def test_a_fix_that_is_done_already_changes_nothing() -> None:
    session = Session({"w": np.array([1.0, np.nan])})
    finding = only(session)
    assert treat(session, finding) is not None
    assert treat(session, finding) is None


def test_a_closed_session_says_so() -> None:
    session = Session({"w": np.ones(3)})
    session.close()
    with pytest.raises(ClosedError):
        examine(session)


def test_the_lock_is_free_between_tensors_and_taken_for_each() -> None:
    session = Session({"a": np.ones(3), "b": np.ones(3)})
    held: list[int] = []

    class Lock:
        depth = most = 0

        def __enter__(self) -> bool:
            self.depth += 1
            return True

        def __exit__(self, *_: object) -> None:
            self.depth -= 1
            if self.depth == 0:
                held.append(1)

    session.lock = Lock()
    examine(session)
    assert len(held) >= 3  # the tree and each tensor


@pytest.mark.parametrize("shape", [(40, 30), (30, 40), (4, 5, 7, 11)])
@pytest.mark.parametrize("axis", [0, -1])
def test_chunks_and_the_whole_give_the_same(monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], axis: int) -> None:
    w = weight(*shape)
    rows = np.moveaxis(w, axis, 0)
    rows[0] = 0
    rows[1] = rows[-1]
    rows[2].flat[3] = np.nan
    session = Session({"w": w})
    monkeypatch.setattr(scan, "filter_axis", lambda p, layer: axis % len(shape))
    whole = examine(session)
    assert {each.kind for each in whole} == {"zero-filter", "duplicate-rows", "non-finite"}
    monkeypatch.setattr(Session, "chunks", lambda self, path: list(Region.full(shape).chunks(4, 100)))
    # sums of another order may differ in the last digit, and with them the exact spread of a fix
    assert [structs.replace(each, fix=()) for each in examine(session)] == [
        structs.replace(each, fix=()) for each in whole
    ]


NAMES = ["float16", "float32", "float64", "complex64", "int8", "bool", "bfloat16", "float8_e4m3fn", "float8_e8m0fnu"]
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=9)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(NAMES), SHAPES, st.sampled_from(["w", "embedding", "running_var", "bias"]))
def test_nothing_crashes_and_every_fix_can_be_undone(
    data: st.DataObject, dtype: str, shape: tuple[int, ...], name: str
) -> None:
    kind = np.dtype(getattr(ml_dtypes, dtype, None) or dtype)
    size = int(np.prod(shape)) * kind.itemsize
    seed = data.draw(st.integers(0, 2**32 - 1))
    if data.draw(st.booleans()) or dtype == "bool":
        with np.errstate(all="ignore"):
            values = np.random.default_rng(seed).integers(0, 2, shape).astype(kind)
    else:
        values = np.frombuffer(np.random.default_rng(seed).bytes(size), kind).reshape(shape).copy()
    session = Session({name: values})
    before = stored(session)
    found = examine(session)
    assert isinstance(found, Diagnosis)
    for finding in found:
        assert session.region(name, str(finding.region)) == finding.region
        if finding.fix:
            treat(session, finding)
    while session.undo():
        pass
    assert stored(session) == before
    assert examine(session) == found


def test_a_fix_is_made_of_plain_edits() -> None:
    edit = Edit("w", Region.full((2,)), Fill("0"))
    finding = Finding("non-finite", "error", "w", edit.region, 1, "mine", "Mine.", (edit,), "Fill")
    session = Session({"w": np.ones(2)})
    entry = treat(session, finding)
    assert entry is not None
    assert session.read("w").tolist() == [0, 0]
