"""An offline page of a model: one HTML file with its tree, pictures and statistics of tensors, history, findings and goals.

It needs no network, no kernel and no font, and works from a folder. Scripts only open, close, search and choose; without
them everything is open. About 5 MB at most: the tree has its share, and the pictures divide what is left, so that many of
them are coarser ones.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from paramwidget import atomic
from paramwidget.errors import ValueRefusedError
from paramwidget.page import colours, png, sections, text
from paramwidget.page.card import card
from paramwidget.page.choice import choose
from paramwidget.page.outline import outline
from paramwidget.page.reading import Limits, Reading, read
from paramwidget.tree import Parameter, Totals

if TYPE_CHECKING:
    from paramwidget.session import Session

PLOTS = ("heatmap", "histogram")
_BYTES = 4_600_000
"""Of tree and pictures together."""
_CARDS = 200
_VALUES = 2**26
"""Values that are gone through for all statistics together; of more, some are left out, and it is said."""
_HERE = Path(__file__).parent


def document(
    session: Session,
    paths: str | Sequence[str] | None = None,
    plots: Sequence[str] = PLOTS,
    goals: Sequence[sections.Standing] = (),
) -> str:
    """The page as text.

    Parameters
    ----------
    paths
        Tensors to show in full: paths of tensors or layers, globs, filter words. By default the largest 40 weights.
    plots
        What is drawn of each: `heatmap`, `histogram`, both or none.
    goals
        How a lesson stands, if the model has one: each goal, whether it is met (None: not checked), and what is missing.

    Raises
    ------
    ValueRefusedError
        There is no such plot.
    PathError, QueryError
        Nothing matches, or a word means nothing.
    """
    wanted = [plots] if isinstance(plots, str) else list(plots)
    for plot in wanted:
        if plot not in PLOTS:
            raise ValueRefusedError(f"a page has no plot of kind '{plot!s:.40}'; take some of {', '.join(PLOTS)}")
    with session.lock:
        root = session.tree
        title, framework = session.title, session.adapter.name
    lines = outline(root)
    totals = Totals.of(root)
    chosen = choose(session, root, paths)
    shown = chosen[:_CARDS]
    tree, tree_bytes = sections.tree(lines, {p.path: i for i, p in enumerate(shown)})
    readings = _readings(session, shown, wanted, _BYTES - tree_bytes)
    cards = [card(i, p, each, session.aliases(p.path)) for i, (p, each) in enumerate(zip(shown, readings, strict=True))]
    script, style = _script(), _style()
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text.html(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>",
            sections.header(title, framework, totals, session),
            f'<main>\n<nav aria-label="Layers">\n{sections.SEARCH}\n{tree}\n</nav>\n<div class="pane">',
            sections.goals(goals),
            _said(chosen, shown, totals),
            *cards,
            sections.findings(session, totals),
            sections.history(session),
            f"</div>\n</main>\n<script>{script}</script>\n</body>\n</html>\n",
        ]
    )


def write(
    session: Session,
    path: str | os.PathLike[str],
    paths: str | Sequence[str] | None = None,
    plots: Sequence[str] = PLOTS,
    goals: Sequence[sections.Standing] = (),
) -> Path:
    """Write the page as a file, whole or not at all, and return its path.

    Raises
    ------
    ValueRefusedError
        `path` is none, its folder does not exist, it is a folder itself, or the file cannot be written; and as
        `document` does.
    """
    target = atomic.target(path, "model.html")  # before the work
    return atomic.replace(target, document(session, paths, plots, goals).encode("utf-8"))


# ---------------------------------------------------------------------- the frame of the page


def _script() -> str:
    """The script, with the one thing of Python that it needs: the colours of a picture in a dark theme."""
    dark = base64.b64encode(png.palette_chunk(colours.palette(dark=True))).decode("ascii")
    start = png.PALETTE_AT // 3 * 4
    constants = f"const PALETTE_AT = {start}, DARK_PALETTE = {json.dumps(dark)};\n"
    return constants + (_HERE / "document.js").read_text(encoding="utf-8")


def _style() -> str:
    ramps = (
        f":root{{--ramp:{colours.ramp()}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{--ramp:{colours.ramp(dark=True)}}}}}\n"
    )
    return (_HERE / "document.css").read_text(encoding="utf-8") + ramps


def _policy(script: str) -> str:
    """Nothing is loaded, and no script runs but this one: where hashes are known, they switch `unsafe-inline` off."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'unsafe-inline' 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def _said(chosen: list[Parameter], shown: list[Parameter], totals: Totals) -> str:
    if not chosen:
        return '<p class="note">There are no tensors with values to show.</p>'
    words = f"{text.integer(len(shown))} of {text.plural(totals.tensors, 'tensor')} in full"
    more = f"; {len(chosen):,} were chosen, which is more than a page holds" if len(chosen) > len(shown) else ""
    return f'<p class="note">{words}{more}. Choose one in the list of layers.</p>'


# ---------------------------------------------------------------------- what is on it


def _readings(session: Session, shown: list[Parameter], plots: Sequence[str], budget: int) -> list[Reading]:
    """Read each tensor. Small ones come first, so that large ones can use the bytes that those leave."""
    readings: dict[str, Reading] = {}
    left = budget * 3 // 4  # a picture is a third larger as text
    values = max(2**18, _VALUES // max(1, len(shown)))
    for i, p in enumerate(sorted(shown, key=lambda p: p.size)):
        room = left // (len(shown) - i)
        limits = Limits(values, 64 if "histogram" in plots else 0, 512 if "heatmap" in plots else 0, room)
        readings[p.path] = reading = read(session, p, limits)
        left -= len(reading.picture.file) if reading.picture is not None else 0
    return [readings[p.path] for p in shown]
