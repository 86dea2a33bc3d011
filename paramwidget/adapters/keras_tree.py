"""The walk over a Keras 3 model: which layers it has, which variables each owns, and what they are.

The identity of a variable is its path of layer names. `Variable.path` will not do: two layers with equal names give
equal paths. Not here: the facts of one variable (`keras_facts`), values (`keras_values`), freezing
(`keras_freeze`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

import keras

from paramwidget.adapters.keras_axes import axes
from paramwidget.adapters.keras_facts import capabilities, device, dtype_name, shape_of
from paramwidget.errors import PathError
from paramwidget.tree import Node, Parameter, closest, unique

Role: TypeAlias = Literal["weight", "bias", "buffer", "state"]


class Own(NamedTuple):
    """A variable that a layer itself owns; `segment` is the last part of its path."""

    segment: str
    variable: Any
    role: Role


class Place(NamedTuple):
    """A variable, and the layers that lead to it: the model first, its owner last."""

    chain: tuple[Any, ...]
    variable: Any
    role: Role


def tree(model: Any) -> Node:
    """The layer tree; no value is read."""
    counts = Counter(id(place.variable) for _, place in places(model))
    listed = frozenset(id(v) for v in model.trainable_weights)
    return _Walk(counts, listed).node(model, (model,), "", model.name)


def places(model: Any) -> Iterator[tuple[str, Place]]:
    """All variables with their paths, in the order of the tree; a shared one as often as it occurs."""
    return _places((model,), "")


def _places(chain: tuple[Any, ...], prefix: str) -> Iterator[tuple[str, Place]]:
    own, below = members(chain[-1])
    for segment, variable, role in own:
        yield prefix + segment, Place(chain, variable, role)
    for segment, layer in below:
        yield from _places((*chain, layer), f"{prefix}{segment}/")


def find(model: Any, path: str) -> Place:
    """The variable with this path, looked for anew: a layer may have been rebuilt, quantized or popped since.

    Raises
    ------
    PathError
        There is none; the message names the closest.
    """
    chain: tuple[Any, ...] = (model,)
    *layers, last = path.split("/")
    for name in layers:
        below = dict(members(chain[-1])[1])
        if name not in below:
            raise _unknown(model, path)
        chain = (*chain, below[name])
    for segment, variable, role in members(chain[-1])[0]:
        if segment == last:
            return Place(chain, variable, role)
    raise _unknown(model, path)


def _unknown(model: Any, path: str) -> PathError:
    return PathError(f"there is no variable '{path}'{closest(path, (known for known, _ in places(model)))}")


def members(layer: Any) -> tuple[list[Own], list[tuple[str, Any]]]:
    """What a layer owns, and its sublayers; both with names that are unique inside the layer.

    Keras lets two sublayers, and two variables, of one layer have the same name.
    """
    taken: set[str] = set()
    own = [Own(unique(variable.name, taken), variable, role) for variable, role in _own(layer)]
    return own, [(unique(sub.name, taken), sub) for sub in sublayers(layer)]


def sublayers(layer: Any) -> list[Any]:
    """The tracked sublayers in order, each once: of lists, dicts, wrappers and cells too.

    Input layers hold nothing and compute nothing, so they are left out.
    """
    below = layer._flatten_layers(include_self=False, recursive=False)
    return [sub for sub in below if not isinstance(sub, keras.layers.InputLayer)]


def _own(layer: Any) -> Iterator[tuple[Any, Role]]:
    trainable, fixed = list(layer._trainable_variables), list(layer._non_trainable_variables)
    # a layer that keeps a reference to a variable of its sublayer (SpectralNormalization, a tied head) tracks it as
    # well; it is listed where it belongs
    seen = _below(layer) if (trainable or fixed) and layer._layers else set()
    # the list tells what a variable was made for, also after it was frozen; its flag does not
    roles: list[tuple[Any, Role]] = [(v, "bias" if "bias" in v.name else "weight") for v in trainable]
    roles += [(v, "buffer") for v in fixed]
    for variable, role in roles:
        if id(variable) not in seen:
            seen.add(id(variable))
            yield variable, role
    # seed generators belong to no store of variables; Keras counts them among `variables`, not among `weights`
    for generator in layer._seed_generators:
        if id(generator.state) not in seen:
            seen.add(id(generator.state))
            yield generator.state, "state"


def _below(layer: Any) -> set[int]:
    below = layer._flatten_layers(include_self=False)
    return {id(v) for sub in below for v in (*sub._trainable_variables, *sub._non_trainable_variables)}


class _Walk:
    """One walk: knows which variables occur more than once, and where each was met first."""

    def __init__(self, counts: Counter[int], listed: frozenset[int]) -> None:
        self._counts = counts
        self._listed = listed
        self._first: dict[int, str] = {}

    def node(self, layer: Any, chain: tuple[Any, ...], path: str, name: str) -> Node:
        own, below = members(layer)
        prefix = f"{path}/" if path else ""
        parameters = tuple(self._parameter(prefix + item.segment, item, chain) for item in own)
        children = tuple(self.node(sub, (*chain, sub), prefix + segment, segment) for segment, sub in below)
        # some layers (Flatten) count as unbuilt in a model that was never called, and so may a model whose layers were
        # built one by one: what has values is not called empty
        empty = not layer.built and not any(item.role != "state" for item in own) and not _any(children)
        return Node(path, name, type(layer).__name__, parameters, children, "unbuilt" if empty else "")

    def _parameter(self, path: str, item: Own, chain: tuple[Any, ...]) -> Parameter:
        variable = item.variable
        tied = self._first.setdefault(id(variable), path) if self._counts[id(variable)] > 1 else ""
        shape, dtype = shape_of(variable), dtype_name(variable)
        readable, writable, reason = capabilities(variable, dtype, chain[-1])
        stored = tied in ("", path)
        return Parameter(
            path,
            variable.name,
            shape,
            dtype,
            role=item.role,
            # "would the next fit() train it": a layer's own flag does not tell, because a variable that is True below a
            # frozen inner model trains all the same, and below a frozen outermost model nothing does
            trainable=id(variable) in self._listed if item.role in ("weight", "bias") else None,
            device=device(variable),
            tied=tied,
            counted=item.role != "state" and stored,
            readable=readable,
            writable=writable,
            reason=reason,
            axes=axes(chain, variable.name, len(shape)) if item.role != "state" else (),
            stored=stored,
        )


def _any(nodes: tuple[Node, ...]) -> bool:
    return any(p.role != "state" for node in nodes for p in node.walk())
