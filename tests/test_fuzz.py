"""The page is not trusted: whatever it sends, there is one strict answer, and what is refused changes no byte."""

from __future__ import annotations

import json
import math
from typing import Any, get_args

import ml_dtypes
import msgspec
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page import REPLIES, contents

from paramwidget import Session, edits
from paramwidget import protocol as wire
from paramwidget.errors import MessageError
from paramwidget.service import Service
from paramwidget.views.plane import Plane, Window

KINDS = [kind.__name__ for kind in get_args(wire.Request)]


def arrays() -> dict[str, Any]:
    shared = np.arange(6.0).reshape(2, 3)
    return {
        "conv": {"kernel": np.arange(36, dtype=np.float32).reshape(2, 3, 2, 3), "bias": np.zeros(3, np.float16)},
        "odd": np.array([np.nan, np.inf, -0.0, 1e300]),
        "brain": np.ones((2, 2), ml_dtypes.bfloat16),
        "int": np.array([[2**62, -1]]),
        "flag": np.array([True, False]),
        "z": np.array([1 + 2j, 0], dtype=np.complex64),
        "scalar": np.array(1.5, np.float32),
        "empty": np.zeros((0, 2)),
        "words": np.array(["<script>"]),
        "one": shared,
        "two": shared,
        "<b>&\u202e": np.ones(2),
    }


PATHS = [
    "conv",
    "conv/kernel",
    "conv/bias",
    "odd",
    "brain",
    "int",
    "flag",
    "z",
    "scalar",
    "empty",
    "words",
    "one",
    "two",
]
NUMBERS = [
    "0",
    "1",
    "-2.5",
    "nan",
    "-inf",
    "1e400",
    "1e-9",
    "True",
    "0x1f",
    "2j",
    "9007199254740993",
    "\u22121",
    "",
    "x",
]
SLICES = ["", "[...]", "[0]", "[:, 1]", "[0, 0, 0, 0]", "[::2]", "[-1:]", "[9]", "[[", ":,:,:,:,:", "[0:1, 0:2]"]

