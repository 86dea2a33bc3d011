"""What a notebook shows of an editor where no kernel and no widget is: a small fragment of plain HTML.

Without scripts, style sheets and anything from elsewhere, and with text that is read in any colours around it: viewers of
notebooks take parts of it away, and then it must still say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paramwidget.errors import ClosedError
from paramwidget.page import png, text
from paramwidget.page.outline import Line, outline, state
from paramwidget.page.picture import Picture
from paramwidget.page.reading import Limits, Reading, read
from paramwidget.tree import Node, Parameter, Totals, shown_first

if TYPE_CHECKING:
    from paramwidget.session import Session

_LINES = 60
_LINES_BYTES = 21_500
"""Of the tree: with the picture and all the rest, a summary stays below 40 KB whatever the names are."""
_EDITS = 5
_LIMITS = Limits(values=0, bins=0, side=320, budget=10_000)
"""Of the picture, which is a third larger as text."""
_MUTED = "opacity:.65"
_CELL = "text-align:left;padding:1px 1em 1px 0"
_FIGURE = _CELL.replace("left", "right")


def summary(session: Session, selected: str = "", width: int = 100) -> str:
    """The fragment, at most `width` characters wide and 40 KB large; it never raises for a model that is odd.

    The tree is as it was read last, which for an editor is after the last cell: reading it again can take a second.
    No value is read but of the tensor that is `selected`, or else of the one that the editor shows first; of a large one,
    a part.
    """
    width = max(40, min(width, 400))
    try:
        with session.lock:
            title, framework, root = session.title, session.adapter.name, session.known
            edits = [(entry.number, entry.label) for entry in session.history[-_EDITS:]]
            number = len(session.history)
            chosen = root.index.get(selected) or shown_first(root)
    except ClosedError:
        return _frame(width, "<div>This editor was closed. Run the cell again to open a new one.</div>")
    lines = outline(root)
    totals = Totals.of(root)
    parts = [
        f'<div style="font-size:1.1em"><b>{text.html(title, 60)}</b> '
        f'<span style="{_MUTED}">{text.html(framework, 40)}</span></div>',
        f"<div>{_totals(totals)}</div>",
        _bar(totals),
        _tree(lines, width),
    ]
    if chosen is not None:
        parts.append(_figure(chosen, read(session, chosen, _LIMITS), width))
    if edits:
        parts.append(_edits(edits, number))
    parts.append(f'<div style="{_MUTED};margin-top:.8em">Run the cell again to edit it.</div>')
    return _frame(width, "\n".join(parts))


def _frame(width: int, content: str) -> str:
    style = (
        f"max-width:{width}ch;overflow-x:auto;color:inherit;background:transparent;line-height:1.5;"
        "font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:13px"
    )
    return f'<div class="paramwidget" style="{style}">\n{content}\n</div>\n'


def _totals(totals: Totals) -> str:
    said = [f"<b>{text.integer(totals.values)}</b> values", text.memory(totals.bytes)]
    if totals.shares is not None:
        trainable, frozen = map(text.percent, totals.shares)
        said += [f"{trainable} trainable", f"{frozen} frozen"]
    said += [text.plural(totals.tensors, "tensor"), text.plural(totals.layers, "layer")]
    return " · ".join(said)


def _bar(totals: Totals) -> str:
    """What can train against what is frozen; the words above say the same."""
    if totals.shares is None:
        return ""
    return (
        '<div style="height:4px;margin:4px 0 8px;max-width:320px;border-radius:2px;overflow:hidden;border:1px solid;'
        'opacity:.55">'
        f'<div style="height:4px;width:{100 * totals.shares[0]:.1f}%;background:currentColor"></div></div>'
    )


def _tree(lines: list[Line], width: int) -> str:
    if not lines:
        return f'<div style="{_MUTED}">There are no layers and no tensors.</div>'
    depth = _depth(lines)
    shown = [line for line in lines if line.depth <= depth]
    head = "".join(
        f'<th scope="col" style="{_CELL if name in ("layer", "") else _FIGURE};font-weight:normal;{_MUTED}">{name}</th>'
        for name in ("layer", "shape", "values", "")
    )
    rows: list[str] = []
    used = 0
    for line in shown[:_LINES]:
        row = _line(line, line.depth == depth, width)
        used += len(row.encode())
        if used > _LINES_BYTES:
            break
        rows.append(row)
    rest = _rest(shown[len(rows) :])
    return (
        '<table style="border-collapse:collapse;border:0;margin:0;table-layout:auto;font-size:inherit;color:inherit">'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + f"\n</tbody></table>{rest}"
    )


def _depth(lines: list[Line]) -> int:
    """The deepest level that is listed: all levels, or as many as there is room for, or the first."""
    sizes: dict[int, int] = {}
    for line in lines:
        sizes[line.depth] = sizes.get(line.depth, 0) + 1
    deepest, total = 0, 0
    for depth in sorted(sizes):
        total += sizes[depth]
        if total > _LINES:
            break
        deepest = depth
    return deepest


def _rest(left: list[Line]) -> str:
    """What is not listed."""
    layers = sum(isinstance(line.item, Node) for line in left)
    said = [text.plural(n, f"more {noun}") for n, noun in ((layers, "layer"), (len(left) - layers, "tensor")) if n]
    return f'<div style="{_MUTED}">… and {" and ".join(said)}</div>' if said else ""


def _line(line: Line, closed: bool, width: int) -> str:
    item = line.item
    # no-break spaces, since a viewer may take the styles away
    indent = "\u00a0" * (3 * min(line.depth, 8))
    name = f"<bdi>{text.html(item.name, width // 2)}</bdi>"
    if isinstance(item, Parameter):
        middle = text.html(text.shape(item.shape), 40)
        size = text.integer(item.size) if item.counted else f"({text.integer(item.size)})"
    else:
        name = f'<b>{name}</b> <span style="{_MUTED}">{text.html(item.kind, 32)}</span>'
        middle = (
            f'<span style="{_MUTED}">{text.plural(line.tensors, "tensor")}</span>' if closed and line.tensors else ""
        )
        size = text.integer(line.count) if line.tensors else ""
    return (
        f'<tr><td style="{_CELL}">{indent}{name}</td><td style="{_FIGURE}">{middle}</td>'
        f'<td style="{_FIGURE}">{size}</td><td style="{_CELL};{_MUTED}">{state(line)}</td></tr>'
    )


def _figure(p: Parameter, reading: Reading, width: int) -> str:
    facts = f"{text.html(text.shape(p.shape), 40)} {text.html(p.dtype, 24)}"
    head = f'<b><bdi>{text.html(p.path, width // 2)}</bdi></b> <span style="{_MUTED}">{facts}</span>'
    if reading.reason:
        return f'<div style="margin-top:.8em">{head}<br>There is no picture: {text.html(reading.reason)}.</div>'
    if reading.picture is None:
        return f'<div style="margin-top:.8em">{head} <b>{text.html(reading.value, 60)}</b></div>'
    drawn = reading.picture
    half = text.end(reading.half)
    scale = f"red is {text.MINUS}{half}, white 0, blue {half}; grey is not finite"
    notes = " · ".join([*filter(None, [drawn.plane, _axes(drawn)]), scale, *drawn.notes])
    wide, high = drawn.enlarged(_LIMITS.side)
    size = f'width="{wide}" height="{max(12, high)}"'
    return (
        f'<div style="margin-top:.8em">{head}</div>\n'
        f'<img src="{png.data_uri(drawn.file)}" {size} alt="Heatmap of {text.html(p.path, width // 2)}" '
        f'style="display:block;margin:4px 0;image-rendering:pixelated;max-width:none;background:#fff">\n'
        f'<div style="{_MUTED};font-size:.9em">{text.html(notes, 400)}</div>'
    )


def _axes(drawn: Picture) -> str:
    down, across = drawn.axes
    return f"{down} down, {across} across" if down and across else across


def _edits(edits: list[tuple[int, str]], number: int) -> str:
    more = f", the last {len(edits)}" if number > len(edits) else ""
    items = "".join(f'<li value="{n}"><bdi>{text.html(label, 72)}</bdi></li>' for n, label in edits)
    return (
        f'<div style="margin-top:.8em"><b>{text.plural(number, "edit")}</b>{more}</div>'
        f'<ol style="margin:0;padding-left:2.2em">{items}</ol>'
    )
