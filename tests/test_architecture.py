"""Who may import whom, what is loaded when, and how long a module may be: ARCHITECTURE.md as a test."""

from __future__ import annotations

import ast
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "paramwidget"
LONGEST = 300
"""Lines of code of a module: without blank lines, comments and docstrings."""

# module or package -> what it may import from paramwidget; `late` imports are inside a function and named there
ALLOWED: dict[str, set[str]] = {
    "__init__": set(),
    "errors": set(),
    "notices": set(),
    "safepoint": set(),
    "atomic": {"errors"},
    "jupyter": set(),
    "stoppable": set(),
    "registry": set(),
    "dtypes": {"errors"},
    "region": {"errors"},
    "tree": {"dtypes", "errors"},
    "statistics": {"dtypes", "errors"},
    "views": {"region", "statistics", "dtypes", "errors", "tree"},
    "expression": {"dtypes", "errors", "region"},
    "edits": {"dtypes", "errors", "expression", "region"},
    "journal": {"dtypes", "edits", "region", "errors", "notices"},
    "adapters.base": {"tree", "region", "dtypes", "errors", "notices"},
    "adapters": {"adapters.base", "errors"},
    "adapters.*": {"adapters.base", "tree", "region", "dtypes", "errors", "notices"},
    "comparison": {"adapters", "dtypes", "errors", "progress", "region", "tree"},
    "outcome": {"dtypes", "errors", "views"},
    "opened": {
        "adapters",
        "adapters.base",
        "dtypes",
        "errors",
        "journal",
        "notices",
        "progress",
        "region",
        "statistics",
        "tree",
    },
    "planning": {"adapters.base", "edits", "errors", "expression", "notices", "region", "tree", "progress"},
    "transaction": {"adapters.base", "errors", "journal", "notices", "region", "tree"},
    "timeline": {"adapters.base", "errors", "journal", "notices", "region", "transaction"},
    # what a session offers: each takes one, and knows its type only
    "handle": {"edits", "errors", "region", "statistics", "tree"},
    "states": {"adapters", "adapters.base", "errors", "journal", "region", "tree"},
    "snapshots": {"errors", "journal", "region", "tree"},
    "preview": {"edits", "errors", "journal", "planning", "region", "transaction", "progress"},
    "sampling": {"dtypes", "region"},
    "guard": {"adapters.base", "errors", "journal", "region", "sampling", "transaction"},
    "probe": {"errors", "guard", "outcome", "stoppable", "tree"},
    "whatif": {"dtypes", "edits", "errors", "guard", "region"},
    "patch": {"atomic", "dtypes", "edits", "errors", "journal", "region", "states"},
    "reproduce": {"adapters.base", "edits", "errors", "expression", "region", "states"},
    "doctor": {"dtypes", "edits", "errors", "expression", "notices", "progress", "region", "statistics", "tree"},
    "plotting": {"dtypes", "errors", "region", "sampling", "views"},
    "targets": {"edits", "errors", "journal", "planning", "region", "tree"},
    "writer": {
        "dtypes",
        "edits",
        "journal",
        "notices",
        "opened",
        "planning",
        "preview",
        "timeline",
        "transaction",
        "progress",
    },
    "session": {
        "edits",
        "errors",
        "handle",
        "journal",
        "opened",
        "patch",
        "preview",
        "probe",
        "region",
        "registry",
        "reproduce",
        "safepoint",
        "snapshots",
        "states",
        "targets",
        "whatif",
        "writer",
    },
    "panel": {"errors"},
    "lesson": {
        "comparison",
        "edits",
        "errors",
        "guard",
        "jupyter",
        "probe",
        "region",
        "session",
        "snapshots",
        "targets",
        "tree",
    },
    "page": {"atomic", "dtypes", "errors", "notices", "region", "sampling", "statistics", "tree", "views"},
    "protocol": {"edits", "views", "tree"},
    "service": {
        "adapters.base",
        "comparison",
        "doctor",
        "dtypes",
        "edits",
        "errors",
        "expression",
        "guard",
        "journal",
        "lesson",
        "notices",
        "opened",
        "outcome",
        "overdue",
        "patch",
        "planning",
        "preview",
        "probe",
        "progress",
        "protocol",
        "region",
        "safepoint",
        "sampling",
        "session",
        "states",
        "stoppable",
        "statistics",
        "tree",
        "views",
        "whatif",
    },
    "editors": {"jupyter"},
    "still": {"jupyter", "page", "safepoint", "session"},
    "backend": {"opened", "panel", "protocol", "service", "service.desk", "session", "still", "upkeep"},
    "widget": {
        "backend",
        "editors",
        "errors",
        "jupyter",
        "opened",
        "page",
        "panel",
        "protocol",
        "safepoint",
        "session",
    },
    "upkeep": {"overdue", "protocol", "safepoint", "service", "still"},
    "overdue": set(),
    "progress": set(),
    "testing": {"adapters", "adapters.base", "dtypes", "errors", "journal", "notices", "region", "tree"},
}
LATE: dict[str, set[str]] = {
    "adapters": {"adapters.arrays"},
    "lesson": {"widget"},
    "session": {"doctor", "plotting"},
    "service": {"plotting"},
}
FRAMEWORKS = {"torch": "torch", "keras": "keras", "tensorflow": "keras", "sklearn": "", "jax": ""}
"""Module -> beginning of the names of the adapter files that may import it."""
ONLY_IN = {"anywidget": {"widget"}, "ipywidgets": {"widget"}, "traitlets": {"widget"}, "matplotlib": {"plotting"}}


