"""The filter language: which tensors the user's words mean. Pure.

A word is a name, a glob, or a fact such as `frozen` or `>1M`. Facts that only a session can judge are given.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from paramwidget import dtypes
from paramwidget.errors import PathError, QueryError
from paramwidget.tree.names import closest
from paramwidget.tree.nodes import Node, Parameter

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
        It is not a text, or a word looks like a condition but is none, needs facts that were not given, or is longer
        than 200 characters.
    """
    if not isinstance(query, str):
        raise QueryError(f"a filter is a text such as 'conv* !frozen', and not {type(query).__name__}")
    present = {p.dtype for p in root.walk()} if "dtype:" in query else set()
    tests = [_test(word, facts or {}, whole, present) for word in query.split()]
    return [p for p in root.walk() if all(test(p) for test in tests)]


def matching(root: Node, names: Iterable[object], facts: Facts | None = None) -> dict[str, Parameter]:
    """The tensors that names mean, by path: paths of tensors or layers, globs, filter words, or lists of them.

    Raises
    ------
    QueryError
        There are no names, or a word means nothing.
    PathError
        A name matches nothing; the message names the closest.
    """
    found: dict[str, Parameter] = {}
    for name in flat(names):
        found |= {p.path: p for p in meant(root, name, lambda query: select(root, query, facts, whole=True))}
    return found


def named(root: Node, names: Iterable[object], facts: Facts | None = None) -> dict[str, Parameter]:
    """As `matching`, and after these what is tied to one of them: what cannot be frozen, or allowed, alone."""
    found = matching(root, names, facts)
    groups = {p.tied for p in found.values() if p.tied}
    return found | {p.path: p for p in root.walk() if p.tied in groups} if groups else found


def flat(names: Iterable[object]) -> list[str]:
    """Names, and lists of names, as one list.

    Raises
    ------
    QueryError
        There are none, or one is not a text.
    """
    several = names if isinstance(names, Iterable) and not isinstance(names, str) else [names]
    given = [one for some in several for one in (some if isinstance(some, (list, tuple, set)) else [some])]
    texts = [name for name in given if isinstance(name, str) and name.strip()]
    if not given or len(texts) < len(given):
        raise QueryError("name what is meant: paths of tensors or layers, globs, or filter words")
    return texts


def meant(root: Node, name: str, search: Callable[[str], list[Parameter]]) -> list[Parameter]:
    """The tensors that one name means: the tensor or the layer with this path, or what a search for it finds.

    Raises
    ------
    PathError
        Nothing; the message names the closest.
    """
    if name in root.index:
        return [root.index[name]]
    matches = list(root.layers[name].walk()) if name in root.layers else search(name)
    if not matches:
        raise PathError(f"nothing matches '{name}'{closest(name, [*root.layers, *root.index])}")
    return matches


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
        if not lower[5:].isdecimal():
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
