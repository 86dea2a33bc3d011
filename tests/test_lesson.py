from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import paramwidget as pw
from paramwidget import edits, lesson
from paramwidget.errors import FreezeError, ParamwidgetError, PathError, ReadOnlyError, RegionError, ValueRefusedError
from paramwidget.guard import Guard
from paramwidget.lesson import exercises
from paramwidget.protocol import Done, Failure, Foresee, PickFrom, SetBlock, StateRef, Target, TryOut
from paramwidget.service import Service
from paramwidget.views.plane import Plane

PREWITT = np.array([[-1, 0, 1]] * 3, np.float32)


def model() -> dict[str, np.ndarray]:
    return {"free": np.arange(6, dtype=np.float32).reshape(2, 3), "held": np.ones(4, np.float32)}


def total(model: dict[str, np.ndarray]) -> float:
    return float(model["free"].sum())


def course(*goals: lesson.Goal, allowed: Any = None, **options: Any) -> lesson.Lesson:
    return lesson.Lesson("a lesson", model(), goals or [lesson.at_most(0)], allowed=allowed, **options)


def snapshot(task: lesson.Lesson) -> dict[str, bytes]:
    return {p.path: task.session[p.path][...].tobytes() for p in task.session.tree.walk()}


# ---------------------------------------------------------------------- goals


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (True, None),
        (np.True_, None),
        (False, "not yet"),
        (None, "not yet"),
        ("turn it round", "turn it round"),
        ("", "not yet"),
    ],
)
def test_a_check_says_true_false_or_what_is_missing(given: Any, missing: str | None) -> None:
    report = course(lesson.Goal("reach it", lambda session: given)).check()
    assert report.results == (lesson.Result("reach it", missing is None, missing or ""),)
    assert report.solved is (missing is None)
    assert report.missing == ([] if missing is None else [missing])


def test_a_check_that_fails_is_a_goal_that_is_not_reached() -> None:
    def broken(session: Any) -> bool:
        return bool(1 / 0)

    task = course(
        lesson.Goal("broken", broken),
        lesson.Goal("misnamed", lambda session: session["fre"] is None),
        lesson.at_most(0),
    )
    report = task.check()
    assert [result.met for result in report.results] == [False, False, True]
    assert "ZeroDivisionError: division by zero" in report.missing[0]
    assert report.missing[1] == "there is no array 'fre'; did you mean 'free'?"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, GeneratorExit])
def test_a_check_that_is_stopped_leaves_the_model_as_it_was(stop: type[BaseException]) -> None:
    def stopped(session: lesson.LessonSession) -> bool:
        session.model["free"][:] = 9.0
        raise stop

    task = course(lesson.Goal("look", stopped))
    before = snapshot(task)
    with pytest.raises(stop):
        task.check()
    assert snapshot(task) == before


def test_a_function_that_a_goal_asks_is_guarded_as_a_first_run_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    firsts: list[bool] = []

    class Counting(Guard):
        def __init__(self, session: pw.Session, first: bool) -> None:
            firsts.append(first)
            super().__init__(session, first)

    monkeypatch.setattr("paramwidget.probe.Guard", Counting)
    task = course(lesson.reaches(total, at_least=0))
    task.check()
    task.check()
    assert firsts == [True, False]


@pytest.mark.parametrize("wrong", [{"allowed": "typo"}, {"probe": 3}])
def test_a_lesson_that_is_refused_leaves_no_session_of_its_own(wrong: dict[str, Any]) -> None:
    arrays = model()
    with pytest.raises(ParamwidgetError) as refusal:
        lesson.Lesson("a lesson", arrays, [lesson.at_most(0)], **wrong)
    assert refusal.tb is not None, "the traceback keeps what was half made"
    assert type(pw.Session.of(arrays)) is pw.Session


def test_the_seed_of_a_random_layer_is_no_change() -> None:
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.5), keras.layers.Dense(1, name="out")])
    task = lesson.Lesson("a lesson", network, [lesson.at_most(0)], allowed="out/kernel")
    seeds = [p.path for p in task.session.tree.walk() if p.role == "state"]
    before = {path: task.session.read(path).tobytes() for path in seeds}
    network(np.ones((1, 2), np.float32), training=True)
    assert any(task.session.read(path).tobytes() != before[path] for path in seeds)
    assert task.session.changed() == 0
    assert task.check().missing == []


