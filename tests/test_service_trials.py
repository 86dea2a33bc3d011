"""The edit bar: what an operation would touch, trying it out in the live model, keeping it, dropping it, losing the page."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from models import for_a_page
from page import ask, contents, fill, refused

from paramwidget import Session, edits
from paramwidget import protocol as wire
from paramwidget.errors import WriteFailedError
from paramwidget.journal import same_bytes
from paramwidget.service import Service, trials


def model() -> dict[str, Any]:
    half, bad = np.array([0.5, 0.1, -2.0], np.float16), np.array([np.nan, np.inf, 1.0])
    return for_a_page(2, half=half, count=np.array([-3, 0, 300]), bad=bad)


@pytest.fixture
def arrays() -> dict[str, Any]:
    return model()


@pytest.fixture
def service(arrays: dict[str, Any]) -> Service:
    return Service(Session(arrays, title="test"))


class Clock:
    """Stands for `time.monotonic`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(trials.time, "monotonic", made)
    return made


def foresee(what: str, region: str = "", where: str = "", operation: Any = None) -> wire.Foresee:
    return wire.Foresee(wire.Target(what, region, where), operation)


def try_out(what: str, operation: Any, region: str = "", where: str = "", owner: int = 1) -> wire.TryOut:
    return wire.TryOut(wire.Target(what, region, where), operation, owner)


def apply(what: str, operation: Any, region: str = "", where: str = "") -> wire.Apply:
    return wire.Apply(wire.Target(what, region, where), operation)


KERNEL = "dense/kernel"
BASE = np.arange(12, dtype=np.float32).reshape(3, 4)
SWEEP = wire.Sweep(wire.Target("half"), "factor", 0.0, 2.0, 3, "sum")


# ---------------------------------------------------------------- what would be touched


@pytest.mark.parametrize(
    ("what", "region", "where", "expected"),
    [
        (KERNEL, "", "", ("[:, :]", 1, 12, 12)),
        (KERNEL, "[0:2, ::2]", "", ("[:2, ::2]", 1, 4, 12)),
        (KERNEL, "[-1, -1]", "", ("[2, 3]", 1, 1, 12)),
        (KERNEL, "", "w > 5", ("[:, :]", 1, 6, 12)),
        (KERNEL, "[:, 1]", "w % 2 == 1", ("[:, 1]", 1, 3, 12)),
        (KERNEL, "", "w > 1e9", ("[:, :]", 1, 0, 12)),
        (KERNEL, "", "abs(w - mean(w)) > std(w)", ("[:, :]", 1, 6, 12)),
        ("half", "", "w < 0.2", ("[:]", 1, 2, 3)),
        ("brain", "", "w < 0", ("[:]", 1, 1, 3)),
        ("count", "", "w == 0", ("[:]", 1, 1, 3)),
        ("flag", "", "w == 1", ("[:]", 1, 1, 2)),
        ("bad", "", "isnan(w)", ("[:]", 1, 1, 3)),
        ("scalar", "", "", ("[]", 1, 1, 1)),
        ("empty", "", "", ("[:, :]", 1, 0, 0)),
        ("conv/*", "", "", ("", 2, 38, 38)),
        ("conv/*", "[0]", "", ("", 2, 13, 38)),
        ("kernel", "", "w > 0", ("", 2, 29, 48)),
        ("conv", "", "", ("", 2, 38, 38)),
        ("one", "", "", ("[:, :]", 1, 4, 4)),
        ("kernel dtype:f32", "", "", ("", 2, 48, 48)),
        ("t*", "", "", ("[:, :]", 1, 4, 4)),
    ],
)
def test_what_would_be_touched_is_counted(
    service: Service, what: str, region: str, where: str, expected: tuple[str, int, int, int]
) -> None:
    before = contents(service.session)
    reply = ask(service, foresee(what, region, where))
    assert reply == wire.Foreseen(*expected, "")
    assert contents(service.session) == before


