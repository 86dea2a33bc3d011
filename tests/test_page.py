from __future__ import annotations

import base64
import os
import re
import struct
import threading
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import keras
import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import paramwidget as pw
from paramwidget.errors import ParamwidgetError, PathError, QueryError, ValueRefusedError
from paramwidget.page import colours, document, png, summary, text, write
from paramwidget.page.outline import outline
from paramwidget.tree import Totals

VOID = {"meta", "img", "br", "input"}
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "\"' onmouseover='alert(1)' x=\"",
    "a\u202eb\u2066c\nd\te\x00f",
    "&lt;b&gt; ]]> <!-- -->",
    "",
    "   ",
    "\ud800 lone",
    "long" * 2000,
]


class Parsed(HTMLParser):
    """A page taken apart: it fails where an element is not closed, or closed by another."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.script = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.script += data
        elif not (self.open and self.open[-1] == "style"):
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a page has no comments")

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @property
    def pictures(self) -> list[str]:
        return [attributes["src"] for tag, attributes in self.elements if tag == "img"]


def decoded(address: str) -> np.ndarray:
    """The pixels of a PNG as RGB, by the specification and without the module under test; transparent ones are -1."""
    file = base64.b64decode(address.removeprefix("data:image/png;base64,"), validate=True)
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(file):
        (length,) = struct.unpack(">I", file[at : at + 4])
        kind, data = file[at + 4 : at + 8], file[at + 8 : at + 8 + length]
        assert struct.unpack(">I", file[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + data),)
        chunks[kind] = data
        at += 12 + length
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert rest == [8, 3, 0, 0, 0]
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not lines[:, 0].any()
    palette = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3).astype(int)
    palette[: len(chunks[b"tRNS"])][np.frombuffer(chunks[b"tRNS"], np.uint8) == 0] = -1
    pixels: np.ndarray = palette[lines[:, 1:]]
    return pixels


def check_inert(page: str, parsed: Parsed) -> None:
    """Nothing is loaded from anywhere, and nothing but the page's own script runs."""
    assert not re.search(r"(https?:|//|@import|url\()", re.sub(r"base64,[A-Za-z0-9+/=]*", "", _without_script(page)))
    for tag, attributes in parsed.elements:
        assert tag not in {"iframe", "object", "embed", "link", "base", "form"}
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("href", "#").startswith("#")
        assert attributes.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")
    shown = _without_script(page).replace("\n", "")
    assert not [char for char in shown if text._is_unseen(char)]


def _without_script(page: str) -> str:
    return re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


def net() -> torch.nn.Module:
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Flatten(), torch.nn.Linear(36, 5)
    )
    for p in model[0].parameters():
        p.requires_grad_(False)
    return model


def keras_model() -> keras.Model:
    model = keras.Sequential([keras.layers.Input((6,)), keras.layers.Dense(4, name="first"), keras.layers.Dense(2)])
    model.get_layer("first").trainable = False
    return model


def odd_models() -> dict[str, Any]:
    with torch.device("meta"):
        meta = torch.nn.Linear(3, 4)
    unbuilt = keras.Sequential([keras.layers.Dense(3)])
    return {
        "torch": net(),
        "keras": keras_model(),
        "dict": {"w": np.arange(6.0).reshape(2, 3)},
        "nothing": {},
        "empty": {"a": np.zeros((0, 3)), "b": np.zeros((3, 0, 2))},
        "scalar": {"x": np.array(2.5, np.float32)},
        "not finite": {"w": np.full((3, 3), np.nan), "v": np.full(4, -np.inf)},
        "huge values": {"w": np.array([[1e300, -1e300], [1e-300, 0.0]]), "tiny": np.full(5, 5e-324)},
        "objects": {"o": np.array([object()], dtype=object), "w": np.ones(2)},
        "types": {
            **{n: np.ones((3, 2), getattr(ml_dtypes, n)) for n in ("bfloat16", "float8_e4m3fn", "int4")},
            **{n: np.ones((3, 2), n) for n in ("bool", "int64", "uint8", "complex64", "float16")},
        },
        "high rank": {"w": np.ones((1,) * 20 + (3, 2))},
        "long rows": {"w": np.ones((1, 100_000), np.float32), "v": np.ones((100_000, 1), np.float32)},
        "meta": meta,
        "lazy": torch.nn.LazyLinear(3),
        "unbuilt": unbuilt,
    }


