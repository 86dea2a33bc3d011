"""Curves of a probe over a range of values: the numbers are right, and the model is bit-identical afterwards."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from models import Listener

from paramwidget import Session
from paramwidget.errors import PreviewError, ProbeError, RegionError, ValueRefusedError
from paramwidget.journal import same_bytes
from paramwidget.opened import Update
from paramwidget.whatif import Curve


def opened(function: Callable[[Any], Any] | None = None) -> tuple[dict[str, np.ndarray], Session]:
    model = {
        "w": np.array([0x7FA00001, 0x80000000, 0x3F800000], np.uint32).view(np.float32),
        "n": np.arange(4, dtype=np.int8),
        "x": np.linspace(-1, 1, 5),
    }
    session = Session(model)
    session.probe(function or (lambda model: -((model["x"][2] - 0.25) ** 2)))
    return model, session


def copies(model: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: array.copy() for name, array in model.items()}


def same(model: dict[str, np.ndarray], before: dict[str, np.ndarray]) -> bool:
    return all(same_bytes(model[name], before[name]) for name in before)


def test_a_curve_over_the_values_of_a_cell() -> None:
    model, session = opened()
    before = copies(model)
    curve = session.what_if("x", -1, 1, 9, region="[2]")
    assert curve.xs == tuple(np.linspace(-1, 1, 9))
    assert curve.ys == pytest.approx([-((x - 0.25) ** 2) for x in curve.xs])
    assert (curve.here, curve.value, curve.probe, curve.vary) == (0.0, -0.0625, "probe", "value")
    assert curve.best == (0.25, 0.0)
    assert same(model, before)
    assert session.history == []
    assert session.previewing is None


def test_a_curve_over_a_factor() -> None:
    model, session = opened(lambda model: model["x"].sum() + model["x"].max())
    before = copies(model)
    curve = session.what_if("x", 0, 2, 5, vary="factor", where="w > 0")
    assert curve.xs == (0.0, 0.5, 1.0, 1.5, 2.0)
    assert curve.ys == pytest.approx([-1.5, -0.75 + 0.5, 1.0, 0.75 + 1.5, 1.5 + 2])
    assert curve.here == 1
    assert same(model, before)


def test_integers_are_asked_at_whole_numbers_once_each() -> None:
    model, session = opened(lambda model: int(model["n"].sum()))
    curve = session.what_if("n", -1, 3, 21)
    assert curve.xs == (-1, 0, 1, 2, 3)
    assert curve.ys == (-4, 0, 4, 8, 12)
    assert curve.here == 1.5
    assert model["n"].tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueRefusedError):
        session.what_if("n", 0, 1, 3, vary="factor")
    assert model["n"].tolist() == [0, 1, 2, 3]


def test_a_curve_of_several_tensors_and_a_named_probe() -> None:
    model, session = opened()
    session.probe(lambda model: model["x"].sum() + model["n"].sum(), name="sum")
    curve = session.what_if("[xn]", 0, 1, 2, probe="sum")
    assert curve.ys == (0, 9)
    assert model["n"].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("low", "high", "steps"),
    [
        (1, 1, 5),
        (2, 1, 5),
        (math.nan, 1, 5),
        (0, math.inf, 5),
        (-1.7e308, 1.7e308, 5),
        (0, 1, 1),
        (0, 1, 0),
        (0, 1, -3),
        (0, 1, 10_002),
    ],
)
def test_ranges_that_are_none_are_refused(low: float, high: float, steps: int) -> None:
    _, session = opened()
    with pytest.raises(ValueRefusedError, match=r"range goes from|curve takes 2 to"):
        session.what_if("x", low, high, steps)


def test_what_cannot_be_measured_is_refused_before_anything_is_tried() -> None:
    model = {"x": np.zeros(3)}
    session = Session(model)
    with pytest.raises(ProbeError, match="there is no probe"):
        session.what_if("x", 0, 1)
    session.probe(lambda model: [1, 2], name="vector")
    with pytest.raises(ProbeError, match="vector gives no single number"):
        session.what_if("x", 0, 1)
    with pytest.raises(ProbeError, match="there is no probe 'other'"):
        session.what_if("x", 0, 1, probe="other")
    with pytest.raises(RegionError):
        session.what_if("x", 0, 1, region="[9]", probe="vector")
    assert session.previewing is None


def test_a_value_that_does_not_fit_leaves_the_model_as_it_was() -> None:
    model, session = opened(lambda model: 1.0)
    before = copies(model)
    with pytest.raises(ValueRefusedError, match="does not fit into int8"):
        session.what_if("n", 100, 200, 11)
    with pytest.raises(ValueRefusedError):
        session.what_if("w", 0, 1e39, 3)
    assert same(model, before)
    assert session.previewing is None


@pytest.mark.parametrize("failure", [ValueError("mine"), SystemExit(), KeyboardInterrupt(), None])
def test_when_the_probe_fails_midway_the_model_is_as_it_was(failure: BaseException | None) -> None:
    calls = 0

    def probe(model: dict[str, np.ndarray]) -> Any:
        nonlocal calls
        calls += 1
        if calls == 5:
            if failure is not None:
                raise failure
            return "no number"
        return calls

    model, session = opened(probe)
    before = copies(model)
    with pytest.raises(KeyboardInterrupt if isinstance(failure, KeyboardInterrupt) else ProbeError):
        session.what_if("w", -1, 1, 9)
    assert same(model, before)
    assert session.previewing is None
    assert session.history == []


def test_a_curve_is_stopped_from_another_thread() -> None:
    started = threading.Event()

    def probe(model: dict[str, np.ndarray]) -> float:
        if model["x"][0] == 1.0:
            started.set()
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                time.sleep(0.001)
        return 0.0

    model, session = opened(probe)
    before = copies(model)
    thread = threading.Thread(target=lambda: (started.wait(60), session.probes.stop()))
    thread.start()
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(ProbeError, match="probe was stopped, so there is no curve"):
        session.what_if("x", 0, 1, 3)
    thread.join()
    assert same(model, before)
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_probe_that_moves_other_tensors_gives_no_curve_and_is_put_back() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    session = Session(model)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    session.probe(lambda model: model(torch.arange(8.0).reshape(4, 2)).sum(), name="loss")
    with pytest.raises(ProbeError, match=r"loss changed 1.running_mean.*put back"):
        session.what_if("0.weight", -1, 1, 5)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    model.eval()
    assert len(session.what_if("0.weight", -1, 1, 5).ys) == 5
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_each_step_of_a_curve_begins_in_the_modes_of_the_model() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Dropout())
    model[1].eval()
    seen: list[list[bool]] = []

    def probe(model: torch.nn.Module) -> float:
        seen.append([module.training for module in model.modules()])
        model.eval()
        if len(seen) == 9:
            raise ValueError("late")
        return 1.0

    session = Session(model)
    session.probes.add(probe)
    session.what_if("0.weight", -1, 1, 5)
    with pytest.raises(ProbeError, match="late"):
        session.what_if("0.weight", -1, 1, 5)
    assert seen == [[True, True, False]] * 9
    assert [module.training for module in model.modules()] == [True, True, False]


def test_a_probe_that_writes_into_the_region_itself_is_put_back() -> None:
    def probe(model: dict[str, np.ndarray]) -> float:
        model["x"][0] = 77.0
        return 1.0

    model, session = opened(lambda model: 1.0)
    session.probes.replace(probe)
    before = copies(model)
    with pytest.raises(ProbeError, match="probe changed x while it ran, and they were put back"):
        session.what_if("x", 0, 1, 3)
    assert same(model, before)
    assert session.previewing is None


@pytest.mark.parametrize("what", ["weight", "bias"])
def test_a_curve_tells_which_parameter_a_probe_replaced(what: str) -> None:
    model = torch.nn.Linear(2, 2)
    values = model.weight.detach().clone()
    session = Session(model)

    def probe(model: torch.nn.Linear) -> float:
        model.weight = torch.nn.Parameter(torch.zeros(2, 2))
        return 1.0

    session.probes.add(probe)
    with pytest.raises(ProbeError, match=r"probe changed weight while it ran, .* but it replaced weight"):
        session.what_if(what, 1, 2, 3)
    assert torch.equal(model.weight, values)


def test_a_preview_that_is_on_is_left_alone() -> None:
    model, session = opened()
    trial = session.preview("n")
    trial.apply("w + 1")
    with pytest.raises(PreviewError, match="keep it or take it back first"):
        session.what_if("x", 0, 1, 3)
    assert session.previewing is trial
    assert model["n"].tolist() == [1, 2, 3, 4]
    trial.revert()
    assert len(session.what_if("x", 0, 1, 3).ys) == 3


@pytest.mark.parametrize(
    "options",
    [
        {"vary": "sum"}, {"vary": None}, {"low": "0"}, {"low": None}, {"high": [1]}, {"high": 1j}, {"steps": 2.5},
        {"steps": "5"}, {"steps": None},
    ],
)  # fmt: skip
def test_what_is_no_range_at_all_is_refused(options: dict[str, Any]) -> None:
    model, session = opened()
    before = copies(model)
    with pytest.raises(ValueRefusedError, match=r"'value' or 'factor'|two numbers and a whole number of steps"):
        session.what_if("x", **{"low": 0.0, "high": 1.0, "steps": 3, **options})
    assert same(model, before)
    assert session.previewing is None


def test_numbers_of_numpy_are_a_range() -> None:
    _, session = opened()
    curve = session.what_if("x", np.float32(0), np.int64(1), np.int32(3))
    assert curve.xs == (0.0, 0.5, 1.0)


@pytest.mark.parametrize("at", [1, 2, 3, 5])
@pytest.mark.parametrize("fails", [False, True])
def test_a_probe_that_edits_through_the_session_gives_no_curve_and_its_edit_can_be_undone(at: int, fails: bool) -> None:
    calls = 0

    def probe(model: dict[str, np.ndarray]) -> float:
        nonlocal calls
        calls += 1
        if calls == at:
            session["x"][1] = 9.0
            if fails:
                raise ValueError("after it")
        return 1.0

    model, session = opened(lambda model: 1.0)
    session.probes.replace(probe)
    before = copies(model)
    with pytest.raises(ProbeError, match="after it" if fails else "probe edited the model while it ran"):
        session.what_if("x", 0, 1, 4)
    assert session.previewing is None
    assert len(session.history) == 1
    expected = before["x"].copy()
    expected[1] = 9
    assert same_bytes(model["x"], expected)
    session.undo()
    assert same(model, before)
    session.redo()
    assert same_bytes(model["x"], expected)


def test_a_probe_that_undoes_gives_no_curve_and_the_history_is_where_the_model_is() -> None:
    def probe(model: dict[str, np.ndarray]) -> float:
        session.undo()
        return 1.0

    model, session = opened(lambda model: 1.0)
    before = copies(model)
    session["n"][0] = 7
    session.probes.replace(probe)
    with pytest.raises(ProbeError, match="edited the model"):
        session.what_if("x", 0, 1, 3)
    assert session.history == []
    assert same(model, before)


def test_a_sweep_is_recorded_nowhere_and_told_as_trials() -> None:
    _, session = opened()
    listener = Listener(session)
    probe = session.probes.first
    last = probe.last
    session.what_if("x", 0, 1, 3)
    assert probe.last is last
    assert probe.series == {0: -0.0625}
    assert listener.told == [Update(("x",), values=True, preview=True)] * 4


def test_the_best_place_is_not_where_the_probe_gave_nothing() -> None:
    assert Curve("p", "value", (0, 1, 2), (math.nan, 3.0, 2.0), 0, 0).best == (1, 3.0)
    assert Curve("p", "value", (0, 1), (math.inf, math.nan), 0, 0).best == (0, math.inf)
    assert Curve("p", "value", (5, 6), (math.nan, math.nan), 0, 0).best[0] == 5
