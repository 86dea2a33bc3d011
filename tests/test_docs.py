"""The guide is true: its code runs and prints what is written, its links lead somewhere, and nothing is left out."""

from __future__ import annotations

import ast
import contextlib
import io
import itertools
import os
import re
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reference

import paramwidget as pw
from paramwidget import notices, tree
from paramwidget.expression.operations import CONSTANTS, DRAWS, FUNCTIONS
from paramwidget.tree import filters

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
GUIDE = "\n".join(path.read_text("utf-8") for path in sorted((DOCS / "guide").glob("*.md")))
ERRORS = [name for name, kind in vars(pw.errors).items() if isinstance(kind, type) and issubclass(kind, Exception)]
PRESUPPOSED = {"README.md": "keras"}
"""Pages that say nothing of the model that they begin with."""

_BLOCK = re.compile(r"^```(?P<language>\S*)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SETUP = re.compile(r"<!-- setup: (\S+) -->")
_LINK = re.compile(r"\]\((?P<link>[^)\s]+)\)|<img src=\"(?P<picture>[^\"]+)\"")


def arrays() -> dict[str, Any]:
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * 0.1).astype(np.float32)

    model = {
        "conv1": {"kernel": draw(3, 3, 1, 8), "bias": np.zeros(8, np.float32)},
        "head": {"kernel": draw(8, 4), "bias": np.zeros(4, np.float16)},
    }
    return {"model": model, "accuracy": lambda m: float(abs(m["head"]["kernel"]).mean())}


def torch() -> dict[str, Any]:
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential()
    model.add_module("conv1", torch.nn.Conv2d(1, 8, 3))
    model.add_module("bn1", torch.nn.BatchNorm2d(8))
    model.add_module("flatten", torch.nn.Flatten())
    model.add_module("head", torch.nn.Linear(8 * 36, 4))
    images, labels = torch.randn(32, 1, 8, 8), torch.randint(0, 4, (32,))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

    def train(steps: int = 1) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            loss: Any = torch.nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()

    def accuracy(model: Any) -> float:
        model.eval()
        with torch.no_grad():
            return float((model(images).argmax(1) == labels).float().mean())

    return {
        "torch": torch, "model": model, "optimizer": optimizer, "train": train, "accuracy": accuracy,
        "images": images, "labels": labels,
    }  # fmt: skip


def keras() -> dict[str, Any]:
    import keras

    class Network(keras.Sequential):  # type: ignore[misc]
        def evaluate(self, *data: Any, **options: Any) -> Any:  # the README writes `model.evaluate(...)`
            return None if data == (...,) else super().evaluate(*data, **options)

    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = Network(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(8, 3, name="conv1"),
            layers.BatchNormalization(name="bn1"),
            layers.Flatten(name="flatten"),
            layers.Dense(4, name="head"),
        ],
        name="digits",
    )
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rng = np.random.default_rng(0)
    images, labels = rng.standard_normal((32, 8, 8, 1)).astype(np.float32), rng.integers(0, 4, 32)

    def accuracy(model: Any) -> float:
        return float((np.argmax(model(images, training=False), 1) == labels).mean())

    return {"keras": keras, "model": model, "accuracy": accuracy, "images": images, "labels": labels}


SETUPS = {"arrays": arrays, "torch": torch, "keras": keras}


def blocks(page: Path) -> list[tuple[int, str, str]]:
    """Line, language and text of each block of code."""
    text = page.read_text("utf-8")
    return [
        (text.count("\n", 0, found.start()) + 1, found["language"], found["text"]) for found in _BLOCK.finditer(text)
    ]