# ---------------------------------------------------------------------- parts


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("conv1/kernel", "conv1/kernel"),
        ("a\u202eb", r"a\u202eb"),
        ("a\nb\x00", r"a\u000ab\u0000"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("\u0646\u200c\u0645", "\u0646\u200c\u0645"),
        ("", "‹empty›"),
        ("  ", "␣␣"),
    ],
)
def test_what_cannot_be_seen_in_a_name_is_written_out(name: str, says: str) -> None:
    assert text.shown(name) == says


@given(st.text(max_size=80), st.integers(8, 60))
@settings(max_examples=60)
def test_a_name_is_inert_short_and_can_be_encoded(name: str, most: int) -> None:
    written = text.html(name, most)
    assert not set(written) & set("<>\"'\n\r\u202e")
    assert len(text.shown(name, most)) <= max(most, 7)
    written.encode()


@pytest.mark.parametrize(
    ("value", "says"),
    [(0.5, "0.5000"), (-12.345, "−12.35"), (1e-4, "1.0e−4"), (123456.0, "1.23e5"), (float("nan"), "NaN"), (0, "0")],
)
def test_numbers_read_as_in_the_editor(value: float, says: str) -> None:
    assert text.number(value) == says


def test_counts_and_shares_never_round_to_what_is_not_true() -> None:
    assert [text.count(n) for n in (999_999, 1_234_567, 12_345_678, 999_900_000)] == [
        "999,999",
        "1.23 M",
        "12.3 M",
        "1.00 G",
    ]
    assert [text.percent(x) for x in (0.9997, 0.0001, 1, 0)] == [">99.9%", "<0.1%", "100.0%", "0.0%"]
    assert [text.memory(n) for n in (1023, 1536, 463_872)] == ["1023 B", "1.5 KiB", "453 KiB"]


def test_the_colours_are_those_of_the_editor() -> None:
    light, dark = colours.palette(), colours.palette(dark=True)
    # what js/src/plots/colormap.ts gives for -1, 0 and 1
    ends = [colours.ZERO - colours.STEPS, colours.ZERO, colours.ZERO + colours.STEPS]
    assert light[ends].tolist() == [[144, 32, 27], [244, 244, 244], [5, 79, 150]]
    assert dark[ends].tolist() == [[255, 162, 136], [42, 42, 42], [125, 196, 255]]


def test_values_find_their_colours() -> None:
    found = colours.indices(np.array([-9, -1, -0.5, 0, 0.5, 1, np.nan, np.inf, -np.inf]), 1.0)
    zero, steps, grey = colours.ZERO, colours.STEPS, colours.GREY
    assert found.tolist() == [zero - steps, zero - steps, zero - 63, zero, zero + 63, zero + steps, grey, grey, grey]


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=9)))
@settings(max_examples=30)
def test_a_png_holds_its_pixels(pixels: np.ndarray) -> None:
    found = decoded(png.data_uri(png.encode(pixels, colours.palette())))
    wanted = colours.palette().astype(int)[pixels]
    wanted[pixels == colours.GAP] = -1
    assert (found == wanted).all()


def test_the_palette_of_a_file_can_be_replaced_in_its_text() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(8, 32)
    light, dark = (png.encode(pixels, colours.palette(theme)) for theme in (False, True))
    address, chunk = png.data_uri(light), base64.b64encode(png.palette_chunk(colours.palette(dark=True))).decode()
    start = address.index(",") + 1 + png.PALETTE_AT // 3 * 4
    assert address[:start] + chunk + address[start + len(chunk) :] == png.data_uri(dark)


def test_the_outline_adds_up() -> None:
    model = net()
    root = pw.Session(model).tree
    lines = outline(root)
    assert [line.item.path for line in lines if isinstance(line.item, pw.tree.Parameter)] == [
        p.path for p in root.walk()
    ]
    for line in lines:
        if isinstance(line.item, pw.tree.Node):
            assert line.count == line.item.count
            assert line.lock == line.item.lock
            assert line.tensors == len(list(line.item.walk()))
    totals = Totals.of(root)
    assert totals.values == sum(p.numel() for p in model.parameters())
    assert (totals.frozen, totals.buffers, totals.layers) == (40, 9, 4)


# ---------------------------------------------------------------------- the summary of a notebook


@pytest.mark.parametrize("name", odd_models())
def test_any_model_has_a_summary_and_a_page(name: str) -> None:
    session = pw.Session(odd_models()[name])
    for page in (summary(session), document(session)):
        check_inert(page, Parsed(page))
        for address in Parsed(page).pictures:
            assert max(decoded(address).shape) <= 512