def test_at_most_counts_cells_that_differ_from_the_start() -> None:
    task = course(lesson.at_most(2))
    task.session["free"][0] = 7.0
    assert task.check().missing == ["3 cells differ from the start, in free; set 1 back"]
    task.session["free"][0, 1] = 1.0  # as it was: it does not count, though it was edited twice
    assert task.solved
    task.session["held"][:] = 3.0
    assert task.check().missing == ["6 cells differ from the start, in held, free; set 4 back"]
    task.session.undo()
    assert task.solved


def test_at_most_sees_what_was_written_without_the_session() -> None:
    task = course(lesson.at_most(0))
    task.model["free"][1, 1] = -1.0
    assert task.check().missing == ["1 cell differs from the start, in free; set 1 back"]


def test_a_tensor_that_shares_its_storage_counts_once() -> None:
    shared = np.zeros(3, np.float32)
    task = lesson.Lesson("tied", {"a": shared, "b": shared}, [lesson.at_most(1)])
    task.session["b"][0] = 1.0
    assert task.solved


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(-3, 3)), max_size=8), st.integers(0, 6))
@settings(max_examples=25, deadline=None)
def test_at_most_agrees_with_numpy(writes: list[tuple[int, int, int]], limit: int) -> None:
    task = course(lesson.at_most(limit))
    for row, column, value in writes:
        task.session["free"][row, column] = float(value)
    assert task.solved == (int((task.model["free"] != model()["free"]).sum()) <= limit)


def test_reaches_runs_a_probe_by_name_or_a_function() -> None:
    named, plain = lesson.reaches("total", at_least=20), lesson.reaches(total, at_least=10, at_most=16.5)
    task = course(named, plain, probe={"total": total})
    assert [goal.text for goal in task.goals] == ["total is at least 20", "total is at least 10 and at most 16.5"]
    assert task.check().missing == ["total is 15 and must be at least 20"]
    task.session["free"][0, 0] = 5.0
    assert task.check().missing == ["total is 20 and must be at least 10 and at most 16.5"]
    assert task.session.probes["total"].series == {0: 15.0, 1: 20.0}


def test_reaches_tells_why_there_is_no_number() -> None:
    def fails(model: Any) -> float:
        raise RuntimeError("no data")

    task = course(
        lesson.reaches("gone", at_least=1),
        lesson.reaches(fails, at_least=1),
        lesson.reaches(lambda m: "text", at_most=0),
    )
    gone, failed, text = task.check().missing
    assert gone.startswith("there is no probe 'gone'")
    assert "RuntimeError: no data" in failed
    assert text.endswith("gives no number: its result is something else")


def test_reaches_is_not_satisfied_by_nan() -> None:
    task = course(lesson.reaches(lambda m: float("nan"), at_least=0), lesson.reaches(lambda m: float("nan"), at_most=0))
    assert not any(result.met for result in task.check().results)


def test_uses_only_names_what_else_was_changed() -> None:
    task = course(lesson.uses_only("free"))
    task.session["free"][0, 0] = 9.0
    assert task.solved
    task.session["held"][0] = 9.0
    assert task.check().missing == ["held differs from the start too; only free may"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: lesson.at_most(-1),
        lambda: lesson.at_most(True),
        lambda: lesson.reaches("x"),
        lambda: lesson.uses_only(),
        lambda: lesson.Goal("t", lambda session: True, "one hint"),  # type: ignore[arg-type]
        lambda: lesson.Goal("t", True),  # type: ignore[arg-type]
        lambda: lesson.at_most(1, hints=(1,)),  # type: ignore[arg-type]
        lambda: lesson.Lesson("t", model(), []),
        lambda: lesson.Lesson("t", model(), ["a goal"]),  # type: ignore[list-item]
        lambda: course(allowed=7),
        lambda: course(allowed=()),
        lambda: course(allowed=lesson.Allowed(operations=("scale",))),  # type: ignore[arg-type]
    ],
)
def test_a_lesson_that_means_nothing_is_refused_when_it_is_written(wrong: Any) -> None:
    with pytest.raises(ValueRefusedError, match=r"pass for example|lesson\.Allowed|pass Goal"):
        wrong()


