"""Probes: what they give is shown, what they break is put back, and nothing they do hinders an edit."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import torch

from paramwidget import Session
from paramwidget import guard as guards
from paramwidget.errors import ProbeError
from paramwidget.journal import same_bytes
from paramwidget.outcome import Number


def opened() -> tuple[dict[str, np.ndarray], Session]:
    model = {"w": np.arange(4.0), "b": np.zeros(2)}
    return model, Session(model)


def total(model: dict[str, np.ndarray]) -> float:
    return float(model["w"].sum())


# ---------------------------------------------------------------- what they give


def test_a_probe_sees_the_model_and_its_number_is_kept_for_the_entry() -> None:
    model, session = opened()
    run = session.probe(total)
    assert run.value == 6
    assert (run.entry, run.trial, run.error, run.stopped) == (0, False, "", False)
    assert run.outcome == Number(6.0)
    session["w"][0] = 10.0
    probe = session.probes["total"]
    assert session.probes.status(probe) == "stale"
    assert session.probes.run()["total"].value == 16
    assert session.probes.status(probe) == "fresh"
    assert probe.series == {0: 6.0, 1: 16.0}
    assert session.probes.before(probe) == 6
    assert repr(probe) == "<probe total: 16.0>"
    assert probe.quick
    assert model["w"][0] == 10


def test_the_series_follows_the_branch_that_is_done() -> None:
    _, session = opened()
    session.probe(total)
    probe = session.probes["total"]
    for value in (10.0, 20.0):
        session["w"][0] = value
        session.probes.run()
    session.undo()
    assert session.probes.status(probe) == "stale"
    session["w"][0] = 30.0
    session.probes.run()
    assert session.probes.along(probe) == [(0, 6.0), (1, 16.0), (3, 36.0)]
    assert session.probes.before(probe) == 16
    session.goto(2)
    assert session.probes.along(probe) == [(0, 6.0), (1, 16.0), (2, 26.0)]
    assert session.probes.before(probe) == 16
    session.goto(0)
    assert session.probes.before(probe) is None


def test_a_trial_is_measured_and_not_kept_in_the_series() -> None:
    _, session = opened()
    session.probe(total)
    probe = session.probes["total"]
    with session.preview("w") as trial:
        assert session.probes.status(probe) == "fresh"
        trial.apply("w * 10")
        assert session.probes.status(probe) == "stale"
        run = session.probes.run_one(probe)
        assert (run.value, run.trial, run.entry) == (60, True, 0)
        assert session.probes.before(probe) == 6
    assert session.probes.status(probe) == "stale"
    assert probe.series == {0: 6.0}


def test_of_an_entry_that_was_not_measured_the_one_before_counts() -> None:
    _, session = opened()
    session.probe(total)
    session["w"][0] = 1.0
    session["w"][0] = 2.0
    session.probes.run()
    probe = session.probes["total"]
    assert session.probes.before(probe) == 6
    assert session.probes.along(probe) == [(0, 6.0), (2, 8.0)]


class Callable_:
    def __call__(self, model: Any) -> int:
        return 3


@pytest.mark.parametrize(
    ("function", "name"), [(lambda model: 1, "probe"), (total, "total"), (Callable_(), "Callable_")]
)
def test_probes_have_names(function: Callable[[Any], Any], name: str) -> None:
    _, session = opened()
    session.probe(function)
    assert [probe.name for probe in session.probes] == [name]
    session.probe(function, name="mine")
    assert [probe.name for probe in session.probes] == [name, "mine"]
    assert session.probes.first.name == name
    assert len(session.probes) == 2


def test_several_come_as_a_dict_and_those_that_stay_keep_their_series() -> None:
    _, session = opened()
    session.probes.replace({"total": total, "largest": lambda model: model["w"].max()})
    runs = session.probes.run()
    assert {name: run.value for name, run in runs.items()} == {"total": 6.0, "largest": 3.0}
    session["w"][0] = 10.0
    assert list(session.probes.run("largest")) == ["largest"]
    session.probes.replace({"total": total, "largest": lambda model: 0})
    assert session.probes["total"].series == {0: 6.0}
    assert session.probes["largest"].series == {}
    session.probes.replace(total)
    assert [probe.name for probe in session.probes] == ["total"]
    assert session.probes["total"].series == {0: 6.0}


@pytest.mark.parametrize("wrong", [3, "accuracy", None, [total], {"good": total, "bad": 1}])
def test_what_is_no_function_is_refused_and_the_old_ones_stay(wrong: Any) -> None:
    _, session = opened()
    session.probe(total)
    with pytest.raises(ProbeError, match="a probe is a function that takes the model"):
        session.probes.replace(wrong)
    assert [probe.name for probe in session.probes] == ["total"]
    assert session.probes["total"].last is not None


def test_a_probe_that_is_not_there_is_named_with_what_is_near() -> None:
    _, session = opened()
    with pytest.raises(ProbeError, match="there is no probe; pass one"):
        _ = session.probes.first
    session.probe(total)
    with pytest.raises(ProbeError, match="did you mean 'total'"):
        session.probes.run("totl")


def test_a_probe_that_has_not_run_waits() -> None:
    _, session = opened()
    probe = session.probes.add(total)
    assert session.probes.status(probe) == "waiting"
    assert probe.value is None
    assert repr(probe) == "<probe total, not run yet>"
    assert probe.quick


def test_freezing_makes_a_result_stale_and_a_snapshot_does_not() -> None:
    session = Session(torch.nn.Linear(2, 1))
    session.probe(lambda m: sum(p.numel() for p in m.parameters() if p.requires_grad), name="trainable")
    probe = session.probes["trainable"]
    session.snapshot("before")
    assert session.probes.status(probe) == "fresh"
    session.freeze("weight")
    assert session.probes.status(probe) == "stale"
    assert session.probes.run_one(probe).value == 1
    session.undo()
    assert session.probes.status(probe) == "stale"


def test_a_slow_probe_does_not_run_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    _, session = opened()
    monkeypatch.setattr("paramwidget.probe.QUICK", 0.0)
    session.probe(total)
    assert not session.probes["total"].quick


# ---------------------------------------------------------------- what fails


def broken(model: Any) -> float:
    return inner(model)


def inner(model: Any) -> float:
    raise ValueError("no such\ncolumn")


class Rude(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this")


def test_a_failure_says_in_one_line_what_and_where() -> None:
    _, session = opened()
    run = session.probe(broken)
    line = broken.__code__.co_firstlineno + 1
    assert run.error == f"broken(), line {line}: ValueError: no such"
    assert run.value is None
    assert run.outcome is None
    assert "in inner" in run.trace
    assert "probe.py" not in run.trace.replace("test_probe.py", "")
    probe = session.probes["broken"]
    assert session.probes.status(probe) == "failed"
    assert probe.series == {}
    assert repr(probe) == f"<probe broken: {run.error}>"
    session["w"][0] = 5.0
    assert session.probes.status(probe) == "stale"


def raising(error: BaseException) -> Callable[[Any], Any]:
    def probe(model: Any) -> Any:
        raise error

    return probe


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ZeroDivisionError(), "ZeroDivisionError: "),
        (KeyError("x"), "KeyError: 'x'"),
        (SystemExit(3), "SystemExit: 3"),
        (RecursionError("deep"), "RecursionError: deep"),
        (MemoryError(), "MemoryError: "),
        (StopIteration(), "StopIteration: "),
        (Rude(), "Rude: <exception str() failed>"),
    ],
)
def test_whatever_a_probe_raises_is_shown_and_nothing_else_happens(error: BaseException, told: str) -> None:
    _, session = opened()
    run = session.probe(raising(error))
    assert run.error.endswith(told)
    assert run.error.startswith("probe(), line ")
    assert session.apply([]) is None


def test_a_probe_that_returns_nothing_is_told_what_to_return() -> None:
    _, session = opened()
    assert session.probe(lambda model: None).error.startswith("the probe returned nothing; let it return a number")


# ---------------------------------------------------------------- what they must not do


def test_a_probe_that_moves_statistics_is_put_back_and_told() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    session = Session(model)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    run = session.probe(lambda model: model(torch.ones(4, 2)).mean(), name="loss")
    assert run.error.startswith("loss changed 1.running_mean, 1.running_var, 1.num_batches_tracked while it ran")
    assert "they were put back; put the model into evaluation mode" in run.error
    assert run.value is None
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert session.generation == 0
    model.eval()
    assert session.probes.run()["loss"].error == ""


def modes(model: torch.nn.Module) -> list[bool]:
    return [module.training for module in model.modules()]


def mixed() -> torch.nn.Sequential:
    """In training mode but for one layer, as people do to hold statistics."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3), torch.nn.Dropout())
    model[1].eval()
    return model


