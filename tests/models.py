"""Models that several tests share, and who listens to what a session tells.

Nothing of paramwidget is imported here when it runs: `replayed` runs where that cannot be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

if TYPE_CHECKING:
    from paramwidget import Session
    from paramwidget.opened import Update


def of_every_kind(rng: np.random.Generator) -> dict[str, Any]:
    """Every sort of element type, rank and memory, with NaN payloads, and two names of one array."""
    shared = rng.normal(size=(3, 2)).astype(np.float32)
    payload = np.array([0x7FA00001, 0x80000000, 0x7F800000, 0xFFC12345], dtype=np.uint32).view(np.float32)
    return {
        "f16": rng.normal(size=(3, 4)).astype(np.float16),
        "f32w": rng.normal(size=(2, 3, 4)).astype(np.float32),
        "f64": rng.normal(size=(5,)),
        "bf16": rng.normal(size=(4, 3)).astype(ml_dtypes.bfloat16),
        "f8": rng.normal(size=(6,)).astype(ml_dtypes.float8_e4m3fn),
        "i8": rng.integers(-3, 3, (12, 12)).astype(np.int8),
        "i64": np.array([2**53 + 1, -(2**63), 7]),
        "bool": np.array([[True, False], [False, True]]),
        "complex": np.array([1 + 2j, -0.0 - 0.0j], dtype=np.complex64),
        "scalar": np.array(0.5, dtype=np.float32),
        "empty": np.zeros((0, 4)),
        "fortran": np.asfortranarray(rng.normal(size=(12, 15))),
        "payload": payload,
        "group": {"first": shared, "second": shared},
    }


def for_a_page(filters: int, **more: np.ndarray) -> dict[str, Any]:
    """What a page asks about: a kernel of 3 × 3 × … × `filters`, a matrix, what has no numbers, and `more`."""
    shared = np.ones((2, 2), np.float32)
    shape = (3, 3, filters - filters % 2, filters)
    kernel = np.linspace(-1, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    return {
        "conv": {"kernel": kernel, "bias": np.zeros(filters, np.float32)},
        "dense": {"kernel": np.arange(12, dtype=np.float32).reshape(3, 4)},
        **more,
        "brain": np.array([1, -1, 3], ml_dtypes.bfloat16),
        "flag": np.array([True, False]),
        "scalar": np.array(1.5),
        "empty": np.zeros((0, 3)),
        "words": np.array(["a"]),
        "one": shared,
        "two": shared,
    }


def torch_net(seed: int) -> Any:
    """A convolution, a normalisation, two element types, and one weight in two layers."""
    import torch

    torch.manual_seed(seed)
    net: Any = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 3),
        torch.nn.BatchNorm2d(3),
        torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.Linear(2, 4).to(torch.bfloat16)),
        torch.nn.Linear(4, 2),
    )
    net[3].weight = net[2][0].weight
    return net


def keras_net(seed: int, last: str) -> Any:
    """A layer that is called twice, a normalisation, and a layer with the name `last`."""
    import keras

    keras.utils.set_random_seed(seed)
    shared = keras.layers.Dense(4, name="shared")
    first = keras.Input((4,), name="in")
    hidden = keras.layers.BatchNormalization(name="norm")(shared(shared(first)))
    return keras.Model(first, keras.layers.Dense(2, name=last)(hidden))


class Listener:
    """Keeps what a session tells, as long as it lives."""

    def __init__(self, session: Session) -> None:
        self.told: list[Update] = []
        session.subscribe(self.heard)

    def heard(self, update: Update) -> None:
        self.told.append(update)