@pytest.mark.parametrize(
    ("request_", "code", "says"),
    [
        (foresee("gone"), "path", "gone"),
        (foresee("dense/kernle"), "path", "dense/kernel"),
        (foresee(">q"), "query", ">1M"),
        (foresee(KERNEL, "[9]"), "region", "axis 0 has 3 values"),
        (foresee(KERNEL, "[0, 0, 0]"), "region", "2"),
        (foresee("conv/*", "[:, :, :]"), "region", "1"),
        (foresee(KERNEL, "", "w >"), "expression", ""),
        (foresee(KERNEL, "", "w + 1"), "expression", ""),
        (foresee(KERNEL, "", "wat > 1"), "expression", "wat"),
        (foresee("words"), "no-values", "element type"),
        (foresee(KERNEL, operation=edits.Compute("w *")), "expression", ""),
        (foresee(KERNEL, operation=edits.Compute("__import__('os')")), "expression", ""),
        (foresee(KERNEL, operation=edits.Fill("abc")), "value", "'abc' is not a number"),
        (foresee("half", operation=edits.Fill("1e9")), "value", "float16"),
        (foresee("count", operation=edits.Fill("0.5")), "value", ""),
    ],
)
def test_what_cannot_be_carried_out_is_said_before(service: Service, request_: Any, code: str, says: str) -> None:
    refused(service, request_, code, says)


def test_an_expression_error_says_where_it_goes_wrong(service: Service) -> None:
    reply = ask(service, foresee(KERNEL, operation=edits.Compute("w * (2 + ]")))
    assert reply == wire.Failure("expression", "at character 10: ']' has no meaning in a formula")


def test_a_read_only_tensor_is_refused_before_and_at_every_step(service: Service, arrays: dict[str, Any]) -> None:
    arrays["half"].flags.writeable = False
    for request in (foresee("half"), apply("half", edits.Zero()), try_out("half", edits.Zero())):
        refused(service, request, "read-only", "writeable flag")
    assert ask(service, foresee("?a*")).count == 3, "of many, those that can be written are meant"


def test_an_initialiser_says_what_it_works_out(service: Service) -> None:
    assert service.opening()[0].initializers == ["normal", "uniform", "zeros", "ones", "constant"]
    assert ask(service, foresee(KERNEL, operation=edits.Initialize("normal"))).note == ""
    refused(service, foresee(KERNEL, operation=edits.Initialize("no such")), "value", "no such")
    refused(service, foresee(KERNEL, operation=edits.Initialize("constant")), "value", "give a number")

    import torch

    net = Service(Session(torch.nn.Linear(8, 2)))
    assert "kaiming_uniform_" in net.opening()[0].initializers
    (linear,) = net.session.read("weight").shape[1:]
    note = ask(net, foresee("weight", operation=edits.Initialize("kaiming_uniform_"))).note
    assert str(linear) in note, note


def test_a_frozen_tensor_may_be_edited_and_the_note_says_that_it_is_frozen() -> None:
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))
    service = Service(Session(net))
    ask(service, wire.SetTrainable(["0"], False))
    assert ask(service, foresee("0.weight")).note == "frozen for training only"
    assert ask(service, foresee("*.weight")).note == "1 of them frozen for training only"
    assert ask(service, foresee("1.weight")).note == ""
    assert isinstance(ask(service, apply("0.weight", edits.Zero())), wire.Done)
    assert not net[0].weight.any()


def test_a_condition_on_very_much_is_not_counted_but_still_read(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "_COUNTED", 10)
    assert ask(service, foresee(KERNEL, "", "w > 5")).count == 12
    refused(service, foresee(KERNEL, "", "w >"), "expression")


# ---------------------------------------------------------------- applying


OPERATIONS: list[tuple[Any, Any]] = [
    (edits.Fill("2"), np.full((3, 4), 2)),
    (edits.Zero(), np.zeros((3, 4))),
    (edits.Scale(0.5), BASE * 0.5),
    (edits.Add(1.0), BASE + 1),
    (edits.Clip(2.0, 5.0), np.clip(BASE, 2, 5)),
    (edits.Compute("w * w"), BASE * BASE),
    (edits.Prune(fraction=0.5), np.where(BASE > 5, BASE, 0)),
    (edits.Permute(0, [2, 0, 1]), BASE[[2, 0, 1]]),
    (edits.Swap(1, 0, 3), BASE[:, [3, 1, 2, 0]]),
    (edits.Copy("dense/kernel", "[0:3, 0:4]"), BASE),
    (edits.Normalize(0, "max"), BASE / BASE.max(axis=1, keepdims=True)),
]