@pytest.mark.parametrize("fails", [False, True])
def test_a_probe_that_puts_the_model_into_evaluation_mode_leaves_each_layer_in_the_mode_it_was(fails: bool) -> None:
    model = mixed()
    session = Session(model)

    def probe(model: torch.nn.Module) -> float:
        model.eval()
        value = model(torch.ones(4, 2)).mean()
        if fails:
            raise ValueError("late")
        return float(value.detach())

    run = session.probe(probe)
    assert ("ValueError: late" in run.error) is fails
    assert modes(model) == [True, True, False, True]
    assert (run.value is None) is fails
    model.eval()
    session.probe(lambda model: bool(model.train()), name="train")
    assert modes(model) == [False] * 4


@pytest.mark.parametrize("leaves", [KeyboardInterrupt, GeneratorExit])
def test_modes_are_put_back_however_a_probe_ends(leaves: type[BaseException]) -> None:
    model = mixed()
    session = Session(model)

    def probe(model: torch.nn.Module) -> float:
        model.eval()
        session["0.bias"][0] = 5.0  # what it edits stays, and the modes are put back all the same
        raise leaves

    with pytest.raises(leaves):
        session.probe(probe)
    assert modes(model) == [True, True, False, True]
    assert model[0].bias[0] == 5


def test_a_probe_that_fails_after_it_changed_the_model_is_put_back() -> None:
    model, session = opened()

    def probe(model: dict[str, np.ndarray]) -> float:
        model["w"][0] = 77.0
        model["b"][...] = np.nan
        raise ValueError("late")

    run = session.probe(probe)
    assert run.error.startswith("probe changed w, b while it ran, and they were put back")
    assert model["w"].tolist() == [0, 1, 2, 3]
    assert model["b"].tolist() == [0, 0]


