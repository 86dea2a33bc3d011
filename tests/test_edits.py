"""What a script gives to an edit: anything with values is taken, and what is not is refused with a sentence."""

from __future__ import annotations

import sys
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch

from paramwidget import Session, dtypes
from paramwidget.edits import Assign
from paramwidget.errors import ValueRefusedError
from paramwidget.region import Region


def stored(values: Any, shape: tuple[int, ...] = (2,), dtype: str = "float32") -> np.ndarray:
    current = np.zeros(shape, dtype=dtypes.numpy_dtype(dtype))
    return Assign(values).apply(current, dtype, Region.full(shape))


FLOAT8 = [torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64, torch.int8, torch.bool, *FLOAT8])
def test_tensors_of_every_element_type_are_taken(dtype: torch.dtype) -> None:
    tensor = torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]).to(dtype)
    assert stored(tensor, (2, 3)).tolist() == [[0, 1, 1], [1, 0, 0]]
    assert stored(tensor.T, (3, 2)).tolist() == [[0, 1], [1, 0], [1, 0]]
    assert stored(tensor[0, 1]).tolist() == [1, 1]
    assert Assign(tensor).label == "set 6 values"


def test_the_bits_of_a_tensor_of_the_same_type_are_kept() -> None:
    codes = torch.tensor([0x7F81, 0x0001], dtype=torch.int32).to(torch.int16).view(torch.bfloat16)
    assert stored(codes, dtype="bfloat16").view(np.uint16).tolist() == [0x7F81, 1]


def test_a_parameter_is_taken_without_its_graph() -> None:
    parameter = torch.nn.Parameter(torch.tensor([1.5, 2.5]))
    assert stored(parameter).tolist() == [1.5, 2.5]
    assert stored(parameter * 2).tolist() == [3, 5]
    assert stored([parameter[0], 4]).tolist() == [1.5, 4]
    assert stored(torch.tensor([1 + 2j, 3]).conj(), dtype="complex64").tolist() == [1 - 2j, 3]
    assert not np.shares_memory(stored(parameter), parameter.detach().numpy())


class Variable:
    """As a Keras variable with the torch backend: `__array__` fails as long as it trains."""

    def __init__(self) -> None:
        self.value = torch.nn.Parameter(torch.tensor([1.0, 2.0]))

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.value.numpy()


class Lookalike:
    """What is asked of a torch tensor, by something else; also what is left when torch was unloaded."""

    def detach(self) -> Lookalike:
        return self

    cpu = detach

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array([3.0, 4.0])


def test_what_has_an_array_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert stored(Variable()).tolist() == [1, 2]
    assert stored(Lookalike()).tolist() == [3, 4]
    assert stored(range(2)).tolist() == [0, 1]
    assert stored((np.float16(0.5), True)).tolist() == [0.5, 1]
    assert stored([np.array([1, 2]), (3, 4)], (2, 2)).tolist() == [[1, 2], [3, 4]]
    assert stored(ml_dtypes.bfloat16(0.5)).tolist() == [0.5, 0.5]
    assert stored(np.longdouble(0.5)).tolist() == [0.5, 0.5]
    assert stored(np.ma.array([1.0, 2.0])).tolist() == [1, 2]
    monkeypatch.delitem(sys.modules, "torch")
    assert stored(Lookalike()).tolist() == [3, 4]


class Broken:
    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise RuntimeError("first line\nsecond line")


class Marked(torch.Tensor):
    """A tensor subclass."""


def freed() -> torch.Tensor:
    tensor = torch.ones(2)
    tensor.untyped_storage().resize_(0)
    return tensor


def endless() -> list[Any]:
    values: list[Any] = []
    values.append(values)
    return values


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.ma.array([1.0, 2.0], mask=[False, True]), "holds masked values"),
        ([np.ma.masked, 1.0], "holds masked values"),
        ([np.ma.array([1.0], mask=[True]), [1.0]], "holds masked values"),
        ([1, [2, 3]], "not rectangular"),
        ([[1, 2], [3]], "not rectangular"),
        (endless(), "nested deeper"),
        (10**400, "does not fit into float32"),
        (np.longdouble(1e300), "does not fit into float32"),
        (Broken(), "the values of this Broken cannot be read: first line"),
        (torch.ones(2, device="meta"), "cannot be read: Cannot copy out of meta tensor"),
        (torch.eye(2).to_sparse(), "sparse tensor"),
        (freed(), "given back"),
        (torch.ones(2).as_subclass(Marked), "a Marked may mean other values"),
        ([1, None], "not numbers"),
        (None, "not numbers"),
        ({}, "not numbers"),
        ("0.5", "give numbers"),
        (np.zeros((2, 1)), "give one value, or an array of exactly that shape"),
        (torch.zeros(3), "give one value, or an array of exactly that shape"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence(values: Any, says: str) -> None:
    session = Session({"w": np.ones(2, dtype=np.float32)})
    with pytest.raises(ValueRefusedError) as caught:
        session["w"][...] = values
    assert says in str(caught.value)
    assert "second line" not in str(caught.value)
    assert session["w"][...].tolist() == [1, 1]
    assert session.history == []


def test_the_label_of_one_value_is_the_value() -> None:
    assert Assign(0.5).label == "set to 0.5"
    assert Assign(torch.tensor(0.5, dtype=torch.bfloat16)).label == "set to 0.5"
    assert Assign(np.float32(0.1), typed="1e-1").label == "set to 1e-1"
