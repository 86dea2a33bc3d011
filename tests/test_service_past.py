"""History, snapshots, comparison, code and patches through messages: what comes back is what NumPy says."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import msgspec
import numpy as np
import pytest
from models import for_a_page
from page import MIB, ask, asked, contents, fill, refused

from paramwidget import Session, edits
from paramwidget import protocol as wire
from paramwidget.journal import same_bytes
from paramwidget.service import Service, pairs
from paramwidget.service.budget import fitting
from paramwidget.views.plane import Plane, Window

NOW = wire.StateRef("now")
START = wire.StateRef("entry", 0)
KERNEL = "dense/kernel"
BASE = np.arange(12, dtype=np.float32).reshape(3, 4)
FLAT = Plane(0, 1, [0, 0])
WHOLE = Window(0, 3, 0, 4)


def model() -> dict[str, Any]:
    bad = np.array([[np.nan, np.inf], [1.0, -np.inf]])
    return for_a_page(5, bad=bad, count=np.array([2**53 + 1, 0]), z=np.array([1 + 2j, 0]))


@pytest.fixture
def arrays() -> dict[str, Any]:
    return model()


@pytest.fixture
def service(arrays: dict[str, Any]) -> Service:
    return Service(Session(arrays, title="test"))


def entry(number: int) -> wire.StateRef:
    return wire.StateRef("entry", number)


def snapshot(name: str) -> wire.StateRef:
    return wire.StateRef("snapshot", name=name)


def get_pair(
    path: str = KERNEL, a: wire.StateRef = START, b: wire.StateRef = NOW, plane: Plane = FLAT, window: Window = WHOLE,
    height: int = 100, width: int = 100, relative: bool = False,
) -> wire.GetPair:  # fmt: skip
    return wire.GetPair(a, b, path, plane, window, height, width, relative)


# ---------------------------------------------------------------- history


def test_the_history_tells_all_branches_newest_first(service: Service) -> None:
    ask(service, fill(KERNEL, "[0, 0]", "5"))
    ask(service, wire.Undo())
    ask(service, wire.Apply(wire.Target("conv/*", where="w > 0"), edits.Scale(0.5)))
    ask(service, wire.TakeSnapshot("mine"))
    history = ask(service, wire.GetHistory())
    assert (history.position, history.total, history.probes) == (2, 3, [])
    assert [(s.number, s.parent, s.done) for s in history.steps] == [(2, 0, True), (1, 0, False), (0, -1, True)]
    assert history.steps[1].what == "set to 5"
    assert history.steps[1].place == "dense/kernel [0, 0]"
    assert history.steps[1].count == 1
    assert history.bytes > 0
    (taken,) = history.snapshots
    assert (taken.name, taken.entry) == ("mine", 2)
    assert taken.bytes == sum(a.nbytes for a in _leaves(model()) if a.dtype.kind != "U")


def _leaves(tree: dict[str, Any]) -> list[np.ndarray]:
    return [leaf for value in tree.values() for leaf in (_leaves(value) if isinstance(value, dict) else [value])]


def test_an_empty_history_is_answered(service: Service) -> None:
    history = ask(service, wire.GetHistory())
    assert (history.position, history.bytes, history.probes, history.snapshots) == (0, 0, [], [])
    (opened,) = history.steps
    assert (opened.number, opened.what, opened.count, opened.done) == (0, "opened", 0, True)


def test_the_history_holds_the_scores_of_the_probes(service: Service) -> None:
    service.session.probe(lambda arrays: float(arrays["scalar"]), "value")
    ask(service, fill("scalar", "", "2"))
    service.session.probes.run()
    ask(service, fill("scalar", "", "nan"))
    service.session.probes.run()
    ask(service, fill("scalar", "", "4"))
    history = ask(service, wire.GetHistory())
    assert history.probes == ["value"]
    assert [step.scores for step in history.steps] == [[None], ["NaN"], [2.0], [1.5]]


def test_going_anywhere_in_the_history_gives_the_bytes_of_then(service: Service) -> None:
    states = {0: contents(service.session)}
    steps = (
        fill(KERNEL, "[0]", "5"),
        fill("one", "", "2"),
        wire.Undo(),
        fill("scalar", "", "7"),
        fill(KERNEL, "", "-1"),
    )
    for request in steps:
        ask(service, request)
        states[service.session.journal.position] = contents(service.session)
    assert sorted(states) == [0, 1, 2, 3, 4]
    for number in (2, 0, 4, 1, 3, 2, 4, 0):
        assert ask(service, wire.GoTo(number)) == wire.Done("", [])
        assert contents(service.session) == states[number]
        assert ask(service, wire.GetTree(0, 1)).header.position == number
    ask(service, wire.GoTo(0))
    assert ask(service, wire.GoTo(0)) == wire.Done("", [])


def test_an_entry_that_is_not_there_is_refused(service: Service) -> None:
    ask(service, fill(KERNEL, "[0]", "5"))
    for request in (
        wire.GoTo(2),
        wire.GoTo(2**53),
        wire.TakeBack(0),
        wire.TakeBack(2),
        wire.GetCode([2]),
        wire.GetCode([1, 2**53]),
        wire.PickFrom(entry(2)),
        wire.PickFrom(snapshot("gone")),
        wire.Compare(entry(2), NOW),
        wire.Compare(NOW, snapshot("gone")),
        get_pair(a=entry(9)),
        get_pair(b=snapshot("")),
        wire.DropSnapshot("gone"),
    ):
        refused(service, request, "history")


def test_going_over_an_outside_change_needs_force(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, fill(KERNEL, "[0]", "5"))
    arrays["dense"]["kernel"][0, 0] = 6
    refused(service, wire.GoTo(0), "outside-change")
    refused(service, wire.TakeBack(1), "outside-change")
    assert isinstance(ask(service, wire.GoTo(0, force=True)), wire.Done)
    assert same_bytes(arrays["dense"]["kernel"], BASE)


def test_one_entry_of_the_past_is_taken_back_alone(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, fill(KERNEL, "[0]", "5"))
    ask(service, fill(KERNEL, "[1]", "6"))
    done = ask(service, wire.TakeBack(1))
    assert done.label == "take back 1: dense/kernel [0, :] set to 5"
    assert arrays["dense"]["kernel"].tolist() == [[0, 1, 2, 3], [6] * 4, [8, 9, 10, 11]]
    assert len(service.session.history) == 3
    ask(service, wire.Undo())
    assert arrays["dense"]["kernel"][0].tolist() == [5] * 4
    ask(service, fill(KERNEL, "[0, 1]", "0"))
    refused(service, wire.TakeBack(1), "history")


# ---------------------------------------------------------------- snapshots and picking


def test_snapshots_are_taken_replaced_and_dropped(service: Service) -> None:
    assert ask(service, wire.TakeSnapshot("a")).label == "a"
    chosen = ask(service, wire.TakeSnapshot()).label
    assert chosen not in ("", "a")
    assert [row.name for row in ask(service, wire.GetHistory()).snapshots] == ["a", chosen]
    ask(service, fill(KERNEL, "[0]", "5"))
    ask(service, wire.TakeSnapshot("a"))
    assert sorted(row.entry for row in ask(service, wire.GetHistory()).snapshots) == [0, 1]
    assert isinstance(ask(service, wire.DropSnapshot("a")), wire.Done)
    refused(service, wire.DropSnapshot("a"), "history")
    assert service.session.history[0].number == 1, "a snapshot is no entry"


def test_everything_is_picked_from_a_snapshot_as_one_entry(service: Service) -> None:
    before = contents(service.session)
    ask(service, wire.TakeSnapshot("a"))
    ask(service, wire.Apply(wire.Target("conv/*"), edits.Add(1.0)))
    ask(service, fill("one", "", "3"))
    done = ask(service, wire.PickFrom(snapshot("a")))
    assert done.label == "from 'a'"
    assert contents(service.session) == before
    assert len(service.session.history) == 3
    ask(service, wire.Undo())
    assert contents(service.session) != before
    ask(service, wire.Redo())
    assert ask(service, wire.PickFrom(snapshot("a"))) == wire.Done("", [])


@pytest.mark.parametrize("state", [START, snapshot("a")], ids=["an entry", "a snapshot"])
def test_a_view_that_cannot_be_written_is_picked_with_its_memory(state: wire.StateRef) -> None:
    base = np.arange(3.0)
    service = Service(Session({"base": base, "wide": np.broadcast_to(base, (4, 3))}))
    ask(service, wire.TakeSnapshot("a"))
    ask(service, fill("base", "", "9"))
    assert isinstance(ask(service, wire.PickFrom(state)), wire.Done)
    assert base.tolist() == [0, 1, 2]
    ask(service, fill("base", "", "9"))
    refused(service, wire.PickFrom(snapshot("a"), ["wide"]), "read-only")


def test_some_tensors_or_a_part_of_one_are_picked(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, fill(KERNEL, "", "1"))
    ask(service, fill("scalar", "", "2"))
    ask(service, wire.PickFrom(START, ["scalar"]))
    assert arrays["scalar"] == 1.5
    done = ask(service, wire.PickFrom(START, [KERNEL], "[1, 2:4]"))
    assert done.label == "dense/kernel [1, 2:4] from 'start'"
    assert arrays["dense"]["kernel"].tolist() == [[1] * 4, [1, 1, 6, 7], [1] * 4]
    assert ask(service, wire.PickFrom(NOW, [KERNEL])) == wire.Done("", [])


def test_what_cannot_be_picked_is_refused(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, wire.TakeSnapshot("a"))
    ask(service, fill(KERNEL, "", "1"))
    refused(service, wire.PickFrom(snapshot("a"), ["gone"]), "path", "gone")
    refused(service, wire.PickFrom(snapshot("a"), [KERNEL], "[9]"), "region")
    refused(service, wire.PickFrom(snapshot("a"), ["words"]), "path")
    arrays["scalar"][...] = 7
    arrays["scalar"].flags.writeable = False
    refused(service, wire.PickFrom(snapshot("a"), ["scalar", KERNEL]), "read-only")
    arrays["dense"]["kernel"] = np.zeros((4, 3), np.float32)
    refused(service, wire.PickFrom(snapshot("a"), [KERNEL]), "region", "shape")


# ---------------------------------------------------------------- comparing


def test_a_comparison_names_what_differs_largest_first(service: Service) -> None:
    ask(service, wire.TakeSnapshot("a"))
    ask(service, fill(KERNEL, "[0, 0:2]", "5"))
    ask(service, fill("scalar", "", "-100"))
    ask(service, fill("one", "[0, 0]", "2"))
    for a, b in ((snapshot("a"), NOW), (START, NOW), (entry(0), entry(3)), (snapshot("a"), entry(3))):
        reply = ask(service, wire.Compare(a, b))
        assert (reply.differing, reply.equal) == (4, 8)  # "words" cannot be read: it is neither
        assert {row.match for row in reply.rows} == {"differs"}
        assert {row.path: row.changed for row in reply.rows} == {"scalar": 1, KERNEL: 2, "one": 1, "two": 1}
        found = {row.path: row for row in reply.rows}
        assert (found["scalar"].max_abs, found[KERNEL].max_abs, found["one"].size) == (101.5, 5, 4)
    reply = ask(service, wire.Compare(entry(1), entry(2)))
    assert ([row.path for row in reply.rows], reply.differing, reply.equal) == (["scalar"], 1, 11)
    assert (reply.a, reply.b) == ("edit 1", "edit 2")
    assert ask(service, wire.Compare(NOW, NOW)).rows == []


def test_tensors_that_came_and_went_are_counted_once(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, wire.TakeSnapshot("a"))
    del arrays["flag"], arrays["z"]
    arrays["new"] = np.zeros(2)
    arrays["scalar"][...] = 9
    service.cell_ran()
    reply = ask(service, wire.Compare(snapshot("a"), NOW))
    found = {row.path: row.match for row in reply.rows}
    assert found == {"flag": "only-a", "z": "only-a", "new": "only-b", "scalar": "differs"}
    readable = [p for p in service.session.tree.walk() if p.readable]
    assert (reply.differing, reply.equal) == (4, len(readable) - 2), "new and scalar are here and not equal"
    back = ask(service, wire.Compare(NOW, snapshot("a")))
    assert (back.differing, back.equal) == (4, len(readable) - 2)


def test_a_comparison_names_what_cannot_be_told_beside_the_rest() -> None:
    memory = np.arange(10.0)
    service = Service(Session({"a": memory[:6], "b": memory[4:], "c": np.zeros(2), "d": np.zeros(2)}))
    ask(service, fill("a", "", "9"))
    ask(service, fill("c", "", "9"))
    reply = ask(service, wire.Compare(START, NOW))
    assert [(row.path, row.match) for row in reply.rows] == [("c", "differs"), ("a", "differs"), ("b", "unreadable")]
    assert (reply.differing, reply.equal) == (3, 1), "what cannot be told is not called equal"
    why = "b shares memory with a, which is another view of it and was edited under that name"
    refused(service, get_pair("b", plane=Plane(-1, 0, [0]), window=Window(0, 1, 0, 6)), "history", why)


def test_a_comparison_with_now_sees_what_is_tried_out(service: Service) -> None:
    ask(service, wire.TryOut(wire.Target(KERNEL), edits.Scale(2.0), 1))
    assert [row.path for row in ask(service, wire.Compare(START, NOW)).rows] == [KERNEL]
    ask(service, wire.DropTrial())
    assert ask(service, wire.Compare(START, NOW)).rows == []


def test_an_outside_change_shows_against_a_snapshot(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, wire.TakeSnapshot("a"))
    arrays["z"][0] = 5
    arrays["flag"][:] = False
    reply = ask(service, wire.Compare(snapshot("a"), NOW))
    assert sorted(row.path for row in reply.rows) == ["flag", "z"]


def test_a_pair_shows_both_states_and_their_difference(service: Service) -> None:
    ask(service, wire.Apply(wire.Target(KERNEL, where="w > 5"), edits.Scale(-2.0)))
    after = np.where(BASE > 5, BASE * -2, BASE)
    reply, buffers = asked(service, get_pair())
    assert isinstance(reply, wire.Pair), reply
    a, b, apart = (np.frombuffer(buffer, "<f4").reshape(3, 4) for buffer in buffers)
    assert same_bytes(a, BASE)
    assert same_bytes(b, after)
    assert same_bytes(apart, after - BASE)
    assert (reply.height, reply.width, reply.step_row, reply.step_col) == (3, 4, 1, 1)
    assert (reply.a.max, reply.b.min, reply.a.count, reply.b.sampled) == (11, -22, 12, 1)
    assert reply.a.l2 == pytest.approx(np.linalg.norm(BASE))
    for counted in (reply.a_histogram, reply.b_histogram, reply.difference_histogram):
        assert sum(counted.counts) + counted.under + counted.over == 12
    assert (reply.row.path, reply.row.changed, reply.row.max_abs) == (KERNEL, 6, 33)
    assert reply.domain >= 11
    _, buffers = asked(service, get_pair(relative=True))
    ratio = np.frombuffer(buffers[2], "<f4").reshape(3, 4)
    assert ratio[BASE > 5] == pytest.approx(-3)
    assert not ratio[BASE <= 5].any()


def test_a_pair_of_a_slice_transposed_and_reduced_is_that_of_numpy(service: Service, arrays: dict[str, Any]) -> None:
    before = arrays["conv"]["kernel"].copy()
    ask(service, wire.Apply(wire.Target("conv/kernel"), edits.Noise(0.3, seed=1)))
    after = arrays["conv"]["kernel"]
    plane = Plane(3, 2, [1, 2, 0, 0])
    reply, buffers = asked(service, get_pair("conv/kernel", plane=plane, window=Window(1, 5, 0, 3)))
    assert (reply.height, reply.width) == (4, 3)
    expected = (before[1, 2].T[1:5, 0:3], after[1, 2].T[1:5, 0:3])
    for buffer, values in zip(buffers, (*expected, expected[1] - expected[0]), strict=True):
        assert same_bytes(np.frombuffer(buffer, "<f4").reshape(4, 3), np.ascontiguousarray(values))
    reply, buffers = asked(service, get_pair("conv/kernel", plane=plane, window=Window(0, 5, 0, 4), height=2, width=2))
    drawn = np.frombuffer(buffers[0], "<f4").reshape(reply.height, reply.width)
    block = before[1, 2].T[: reply.step_row, : reply.step_col]
    assert abs(drawn[0, 0]) == np.abs(block).max()


@pytest.mark.parametrize("path", ["bad", "brain", "count", "z", "flag", "scalar", "conv/bias"])
def test_a_pair_of_every_element_type_is_answered(service: Service, arrays: dict[str, Any], path: str) -> None:
    ask(service, wire.TakeSnapshot("a"))
    values = service.session[path][...]
    arrays_of = arrays["conv"]["bias"] if path == "conv/bias" else arrays[path]
    arrays_of[...] = np.logical_not(values) if path == "flag" else values * 2
    shape = values.shape
    plane = FLAT if len(shape) == 2 else Plane(-1, 0, [0]) if shape else Plane(-1, -1, [])
    window = Window(0, 2, 0, 2) if len(shape) == 2 else Window(0, 1, 0, max(1, *shape, 1))
    for relative in (False, True):
        reply, buffers = asked(service, get_pair(path, snapshot("a"), NOW, plane, window, relative=relative))
        assert isinstance(reply, wire.Pair), reply
        assert [len(buffer) for buffer in buffers] == [4 * reply.height * reply.width] * 3


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (get_pair("gone"), "path"),
        (get_pair("words", plane=Plane(-1, 0, [0]), window=Window(0, 1, 0, 1)), "no-values"),
        (get_pair(window=Window(0, 4, 0, 4)), "region"),
        (get_pair(window=Window(2, 2, 0, 4)), "region"),
        (get_pair(window=Window(0, 2**53, 0, 2**53)), "region"),
        (get_pair(plane=Plane(0, 0, [0, 0])), "region"),
        (get_pair(plane=Plane(0, 1, [0])), "region"),
        (get_pair("empty", window=Window(0, 0, 0, 3)), "no-values"),
        (get_pair("empty", window=Window(0, 1, 0, 3)), "no-values"),
    ],
)
def test_a_pair_that_does_not_exist_is_refused(service: Service, request_: wire.GetPair, code: str) -> None:
    refused(service, request_, code)


def test_a_tensor_that_got_another_shape_has_no_pair(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, wire.TakeSnapshot("a"))
    arrays["dense"]["kernel"] = np.zeros((4, 3), np.float32)
    service.cell_ran()
    refused(service, get_pair(a=snapshot("a"), window=Window(0, 1, 0, 1)), "history", "shape")
    rows = ask(service, wire.Compare(snapshot("a"), NOW)).rows
    assert {row.path: row.match for row in rows} == {KERNEL: "shape"}


def test_a_pair_of_a_large_matrix_is_at_most_a_mebibyte() -> None:
    values = np.random.default_rng(0).normal(size=(900, 900)).astype(np.float32)
    service = Service(Session({"a": values}))
    before = values.copy()
    ask(service, wire.Apply(wire.Target("a"), edits.Scale(1.5)))
    reply, buffers = asked(service, get_pair("a", window=Window(0, 900, 0, 900), height=4096, width=4096))
    apart = np.abs(values - before)
    drawn = np.abs(np.frombuffer(buffers[2], "<f4").reshape(reply.height, reply.width))
    assert drawn.max() == apart.max()
    assert drawn[0, 0] == apart[: reply.step_row, : reply.step_col].max()


def test_a_very_large_pair_is_sampled_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramwidget.service.pairs.MAX_EXACT", 1000)
    monkeypatch.setattr("paramwidget.views.heatmap.MAX_READ", 1000)
    values = np.random.default_rng(0).normal(size=(300, 200))
    service = Service(Session({"a": values}))
    ask(service, wire.Apply(wire.Target("a", "[0]"), edits.Scale(1.5)))
    reply, _ = asked(service, get_pair("a", window=Window(0, 300, 0, 200), height=3, width=200))
    assert reply.height * reply.step_row >= 300
    assert reply.row.changed == 200, "which tensors differ is never guessed"
    assert reply.a.sampled == reply.b.sampled == 60


def test_the_difference_of_a_pair_is_that_of_the_whole_tensor(service: Service, arrays: dict[str, Any]) -> None:
    """Whichever plane is shown."""
    before = arrays["conv"]["kernel"].copy()
    ask(service, fill("conv/kernel", "[2, 2, 3, 4]", "100"))
    ask(service, wire.Apply(wire.Target("conv/kernel", "[0]"), edits.Add(1.0)))
    replies = []
    for at in ([0, 0, 0, 0], [1, 1, 0, 0], [2, 2, 0, 0]):
        for window in (Window(0, 4, 0, 5), Window(0, 1, 0, 1)):
            reply = ask(service, get_pair("conv/kernel", plane=Plane(2, 3, at), window=window))
            assert isinstance(reply, wire.Pair), reply
            replies.append(reply)
    first = replies[0]
    apart = arrays["conv"]["kernel"] - before
    for reply in replies:
        assert (reply.spread, reply.domain) == (first.spread, first.domain)
        assert (reply.a, reply.b, reply.row) == (first.a, first.b, first.row)
        assert reply.difference_histogram == first.difference_histogram
    counted = first.difference_histogram
    assert sum(counted.counts) + counted.under + counted.over == 180
    assert counted.over == (apart > first.spread).sum()
    inside = np.histogram(apart[np.abs(apart) <= first.spread], 64, (-first.spread, first.spread))[0]
    assert counted.counts == inside.tolist()
    assert first.b.max == 100
    relative = ask(service, get_pair("conv/kernel", plane=Plane(2, 3, [0, 0, 0, 0]), relative=True))
    assert relative.difference_histogram != counted


def test_a_pair_reads_the_whole_tensors_once_for_each_state_of_the_model(
    service: Service, arrays: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    summed = 0
    real = pairs._summed

    def counting(*given: Any) -> Any:
        nonlocal summed
        summed += 1
        return real(*given)

    monkeypatch.setattr(pairs, "_summed", counting)
    ask(service, fill(KERNEL, "[0, 0]", "5"))
    for window in (WHOLE, Window(0, 1, 0, 4), Window(1, 3, 0, 2)):
        ask(service, get_pair(window=window))
    assert summed == 3
    ask(service, get_pair(relative=True))
    assert summed == 6
    ask(service, get_pair("conv/kernel", plane=Plane(2, 3, [0, 0, 0, 0])))
    assert summed == 9
    ask(service, get_pair())
    assert ask(service, get_pair()).b.max == 11
    ask(service, fill(KERNEL, "[0, 0]", "50"))
    reply = ask(service, get_pair())
    assert (reply.b.max, reply.row.max_abs) == (50, 50)
    ask(service, wire.Undo())
    assert ask(service, get_pair()).row.max_abs == 5


def test_a_pair_with_a_snapshot_that_was_taken_again_is_that_of_the_new_one(
    service: Service, arrays: dict[str, Any]
) -> None:
    ask(service, wire.TakeSnapshot("a"))
    first = ask(service, get_pair(a=snapshot("a"), b=START))
    assert (first.a.max, first.row.changed) == (11, 0)
    arrays["dense"]["kernel"][0, 0] = 70
    ask(service, wire.TakeSnapshot("a"))
    again = ask(service, get_pair(a=snapshot("a"), b=START))
    assert again.a.max == 70


def test_a_pair_that_something_else_wrote_is_told_and_shown_as_it_is_now(
    service: Service, arrays: dict[str, Any]
) -> None:
    ask(service, wire.Describe("conv/kernel"))  # the inspector shows another tensor
    ask(service, fill(KERNEL, "[0, 0]", "5"))
    assert ask(service, get_pair()).row.max_abs == 5
    arrays["dense"]["kernel"][...] = 100
    reply = ask(service, get_pair())  # within a long cell
    assert (reply.b.max, reply.row.max_abs) == (100, 100)
    told = service.cell_ran()
    assert told is not None
    assert told.paths == [KERNEL]
    assert service.cell_ran() is None


def test_a_pair_of_two_snapshots_outlives_its_tensor(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, wire.TakeSnapshot("a"))
    ask(service, fill(KERNEL, "", "3"))
    ask(service, wire.TakeSnapshot("b"))
    del arrays["dense"]
    assert ask(service, get_pair(a=snapshot("a"), b=snapshot("b"))).row.changed == 11
    refused(service, get_pair(a=snapshot("a")), "path", KERNEL)


def test_a_pair_follows_what_is_tried_out(service: Service) -> None:
    assert ask(service, get_pair()).row.changed == 0
    ask(service, wire.TryOut(wire.Target(KERNEL), edits.Scale(2.0), 1))
    assert (ask(service, get_pair()).b.max, ask(service, get_pair()).row.changed) == (22, 11)
    ask(service, wire.DropTrial())
    assert ask(service, get_pair()).b.max == 11


# ---------------------------------------------------------------- code


def test_the_code_of_all_or_some_entries_replays_them(service: Service) -> None:
    assert isinstance(ask(service, wire.GetCode()), wire.Code)
    ask(service, fill(KERNEL, "[0]", "5"))
    ask(service, wire.Apply(wire.Target("conv/*", where="w > 0"), edits.Scale(0.5)))
    text = ask(service, wire.GetCode()).text
    other = model()
    exec(text, {"model": other})
    assert contents(Session(other)) == contents(service.session)
    some = ask(service, wire.GetCode([1])).text
    other = model()
    exec(some, {"model": other})
    ask(service, wire.GoTo(1))
    assert contents(Session(other)) == contents(service.session)


def test_code_that_is_too_long_for_the_page_is_refused_with_another_way() -> None:
    service = Service(Session({"a": np.zeros(600_000)}))
    service.session["a"][...] = np.random.default_rng(0).normal(size=600_000)
    refused(service, wire.GetCode(), "value", "editor.session.to_python()")
    refused(service, wire.GetPatch(), "patch", "editor.session.save_patch(")


# ---------------------------------------------------------------- patches


def patched(service: Service) -> bytes:
    ask(service, fill(KERNEL, "[0]", "5"))
    ask(service, wire.Apply(wire.Target("brain"), edits.Scale(2.0)))
    reply, (data,) = asked(service, wire.GetPatch())
    assert reply == wire.PatchFile("test.pwpatch", 7)  # the edited cells and no others
    return data


def test_a_patch_brings_another_copy_of_the_model_to_the_same_bytes(service: Service) -> None:
    data = patched(service)
    other = Service(Session(model()))
    for buffer in (data, bytearray(data), memoryview(data)):
        done, _ = asked(other, wire.ApplyPatch(), [buffer])
        assert done == wire.Done("apply patch", [])
        assert contents(other.session) == contents(service.session)
        assert asked(other, wire.ApplyPatch(), [buffer])[0] == wire.Done("", [])
        ask(other, wire.Undo())
        assert contents(other.session) == contents(Session(model()))


def test_a_patch_after_training_is_refused_with_what_to_do(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, fill(KERNEL, "[0]", "5"))
    arrays["dense"]["kernel"][0, 1] = 6
    refused(service, wire.GetPatch(), "outside-change", "make the edit again")
    arrays["dense"]["kernel"][0, 1] = 5
    assert isinstance(ask(service, wire.GetPatch()), wire.PatchFile)


def test_a_patch_for_other_values_needs_force(service: Service) -> None:
    ask(service, fill("conv/kernel", "[0, 0, 0]", "5"))
    _, (data,) = asked(service, wire.GetPatch())
    arrays = model()
    arrays["conv"]["kernel"][2, 2, 2, 2] = 77
    expected = arrays["conv"]["kernel"].copy()
    expected[0, 0, 0] = 5
    other = Service(Session(arrays))
    refused(other, wire.ApplyPatch(), "patch", "conv/kernel", "other values", buffers=[data])
    done, _ = asked(other, wire.ApplyPatch(force=True), [data])
    assert isinstance(done, wire.Done)
    assert same_bytes(arrays["conv"]["kernel"], expected)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    "buffers", [[], [b""], [b"garbage"], [b"PK\x05\x06" + bytes(18)], [bytes(1000)], [b"PK\x03\x04" + b"\xff" * 300]]
)
def test_what_is_no_patch_is_refused(service: Service, buffers: list[bytes], force: bool) -> None:
    refused(service, wire.ApplyPatch(force), "patch", "patch", buffers=buffers)


def test_every_patch_with_a_byte_changed_is_refused_or_gives_the_same(service: Service) -> None:
    data = patched(service)
    wanted, untouched = contents(service.session), contents(Session(model()))
    for at in range(0, len(data), 7):
        broken = bytearray(data)
        broken[at] ^= 0x55
        other = Service(Session(model()))
        reply, _ = asked(other, wire.ApplyPatch(), [broken])
        failed = isinstance(reply, wire.Failure)
        assert not failed or reply.code == "patch", reply
        assert contents(other.session) == (untouched if failed else wanted)


def test_a_patch_for_another_model_names_what_is_missing(service: Service) -> None:
    data = patched(service)
    other = Service(Session({"dense": {"kernel": np.zeros((3, 5), np.float32)}, "brain": np.zeros(3, np.float32)}))
    refused(other, wire.ApplyPatch(force=True), "patch", "shape", buffers=[data])
    refused(Service(Session({"a": np.zeros(1)})), wire.ApplyPatch(), "patch", "brain", buffers=[data])


def test_a_patch_that_unpacks_to_more_than_it_may_is_refused(service: Service) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("patch.json", b" " * 2**27)
    refused(service, wire.ApplyPatch(), "patch", buffers=[file.getvalue()])


def test_there_is_no_patch_of_nothing_and_none_of_a_trial(service: Service) -> None:
    refused(service, wire.GetPatch(), "patch", "nothing is edited")
    ask(service, wire.TryOut(wire.Target(KERNEL), edits.Scale(2.0), 1))
    refused(service, wire.GetPatch(), "patch", "nothing is edited")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc_passwd.pwpatch"),
        ("", "arrays.pwpatch"),
        ("a" * 200, "a" * 80 + ".pwpatch"),
        ("…", "model.pwpatch"),
    ],
)
def test_the_name_of_a_patch_is_safe_everywhere(title: str, name: str) -> None:
    service = Service(Session({"a": np.zeros(2)}, title=title))
    ask(service, fill("a", "", "1"))
    reply = ask(service, wire.GetPatch())
    assert reply.name == name


# ---------------------------------------------------------------- a model of PyTorch


def test_all_of_it_with_a_model_of_pytorch() -> None:
    import torch

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(8, 3))
    start = {name: p.detach().clone() for name, p in net.named_parameters()}
    service = Service(Session(net, title="net"))
    ask(service, wire.TakeSnapshot("a"))
    ask(service, wire.Apply(wire.Target("*.weight"), edits.Prune(fraction=0.5)))
    ask(service, wire.Apply(wire.Target("2.bias", "[0]"), edits.Compute("w + 1")))
    after = {name: p.detach().clone() for name, p in net.named_parameters()}
    reply = ask(service, wire.Compare(snapshot("a"), NOW))
    assert sorted(row.path for row in reply.rows) == ["0.weight", "2.bias", "2.weight"]
    pair, buffers = asked(service, get_pair("2.weight", START, NOW, FLAT, Window(0, 3, 0, 8)))
    assert isinstance(pair, wire.Pair)
    shown = [np.frombuffer(buffer, "<f4").reshape(3, 8) for buffer in buffers]
    assert same_bytes(shown[0], start["2.weight"].numpy())
    assert same_bytes(shown[1], after["2.weight"].numpy())
    code = ask(service, wire.GetCode()).text
    _, (data,) = asked(service, wire.GetPatch())
    ask(service, wire.PickFrom(snapshot("a"), ["2.weight"]))
    assert torch.equal(net[2].weight, start["2.weight"])
    ask(service, wire.GoTo(0))
    assert all(torch.equal(p, start[name]) for name, p in net.named_parameters())
    assert asked(service, wire.ApplyPatch(), [data])[0].label == "apply patch"
    assert all(torch.equal(p, after[name]) for name, p in net.named_parameters())
    ask(service, wire.GoTo(0))
    exec(code, {"model": net})
    assert all(torch.equal(p, after[name]) for name, p in net.named_parameters())


# ---------------------------------------------------------------- the doctor


def sick() -> Service:
    return Service(Session({"a": {"kernel": np.array([[1.0, np.nan], [2.0, 3.0]])}, "b": np.ones((2, 2))}))


def test_findings_are_numbered_and_a_fix_is_one_entry() -> None:
    service = sick()
    reply = ask(service, wire.Examine())
    assert [finding.number for finding in reply.items] == list(range(len(reply.items)))
    assert reply.examined == 2
    bad = reply.items[0]
    assert (bad.severity, bad.path, bad.region) == ("error", "a/kernel", "[0, 1]")
    assert bad.fix
    before = contents(service.session)
    done = ask(service, wire.Treat(bad.number))
    assert isinstance(done, wire.Done)
    assert done.label.startswith(bad.fix)
    assert np.isfinite(service.session["a/kernel"][...]).all()
    assert len(service.session.history) == 1
    assert all(f.severity != "error" for f in ask(service, wire.Examine()).items)
    ask(service, wire.Undo())
    assert contents(service.session) == before


def test_a_fix_is_that_of_the_examination_that_its_page_shows() -> None:
    model = {"a": np.array([[1.0, np.nan], [2.0, 3.0]]), "b": np.ones((2, 2))}
    service = Service(Session(model))
    first = ask(service, wire.Examine()).items[0]
    model["b"][0, 0] = np.nan
    model["a"][0, 1] = 2.0  # the first finding of another page is about another tensor
    second = ask(service, wire.Examine()).items[0]
    assert (first.path, second.path) == ("a", "b")
    model["a"][0, 1] = np.nan
    ask(service, wire.Treat(first.number))
    assert np.isfinite(model["a"]).all()
    assert np.isnan(model["b"][0, 0])
    for _ in range(4):
        ask(service, wire.Examine())
    refused(service, wire.Treat(second.number), "history", "examine the model again")


def test_a_finding_that_is_not_there_or_has_no_fix_is_refused() -> None:
    service = sick()
    refused(service, wire.Treat(0), "history", "examine the model again")
    items = ask(service, wire.Examine()).items
    refused(service, wire.Treat(len(items)), "history")
    refused(service, wire.Treat(2**53), "history")
    ask(service, wire.Treat(0))
    assert ask(service, wire.Treat(0)) in (wire.Done("", []),)
    hopeless = Service(Session({"a": np.full((4, 4), np.nan)}))
    for finding in ask(hopeless, wire.Examine()).items:
        if not finding.fix:
            refused(hopeless, wire.Treat(finding.number), "value", "no fix")


def test_nothing_is_offered_for_what_cannot_be_written() -> None:
    arrays = {"a": np.array([np.nan, 1.0])}
    arrays["a"].flags.writeable = False
    service = Service(Session(arrays))
    (finding,) = ask(service, wire.Examine()).items
    assert finding.fix == ""
    refused(service, wire.Treat(0), "value", "no fix")


# ---------------------------------------------------------------- sizes


def test_long_lists_of_long_names_are_cut_to_a_message() -> None:
    names = [f"{'n' * 3000}{i}" for i in range(500)]
    service = Service(Session({name: np.array([np.nan, 1.0]) for name in names}))
    ask(service, wire.TakeSnapshot("a"))
    for name in names:
        service.session[name][1] = 2.0
    history = ask(service, wire.GetHistory())
    assert (history.total, history.steps[0].number) == (501, 500)
    assert 100 < len(history.steps) < 500
    compared = ask(service, wire.Compare(snapshot("a"), NOW))
    assert compared.differing == 500
    assert 100 < len(compared.rows) < 500
    findings = ask(service, wire.Examine())
    assert findings.examined == 500
    assert 50 < len(findings.items) < 500


def test_very_many_snapshots_are_cut_to_a_message(service: Service) -> None:
    for i in range(1000):
        service.session.snapshot(f"{'s' * 190}{i}")
    history = ask(service, wire.GetHistory())
    assert 100 < len(history.snapshots) < 1000


def test_what_fits_is_at_least_one_and_never_more_than_the_budget() -> None:
    assert fitting([], 10) == []
    assert fitting(["x" * 100], 10) == ["x" * 100]
    kept = fitting(["x" * 96] * 50, 1000)
    assert len(kept) == 10
    assert len(json.dumps(msgspec.to_builtins(kept))) <= 1000 < MIB
