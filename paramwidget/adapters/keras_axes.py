"""What the axes of a Keras variable mean, by the layer that owns it. Pure: asks for types and names only."""

from __future__ import annotations

from typing import Any

from keras import layers

_SPACE = {3: ("kw",), 4: ("kh", "kw"), 5: ("kd", "kh", "kw")}
_CONVOLUTIONS = (layers.Conv1D, layers.Conv2D, layers.Conv3D)
_TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
_DEPTHWISE = (layers.DepthwiseConv1D, layers.DepthwiseConv2D)
_SEPARABLE = (layers.SeparableConv1D, layers.SeparableConv2D)
_CELLS = (layers.SimpleRNNCell, layers.LSTMCell, layers.GRUCell)
_ATTENTION = (layers.MultiHeadAttention, layers.GroupQueryAttention)
_PER_CHANNEL = (
    layers.BatchNormalization,
    layers.LayerNormalization,
    layers.GroupNormalization,
    layers.RMSNormalization,
    layers.Normalization,
)


def axes(chain: tuple[Any, ...], name: str, rank: int) -> tuple[str, ...]:
    """One name for each axis, or nothing where the layer is not known."""
    layer, parent = chain[-1], chain[-2] if len(chain) > 1 else None
    found = _kernel(layer, parent, name, rank) if rank > 1 else _vector(layer, name) if rank else ()
    return found if len(found) == rank else ()


def _vector(layer: Any, name: str) -> tuple[str, ...]:
    if isinstance(layer, (*_PER_CHANNEL, *_DEPTHWISE)):
        return ("channel",)
    if isinstance(layer, _CELLS):
        return ("gate",)
    known = (*_CONVOLUTIONS, *_TRANSPOSED, *_SEPARABLE, layers.Dense, layers.EinsumDense)
    return ("out",) if name == "bias" and isinstance(layer, known) else ()


def _kernel(layer: Any, parent: Any, name: str, rank: int) -> tuple[str, ...]:
    space = _SPACE.get(rank, ())
    if isinstance(layer, _CELLS):
        return {"kernel": ("in", "gate"), "recurrent_kernel": ("unit", "gate")}.get(name, ())
    if isinstance(layer, layers.Embedding):
        return ("token", "dim") if name == "embeddings" else ()
    if isinstance(layer, layers.EinsumDense) and isinstance(parent, _ATTENTION):
        if name == "bias":
            return ("head", "dim")
        into = getattr(parent, "_output_dense", None) is layer
        return () if name != "kernel" else ("head", "dim", "out") if into else ("in", "head", "dim")
    if name == "pointwise_kernel":
        return (*space, "in", "out")
    if name == "depthwise_kernel" or (name == "kernel" and isinstance(layer, _DEPTHWISE)):
        return (*space, "channel", "mult")
    if name != "kernel":
        return ()
    # transposed convolutions keep the outputs before the inputs
    if isinstance(layer, _TRANSPOSED):
        return (*space, "out", "in")
    if isinstance(layer, _CONVOLUTIONS):
        return (*space, "in", "out")
    return ("in", "out") if isinstance(layer, (layers.Dense, layers.EinsumDense)) else ()
