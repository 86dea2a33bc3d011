"""The text of a formula as words that are all allowed, each with its place; `|x|` becomes `abs(x)`.

Whatever is not in the list is refused here, before Python's parser sees any of it. Not here: grammar (`syntax`).
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator

from msgspec import Struct

from paramwidget.errors import ExpressionError
from paramwidget.expression.operations import CONSTANTS, DRAWS, FUNCTIONS

LONGEST, DEEPEST = 1000, 50

_KEYWORDS = ("and", "or", "not")
_NAMES = frozenset({"w", *CONSTANTS, *DRAWS, *FUNCTIONS, *_KEYWORDS})
_INDEX = re.compile(r"i(0|[1-9]\d?)")
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<sign>\*\*|//|<=|>=|==|!=|[-+*/%<>&~(),|])"
)
_HINTS = {
    "=": "; write == to compare",
    "^": "; write ** for a power",
    "!": "; write not, or != to compare",
    "[": "; choose the slice to edit instead",
    ".": "; a name has no parts here",
}


class Token(Struct, frozen=True):
    """A word as Python's parser gets it, and where it was in the text."""

    text: str
    position: int


def fault(position: int, what: str) -> ExpressionError:
    """People count characters from 1."""
    return ExpressionError(f"at character {position + 1}: {what}", position=position)


def index_axis(name: str) -> int | None:
    """The axis that `i0`, `i1`, … counts along, None for another name."""
    match = _INDEX.fullmatch(name)
    return int(match[1]) if match else None


def tokenize(text: str) -> list[Token]:
    """The words of a formula, with bars rewritten.

    Raises
    ------
    ExpressionError
        Too long; a character, name or number that is not of the language; brackets or bars without a partner.
    """
    if len(text) > LONGEST:
        raise fault(LONGEST, f"a formula has at most {LONGEST} characters; make it shorter")
    found: list[Token] = []
    opened: list[Token] = []  # brackets and bars that wait for their partner
    follows_value = False
    for kind, token in _words(text.replace("\u2212", "-")):
        word, at = token.text, token.position
        if kind == "number" or (kind == "name" and word not in _KEYWORDS):
            if follows_value:
                raise fault(at, f"an operator is missing before '{_short(word)}'; write for example 2 * w")
            found.append(Token(_number(word, at), at) if kind == "number" else token)
            follows_value = True
        elif word == "(" or (word == "|" and not follows_value):
            opened.append(token)
            if len(opened) > DEEPEST:
                raise fault(at, f"brackets are nested deeper than {DEEPEST}; make the formula simpler")
            found += [token] if word == "(" else [Token("abs", at), Token("(", at)]
            follows_value = False
        elif word == ")" or word == "|":
            if not opened or (opened[-1].text == "|") != (word == "|"):
                raise fault(at, "')' closes nothing" if word == ")" else "'|' is no operator here; write or")
            opened.pop()
            found.append(Token(")", at))
            follows_value = True
        else:
            found.append(token)
            follows_value = False
    if opened:
        raise fault(opened[-1].position, f"'{opened[-1].text}' is never closed")
    return found


def _words(text: str) -> Iterator[tuple[str, Token]]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise fault(at, f"{text[at]!a} has no meaning in a formula{_HINTS.get(text[at], '')}")
        if match.lastgroup == "name":
            _check_name(match[0], at)
        if match.lastgroup != "space":
            yield str(match.lastgroup), Token(match[0], at)
        at = match.end()


def _check_name(name: str, at: int) -> None:
    if name in _NAMES or index_axis(name) is not None:
        return
    nearest = difflib.get_close_matches(name.lower()[:40], ["i0", "i1", *sorted(_NAMES)], n=1, cutoff=0.5)
    advice = f"the closest is '{nearest[0]}'" if nearest else "the values are called w"
    raise fault(at, f"'{_short(name)}' is not a name of the language; {advice}")


def _number(word: str, at: int) -> str:
    value = float(word)
    if math.isinf(value):
        raise fault(at, f"{_short(word)} is too large for float64; write inf if that is meant")
    if value == 0 and re.search("[1-9]", re.split("[eE]", word)[0]):
        raise fault(at, f"{_short(word)} is too small for float64; write 0 if that is meant")
    return repr(value)


def _short(word: str) -> str:
    return word if len(word) <= 40 else word[:39] + "…"