class NeedsTwo:
    """A check that is an object, and takes one argument too many."""

    def __call__(self, session: lesson.LessonSession, limit: float) -> bool:
        return True


@pytest.mark.parametrize(
    ("title", "about"), [(5, ""), (None, ""), ("x", 5), ("x", None), ("x", ["a", "b"]), ("x" * 500, "")]
)
def test_what_is_no_title_or_no_text_is_refused_at_once(title: Any, about: Any) -> None:
    arrays = model()
    with pytest.raises(ValueRefusedError, match=r"both are texts|at most 200 characters"):
        lesson.Lesson(title, arrays, [lesson.at_most(0)], about=about)
    assert type(pw.Session.of(arrays)) is pw.Session, "nothing of it is left"


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (lambda: True, "<lambda>"),
        (lambda session, limit: True, "<lambda>"),
        (lambda *, session: True, "<lambda>"),
        (NeedsTwo(), "NeedsTwo"),
    ],
)
def test_a_check_that_cannot_be_called_with_the_session_is_refused_when_it_is_written(check: Any, name: str) -> None:
    with pytest.raises(
        ValueRefusedError, match=f"the check '{name}' of the goal 'be calm' .* alone; give it one"
    ) as told:
        lesson.Goal("be calm", check)
    assert "\n" not in told.value.sentence


@pytest.mark.parametrize(
    "check",
    [
        lambda *anything: True,
        lambda session, limit=1.0: True,
        functools.partial(lambda limit, session: True, 1.0),
        bool,  # written in C, and says nothing of its arguments
        operator.truth,
    ],
)
def test_a_check_that_may_take_the_session_is_not_refused(check: Any) -> None:
    assert course(lesson.Goal("be there", check)).solved


def test_locks_that_name_no_tensor_are_refused() -> None:
    with pytest.raises(PathError, match="did you mean 'free'"):
        course(allowed="fre")


# ---------------------------------------------------------------------- hints and reports


def test_hints_come_one_after_the_other_for_the_first_goal_that_is_not_reached() -> None:
    task = course(
        lesson.at_most(6, hints=("never given",)),
        lesson.reaches(total, at_least=16, hints=("first", "second")),
        lesson.reaches(total, at_most=16),
    )
    assert [task.hint() for _ in range(3)] == ["first", "second", "second"]
    task.session["free"][0, 0] = 2.0
    assert task.hint() == "total is 17 and must be at most 16"
    task.session["free"][0, 0] = 1.0
    assert task.hint() == "nothing is missing: every goal is reached"
    task.reset()
    assert task.hint() == "first"


def test_a_report_reads_well_as_text() -> None:
    task = course(lesson.at_most(0), lesson.reaches(total, at_least=16))
    assert repr(task) == "a lesson\n  1. At most 0 cells differ from the start\n  2. total is at least 16"
    assert repr(task.check()) == (
        "a lesson: 1 of 2 reached\n"
        "  ✓ At most 0 cells differ from the start\n"
        "  ○ total is at least 16\n"
        "      total is 15 and must be at least 16"
    )
    assert repr(course().check()) == "a lesson: solved\n  ✓ At most 0 cells differ from the start"


def test_hostile_texts_are_escaped_in_markup() -> None:
    evil = "<img src=x onerror=\"alert('1')\">&"
    task = lesson.Lesson(evil, {evil: np.zeros(2)}, [lesson.Goal(evil, lambda session: evil), lesson.at_most(0)])
    task.session[evil][0] = 1.0
    html = task.check()._repr_html_()
    assert (
        html.count("&lt;img src=x onerror=&quot;alert(&#x27;1&#x27;)&quot;&gt;&amp;") == 4
    )  # title, text, missing, path
    assert "<img" not in html
    assert evil in repr(task.check())


