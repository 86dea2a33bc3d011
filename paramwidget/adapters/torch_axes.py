"""What the axes of a torch layer's tensors mean: a table by layer class and tensor name. Pure.

A class is found by name along its base classes, so subclasses of a layer (fused, sharded, parametrized) have its axes.
Unknown layers have none: no guess is made from a shape.
"""

from __future__ import annotations

from collections.abc import Mapping

Axes = tuple[str, ...]

_OUT_IN: dict[str, Axes] = {"weight": ("out", "in"), "bias": ("out",)}
_CHANNEL: dict[str, Axes] = dict.fromkeys(("weight", "bias", "running_mean", "running_var"), ("channel",))
_TOKEN: dict[str, Axes] = {"weight": ("token", "dim")}
_RECURRENT: dict[str, Axes] = {
    "weight_ih": ("gate", "in"),
    "weight_hh": ("gate", "hidden"),
    "weight_hr": ("out", "hidden"),
    "bias_ih": ("gate",),
    "bias_hh": ("gate",),
}
_ATTENTION: dict[str, Axes] = {
    "in_proj_weight": ("out", "in"),
    "q_proj_weight": ("out", "in"),
    "k_proj_weight": ("out", "in"),
    "v_proj_weight": ("out", "in"),
    "in_proj_bias": ("out",),
}
_WINDOW = {1: ("kw",), 2: ("kh", "kw"), 3: ("kd", "kh", "kw")}

_LAYERS: dict[str, Mapping[str, Axes]] = {
    "Linear": _OUT_IN,
    "Bilinear": {"weight": ("out", "in1", "in2"), "bias": ("out",)},
    "Embedding": _TOKEN,
    "EmbeddingBag": _TOKEN,
    "_NormBase": _CHANNEL,
    "GroupNorm": _CHANNEL,
    "LayerNorm": _CHANNEL,
    "RMSNorm": _CHANNEL,
    "PReLU": _CHANNEL,
    "RNNBase": _RECURRENT,
    "RNNCellBase": _RECURRENT,
    "MultiheadAttention": _ATTENTION,
}
for _n, _window in _WINDOW.items():
    _LAYERS[f"Conv{_n}d"] = {"weight": ("out", "in", *_window), "bias": ("out",)}
    _LAYERS[f"ConvTranspose{_n}d"] = {"weight": ("in", "out", *_window), "bias": ("out",)}

# what pruning and the old weight_norm call the stored tensor of a `weight`
_SUFFIXES = ("_orig", "_mask", "_v")


def axes(layer: type, name: str, rank: int) -> Axes:
    """The names of the axes of a tensor in a layer of this class; empty if they are not known."""
    table = next(
        (
            _LAYERS[cls.__name__]
            for cls in layer.__mro__
            if cls.__name__ in _LAYERS and cls.__module__.startswith("torch.")
        ),
        None,
    )
    if table is None:
        return ()
    if table is _RECURRENT:
        name = "_".join(name.split("_")[:2])  # weight_ih_l0_reverse
    for suffix in _SUFFIXES:
        if name not in table:
            name = name.removesuffix(suffix)
    found = table.get(name, ())
    return found if len(found) == rank else ()
