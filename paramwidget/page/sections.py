"""What is on an offline page beside the tensors: header, list of layers, goals of a lesson, findings and history.

Not here: the frame around them, and what is said of values.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from paramwidget.page import text
from paramwidget.page.outline import Line, state
from paramwidget.tree import Parameter, Totals

if TYPE_CHECKING:
    from paramwidget.session import Session

_log = logging.getLogger("paramwidget")
_ROWS = 20_000
_TREE_BYTES = 2_600_000
_ENTRIES = 300
_FINDINGS = 100
_GOALS = 100
_EXAMINED = (2**24, 5_000)
"""Values and tensors of a model that is examined for a page; a larger one takes too long."""

Standing: TypeAlias = "tuple[str, bool | None, str]"
"""A goal of a lesson, whether it is met (None: it was not checked), and what is missing."""


def header(title: str, framework: str, totals: Totals, session: Session) -> str:
    """Name, totals and time."""
    said = [f"<b>{text.integer(totals.values)}</b> values", text.memory(totals.bytes)]
    said += [text.plural(totals.tensors, "tensor"), text.plural(totals.layers, "layer")]
    split = ""
    if totals.shares is not None:
        trainable, frozen = totals.shares
        said += [f"<b>{text.percent(trainable)}</b> trainable", f"<b>{text.percent(frozen)}</b> frozen"]
        parts = (("tr", totals.trainable), ("fz", totals.frozen), ("bf", totals.buffers))
        bars = "".join(f'<i class="{name}" style="flex:{size}"></i>' for name, size in parts if size)
        split = f'<div class="split" aria-hidden="true">{bars}</div>'
    trial = session.previewing
    tried = ""
    if trial is not None and trial.label:
        tried = f'<p class="tried">Being tried out, and in these values: {text.html(trial.label)}</p>'
    return (
        f'<header>\n<div class="id"><h1><bdi>{text.html(title)}</bdi></h1>'
        f'<span class="badge">{text.html(framework, 60)}</span></div>\n'
        f'<div class="totals"><p>{"".join(f"<span>{each}</span>" for each in said)}</p>{split}</div>\n'
        f'<p class="when">as of {_moment(time.time())}, read-only</p>{tried}\n</header>'
    )


SEARCH = (
    '<div class="filter"><input type="search" id="search" aria-label="Search layers and tensors" '
    'placeholder="search: conv kernel" autocomplete="off" spellcheck="false">'
    '<output id="found" class="mut" for="search"></output></div>'
)


def tree(lines: list[Line], numbers: dict[str, int]) -> tuple[str, int]:
    """The list of layers and tensors, and its size; what is beyond the limits is counted."""
    rows: list[str] = []
    used = 0
    for line in lines[:_ROWS]:
        row = _row(line, numbers)
        used += len(row.encode()) + 1
        if used > _TREE_BYTES:
            break
        rows.append(row)
    left = len(lines) - len(rows)
    rest = f'<p class="note">… and {text.plural(left, "more row")}, too many for a page</p>' if left else ""
    if not lines:
        rest = '<p class="note">There are no layers and no tensors.</p>'
    return '<ul id="rows">\n' + "\n".join(rows) + f"\n</ul>{rest}", used


def _row(line: Line, numbers: dict[str, int]) -> str:
    item = line.item
    name = f"<bdi>{text.html(item.name, 80)}</bdi>"
    said = state(line)
    mark = f"<em>{said}</em>" if said not in ("", "trainable") else ""
    depth = f'style="--d:{line.depth}"'
    if isinstance(item, Parameter):
        number = numbers.get(item.path)
        name = f'<a href="#t{number}">{name}</a>' if number is not None else f"<span>{name}</span>"
        return f"<li {depth}>{name}{mark}<code>{text.shape(item.shape)}</code><b>{text.count(item.size)}</b></li>"
    below = line.layers + line.tensors
    name = f'<button type="button" aria-expanded="true">{name}</button>' if below else f"<span>{name}</span>"
    size = text.count(line.count) if line.tensors else ""
    return f'<li class="l" {depth}>{name}<i>{text.html(item.kind, 40)}</i>{mark}<b>{size}</b></li>'


def goals(standing: Sequence[Standing]) -> str:
    """How the goals of a lesson stand; empty if there are none."""
    if not standing:
        return ""
    items = [_goal(*each) for each in standing[:_GOALS]]
    met = sum(each[1] is True for each in standing)
    more = f'<p class="note">… and {len(standing) - _GOALS:,} more</p>' if len(standing) > _GOALS else ""
    return _section("goals", "Goals", f"{met:,} of {len(standing):,}", f"<ul>{''.join(items)}</ul>{more}")


def _goal(goal: str, met: bool | None, missing: str) -> str:
    words = {True: "met", False: "not yet", None: "not checked"}[met]
    said = f"<p>{text.html(missing, 800)}</p>" if missing not in ("", words) else ""
    kind = ' class="met"' if met else ""
    return f'<li{kind}><b>{text.html(goal, 400)}</b> <span class="badge">{words}</span>{said}</li>'


def findings(session: Session, totals: Totals) -> str:
    """What an examination of the model finds, if it is small enough for that."""
    if totals.stored > _EXAMINED[0] or totals.tensors > _EXAMINED[1]:
        said = '<p class="mut">The model is too large to be examined for a page; session.examine() does it.</p>'
        return _section("findings", "Findings", "", said)
    try:
        found = list(session.examine())
    except Exception as error:  # frameworks raise what they like, and the rest of the page is no worse for it
        _log.warning("%s could not be examined for a page", session.title, exc_info=True)
        said = f'<p class="mut">The model could not be examined ({type(error).__name__}).</p>'
        return _section("findings", "Findings", "", said)
    if not found:
        return _section("findings", "Findings", "", '<p class="mut">Nothing was found.</p>')
    items = "".join(
        f'<li class="{each.severity}"><b>{text.html(each.title)}</b><p>{text.html(each.text, 800)}</p></li>'
        for each in found[:_FINDINGS]
    )
    more = f'<p class="note">… and {len(found) - _FINDINGS:,} more</p>' if len(found) > _FINDINGS else ""
    return _section("findings", "Findings", text.integer(len(found)), f"<ul>{items}</ul>{more}")


def history(session: Session) -> str:
    """What was done and not undone."""
    entries = session.history
    if not entries:
        return _section("history", "History", "", '<p class="mut">Nothing was edited.</p>')
    last = entries[-_ENTRIES:]
    items = "".join(
        f'<li value="{each.number}"><bdi>{text.html(each.label)}</bdi>'
        f'<span class="mut">{text.plural(each.count, "value") if each.changes else ""}</span>'
        f"<time>{_moment(each.time)}</time></li>"
        for each in last
    )
    more = f'<p class="note">the last {len(last):,} of {len(entries):,}</p>' if len(last) < len(entries) else ""
    return _section("history", "History", text.integer(len(entries)), f"{more}<ol>{items}</ol>")


def _section(name: str, title: str, number: str, content: str) -> str:
    count = f' <span class="badge">{number}</span>' if number else ""
    return f'<details id="{name}" open><summary><h2>{title}{count}</h2></summary>{content}</details>'


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
