"""What a probe gives over a range of values: the model is walked through it and is bit-identical afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from msgspec import Struct

from paramwidget import dtypes
from paramwidget.edits import Fill, Operation, Scale
from paramwidget.errors import OutsideChangeError, PreviewError, ProbeError, ValueRefusedError
from paramwidget.guard import Changed, Guard
from paramwidget.region import Index, Region

if TYPE_CHECKING:
    from paramwidget.session import Session

MOST_STEPS = 10_001


class Curve(Struct, frozen=True):
    """What a probe gives over a range of values or factors."""

    probe: str
    """Name of the probe."""
    vary: Literal["value", "factor"]
    """What was varied: the `value` of all cells of the region, or a `factor` on them."""
    xs: tuple[float, ...]
    """The places, ascending."""
    ys: tuple[float, ...]
    """What the probe gave at each of them."""
    here: float
    """The present place: the value of one cell, the mean of several, or the factor 1."""
    value: float
    """What the probe gives for the model as it is."""

    @property
    def best(self) -> tuple[float, float]:
        """The place where the probe gave most, and what it gave; the first place if it gave nothing but NaN."""
        at = int(np.argmax(np.where(np.isnan(self.ys), -np.inf, self.ys)))
        return self.xs[at], self.ys[at]


def sweep(
    session: Session,
    what: str,
    low: float,
    high: float,
    steps: int = 21,
    *,
    vary: Literal["value", "factor"] = "value",
    probe: str | None = None,
    region: Index | Region | str = ...,
    where: str = "",
) -> Curve:
    """Set the values of a region to each of `steps` numbers from `low` to `high`, or scale them, and ask the probe.

    Raises as `Session.preview` does, and:

    Raises
    ------
    ValueRefusedError
        The range is empty or not finite, or a value of it does not fit the tensor.
    ProbeError
        There is no probe, it gives no number, or it changes the model, which was put back then.
    """
    if vary not in ("value", "factor"):
        raise ValueRefusedError(f"a curve is over 'value' or 'factor', not {vary!r}")
    if not all(isinstance(end, (int, float, np.number)) for end in (low, high)) or not isinstance(
        steps, (int, np.integer)
    ):
        raise ValueRefusedError("a range takes two numbers and a whole number of steps")
    if session.previewing is not None:
        raise PreviewError(
            "something is tried out, so there is nothing to start a curve from; keep it or take it back first"
        )
    if not (np.isfinite(low) and np.isfinite(high) and low < high and np.isfinite(high - low)):
        raise ValueRefusedError(f"a range goes from a lower to a higher finite number, not from {low:g} to {high:g}")
    if not 2 <= steps <= MOST_STEPS:
        raise ValueRefusedError(f"a curve takes 2 to {MOST_STEPS:,} steps, not {steps}")
    name = probe if probe is not None else session.probes.first.name
    session.probes[name]
    xs = _places(session, what, low, high, steps, vary)
    with session.preview(what, region=region, where=where) as trial:
        guard = Guard(session, first=True)
        history = _history(session)
        ys: list[float] = []
        try:
            value = _measure(session, name, guard)
            here = _present(trial.base) if vary == "value" else 1.0
            for x in xs:
                trial.apply(_operation(vary, x))
                ys.append(_measure(session, name, guard))
        except OutsideChangeError:
            raise ProbeError(Changed(trial.paths, True, guard.replaced(trial.paths)).told(name)) from None
        finally:
            trial.revert(force=True)
            # what the probe edited through the session is in the history, so that it must stay
            changed = guard.changed() if _history(session) == history else Changed()
    if changed.paths:
        raise ProbeError(changed.told(name))
    return Curve(name, vary, xs, tuple(ys), here, value)


def _measure(session: Session, name: str, guard: Guard) -> float:
    before = _history(session), session.generation
    with guard:
        value = session.probes.measure(name)
    if (_history(session), session.generation) != before:
        raise ProbeError(
            f"{name} edited the model while it ran, so there is no curve; its edits are in the history, and can be undone"
        )
    return value


def _history(session: Session) -> tuple[int, int]:
    return len(session.journal.entries), session.journal.position


def _places(session: Session, what: str, low: float, high: float, steps: int, vary: str) -> tuple[float, ...]:
    places = np.linspace(low, high, steps)
    kinds = {dtypes.kind(session.parameter(edit.path).dtype) for edit in session.targets(what, Scale(1.0))}
    if vary == "value" and kinds & {"int", "uint", "bool"}:
        places = np.unique(np.round(places))
    return tuple(float(x) for x in places)


def _operation(vary: str, x: float) -> Operation:
    if vary == "factor":
        return Scale(x)
    return Fill(repr(int(x)) if x.is_integer() else repr(x))


def _present(base: list[np.ndarray]) -> float:
    """The value of one cell, else the mean."""
    with np.errstate(invalid="ignore"):  # signalling NaN
        values = np.concatenate([dtypes.measure(each).astype(np.float64).reshape(-1) for each in base])
    return float(values.mean()) if values.size else float("nan")
