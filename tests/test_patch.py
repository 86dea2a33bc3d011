"""Patch files: what comes back is what was edited, and whatever is no such file changes nothing."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from paramwidget import Session, patch
from paramwidget.edits import Prune
from paramwidget.errors import OutsideChangeError, PatchRefusedError, ValueRefusedError
from paramwidget.journal import same_bytes

DTYPES = ["float16", "float32", "float64", "bfloat16", "float8_e4m3fn", "int8", "int64", "uint16", "bool", "complex64"]


def numpy_dtype(name: str) -> np.dtype:
    return np.dtype(getattr(ml_dtypes, name, name))


def arrays() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    model: dict[str, Any] = {name: rng.integers(0, 2, (5, 20)).astype(numpy_dtype(name)) for name in DTYPES}
    model["scalar"] = np.array(1.0, np.float32)
    model["nan"] = np.array([0x7FA00001, 0x80000000, 0], np.uint32).view(np.float32)
    model["inner"] = {"w": rng.normal(size=1000).astype(np.float32)}
    return model


def edited() -> tuple[dict[str, Any], Session]:
    model = arrays()
    session = Session(model)
    for name in DTYPES:
        session[name][1, 3] = 1 - int(model[name][1, 3].real)
        session[name][2:4] = 1
    session["scalar"][...] = -0.0
    session["nan"][2] = np.array([0xFFC12345], np.uint32).view(np.float32)[0]
    session["inner/w"].apply(Prune(fraction=0.02))
    return model, session


def made(session: Session) -> bytes:
    return patch.make(session)[0]


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return all(same(a[k], b[k]) if isinstance(a[k], dict) else same_bytes(a[k], b[k]) for k in a)


# ---------------------------------------------------------------- there and back


def test_a_patch_brings_another_copy_of_the_model_to_the_same_bits(tmp_path: Path) -> None:
    model, session = edited()
    file = tmp_path / "edits.pwpatch"
    session.save_patch(file)
    other = arrays()
    target = Session(other)
    entry = target.apply_patch(str(file))
    assert entry is not None
    assert entry.label == "apply patch"
    assert same(other, model)
    assert target.apply_patch(file) is None, "it is applied already"
    target.undo()
    assert same(other, arrays())
    target.redo()
    assert same(other, model)
    assert [each.name for each in tmp_path.iterdir()] == ["edits.pwpatch"]


def test_a_patch_lists_what_it_holds_and_holds_few_cells() -> None:
    _, session = edited()
    data, contents = patch.make(session)
    by_path = {tensor.path: tensor for tensor in contents.tensors}
    pruned = by_path["inner/w"]
    assert (pruned.count, pruned.positions, pruned.shape, pruned.dtype) == (20, "uint32", [1000], "float32")
    assert by_path["scalar"].positions == "all"
    assert contents.count == sum(tensor.count for tensor in contents.tensors)
    assert contents.title == "arrays"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert json.loads(archive.read("patch.json"))["format"] == "paramwidget patch"
        assert archive.testzip() is None


def test_the_same_edits_give_the_same_bytes() -> None:
    assert made(edited()[1]) == made(edited()[1])


def test_what_was_undone_or_set_back_or_only_tried_is_not_in_it() -> None:
    model, session = edited()
    expected = made(session)
    session["float64"][0, 0] = 33.0
    session.undo()
    old = float(model["float64"][0, 1])
    session["float64"][0, 1] = 44.0
    session["float64"][0, 1] = old
    assert made(session) == expected
    with session.preview("float64") as trial:
        trial.apply("w + 1")
        assert made(session) == expected
    session.goto(0)
    with pytest.raises(PatchRefusedError, match="nothing is edited"):
        patch.make(session)


def test_tied_tensors_are_in_it_once() -> None:
    shared = np.zeros(3)
    session = Session({"one": shared, "two": shared})
    session["one"][0] = 1.0
    session["two"][1] = 2.0
    data, contents = patch.make(session)
    assert [tensor.path for tensor in contents.tensors] == ["one"]
    other = np.zeros(3)
    assert patch.apply(Session({"one": other, "two": other}), data) is not None
    assert other.tolist() == [1, 2, 0]


def test_torch_and_keras_models_are_patched() -> None:
    def torch_model() -> torch.nn.Module:
        torch.manual_seed(1)
        return torch.nn.Sequential(torch.nn.Linear(3, 3).to(torch.bfloat16), torch.nn.BatchNorm1d(3))

    def keras_model() -> keras.Model:
        keras.utils.set_random_seed(1)
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, name="dense")])

    for make, path in ((torch_model, "0.weight"), (keras_model, "dense/kernel")):
        session, other = Session(make()), Session(make())
        session[path].apply("w * 2 + 0.5")
        patch.apply(other, made(session))
        assert same_bytes(session.read(path), other.read(path))


# ---------------------------------------------------------------- what it applies to


def test_another_base_is_refused_with_the_name_and_force_sets_the_changed_cells() -> None:
    model = {"a": np.zeros(1000), "b": np.zeros(1000)}
    session = Session(model)
    session["a"][0] = 1.0
    session["b"][1] = 2.0
    data = made(session)
    other = {"a": np.zeros(1000), "b": np.full(1000, 7.0)}
    target = Session(other)
    with pytest.raises(PatchRefusedError, match=r"^b holds other values.*force=True"):
        patch.apply(target, data)
    assert not other["a"].any()
    assert target.history == []
    assert patch.apply(target, data, force=True) is not None
    assert other["a"][0] == 1
    assert other["b"][:3].tolist() == [7, 2, 7]


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.zeros(5), r"a with shape \(4,\) and float64, but here it has \(5,\) and float64"),
        (np.zeros(4, np.float32), "and float32"),
        (np.zeros((2, 2)), r"\(2, 2\)"),
        (None, "does not fit this model: there is no array 'a'"),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_another_tensor_is_refused_even_by_force(array: np.ndarray | None, told: str, force: bool) -> None:
    session = Session({"a": np.zeros(4)})
    session["a"][0] = 1.0
    target = Session({"x": np.zeros(1)} if array is None else {"a": array})
    with pytest.raises(PatchRefusedError, match=told):
        patch.apply(target, made(session), force)
    assert target.history == []


def test_a_preview_ends_before_a_patch_is_applied() -> None:
    session = Session({"a": np.zeros(4)})
    session["a"][0] = 1.0
    data = made(session)
    model = {"a": np.zeros(4)}
    target = Session(model)
    target.preview("a").apply("w + 5")
    patch.apply(target, data)
    assert model["a"].tolist() == [1, 0, 0, 0]
    trial = target.preview("a")
    trial.apply("w + 5")
    model["a"][0] = 9.0
    with pytest.raises(OutsideChangeError):
        patch.apply(target, data)


# ---------------------------------------------------------------- files that are none


def small() -> tuple[dict[str, np.ndarray], Session, bytes]:
    session = Session({"a": np.zeros(100, np.float32), "b": np.zeros(4, np.float32)})
    session["a"][5] = 1.0
    session["a"][70] = 2.0
    session["b"][...] = 3.0
    model = {"a": np.zeros(100, np.float32), "b": np.zeros(4, np.float32)}
    return model, Session(model), made(session)


def refused(model: dict[str, np.ndarray], session: Session, data: bytes, force: bool = False) -> str:
    with pytest.raises(PatchRefusedError) as caught:
        patch.apply(session, data, force)
    assert not any(array.any() for array in model.values())
    assert session.history == []
    assert caught.value.sentence.endswith("nothing was changed")
    return str(caught.value)


def rewritten(
    data: bytes,
    change: Callable[[dict[str, Any]], object] = lambda contents: None,
    members: dict[str, bytes | None] | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """The patch with its list changed, and members replaced, added or (None) left out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        held: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    contents = json.loads(held["patch.json"] or b"")
    change(contents)
    held |= {"patch.json": json.dumps(contents).encode()} | (members or {})
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, body in held.items():
            if body is not None:
                archive.writestr(name, body)
    return file.getvalue()


