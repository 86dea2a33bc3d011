"""Everything that the page can ask, without a browser: each request one reply, and a refusal changes nothing."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from typing import Any

import ml_dtypes
import msgspec
import numpy as np
import pytest
from page import ask, fill, refused

from paramwidget import Session
from paramwidget import protocol as wire
from paramwidget.edits import Assign, Edit
from paramwidget.journal import same_bytes
from paramwidget.opened import Update
from paramwidget.sampling import sample
from paramwidget.service import Service, describe, watch
from paramwidget.statistics import Summary
from paramwidget.tree import Parameter
from paramwidget.views.plane import Plane, Window
from paramwidget.views.spectrum import spectrum


def model() -> dict[str, Any]:
    rng = np.random.default_rng(4)
    shared = np.ones((2, 2), dtype=np.float32)
    bad = rng.normal(size=(6, 5)).astype(np.float32)
    bad[1, 2], bad[0, 0], bad[5, 4] = np.nan, np.inf, -np.inf
    return {
        "conv": {"kernel": rng.normal(size=(3, 3, 4, 5)).astype(np.float32), "bias": np.zeros(5, dtype=np.float32)},
        "dense": {"kernel": np.arange(12, dtype=np.float32).reshape(3, 4)},
        "bad": bad,
        "half": np.array([0.5, 0.1], dtype=np.float16),
        "brain": np.ones(3, dtype=ml_dtypes.bfloat16),
        "count": np.array([2**53 + 1, 0]),
        "scalar": np.array(1.5),
        "empty": np.zeros((0, 3)),
        "words": np.array(["a"]),
        "one": shared,
        "two": shared,
    }


@pytest.fixture
def arrays() -> dict[str, Any]:
    return model()


@pytest.fixture
def service(arrays: dict[str, Any]) -> Service:
    return Service(Session(arrays, title="test"))


def flat(shape: tuple[int, ...]) -> Plane:
    return Plane(0, 1, [0] * len(shape)) if len(shape) == 2 else Plane(-1, len(shape) - 1, [0] * len(shape))


def whole(array: np.ndarray) -> Window:
    return Window(0, array.shape[0] if array.ndim == 2 else 1, 0, array.shape[-1] if array.ndim else 1)


# ---------------------------------------------------------------- the tree


def test_ping_is_answered(service: Service) -> None:
    assert ask(service, wire.Ping()) == wire.Pong()


def test_the_rows_of_the_tree_come_in_parts_with_spans_to_skip(service: Service) -> None:
    tree = ask(service, wire.GetTree(0, 4000))
    assert [(row.depth, row.path, row.span) for row in tree.rows][:5] == [
        (0, "bad", 0),
        (0, "half", 0),
        (0, "brain", 0),
        (0, "count", 0),
        (0, "scalar", 0),
    ]
    assert {row.path: row.span for row in tree.rows if row.layer} == {"conv": 2, "dense": 1}
    assert tree.total == len(tree.rows)
    part = ask(service, wire.GetTree(3, 2))
    assert (part.start, part.total, part.rows) == (3, tree.total, tree.rows[3:5])
    assert ask(service, wire.GetTree(10_000, 5)).rows == []


def test_layers_sum_up_what_is_below_them(service: Service) -> None:
    rows = {row.path: row for row in ask(service, wire.GetTree(0, 100)).rows}
    assert (rows["conv"].size, rows["conv"].count) == (185, 185)
    assert rows["two"].count == 0
    assert rows["two"].tied == rows["one"].tied == "one"
    assert (rows["words"].readable, rows["words"].writable) == (False, False)


def test_the_header_counts_as_the_model_does(service: Service) -> None:
    header = ask(service, wire.GetTree(0, 1)).header
    assert (header.title, header.framework, header.writable) == ("test", "NumPy", True)
    assert header.tensors == 12
    assert header.count == 180 + 5 + 12 + 30 + 2 + 3 + 2 + 1 + 0 + 1 + 4
    assert (header.undo, header.redo) == ("", "")


def test_find_names_rows_and_the_closest_name(service: Service) -> None:
    rows = ask(service, wire.GetTree(0, 100)).rows

    def found(query: str) -> list[str]:
        return [rows[i].path for i in ask(service, wire.Find(query)).rows]

    assert found("kernel") == ["conv/kernel", "dense/kernel"]
    assert found("nan") == ["bad"]
    assert found("!nan dtype:f16") == ["half"]
    assert found("edited") == []
    assert ask(service, wire.Find("kernle")).closest == "kernel"
    assert ask(service, wire.Find("qqqqqq")).closest == ""
    ask(service, fill("scalar", "[]", "2"))
    assert found("edited") == ["scalar"]
    ask(service, wire.Undo())
    assert found("edited") == []


def test_find_refuses_what_means_nothing(service: Service) -> None:
    refused(service, wire.Find(">abc"), "query", ">1M")


def test_the_closest_name_may_hold_quotes() -> None:
    service = Service(Session({"it's": np.zeros(1)}))
    assert ask(service, wire.Find("it'z")).closest == "it's"


# ---------------------------------------------------------------- values


def test_a_description_tells_facts_and_exact_statistics(service: Service, arrays: dict[str, Any]) -> None:
    answer = ask(service, wire.Describe("bad"))
    finite = arrays["bad"][np.isfinite(arrays["bad"])].astype(float)
    summary = answer.summary
    assert (summary.count, summary.nan, summary.posinf, summary.neginf, summary.sampled) == (30, 1, 1, 1, 1)
    assert summary.mean == pytest.approx(finite.mean(), rel=1e-12)
    assert summary.std == pytest.approx(finite.std(), rel=1e-9)
    assert (answer.shape, answer.dtype, answer.bytes, answer.lock) == ([6, 5], "float32", 120, "none")
    counted = answer.histogram
    assert sum(counted.counts) + counted.under + counted.over == 29
    assert (counted.low, counted.high) == (-answer.domain, answer.domain)


def test_a_description_over_a_given_domain_counts_what_lies_outside(service: Service) -> None:
    counted = ask(service, wire.Describe("dense/kernel", 5.0)).histogram
    assert (counted.low, counted.high, sum(counted.counts), counted.over) == (-5.0, 5.0, 6, 6)


@pytest.mark.parametrize("domain", [5e-324, 1e-320, 1e300, 1.7e308, math.inf])
def test_any_domain_is_answered(service: Service, domain: float) -> None:
    for path in ("dense/kernel", "half", "brain", "count", "bad"):
        counted = ask(service, wire.Describe(path, domain))
        assert isinstance(counted, wire.Description), counted


def test_slices_have_their_norms(service: Service, arrays: dict[str, Any]) -> None:
    slices = ask(service, wire.Describe("conv/kernel")).slices
    kernel = arrays["conv"]["kernel"].astype(float)
    assert [len(norms) for norms in slices] == [3, 3, 4, 5]
    assert slices[2] == pytest.approx([np.linalg.norm(kernel[:, :, i]) for i in range(4)])


@pytest.mark.parametrize(("path", "reason"), [("empty", ""), ("words", "element type")])
def test_a_tensor_without_values_is_described_without_statistics(service: Service, path: str, reason: str) -> None:
    answer = ask(service, wire.Describe(path))
    assert (answer.summary, answer.histogram, answer.slices) == (None, None, [])
    assert reason in answer.reason


def test_a_description_names_the_other_tensors_of_the_storage(service: Service) -> None:
    assert ask(service, wire.Describe("one")).alias == ["two"]


def test_values_at_the_ends_of_double_precision_are_described() -> None:
    values = np.array([1.7e308, -1.7e308, 0.0, 5e-324])
    service = Service(Session({"a": values, "z": np.array([1.7e308 + 1.7e308j, 0])}))
    for path in "az":
        assert isinstance(ask(service, wire.Describe(path)), wire.Description)
        assert isinstance(ask(service, wire.GetGlances([path])), wire.Glances)
        assert isinstance(ask(service, wire.GetTile(path, flat((4,)), Window(0, 1, 0, 2), 1, 1)), wire.Tile)
        assert isinstance(ask(service, wire.GetCells(path, flat((4,)), Window(0, 1, 0, 2))), wire.Cells)


def test_glances_show_shape_and_bad_values(service: Service) -> None:
    items = ask(service, wire.GetGlances(["bad", "conv/kernel", "empty", "words", "scalar", "conv/bias"])).items
    assert [(item.path, item.nan, item.inf) for item in items][:2] == [("bad", 1, 2), ("conv/kernel", 0, 0)]
    assert max(items[1].bars) == 255
    assert len(items[1].bars) == 20
    assert 0 < items[1].zero < 1
    assert all(item.bars == [] for item in items[2:])


def test_a_missing_tensor_has_no_thumbnail_and_costs_the_others_none(service: Service) -> None:
    assert [item.path for item in ask(service, wire.GetGlances(["half", "gone", "bad"])).items] == ["half", "bad"]


def test_a_tile_carries_values_and_norms(service: Service, arrays: dict[str, Any]) -> None:
    array = arrays["dense"]["kernel"]
    reply, (values, rows, cols) = service.answer(
        wire.GetTile("dense/kernel", Plane(1, 0, [0, 0]), Window(1, 4, 0, 3), 100, 100)
    )
    assert isinstance(reply, wire.Tile)
    assert (reply.height, reply.width, reply.step_row, reply.step_col, reply.sampled) == (3, 3, 1, 1, 1)
    assert np.array_equal(np.frombuffer(values, "<f4").reshape(3, 3), array.T[1:])
    assert np.frombuffer(rows, "<f4") == pytest.approx(np.linalg.norm(array.T[1:], axis=1))
    assert np.frombuffer(cols, "<f4") == pytest.approx(np.linalg.norm(array.T[1:], axis=0))


def test_a_tile_of_a_kernel_shows_the_slice_that_is_asked_for(service: Service, arrays: dict[str, Any]) -> None:
    reply, buffers = service.answer(wire.GetTile("conv/kernel", Plane(2, 3, [2, 1, 0, 0]), Window(0, 4, 0, 5), 4, 5))
    assert isinstance(reply, wire.Tile)
    assert np.array_equal(np.frombuffer(buffers[0], "<f4").reshape(4, 5), arrays["conv"]["kernel"][2, 1])


@pytest.mark.parametrize("height", [4, 2])
def test_a_tile_of_kernels_holds_each_of_them_whole(service: Service, arrays: dict[str, Any], height: int) -> None:
    request = wire.GetTile("conv/kernel", Plane(2, 3, [2, 1, 0, 0]), Window(0, 4, 1, 5), height, 4, inner=(0, 1))
    reply, (values, rows, cols) = service.answer(request)
    assert isinstance(reply, wire.Tile)
    kernel = arrays["conv"]["kernel"][..., 1:]  # kh, kw, in, out
    kh, kw = kernel.shape[:2]
    assert (reply.height, reply.width, reply.step_row, reply.inner, reply.within) == (
        *(height, 4, 4 // height),
        *((0, 1), (kh, kw)),
    )
    drawn = np.frombuffer(values, "<f4").reshape(height, kh, 4, kw)
    for at in np.ndindex(height, kh, 4, kw):
        block = kernel[at[1], at[3], at[0] * 4 // height : (at[0] + 1) * 4 // height, at[2]]
        assert drawn[at] == block[np.abs(block).argmax()]
    squares = np.square(kernel.astype(np.float64))
    each = np.sqrt(squares.sum(axis=(0, 1, 3))).reshape(height, -1).max(axis=1)
    assert np.frombuffer(rows, "<f4") == pytest.approx(each)
    assert np.frombuffer(cols, "<f4") == pytest.approx(np.sqrt(squares.sum(axis=(0, 1, 2))))


def test_some_axes_of_a_kernel_may_lie_within_the_cells_and_the_others_stand(
    service: Service, arrays: dict[str, Any]
) -> None:
    request = wire.GetTile("conv/kernel", Plane(2, 3, [0, 1, 0, 0]), Window(0, 4, 0, 5), 4, 5, inner=(0,))
    reply, (values, *_) = service.answer(request)
    assert isinstance(reply, wire.Tile)
    kernel = arrays["conv"]["kernel"]
    assert reply.within == (1, kernel.shape[0])
    assert np.array_equal(np.frombuffer(values, "<f4").reshape(4, 5, -1), kernel[:, 1].transpose(1, 2, 0))


def test_a_tile_of_very_many_kernels_is_as_small_as_any() -> None:
    service = Service(Session({"a": np.ones((3, 3, 700, 600), np.float32)}))
    request = wire.GetTile("a", Plane(2, 3, [0] * 4), Window(0, 700, 0, 600), 700, 600, inner=(0, 1))
    reply, buffers = service.answer(request)
    assert isinstance(reply, wire.Tile)
    assert len(buffers[0]) == 4 * 9 * reply.height * reply.width
    assert sum(map(len, buffers)) < 2**20
    assert reply.height * reply.step_row >= 700
    assert np.frombuffer(buffers[0], "<f4").min() == 1


@pytest.mark.parametrize("inner", [(0, 2), (0, 0), (4,), (0, 7)])
def test_axes_that_cannot_lie_within_the_cells_are_refused(service: Service, inner: tuple[int, ...]) -> None:
    plane = Plane(2, 3, [0, 0, 0, 0])
    refused(service, wire.GetTile("conv/kernel", plane, Window(0, 2, 0, 2), 2, 2, inner), "region")
    big = Service(Session({"a": np.zeros((40, 40, 2, 2), np.float32)}))
    refused(big, wire.GetTile("a", plane, Window(0, 2, 0, 2), 2, 2, (0, 1)), "region", "use the heatmap")


def test_a_reduced_tile_has_one_norm_for_each_drawn_row_and_column() -> None:
    values = np.random.default_rng(1).normal(size=(37, 53)).astype(np.float32)
    service = Service(Session({"a": values}))
    reply, buffers = service.answer(wire.GetTile("a", Plane(0, 1, [0, 0]), Window(2, 36, 3, 50), 10, 7))
    assert isinstance(reply, wire.Tile)
    assert [len(b) for b in buffers] == [4 * reply.height * reply.width, 4 * reply.height, 4 * reply.width]
    assert (reply.step_row, reply.step_col) == (4, 7)
    drawn = np.frombuffer(buffers[0], "<f4").reshape(reply.height, reply.width)
    block = values[2:6, 3:10]
    assert abs(drawn[0, 0]) == np.abs(block).max()


@pytest.mark.parametrize(
    ("path", "plane", "window", "code"),
    [
        ("dense/kernel", Plane(0, 1, [0, 0]), Window(0, 4, 0, 4), "region"),
        ("dense/kernel", Plane(0, 1, [0, 0]), Window(2, 2, 0, 4), "region"),
        ("dense/kernel", Plane(0, 0, [0, 0]), Window(0, 3, 0, 3), "region"),
        ("dense/kernel", Plane(0, 1, [0]), Window(0, 3, 0, 3), "region"),
        ("dense/kernel", Plane(0, 1, [0, 0]), Window(0, 2**53, 0, 2**53), "region"),
        ("dense/kernel", Plane(0, 1, [0, 0]), Window(2**53, 0, 2**53, 0), "region"),
        ("conv/kernel", Plane(0, 1, [0, 0, 4, 0]), Window(0, 1, 0, 1), "region"),
        ("scalar", Plane(-1, 0, []), Window(0, 1, 0, 1), "region"),
        ("empty", Plane(0, 1, [0, 0]), Window(0, 0, 0, 3), "no-values"),
        ("words", Plane(-1, 0, [0]), Window(0, 1, 0, 1), "no-values"),
        ("gone", Plane(-1, 0, [0]), Window(0, 1, 0, 1), "path"),
    ],
)
def test_windows_that_do_not_fit_are_refused(
    service: Service, path: str, plane: Plane, window: Window, code: str
) -> None:
    refused(service, wire.GetTile(path, plane, window, 10, 10), code)
    expected = "region" if path == "empty" else code
    refused(service, wire.GetCells(path, plane, window), expected)


def test_cells_are_exact_texts_and_marked_when_edited(service: Service) -> None:
    window = Window(0, 1, 0, 2)
    assert ask(service, wire.GetCells("count", flat((2,)), window)).texts == [["9007199254740993", "0"]]
    assert ask(service, wire.GetCells("scalar", Plane(-1, -1, []), Window(0, 1, 0, 1))).texts == [["1.5"]]
    ask(service, fill("half", "[1]", "0.2"))
    reply, (values, marks) = service.answer(wire.GetCells("half", flat((2,)), window))
    assert isinstance(reply, wire.Cells)
    assert reply.texts == [["0.5", "0.199951171875"]]
    assert np.frombuffer(values, "<f4").tolist() == [0.5, np.float16(0.2)]
    assert list(marks) == [0, 1]
    ask(service, fill("half", "[1]", "0.1"))
    assert list(service.answer(wire.GetCells("half", flat((2,)), window))[1][1]) == [0, 0]


def test_marks_lie_where_the_edit_was_on_a_transposed_plane(service: Service) -> None:
    ask(service, fill("dense/kernel", "[2, 1]", "99"))
    reply, buffers = service.answer(wire.GetCells("dense/kernel", Plane(1, 0, [0, 0]), Window(0, 4, 0, 3)))
    assert isinstance(reply, wire.Cells)
    marks = np.frombuffer(buffers[1], np.uint8).reshape(4, 3)
    assert [tuple(at) for at in np.argwhere(marks)] == [(1, 2)]
    assert reply.texts[1][2] == "99.0"


def test_a_page_holds_at_most_four_thousand_cells() -> None:
    service = Service(Session({"a": np.zeros((100, 100))}))
    refused(service, wire.GetCells("a", Plane(0, 1, [0, 0]), Window(0, 100, 0, 41)), "region", "4000")
    assert isinstance(ask(service, wire.GetCells("a", Plane(0, 1, [0, 0]), Window(0, 100, 0, 40))), wire.Cells)


# ---------------------------------------------------------------- checking what was typed


def test_a_spectrum_carries_the_singular_values(service: Service, arrays: dict[str, Any]) -> None:
    reply, [buffer] = service.answer(wire.GetSpectrum("conv/kernel"))
    assert isinstance(reply, wire.Spectrum)
    assert (reply.matrix, reply.rows, reply.cols) == ("axis 0·axis 1·axis 2 × axis 3", 36, 5)
    values = np.frombuffer(buffer, "<f8")
    wanted = np.linalg.svd(arrays["conv"]["kernel"].astype(np.float64).reshape(36, 5), compute_uv=False)
    assert np.allclose(values, wanted, rtol=1e-12)
    assert reply.condition == pytest.approx(wanted[0] / wanted[-1])
    low, _ = service.answer(wire.GetSpectrum("one"))
    assert low.condition == "Infinity"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("path", "code", "says"),
    [
        ("conv/bias", "value", "shape 5 has no spectrum"),
        ("bad", "value", "3 of the values are NaN or infinite"),
        ("empty", "value", "shape 0×3 has no spectrum"),
        ("words", "value", "shape 1 has no spectrum"),
        ("gone", "path", "gone"),
    ],
)
def test_what_has_no_spectrum_is_refused_with_the_reason(service: Service, path: str, code: str, says: str) -> None:
    refused(service, wire.GetSpectrum(path), code, says)


def test_a_spectrum_of_what_is_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(Session({"w": np.broadcast_to(np.float32(1), (30_000, 768))}))
    refused(service, wire.GetSpectrum("w"), "value", "30,000 by 768")


def test_singular_values_are_computed_without_the_lock(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    free = []

    def computed(values: np.ndarray, axes: Any) -> Any:
        other = threading.Thread(target=lambda: free.append(service.session.lock.acquire(timeout=10)))
        other.start()
        other.join()
        return spectrum(values, axes)

    monkeypatch.setattr(describe.spectra, "spectrum", computed)
    assert isinstance(ask(service, wire.GetSpectrum("dense/kernel")), wire.Spectrum)
    assert free == [True]


def test_checking_a_text_shows_what_would_be_stored(service: Service) -> None:
    stored = ask(service, wire.CheckText("half", "0.1"))
    assert stored == wire.Stored("0.0999755859375", 0.0999755859375 - 0.1, "0x2E66", "0.0999", "0.10004")
    assert ask(service, wire.CheckText("count", "9007199254740993")).text == "9007199254740993"
    assert ask(service, wire.CheckText("bad", "nan")).text == "nan"
    refused(service, wire.CheckText("half", "1e5"), "value", "float16")
    refused(service, wire.CheckText("words", "a"), "value", "element type")


def test_checking_a_slice_counts_its_values(service: Service) -> None:
    def foresee(region: str) -> wire.Foresee:
        return wire.Foresee(wire.Target("conv/kernel", region))

    assert ask(service, foresee("0, :, -1")) == wire.Foreseen("[0, :, 3, :]", 1, 15, 180, "")
    refused(service, foresee("[9]"), "region", "axis 0 has 3 values")
    refused(service, foresee("os.system"), "region", "not a slice")


# ---------------------------------------------------------------- changing


def test_setting_a_region_is_done_recorded_and_undone(service: Service, arrays: dict[str, Any]) -> None:
    done = ask(service, fill("dense/kernel", "[0, 1:3]", " \u22120.5 "))
    assert done == wire.Done("dense/kernel [0, 1:3] set to \u22120.5", [])
    assert arrays["dense"]["kernel"][0].tolist() == [0, -0.5, -0.5, 3]
    header = ask(service, wire.GetTree(0, 1)).header
    assert (header.undo, header.redo) == (done.label, "")
    assert ask(service, wire.Undo()).label == done.label
    assert arrays["dense"]["kernel"][0].tolist() == [0, 1, 2, 3]
    assert ask(service, wire.GetTree(0, 1)).header.redo == done.label
    assert ask(service, wire.Redo()).label == done.label
    assert arrays["dense"]["kernel"][0].tolist() == [0, -0.5, -0.5, 3]


def test_nothing_to_undo_or_redo_is_done_without_a_label(service: Service) -> None:
    assert ask(service, wire.Undo()) == ask(service, wire.Redo()) == wire.Done("", [])
    assert ask(service, fill("scalar", "", "1.5")) == wire.Done("", [])


def test_an_edit_of_a_tied_tensor_remarks_on_the_other(service: Service) -> None:
    (remark,) = ask(service, fill("one", "", "3")).remarks
    assert (remark.severity, remark.title) == ("info", "Also changed two")


def test_undo_over_an_outside_change_is_refused_until_forced(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, fill("scalar", "", "7"))
    arrays["scalar"][...] = 8
    refused(service, wire.Undo(), "outside-change", "written by something else")
    assert ask(service, wire.Undo(force=True)).label
    assert arrays["scalar"] == 1.5


def test_a_block_is_pasted_where_it_belongs(service: Service, arrays: dict[str, Any]) -> None:
    expected = arrays["dense"]["kernel"].copy()
    expected[1:3, 2:4] = [[1, 2], [3, 4]]
    done = ask(service, wire.SetBlock("dense/kernel", Plane(0, 1, [0, 0]), 1, 2, [["1", "2"], ["3", "4"]]))
    assert isinstance(done, wire.Done), done
    assert same_bytes(arrays["dense"]["kernel"], expected)


def test_a_block_is_pasted_into_a_transposed_plane(service: Service, arrays: dict[str, Any]) -> None:
    expected = arrays["dense"]["kernel"].copy()
    expected[0:3, 1:3] = np.array([[10, 20, 30], [40, 50, 60]]).T
    block = [["10", "20", "30"], ["40", "50", "60"]]
    assert isinstance(ask(service, wire.SetBlock("dense/kernel", Plane(1, 0, [0, 0]), 1, 0, block)), wire.Done)
    assert same_bytes(arrays["dense"]["kernel"], expected)


def test_a_block_is_pasted_into_one_slice_of_a_kernel(service: Service, arrays: dict[str, Any]) -> None:
    expected = arrays["conv"]["kernel"].copy()
    expected[2, 1:3, 0, 3:5] = np.array([[7, 8], [9, 10]]).T
    request = wire.SetBlock("conv/kernel", Plane(3, 1, [2, 0, 0, 0]), 3, 1, [["7", "8"], ["9", "10"]])
    assert isinstance(ask(service, request), wire.Done)
    assert same_bytes(arrays["conv"]["kernel"], expected)


def test_cells_of_another_view_of_edited_memory_are_shown_without_marks() -> None:
    array = np.arange(20.0).reshape(4, 5)
    service = Service(Session({"a": array, "b": array.T}))
    ask(service, fill("a", "[0, 0]", "7"))
    cells, buffers = service.answer(wire.GetCells("b", flat((5, 4)), Window(0, 1, 0, 2)))
    assert (cells.texts, list(buffers[1])) == ([["7.0", "5.0"]], [0, 0])
    done = ask(service, wire.SetBlock("b", flat((5, 4)), 0, 1, [["9"]]))
    assert done.cells.texts == [["9.0"]]
    assert array[1, 0] == 9


def test_a_block_is_done_also_where_its_cells_cannot_be_shown(
    service: Service, arrays: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any) -> None:
        raise RuntimeError("no picture")

    monkeypatch.setattr(describe, "page", broken)
    done = ask(service, wire.SetBlock("dense/kernel", flat((3, 4)), 1, 1, [["9"]]))
    assert (type(done), done.cells) == (wire.Done, None)
    assert arrays["dense"]["kernel"][1, 1] == 9


def test_a_single_cell_is_set_by_a_block_of_one(service: Service, arrays: dict[str, Any]) -> None:
    done = ask(service, wire.SetBlock("scalar", Plane(-1, -1, []), 0, 0, [["-2"]]))
    assert done.label == "scalar [] set to -2"
    assert arrays["scalar"] == -2
    done = ask(service, wire.SetBlock("half", Plane(-1, 0, [0]), 0, 1, [[" 0.25 "]]))
    assert done.label == "half [1] set to 0.25"


@pytest.mark.parametrize(
    ("row", "col", "texts", "code", "says"),
    [
        (2, 0, [["1"], ["2"]], "value", "does not fit at row 2, column 0"),
        (0, 4, [["1"]], "value", "does not fit"),
        (2**53, 0, [["1"]], "value", "does not fit"),
        (0, 0, [], "value", "empty"),
        (0, 0, [[]], "value", "empty"),
        (0, 0, [["1", "2"], ["3"]], "value", "differ in length"),
        (0, 0, [["1", "2"], ["3", "x"]], "value", "row 2, column 2 of the block"),
        (0, 0, [["1", ""]], "value", "nothing was typed"),
        (0, 0, [["abc"]], "value", "'abc' is not a number"),
    ],
)
def test_blocks_that_do_not_fit_change_nothing(
    service: Service, arrays: dict[str, Any], row: int, col: int, texts: list[list[str]], code: str, says: str
) -> None:
    before = arrays["dense"]["kernel"].copy()
    refused(service, wire.SetBlock("dense/kernel", Plane(0, 1, [0, 0]), row, col, texts), code, says)
    assert same_bytes(arrays["dense"]["kernel"], before)


@pytest.mark.parametrize(
    ("path", "plane", "col", "texts", "says"),
    [
        ("row", Plane(0, 1, [0, 0]), 1, [["1", "2"], ["3", "4"]], ["2 by 2", "at row 0, column 1", "is 1 by 8"]),
        ("row", Plane(0, 1, [0, 0]), 1, [["1"], ["2"]], ["2 by 1", "is 1 by 8"]),
        ("vector", Plane(-1, 0, [0]), 1, [["1"], ["2"]], ["1 by 2", "at row 1, column 0", "is 8 by 1"]),
        ("vector", Plane(-1, 0, [0]), 1, [["1", "x"]], ["row 2, column 1 of the block"]),
    ],
)
def test_a_block_is_refused_with_the_rows_and_columns_that_the_grid_shows(
    path: str, plane: Plane, col: int, texts: list[list[str]], says: list[str]
) -> None:
    service = Service(Session({"row": np.zeros((1, 8)), "vector": np.zeros(8)}))
    refused(service, wire.SetBlock(path, plane, 0, col, texts), "value", *says)


def test_a_hundred_thousand_cells_can_be_pasted_and_not_one_more() -> None:
    values = np.zeros((2, 60_000), dtype=np.float32)
    service = Service(Session({"a": values}))
    plane = Plane(0, 1, [0, 0])
    refused(service, wire.SetBlock("a", plane, 0, 0, [["1"] * 50_001] * 2), "value", "100,000")
    assert not values.any()
    assert isinstance(ask(service, wire.SetBlock("a", plane, 0, 0, [["1"] * 50_000] * 2)), wire.Done)
    assert values.sum() == 100_000


def test_writes_to_what_cannot_be_written_are_refused(service: Service, arrays: dict[str, Any]) -> None:
    arrays["half"].flags.writeable = False
    refused(service, fill("half", "", "1"), "read-only", "writeable flag")
    refused(service, fill("words", "", "1"), "no-values", "element type")
    refused(service, fill("gone", "", "1"), "path", "gone")
    refused(service, wire.SetTrainable(["conv"], False), "freeze")
    refused(service, wire.SetTrainable(["gone"], False), "path")


def test_an_unexpected_exception_is_a_reply_too(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("secret " * 500)

    monkeypatch.setattr(service.session.adapter, "read", broken)
    reply = ask(service, wire.GetGlances(["half"]))
    assert (reply.code, len(reply.text) < 600) == ("error", True)
    assert "ZeroDivisionError" in reply.text
    assert "nothing was changed" in reply.text
    for request in (wire.Describe("half"), wire.GetCells("half", flat((2,)), Window(0, 1, 0, 1))):
        assert isinstance(ask(service, request), wire.Failure)


@pytest.mark.parametrize("view", ["heatmap", "histogram", "kernels", "spectrum"])
def test_a_figure_is_a_png(service: Service, view: Any) -> None:
    reply, buffers = service.answer(wire.GetFigure("conv/kernel", view))
    assert reply == wire.Figure(f"conv_kernel-{view}.png")
    assert buffers[0].startswith(b"\x89PNG\r\n")


def test_a_figure_of_another_plane_or_none_at_all(service: Service) -> None:
    reply, _ = service.answer(wire.GetFigure("conv/kernel", "heatmap", Plane(0, 1, [0, 0, 3, 4])))
    assert isinstance(reply, wire.Figure)
    refused(service, wire.GetFigure("conv/kernel", "heatmap", Plane(0, 0, [0, 0, 3, 4])), "region")
    refused(service, wire.GetFigure("half", "kernels"), "value", "tensors of 3 to 5 axes")
    refused(service, wire.GetFigure("empty", "histogram"), "no-values")
    refused(service, wire.GetFigure("words", "heatmap"), "no-values")


def test_a_plane_given_with_another_view_does_not_break_it(service: Service) -> None:
    for view in ("histogram", "kernels"):
        reply, _ = service.answer(wire.GetFigure("conv/kernel", view, Plane(0, 1, [0, 0, 3, 4])))
        assert isinstance(reply, wire.Figure), reply


# ---------------------------------------------------------------- telling


class Listener:
    """What a page is told of the changes of a session."""

    def __init__(self, service: Service) -> None:
        self.told: list[wire.Changed] = []
        self._service = service
        service.session.subscribe(self._tell)

    def _tell(self, update: Update) -> None:
        self.told.append(self._service.changed(update))


def flags(event: wire.Changed, service: Service) -> dict[str, tuple[str, bool]]:
    rows = service.shown.rows.rows
    return {rows[row].path: (lock, edited) for row, lock, edited in msgspec.to_builtins(event.flags)}


def test_an_edit_is_told_for_the_tensor_and_the_layers_around_it(service: Service) -> None:
    ask(service, wire.GetTree(0, 100))
    ask(service, fill("conv/bias", "[0]", "1"))
    event = service.changed(Update(("conv/bias",), values=True))
    assert (event.paths, event.rows, event.outside) == (["conv/bias"], False, False)
    assert flags(event, service) == {"conv": ("none", True), "conv/bias": ("none", True)}
    assert event.header.undo == "conv/bias [0] set to 1"
    ask(service, fill("conv/kernel", "[0, 0, 0, 0]", "1"))
    assert flags(service.changed(Update(("conv/kernel",), values=True)), service) == {"conv/kernel": ("none", True)}
    ask(service, wire.Undo())
    assert flags(service.changed(Update(("conv/kernel",), values=True)), service) == {"conv/kernel": ("none", False)}
    ask(service, wire.Undo())
    assert flags(service.changed(Update(("conv/bias",), values=True)), service) == {
        "conv": ("none", False),
        "conv/bias": ("none", False),
    }


def tied_torch() -> tuple[Any, str, list[str]]:
    """A head with the weights of an embedding, and a buffer that is a view of a row of them."""
    import torch

    net: Any = torch.nn.ModuleDict({"table": torch.nn.Embedding(3, 2), "head": torch.nn.Linear(2, 3)})
    net["head"].weight = net["table"].weight
    net["head"].register_buffer("row", net["table"].weight.detach()[1])
    return net, "head.weight", ["head", "head.row", "table", "table.weight"]


def tied_keras() -> tuple[Any, str, list[str]]:
    """A layer in two models inside one."""
    import keras

    shared = keras.layers.Dense(2, name="shared")
    left = keras.Sequential([keras.Input((2,)), shared], name="left")
    right = keras.Sequential([keras.Input((2,)), shared], name="right")
    first = keras.Input((2,))
    model = keras.Model(first, right(left(first)))
    return model, "right/shared/kernel", ["left", "left/shared", "left/shared/kernel", "right", "right/shared"]


def tied_arrays() -> tuple[Any, str, list[str]]:
    """An array under two names, turned round, and in part."""
    whole = np.arange(6.0).reshape(3, 2)
    model = {"in": {"whole": whole, "own": np.zeros(2)}, "again": whole, "turned": whole.T, "part": whole[1:]}
    return model, "turned", ["again", "in", "in/whole", "part"]


@pytest.mark.parametrize("made", [tied_torch, tied_keras, tied_arrays])
def test_what_shares_the_storage_of_an_edited_tensor_is_marked_with_it(
    made: Callable[[], tuple[Any, str, list[str]]],
) -> None:
    model, path, others = made()
    service = Service(Session(model))
    listener = Listener(service)
    marked = sorted([path, *others])

    def edited() -> list[str]:
        return sorted(row.path for row in service.shown.rows.rows if row.edited)

    ask(service, fill(path, "[1, 1]", "7"))
    assert edited() == marked
    assert sorted(name for name, (_, now) in flags(listener.told[-1], service).items() if now) == marked
    opened = Service(service.session).shown.rows.rows
    assert sorted(row.path for row in opened if row.edited) == marked, "a page that loads now"
    tensors = [row.path for row in service.shown.rows.rows if row.path in marked and not row.layer]
    assert [p.path for p in service.session.select("edited")] == tensors
    event = service.changed(Update((), values=True, outside=True))
    assert (event.flags, event.rows, edited()) == ([], False, marked), "rows that are made anew"
    ask(service, wire.Undo())
    assert edited() == []
    assert sorted(flags(listener.told[-1], service)) == marked


def test_a_freeze_is_told_with_the_locks_of_the_layers() -> None:
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Sequential(torch.nn.Linear(2, 2)))
    service = Service(Session(net))
    ask(service, wire.GetTree(0, 100))
    ask(service, wire.SetTrainable(["0.weight"], False))
    event = service.changed(Update(("0.weight",), values=False, flags=True))
    assert flags(event, service) == {"0": ("mixed", False), "0.weight": ("frozen", False)}
    assert (event.header.frozen, event.header.trainable) == (4, 8)
    ask(service, wire.SetTrainable(["0"], False))
    event = service.changed(Update(("0.bias",), values=False, flags=True))
    assert flags(event, service) == {"0": ("frozen", False), "0.bias": ("frozen", False)}
    ask(service, wire.Undo())
    event = service.changed(Update(("0.bias",), values=False, flags=True))
    assert flags(event, service) == {"0": ("mixed", False), "0.bias": ("open", False)}
    ask(service, wire.SetTrainable(["1"], False))
    event = service.changed(Update(("1.0.weight", "1.0.bias"), values=False, flags=True))
    assert {path: lock for path, (lock, _) in flags(event, service).items()} == {
        "1": "frozen",
        "1.0": "frozen",
        "1.0.weight": "frozen",
        "1.0.bias": "frozen",
    }


def test_a_snapshot_is_told_without_saying_that_any_tensor_changed(service: Service) -> None:
    page = Listener(service)
    ask(service, wire.TakeSnapshot("now"))
    ask(service, wire.DropSnapshot("now"))
    ask(service, fill("half", "[0]", "3"))
    assert [(told.bare, told.paths) for told in page.told] == [(True, []), (True, []), (False, ["half"])]


def test_an_edit_is_told_under_all_names_of_the_memory(service: Service) -> None:
    page = Listener(service)
    ask(service, wire.Describe("two"))
    ask(service, fill("one", "[0, 0]", "3"))
    assert page.told[-1].paths == ["one", "two"]
    assert service.cell_ran() is None


def test_a_way_through_the_history_over_an_edit_and_a_freeze_tells_both() -> None:
    import torch

    session = Session(torch.nn.Sequential(torch.nn.Linear(2, 2)))
    service = Service(session)
    page = Listener(service)
    session.edit("0.weight", "w * 2")
    session.freeze("0.weight")
    session.goto(0)
    assert flags(page.told[-1], service) == {"0": ("open", False), "0.weight": ("open", False)}
    assert (page.told[-1].header.frozen, page.told[-1].header.trainable) == (0, 6)
    session.goto(2)
    assert flags(page.told[-1], service)["0.weight"] == ("frozen", True)
    assert page.told[-1].header.frozen == 4


def test_a_cell_that_changed_what_was_shown_is_noticed(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, wire.Describe("bad"))
    ask(service, wire.GetGlances(["half"]))
    assert service.cell_ran() is None
    arrays["bad"][3, 3] = 123
    arrays["scalar"][...] = 9
    event = service.cell_ran()
    assert event is not None
    assert (event.paths, event.outside, event.rows) == (["bad"], True, False)
    assert service.cell_ran() is None
    arrays["half"][0] = -arrays["half"][0]
    assert service.cell_ran().paths == ["half"]


def test_thumbnails_do_not_hide_a_change_of_the_tensor_on_the_screen() -> None:
    arrays = {f"t{i}": np.arange(4.0).reshape(2, 2) for i in range(200)}
    service = Service(Session(arrays))
    opening, _ = service.opening()
    assert opening.selected == "t0"
    ask(service, wire.GetGlances(list(arrays)))
    arrays["t0"] += 1
    arrays["t199"] += 1
    assert service.cell_ran().paths == ["t0", "t199"]
    arrays["t1"] += 1
    assert service.cell_ran() is None, "its thumbnail was driven out"


@pytest.mark.parametrize("kind", ["tile", "cells", "spectrum"])
def test_a_tensor_whose_values_are_still_read_stays_watched(kind: str) -> None:
    arrays = {f"t{i}": np.arange(4.0).reshape(2, 2) for i in range(100)}
    service = Service(Session(arrays))
    look: Any = wire.GetTile("t0", flat((2, 2)), Window(0, 2, 0, 2), 2, 2)
    if kind == "cells":
        look = wire.GetCells("t0", flat((2, 2)), Window(0, 2, 0, 2))
    if kind == "spectrum":
        look = wire.GetSpectrum("t0")
    ask(service, wire.Describe("t0"))
    for path in arrays:
        ask(service, wire.Describe(path))
        service.answer(look)
    arrays["t0"] += 1
    service.answer(look)
    assert service.cell_ran().paths == ["t0"], "its statistics are older than the values that were read last"


def test_a_thumbnail_made_anew_does_not_hide_that_the_description_is_old(
    service: Service, arrays: dict[str, Any]
) -> None:
    ask(service, wire.Describe("half"))
    arrays["half"][0] = 9
    ask(service, wire.GetGlances(["half"]))
    assert service.cell_ran().paths == ["half"]


@pytest.mark.parametrize("look", [wire.GetGlances(["half"]), wire.Describe("half")])
def test_a_write_while_a_tensor_is_read_for_the_page_is_noticed(
    service: Service, arrays: dict[str, Any], monkeypatch: pytest.MonkeyPatch, look: wire.Request
) -> None:
    """A cell that trains goes on while the page reads."""

    def overtaken(session: Session, p: Parameter) -> np.ndarray:
        values = sample(session, p)
        arrays["half"][0] = 9
        return values

    monkeypatch.setattr("paramwidget.service.describe.sample", overtaken)
    ask(service, look)
    assert arrays["half"][0] == 9
    assert service.cell_ran().paths == ["half"], "what is on the screen is of before"


def test_what_is_shown_while_a_cell_is_looked_at_does_not_disturb_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reads are answered on another thread, also right after a cell."""
    ask(service, wire.Describe("bad"))
    ask(service, wire.Describe("half"))
    digest, read, looking = watch._digest, threading.Event(), threading.Event()
    page = threading.Thread(target=ask, args=(service, wire.GetGlances(["one"])))

    def slow(session: Session, path: str) -> bytes:
        found = digest(session, path)
        if threading.current_thread() is page:
            read.set()
            looking.wait(0.2)
        else:
            looking.set()
            page.join(0.2)
        return found

    monkeypatch.setattr(watch, "_digest", slow)
    page.start()
    read.wait(5)
    assert service.cell_ran() is None
    page.join()
    assert service.shown._watch._shown() == {"bad", "half", "one"}