json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([*KINDS, *PATHS]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "request", "kind", "path", "plane", "window", "texts", "x"]) | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
paths = st.sampled_from(PATHS) | st.text(max_size=12)
indices = st.integers(0, 4) | st.sampled_from([2**31, 2**53])
planes = st.builds(Plane, st.integers(-1, 5), st.integers(-1, 5), st.lists(indices, max_size=5)) | st.sampled_from(
    [
        Plane(2, 3, [0, 0, 0, 0]),
        Plane(1, 0, [0, 1, 1, 1]),
        Plane(0, 1, [0, 0]),
        Plane(1, 0, [0, 0]),
        Plane(-1, 0, [0]),
        Plane(-1, -1, []),
    ]
)
windows = st.builds(Window, indices, indices, indices, indices) | st.sampled_from(
    [Window(0, 2, 0, 2), Window(0, 1, 0, 1)]
)
pixels = st.sampled_from([1, 2, 7, 4096])
texts = st.sampled_from(NUMBERS) | st.text(max_size=10)
slices = st.sampled_from(SLICES) | st.text("[]0123456789:,-. ", max_size=12)
NUMBERS_AT_THE_ENDS = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1e308,
    -1e308,
    5e-324,
    1e-40,
    math.nan,
    math.inf,
    -math.inf,
    2.0**63,
    2.0**70,
]
numbers = st.sampled_from(NUMBERS_AT_THE_ENDS) | st.floats()
axes = st.integers(-64, 63) | st.integers(-2, 2)
seeds = st.sampled_from([0, 7, 2**32 - 1])
FORMULAS = [
    "w", "w * 2", "-w", "w + randn()", "w / 0", "w ** 9", "where(w > 0, w, 0)", "mean(w)", "clip(w, 0, 1)", "1e999",
    "9" * 400,     "w > 0", "isnan(w)", "abs(w) < 1", "w == w", "w != 0", "true", "(" * 300, "-" * 400, "w[", "w.__class__",
    "__import__('os')",     "lambda: 0", "w; w", "\u221e", "std(w)", "i0 + i1", "sqrt(-1)",
]  # fmt: skip
formulas = st.sampled_from(FORMULAS) | st.text("w0123456789.+-*/%()<>=!&|~, absqrtmeinx", max_size=14)
wheres = st.just("") | formulas
OPTIONS = ["std", "mean", "a", "b", "value", "gain", "x"]
operations: st.SearchStrategy[Any] = st.one_of(
    st.builds(edits.Fill, texts),
    st.just(edits.Zero()),
    st.builds(edits.Scale, numbers),
    st.builds(edits.Add, numbers),
    st.builds(edits.Clip, numbers, numbers),
    st.builds(edits.Compute, formulas, seeds),
    st.builds(edits.Noise, numbers, st.sampled_from(["normal", "uniform"]), seeds),
    st.builds(edits.Prune, numbers | st.none(), numbers | st.none(), axes | st.none(), st.booleans()),
    st.builds(
        edits.Quantize,
        st.sampled_from(["int8", "int4", "float8_e4m3fn", "float8_e5m2"]),
        st.sampled_from(["tensor", "channel", "group"]),
        axes | st.none(),
        st.sampled_from([1, 2, 128, 2**31 - 1]),
    ),
    st.builds(edits.Normalize, axes, st.sampled_from(["l2", "l1", "max", "standard"])),
    st.builds(edits.Permute, axes, st.lists(indices, max_size=4) | st.permutations([0, 1, 2])),
    st.builds(edits.Swap, axes, indices, indices),
    st.builds(
        edits.Initialize,
        st.sampled_from(["normal", "uniform", "zeros", "ones", "constant", "x"]),
        seeds,
        st.dictionaries(st.sampled_from(OPTIONS), numbers, max_size=3),
    ),
    st.builds(edits.Copy, paths, slices, st.sampled_from(["", "a", "gone"])),
)
queries = paths | st.sampled_from(
    ["*", "conv/*", "!nan", ">0", "kernel bias", "dtype:f32", "edited", "[", "[!", "!", "conv one"]
)
targets = st.builds(wire.Target, queries, slices, wheres) | st.builds(wire.Target, st.sampled_from(PATHS))
entries = st.integers(0, 5) | st.just(2**53)
owners = st.integers(0, 2)
snapshots = st.sampled_from(["", "a", "b", "gone"])
states = st.builds(wire.StateRef, st.sampled_from(["now", "entry", "snapshot"]), entries, snapshots)
names = st.sampled_from(["sum", "gone", "wrong"])
buffers = st.lists(
    st.binary(max_size=30) | st.sampled_from([b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + bytes(60)]), max_size=2
)
requests = st.one_of(
    st.just(wire.Ping()),
    st.builds(wire.GetTree, indices, st.integers(1, 4000)),
    st.builds(
        wire.Find, st.text(max_size=20) | st.sampled_from(["nan", "!edited", "conv*", ">1", "dtype:f8", "[", ">q"])
    ),
    st.builds(wire.GetGlances, st.lists(paths, max_size=5)),
    st.builds(wire.Describe, paths, st.floats(min_value=0) | st.just(0.0)),
    st.builds(wire.GetTile, paths, planes, windows, pixels, pixels),
    st.builds(wire.GetCells, paths, planes, windows),
    st.builds(wire.CheckText, paths, texts),
    st.builds(wire.Foresee, targets, st.none() | operations),
    st.builds(wire.Apply, targets, operations),
    st.builds(wire.Apply, targets, operations),
    st.builds(wire.TryOut, targets, operations, owners),
    st.builds(wire.TryOut, targets, operations, owners),
    st.builds(wire.HoldTrial, owners),
    st.builds(wire.KeepTrial, owners, st.booleans()),
    st.builds(wire.DropTrial, owners, st.booleans(), st.booleans()),
    st.just(wire.GetHistory()),
    st.builds(wire.GoTo, entries, st.booleans()),
    st.builds(wire.TakeBack, entries),
    st.builds(wire.TakeSnapshot, snapshots),
    st.builds(wire.DropSnapshot, snapshots.filter(bool)),
    st.builds(wire.PickFrom, states, st.lists(paths, max_size=3), slices),
    st.builds(wire.Compare, states, states),
    st.builds(wire.GetPair, states, states, paths, planes, windows, pixels, pixels, st.booleans()),
    st.builds(wire.GetCode, st.lists(entries, max_size=2)),
    st.just(wire.GetPatch()),
    st.builds(wire.ApplyPatch, st.booleans()),
    st.just(wire.GetProbes()),
    st.builds(wire.RunProbes, st.lists(names, max_size=2)),
    st.just(wire.StopProbes()),
    st.builds(wire.Sweep, targets, st.sampled_from(["value", "factor"]), numbers, numbers, st.integers(2, 4), names),
    st.just(wire.Examine()),
    st.builds(wire.Treat, entries),
    st.builds(wire.SetBlock, paths, planes, indices, indices, st.lists(st.lists(texts, max_size=3), max_size=3)),
    st.builds(wire.SetTrainable, st.lists(paths, min_size=1, max_size=3), st.booleans()),
    st.builds(wire.Undo, st.booleans()),
    st.builds(wire.Redo, st.booleans()),
)


def wrong(arrays: dict[str, Any]) -> float:
    raise ValueError(arrays)


def opened() -> Session:
    session = Session(arrays())
    session.probes.add(lambda arrays: float(np.nansum(arrays["one"])), "sum")
    session.probes.add(wrong)
    return session


def strict(reply: wire.Reply, buffers: list[bytes]) -> None:
    assert isinstance(reply, REPLIES)
    text = json.dumps(msgspec.to_builtins(reply), allow_nan=False)
    assert len(text) + sum(map(len, buffers)) <= 2**20
    assert all(type(buffer) is bytes for buffer in buffers)
    if isinstance(reply, wire.Failure):
        assert reply.code != "error", reply
        assert 0 < len(reply.text) < 1000
        assert "Traceback" not in reply.text
        assert buffers == []


