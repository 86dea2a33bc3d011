"""The layer tree: what a model is made of, without one element read; and how parts of it are selected.

Not here: values, statistics, words for the screen. The structs are also the wire types, made with msgspec because a
tree of 100,000 tensors must be ready in a fraction of a second.
"""

from __future__ import annotations

import difflib
import fnmatch
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from paramwidget import dtypes
from paramwidget.errors import PathError, QueryError

Role: TypeAlias = Literal["weight", "bias", "buffer", "state"]
Lock: TypeAlias = Literal["open", "frozen", "mixed", "none"]


class Parameter(Struct, frozen=True, gc=False):  # holds no cycles, and 100,000 of them need no second look
    """One named tensor: facts only, read without touching its values.

    `trainable` is None where the framework has no such notion. `tied` is the path of the first tensor with the same
    storage (its own path for that first one), empty if it shares nothing. `counted` says whether the framework's own
    total includes it. `readable` and `writable` are explained by `reason`, a key of `notices.REASONS`.
    """

    path: str
    name: str
    shape: tuple[int, ...]
    dtype: str
    role: Role = "weight"
    trainable: bool | None = None
    device: str = "cpu"
    tied: str = ""
    counted: bool = True
    readable: bool = True
    writable: bool = True
    reason: str = ""
    axes: tuple[str, ...] = ()
    stored: bool = True
    """Its memory is counted here, and not under another name."""

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def lock(self) -> Lock:
        """What its lock shows; `none` where there is nothing to freeze (buffers, state, integers, no such notion)."""
        if self.trainable is None or self.role not in ("weight", "bias"):
            return "none"
        return "open" if self.trainable else "frozen"

    @property
    def bytes(self) -> int:
        """Bytes of its values; 0 for an element type that NumPy does not hold."""
        return self.size * dtypes.itemsize(self.dtype)


class Node(Struct, frozen=True, dict=True):
    """A layer, module or group. `kind` is its class; `reason` explains why it is empty, if it is."""

    path: str
    name: str
    kind: str
    parameters: tuple[Parameter, ...] = ()
    children: tuple[Node, ...] = ()
    reason: str = ""

    def walk(self) -> Iterator[Parameter]:
        """All tensors below, in the order in which they are shown: own ones first, then child by child."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield from node.parameters
            stack.extend(reversed(node.children))

    def nodes(self) -> Iterator[Node]:
        """This node and all below, in the order in which they are shown."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    @cached_property
    def count(self) -> int:
        """Number of values as the framework counts them; tied ones once."""
        return sum(p.size for p in self.walk() if p.counted)

    @cached_property
    def bytes(self) -> int:
        """Bytes of everything stored, buffers included; tied ones once."""
        return sum(p.bytes for p in self.walk() if p.stored)

    @property
    def trainable(self) -> bool | None:
        """True, False, or None if the tensors below differ or have no such notion; see `lock`."""
        return {"open": True, "frozen": False}.get(self.lock)

    @property
    def lock(self) -> Lock:
        """The lock of this node: what the locks of the tensors below have in common."""
        return common_lock(p.lock for p in self.walk())

    @cached_property
    def index(self) -> Mapping[str, Parameter]:
        """All tensors below by path."""
        return {p.path: p for p in self.walk()}

    def __getitem__(self, path: str) -> Parameter:
        """The tensor with this path.

        Raises
        ------
        PathError
            There is none; the message names the closest.
        """
        try:
            return self.index[path]
        except KeyError:
            raise PathError(f"there is no tensor '{path}'{closest(path, self.index)}") from None


class Totals(NamedTuple):
    """Numbers of values of a model, tied ones once; and of its tensors and layers."""

    values: int
    """As the framework counts them."""
    stored: int
    """Buffers and all."""
    bytes: int
    trainable: int
    frozen: int
    buffers: int
    tensors: int
    layers: int

    @classmethod
    def of(cls, root: Node) -> Totals:
        """Goes through all tensors: to be asked once for each tree."""
        stored = trainable = frozen = buffers = tensors = 0
        for p in root.walk():
            tensors += 1
            if p.tied not in ("", p.path):
                continue
            stored += p.size
            if p.role in ("buffer", "state"):
                buffers += p.size
            elif p.trainable is True:
                trainable += p.size
            elif p.trainable is False:
                frozen += p.size
        layers = sum(1 for _ in root.nodes()) - 1  # the root is none
        return cls(root.count, stored, root.bytes, trainable, frozen, buffers, tensors, layers)

    @property
    def shares(self) -> tuple[float, float] | None:
        """Parts of what can train that do and that do not; None where there is no such notion."""
        held = self.trainable + self.frozen
        return (self.trainable / held, self.frozen / held) if held else None


def shown_first(root: Node) -> Parameter | None:
    """The tensor that a view begins with: the first matrix, else the first with values; editable ones before others."""
    tests: tuple[Callable[[Parameter], bool], ...] = (
        lambda p: p.readable and p.writable and len(p.shape) > 1 and p.size > 0,
        lambda p: p.readable and p.writable and p.size > 0,
        lambda p: p.readable and len(p.shape) > 1 and p.size > 0,
        lambda p: p.readable and p.size > 0,
        lambda p: True,
    )
    for test in tests:
        for p in root.walk():
            if test(p):
                return p
    return None


def common_lock(locks: Iterable[Lock]) -> Lock:
    """The lock of a layer, given those of what is in it."""
    kinds = set(locks) - {"none"}
    if len(kinds) > 1:
        return "mixed"
    return kinds.pop() if kinds else "none"


