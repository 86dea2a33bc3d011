"""Names: the ones that are near a mistyped one, and one for each tensor."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest(name: str, names: Iterable[str]) -> str:
    """The end of an error sentence: `; did you mean 'a' or 'b'?`, or nothing if no name is near."""
    near = nearest(name, names)
    return "; did you mean " + " or ".join(f"'{n}'" for n in near) + "?" if near else ""


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """At most two names that are written much like this one; nothing is searched beyond 20,000."""
    return difflib.get_close_matches(str(name), list(names)[:20_000], n=2, cutoff=0.5)


def unique(path: str, taken: set[str]) -> str:
    """`path`, or `path~2`, `path~3`… if it is taken: two tensors never share an identity. Adds it to `taken`."""
    candidate, n = path, 1
    while candidate in taken:
        n += 1
        candidate = f"{path}~{n}"
    taken.add(candidate)
    return candidate