def test_the_summary_says_what_the_model_is() -> None:
    session = pw.Session(net(), title="digits")
    session["3.weight"][0, 0] = 2.0
    page = summary(session, "3.weight")
    parsed = Parsed(page)
    assert {"script", "style", "link"}.isdisjoint(parsed.tags)
    words = parsed.words
    assert "digits PyTorch 233 values" in words
    assert "82.8% trainable · 17.2% frozen · 9 tensors · 4 layers" in words
    assert "0 Conv2d 40 frozen weight 4×1×3×3 36 frozen" in words
    assert "3.weight 5×36 float32" in words
    assert "1 edit 3.weight [0, 0] set to 2.0" in words
    assert words.endswith("Run the cell again to edit it.")
    assert len(page.encode()) < 40_000


def test_a_summary_of_keras_names_its_layers() -> None:
    words = Parsed(summary(pw.Session(keras_model()))).words
    assert "Keras" in words
    assert "first Dense 28 frozen kernel 6×4 24 frozen" in words


def test_names_are_nothing_but_text() -> None:
    session = pw.Session({name: np.ones((2, 2)) for name in HOSTILE}, title=HOSTILE[1])
    session.edit([HOSTILE[0]], "w * 2")
    first, page = summary(session, HOSTILE[0]), document(session)
    for one in (first, page):
        parsed = Parsed(one)
        check_inert(one, parsed)
        assert HOSTILE[0] in parsed.words
        assert r"a\u202eb\u2066c\u000ad\u0009e\u0000f" in parsed.words
        one.encode()
    assert "script" not in Parsed(first).tags
    assert page.count("<script") == 1
    assert len(first.encode()) < 40_000


def test_a_summary_stays_small_whatever_the_names_are() -> None:
    noise = np.random.default_rng(0).normal(size=(400, 400))
    session = pw.Session({f"\"'{i}" + "'\u202e" * 100: noise for i in range(200)})
    for i in range(8):
        session.edit([next(iter(session.tree.index))], f"w * {i + 2}")
    page = summary(session, width=400)
    assert len(page.encode()) < 40_000
    assert re.search(r"… and 1\d\d more tensors", Parsed(page).words)
    assert max(len(address) for address in Parsed(page).pictures) <= 15_000


def test_deep_and_long_models_are_cut_and_it_is_said() -> None:
    deep: Any = np.ones(2)
    for _ in range(70):
        deep = {"inner": deep}
    words = Parsed(summary(pw.Session({"a": deep}))).words
    assert words.count("inner dict") == 59
    assert "1 tensor 2" in words
    blocks = torch.nn.Sequential(*[torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU()) for _ in range(50)])
    words = Parsed(summary(pw.Session(blocks))).words
    assert "49 Sequential 2 tensors 6 trainable" in words
    assert "Linear" not in words
    many = torch.nn.Sequential(*[torch.nn.ReLU() for _ in range(200)])
    assert "… and 140 more layers" in Parsed(summary(pw.Session(many))).words


def test_no_value_is_read_but_of_the_selected_tensor(monkeypatch: pytest.MonkeyPatch) -> None:
    session = pw.Session({f"w{i}": np.ones((3, 3)) for i in range(5_000)})
    read: set[str] = set()
    original = type(session.adapter).read

    def noting(self: Any, path: str, region: Any) -> np.ndarray:
        read.add(path)
        values: np.ndarray = original(self, path, region)
        return values

    monkeypatch.setattr(type(session.adapter), "read", noting)
    summary(session, "w7")
    assert read == {"w7"}
    summary(session, "no such tensor")
    assert read == {"w7", "w0"}


def test_a_tensor_that_fails_is_said_and_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    session = pw.Session({"w": np.ones((3, 3))})

    def broken(self: Any, path: str, region: Any) -> np.ndarray:
        raise RuntimeError("storage is gone <b>")

    monkeypatch.setattr(type(session.adapter), "read", broken)
    assert "There is no picture: it could not be read (RuntimeError)." in Parsed(summary(session, "w")).words
    words = Parsed(document(session)).words
    assert "Its values are not shown: it could not be read (RuntimeError)." in words
    assert "The model could not be examined (RuntimeError)." in words


def test_a_closed_session_still_has_a_summary() -> None:
    session = pw.Session({"w": np.ones(3)})
    session.close()
    assert "Run the cell again" in Parsed(summary(session)).words
    with pytest.raises(ParamwidgetError):
        document(session)


