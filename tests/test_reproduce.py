"""The history as a script: run where paramwidget is not, it gives the same bits."""

from __future__ import annotations

import ast
import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import replayed
import torch
from random_walk import Walk

from paramwidget import Session
from paramwidget.edits import Assign, Compute, Copy, Edit, Fill, Initialize, Prune, Scale
from paramwidget.errors import HistoryError
from paramwidget.journal import same_bytes
from paramwidget.region import Region

JOURNALS = {"arrays": 130, "torch": 50, "keras": 20}
FREEZABLE = {"arrays": (), "torch": ("0", "1.weight", "2.*", "3"), "keras": ("shared", "norm", "shared/kernel")}


def run(folder: Path) -> dict[str, dict[str, str]]:
    """Run the scripts of a folder in a process of their own, without paramwidget."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, replayed.__file__, str(folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, dict[str, str]] = json.loads((folder / "hashes.json").read_text(encoding="utf-8"))
    return found


def test_two_hundred_random_journals_are_replayed_to_the_bit(tmp_path: Path) -> None:
    expected, did = {}, set()
    for kind, count in JOURNALS.items():
        for seed in range(count):
            model = replayed.MAKERS[kind](seed)
            session = Session(model)
            walk = Walk(session, np.random.default_rng(seed), FREEZABLE[kind])
            for _ in range(14):
                walk.step()
            did |= set(walk.did)
            name = f"{kind}_{seed}"
            script = session.to_python()
            assert all(ord(c) >= 32 or c == "\n" for c in script)
            (tmp_path / f"{name}.py").write_text(script, encoding="utf-8")
            expected[name] = replayed.hashes(kind, model)
    found = run(tmp_path)
    assert len(found) == 200
    wrong = [(name, [t for t in expected[name] if found[name][t] != expected[name][t]]) for name in expected]
    assert [each for each in wrong if each[1]] == []
    assert {"freeze", "take back", "restore", "several", "assign", "Initialize", "Compute", "Copy"} <= did
    untouched = {name: replayed.hashes(*_fresh(name)) for name in list(expected)[::10]}
    assert any(untouched[name] != expected[name] for name in untouched)


def _fresh(name: str) -> tuple[str, Any]:
    kind, seed = name.split("_")
    return kind, replayed.MAKERS[kind](int(seed))


def replay(tmp_path: Path, session: Session, kind: str = "arrays") -> None:
    """Its script, alone, gives what the session's model holds; the model was made from seed 0."""
    (tmp_path / f"{kind}_0.py").write_text(session.to_python(), encoding="utf-8")
    assert run(tmp_path)[f"{kind}_0"] == replayed.hashes(kind, session.model)