# ---------------------------------------------------------------------- locks


def test_a_locked_tensor_is_refused_by_every_way_to_write() -> None:
    task = course(allowed="free")
    session, before = task.session, snapshot(task)
    other = model() | {"held": np.zeros(4, np.float32)}
    session.snapshot("then")
    writes: list[Callable[[], object]] = [
        lambda: session["held"].__setitem__(0, 2.0),
        lambda: session.edit("held", "w * 2"),
        lambda: session.edit(["free", "held"], "w * 2"),
        lambda: session.preview("held"),
        lambda: session.what_if("held", 0.0, 1.0, probe=session.probes.add(total).name),
        lambda: session.take_from(other, "held"),
    ]
    for write in writes:
        with pytest.raises(ReadOnlyError, match="held cannot be edited: this lesson keeps it as it is; edit free"):
            write()
    assert snapshot(task) == before
    assert session.history == []


def test_a_snapshot_brings_back_what_is_open_and_leaves_the_rest() -> None:
    task = course(allowed="free")
    session = task.session
    session.snapshot("then")
    session["free"][0, 0] = 9.0
    session.model["held"][0] = 5.0  # as the statistics of a normalisation move
    session.restore("then")
    assert (session.model["free"][0, 0], session.model["held"][0]) == (0, 5)
    session["free"][0, 0] = 9.0
    reply, _ = Service(session).answer(PickFrom(StateRef("snapshot", name="then")))
    assert isinstance(reply, Done)
    assert (session.model["free"][0, 0], session.model["held"][0]) == (0, 5)
    with pytest.raises(ReadOnlyError, match="this lesson keeps it as it is"):
        session.restore("then", "held")


def test_a_glob_edits_what_is_open_and_leaves_the_rest() -> None:
    task = course(allowed=["fr*"])
    entry = task.session.edit("*", "w + 1")
    assert entry is not None
    assert entry.paths == ["free"]
    assert task.session["free"].facts.writable
    assert not task.session["held"].facts.writable
    assert [p.path for p in task.session.select("readonly")] == ["held"]


def test_locks_are_those_of_the_widget_too() -> None:
    task = course(allowed=lesson.Allowed(("free",), (*lesson.TYPED, edits.Scale)))
    assert pw.Session.of(task.model) is task.session  # what `paramwidget.edit` opens
    service = Service(task.session)

    def sentence(request: Any) -> str:
        reply, _ = service.answer(request, ())
        return reply.text if isinstance(reply, Failure) else ""

    assert "this lesson keeps it" in sentence(SetBlock("held", Plane(-1, 0, [0]), 0, 0, [["2"]]))
    assert "this lesson keeps it" in sentence(Foresee(Target("held")))
    assert "this lesson does not use" in sentence(TryOut(Target("free"), edits.Noise(0.1), 1))
    np.testing.assert_array_equal(task.model["free"], model()["free"])
    assert sentence(SetBlock("free", Plane(0, 1, [0, 0]), 0, 0, [["2"]])) == ""
    assert task.model["free"][0, 0] == 2.0


def test_operations_that_the_lesson_does_not_use_are_refused_before_anything_is_written() -> None:
    task = course(allowed=lesson.Allowed(operations=(edits.Scale,)))
    session, free = task.session, task.session["free"]
    before = snapshot(task)
    message = "this lesson does not use '.*', so nothing was changed; use scale"
    with pytest.raises(ReadOnlyError, match=message):
        free[0, 0] = 1.0
    with pytest.raises(ReadOnlyError, match=message):
        session.edit("free", "w * 2")
    with pytest.raises(ReadOnlyError, match=message):
        session.apply(edits.Edit("free", session.region("free"), edits.Zero()))
    with session.preview("free") as trial:
        with pytest.raises(ReadOnlyError, match=message):
            trial.apply(edits.Zero())
        trial.apply(edits.Scale(2.0))
        assert task.model["free"][0, 1] == 2.0
    assert snapshot(task) == before
    assert free.apply(edits.Scale(2.0)) is not None