@pytest.mark.parametrize(("operation", "expected"), OPERATIONS)
def test_an_operation_applied_and_one_tried_out_and_kept_give_the_same(operation: Any, expected: np.ndarray) -> None:
    applied, tried = Service(Session(model())), Service(Session(model()))
    done = ask(applied, apply(KERNEL, operation))
    assert isinstance(done, wire.Done), done
    assert isinstance(ask(tried, try_out(KERNEL, operation)), wire.Tried)
    assert same_bytes(tried.session[KERNEL][...], applied.session[KERNEL][...])
    assert np.allclose(applied.session[KERNEL][...], expected, rtol=1e-6)
    kept = ask(tried, wire.KeepTrial(1))
    assert kept == done
    assert len(tried.session.history) == len(applied.session.history) == bool(done.label)
    ask(tried, wire.Undo())
    assert contents(tried.session) == contents(Session(model()))


@pytest.mark.parametrize(
    "operation", [edits.Noise(0.1, seed=3), edits.Initialize("normal", 7), edits.Compute("randn()")]
)
def test_what_is_drawn_by_chance_is_the_same_when_it_is_kept(service: Service, operation: Any) -> None:
    assert isinstance(ask(service, try_out(KERNEL, operation)), wire.Tried)
    shown = service.session[KERNEL][...]
    assert not same_bytes(shown, BASE)
    ask(service, wire.KeepTrial(1))
    assert same_bytes(service.session[KERNEL][...], shown)


def test_an_operation_on_many_tensors_is_one_entry(service: Service, arrays: dict[str, Any]) -> None:
    assert ask(service, apply("conv/*", edits.Add(1.0), where="w > 0")).label == "add + 1 in 2 tensors where w > 0"
    assert len(service.session.history) == 1
    assert (arrays["conv"]["bias"] == 0).all()
    ask(service, wire.Undo())
    assert contents(service.session) == contents(Session(model()))


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (apply("gone", edits.Zero()), "path"),
        (apply(KERNEL, edits.Zero(), region="[3]"), "region"),
        (apply(KERNEL, edits.Scale(float("nan"))), "value"),
        (apply("half", edits.Scale(1e300)), "value"),
        (apply("count", edits.Add(0.5)), "value"),
        (apply(KERNEL, edits.Compute("w / 0 +")), "expression"),
        (apply(KERNEL, edits.Permute(0, [0, 0, 1])), "value"),
        (apply(KERNEL, edits.Permute(0, [1, 0]), where="w > 1"), "value"),
        (apply(KERNEL, edits.Swap(5, 0, 1)), "value"),
        (apply(KERNEL, edits.Swap(0, 0, 9)), "value"),
        (apply(KERNEL, edits.Normalize(9)), "value"),
        (apply(KERNEL, edits.Prune()), "value"),
        (apply(KERNEL, edits.Prune(fraction=2.0)), "value"),
        (apply(KERNEL, edits.Clip(2.0, 1.0)), "value"),
        (apply(KERNEL, edits.Copy("gone")), "path"),
        (apply(KERNEL, edits.Copy("half")), "value"),
        (apply(KERNEL, edits.Copy(KERNEL, snapshot="gone")), "history"),
        (apply(KERNEL, edits.Initialize("gone")), "value"),
        (apply("?a*", edits.Compute("w * 1e39")), "value"),
    ],
)
def test_what_does_not_fit_is_refused_whether_applied_or_tried_out(service: Service, request_: Any, code: str) -> None:
    refused(service, request_, code)
    reply = ask(service, wire.TryOut(request_.target, request_.operation, 1))
    assert isinstance(reply, wire.Failure)
    assert reply.code == code
    assert service.session.previewing is None
    assert contents(service.session) == contents(Session(model()))