def test_a_trial_stays_when_a_probe_is_put_back() -> None:
    model, session = opened()

    def probe(model: dict[str, np.ndarray]) -> float:
        model["w"][0] = 77.0
        return 1.0

    with session.preview("w") as trial:
        trial.apply("w + 1")
        assert "put back" in session.probe(probe).error
        assert model["w"].tolist() == [1, 2, 3, 4]
        assert trial.active
    assert model["w"].tolist() == [0, 1, 2, 3]


def test_a_probe_that_edits_through_the_session_is_told_so_and_its_edit_stays() -> None:
    model, session = opened()

    def probe(model: dict[str, np.ndarray]) -> float:
        session["w"][0] = 5.0
        return total(model)

    run = session.probe(probe)
    assert run.error == "probe edited the model while it ran, so its result belongs to no state of it"
    assert run.value is None
    assert model["w"][0] == 5
    assert len(session.history) == 1
    assert session.probes["probe"].series == {}


def test_a_probe_that_freezes_is_told_so_and_the_freeze_can_be_undone() -> None:
    model = torch.nn.Linear(2, 2)
    session = Session(model)

    def freezing(model: Any) -> float:
        session.freeze("bias")
        return 1.0

    run = session.probe(freezing)
    assert (run.value, "freezing edited the model while it ran" in run.error) == (None, True)
    assert not model.bias.requires_grad
    session.undo()
    assert model.bias.requires_grad


