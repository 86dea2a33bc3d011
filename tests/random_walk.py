"""A long random walk over all that a session can do; whoever runs it looks whether the way back leads to the start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from paramwidget import Session, dtypes, edits
from paramwidget.adapters.base import Programmable
from paramwidget.edits import Assign, Edit
from paramwidget.errors import OutsideChangeError, ParamwidgetError, WriteFailedError
from paramwidget.journal import Entry, same_bytes
from paramwidget.region import Region, Span
from paramwidget.tree import Parameter

FORMULAS = ["w * 0.5 + 0.25", "abs(w) - 1", "where(w > 0, w, 0)", "-w", "w + randn() * 0.1", "i0", "w - mean", "1 - w"]
CONDITIONS = ["w > 0", "abs(w) < 0.5", "i0 == 0", "w == w", "isnan(w)", "not w < 1"]
TEXTS = ["0.5", "1", "-0.0", "nan", "inf", "1e-3", "True", "-7", "300"]


def contents(session: Session) -> dict[str, np.ndarray]:
    """Copies of all values, through the session."""
    return {p.path: session.read(p.path) for p in session.tree.walk() if p.readable}


def locks(session: Session) -> dict[str, bool | None]:
    """Which tensors train."""
    return {p.path: p.trainable for p in session.tree.walk()}


def differing(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> list[str]:
    """Paths whose bits differ."""
    return [path for path in {**a, **b} if path not in a or path not in b or not same_bytes(a[path], b[path])]


class Walk:
    """A walk over one session. `states[n]` is what the model held at entry n, `did` counts what was done."""

    def __init__(self, session: Session, rng: np.random.Generator, freezable: Sequence[str] = ()) -> None:
        self.session, self.rng, self.freezable = session, rng, freezable
        self.writable = [p for p in session.tree.walk() if p.writable]
        self.states = {0: (contents(session), locks(session))}
        self.did: Counter[str] = Counter()

    def run(self, steps: int) -> None:
        """Every step is checked: an entry is recorded exactly if something changed, and refused edits change nothing."""
        for _ in range(steps):
            self.step()
        assert len(self.states) > 1, "the walk went nowhere"

    def step(self) -> None:
        session, journal = self.session, self.session.journal
        number, known = journal.position, len(journal.entries)
        name, act = self._choose()
        try:
            entry = act()
        except (OutsideChangeError, WriteFailedError):
            raise
        except ParamwidgetError:
            name, entry = "refused", None
        self.did[name] += 1
        assert len(journal.entries) == known + (journal.position == known)
        if journal.position == known:
            assert entry is journal.entries[known]
            assert entry.parent == number
            self.states[known] = contents(session), locks(session)
            values, flags = self.states[number]
            assert differing(self.states[known][0], values) or self.states[known][1] != flags, entry
        elif name not in ("undo", "redo", "goto"):
            assert journal.position == number
        self.check(f"{name} {entry!r}")

    def check(self, said: str = "") -> None:
        """The model holds what it held when it was at this entry first."""
        values, flags = self.states[self.session.journal.position]
        assert not differing(contents(self.session), values), f"another state of the model after {said}"
        assert locks(self.session) == flags, said

    def go_everywhere(self) -> None:
        """To the start and to every entry, in random order and without knowing the branches."""
        for number in [0, *self.rng.permutation(len(self.states)).tolist(), 0]:
            self.session.goto(number)
            self.check(f"going to {number}")

    def look_everywhere(self) -> None:
        """Every state can be read from where the model stands."""
        for number, (values, _) in self.states.items():
            state = self.session.at(number)
            for path, expected in values.items():
                region = _region(self.rng, self.session.parameter(path))
                part = expected[tuple(region.slices)].reshape(region.extent) if expected.ndim else expected
                assert same_bytes(np.array(state.read(path, region)), np.array(part, order="C")), (number, path, region)

    def _choose(self) -> tuple[str, Callable[[], Entry | None]]:
        session, rng = self.session, self.rng
        at = int(rng.integers(24))
        number = int(rng.integers(len(self.states)))
        if at < 3:
            return "undo", session.undo
        if at < 5:
            return "redo", session.redo
        if at == 5:
            return "goto", lambda: session.goto(number)
        if at == 6:
            recent = [entry.number for entry in session.history[-4:]] or [0]
            return "take back", lambda: session.take_back(recent[number % len(recent)])
        if at == 7:
            if len(session.snapshots) and rng.integers(2):
                name = [taken.name for taken in session.snapshots][int(rng.integers(len(session.snapshots)))]
                return "restore", lambda: session.restore(name)
            return "snapshot", lambda: self._snapshot(str(number % 3))
        if at == 8:
            return "nonsense", self._nonsense
        if at < 11 and self.freezable:
            what = str(rng.choice(list(self.freezable)))
            return "freeze", lambda: session.freeze(what) if at % 2 else session.unfreeze(what)
        if at == 11:
            return "several", lambda: session.apply([self._assign() for _ in range(int(rng.integers(2, 4)))])
        if at == 12:
            return "assign", lambda: session.apply(self._assign())
        return self._operation()

    def _operation(self) -> tuple[str, Callable[[], Entry | None]]:
        session, rng = self.session, self.rng
        p = self.writable[rng.integers(len(self.writable))]
        region = _region(rng, p)
        operation = act(rng, session, p, region)
        where = str(rng.choice(CONDITIONS)) if rng.integers(4) == 0 else ""
        name = type(operation).__name__
        if rng.integers(4) == 0:
            what = str(rng.choice(["*", "*w*", "dtype:float", "rank:2"]))
            return name, lambda: session.edit(what, operation, where=where)
        if rng.integers(4) == 0:
            keep = bool(rng.integers(2))
            return f"{name}, tried", lambda: self._trial(p.path, region, where, [edits.Zero(), operation], keep)
        return name, lambda: session.apply(Edit(p.path, region, operation, where))

    def _trial(self, path: str, region: Region, where: str, operations: Sequence[Any], keep: bool) -> Entry | None:
        with self.session.preview(path, region=region, where=where) as trial:
            for operation in operations:
                trial.apply(operation)
            return trial.commit() if keep else None

    def _snapshot(self, name: str) -> None:
        self.session.snapshot(name)

    def _nonsense(self) -> None:
        p = self.writable[self.rng.integers(len(self.writable))]
        wrong = Edit(p.path, Region.full(p.shape), Assign(np.zeros((*p.shape, 2))))
        try:
            self.session.apply([self._assign(), self._assign(), wrong])
        except ParamwidgetError:
            return
        raise AssertionError("values of another shape were taken")

    def _assign(self) -> Edit:
        rng = self.rng
        p = self.writable[rng.integers(len(self.writable))]
        region = _region(rng, p)
        dtype, family = dtypes.numpy_dtype(p.dtype), dtypes.kind(p.dtype)
        if family in ("int", "uint", "bool"):
            low, high = (0, 1) if family == "bool" else dtypes.limits(p.dtype)
            ends = np.array([low, high, 0, 1, high - 1], dtype=object)
            values = ends[rng.integers(0, 5, region.extent)]
            values = np.asarray(values, dtype=np.uint64 if low >= 0 else np.int64).astype(dtype)
        else:  # any bits: NaN payloads, infinities, signed zeros
            values = np.frombuffer(rng.bytes(region.size * dtype.itemsize), dtype).reshape(region.extent)
            if rng.integers(3):
                values = rng.normal(size=region.extent).astype(dtype)
        return Edit(p.path, region, Assign(values))


def act(rng: np.random.Generator, session: Session, p: Parameter, region: Region) -> Any:
    """A random operation of the closed set; many fit the tensor, some do not."""
    rank, extent, seed = len(p.shape), region.extent, int(rng.integers(2**32))
    axis = int(rng.integers(rank)) if rank else 0
    n = extent[axis] if rank else 1
    kind = int(rng.integers(14))
    if kind == 0:
        return edits.Fill(str(rng.choice(TEXTS)))
    if kind == 1:
        return edits.Zero()
    if kind == 2:
        return edits.Scale(float(rng.choice([0.5, -1.0, 2.0, 0.1])))
    if kind == 3:
        return edits.Add(float(rng.choice([1.0, -1.0, 0.3])))
    if kind == 4:
        low = float(rng.choice([-1.0, -0.5, 0.0]))
        return edits.Clip(low, low + float(rng.choice([0.0, 1.0])))
    if kind == 5:
        return edits.Compute(str(rng.choice(FORMULAS)), seed)
    if kind == 6:
        return edits.Noise(0.25, ["normal", "uniform"][seed % 2], seed)  # type: ignore[arg-type]
    if kind == 7:
        return [
            edits.Prune(threshold=0.4),
            edits.Prune(fraction=0.3),
            edits.Prune(fraction=0.5, axis=axis),
            edits.Prune(fraction=0.5, axis=axis, whole=True),
        ][seed % 4]
    if kind == 8:
        to = ["int8", "int4", "float8_e4m3fn", "float8_e5m2"][seed % 4]
        per = ["tensor", "channel", "group"][seed % 3]
        return edits.Quantize(to, per, None if per == "tensor" else axis, group=2)  # type: ignore[arg-type]
    if kind == 9:
        return edits.Normalize(axis, ["l2", "l1", "max", "standard"][seed % 4])  # type: ignore[arg-type]
    if kind == 10:
        return edits.Permute(axis, rng.permutation(n).tolist())
    if kind == 11:
        return edits.Swap(axis, int(rng.integers(max(n, 1))), int(rng.integers(max(n, 1))))
    if kind == 12:
        adapter = session.adapter
        names = adapter.initializers() if isinstance(adapter, Programmable) else ("zeros",)
        return edits.Initialize(str(rng.choice(names)), seed)
    twins = [q.path for q in session.tree.walk() if q.readable and q.shape == p.shape]
    taken = [each.name for each in session.snapshots]
    return edits.Copy(str(rng.choice(twins)), str(region), str(rng.choice(["", *taken])))


def _region(rng: np.random.Generator, p: Parameter) -> Region:
    spans = []
    for n in p.shape:
        start = int(rng.integers(0, n + 1))
        stop = int(rng.integers(start, n + 1))
        kind = rng.integers(6) if n else 0
        if kind < 3:
            spans.append(Span(0, n))
        elif kind == 3:
            spans.append(Span(start := min(start, n - 1), start + 1, single=True))
        else:
            spans.append(Span(start, stop, int(rng.integers(1, 4))))
    return Region(tuple(spans), p.shape)