def run(code: str, file: str, line: int, names: dict[str, Any]) -> str:
    """Run a block as a notebook's cell; returns what it prints and shows."""
    parsed = ast.parse("\n" * line + code, file)  # errors name the line of the page
    last = parsed.body.pop() if isinstance(parsed.body[-1], ast.Expr) else None
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(compile(parsed, file, "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), file, "eval"), names)
            if value is not None:
                print(repr(value))
    return shown.getvalue()


def title(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture
def names(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a page begins with. Pages save files, so they run in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    setup = PRESUPPOSED.get(page.name) or _SETUP.findall(page.read_text("utf-8"))[0]
    return {"np": np, "pw": pw, **SETUPS[setup]()}


@pytest.mark.parametrize("page", [p for p in PAGES if "```python" in p.read_text("utf-8")], ids=title)
def test_the_code_of_a_page_runs_and_prints_what_is_written(page: Path, names: dict[str, Any]) -> None:
    found = blocks(page)
    for (line, language, code), (_, following, expected) in itertools.pairwise([*found, (0, "", "")]):
        if language == "python":
            shown = run(code, title(page), line, names)
            if following == "output":
                assert shown.strip() == expected.strip(), f"{title(page)}, line {line}"


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_blocks_say_what_they_are(page: Path) -> None:
    known = {"python", "output", "text", "python-session"} | ({"", "bash"} if page.name == "README.md" else set())
    languages = [language for _, language, _ in blocks(page)]
    assert set(languages) <= known
    after_code = [before for before, after in itertools.pairwise(languages) if after == "output"]
    assert set(after_code) <= {"python"}, "what is printed stands below the code that prints it"


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_links_and_pictures_are_there(page: Path) -> None:
    links = [found["link"] or found["picture"] for found in _LINK.finditer(_BLOCK.sub("", page.read_text("utf-8")))]
    local = [link.partition("#")[0] for link in links if not link.startswith(("http://", "https://", "#"))]
    missing = [link for link in local if not (page.parent / link).exists()]
    assert missing == []


def test_every_operation_is_in_the_guide() -> None:
    names = [kind.__name__ for kind in typing.get_args(pw.edits.Act)] + ["Assign"]
    assert [name for name in names if not re.search(rf"\bedits\.{name}\b", GUIDE)] == []


def test_every_operation_and_error_is_in_the_reference() -> None:
    reference = "\n".join(path.read_text("utf-8") for path in sorted((DOCS / "reference").glob("*.md")))
    operations = [f"{kind.__module__}.{kind.__name__}" for kind in typing.get_args(pw.edits.Act)]
    errors = [f"paramwidget.errors.{name}" for name in ERRORS]
    assert [name for name in (*operations, *errors) if f"::: {name}\n" not in reference] == []


def test_every_public_name_in_the_reference_has_a_docstring() -> None:
    """What has none is left out of the pages, or stands there without a word."""
    shown = reference.entries(DOCS / "reference")
    bare = [entry.path for entry in shown if not entry.object.__doc__]
    bare += [f"{entry.path}.{name}" for entry in shown for name, said in entry.members().items() if not said]
    assert len(shown) > 90
    assert bare == []


def test_whatever_one_gets_from_the_package_is_in_the_reference() -> None:
    shown = reference.entries(DOCS / "reference")
    documented = {entry.path.rpartition(".")[2] for entry in shown}
    documented |= {name for entry in shown for name in entry.members() if not isinstance(entry.object, type)}
    given = {name for entry in shown for name in re.findall(r"\w+", entry.given())}
    assert {"Session", "ParamEditor", "compare", "edit"} <= documented
    others = {"Figure", "Index"}  # matplotlib's, and that of NumPy, whose names are those of classes here
    assert sorted(given & reference.classes(ROOT / "paramwidget") - documented - others) == []


def test_what_the_reference_shows_is_read_from_the_source() -> None:
    class Shown:
        """A class."""

        said: int = 0
        """A field."""
        bare: int = 1
        first, second = 1, 2

        def __init__(self) -> None:
            local = 3
            with contextlib.suppress(ValueError):
                self.deep = local
                """An attribute."""
            self.a, self._b = local, local

        def method(self) -> int:
            return 0

        @property
        def told(self) -> int:
            """A property."""
            return 0

    found = {name: said for name, said in reference.of_class(Shown).items() if not name.startswith("_")}
    assert found == {
        "said": True, "bare": False, "first": False, "second": False, "deep": True, "a": False, "method": False, "told": True
    }  # fmt: skip


def test_every_word_of_the_filter_is_in_the_guide() -> None:
    session = pw.Session({"w": np.zeros(2, np.float32)})
    documented = re.findall(r"`([^`]+)`", (tree.select.__doc__ or "").partition("Words:")[2].partition("Raises")[0])
    words = {*filters._WORDS, *session._facts(), "dtype:", "rank:"}
    for word in words:
        session.select({"dtype:": "dtype:f32", "rank:": "rank:1"}.get(word, word))  # it is a word
    page = (DOCS / "guide" / "look.md").read_text("utf-8")
    assert [word for word in sorted(words) if f"`{word}" not in page] == []
    assert [word for word in documented if word.startswith(("<", ">")) and f"`{word[0]}" not in page] == []


def test_all_of_the_expression_language_is_in_the_guide() -> None:
    page = _BLOCK.sub("", (DOCS / "guide" / "expressions.md").read_text("utf-8"))
    code = set(re.findall(r"[A-Za-z_]\w*", " ".join(re.findall(r"`([^`]+)`", page))))
    assert sorted({*FUNCTIONS, *DRAWS, *CONSTANTS, "w", "i0", "and", "or", "not"} - code) == []


def test_every_error_and_notice_is_in_the_guide() -> None:
    assert [name for name in ERRORS if f"`{name}`" not in GUIDE] == []
    assert [code for code in notices.SENTENCES if f"`{code}`" not in GUIDE] == []
    assert [code for code in notices.REASONS if f"`{code}`" not in GUIDE] == []


def test_the_sentences_that_are_explained_are_those_of_the_package() -> None:
    source = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "paramwidget").rglob("*.py")))
    source = re.sub(r'"\s*\n\s*f?"', "", source)  # texts that go on in the next line
    page = (DOCS / "guide" / "troubleshooting.md").read_text("utf-8")
    rows = [row.split("|")[1] for row in page.splitlines() if row.startswith("| *")]
    parts = [part.strip(" '") for row in rows for said in re.findall(r"\*([^*]+)\*", row) for part in said.split("…")]
    assert len(rows) > 15
    assert [part for part in parts if part and part not in source] == []


def test_every_key_is_in_the_guide() -> None:
    source = (ROOT / "js" / "src" / "messages" / "help.tsx").read_text("utf-8")
    rows = re.findall(r'^  \["([^"]+)",((?: "[^"]+",?)+)\],$', source, re.MULTILINE)
    page = (DOCS / "guide" / "keyboard.md").read_text("utf-8")
    missing = [
        (what, key)
        for what, keys in rows
        for key in re.findall(r'"([^"]+)"', keys)
        if not any(what in line and f"`{key}`" in line for line in page.splitlines())
    ]
    assert rows
    assert missing == []


def test_the_site_builds_without_a_warning_and_needs_no_other_server(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(build, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert {page.stem for page in PAGES[1:]} <= {page.stem for page in pages}
    for page in pages:
        loaded = re.findall(
            r"<(?:script|img|iframe)[^>]+src=\"(\w+:|//)|<link[^>]+href=\"(\w+:|//)", page.read_text("utf-8")
        )
        assert loaded == [], page.name
