"""The seam: all that paramwidget asks of a model, or of a file that holds one.

An adapter moves numbers and tells facts. It computes no statistics, words no sentences and keeps no tensor: a tensor is
found again by its path at each call, because frameworks replace them (`load_state_dict(assign=True)`, buffers bound anew
in `forward`). Nothing but a session calls `write` or `set_trainable`.

`Programmable` and `Markable` are what an adapter may offer beyond that; below them are the checks that all initialisers
have in common.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from msgspec import Struct

from paramwidget import dtypes
from paramwidget.errors import ValueRefusedError
from paramwidget.notices import Notice
from paramwidget.region import Region
from paramwidget.tree import Node, Parameter, closest


@runtime_checkable
class Adapter(Protocol):
    """One kind of model: two attributes and six methods are all there is."""

    name: str
    """For the badge: `Keras · TensorFlow`, `PyTorch`, `NumPy`."""

    writable: bool
    """False if nothing at all can be written, as in a file opened for reading."""

    def tree(self) -> Node:
        """Names, shapes, dtypes, flags; no element is read. Called again after every change: keep it cheap."""
        ...

    def facts(self, path: str) -> Parameter:
        """Facts of one tensor, as in `tree()` but without walking the model where that is possible. Always fresh.

        Raises PathError if there is no such tensor any more.
        """
        ...

    def read(self, path: str, region: Region) -> np.ndarray:
        """Values of a region as a CPU array with the shape `region.extent` and the dtype `dtypes.numpy_dtype(...)`.

        May be a read-only view of live memory: who keeps it copies it. Reading changes nothing in the model. Raises
        RegionError if the tensor no longer has the shape `region.shape`.
        """
        ...

    def write(self, path: str, region: Region, values: np.ndarray) -> None:
        """Store `values` (shape `region.extent`, dtype as read) in the live tensor, in place.

        The session has checked the capability flags, the dtype and the shape, and reads back afterwards.
        """
        ...

    def set_trainable(self, path: str, trainable: bool) -> list[Notice]:
        """Freeze or unfreeze one tensor so that the *next training step* obeys; what else the user must know."""
        ...

    def after_write(self, path: str) -> list[Notice]:
        """Called once after a write was verified: refresh what the framework caches; what the user must know."""
        ...


@runtime_checkable
class Programmable(Protocol):
    """What an adapter may offer beyond the seam: the framework's own initialisers, and its own words for a tensor.

    Callers ask with `isinstance`; an adapter without it is none the worse.
    """

    def initializers(self) -> tuple[str, ...]:
        """Names of the framework's own initialisers, as the framework spells them; () if it has none."""
        ...

    def initial(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> np.ndarray:
        """Fresh values for a whole tensor from an initialiser: its shape and dtype, nothing is written.

        May be read-only. Does not touch any global random state. Raises ValueRefusedError if there is no such
        initialiser or option, or if the shape or the element type does not go with it.
        """
        ...

    def initial_note(self, path: str, name: str, options: Mapping[str, float]) -> str:
        """What the initialiser works out from the shape, as `σ = √(2 / 1568) = 0.0357`; empty if nothing.

        Raises ValueRefusedError where names, numbers or the tensor are wrong, so that the screen can say it at once.
        """
        ...

    def initial_code(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> list[str]:
        """Lines of plain code that bind an array called `new`, with the same bits as `initial` gives.

        They need the imports of `dialect(path)`. To be asked for what `initial` accepts: raises ValueRefusedError for
        wrong names and numbers, but what the framework itself refuses would fail only when the code runs.
        """
        ...

    def code(self, path: str) -> str:
        """An expression in terms of `model` that is the live tensor itself, in plain code of the framework.

        It was followed from the model to that very object. Raises PathError if there is no such tensor, and
        ValueRefusedError if no expression leads to it.
        """
        ...

    def dialect(self, path: str) -> Dialect:
        """How plain code reads, writes and freezes this tensor. Raises PathError if there is no such tensor."""
        ...


@runtime_checkable
class Markable(Protocol):
    """What an adapter may offer whose models hold more than values that a function of the user's may leave changed.

    Callers ask with `isinstance`; an adapter without it is none the worse.
    """

    def mark(self) -> Mark:
        """How the model stands now. Asked before each run of a probe: no value is read or copied."""
        ...


class Mark(Protocol):
    """How a model stood, apart from its values. May hold parts of the model, so it is kept for one run only."""

    def restore_modes(self) -> None:
        """Set every layer that is in another mode (training or evaluation) than it was back, and nothing else."""
        ...

    def is_replaced(self, path: str) -> bool:
        """Whether the model has another object than it had for a tensor that something else may hold, as an optimizer does.

        Raises PathError if there is no such tensor any more.
        """
        ...


class Dialect(Struct, frozen=True):
    """How plain code of a framework handles a tensor: templates for `str.format`, with `{tensor}` and `{values}`.

    `{tensor}` is an expression as of `Programmable.code`, `{values}` one for an array with the shape and dtype that
    `read` gives; the code may speak of `model` besides. It needs the framework, NumPy and ml_dtypes alone. Empty where
    there is no such notion.
    """

    imports: tuple[str, ...]
    """Statements that all of the code relies on."""
    read: str
    """An expression: the values as a NumPy array, which may be a view of the live memory."""
    write: str
    """Statements: store all values, in place. The array is not to be changed afterwards."""
    freeze: str = ""
    """Statements: this tensor does not train."""
    unfreeze: str = ""
    """Statements: it trains."""


class Initializer(Struct, frozen=True):
    """A row in an adapter's table of initialisers: what can be said of one without the framework."""

    options: tuple[str, ...] = ()
    """Numbers that it takes."""
    required: tuple[str, ...] = ()
    """Those of them that have no default."""
    is_scaled: bool = False
    """Whether it works out its spread from the fans, the numbers of inputs and outputs."""
    draws: bool = False
    """Whether the values are random."""
    fills: float | str | None = None
    """The one number that all values get, or the option that says it."""


class Start(Struct, frozen=True):
    """An initialiser chosen for one tensor; that they go together was checked as far as tables can tell."""

    path: str
    shape: tuple[int, ...]
    dtype: str
    name: str
    options: dict[str, float]

    def refused(self, error: Exception) -> ValueRefusedError:
        """The sentence for what the framework itself has to object."""
        said = (str(error).strip() or type(error).__name__).splitlines()[0][:200].rstrip(".")
        return ValueRefusedError(
            f"{self.name} does not go with {self.path} of shape {self.shape} and {self.dtype}: {said}; choose another "
            "initialiser"
        )

    def held(self, values: np.ndarray) -> np.ndarray:
        """The values, if all of them are numbers that the element type holds.

        Raises
        ------
        ValueRefusedError
            Some are too large for it, so they came out as inf or NaN.
        """
        if not np.isfinite(values).all():
            raise ValueRefusedError(
                f"{self.name} with these options gives values that {self.dtype} does not hold; give a smaller spread"
            )
        return values


def choose(
    known: Mapping[str, Initializer],
    drawn: Collection[str],
    name: str,
    options: Mapping[str, float],
    tensor: Parameter,
) -> Start:
    """An initialiser of the table `known` for a tensor; `drawn` are the element types of which there are random values.

    Raises
    ------
    ValueRefusedError
        There is no such initialiser or option, an option is no finite number, or the tensor has no fans or another
        element type.
    """
    path, dtype = tensor.path, tensor.dtype
    if name not in known:
        near = closest(name, known) or f"; choose one of {', '.join(known)}"
        raise ValueRefusedError(f"there is no initialiser '{name}'{near}")
    row = known[name]
    for option, value in options.items():
        if option not in row.options:
            has = f"its options are {', '.join(row.options)}" if row.options else "it has no options"
            raise ValueRefusedError(f"{name} has no option '{option}'; {has}")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueRefusedError(f"the option {option} of {name} is not a finite number; give one")
        if option in ("std", "stddev") and value < 0:
            raise ValueRefusedError(
                f"the option {option} of {name} is a spread, so it cannot be negative; give 0 or more"
            )
    for option in row.required:
        if option not in options:
            raise ValueRefusedError(f"{name} has no default for its option {option}; give a number")
    if row.is_scaled and len(tensor.shape) < 2:
        raise ValueRefusedError(
            f"{name} goes by the numbers of inputs and outputs, which {path} with fewer than two axes does not have; "
            "choose an initialiser whose spread you give yourself"
        )
    if row.draws and dtype not in drawn:
        raise ValueRefusedError(
            f"{path} holds {dtype}, of which {name} draws no values; choose an initialiser that fills in one number"
        )
    if row.fills is not None:
        number = float(options[row.fills] if isinstance(row.fills, str) else row.fills)
        dtypes.cast(np.asarray(number), dtype)  # refuses what the element type does not hold
    return Start(path, tensor.shape, dtype, name, {option: float(value) for option, value in options.items()})


def quote(text: str) -> str:
    """A string as Python writes it, in double quotes where that needs no backslash: whatever is in it is inert."""
    written = repr(str(text))
    return written if '"' in text or "'" in text else f'"{written[1:-1]}"'


def check_seed(seed: int) -> int:
    """The seed, if all frameworks can begin with it.

    Raises
    ------
    ValueRefusedError
        It is not a whole number from 0 to 2³² − 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ValueRefusedError(f"the seed must be a whole number from 0 to {2**32 - 1}; {str(seed)[:40]} is not")
    return seed


def scale_note(numerator: float, fans: tuple[int, ...], is_bound: bool) -> str:
    """`σ = √(2 / 1568) = 0.0357`, or the ends of a uniform distribution; the fans are added up."""
    below = " + ".join(map(str, fans))
    below = f"({below})" if len(fans) > 1 else below
    number = math.sqrt(numerator / max(1, sum(fans)))
    return f"{'±' if is_bound else 'σ = '}√({numerator:.3g} / {below}) = {number:.3g}"
