"""One tensor on an offline page: facts, statistics, histogram and heatmap as HTML.

Pure: it writes down what was read. Not here: which tensors are shown, and reading them.
"""

from __future__ import annotations

from paramwidget import dtypes
from paramwidget.page import png, text
from paramwidget.page.picture import Picture
from paramwidget.page.reading import Reading
from paramwidget.statistics import Histogram
from paramwidget.tree import Parameter

_CLASS = {True: "bad", False: "ok"}
"""Of a statistic."""
_HEIGHT = 64
"""Of a histogram, in the units of its drawing; a bin is 10 of them wide."""


def card(number: int, p: Parameter, reading: Reading, aliases: list[str]) -> str:
    """The section of a tensor; `aliases` are other names of the same storage."""
    parent = p.path[: len(p.path) - len(p.name)] if p.path.endswith(p.name) else ""
    crumb = f'<bdi class="mut">{text.html(parent, 120)}</bdi>' if parent else ""
    parts = [f'<h2 id="h{number}">{crumb}<bdi>{text.html(p.name if parent else p.path)}</bdi></h2>', _facts(p)]
    if aliases:
        names = ", ".join(f"<bdi>{text.html(name, 80)}</bdi>" for name in aliases[:5])
        more = f" and {len(aliases) - 5:,} more" if len(aliases) > 5 else ""
        parts.append(f'<p class="mut">The same storage as {names}{more}.</p>')
    if reading.reason:
        parts.append(f"<p>Its values are not shown: {text.html(reading.reason, 600)}.</p>")
    if reading.value:
        parts.append(f'<p class="value">{text.html(reading.value)}</p>')
    if reading.summary is not None:
        parts.append(_statistics(p, reading))
    if reading.bins is not None:
        parts.append(_histogram(reading.bins, reading))
    if reading.picture is not None:
        parts.append(_heatmap(p, reading.picture))
    body = "\n".join(parts)
    return f'<section class="card" id="t{number}" aria-labelledby="h{number}">\n{body}\n</section>'


def _facts(p: Parameter) -> str:
    state = {"open": "trainable", "frozen": "frozen"}.get(p.lock, p.role)
    known = dtypes.kind(p.dtype) != "other"
    said = [text.shape(p.shape), p.dtype, text.plural(p.size, "value"), text.memory(p.bytes) if known else "", p.device]
    facts = "".join(f"<span>{text.html(fact, 80)}</span>" for fact in (*said, state) if fact)
    return f'<p class="facts">{facts}</p>'


def _statistics(p: Parameter, reading: Reading) -> str:
    s, part = reading.summary, reading.every > 1
    assert s is not None
    kind = dtypes.kind(p.dtype)
    infinite = s.posinf + s.neginf

    def about(sign: str, words: str) -> str:
        return (f"{sign} {words}" if part else words) if s.finite else "–"

    def found(n: int) -> str:
        return f"{text.integer(n)} in 1/{reading.every:,}" if part else text.integer(n)

    rows = [
        ("min", about("≤", text.typed(s.min, kind)), False),
        ("max", about("≥", text.typed(s.max, kind)), False),
        ("mean", about("≈", text.number(s.mean)), False),
        ("std", about("≈", text.number(s.std)), False),
        ("L2", about("≈", text.number(reading.l2)), False),
        ("zeros", about("≈", text.percent(s.zeros / s.count)), False),
        ("NaN", found(s.nan), s.nan > 0),
        ("Inf", found(infinite), infinite > 0),
    ]
    listed = "".join(f'<div class="{_CLASS[bad]}"><dt>{name}</dt><dd>{words}</dd></div>' for name, words, bad in rows)
    note = f'<p class="note">One value in {reading.every:,} was read.</p>' if part else ""
    return f'<dl class="stats">{listed}</dl>{note}'


def _histogram(bins: Histogram, reading: Reading) -> str:
    """Bars over the colours of the heatmap, on the same axis."""
    most = max(bins.counts) or 1
    bars = []
    for i, n in enumerate(bins.counts):
        if n:
            high = max(0.75, _HEIGHT * n / most)  # a single value must be seen too
            bars.append(f"M{10 * i} {_HEIGHT}v{-high:.4g}h9v{high:.4g}z")
    wide = 10 * len(bins.counts)
    half = text.end(reading.half)
    outside = bins.under + bins.over
    note = f'<p class="note">{text.plural(outside, "value")} outside of this range</p>' if outside else ""
    said = f"Histogram from {text.MINUS}{half} to {half}; the highest bin holds {text.plural(most, 'value')}"
    return (
        f'<figure class="hist"><svg viewBox="0 0 {wide} {_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{said}"><path d="{"".join(bars)}"/></svg><div class="ramp"></div>'
        f'<div class="ends"><span>{text.MINUS}{half}</span><span>0</span><span>{half}</span></div>{note}</figure>'
    )


def _heatmap(p: Parameter, drawn: Picture) -> str:
    down, across = drawn.axes
    names = [f"{down} down, {across} across" if down and across else "", drawn.plane, *drawn.notes]
    note = " · ".join(text.html(each, 120) for each in names if each)
    width, height = drawn.enlarged(512)
    row = 'class="row" ' if drawn.cells[0] == 1 and height < 26 else ""
    return (
        f'<figure class="heat"><img {row}src="{png.data_uri(drawn.file)}" width="{width}" '
        f'height="{height}" alt="Heatmap of {text.html(p.path, 120)}">'
        f'<figcaption class="note">{note}</figcaption></figure>'
    )