def test_why_there_is_no_picture() -> None:
    models = odd_models()
    assert "There is no picture: it lies on the meta device" in Parsed(summary(pw.Session(models["meta"]))).words
    assert "There is no picture: it is empty." in Parsed(summary(pw.Session(models["empty"]))).words
    assert "x scalar float32 2.5" in Parsed(summary(pw.Session(models["scalar"]))).words
    assert "There are no layers and no tensors." in Parsed(summary(pw.Session({}))).words


# ---------------------------------------------------------------------- pictures


def test_a_picture_has_the_colours_of_the_values() -> None:
    values = np.array([[-1.0, 0.0, 1.0], [0.5, np.nan, np.inf]])
    (address,) = Parsed(summary(pw.Session({"w": values}))).pictures
    pixels = decoded(address)
    cell = (pixels.shape[0] + 1) // 2
    assert pixels.shape == (2 * cell - 1, 3 * cell - 1, 3)
    corner = pixels[1::cell, 1::cell]
    palette = colours.palette()
    wanted = [[colours.ZERO - 126, colours.ZERO, colours.ZERO + 126], [colours.ZERO + 63, colours.GREY, colours.GREY]]
    assert (corner == palette[np.array(wanted)]).all()
    assert (pixels[cell - 1] == -1).all()
    ink = (pixels == palette[colours.INK]).all(axis=-1)
    marked = [[ink[i * cell : (i + 1) * cell, j * cell : (j + 1) * cell].any() for j in range(3)] for i in range(2)]
    assert marked == [[False, False, False], [False, True, True]]


def test_a_block_shows_its_largest_magnitude() -> None:
    values = np.zeros((2000, 2000), np.float32)
    values[1111, 1999] = -3
    values[5, 5] = np.nan
    page = document(pw.Session({"w": values}))
    parsed = Parsed(page)
    assert "one cell covers 4 × 4 values and shows the largest magnitude" in parsed.words
    pixels = decoded(parsed.pictures[0])
    palette = colours.palette().astype(int)
    assert pixels.shape == (500, 500, 3)
    assert np.argwhere((pixels == palette[colours.ZERO - 126]).all(axis=-1)).tolist() == [[277, 499]]
    assert np.argwhere((pixels == palette[colours.GREY]).all(axis=-1)).tolist() == [[1, 1]]


def test_of_a_very_large_tensor_a_part_is_read_and_it_is_said() -> None:
    one = np.ones(1, np.float32)
    model = {
        "w": np.lib.stride_tricks.as_strided(one, (12_000, 10_000), (0, 0), writeable=False),
        "v": np.lib.stride_tricks.as_strided(one.copy(), (30_000_000,), (0,), writeable=False),
    }
    session = pw.Session(model)
    assert "one row in 29 was read" in Parsed(summary(session, "w")).words
    assert "one column in 8 was read" in Parsed(summary(session, "v")).words


def test_the_plane_of_a_kernel_is_named() -> None:
    words = Parsed(document(pw.Session({"w": np.ones((3, 3, 16, 32), np.float32)}))).words
    assert "[1, 1, :, :]" in words


# ---------------------------------------------------------------------- the offline page


def test_the_page_lets_nothing_in_and_runs_its_own_script_only() -> None:
    page = document(pw.Session(net()))
    parsed = Parsed(page)
    check_inert(page, parsed)
    (policy,) = [a["content"] for tag, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'")
    assert "innerHTML" not in parsed.script
    assert "fetch" not in parsed.script


def test_the_page_shows_statistics_history_and_findings() -> None:
    session = pw.Session(net(), title="digits")
    session["3.bias"][1] = float("nan")
    session.freeze("3.weight")
    words = Parsed(document(session)).words
    w = session["3.weight"].summary()
    assert f"max {text.number(w.max)} mean {text.number(w.mean)} std {text.number(w.std)}" in words
    assert "9 of 9 tensors in full" in words
    assert "Findings 1 1 NaN in 3.bias" in words
    assert "History 2 3.bias [1] set to nan 1 value" in words
    assert re.search(r"freeze 3\.weight \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", words)


def test_the_page_shows_how_the_goals_of_a_lesson_stand() -> None:
    session = pw.Session({"w": np.ones(3)})
    goals = [("Reach it", True, ""), ("Go on", False, "w is 1"), ("Be calm", False, "not yet"), ("Wait", None, "")]
    parsed = Parsed(document(session, goals=goals))
    assert "Goals 1 of 4 Reach it met Go on not yet w is 1 Be calm not yet Wait not checked" in parsed.words
    assert [a.get("class", "") for a in (a for tag, a in parsed.elements if tag == "li")][-4:] == ["met", "", "", ""]
    assert "Goals" not in Parsed(document(session)).words


def test_goals_are_nothing_but_text_and_not_without_end() -> None:
    goals = [*((name, None, name) for name in HOSTILE), *(("more", True, "") for _ in range(100))]
    page = document(pw.Session({"w": np.ones(3)}), goals=goals)
    parsed = Parsed(page)
    check_inert(page, parsed)
    assert f"… and {len(HOSTILE)} more" in parsed.words


def test_what_is_tried_out_is_said() -> None:
    session = pw.Session({"w": np.ones(3)})
    with session.preview("w") as preview:
        preview.apply("w * 3")
        assert "Being tried out, and in these values: " in Parsed(document(session)).words
    assert "tried out" not in Parsed(document(session)).words


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        ("3.weight", ["3.weight"]),
        (["3", "0.bias"], ["0.bias", "3.weight", "3.bias"]),
        ("*bias", ["0.bias", "1.bias", "3.bias"]),
        ("frozen", ["0.weight", "0.bias"]),
    ],
)
def test_tensors_are_chosen_by_paths_globs_and_filters(paths: str | list[str], shown: list[str]) -> None:
    page = document(pw.Session(net()), paths)
    assert [
        "".join(re.findall(r"<bdi[^>]*>(.*?)</bdi>", title)) for title in re.findall(r'<h2 id="h\d+">(.*?)</h2>', page)
    ] == shown