def test_freezing_is_locked_with_the_rest_and_free_without_locks() -> None:
    locked = lesson.Lesson("t", torch.nn.Linear(2, 1), [lesson.at_most(0)], allowed="weight")
    with pytest.raises(FreezeError, match="this lesson is about values"):
        locked.session.freeze("weight")
    for allowed in (None, lesson.Allowed(("weight",), freezing=True)):
        free = lesson.Lesson("t", torch.nn.Linear(2, 1), [lesson.at_most(0)], allowed=allowed)
        assert free.session.freeze("weight") is not None
        free.reset()
        assert free.model.weight.requires_grad


def test_undo_redo_and_taking_back_are_always_allowed() -> None:
    task = course(allowed=lesson.Allowed(("free",), (edits.Scale,)))
    session, before = task.session, snapshot(task)
    session.edit("free", edits.Scale(2.0))
    after = snapshot(task)
    session.undo()
    assert snapshot(task) == before
    session.redo()
    assert snapshot(task) == after
    session.take_back(1)
    assert snapshot(task) == before


def test_a_locked_tensor_that_was_written_without_the_session_is_told() -> None:
    task = course(lesson.at_most(9), allowed="free")
    task.model["held"][0] = 5.0
    report = task.check()
    assert not report.solved
    assert report.missing == ["held was changed without the editor; start again, in code with reset()"]
    assert task.hint() == report.missing[0]
    task.reset()
    assert task.solved
    assert task.model["held"][0] == 1.0


def test_what_a_probe_or_a_check_does_to_locked_tensors_is_put_back() -> None:
    def write(arrays: dict[str, np.ndarray]) -> float:
        arrays["held"][:] = 7.0
        return 1.0

    task = course(lesson.Goal("look", lambda session: write(session.model) > 0), allowed="free", probe=write)
    before = snapshot(task)
    assert "write changed held while it ran, and they were put back" in task.session.probes.run()["write"].error
    assert snapshot(task) == before
    assert task.check().missing == ["held was changed by a check; ask whoever wrote the lesson"]
    assert snapshot(task) == before
    assert task.session.broken() == []


def test_a_check_leaves_a_model_in_its_mode() -> None:
    task = lesson.Lesson("t", torch.nn.Linear(2, 1), [lesson.Goal("look", lambda session: bool(session.model.eval()))])
    assert task.solved
    assert task.model.training


def test_what_is_only_tried_out_does_not_solve_a_lesson() -> None:
    task = course(lesson.reaches(total, at_least=20))
    with task.session.preview("free") as trial:
        trial.apply(edits.Scale(2.0))
        report = task.check()
        assert report.results[0].met
        assert "only tried out" in report.missing[0]
        trial.commit()
    assert task.solved


# ---------------------------------------------------------------------- reset


@given(st.lists(st.sampled_from(["set", "scale", "outside", "undo", "goto", "try"]), max_size=6))
@settings(max_examples=25)
def test_reset_is_bit_identical_whatever_was_done(steps: list[str]) -> None:
    task = course(allowed=lesson.Allowed(("free",), (*lesson.TYPED, edits.Scale)))
    task.model["held"][1] = np.float32(np.nan)  # before the first edit, and after the start
    task.reset()
    before = snapshot(task)
    session = task.session
    for step in steps:
        try:
            if step == "set":
                session["free"][1, 2] = np.nan
            elif step == "scale":
                session.edit("free", edits.Scale(0.1), region="[0]")
            elif step == "outside":
                task.model["free"][0, 0] += 1
                task.model["held"][3] = -0.0
            elif step == "undo":
                session.undo()
            elif step == "goto":
                session.goto(len(session.journal.entries) - 1)
            else:
                session.preview("free").apply(edits.Scale(3.0))
        except ParamwidgetError:
            pass  # undo asks before it overwrites what was written outside
    task.reset()
    assert snapshot(task) == before
    assert session.previewing is None
    with pytest.raises(ReadOnlyError):
        session["held"][0] = 2.0


def test_reset_takes_a_trial_back_even_if_something_else_wrote_into_it() -> None:
    task = course()
    before = snapshot(task)
    task.session.preview("free").apply(edits.Scale(3.0))
    task.model["free"][0, 0] = 9.0
    task.reset()
    assert snapshot(task) == before


