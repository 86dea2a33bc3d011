"""Write tests/protocol/<Kind>.json: one example of every message; both sides' tests read them. `--check` only compares.

The examples come from a real session where that is possible, so that they cannot drift from what the service sends.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np

from paramwidget import edits, lesson, protocol
from paramwidget.opened import Update
from paramwidget.protocol import Request
from paramwidget.service import Service
from paramwidget.views.plane import Plane, Window

TARGET = Path(__file__).resolve().parent.parent / "tests" / "protocol"

PLANE = Plane(1, 2, [1, 0, 0])
WINDOW = Window(0, 3, 0, 4)
SNAPSHOT = protocol.StateRef("snapshot", name="before")
REQUESTS: list[Request] = [
    protocol.Ping(),
    protocol.GetTree(0, 400),
    protocol.Find("conv* !frozen"),
    protocol.GetGlances(["conv/kernel", "odd"]),
    protocol.Describe("only nan"),
    protocol.GetTile("conv/kernel", PLANE, WINDOW, 2, 4096),
    protocol.GetCells("odd", Plane(-1, 0, [0]), Window(0, 1, 0, 6)),
    protocol.CheckText("half", "0.1"),
    protocol.SetBlock("conv/kernel", PLANE, 1, 2, [["1", "2.5"], ["-3", "1e-3"]]),
    protocol.SetTrainable(["conv"], False),
    protocol.Undo(),
    protocol.Redo(force=True),
    protocol.GetFigure("conv/kernel", "heatmap", PLANE),
    protocol.Foresee(protocol.Target("conv/*", where="abs(w) < 1"), edits.Prune(fraction=0.5)),
    protocol.Apply(protocol.Target("tied too", "[1:3]"), edits.Fill("\u22120.5")),
    protocol.TryOut(protocol.Target("conv/kernel"), edits.Scale(0.5), 7),
    protocol.HoldTrial(7),
    protocol.KeepTrial(7),
    protocol.DropTrial(7),
    protocol.TakeSnapshot("before"),
    protocol.Apply(protocol.Target("conv/kernel", "[0]"), edits.Compute("w * 2")),
    protocol.GetProbes(),
    protocol.RunProbes(["sum"]),
    protocol.StopProbes(),
    protocol.Sweep(protocol.Target("conv/bias", "[0]"), "value", -1.0, 1.0, 3, "sum"),
    protocol.GetHistory(),
    protocol.Compare(SNAPSHOT, protocol.StateRef("now")),
    protocol.GetPair(SNAPSHOT, protocol.StateRef("now"), "conv/kernel", PLANE, WINDOW, 8, 8),
    protocol.PickFrom(SNAPSHOT, ["conv/kernel"], "[0, 0]"),
    protocol.GetCode(),
    protocol.GetPatch(),
    protocol.ApplyPatch(),
    protocol.GoTo(1),
    protocol.TakeBack(1),
    protocol.DropSnapshot("before"),
    protocol.Examine(),
    protocol.Treat(0),
    protocol.Stop([2**40]),
    protocol.CheckHeard([2**40, 2**41]),
    protocol.Attend(7, False),
    protocol.GetLesson(),
    protocol.GiveHint(),
    protocol.CheckLesson(),
    protocol.StartOver(),
    protocol.Dock(True),
    protocol.GetSpectrum("conv/kernel"),
]


def model() -> dict[str, Any]:
    """Small arrays with everything that is hard to carry: NaN, infinities, large integers, empty, 0-d, names as markup."""
    shared = np.arange(4, dtype=np.float32)
    return {
        "conv": {"kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8, "bias": np.zeros(4, np.float32)},
        "odd": np.array([np.nan, np.inf, -np.inf, -0.0, 1e300, -2.5]),
        "half": np.array([0.1, 65504.0], dtype=np.float16),
        "count": np.array(2**53 + 1),
        "empty": np.zeros((0, 3), dtype=np.float32),
        "only nan": np.full(3, np.nan),
        "<b>name</b>": np.ones(2),
        "tied": shared,
        "tied too": shared,
    }


def examples() -> dict[str, Any]:
    """One message for each kind, as built-in objects, in the envelope in which it travels."""
    goals = [lesson.at_most(2, hints=("Undo what did not help.", "Or start again.")), lesson.reaches("sum", at_least=1)]
    session = lesson.Lesson("example", model(), goals, allowed="!count").session
    session.probe(lambda arrays: float(arrays["conv"]["bias"].sum()), "sum")
    session.probe(lambda arrays: np.eye(2), "matrix")
    service = Service(session)
    opening, _ = service.opening()
    found: dict[str, Any] = {"Opening": opening}
    service.tutor.run(lambda event, _: None)
    for number, request in enumerate(REQUESTS):
        found[type(request).__name__] = protocol.Envelope(number, request)
        reply, _ = service.answer(request)
        found.setdefault(type(reply).__name__, protocol.Answer(number, session.revision, reply))
    session.undo(force=True)
    found["Changed"] = protocol.Push(session.revision, service.changed(Update(("tied too",), values=True)))
    found["Ended"] = protocol.Push(session.revision, protocol.Ended("This editor was closed."))
    states, _ = service.probing.states()
    found["Progressed"] = protocol.Push(session.revision, protocol.Progressed(7, 0.25))
    service.tutor.run(lambda event, _: found.update({type(event).__name__: protocol.Push(session.revision, event)}))
    found["Probed"] = protocol.Push(session.revision, protocol.Probed(states.items))
    return {kind: _timeless(msgspec.to_builtins(message)) for kind, message in sorted(found.items())}


def _timeless(message: Any) -> Any:
    """Without what differs from run to run: times, and how long a probe took; and from machine to machine: last digits."""
    if isinstance(message, dict):
        kept = {key: round(value, 9) if key.endswith("_rank") else value for key, value in message.items()}
        return {key: 0.0 if key in ("time", "seconds") else _timeless(value) for key, value in kept.items()}
    return [_timeless(item) for item in message] if isinstance(message, list) else message


def kinds() -> list[str]:
    """Every kind of message there is."""
    unions = (protocol.Request, protocol.Reply, protocol.Event)
    return sorted(["Opening", *(member.__name__ for union in unions for member in get_args(union))])


def files() -> dict[str, str]:
    """Name and text of every file."""
    return {
        f"{kind}.json": json.dumps(message, indent=1, allow_nan=False, ensure_ascii=True) + "\n"
        for kind, message in examples().items()
    }


def main(check: bool) -> int:
    """Write the files, or say which of them are out of date."""
    wanted = files()
    present = {path.name: path.read_text(encoding="utf-8") for path in TARGET.glob("*.json")}
    if check:
        stale = sorted(name for name in {**wanted, **present} if wanted.get(name) != present.get(name))
        print("\n".join(f"{TARGET / name} is out of date" for name in stale))
        return 1 if stale else 0
    TARGET.mkdir(exist_ok=True)
    for name in present.keys() - wanted.keys():
        (TARGET / name).unlink()
    for name, text in wanted.items():
        (TARGET / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