def test_all_kinds_of_entries_on_arrays_of_hostile_names(tmp_path: Path) -> None:
    session = Session(replayed.arrays(0))
    session.snapshot("start\nimport os; os._exit(9)")
    for name in replayed.HOSTILE:
        session[f"hostile/{name}"].apply(Compute("w * 2 + randn()", seed=5), where="w > 0")
        session[f"hostile/{name}"][0] = 0.25
    session["payload"][1] = np.array([0xFFC12345], np.uint32).view(np.float32)[0]
    session["i8"].apply(Prune(fraction=0.1))
    session["f32w"].apply(Initialize("normal", 3, {"std": 0.02}), region="[:, 1, ::2]")
    session["group/first"].apply(Copy("group/second", "[0:1]"), region="[2:3]")
    session.apply([Edit("f64", Region.parse(text, (5,)), Assign(v)) for text, v in [("[0:3]", 1.0), ("[2:]", 2.0)]])
    session.edit("dtype:float", Scale(0.5), where="abs(w) < 1")
    session["complex"][0] = complex(np.nan, -0.0)
    session.restore("start\nimport os; os._exit(9)", "f16", "scalar")
    session.take_back(20)  # of the payload of a NaN
    with session.preview("bf16") as trial:
        trial.apply(Fill("0.1"))
        trial.commit("label\nimport os; os._exit(9)")
    trial = session.preview("f64")
    trial.apply("w + 1")
    session.model["f64"][0] = 99.0
    trial.commit(force=True)
    session.rename("title\nimport os; os._exit(9)")
    script = session.to_python()
    assert "import os" in script, "names are there, in comments and strings"
    imported = [node for node in ast.walk(ast.parse(script)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert {alias.name for node in imported for alias in node.names} <= {"numpy", "ml_dtypes", "base64", "zlib"}
    assert script.isprintable() or all(c.isprintable() or c == "\n" for c in script)
    replay(tmp_path, session)


def test_bytes_as_text_are_not_taken_for_code() -> None:
    session = Session({"x": np.zeros(2, np.complex128)})
    not_finite = base64.b64decode("/part/AA") + b"\0" + b"\xff" * 9  # whose text holds a word of the code
    session.apply(Edit("x", Region.parse("[1]", (2,)), Assign(np.frombuffer(not_finite, np.complex128)[0])))
    assert base64.b64encode(not_finite).decode() in session.to_python()


def test_some_entries_are_written_and_others_are_not() -> None:
    session = Session({"w": np.zeros(4)})
    session["w"][0] = 1.0
    session["w"][1] = 2.0
    session["w"][2] = 3.0
    session.undo()
    script = session.to_python([2])
    assert "# 2: w [1] set to 2.0" in script
    assert "# 1:" not in script
    assert session.to_python([]).count("# ") == 1
    with pytest.raises(HistoryError, match="entry 3 is not among what is done"):
        session.to_python([1, 3])
    with pytest.raises(HistoryError, match="entry 0"):
        session.to_python([0])


def test_a_script_is_what_a_person_would_write() -> None:
    session = Session({"conv": {"w": np.ones((3, 3), np.float32)}})
    session["conv/w"].apply(Scale(0.5), region="[0]")
    lines = session.to_python().splitlines()
    assert lines[0] == "# Edits of arrays, in terms of `model`: the object as it was before them."
    assert lines[1:] == [
        "import numpy as np",
        "",
        "# 1: conv/w [0, :] scale × 0.5",
        'whole = np.array(model["conv"]["w"], order="C")',
        "whole[:1] = whole[:1] * np.float32(0.5)",
        'model["conv"]["w"][...] = whole',
    ]


def test_a_preview_that_is_on_is_not_written() -> None:
    session = Session({"w": np.zeros(4)})
    session["w"][...] = np.arange(4.0)
    expected = session.to_python()
    with session.preview("w") as trial:
        trial.apply("w + 100")
        assert session.to_python() == expected


def test_a_frozen_torch_model_is_replayed_with_its_flags(tmp_path: Path) -> None:
    session = Session(replayed.torch_net(0))
    session.freeze("2.*")
    session["2.1.weight"].apply("w * 0.3")
    session.unfreeze("2.1.bias")
    session["0.weight"].apply(Initialize("kaiming_normal_", 9), region="[1:, :, 0]")
    session.edit(["3.weight", "3.bias"], "w + 0.5")
    session.take_back(4)
    replay(tmp_path, session, "torch")
    frozen = {name for name, p in session.model.named_parameters() if not p.requires_grad}
    assert frozen == {"2.0.weight", "2.0.bias", "2.1.weight"}
    assert isinstance(session.model[0].weight, torch.nn.Parameter)


def test_values_of_an_entry_are_those_of_its_time_whatever_came_later() -> None:
    session = Session({"w": np.zeros(200)})
    session["w"][...] = np.arange(200.0)
    session["w"].apply(Prune(threshold=50))
    session["w"][10:20] = np.ones(10)
    script = session.to_python()
    assert script.count("zlib.decompress") >= 1
    session.goto(1)
    assert session.to_python() == script[: script.index("# 2:")].rstrip() + "\n"
    assert same_bytes(session.at(3).read("w", Region.full((200,)))[10:20], np.ones(10))