def test_the_largest_weights_are_shown_by_themselves() -> None:
    model = {f"w{i:02d}": np.ones((i + 1, 2)) for i in range(60)}
    page = document(pw.Session(model))
    assert "40 of 60 tensors in full" in Parsed(page).words
    assert page.count('<section class="card"') == 40
    assert ">w20</bdi></h2>" in page
    assert ">w19</bdi></h2>" not in page


def test_the_plots_are_those_that_are_wanted() -> None:
    session = pw.Session(net())
    both, none = Parsed(document(session)), Parsed(document(session, plots=()))
    assert {"svg", "img"} <= both.tags
    assert not {"svg", "img"} & none.tags
    assert "svg" not in Parsed(document(session, plots=["heatmap"])).tags
    with pytest.raises(ValueRefusedError, match="no plot of kind 'spectrum'; take some of heatmap, histogram"):
        document(session, plots=["spectrum"])


@pytest.mark.parametrize(
    ("paths", "error"), [("nothing*", PathError), ("dtype:x", QueryError), ([""], QueryError), (5, QueryError)]
)
def test_a_name_that_means_nothing_is_refused(paths: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        document(pw.Session(net()), paths)


def test_a_large_model_keeps_to_the_size_of_a_page() -> None:
    noise = np.random.default_rng(0).normal(size=(300, 400)).astype(np.float32)
    session = pw.Session({f"{i:05d}" + "'" * 200: noise.copy() if i < 40 else np.ones(1) for i in range(5_001)})
    page = document(session)
    assert len(page.encode()) < 5_000_000
    parsed = Parsed(page)
    assert len(parsed.pictures) == 40
    assert re.search(r"… and [\d,]+ more rows, too many for a page", parsed.words)
    assert "The model is too large to be examined" in parsed.words


def test_statistics_of_a_part_say_so() -> None:
    session = pw.Session({"w": np.ones((70_000, 1_000), np.uint8)})
    words = Parsed(document(session, plots=())).words
    assert "One value in 2 was read." in words
    assert "min ≤ 1 max ≥ 1 mean ≈ 1.000" in words


# ---------------------------------------------------------------------- the file


def test_a_page_is_written_whole(tmp_path: Path) -> None:
    session = pw.Session(net())
    target = tmp_path / "model.html"
    target.write_text("old")
    assert write(session, str(target), "3.bias") == target
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert os.listdir(tmp_path) == ["model.html"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "model.html"
    target.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ValueRefusedError, match=r"could not be written \(No space left on device\)"):
        write(pw.Session(net()), target)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["model.html"]


def test_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    session = pw.Session(net())
    with pytest.raises(ValueRefusedError, match=r"there is no folder .*; make it first"):
        write(session, tmp_path / "no" / "model.html")
    with pytest.raises(ValueRefusedError, match="is a folder; give the path of a file in it"):
        write(session, tmp_path)


def test_a_page_is_made_on_any_thread() -> None:
    session = pw.Session(net())
    pages: list[str] = []
    thread = threading.Thread(target=lambda: pages.append(document(session)))
    thread.start()
    thread.join()
    assert "in full" in pages[0]
