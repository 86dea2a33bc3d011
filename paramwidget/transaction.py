"""All or nothing: writes to a model that are verified, and put back together if anything fails.

Pure of state: everything is given. Only a session calls this, and nothing else writes to a model.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeAlias

import numpy as np

from paramwidget.adapters.base import Adapter
from paramwidget.errors import NoValuesError, OutsideChangeError, PathError, RegionError, WriteFailedError
from paramwidget.journal import Change, Entry, Flip, same_bytes
from paramwidget.notices import Notice
from paramwidget.region import Region

Values: TypeAlias = "np.ndarray | Callable[[np.ndarray], np.ndarray]"
"""What to write, or how to make it from what is there."""

Write: TypeAlias = "tuple[str, Region, Values]"


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl+C (the kernel's interrupt) back until the block has ended, so that no step is left between two lines.

    Python delivers signals to the main thread only; on others there is nothing to hold back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    handler = signal.getsignal(signal.SIGINT)
    if handler is None:  # set by something that is not Python: leave it alone
        yield
        return
    signal.signal(signal.SIGINT, lambda number, frame: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if held:
            signal.raise_signal(signal.SIGINT)


def perform(adapter: Adapter, writes: Sequence[Write]) -> tuple[list[Change | None], list[Notice]]:
    """Write, read back and compare; put everything back if anything fails.

    The changes come in the order of the writes, None where the model held just these bytes already.

    Raises
    ------
    WriteFailedError
        The framework raised or stored something else.
    """
    done: list[Change | None] = []
    notices: list[Notice] = []
    started: list[tuple[str, Region, np.ndarray]] = []
    try:
        for path, region, given in writes:
            before = np.array(adapter.read(path, region), order="C")
            values = given(before) if callable(given) else given
            if same_bytes(before, values):
                done.append(None)
                continue
            started.append((path, region, before))
            _write(adapter, path, region, values)
            done.append(Change(path, region, before, values))
        for path in dict.fromkeys(path for path, _, _ in started):
            notices += adapter.after_write(path)
        if len(started) > 1:  # a later write may lie over an earlier one, perhaps under another name of the memory
            for change in done:
                if change is not None:
                    change.expect(adapter.read(change.path, change.region))
    except BaseException as error:
        put_back(adapter, started)
        if isinstance(error, WriteFailedError) or not isinstance(error, Exception):
            raise
        raise WriteFailedError(
            f"the framework refused the write to {started[-1][0] if started else writes[0][0]} "
            f"({type(error).__name__}: {error}); every value was put back"
        ) from error
    return done, notices


def _write(adapter: Adapter, path: str, region: Region, values: np.ndarray) -> None:
    adapter.write(path, region, values)
    if not same_bytes(adapter.read(path, region), values):
        raise WriteFailedError(
            f"{path} did not keep the values that were written, so every value was put back; the framework "
            "recomputes or shares this tensor in a way that paramwidget does not know"
        )


def put_back(adapter: Adapter, started: Sequence[Write]) -> None:
    """Restore what was there, the last write first; a tensor that is broken does not keep the others from it."""
    for path, region, before in reversed(started):
        _insist(partial(_restore, adapter, path, region, before))
        _insist(partial(adapter.after_write, path))


def _restore(adapter: Adapter, path: str, region: Region, before: Values) -> None:
    adapter.write(path, region, before(adapter.read(path, region)) if callable(before) else before)


def _insist(call: Callable[[], object]) -> None:
    """Call once more if it is interrupted; the caller raises the failure that led here, which is the one to tell."""
    try:
        call()
    except KeyboardInterrupt:
        _insist(call)
    except Exception:
        return


def flip(adapter: Adapter, flips: Sequence[Flip], back: bool) -> list[Notice]:
    """Freeze or unfreeze, or with `back` the reverse; put back what was done if the framework refuses one."""
    notices: list[Notice] = []
    done: list[Flip] = []
    try:
        for one in reversed(flips) if back else flips:
            done.append(one)
            notices += adapter.set_trainable(one.path, one.before if back else one.after)
    except BaseException:
        for one in reversed(done):
            _insist(partial(adapter.set_trainable, one.path, one.after if back else one.before))
        raise
    return notices


def swap(adapter: Adapter, entry: Entry, back: bool, *, missing: bool = False) -> None:
    """Exchange what an entry holds with what the model holds: undo with `back`, else redo.

    With `missing`, parts are left out whose tensor is gone or has another shape; they stay as they are, for the day when
    it comes back.
    """
    changes = [change for change in entry.changes if change.done is back]
    flips = entry.flips
    if missing:
        changes = [change for change in changes if _contents(adapter, change) is not None]
        flips = [one for one in flips if _trainable(adapter, one) is not None]
    order = changes[::-1] if back else changes
    performed, _ = perform(adapter, [(change.path, change.region, change.held.over) for change in order])
    try:
        flip(adapter, flips, back)
    except BaseException:
        put_back(adapter, [(c.path, c.region, c.held.over) for c in performed if c is not None])
        raise
    for change, written in zip(order, performed, strict=True):
        change.done = not back
        if written is not None:
            change.held, change.expected = written.held, written.expected
        else:  # another change of the entry, or something else, had brought these bytes already
            change.expect(adapter.read(change.path, change.region))


def check_untouched(adapter: Adapter, entry: Entry, back: bool, step: str) -> None:
    """Whether the model still holds what an entry left there. `step` is the method of a session that asks.

    Raises
    ------
    OutsideChangeError
        Something else wrote the tensor, froze or unfroze it, or replaced it by another.
    """
    forced = f"{step}(force=True)" if step in ("undo", "redo", "goto") else ""
    doing = {"goto": "going there", "take_back": "taking it back"}.get(step, step)
    for change in entry.changes:
        if change.done is not back:  # left out of an earlier step
            continue
        held = _contents(adapter, change)
        if held is None:
            raise OutsideChangeError(
                f"{change.path} is gone or has another shape or element type since, so its part cannot be put back",
                f"{forced} leaves it out and does the rest" if forced else "",
            )
        if not change.is_expected(held):
            raise OutsideChangeError(
                f"{change.path} was written by something else since (training, or another cell); {doing} would "
                "overwrite that",
                f"{forced} does it all the same" if forced else "",
            )
    for one in entry.flips:
        if _trainable(adapter, one) is not (one.after if back else one.before):
            raise OutsideChangeError(
                f"{one.path} was frozen or unfrozen by something else since, or is gone",
                f"{forced} sets it back all the same" if forced else "",
            )


def _contents(adapter: Adapter, change: Change) -> np.ndarray | None:
    try:
        values = adapter.read(change.path, change.region)
    except (PathError, RegionError, NoValuesError):
        return None
    return values if values.dtype == change.held.dtype else None


def _trainable(adapter: Adapter, one: Flip) -> bool | None:
    try:
        return adapter.facts(one.path).trainable
    except PathError:
        return None
