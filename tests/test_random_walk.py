"""Whatever is edited, frozen, tried, undone and redone, on whatever branch: every state comes back to the bit."""

from __future__ import annotations

from typing import Any, get_args

import ml_dtypes
import numpy as np
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from models import keras_net, of_every_kind, torch_net
from random_walk import Walk, contents, differing, locks

from paramwidget import Session
from paramwidget.edits import Act
from paramwidget.journal import same_bytes


def model() -> dict[str, Any]:
    rng = np.random.default_rng(11)
    return {**of_every_kind(rng), "strided": rng.normal(size=(8, 8)).astype(np.float32)[::3, ::-2]}


def walked(session: Session, seed: int, steps: int, freezable: tuple[str, ...] = ()) -> Walk:
    """Walk, undo all, redo all, and go over all branches."""
    start, flags = contents(session), locks(session)
    walk = Walk(session, np.random.default_rng(seed), freezable)
    walk.run(steps)
    end, depth = contents(session), len(session.history)
    while session.undo() is not None:
        pass
    assert differing(contents(session), start) == []
    assert locks(session) == flags
    for _ in range(depth):
        assert session.redo() is not None
    assert differing(contents(session), end) == []
    return walk


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
@example(seed=2)
def test_every_state_of_a_random_walk_over_arrays_comes_back(seed: int) -> None:
    session = Session(model())
    walk = walked(session, seed, 250)
    walk.look_everywhere()
    walk.go_everywhere()


DTYPES = [
    np.float16,
    np.float32,
    np.float64,
    ml_dtypes.bfloat16,
    ml_dtypes.float8_e5m2,
    np.int8,
    np.int64,
    bool,
    np.complex64,
]
shapes = st.lists(st.integers(0, 6), max_size=4).map(tuple)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(shapes, st.sampled_from(DTYPES)), min_size=1, max_size=4), st.integers(0, 2**32 - 1))
def test_tensors_of_any_shape_and_dtype_come_back(kinds: list[tuple[tuple[int, ...], Any]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    arrays = {f"{i}w": rng.normal(0, 3, shape).astype(dtype) for i, (shape, dtype) in enumerate(kinds)}
    session = Session({"scalar": np.array(1.0), **arrays})
    walk = Walk(session, rng)
    for _ in range(40):
        walk.step()
    walk.look_everywhere()
    walk.go_everywhere()


def test_a_walk_does_all_that_there_is_to_do() -> None:
    walk = walked(Session(model()), 7, 800)
    names = {kind.__name__ for kind in get_args(Act)}
    assert names <= set(walk.did), names - set(walk.did)
    others = {"undo", "redo", "goto", "take back", "restore", "snapshot", "several", "assign", "nonsense"}
    assert others <= set(walk.did)
    assert any(name.endswith("tried") for name in walk.did)
    assert walk.did["refused"] < 0.6 * walk.did.total()
    parents = [entry.parent for entry in walk.session.journal.entries.values()]
    assert len(set(parents)) < len(parents), "there are branches"


def test_edits_under_two_views_of_one_memory_are_undone() -> None:
    shared = np.arange(6.0).reshape(3, 2)
    session = Session({"first": shared, "turned": shared.T, "part": shared[1:]})
    walk = Walk(session, np.random.default_rng(3))
    for _ in range(200):
        if walk.rng.integers(3):
            session.apply([walk._assign() for _ in range(int(walk.rng.integers(1, 4)))])
        else:
            session.undo()
    while session.undo() is not None:
        pass
    assert shared.ravel().tolist() == [0, 1, 2, 3, 4, 5]


def test_every_state_of_a_random_walk_over_a_torch_model_comes_back() -> None:
    net = torch_net(0)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    walk = walked(Session(net), 5, 300, ("0", "0.weight", "1", "2.*", "2.0.bias", "3"))
    assert walk.did["freeze"] > 0
    walk.look_everywhere()
    walk.go_everywhere()
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_every_state_of_a_random_walk_over_a_keras_model_comes_back() -> None:
    net = keras_net(0, "dense")
    net.compile("adam", "mse")
    net.train_on_batch(np.ones((1, 4)), np.ones((1, 2)))
    before = net.get_weights()
    walk = walked(Session(net), 5, 150, ("shared", "shared/kernel", "norm", "dense/*"))
    assert walk.did["freeze"] > 0
    walk.look_everywhere()
    walk.go_everywhere()
    assert all(same_bytes(a, b) for a, b in zip(net.get_weights(), before, strict=True))
