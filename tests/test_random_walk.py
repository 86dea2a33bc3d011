"""Whatever is edited, frozen, undone and redone: undoing all of it restores every bit."""

from __future__ import annotations

from typing import Any

import keras
import ml_dtypes
import numpy as np
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_walk import contents, differing, locks, walk

from paramwidget import Session
from paramwidget.journal import same_bytes


def model() -> dict[str, Any]:
    rng = np.random.default_rng(11)
    shared = rng.normal(size=(3, 2)).astype(np.float32)
    payload = np.array([0x7FA00001, 0xFFC12345, 0x80000000, 0x7F800000], dtype=np.uint32).view(np.float32)
    return {
        "f16": rng.normal(size=(3, 4)).astype(np.float16),
        "f32": rng.normal(size=(2, 3, 4)).astype(np.float32),
        "f64": rng.normal(size=(5,)),
        "bf16": rng.normal(size=(4, 3)).astype(ml_dtypes.bfloat16),
        "f8": rng.normal(size=(6,)).astype(ml_dtypes.float8_e4m3fn),
        "i64": np.array([2**53 + 1, -(2**63), 7]),
        "bool": np.array([[True, False], [False, True]]),
        "complex": np.array([1 + 2j, -0.0 - 0.0j], dtype=np.complex64),
        "scalar": np.array(0.5, dtype=np.float32),
        "empty": np.zeros((0, 4)),
        "fortran": np.asfortranarray(rng.normal(size=(3, 5))),
        "strided": rng.normal(size=(8, 8)).astype(np.float32)[::3, ::-2],
        "payload": payload,
        "group": {"first": shared, "second": shared, "turned": shared.T},
    }


def start_again(session: Session, start: dict[str, np.ndarray], flags: dict[str, bool | None]) -> None:
    while session.undo() is not None:
        pass
    assert differing(contents(session), start) == []
    assert locks(session) == flags


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
@example(seed=2)  # edits under two names of one memory in one entry
def test_a_thousand_random_steps_over_arrays_are_undone_to_the_bit(seed: int) -> None:
    session = Session(model())
    start, flags = contents(session), locks(session)
    walk(session, np.random.default_rng(seed), 1000)
    end = contents(session)
    depth = len(session.history)
    start_again(session, start, flags)
    for _ in range(depth):
        assert session.redo() is not None
    assert differing(contents(session), end) == []
    start_again(session, start, flags)


def test_a_thousand_random_steps_over_a_torch_model_are_undone_to_the_bit() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 3),
        torch.nn.BatchNorm2d(3),
        torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.Linear(2, 4).to(torch.bfloat16)),
    )
    session = Session(net)
    start, flags = contents(session), locks(session)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    walk(session, np.random.default_rng(5), 1000, freezable=["0", "0.weight", "1", "2.*", "2.0.bias"])
    start_again(session, start, flags)
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_a_thousand_random_steps_over_a_keras_model_are_undone_to_the_bit() -> None:
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.layers.Input((4, 4, 2)),
            keras.layers.Conv2D(3, 2, name="conv"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(2, name="dense"),
        ]
    )
    net.compile("adam", "mse")
    net.train_on_batch(np.ones((1, 4, 4, 2)), np.ones((1, 2)))
    session = Session(net)
    start, flags = contents(session), locks(session)
    before = net.get_weights()
    walk(session, np.random.default_rng(5), 1000, freezable=["conv", "conv/kernel", "norm", "dense/*"])
    start_again(session, start, flags)
    assert all(same_bytes(a, b) for a, b in zip(net.get_weights(), before, strict=True))
