"""Rules on single values: what is not finite, variances below 0, denormals. Pure: from a scan to findings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from paramwidget import dtypes
from paramwidget.doctor.findings import FEW, Finding, Severity, listed, plural
from paramwidget.doctor.scan import Scan, Spots
from paramwidget.edits import Edit, Zero
from paramwidget.tree import Parameter

DENORMAL_COUNT = 1000
"""More denormals than this in one tensor cost time."""
DENORMAL_SHARE = 0.01
"""A larger share than this is worth a line."""

_VARIANCES = ("running_var", "moving_variance")


def non_finite(scan: Scan) -> Iterator[Finding]:
    """NaN or infinity anywhere: every output that depends on it becomes NaN or infinite (IEEE 754, propagation).

    Infinities in a buffer are only mentioned: attention masks hold -inf by design.
    """
    bad, p, summary = scan.bad, scan.p, scan.summary
    if not bad.count:
        return
    infinite = summary.posinf + summary.neginf
    what = " and ".join(
        text for n, text in ((summary.nan, f"{summary.nan:,} NaN"), (infinite, f"{infinite:,} infinite")) if n
    )
    title, where = f"{what} in {p.path}", _positions(bad)
    if p.role in ("buffer", "state") and not summary.nan and not _is_variance(p):
        text = f"{what} in a buffer, at {where}; masks of attention are made like this, other buffers are not."
        yield Finding("non-finite", "info", p.path, bad.cell(), bad.count, title, text)
        return
    text = f"{what} of {summary.count:,} values, at {where}; whatever is computed with them becomes NaN or infinite."
    fix: tuple[Edit, ...] = ()
    if dtypes.kind(p.dtype) == "complex":  # conditions are for real values
        if bad.count <= len(bad.first):
            fix = tuple(Edit(p.path, bad.cell(i), Zero()) for i in range(bad.count))
    elif dtypes.limits(p.dtype)[0] <= 0:  # powers of two (float8_e8m0fnu) have no 0
        fix = (Edit(p.path, bad.box, Zero(), "isnan(w) or isinf(w)"),)
    yield Finding("non-finite", "error", p.path, bad.cell(), bad.count, title, text, fix, "Set to 0" if fix else "")


def negative_variance(scan: Scan) -> Iterator[Finding]:
    """A running variance below 0: batch normalisation takes the root of it (Ioffe and Szegedy, 2015), which is NaN."""
    spots, p = scan.negative, scan.p
    if not spots.count or not _is_variance(p):
        return
    where = _positions(spots)
    text = (
        f"{plural(spots.count, 'variance is', 'variances are')} below 0, at {where}; the layer takes the root of it, "
        "which is NaN. The least that a variance can be is 0."
    )
    fix = (Edit(p.path, spots.box, Zero(), "w < 0"),)
    title = f"{spots.count:,} below 0 in {p.path}"
    yield Finding("negative-variance", "error", p.path, spots.cell(), spots.count, title, text, fix, "Set to 0")


def denormals(scan: Scan) -> Iterator[Finding]:
    """Many magnitudes below the smallest normal one: processors compute with them many times slower.

    See `torch.set_flush_denormal` in PyTorch's documentation. In float16 they are usual and only less precise.
    """
    spots, p = scan.denormal, scan.p
    share = spots.count / p.size if p.size else 0.0
    many = spots.count > DENORMAL_COUNT and p.dtype != "float16"
    if not many and share <= DENORMAL_SHARE:
        return
    where = _positions(spots)
    why = "they keep few digits" if p.dtype == "float16" else "processors compute many times slower with them"
    verb = plural(spots.count, "value is", "values are")
    text = f"{verb} not 0 but below {scan.tiny:.3g}, the smallest normal {p.dtype}, at {where}; {why}."
    fix = (Edit(p.path, spots.box, Zero(), f"0 < abs(w) < {scan.tiny!r}"),)
    title = f"{spots.count:,} denormal{'s' * (spots.count != 1)} in {p.path}"
    severity: Severity = "warn" if many else "info"
    yield Finding("denormals", severity, p.path, spots.cell(), spots.count, title, text, fix, "Set to 0")


def _is_variance(p: Parameter) -> bool:
    name = re.split(r"[./]", p.name)[-1]
    return name in _VARIANCES or (name == "variance" and p.role == "buffer")


def _positions(spots: Spots) -> str:
    """Where the first few cells are."""
    return listed([spots.cell(i) for i in range(min(FEW, len(spots.first)))], spots.count)