class Import:
    """One imported module; `late` if inside a function, `typing` if only type checkers see it."""

    def __init__(self, name: str, late: bool, typing: bool) -> None:
        self.name, self.late, self.typing = name, late, typing


def imports(source: str, names: set[str]) -> Iterator[Import]:
    """Everything that a module imports, `from paramwidget import a` as `paramwidget.a`."""

    def visit(node: ast.AST, late: bool, typing: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            checked = (
                isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING") and child in node.body
            )
            inside = late or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            if isinstance(child, ast.Import):
                yield from (Import(alias.name, late, typing or checked) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, "imports are absolute"
                for alias in child.names:
                    full = f"{child.module}.{alias.name}"
                    yield Import(full if full in names else str(child.module), late, typing or checked)
            yield from visit(child, inside, typing or checked)

    yield from visit(ast.parse(source), False, False)


def modules(package: Path) -> dict[str, Path]:
    """Dotted names below the package, `service` for service/__init__.py."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)] = path
    return found


def home(name: str) -> str:
    """The row of the table that a module belongs to."""
    if name in ALLOWED:
        return name
    first = name.split(".")[0]
    return f"{first}.*" if f"{first}.*" in ALLOWED else first


def family(name: str) -> str:
    """Files of one adapter may import each other: `adapters.torch_tree` is of the family `torch`."""
    return name.removeprefix("adapters.").split("_")[0] if name.startswith("adapters.") else ""


def violations(package: Path) -> list[str]:
    """Every import that the table does not allow, as a sentence."""
    found = []
    known = modules(package)
    names = {f"paramwidget.{name}" for name in known} | {f"paramwidget.{name.split('.')[0]}" for name in known}
    for name, path in known.items():
        row = home(name)
        if row not in ALLOWED:
            found.append(f"{name} is not in the table")
            continue
        for each in imports(path.read_text(encoding="utf-8"), names):
            if each.typing:
                continue
            top = each.name.split(".")[0]
            if top == "paramwidget":
                target = each.name.removeprefix("paramwidget").lstrip(".")
                allowed = ALLOWED[row] | (LATE.get(row, set()) if each.late else set())
                same = home(target) == row and not row.endswith(".*")
                if not same and target and home(target) not in allowed and target not in allowed:
                    related = family(name) and family(name) == family(target)
                    if not related:
                        found.append(f"{name} imports {target}")
            elif row not in ONLY_IN.get(top, {row}) or (
                top in FRAMEWORKS and family(name) != (FRAMEWORKS[top] or None)
            ):
                found.append(f"{name} imports {top}")
    return found


def lines_of_code(path: Path) -> int:
    """Lines with code on them: without blank lines, comments and docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    strings: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            strings |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    code: set[int] = set()
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type not in silent and token.type != tokenize.ENCODING:
                code |= set(range(token.start[0], token.end[0] + 1))
    return len(code - strings)


def test_every_import_is_in_the_table() -> None:
    assert violations(PACKAGE) == []


def test_every_row_of_the_table_is_a_module() -> None:
    rows = {home(name) for name in modules(PACKAGE)}
    assert rows == set(ALLOWED)
    assert all(home(target) in ALLOWED for row in (*ALLOWED.values(), *LATE.values()) for target in row)


@pytest.mark.parametrize(
    ("file", "source", "says"),
    [
        ("errors.py", "from paramwidget.tree import Node", "errors imports tree"),
        ("tree.py", "from paramwidget import session", "tree imports session"),
        ("tree.py", "import paramwidget.session", "tree imports session"),
        ("session.py", "from paramwidget import plotting", "session imports plotting"),
        ("session.py", "def f():\n    from paramwidget import views", "session imports views"),
        ("service/rows.py", "from paramwidget.widget import edit", "service.rows imports widget"),
        ("adapters/arrays.py", "from paramwidget.statistics import Summary", "adapters.arrays imports statistics"),
        (
            "adapters/arrays.py",
            "from paramwidget.adapters import torch_tree",
            "adapters.arrays imports adapters.torch_tree",
        ),
        ("adapters/keras.py", "import torch.nn", "adapters.keras imports torch"),
        ("adapters/base.py", "import torch", "adapters.base imports torch"),
        ("session.py", "def f():\n    import torch", "session imports torch"),
        ("service/__init__.py", "import anywidget", "service imports anywidget"),
        ("views/plane.py", "import matplotlib", "views.plane imports matplotlib"),
        ("extra.py", "", "extra is not in the table"),
        ("extra/deep.py", "", "extra.deep is not in the table"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, file: str, source: str, says: str) -> None:
    for name in ("adapters/torch_tree.py", "session.py", "views/__init__.py", "plotting.py", "widget.py", file):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("")
    (tmp_path / file).write_text(source)
    assert violations(tmp_path) == [says]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("session.py", "def f():\n    from paramwidget import plotting"),
        ("tree.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from paramwidget import session"),
        ("adapters/torch.py", "import torch\nfrom paramwidget.adapters.torch_tree import x"),
        ("service/rows.py", "from paramwidget.service.watch import Watch"),
    ],
)
def test_an_allowed_import_is_not_complained_about(tmp_path: Path, file: str, source: str) -> None:
    for name in ("adapters/torch_tree.py", "session.py", "plotting.py", "service/watch.py", file):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("")
    (tmp_path / file).write_text(source)
    assert violations(tmp_path) == []


@pytest.mark.parametrize("name", sorted(modules(PACKAGE)))
def test_no_module_is_too_long(name: str) -> None:
    assert lines_of_code(modules(PACKAGE)[name]) <= LONGEST, "split it by concept"


def test_lines_of_code_are_counted_without_words(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    doc, quote = '"""Doc.\n\nMore.\n"""', '"""'
    file.write_text(f"{doc}\n\n# comment\nx = 1  # one\n\n\ndef f():\n    {doc}\n    return {quote}a\n    b{quote}\n")
    assert lines_of_code(file) == 4


@pytest.mark.parametrize("name", sorted(set(modules(PACKAGE)) - {"__init__"}))
def test_every_module_says_what_it_is(name: str) -> None:
    doc = ast.get_docstring(ast.parse(modules(PACKAGE)[name].read_text(encoding="utf-8")))
    assert doc
    assert doc.splitlines()[0].endswith((".", ";", ":", ","))


HEAVY = ("torch", "tensorflow", "keras", "sklearn", "jax", "matplotlib", "anywidget", "ipywidgets", "IPython", "pytest")
LIGHT = [
    "import paramwidget; dir(paramwidget)",
    "import paramwidget as pw, numpy as np; s = pw.Session({'a': np.ones(3)}); s['a'][0] = 2; s.undo(); s['a'].summary()",
    "import paramwidget as pw; pw.adapters, pw.dtypes, pw.edits, pw.errors, pw.testing",
    "from paramwidget.service import Service; from paramwidget import Session; import numpy as np;"
    "Service(Session({'a': np.ones((3, 3))})).opening()",
]


def loaded(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("code", LIGHT)
def test_nothing_heavy_is_loaded_for_the_user(code: str) -> None:
    assert loaded(code) & set(HEAVY) == set()


def test_what_is_heavy_is_seen_when_it_is_loaded() -> None:
    assert "matplotlib" in loaded("import paramwidget.plotting")
    assert "torch" in loaded("import torch")


def test_nothing_unsafe_is_called() -> None:
    unsafe = {"eval", "exec", "compile", "__import__"}
    for name, path in modules(PACKAGE).items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in unsafe, f"{name}, line {node.lineno}"
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                assert not {"pickle", "marshal", "shelve", "joblib"} & {a.name for a in node.names}, name