def test_an_edit_through_the_editor_is_not_taken_for_an_outside_change(service: Service) -> None:
    ask(service, wire.Describe("bad"))
    ask(service, fill("bad", "[0, 0]", "3"))
    service.changed(Update(("bad",), values=True))
    assert service.cell_ran() is None


def test_a_change_of_any_tensor_by_the_editor_is_no_outside_change(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, wire.Describe("half"))
    arrays["half"][0] = 9
    assert service.changed(Update((), values=True, flags=True)).paths == []
    assert service.cell_ran() is None


def test_a_cell_that_changed_the_structure_makes_the_page_read_the_tree_again(
    service: Service, arrays: dict[str, Any]
) -> None:
    total = ask(service, wire.GetTree(0, 100)).total
    ask(service, wire.Describe("half"))
    arrays["new"] = np.zeros(2)
    event = service.cell_ran()
    assert event is not None
    assert (event.rows, event.flags) == (True, [])
    assert ask(service, wire.GetTree(0, 100)).total == total + 1
    assert isinstance(ask(service, wire.Describe("new")), wire.Description)
    del arrays["half"]
    event = service.cell_ran()
    assert event is not None
    assert event.rows
    refused(service, wire.Describe("half"), "path", "half")


def test_a_tensor_that_got_another_shape_is_shown_with_it(service: Service, arrays: dict[str, Any]) -> None:
    ask(service, wire.Describe("half"))
    arrays["half"] = np.zeros((3, 3))
    event = service.cell_ran()
    assert event is not None
    assert event.rows
    assert ask(service, wire.Describe("half")).shape == [3, 3]