def closest(name: str, names: Iterable[str]) -> str:
    """The end of an error sentence: `; did you mean 'a' or 'b'?`, or nothing if no name is near."""
    near = nearest(name, names)
    return "; did you mean " + " or ".join(f"'{n}'" for n in near) + "?" if near else ""


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """At most two names that are written much like this one; nothing is searched beyond 20,000."""
    return difflib.get_close_matches(name, list(names)[:20_000], n=2, cutoff=0.5)


def unique(path: str, taken: set[str]) -> str:
    """`path`, or `path~2`, `path~3`… if it is taken: two tensors never share an identity. Adds it to `taken`."""
    candidate, n = path, 1
    while candidate in taken:
        n += 1
        candidate = f"{path}~{n}"
    taken.add(candidate)
    return candidate


Facts: TypeAlias = Mapping[str, Callable[[Parameter], bool]]
"""Words that only a session can judge: `nan`, `edited`."""

_SIZE = re.compile(r"([<>])(\d+(?:\.\d+)?)([kmg]?)$")
_FACTORS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_WORDS: dict[str, Callable[[Parameter], bool]] = {
    "frozen": lambda p: p.trainable is False and p.role in ("weight", "bias"),
    "trainable": lambda p: p.trainable is True,
    "buffer": lambda p: p.role == "buffer",
    "state": lambda p: p.role == "state",
    "tied": lambda p: p.tied != "",
    "readonly": lambda p: not p.writable,
}


def select(root: Node, query: str, facts: Facts | None = None, whole: bool = False) -> list[Parameter]:
    """The tensors that match every word of a query.

    Words: a glob or part of a path (`conv*`, `kernel`, `conv1/*`), `dtype:f16`, `frozen`, `trainable`, `buffer`,
    `state`, `tied`, `readonly`, `nan`, `edited`, `>1M`, `<100`, `rank:4`. A word with `!` in front is negated. With
    `whole`, a word without wildcards must be a whole name in the path: `fc1` does not mean `fc10`.

    Raises
    ------
    QueryError
        A word looks like a condition but is none, needs facts that were not given, or is longer than 200 characters.
    """
    present = {p.dtype for p in root.walk()} if "dtype:" in query else set()
    tests = [_test(word, facts or {}, whole, present) for word in query.split()]
    return [p for p in root.walk() if all(test(p) for test in tests)]


def named(root: Node, names: Sequence[object], facts: Facts | None = None) -> dict[str, Parameter]:
    """The tensors that names mean, by path: paths of tensors or layers, globs, filter words, or lists of them.

    What is tied to one of them is among them.

    Raises
    ------
    QueryError
        There are no names, or a word means nothing.
    PathError
        A name matches nothing; the message names the closest.
    """
    given = [one for some in names for one in (some if isinstance(some, (list, tuple, set)) else [some])]
    texts = [name for name in given if isinstance(name, str) and name.strip()]
    if not given or len(texts) < len(given):
        raise QueryError("name what is meant: paths of tensors or layers, globs, or filter words")
    nodes = {node.path: node for node in root.nodes() if node.path}
    found: dict[str, Parameter] = {}
    for name in texts:
        if name in root.index:
            matches = [root.index[name]]
        elif name in nodes:
            matches = list(nodes[name].walk())
        else:
            matches = select(root, name, facts, whole=True)
        if not matches:
            raise PathError(f"nothing matches '{name}'{closest(name, [*nodes, *root.index])}")
        found |= {p.path: p for p in matches}
    groups = {p.tied for p in found.values() if p.tied}
    return found | {p.path: p for p in root.walk() if p.tied in groups} if groups else found


def _test(word: str, facts: Facts, whole: bool, present: set[str]) -> Callable[[Parameter], bool]:
    if len(word) > 200:
        raise QueryError("a filter word is at most 200 characters long")
    if word.startswith("!") and len(word) > 1:
        inner = _test(word[1:], facts, whole, present)
        return lambda p: not inner(p)
    lower = word.lower()
    if lower in facts:
        return facts[lower]
    if lower in ("nan", "edited"):
        raise QueryError(f"'{word}' can only be judged by a session; use session.select('{word}')")
    if lower in _WORDS:
        return _WORDS[lower]
    if match := _SIZE.match(lower):
        sign, number, factor = match.groups()
        limit = float(number) * _FACTORS[factor]
        return (lambda p: p.size > limit) if sign == ">" else (lambda p: p.size < limit)
    if lower.startswith("dtype:"):
        wanted = lower.removeprefix("dtype:")
        if not (dtypes.is_known(wanted) or any(name.startswith(wanted) for name in present)):
            raise QueryError(f"'{word}' names no element type; write for example dtype:f32, dtype:bf16 or dtype:int")
        return lambda p: dtypes.matches(p.dtype, wanted)
    if lower.startswith("rank:"):
        if not lower[5:].isdigit():
            raise QueryError(f"'{word}' is not a rank; write for example rank:4")
        rank = int(lower[5:])
        return lambda p: len(p.shape) == rank
    if lower[0] in "<>":
        raise QueryError(f"'{word}' is not a size; write for example >1M or <100")
    return _named(lower, whole)


def _named(pattern: str, whole: bool) -> Callable[[Parameter], bool]:
    """A pattern with wildcards must match the path, one of its tails, or all below a matching layer."""
    if not any(c in pattern for c in "*?["):
        if not whole:
            return lambda p: pattern in p.path.lower()
        bounded = re.compile(rf"(?:^|[/.]){re.escape(pattern)}(?:$|[/.])")
        return lambda p: bounded.search(p.path.lower()) is not None
    compiled = re.compile(fnmatch.translate(pattern))

    def test(p: Parameter) -> bool:
        path = p.path.lower()
        parts = re.split(r"(?<=[/.])", path)
        # every start of a name, with every end of one: `conv*` finds conv1/kernel and block/conv1/kernel
        return any(compiled.match("".join(parts[i:])) for i in range(len(parts)))

    return test