# ---------------------------------------------------------------- a trial


def test_each_try_starts_from_the_values_before_the_trial(service: Service, arrays: dict[str, Any]) -> None:
    for factor in (2.0, 3.0, 0.0, 0.5):
        reply = ask(service, try_out(KERNEL, edits.Scale(factor)))
        assert isinstance(reply, wire.Tried)
        assert same_bytes(arrays["dense"]["kernel"], BASE * np.float32(factor))
        assert reply.label
        header = ask(service, wire.GetTree(0, 1)).header
        assert (header.trial, header.trial_owner, header.trial_paths) == (reply.label, 1, [KERNEL])
        assert ask(service, wire.GetTree(0, 1)).header.undo == f"preview of {reply.label}"
    assert service.session.history == []
    ask(service, wire.DropTrial())
    assert ask(service, wire.GetTree(0, 1)).header.undo == ""


def test_a_trial_that_is_kept_is_one_entry_that_undo_takes_back(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, try_out(KERNEL, edits.Scale(2.0), "[0]", "w > 1"))
    ask(service, try_out(KERNEL, edits.Add(1.0), "[0]", "w > 1"))
    done = ask(service, wire.KeepTrial(1))
    assert len(service.session.history) == 1
    assert done.label == service.session.history[0].label
    assert arrays["dense"]["kernel"][0].tolist() == [0, 1, 3, 4]
    header = ask(service, wire.GetTree(0, 1)).header
    assert (header.trial, header.undo, header.edits) == ("", done.label, 1)
    ask(service, wire.Undo())
    assert same_bytes(arrays["dense"]["kernel"], BASE)
    ask(service, wire.Redo())
    assert arrays["dense"]["kernel"][0].tolist() == [0, 1, 3, 4]


def test_a_trial_that_is_dropped_leaves_nothing(service: Service) -> None:
    before = contents(service.session)
    ask(service, try_out("conv/*", edits.Noise(0.5, seed=1)))
    assert contents(service.session) != before
    assert ask(service, wire.DropTrial()) == wire.Done("", [])
    assert contents(service.session) == before
    assert service.session.history == []
    assert ask(service, wire.GetTree(0, 1)).header.trial == ""


def test_there_may_be_nothing_to_keep_or_to_drop(service: Service) -> None:
    refused(service, wire.KeepTrial(1), "preview", "is not in the model any more")
    assert ask(service, wire.DropTrial()) == wire.Done("", [])
    assert ask(service, wire.HoldTrial(1)) == wire.Pong()
    assert service.trials.lapse() == 0
    assert service.trials.lapse(now=True) == 0


def test_keeping_what_changed_nothing_makes_no_entry(service: Service) -> None:
    ask(service, try_out(KERNEL, edits.Scale(1.0)))
    assert ask(service, wire.KeepTrial(1)) == wire.Done("", [])
    assert service.session.history == []


@pytest.mark.parametrize(
    "other", [wire.Target("half"), wire.Target(KERNEL, "[0]"), wire.Target(KERNEL, "", "w > 1"), wire.Target("kernel")]
)
def test_another_target_takes_the_first_trial_back(service: Service, other: wire.Target) -> None:
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    ask(service, wire.TryOut(other, edits.Scale(0.5), 1))
    alone = Service(Session(model()))
    ask(alone, wire.TryOut(other, edits.Scale(0.5), 1))
    assert contents(service.session) == contents(alone.session)
    ask(service, wire.DropTrial())
    assert contents(service.session) == contents(Session(model()))


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (edits.Compute("w * 1e39"), "value"),
        (edits.Compute("w +"), "expression"),
        (edits.Permute(0, [0]), "value"),
        (edits.Copy("gone"), "path"),
    ],
)
def test_a_failing_operation_keeps_what_was_shown(service: Service, operation: Any, code: str) -> None:
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    refused(service, try_out(KERNEL, operation), code)
    assert same_bytes(service.session[KERNEL][...], BASE * 2)
    assert ask(service, wire.GetTree(0, 1)).header.trial != ""
    ask(service, wire.DropTrial())
    assert same_bytes(service.session[KERNEL][...], BASE)