def test_a_change_of_very_many_tensors_is_told_in_a_small_message() -> None:
    arrays = {f"a{i}": np.zeros(2) for i in range(9000)}
    service = Service(Session(arrays))
    _ = service.shown.rows
    session = service.session
    session.apply([Edit(path, session.region(path), Assign(1.0)) for path in arrays])
    event = service.changed(Update(tuple(arrays), values=True))
    assert len(json.dumps(msgspec.to_builtins(event))) < 200_000
    assert event.paths == [], "any, since some names alone would leave the others as they were shown"
    paths = tuple(arrays)[: wire.MAX_PATHS]
    assert service.changed(Update(paths, values=True)).paths == list(paths)


# ---------------------------------------------------------------- opening and size


def test_a_second_editor_shows_what_the_cell_before_it_added(arrays: dict[str, Any]) -> None:
    session = Session(arrays)
    Service(session).opening()
    arrays["new"] = np.zeros(2)
    assert "new" in [row.path for row in Service(session).opening()[0].tree.rows]


def test_the_opening_shows_the_first_matrix_or_what_was_selected(service: Service) -> None:
    opening, buffers = service.opening()
    assert (opening.version, opening.selected) == (wire.VERSION, "bad")
    assert opening.description is not None
    assert opening.tile is not None
    assert len(buffers) == 3
    assert opening.tree.rows == ask(service, wire.GetTree(0, 100)).rows
    assert service.opening("half")[0].selected == "half"
    assert service.opening("gone")[0].selected == "bad"
    json.dumps(msgspec.to_builtins(opening), allow_nan=False)