def test_a_tensor_of_another_shape_is_told_and_cannot_be_brought_back() -> None:
    task = course()
    task.model["free"] = np.zeros(3, np.float32)
    assert task.check().missing == ["6 cells differ from the start, in free; set 6 back"]
    with pytest.raises(RegionError, match="in the snapshot 'start'"):
        task.reset()
    with pytest.raises(PathError, match="no array 'fre'"):
        task.session.parameter("fre")


def test_a_tensor_without_values_is_no_difference() -> None:
    words = {"words": np.array(["a", "b"]), "free": np.zeros(2)}
    task = lesson.Lesson("t", words, [lesson.at_most(0), lesson.uses_only("free")], allowed="free")
    assert task.solved


def test_reset_keeps_the_history_as_another_branch() -> None:
    task = course()
    task.session["free"][0, 0] = 4.0
    task.reset()
    assert task.session.history == []
    task.session.redo()
    assert task.model["free"][0, 0] == 4.0


# ---------------------------------------------------------------------- the two lessons


def solve_xor(task: lesson.Lesson) -> None:
    task.session["hidden/bias"][1] = -1.5
    task.session["output/weights"][1] = -1.0


def test_xor_says_what_is_missing_and_is_solved_by_two_values() -> None:
    task = lesson.xor()
    assert task.check().missing == ["for 1 and 1 the output adds up to 0.5, so it fires and should not"]
    assert task.session.probes.run("right answers")["right answers"].value == 0.75
    solve_xor(task)
    assert task.solved
    assert list(exercises.sums(task.model) > 0) == [False, True, True, False]
    task.session["output/bias"][0] = -0.75
    assert task.solved, "three changes are allowed"


def test_no_single_value_solves_xor() -> None:
    task = lesson.xor()
    goal = task.goals[0]
    for path in ("hidden/bias", "output/weights", "output/bias"):
        values = task.model[path.split("/")[0]][path.split("/")[1]]
        for cell, value in itertools.product(range(values.size), np.arange(-4, 4.1, 0.25)):
            held = values[cell]
            values[cell] = value
            assert goal.check(task.session) is not True
            values[cell] = held


def test_xor_locks_the_first_layer_and_all_but_simple_operations() -> None:
    task = lesson.xor()
    with pytest.raises(ReadOnlyError, match="edit hidden/bias, output"):
        task.session["hidden/weights"][0, 0] = 2.0
    with pytest.raises(ReadOnlyError, match="does not use"):
        task.session.edit("output/weights", edits.Noise(0.1))


def test_four_changed_values_are_one_too_many_for_xor() -> None:
    task = lesson.xor()
    solve_xor(task)
    task.session["output/bias"][0] = -0.25
    task.session["hidden/bias"][0] = -0.25
    assert task.check().missing == [
        "4 cells differ from the start, in hidden/bias, output/weights, output/bias; set 1 back"
    ]


def test_edge_says_what_is_missing_and_is_solved_by_prewitt() -> None:
    task = lesson.edge()
    assert [result.met for result in task.check().results] == [False, False, False]
    task.session["kernel"][:, 2] = 1.0
    assert [result.met for result in task.check().results] == [True, False, False]
    task.session["kernel"][...] = PREWITT.T
    assert [result.met for result in task.check().results] == [False, True, False]
    task.session["kernel"][...] = -PREWITT
    assert task.check().missing == ["where dark meets bright it answers -3; it must be 1 or more"]
    task.session["kernel"][...] = PREWITT
    assert task.solved
    with pytest.raises(ReadOnlyError):
        task.session["bias"][0] = 1.0


def test_edge_shows_what_the_kernel_answers() -> None:
    task = lesson.edge()
    task.session["kernel"][...] = PREWITT
    answers = exercises.filtered(task.model, exercises.UPRIGHT)
    assert answers.shape == (10, 10)
    np.testing.assert_array_equal(answers[0], [0, 0, 0, 0, 3, 3, 0, 0, 0, 0])
    runs = task.session.probes.run()
    assert not any(run.error for run in runs.values())