def answered(content: Any) -> None:
    try:
        envelope = Service.decode(content)
    except MessageError as error:
        strict(wire.Failure(error.code, str(error)), [])
        return
    with np.errstate(all="ignore"):
        strict(*Service(opened()).answer(envelope.request))


@settings(max_examples=1500, deadline=None)
@given(json_like)
def test_any_content_is_a_request_or_a_message_error(content: Any) -> None:
    answered(content)


@settings(max_examples=1000, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.dictionaries(
        st.sampled_from(
            ["path", "text", "region", "force", "limit", "target", "operation", "entry", "state", "a", "b", "name"]
        ),
        json_like,
    ),
)
def test_any_fields_of_a_known_kind_are_a_request_or_a_message_error(kind: str, fields: dict[str, Any]) -> None:
    answered({"id": 1, "request": {"kind": kind, **fields}})


def test_content_nested_without_end_is_refused() -> None:
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    for content in (nested, {"id": 1, "request": nested}, {"id": 1, "request": {"kind": "Find", "query": nested}}):
        try:
            Service.decode(content)
        except MessageError:
            continue
        raise AssertionError("nested lists were taken for a request")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(requests, min_size=1, max_size=12), buffers)
def test_any_series_of_requests_is_answered_and_refusals_change_nothing(
    series: list[wire.Request], files: list[bytes]
) -> None:
    session = opened()
    service = Service(session)
    before = contents(session)
    for request in series:
        done, entries, trial = len(session.history), len(session.journal.entries), session.previewing
        reply, parts = service.answer(request, files)
        strict(reply, parts)
        after = contents(session)
        if not isinstance(request, wire.Waiting):
            assert after == before, request
            assert (len(session.history), session.previewing) == (done, trial)
        elif isinstance(reply, wire.Failure):
            assert (len(session.history), len(session.journal.entries)) == (done, entries)
            assert after == before or trial is not session.previewing, "a trial may have ended first, and nothing else"
        elif isinstance(request, wire.Sweep):
            assert trial is not None or after == before
        elif isinstance(request, wire.SetBlock) and trial is None:
            assert isinstance(reply, wire.Done)
            changed = {path for path in after if after[path] != before[path]}
            assert changed <= {request.path} | ({"one", "two"} if request.path in ("one", "two") else set())
            assert bool(changed) == (len(session.history) > done)
        assert len(session.journal.entries) - entries in (0, 1)
        before = after
    service.trials.lapse(now=True)
    assert session.previewing is None
    session.goto(0)
    assert contents(session) == contents(Session(arrays()))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(targets, operations)
def test_an_operation_is_the_same_foreseen_tried_and_applied(target: wire.Target, operation: Any) -> None:
    session = opened()
    service = Service(session)
    start = contents(session)
    foreseen = service.answer(wire.Foresee(target, operation))
    strict(*foreseen)
    tried = service.answer(wire.TryOut(target, operation, 1))
    strict(*tried)
    shown = contents(session)
    failed = isinstance(tried[0], wire.Failure)
    assert (session.previewing is None, shown == start or not failed) == (failed, True)
    strict(*service.answer(wire.DropTrial()))
    assert contents(session) == start
    applied = service.answer(wire.Apply(target, operation))
    strict(*applied)
    assert isinstance(applied[0], wire.Failure) == failed
    if failed:
        assert applied == tried
    if isinstance(foreseen[0], wire.Failure):
        assert failed, "what is refused before is refused in earnest"
    assert contents(session) == shown


HOSTILE: list[Any] = [
    math.nan,
    math.inf,
    1e308,
    -1e308,
    2**53,
    2**63,
    10**400,
    -1,
    0,
    True,
    None,
    "",
    "1",
    "w",
    [],
    {},
    [0] * 9,
    b"x",
]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(get_args(edits.Act)), st.sampled_from(["Apply", "TryOut", "Foresee"]), paths, st.data())
def test_any_fields_of_an_operation_are_an_operation_or_a_message_error(
    operation: Any, kind: str, what: str, data: st.DataObject
) -> None:
    fields = {
        name: data.draw(st.sampled_from(HOSTILE) | json_like, name)
        for name in operation.__struct_fields__
        if data.draw(st.integers(0, 3), name)
    }
    content = {"kind": kind, "target": {"what": what}, "operation": {"type": operation.__name__, **fields}}
    answered({"id": 1, "request": content})


@settings(max_examples=300, deadline=None)
@given(requests)
def test_every_valid_request_survives_the_way_through_json(request: wire.Request) -> None:
    try:
        text = json.dumps({"id": 7, "request": msgspec.to_builtins(request)}, allow_nan=False)
    except ValueError:  # no page can send it
        return
    assert Service.decode(json.loads(text)) == wire.Envelope(7, request)