def test_an_unknown_target_keeps_what_was_shown(service: Service) -> None:
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    refused(service, try_out("gone", edits.Scale(3.0)), "path")
    refused(service, try_out(KERNEL, edits.Scale(3.0), "[7]"), "region")
    assert same_bytes(service.session[KERNEL][...], BASE * 2)


def test_tied_tensors_are_tried_out_together(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, try_out("one", edits.Scale(3.0)))
    assert (arrays["two"] == 3).all()
    (remark,) = ask(service, wire.KeepTrial(1)).remarks
    assert remark.title == "Also changed two"
    ask(service, wire.Undo())
    assert (arrays["one"] == 1).all()


# ---------------------------------------------------------------- the page goes away


def test_a_trial_whose_page_is_silent_is_taken_back(service: Service, clock: Clock) -> None:
    before = contents(service.session)
    ask(service, try_out(KERNEL, edits.Zero()))
    clock.now += trials.LEASE - 1
    assert service.trials.lapse() == pytest.approx(1)
    assert contents(service.session) != before
    ask(service, wire.HoldTrial(1))
    clock.now += trials.LEASE - 1
    assert service.trials.lapse() == pytest.approx(1), "the page was there"
    ask(service, try_out(KERNEL, edits.Scale(0.5)))
    clock.now += trials.LEASE - 1
    assert service.trials.lapse() == pytest.approx(1), "trying is a sign of life, too"
    clock.now += 1
    assert service.trials.lapse() == 0
    assert contents(service.session) == before
    assert service.session.previewing is None
    refused(service, wire.KeepTrial(1), "preview", "apply the operation instead")


def test_a_failed_try_starts_no_lease(service: Service, clock: Clock) -> None:
    ask(service, try_out(KERNEL, edits.Copy("gone")))
    assert service.trials.lapse() == 0


def test_a_trial_may_be_ended_before_its_time(service: Service) -> None:
    ask(service, try_out(KERNEL, edits.Zero()))
    assert service.trials.lapse(now=True) == 0
    assert same_bytes(service.session[KERNEL][...], BASE)


def test_a_trial_of_a_script_is_left_alone(service: Service, arrays: dict[str, Any], clock: Clock) -> None:
    with service.session.preview(KERNEL) as trial:
        trial.apply(edits.Zero())
        clock.now += 1e6
        assert service.trials.lapse(now=True) == 0
        assert not arrays["dense"]["kernel"].any()
    assert same_bytes(arrays["dense"]["kernel"], BASE)


# ---------------------------------------------------------------- something else writes


