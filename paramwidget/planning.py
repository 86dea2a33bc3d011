"""From an intended edit to what is written: the facts are checked and the new values computed; nothing is written yet.

Pure of state: everything is given. Not here: how a write is all or nothing (`transaction`).
"""

from __future__ import annotations

import numpy as np
from msgspec import structs

from paramwidget import expression, progress
from paramwidget.adapters.base import Adapter
from paramwidget.edits import Edit, Place, World
from paramwidget.errors import NoValuesError, ReadOnlyError, ValueRefusedError
from paramwidget.notices import reason_text
from paramwidget.region import Region
from paramwidget.tree import Parameter


def check_writable(adapter: Adapter, p: Parameter) -> None:
    """Raise unless the values of a tensor can be changed.

    Raises
    ------
    NoValuesError, ReadOnlyError
        With the reason, and what to edit instead.
    """
    if not p.readable:
        raise NoValuesError(f"{p.path} cannot be edited: {reason_text(p.reason)}")
    if not p.writable or not adapter.writable:
        raise ReadOnlyError(f"{p.path} cannot be edited: {reason_text(p.reason) or 'the model is read-only'}")


def new_values(
    world: World, p: Parameter, edit: Edit, current: np.ndarray, spare: np.ndarray | None = None
) -> np.ndarray:
    """What a region will hold after an edit: an array of its extent and dtype, in memory of its own or in `spare`.

    Raises
    ------
    ValueRefusedError, ExpressionError
        The edit does not fit the tensor, or a result cannot be stored.
    StoppedError
        Whoever watches the progress stopped it.
    """
    if edit.region.shape != p.shape:
        raise ValueRefusedError(
            f"{p.path} has shape {p.shape} now, not {edit.region.shape}; look at it again before editing"
        )
    progress.advance(current.nbytes)  # before the work: it may be stopped here, where nothing is written yet
    place = Place(p.path, p.dtype, edit.region, p.axes, world)
    if not edit.where:
        new = edit.operation.apply(current, structs.replace(place, spare=spare))
        return np.array(new, order="C") if np.may_share_memory(new, current) else new
    if edit.operation.spatial:
        raise ValueRefusedError(
            f"'{edit.operation.label}' moves or fits whole slices, so it cannot be limited to the values where "
            f"{edit.where}; leave the condition out"
        )
    chosen = matching(edit.where, current, edit.region)
    new = np.array(current, order="C")
    place = structs.replace(place, chosen=chosen)
    np.copyto(new, edit.operation.apply(current, place), where=chosen)
    return new


def matching(where: str, current: np.ndarray, region: Region) -> np.ndarray:
    """Which cells of a region fulfil a condition: a bool array of its extent.

    Raises
    ------
    ExpressionError
        The text is no condition.
    """
    return expression.condition(expression.parse(where), current, region)