def test_named_numbers_are_compared_with_those_of_the_entry_before() -> None:
    _, session = opened()
    session.probe(lambda model: {"sum": model["w"].sum(), "max": model["w"].max()}, name="both")
    probe = session.probes["both"]
    assert session.probes.numbers_before(probe) is None
    session["w"][0] = 10.0
    session.probes.run()
    before = session.probes.numbers_before(probe)
    assert before is not None
    assert (before.names, before.values) == (("sum", "max"), (6.0, 3.0))
    with session.preview("w") as trial:
        trial.apply("w * 2")
        session.probes.run()
        tried = session.probes.numbers_before(probe)
        assert tried is not None
        assert tried.values == (16.0, 10.0), "a trial is compared with the entry that it started from"
    assert sorted(probe.numbers) == [0, 1], "and is not kept"


def test_named_numbers_of_the_last_entries_only_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramwidget.probe._KEPT", 3)
    _, session = opened()
    session.probe(lambda model: {"sum": model["w"].sum()}, name="named")
    for value in range(10, 16):
        session["w"][0] = float(value)
        session.probes.run()
    assert sorted(session.probes["named"].numbers) == [4, 5, 6]


def test_a_probe_that_replaces_a_tensor_is_told_so() -> None:
    model, session = opened()

    def probe(model: dict[str, np.ndarray]) -> float:
        model["w"] = np.zeros(7)
        model["b"][0] = 9.0
        return 1.0

    run = session.probe(probe)
    assert run.error.startswith("probe changed w, b while it ran, and they stay as it left them, being too large")
    assert model["w"].shape == (7,)
    assert model["b"].tolist() == [0, 0], "what can be put back is put back"


def test_of_a_parameter_that_a_probe_replaced_only_the_values_are_put_back_and_that_is_told() -> None:
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    values = model.weight.detach().clone()
    session = Session(model)

    def probe(model: torch.nn.Linear) -> float:
        model.weight = torch.nn.Parameter(torch.zeros(2, 2))
        model.bias.data.zero_()
        return 1.0

    error = session.probe(probe).error
    assert error == (
        "probe changed weight, bias while it ran, and their values were put back, but it replaced weight: what holds the "
        "old tensors, such as an optimizer, does not see the new ones; make it anew, and let the probe work on a copy"
    )
    assert torch.equal(model.weight, values)
    assert all(held is not model.weight for held in optimizer.param_groups[0]["params"])


def test_memory_that_was_exchanged_within_a_parameter_is_put_back_as_a_whole() -> None:
    model = torch.nn.Linear(2, 2)
    session = Session(model)

    def probe(model: torch.nn.Linear) -> float:
        model.weight.data = torch.zeros(2, 2)
        return 1.0

    assert "probe changed weight while it ran, and they were put back" in session.probe(probe).error


def test_a_buffer_that_a_forward_pass_binds_anew_is_put_back() -> None:
    class Counting(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("seen", torch.zeros(1))

        def forward(self) -> float:
            self.seen = self.seen + 1
            return 1.0

    session = Session(Counting())
    assert "count changed seen while it ran, and they were put back" in session.probe(lambda m: m(), "count").error


def test_a_model_that_was_rebuilt_since_is_probed_as_it_is() -> None:
    model, session = opened()
    session.probe(total)
    model["w"] = np.ones(9)
    model["new"] = np.ones(1)
    del model["b"]
    run = session.probes.run()["total"]
    assert (run.value, run.error) == (9.0, "")


def test_a_model_too_large_to_copy_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "ONCE", 8)
    monkeypatch.setattr(guards, "ALWAYS", 8)
    model, session = opened()

    def probe(model: dict[str, np.ndarray]) -> float:
        model["w"][0] = 77.0
        return 1.0

    assert session.probe(total).error == ""
    assert "changed w while it ran, and they stay as it left them" in session.probe(probe).error
    assert model["w"][0] == 77