@pytest.mark.parametrize(
    "arrays",
    [{}, {"a": {}}, {"a": np.zeros((0, 2))}, {"a": np.array(["x"])}, {"a": np.array(1.0)}, {"a": np.zeros(3)}],
)
def test_models_with_nothing_to_draw_open_too(arrays: dict[str, Any]) -> None:
    opening, _ = Service(Session(arrays)).opening()
    assert opening.tree.total == len(opening.tree.rows)
    json.dumps(msgspec.to_builtins(opening), allow_nan=False)


def test_a_hundred_thousand_tensors_open_within_a_hundred_kilobytes() -> None:
    shared = np.zeros(3, dtype=np.float32)
    arrays = {
        f"model.layers.{i}": {f"attention.projection_{j}.weight_with_a_long_name": shared for j in range(100)}
        for i in range(1000)
    }
    service = Service(Session(arrays))
    opening, buffers = service.opening()
    assert len(msgspec.json.encode(opening)) + sum(map(len, buffers)) <= 100_000
    assert opening.tree.total == 101_000
    part = ask(service, wire.GetTree(90_000, 2000))
    assert len(part.rows) == 2000


def test_names_of_four_thousand_characters_open_within_a_hundred_kilobytes() -> None:
    arrays = {"é" * 2000 + str(i): np.zeros(1) for i in range(300)}
    opening, buffers = Service(Session(arrays)).opening()
    assert len(msgspec.json.encode(opening)) + sum(map(len, buffers)) <= 100_000


