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

from paramwidget import Session
from paramwidget import protocol as wire
from paramwidget.errors import MessageError
from paramwidget.journal import digest
from paramwidget.service import WRITES, Service
from paramwidget.views.plane import Plane, Window

KINDS = [kind.__name__ for kind in get_args(wire.Request)]
REPLIES = get_args(wire.Reply)


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
    st.builds(wire.CheckRegion, paths, slices),
    st.builds(wire.SetRegion, paths, slices, texts),
    st.builds(wire.SetBlock, paths, planes, indices, indices, st.lists(st.lists(texts, max_size=3), max_size=3)),
    st.builds(wire.SetTrainable, st.lists(paths, min_size=1, max_size=3), st.booleans()),
    st.builds(wire.Undo, st.booleans()),
    st.builds(wire.Redo, st.booleans()),
)


def contents(session: Session) -> dict[str, bytes]:
    return {p.path: digest(session.read(p.path)) for p in session.tree.walk() if p.readable}


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
    strict(*Service(Session(arrays())).answer(envelope.request))


@settings(max_examples=1500, deadline=None)
@given(json_like)
def test_any_content_is_a_request_or_a_message_error(content: Any) -> None:
    answered(content)


@settings(max_examples=1000, deadline=None)
@given(
    st.sampled_from(KINDS), st.dictionaries(st.sampled_from(["path", "text", "region", "force", "limit"]), json_like)
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
@given(st.lists(requests, min_size=1, max_size=12))
def test_any_series_of_requests_is_answered_and_refusals_change_nothing(series: list[wire.Request]) -> None:
    session = Session(arrays())
    service = Service(session)
    before = contents(session)
    for request in series:
        done = len(session.history)
        reply, buffers = service.answer(request)
        strict(reply, buffers)
        after = contents(session)
        if isinstance(reply, wire.Failure) or not isinstance(request, WRITES):
            assert after == before, request
            assert len(session.history) == done
        elif isinstance(request, (wire.SetRegion, wire.SetBlock)):
            assert isinstance(reply, wire.Done)
            changed = {path for path in after if after[path] != before[path]}
            assert changed <= {request.path} | ({"one", "two"} if request.path in ("one", "two") else set())
            assert bool(changed) == (len(session.history) > done)
        before = after
    while session.undo():
        pass
    assert contents(session) == contents(Session(arrays()))


@settings(max_examples=300, deadline=None)
@given(requests)
def test_every_valid_request_survives_the_way_through_json(request: wire.Request) -> None:
    if isinstance(request, wire.Describe) and not math.isfinite(request.domain):
        return
    content = json.loads(json.dumps({"id": 7, "request": msgspec.to_builtins(request)}))
    assert Service.decode(content) == wire.Envelope(7, request)
