"""What is wrong with the parameters of a model, where, and what would put it right: `examine` and `treat`.

Every fix is made of ordinary edits, so it is one entry of the history and undone bit by bit. Nothing is changed by an
examination, and no data is needed: only values are looked at, not what the model does with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import structs

from paramwidget import dtypes, progress
from paramwidget.doctor import cells, filters, scan, sizes
from paramwidget.doctor.findings import Diagnosis, Finding, Severity
from paramwidget.errors import NoValuesError, PathError, ValueRefusedError

if TYPE_CHECKING:
    from paramwidget.journal import Entry
    from paramwidget.session import Session

__all__ = ["Diagnosis", "Finding", "Severity", "examine", "treat"]

CHECKS: tuple[Callable[[scan.Scan], Iterator[Finding]], ...] = (
    cells.non_finite,
    cells.negative_variance,
    filters.zero_filters,
    filters.constant_filters,
    filters.duplicate_filters,
    filters.loud_filters,
    cells.denormals,
)
"""What is asked of each tensor by itself; `sizes` compares them with each other.

All are conservative: a healthy model, fresh or trained, gives nothing above `info`.
"""
_READ_ONLY = "The tensor is read-only here, so put it right where it comes from."


def examine(session: Session) -> Diagnosis:
    """Look at every floating-point tensor of a model once, chunk by chunk; the lock is held for one tensor at a time.

    Raises
    ------
    ClosedError
        The session was closed.
    """
    findings: list[Finding] = []
    weights: list[sizes.Size] = []
    unread: list[str] = []
    seen: set[tuple[str, tuple[int, ...], str]] = set()
    examined = 0
    root = session.tree
    progress.expect(root.bytes)
    for node in root.nodes():
        for p in node.parameters:
            if dtypes.kind(p.dtype) not in ("float", "complex"):
                continue  # whole numbers are what they are
            view = (p.tied or p.path, p.shape, p.dtype)
            if view in seen:
                continue
            try:
                with session.lock:
                    found = scan.tensor(session, p, node.kind)
            except (NoValuesError, PathError):  # there are none, or the tensor went away meanwhile
                unread.append(p.path)
                continue
            seen.add(view)
            examined += 1
            findings += [finding for check in CHECKS for finding in check(found)]
            if (size := sizes.size(found)) is not None:
                weights.append(size)
    findings += sizes.outliers(weights)
    return Diagnosis.of([_possible(session, each) for each in findings], examined, unread)


def treat(session: Session, finding: Finding) -> Entry | None:
    """Carry out the fix of a finding as one entry of the history; None if nothing is left to change.

    Raises as `Session.apply` does, and:

    Raises
    ------
    ValueRefusedError
        The finding has no fix, or the tensor has another shape by now.
    """
    if not finding.fix:
        raise ValueRefusedError(f"there is no fix for '{finding.title}'; edit {finding.path} by hand")
    return session.apply(finding.fix, f"{finding.fix_label}: {finding.title}")


def _possible(session: Session, finding: Finding) -> Finding:
    """The finding without its fix where the tensor cannot be written."""
    try:
        writable = session.adapter.writable and session.parameter(finding.path).writable
    except PathError:
        writable = False
    if writable or not finding.fix:
        return finding
    return structs.replace(finding, fix=(), fix_label="", text=f"{finding.text} {_READ_ONLY}")