@pytest.mark.parametrize(
    "window",
    [Window(0, 4096, 0, 4096), Window(1, 4096, 0, 4095), Window(0, 700, 0, 700), Window(0, 1, 0, 4096)],
)
@pytest.mark.parametrize(("height", "width"), [(512, 512), (700, 300), (4096, 4096), (1, 4096), (1, 1)])
def test_a_tile_of_a_large_matrix_is_at_most_a_mebibyte(window: Window, height: int, width: int) -> None:
    values = np.broadcast_to(np.arange(4096, dtype=np.float32), (4096, 4096))
    service = Service(Session({"a": values}))
    reply = ask(service, wire.GetTile("a", Plane(0, 1, [0, 0]), window, height, width))
    assert isinstance(reply, wire.Tile), reply


def test_a_very_large_tensor_is_sampled_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramwidget.service.describe.MAX_EXACT", 1000)
    monkeypatch.setattr("paramwidget.views.heatmap.MAX_READ", 1000)
    values = np.random.default_rng(0).normal(size=(300, 200))
    service = Service(Session({"a": values}))
    assert ask(service, wire.Describe("a")).summary.sampled > 1
    tile = ask(service, wire.GetTile("a", Plane(0, 1, [0, 0]), Window(0, 300, 0, 200), 3, 200))
    assert tile.sampled == min(60, tile.step_row)
    assert tile.height == 3