def test_the_rewriting_alone_changes_nothing() -> None:
    model, session, data = small()
    assert patch.apply(session, rewritten(data)) is not None
    assert model["a"][70] == 2


@pytest.mark.parametrize(
    "data", [b"", b"x", b"PK", b"PK\x03\x04" * 100, b"\0" * 10_000, b"PK\x05\x06" + b"\0" * 18, b"\xff" * 64]
)
def test_what_is_no_zip_archive_is_refused(data: bytes) -> None:
    model, session, _ = small()
    assert "this is no patch file, or a damaged one" in refused(model, session, data)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    _, session, _ = small()
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(PatchRefusedError, match=f"there is no file '{path}'"):
            session.apply_patch(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, session = edited()
    file = tmp_path / "x.pwpatch"
    session.save_patch(file)

    def locked(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", locked)
    with pytest.raises(PatchRefusedError, match=r"x.pwpatch' could not be read \(Permission denied\); nothing was"):
        session.apply_patch(file)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_says_the_same(data: st.DataObject) -> None:
    model, session, whole = small()
    damaged = bytearray(whole)
    if data.draw(st.booleans()):
        del damaged[data.draw(st.integers(0, len(whole) - 1)) :]
    for _ in range(data.draw(st.integers(0, 3))):
        if damaged:
            at = data.draw(st.integers(0, len(damaged) - 1))
            damaged[at] = data.draw(st.integers(0, 255))
    try:
        patch.apply(session, bytes(damaged))
    except PatchRefusedError:
        assert not any(array.any() for array in model.values())
    else:  # bytes of a zip archive that nobody looks at, as the time
        assert model["a"][[5, 70]].tolist() == [1, 2]
        assert np.count_nonzero(model["a"]) == 2


def tensor(**fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda contents: contents["tensors"][0].update(fields)


@pytest.mark.parametrize(
    "change",
    [
        tensor(count=3),
        tensor(count=1),
        tensor(count=2**62),
        tensor(count=-1),
        tensor(count=10**40),
        tensor(count=2.5),
        tensor(count="2"),
        tensor(shape=[10, 10]),
        tensor(shape=[2**40, 2**40]),
        tensor(shape=[10**40]),
        tensor(shape=[-100]),
        tensor(shape=[0]),
        tensor(shape=[]),
        tensor(shape=[1] * 100),
        tensor(shape=100),
        tensor(dtype="float64"),
        tensor(dtype="object"),
        tensor(dtype="O"),
        tensor(dtype="no such type"),
        tensor(dtype=None),
        tensor(positions="uint64"),
        tensor(positions="all"),
        tensor(positions="int8"),
        tensor(base="0" * 63),
        tensor(path="b"),
        tensor(path="../../a"),
        tensor(path="x" * 5000),
        tensor(path=3),
        lambda contents: contents.update(version=2),
        lambda contents: contents.update(format="something else"),
        lambda contents: contents.update(tensors={}),
        lambda contents: contents.update(tensors=None),
        lambda contents: contents.pop("tensors"),
        lambda contents: contents["tensors"].append(contents["tensors"][0]),
        lambda contents: contents["tensors"].pop(),
        lambda contents: contents["tensors"].reverse(),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_a_list_that_does_not_fit_is_refused(change: Callable[[dict[str, Any]], object], force: bool) -> None:
    model, session, data = small()
    refused(model, session, rewritten(data, change), force)


def words(*numbers: int) -> bytes:
    return np.array(numbers, np.uint32).tobytes()


@pytest.mark.parametrize(
    "members",
    [
        {"positions/0": words(5, 100)},
        {"positions/0": words(5, 2**32 - 1)},
        {"positions/0": words(70, 5)},
        {"positions/0": words(5, 5)},
        {"positions/0": words(5)},
        {"positions/0": words(5, 70, 71)},
        {"positions/0": b""},
        {"positions/0": None},
        {"values/0": b"\0" * 7},
        {"values/0": b"\0" * 800},
        {"values/0": None},
        {"values/1": b""},
        {"values/2": b""},
        {"extra": b"x"},
        {"patch.json": None},
        {"patch.json": b"{}"},
        {"patch.json": b"[" * 100_000},
        {"patch.json": b"\xff\xfe"},
        {"patch.json": b""},
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_members_that_do_not_fit_are_refused(members: dict[str, bytes | None], force: bool) -> None:
    model, session, data = small()
    refused(model, session, rewritten(data, members=members), force)


def test_other_values_than_the_patch_says_are_refused() -> None:
    model, session, data = small()
    other = np.array([1.0, 3.0], np.float32).tobytes()
    assert "a other values than it says" in refused(model, session, rewritten(data, members={"values/0": other}))
    assert "a other values than it says" in refused(model, session, rewritten(data, tensor(result="0" * 64)))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["patch.json", "values/0", "positions/0"])
def test_a_member_twice_is_refused(name: str) -> None:
    model, session, data = small()
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, archive.read(name))
    refused(model, session, file.getvalue())


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack_are_refused(compression: int) -> None:
    model, session, data = small()
    refused(model, session, rewritten(data, compression=compression))


def peak(act: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("positions", ["all", "uint32"])
def test_a_small_file_that_unpacks_to_much_is_refused_before_it_is_unpacked(positions: str) -> None:
    model, session, data = small()
    much = 50_000_000
    zeros = b"\0" * (4 * much)
    bomb = rewritten(
        data,
        tensor(shape=[much], count=much, positions=positions),
        {"values/0": zeros, "positions/0": None if positions == "all" else zeros},
    )
    del zeros
    assert len(bomb) < 1_000_000
    assert peak(lambda: refused(model, session, bomb)) < 10_000_000


def test_a_list_that_is_far_too_long_is_refused_before_it_is_unpacked() -> None:
    model, session, data = small()
    bomb = rewritten(data, members={"patch.json": b" " * (patch.archive._MAX_LIST + 1)})
    assert peak(lambda: refused(model, session, bomb)) < 10_000_000


@pytest.mark.parametrize("said", [8, 2**31, 0])
def test_a_member_that_lies_about_its_size_is_refused(said: int) -> None:
    model, session, data = small()
    bomb = bytearray(rewritten(data, members={"values/0": b"\0" * 20_000_000}))
    size = (20_000_000).to_bytes(4, "little")
    at = bomb.index(size)
    while at >= 0:  # in the member's own header and in the directory
        bomb[at : at + 4] = said.to_bytes(4, "little")
        at = bomb.find(size, at + 4)
    assert peak(lambda: refused(model, session, bytes(bomb))) < 10_000_000


# ---------------------------------------------------------------- saving


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, session = edited()
    file = tmp_path / "edits.pwpatch"
    file.write_bytes(b"old")

    def failing(*_: object) -> None:
        raise OSError("disk full")

    for name in ("replace", "fsync"):
        with monkeypatch.context() as broken:
            broken.setattr(os, name, failing)
            with pytest.raises(
                ValueRefusedError, match=r"edits.pwpatch' could not be written \(disk full\); give another"
            ):
                session.save_patch(file)
        assert file.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [file]
    session.save_patch(file)
    assert file.read_bytes() == made(session)


def test_a_saved_file_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    _, session = edited()
    file, link = tmp_path / "real.pwpatch", tmp_path / "link.pwpatch"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to(file)
    session.save_patch(link)
    assert link.is_symlink()
    assert file.read_bytes() == made(session)
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("no/x.pwpatch", r"there is no folder '.*no'; make it first"),
        ("", r"is a folder; give the path of a file in it, such as '.*model.pwpatch'"),
        ("x" * 300, r"could not be written \(File name too long\)"),
        ("x" * 300 + "/x", "there is no folder"),
        ("a\0b", r"could not be written \(embedded null byte\)"),
    ],
)
def test_where_nothing_can_be_written_is_said_in_a_sentence(tmp_path: Path, path: str, says: str) -> None:
    _, session = edited()
    with pytest.raises(ValueRefusedError, match=says) as caught:
        session.save_patch(tmp_path / path)
    assert ".pwpatch." not in str(caught.value), "no name that the user never gave"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(PatchRefusedError, match="there is no file"):
        session.apply_patch(tmp_path / path)


@pytest.mark.parametrize("path", [3, None, b"x", ["x"]])
def test_what_is_no_path_is_refused(path: Any) -> None:
    _, session = edited()
    for call in (session.save_patch, session.apply_patch):
        with pytest.raises(ValueRefusedError, match="a file is named by a path, a text, and not by "):
            call(path)


def test_nothing_edited_writes_no_file(tmp_path: Path) -> None:
    with pytest.raises(PatchRefusedError):
        Session(arrays()).save_patch(tmp_path / "x.pwpatch")
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- training in between


@pytest.mark.parametrize("write", [(0, 5.0), (2, 3.0)])
def test_what_something_else_wrote_over_an_edit_is_not_saved_as_one(write: tuple[int, float], tmp_path: Path) -> None:
    model = {"a": np.zeros(4), "b": np.zeros(4)}
    session = Session(model)
    session["a"][0] = 1.0
    session["a"][0:3] = 2.0
    session["b"][0] = 1.0
    model["a"][write[0]] = write[1]
    with pytest.raises(OutsideChangeError, match="a was written by something else"):
        session.save_patch(tmp_path / "x.pwpatch")
    assert list(tmp_path.iterdir()) == []
    session["a"][0:3] = 2.5
    _, contents = patch.make(session)
    assert {tensor.path: tensor.count for tensor in contents.tensors} == {"a": 3, "b": 1}


def test_an_edit_that_was_written_over_is_noticed_under_later_ones_beside_it() -> None:
    model = {"a": np.zeros(200), "b": np.zeros(200)}
    session = Session(model)
    session["a"][0] = 1.0
    session["a"][100:] = 2.0
    session["a"][5] = 3.0
    patch.make(session)
    model["a"][0] = 77.0
    with pytest.raises(OutsideChangeError, match="a was written by something else"):
        patch.make(session)
    session["a"][0] = 1.0
    assert patch.make(session)[1].tensors[0].count == 102, "the later edit lies over what was written"
    model["a"][150] = 77.0
    session["a"][150:160] = 4.0
    with pytest.raises(OutsideChangeError, match="a was written by something else"):
        patch.make(session)


def test_an_edit_that_was_written_over_is_noticed_under_a_trial() -> None:
    model = {"a": np.zeros(4)}
    session = Session(model)
    session["a"][0] = 1.0
    trial = session.preview("a")
    trial.apply("w + 5")
    assert patch.make(session)[1].tensors[0].count == 1
    trial.revert()
    model["a"][0] = 77.0
    session.preview("a").apply("w + 5")
    with pytest.raises(OutsideChangeError, match="a was written by something else"):
        patch.make(session)


def test_what_something_else_wrote_beside_an_edit_is_no_part_of_it() -> None:
    model = {"a": np.zeros(1000)}
    session = Session(model)
    session["a"][10] = 1.0
    model["a"][500] = 7.0
    data, contents = patch.make(session)
    assert contents.count == 1
    other = {"a": np.zeros(1000)}
    patch.apply(Session(other), data, force=True)
    assert np.flatnonzero(other["a"]).tolist() == [10]


def test_an_edit_under_another_name_of_the_memory_is_no_outside_change() -> None:
    shared = np.zeros(3)
    session = Session({"one": shared, "two": shared})
    session["one"][0] = 1.0
    session["two"][0] = 2.0
    _, contents = patch.make(session)
    assert (contents.tensors[0].path, contents.count) == ("one", 1)
    shared[0] = 9
    with pytest.raises(OutsideChangeError, match="two was written by something else"):
        patch.make(session)
