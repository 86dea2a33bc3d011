"""torch's own initialisers, `torch.nn.init`: fresh values for a tensor, what they go by, and the same in plain code.

A scratch tensor is initialised, never the model's; the global random state is left as it was. The fans are torch's own,
so those of a transposed convolution are the ones that torch itself would take.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch.nn import init

from paramwidget.adapters import torch_code, torch_values
from paramwidget.adapters.base import Initializer, Start, check_seed, choose, scale_note
from paramwidget.errors import ValueRefusedError
from paramwidget.notices import reason_text
from paramwidget.region import Region
from paramwidget.tree import Parameter

TABLE: Mapping[str, Initializer] = {
    "kaiming_normal_": Initializer(("a",), is_scaled=True, draws=True),
    "kaiming_uniform_": Initializer(("a",), is_scaled=True, draws=True),
    "xavier_normal_": Initializer(("gain",), is_scaled=True, draws=True),
    "xavier_uniform_": Initializer(("gain",), is_scaled=True, draws=True),
    "normal_": Initializer(("mean", "std"), draws=True),
    "uniform_": Initializer(("a", "b"), draws=True),
    "trunc_normal_": Initializer(("mean", "std", "a", "b"), draws=True),
    "orthogonal_": Initializer(("gain",), draws=True),
    "sparse_": Initializer(("sparsity", "std"), required=("sparsity",), draws=True),
    "dirac_": Initializer(),
    "eye_": Initializer(),
    "zeros_": Initializer(fills=0.0),
    "ones_": Initializer(fills=1.0),
    "constant_": Initializer(("val",), required=("val",), fills="val"),
}
_DRAWN = ("float16", "bfloat16", "float32", "float64", "complex64", "complex128")


def start(name: str, options: Mapping[str, float], tensor: Parameter) -> Start:
    """The initialiser with this name, with or without the underscore at its end, for a tensor.

    Raises
    ------
    ValueRefusedError
        They do not go together; the message says why.
    """
    if tensor.reason in ("lazy", "nested"):
        raise ValueRefusedError(f"{tensor.path} cannot be initialised: {reason_text(tensor.reason)}")
    return choose(TABLE, _DRAWN, name if name in TABLE else f"{name}_", options, tensor)


def values(start: Start, seed: int) -> np.ndarray:
    """The values that `torch.nn.init` gives, as a read-only array.

    Raises
    ------
    ValueRefusedError
        torch cannot do it for this shape or element type.
    """
    check_seed(seed)
    tensor = torch.empty(start.shape, dtype=getattr(torch, start.dtype), device="cpu")
    if tensor.numel():
        try:
            _initialize(tensor, start, seed)
        except (RuntimeError, TypeError, ValueError, ArithmeticError) as error:
            raise start.refused(error) from error
    found = torch_values.read(tensor, Region.full(start.shape), start.path)
    return start.held(found) if TABLE[start.name].draws else found


def _initialize(tensor: torch.Tensor, start: Start, seed: int) -> None:
    function = getattr(init, start.name)
    if not TABLE[start.name].draws:
        function(tensor, **start.options)
    elif start.name == "sparse_":
        # takes a generator for its values, but the rows that become zero come from the global one
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)  # `torch.manual_seed` would seed other devices too
            function(tensor, **start.options)
    else:
        function(tensor, **start.options, generator=torch.Generator().manual_seed(seed))


def code(start: Start, seed: int) -> list[str]:
    """Lines that bind the same values to `new`."""
    check_seed(seed)
    given = ["new", *(f"{option}={value!r}" for option, value in start.options.items())]
    lines = [f'new = torch.empty({start.shape}, dtype=torch.{start.dtype}, device="cpu")']
    if start.name == "sparse_":
        lines += [
            "with torch.random.fork_rng(devices=[]):  # the global random state is put back",
            f"    torch.default_generator.manual_seed({seed})",
            f"    torch.nn.init.sparse_({', '.join(given)})",
        ]
    elif 0 not in start.shape:  # torch warns of an empty one
        if TABLE[start.name].draws:
            given.append(f"generator=torch.Generator().manual_seed({seed})")
        lines.append(f"torch.nn.init.{start.name}({', '.join(given)})")
    return [*lines, f"new = {torch_code.to_numpy('new', start.dtype)}"]


def note(start: Start) -> str:
    """The spread that follows from the fans; empty for an initialiser that does not go by them."""
    if not TABLE[start.name].is_scaled or 0 in start.shape:
        return ""
    fans: tuple[int, ...]
    fan_in, fan_out = init._calculate_fan_in_and_fan_out(torch.empty(start.shape, device="meta"))
    is_bound = start.name.endswith("uniform_")
    if start.name.startswith("kaiming"):
        gain = init.calculate_gain("leaky_relu", start.options.get("a", 0))
        numerator, fans = gain**2, (fan_in,)
    else:
        numerator, fans = 2 * start.options.get("gain", 1.0) ** 2, (fan_in, fan_out)
    # a uniform distribution up to √3 σ has the deviation σ
    return scale_note(3 * numerator if is_bound else numerator, fans, is_bound)