def test_what_something_else_wrote_is_overwritten_only_by_force(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    arrays["dense"]["kernel"][1, 1] = -7
    for request in (
        wire.DropTrial(),
        wire.KeepTrial(1),
        try_out("half", edits.Zero()),
        fill("half", "", "1"),
        wire.Undo(),
        try_out(KERNEL, edits.Scale(3.0)),
        SWEEP,
    ):
        refused(service, request, "outside-change", "written by something else")
    assert ask(service, wire.DropTrial(force=True)) == wire.Done("", [])
    assert same_bytes(arrays["dense"]["kernel"], BASE)
    assert service.session.previewing is None


def test_what_something_else_wrote_can_be_left_when_the_trial_is_given_up(
    service: Service, arrays: dict[str, Any]
) -> None:
    ask(service, try_out("*/kernel", edits.Scale(2.0)))
    arrays["dense"]["kernel"][1, 1] = -7
    assert ask(service, wire.DropTrial(2, leave=True)) == wire.Done("", [])
    assert service.session.previewing is not None, "a trial of another view"
    assert ask(service, wire.DropTrial(1, leave=True)) == wire.Done("", [])
    assert service.session.previewing is None
    assert (arrays["dense"]["kernel"][1, 1], arrays["dense"]["kernel"][2, 3]) == (-7, 11)
    assert same_bytes(arrays["conv"]["kernel"], model()["conv"]["kernel"])
    assert service.session.history == []


def test_what_something_else_wrote_is_in_a_snapshot_of_the_rest(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    arrays["scalar"][...] = 9
    assert isinstance(ask(service, wire.TakeSnapshot("a")), wire.Done)
    assert service.session.previewing is not None
    taken = service.session.snapshots["a"]
    assert same_bytes(taken.read(KERNEL, service.session.region(KERNEL)), BASE)
    assert taken.read("scalar", service.session.region("scalar")) == 9


def test_what_something_else_wrote_can_be_kept_with_the_trial(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    arrays["dense"]["kernel"][1, 1] = -7
    assert ask(service, wire.KeepTrial(1, force=True)).label
    assert (arrays["dense"]["kernel"][1, 1], arrays["dense"]["kernel"][2, 3]) == (-7, 22)
    ask(service, wire.Undo())
    assert same_bytes(arrays["dense"]["kernel"], BASE)


def test_a_lapse_leaves_what_something_else_wrote(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    arrays["dense"]["kernel"][...] = 5
    revision = service.session.revision
    assert service.trials.lapse(now=True) == 0
    assert (arrays["dense"]["kernel"] == 5).all()
    assert service.session.previewing is None
    assert service.session.revision > revision, "the page hears that the trial has ended"
    assert isinstance(ask(service, fill("half", "", "1")), wire.Done)


def test_a_tensor_that_went_away_does_not_hold_a_trial_up(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, try_out("half", edits.Zero()))
    del arrays["half"]
    reply = ask(service, wire.DropTrial())
    assert (reply.code, "half is gone" in reply.text) == ("outside-change", True)
    assert isinstance(ask(service, wire.DropTrial(force=True)), wire.Done)
    assert service.session.previewing is None


def test_a_lapse_that_fails_is_no_exception(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(service, try_out(KERNEL, edits.Zero()))

    def broken(**_: Any) -> None:
        raise WriteFailedError("no")

    monkeypatch.setattr(service.session.previewing, "revert", broken)
    assert service.trials.lapse(now=True) == 0


# ---------------------------------------------------------------- scripts, other requests and other views


def test_an_edit_by_a_script_ends_the_trial_first(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    service.session[KERNEL][0, 0] = 9.0
    assert arrays["dense"]["kernel"].reshape(-1).tolist() == [9, *range(1, 12)]
    assert service.session.previewing is None
    refused(service, wire.KeepTrial(1), "preview")
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    assert arrays["dense"]["kernel"][0, 0] == 18, "a trial after it starts from what is there now"


@pytest.mark.parametrize(
    "request_",
    [
        fill("half", "[0]", "1"),
        wire.Undo(),
        wire.Redo(),
        wire.GoTo(0),
        wire.TakeBack(1),
        wire.TakeSnapshot("a"),
        wire.PickFrom(wire.StateRef("entry", 0)),
        wire.GetPatch(),
        wire.SetTrainable(["half"], False),
    ],
)
def test_no_other_request_makes_a_trial_part_of_anything(service: Service, request_: Any) -> None:
    ask(service, fill("half", "[1]", "1"))
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    ask(service, request_)
    ask(service, wire.DropTrial())
    assert same_bytes(service.session[KERNEL][...], BASE)
    assert all(KERNEL not in entry.paths for entry in service.session.journal.entries.values())
    for snapshot in service.session.snapshots:
        assert same_bytes(snapshot.read(KERNEL, service.session.region(KERNEL)), BASE)


def test_undo_by_a_script_takes_the_trial_back_and_the_last_entry(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, fill(KERNEL, "[0, 0]", "5"))
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    service.session.undo()
    assert same_bytes(arrays["dense"]["kernel"], BASE)


def test_two_editors_of_one_session_share_the_one_trial(service: Service, clock: Clock) -> None:
    other = Service(service.session)
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    assert ask(other, wire.GetTree(0, 1)).header.trial != ""
    ask(other, try_out("half", edits.Zero(), owner=2))
    assert same_bytes(service.session[KERNEL][...], BASE), "the second ends the first"
    assert service.trials.lapse(now=True) == 0
    assert not service.session["half"][...].any(), "and the first has no hold on the second"
    refused(service, wire.KeepTrial(1), "preview")
    ask(service, wire.DropTrial(1))
    assert not service.session["half"][...].any()
    assert isinstance(ask(other, wire.KeepTrial(2)), wire.Done)
    assert len(service.session.history) == 1


@pytest.mark.parametrize("target", [wire.Target(KERNEL), wire.Target("half")])
def test_another_view_takes_the_trial_over_and_the_first_has_no_hold_on_it(
    service: Service, clock: Clock, target: wire.Target
) -> None:
    before = contents(service.session)
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    first = service.session.previewing
    ask(service, wire.TryOut(target, edits.Scale(0.5), 2))
    assert first is not None
    assert not first.active
    alone = Service(Session(model()))
    ask(alone, wire.TryOut(target, edits.Scale(0.5), 1))
    shown = contents(service.session)
    assert shown == contents(alone.session), "it starts from the values before the first"
    header = ask(service, wire.GetTree(0, 1)).header
    assert (header.trial_owner, header.trial_paths) == (2, [target.what])
    clock.now += trials.LEASE - 1
    assert ask(service, wire.HoldTrial(1)) == wire.Pong()
    assert ask(service, wire.DropTrial(1)) == wire.Done("", [])
    refused(service, wire.KeepTrial(1), "preview", "is not in the model any more", "apply the operation instead")
    assert contents(service.session) == shown
    assert service.trials.lapse() == pytest.approx(1), "the wrong view does not hold it"
    ask(service, wire.HoldTrial(2))
    assert service.trials.lapse() == pytest.approx(trials.LEASE)
    assert isinstance(ask(service, wire.KeepTrial(2)), wire.Done)
    assert contents(service.session) == shown
    ask(service, wire.Undo())
    assert contents(service.session) == before


@pytest.mark.parametrize("owner", [0, 2])
def test_a_view_drops_its_own_trial_and_nobody_in_particular_drops_any(service: Service, owner: int) -> None:
    before = contents(service.session)
    ask(service, try_out(KERNEL, edits.Scale(2.0), owner=2))
    ask(service, wire.DropTrial(owner))
    assert contents(service.session) == before
    assert ask(service, wire.GetTree(0, 1)).header.trial_owner == 0


def test_a_trial_of_a_script_is_shown_as_nobodys_and_is_not_kept_by_a_view(service: Service) -> None:
    with service.session.preview("conv/*") as trial:
        assert ask(service, wire.GetTree(0, 1)).header.trial == ""
        trial.apply("w + 1")
        header = ask(service, wire.GetTree(0, 1)).header
        assert (header.trial, header.trial_owner) == ("formula w + 1", 0)
        assert header.trial_paths == ["conv/kernel", "conv/bias"]
        refused(service, wire.KeepTrial(1), "preview")
        ask(service, wire.DropTrial(1))
        assert trial.active


def test_of_a_trial_of_very_many_tensors_the_first_are_named() -> None:
    service = Service(Session({f"w{i:03}": np.ones(1) for i in range(200)}))
    ask(service, try_out("*", edits.Zero()))
    assert ask(service, wire.GetTree(0, 1)).header.trial_paths == [f"w{i:03}" for i in range(50)]


def test_undo_takes_back_what_is_tried_out_and_no_more(service: Service) -> None:
    ask(service, fill("half", "[1]", "1"))
    edited = contents(service.session)
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    assert ask(service, wire.GetTree(0, 1)).header.undo == "preview of scale × 2"
    assert ask(service, wire.Undo()) == wire.Done("preview", [])
    assert contents(service.session) == edited
    assert service.session.journal.position == 1
    assert ask(service, wire.GetTree(0, 1)).header.undo == service.session.history[-1].label
    assert ask(service, wire.Undo()).label == service.session.journal.entries[1].label
    assert contents(service.session) == contents(Session(model()))


def test_undo_over_an_outside_change_takes_the_trial_back_by_force(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, fill("half", "[1]", "1"))
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    arrays["dense"]["kernel"][0, 0] = 9
    refused(service, wire.Undo(), "outside-change")
    assert ask(service, wire.Undo(force=True)) == wire.Done("preview", [])
    assert same_bytes(arrays["dense"]["kernel"], BASE)
    assert len(service.session.history) == 1


def test_undo_where_nothing_was_tried_yet_undoes_what_it_names(service: Service) -> None:
    ask(service, fill("half", "[1]", "1"))
    service.session.preview(KERNEL)
    named = ask(service, wire.GetTree(0, 1)).header.undo
    assert ask(service, wire.Undo()).label == named != ""
    assert contents(service.session) == contents(Session(model()))


def test_a_curve_starts_from_the_model_without_what_is_tried_out(service: Service) -> None:
    service.session.probe(lambda arrays: float(arrays["dense"]["kernel"].sum()), name="sum")
    before = contents(service.session)
    ask(service, try_out(KERNEL, edits.Scale(2.0)))
    curve = ask(service, SWEEP)
    assert isinstance(curve, wire.Curve), curve
    assert curve.value == BASE.sum()
    assert service.session.previewing is None
    assert contents(service.session) == before


def test_a_closed_session_has_no_trial_and_says_so(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, try_out(KERNEL, edits.Zero()))
    service.session.close()
    assert same_bytes(arrays["dense"]["kernel"], BASE)
    for request in (try_out(KERNEL, edits.Zero()), foresee(KERNEL), apply(KERNEL, edits.Zero()), wire.Undo()):
        reply = ask(service, request)
        assert reply.code == "closed", reply
    assert service.trials.lapse(now=True) == 0


# ---------------------------------------------------------------- interrupts


def test_an_interrupt_while_trying_takes_everything_back(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(service, try_out(KERNEL, edits.Scale(2.0)))

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(edits.Scale, "apply", interrupted)
    reply = ask(service, try_out(KERNEL, edits.Scale(3.0)))
    assert (reply.code, reply.text) == ("stopped", "Stopped. The model is as it was before.")
    assert contents(service.session) == contents(Session(model()))
    assert service.session.previewing is None
    reply = ask(service, apply(KERNEL, edits.Scale(3.0)))
    assert reply.code == "stopped"
    assert contents(service.session) == contents(Session(model()))


def test_an_interrupt_that_comes_too_late_does_not_deny_the_change(service: Service, arrays: dict[str, Any]) -> None:
    """It waits for the end of the step that it would have broken, so it arrives when the change is made."""
    import signal

    from paramwidget.opened import Update

    class Listener:
        def heard(self, update: Update) -> None:
            signal.raise_signal(signal.SIGINT)

    listener = Listener()
    service.session.subscribe(listener.heard)
    reply = ask(service, apply(KERNEL, edits.Zero()))
    assert reply == wire.Failure("stopped", "Stopped. It came too late: the change was made.")
    assert not arrays["dense"]["kernel"].any()
    assert len(service.session.history) == 1


def test_a_file_and_other_requests_at_once_do_not_mix(service: Service) -> None:
    """Reads are answered on another thread while a write waits for its turn."""
    ask(service, fill(KERNEL, "[0, 0]", "5"))
    _, (data,) = service.answer(wire.GetPatch())
    ask(service, wire.Undo())
    entered, go = threading.Event(), threading.Event()
    replies: list[Any] = []

    class Slow(bytes):
        def __bytes__(self) -> bytes:
            entered.set()
            go.wait(5)
            return bytes(data)

    writing = threading.Thread(target=lambda: replies.append(service.answer(wire.ApplyPatch(), [Slow()])[0]))
    writing.start()
    entered.wait(5)
    assert ask(service, wire.Ping()) == wire.Pong()
    go.set()
    writing.join()
    assert isinstance(replies[0], wire.Done), replies
    assert service.session[KERNEL][0, 0] == 5