def test_what_keras_counts_for_itself_may_change() -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dropout(0.5), keras.layers.BatchNormalization(), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse", metrics=["mae"])
    session = Session(model)
    x, y = np.ones((8, 2), np.float32), np.zeros((8, 1), np.float32)
    before = model.get_weights()
    run = session.probe(lambda model: model.evaluate(x, y, verbose=0, return_dict=True), name="evaluate")
    assert run.error == ""
    assert run.value is not None
    assert session.probe(lambda model: float(np.sum(model(x, training=True))), name="train").error.startswith(
        "train changed "
    )
    moved = [p for p, q in zip(model.get_weights(), before, strict=True) if not same_bytes(p, q)]
    assert all(each.dtype.kind in "iu" for each in moved), "only the seed of the dropout moved"


# ---------------------------------------------------------------- interrupts


def slow(started: threading.Event) -> Callable[[Any], float]:
    def probe(model: dict[str, np.ndarray]) -> float:
        model["w"][0] = 77.0
        started.set()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(0.001)
        return 1.0

    return probe


def from_another_thread(act: Callable[[], None], started: threading.Event) -> threading.Thread:
    def wait_and_act() -> None:
        started.wait(60)
        act()

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def test_a_slow_probe_is_stopped_from_another_thread() -> None:
    model, session = opened()
    started = threading.Event()
    thread = from_another_thread(session.probes.stop, started)
    handler = signal.getsignal(signal.SIGINT)
    run = session.probe(slow(started), name="slow")
    thread.join()
    assert run.stopped
    assert run.value is None
    assert model["w"].tolist() == [0, 1, 2, 3], "what it changed was put back"
    probe = session.probes["slow"]
    assert not probe.quick
    assert session.probes.status(probe) == "stopped"
    assert signal.getsignal(signal.SIGINT) is handler
    session.probes.stop()  # nothing runs: nothing happens
    assert session.probe(total).value == 6


def test_an_interrupt_of_the_kernel_goes_on_when_the_model_was_put_back() -> None:
    model, session = opened()
    started = threading.Event()
    thread = from_another_thread(lambda: signal.raise_signal(signal.SIGINT), started)
    with pytest.raises(KeyboardInterrupt):
        session.probe(slow(started), name="slow")
    thread.join()
    assert model["w"].tolist() == [0, 1, 2, 3]
    run = session.probes["slow"].last
    assert run is not None
    assert run.stopped
    assert not session.probes["slow"].running


def test_stop_reaches_a_probe_where_interrupts_are_ignored() -> None:
    _, session = opened()
    started = threading.Event()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        thread = from_another_thread(session.probes.stop, started)
        assert session.probe(slow(started), name="slow").stopped
        thread.join()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_stop_that_comes_as_the_probe_ends_hits_nothing_else() -> None:
    _, session = opened()
    probe = session.probes.add(total)
    ended = threading.Event()

    def stop_always() -> None:
        while not ended.is_set():
            session.probes.stop()

    thread = threading.Thread(target=stop_always)
    thread.start()
    try:
        runs = [session.probes.run_one(probe) for _ in range(300)]
    finally:
        ended.set()
        thread.join()
    assert all(run.stopped or run.value == 6 for run in runs)
    assert not probe.running


def test_a_probe_on_another_thread_is_not_stopped_by_an_interrupt_of_the_main_one() -> None:
    _, session = opened()
    started, may_end, runs = threading.Event(), threading.Event(), []

    def probe(model: Any) -> int:
        started.set()
        may_end.wait(60)
        return 1

    thread = threading.Thread(target=lambda: runs.append(session.probe(probe)))
    thread.start()
    started.wait(60)
    session.probes.stop()
    may_end.set()
    thread.join()
    assert runs[0].value == 1


def test_a_running_probe_says_so() -> None:
    _, session = opened()
    seen: list[str] = []

    def probe(model: Any) -> int:
        seen.append(session.probes.status(session.probes["probe"]))
        return 1

    session.probe(probe)
    assert seen == ["running"]
