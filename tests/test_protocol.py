"""One declaration of each message: the TypeScript is generated from it, and both sides read an example of each kind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from paramwidget import Session, edits, protocol
from paramwidget.errors import MessageError
from paramwidget.service import Service
from paramwidget.views.plane import Plane, Window

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import generate_protocol  # noqa: E402
import write_protocol_examples as examples  # noqa: E402

REQUESTS = [kind.__name__ for kind in get_args(protocol.Request)]
REPLIES = [kind.__name__ for kind in get_args(protocol.Reply)]
EVENTS = [kind.__name__ for kind in get_args(protocol.Event)]


def sent(message: Any) -> Any:
    """A message as it arrives."""
    return json.loads(json.dumps(msgspec.to_builtins(message), allow_nan=False))


def example(kind: str) -> Any:
    return json.loads((ROOT / "tests" / "protocol" / f"{kind}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", ["generate_protocol.py", "write_protocol_examples.py"])
def test_what_is_generated_is_up_to_date(script: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / script), "--check"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_check_of_what_is_generated_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "TARGET", tmp_path)
    assert examples.main(check=True) == 1
    assert examples.main(check=False) == 0
    assert examples.main(check=True) == 0
    (tmp_path / "Ping.json").write_text("{}")
    assert examples.main(check=True) == 1
    (tmp_path / "Gone.json").write_text("{}")
    examples.main(check=False)
    assert not (tmp_path / "Gone.json").exists()


def test_the_examples_are_the_same_each_time() -> None:
    assert examples.files() == examples.files()


def test_there_is_one_example_of_each_kind_and_no_other() -> None:
    files = sorted(path.stem for path in (ROOT / "tests" / "protocol").glob("*.json"))
    assert files == sorted([*REQUESTS, *REPLIES, *EVENTS, "Opening"])
    assert examples.kinds() == files


def test_every_kind_of_message_has_a_name_of_its_own() -> None:
    names = [*REQUESTS, *REPLIES, *EVENTS]
    assert len(names) == len(set(names))
    assert "Array" not in names


@pytest.mark.parametrize("kind", REQUESTS)
def test_each_example_of_a_request_is_decoded_and_answered(kind: str) -> None:
    envelope = Service.decode(example(kind))
    assert type(envelope.request).__name__ == kind
    reply, buffers = Service(Session(examples.model())).answer(envelope.request)
    assert type(reply).__name__ in REPLIES
    assert all(isinstance(buffer, bytes) for buffer in buffers)
    assert getattr(reply, "code", "") != "error", reply


@pytest.mark.parametrize("kind", REPLIES)
def test_each_example_of_a_reply_is_decoded(kind: str) -> None:
    answer = msgspec.convert(example(kind), protocol.Answer)
    assert type(answer.reply).__name__ == kind
    assert sent(answer) == example(kind)


@pytest.mark.parametrize("kind", EVENTS)
def test_each_example_of_an_event_is_decoded(kind: str) -> None:
    push = msgspec.convert(example(kind), protocol.Push)
    assert type(push.event).__name__ == kind
    assert sent(push) == example(kind)


def test_the_example_of_an_opening_is_decoded() -> None:
    opening = msgspec.convert(example("Opening"), protocol.Opening)
    assert opening.version == protocol.VERSION
    assert sent(opening) == example("Opening")


def test_numbers_that_json_has_not_travel_as_words() -> None:
    summary = example("Description")["reply"]["summary"]
    assert (summary["min"], summary["mean"]) == ("NaN", "NaN")
    assert [protocol.number(x) for x in (float("nan"), float("inf"), -float("inf"), 0.5)] == [
        "NaN",
        "Infinity",
        "-Infinity",
        0.5,
    ]
    for path in (ROOT / "tests" / "protocol").glob("*.json"):
        json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)


@pytest.mark.parametrize(
    "content",
    [
        {},
        None,
        [],
        "Ping",
        {"id": 1},
        {"id": -1, "request": {"kind": "Ping"}},
        {"id": "a", "request": {"kind": "Ping"}},
        {"id": True, "request": {"kind": "Ping"}},
        {"id": 1.5, "request": {"kind": "Ping"}},
        {"id": 2**60, "request": {"kind": "Ping"}},
        {"id": 1, "request": {"kind": "Explode"}},
        {"id": 1, "request": {"kind": "Pong"}},
        {"id": 1, "request": {"kind": "GetTree", "start": -1, "limit": 5}},
        {"id": 1, "request": {"kind": "GetTree", "start": 0, "limit": 10**6}},
        {"id": 1, "request": {"kind": "Find", "query": "x" * 1001}},
        {"id": 1, "request": {"kind": "GetGlances", "paths": ["a"] * 401}},
        {"id": 1, "request": {"kind": "SetTrainable", "paths": [], "trainable": True}},
        {"id": 1, "request": {"kind": "CheckText", "path": "a", "text": "1" * 401}},
        {"id": 1, "request": {"kind": "Describe", "path": "a", "domain": -1.0}},
        {"id": 1, "request": {"kind": "Describe", "path": "a", "domain": float("nan")}},
        {"id": 1, "request": {"kind": "GetFigure", "path": "a", "view": "../secret"}},
        {"id": 1, "request": b"bytes"},
    ],
)
def test_messages_beyond_their_limits_are_refused_before_anything_happens(content: Any) -> None:
    with pytest.raises(MessageError) as caught:
        Service.decode(content)
    assert "reload" in str(caught.value)
    assert len(str(caught.value)) < 400


TARGET = {"what": "a"}
ZERO = {"type": "Zero"}
STATE = {"kind": "now"}
PLANE, WINDOW = map(msgspec.to_builtins, (Plane(0, 1, [0, 0]), Window(0, 1, 0, 1)))


def op(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


GOOD: list[dict[str, Any]] = [
    {"kind": "Apply", "target": TARGET, "operation": ZERO},
    {"kind": "Foresee", "target": TARGET},
    {"kind": "TryOut", "target": TARGET, "operation": ZERO, "owner": 1},
    {"kind": "HoldTrial", "owner": 2**53},
    {"kind": "KeepTrial", "owner": 1, "force": True},
    {"kind": "DropTrial", "owner": 0, "force": True, "leave": False},
    {"kind": "GoTo", "entry": 0, "force": True},
    {"kind": "TakeBack", "entry": 0},
    {"kind": "TakeSnapshot", "name": ""},
    {"kind": "DropSnapshot", "name": "a"},
    {"kind": "PickFrom", "state": STATE, "paths": [], "region": ""},
    {"kind": "Compare", "a": STATE, "b": STATE},
    {
        "kind": "GetPair",
        **{"a": STATE, "b": STATE, "path": "a", "plane": PLANE, "window": WINDOW},
        **{"height": 1, "width": 4096, "relative": True},
    },
    {"kind": "GetCode", "entries": []},
    {"kind": "ApplyPatch", "force": False},
    {"kind": "RunProbes", "names": []},
    {"kind": "Sweep", "target": TARGET, "vary": "value", "low": 0.0, "high": 1, "steps": 2, "probe": "p"},
    {"kind": "Treat", "finding": 0},
]
"""One request of each kind with every field that has a limit; `BAD` breaks one field at a time."""

TOO_LONG = {"what": "a" * 4001}
NO_ENTRY: list[Any] = [-1, 2**53 + 1, 1.5, "0", None, True]
BAD: dict[tuple[str, str], list[Any]] = {
    **{
        (kind, "target"): [
            None, "a", {}, {"what": 3}, TOO_LONG, {"what": "a", "region": "1" * 1001}, {"what": "a", "where": "w" * 1001},
        ]
        for kind in ("Apply", "Foresee", "TryOut", "Sweep")
    },
    **{
        (kind, "operation"): [
            "w", 3, {}, {"type": "Assign", "values": [1]}, {"type": "Nothing"}, {"kind": "Zero"}, op("Fill"),
            op("Fill", text="1" * 401), op("Fill", text=1), op("Scale", factor="2"), op("Scale"),
            op("Compute", text="w" * 1001),            op("Compute", text="w", seed=-1), op("Compute", text="w", seed=2**32),
            op("Noise", amount=1.0, shape="other"),
            op("Noise", amount=1.0, seed=0.5), op("Quantize", to="int2"), op("Quantize", to="int8", per="row"),
            op("Quantize", to="int8", group=0), op("Quantize", to="int8", axis=64), op("Normalize", axis=-65),
            op("Permute", axis=0, order=[-1]), op("Permute", axis=0, order=[0] * 100_001), op("Swap", axis=0, first=0),
            op("Swap", axis=0, first=0, second=2**53 + 1), op("Initialize", name="n" * 201),
            op("Initialize", name="n", options={"a": "b"}),
            op("Initialize", name="n", options={str(i): 0 for i in range(17)}),
            op("Copy", path="a" * 4097), op("Copy", path="a", region="1" * 1001), op("Copy", path="a", snapshot="s" * 201),
        ]
        for kind in ("Apply", "Foresee", "TryOut")
    },
    **{(kind, "force"): ["yes", 1, None] for kind in ("KeepTrial", "DropTrial", "GoTo", "ApplyPatch")},
    ("DropTrial", "leave"): ["yes", 1, None],
    **{(kind, "owner"): NO_ENTRY for kind in ("TryOut", "HoldTrial", "KeepTrial", "DropTrial")},
    **{(kind, "entry"): NO_ENTRY for kind in ("GoTo", "TakeBack")},
    ("Treat", "finding"): NO_ENTRY,
    ("TakeSnapshot", "name"): ["n" * 201, None, 3],
    ("DropSnapshot", "name"): ["", "n" * 201],
    **{
        (kind, field): [None, {}, {"kind": "then"}, {"kind": "entry", "entry": -1}, {"kind": "snapshot", "name": "n" * 201}]
        for kind, field in [("PickFrom", "state"), *((kind, side) for kind in ("Compare", "GetPair") for side in "ab")]
    },
    ("PickFrom", "paths"): [["a"] * 401, ["a" * 4001], "a"],
    ("PickFrom", "region"): ["1" * 1001],
    ("GetPair", "path"): ["a" * 4001, None],
    ("GetPair", "plane"): [None, {}, [], PLANE | {"fixed": [-1]}, PLANE | {"rows": "0"}, PLANE | {"cols": 64}],
    ("GetPair", "window"): [None, {}, *(WINDOW | {side: value} for side in WINDOW for value in (-1, 2**53 + 1, 0.5))],
    ("GetPair", "height"): [0, 4097, 1.5],
    ("GetPair", "width"): [0, 4097, "1"],
    ("GetPair", "relative"): [1, "yes"],
    ("GetCode", "entries"): [[0] * 1001, [-1], 0],
    ("RunProbes", "names"): [["a"] * 101, [""], ["n" * 201], "a"],
    ("Sweep", "vary"): ["sum", ""],
    ("Sweep", "low"): ["0", None, True],
    ("Sweep", "high"): ["0", None],
    ("Sweep", "steps"): [1, 202, 2.5],
    ("Sweep", "probe"): ["", "p" * 201],
}  # fmt: skip


@pytest.mark.parametrize("request_", GOOD, ids=[request["kind"] for request in GOOD])
def test_every_field_of_a_request_has_a_limit_that_is_checked(request_: dict[str, Any]) -> None:
    kind = request_["kind"]
    assert type(Service.decode({"id": 1, "request": request_}).request).__name__ == kind
    fields = [field for field in request_ if field != "kind"]
    assert {(kind, field) for field in fields} <= set(BAD)
    for field in fields:
        for value in BAD[kind, field]:
            with pytest.raises(MessageError):
                Service.decode({"id": 1, "request": {**request_, field: value}})
            without = {key: other for key, other in request_.items() if key != field}
            if field in ("target", "entry", "state", "a", "b", "vary", "low", "high", "steps", "probe", "finding"):
                with pytest.raises(MessageError):
                    Service.decode({"id": 1, "request": without})


def test_every_kind_of_operation_is_one_that_the_page_may_send() -> None:
    kinds = {kind.__name__ for kind in get_args(edits.Act)}
    assert "Assign" not in kinds
    assert kinds == set(edits.__all__) - {"Act", "Assign", "Edit", "Operation", "Place", "World", "literal"}
    tried = {
        operation["type"]
        for operation in BAD["Apply", "operation"]
        if isinstance(operation, dict) and "type" in operation
    }
    limited = kinds - {"Zero", "Add", "Clip", "Prune"}  # those have nothing but numbers
    assert limited <= tried


def test_what_typescript_cannot_say_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(NotImplementedError):
        generate_protocol._type({"type": "frozenset"})
    assert generate_protocol._type({"anyOf": [{"type": "number"}, {"enum": ["NaN"]}]}) == 'number | "NaN"'


def test_each_request_says_its_one_reply() -> None:
    class Silent(protocol.Free, frozen=True):
        pass

    class Strange(protocol.Free[protocol.Header], frozen=True):
        pass

    class Several(protocol.Free[protocol.Pong], protocol.Search[protocol.Tree], frozen=True):
        pass

    for kind in (Silent, Strange, Several, protocol.Pong):
        with pytest.raises(TypeError, match=f"{kind.__name__} does not say its one reply"):
            generate_protocol.reply_of(kind)
    assert generate_protocol.reply_of(protocol.Ping) is protocol.Pong


def test_each_request_gets_the_reply_that_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    replies: dict[type, set[type]] = {}
    answer = Service.answer

    def noted(self: Service, request: protocol.Request, buffers: Any = ()) -> Any:
        answered = answer(self, request, buffers)
        replies.setdefault(type(request), set()).add(type(answered[0]))
        return answered

    monkeypatch.setattr(Service, "answer", noted)
    examples.examples()
    says = {kind: {generate_protocol.reply_of(kind)} for kind in get_args(protocol.Request)}
    refused = {kind for kind in says if replies[kind] == {protocol.Failure}}
    assert refused == {protocol.SetTrainable, protocol.ApplyPatch, protocol.Dock}  # arrays, no file, no panel
    assert {kind: given - {protocol.Failure} or says[kind] for kind, given in replies.items()} == says