def test_a_sampled_tile_covers_the_window_without_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramwidget.views.heatmap.MAX_READ", 1000)
    for rows in (100, 101, 137, 299):
        values = np.repeat(np.arange(rows, dtype=np.float64)[:, None], 30, axis=1)
        service = Service(Session({"a": values}))
        for height in (1, 7, 50, 99):
            reply, buffers = service.answer(wire.GetTile("a", Plane(0, 1, [0, 0]), Window(0, rows, 0, 30), height, 30))
            assert isinstance(reply, wire.Tile)
            drawn = np.frombuffer(buffers[0], "<f4").reshape(reply.height, reply.width)[:, 0]
            assert reply.height <= height
            assert reply.height * reply.step_row >= rows > (reply.height - 1) * reply.step_row
            for i, value in enumerate(drawn):
                assert i * reply.step_row <= value < (i + 1) * reply.step_row


def test_statistics_of_the_whole_are_those_of_numpy() -> None:
    values = np.random.default_rng(0).normal(size=(300, 200)).astype(np.float32)
    summary = ask(Service(Session({"a": values})), wire.Describe("a")).summary
    assert summary.l2 == pytest.approx(float(np.linalg.norm(values.astype(float))), rel=1e-12)
    assert summary.std == pytest.approx(Summary.of(values).std, rel=1e-12)


# ---------------------------------------------------------------- axes that hold what is there


@pytest.mark.parametrize("value", [0.1, 0.2, 0.3, 0.6, 0.7, 1.1, -0.1, 1e-8, 3e4, 1.0, 0.0])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_values_of_a_constant_tensor_are_in_its_histogram(value: float, dtype: type) -> None:
    service = Service(Session({"w": np.full(7, value, dtype)}))
    reply = ask(service, wire.Describe("w"))
    counted = reply.histogram
    assert (sum(counted.counts), counted.under, counted.over) == (7, 0, 0)
    assert (counted.low, counted.high) == (-reply.domain, reply.domain)


@pytest.mark.parametrize(
    ("values", "l2"), [([np.nan, np.inf], "NaN"), ([np.nan, -np.inf, np.nan], "NaN"), ([3.0, 4.0], 5.0), ([0.0], 0.0)]
)
def test_the_norm_of_no_finite_value_is_none(values: list[float], l2: Any) -> None:
    service = Service(Session({"w": np.array(values)}))
    assert ask(service, wire.Describe("w")).summary.l2 == l2
