"""One declaration of each message: the TypeScript is generated from it, and both sides read an example of each kind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from paramwidget import Session, protocol
from paramwidget.errors import MessageError
from paramwidget.service import Service

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import generate_protocol  # noqa: E402
import write_protocol_examples as examples  # noqa: E402

REQUESTS = [kind.__name__ for kind in get_args(protocol.Request)]
REPLIES = [kind.__name__ for kind in get_args(protocol.Reply)]
EVENTS = [kind.__name__ for kind in get_args(protocol.Event)]


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
    assert msgspec.to_builtins(answer) == example(kind)


@pytest.mark.parametrize("kind", EVENTS)
def test_each_example_of_an_event_is_decoded(kind: str) -> None:
    push = msgspec.convert(example(kind), protocol.Push)
    assert type(push.event).__name__ == kind
    assert msgspec.to_builtins(push) == example(kind)


def test_the_example_of_an_opening_is_decoded() -> None:
    opening = msgspec.convert(example("Opening"), protocol.Opening)
    assert opening.version == protocol.VERSION
    assert msgspec.to_builtins(opening) == example("Opening")


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


def test_what_typescript_cannot_say_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(NotImplementedError):
        generate_protocol._type({"type": "frozenset"})
    assert generate_protocol._type({"anyOf": [{"type": "number"}, {"enum": ["NaN"]}]}) == 'number | "NaN"'
