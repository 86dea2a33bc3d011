"""What the pages of the reference show of the package: each object that they name, and its members with their docstrings.

Read from the source, as mkdocstrings does, so that what it leaves out is seen.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

_ENTRY = re.compile(r"^::: (?P<path>\S+)\n(?P<options>(?:    .*\n?)*)", re.MULTILINE)


class Entry:
    """One `:::` of a page. Members are hidden by the filters of the page, as there."""

    def __init__(self, path: str, options: str) -> None:
        self.path = path
        self.object = resolved(path)
        self._filters = ast.literal_eval(_option(options, "filters") or '["!^_"]')
        self._inherited = "inherited_members: true" in options
        self._chosen = (_option(options, "members") or "").strip("[]").split(", ")

    def members(self) -> dict[str, bool]:
        """The public names that are shown below it, and whether each has a docstring."""
        found: dict[str, bool] = {}
        if inspect.isclass(self.object):
            kinds = self.object.__mro__ if self._inherited else (self.object,)
            for kind in kinds:
                if kind.__module__.startswith("paramwidget"):
                    found = {**of_class(kind), **found}
        elif isinstance(self.object, ModuleType) and self._chosen != ["false"]:
            found = {name: said for name, said in of_module(self.object).items() if self._chosen in ([""], [])}
            found |= {name: bool(getattr(self.object, name).__doc__) for name in self._chosen if name}
        return {name: said for name, said in found.items() if not self._is_hidden(name)}

    def _is_hidden(self, name: str) -> bool:
        return name.startswith("_") or any(re.search(rule.removeprefix("!"), name) for rule in self._filters)

    def given(self) -> str:
        """The annotations of what one gets from it: results of functions and methods, types of fields."""
        if inspect.isclass(self.object):
            kinds = [kind for kind in self.object.__mro__ if kind.__module__.startswith("paramwidget")]
            body = [each for kind in (kinds if self._inherited else [self.object]) for each in _body(kind)]
        else:
            body = _body(self.object) if inspect.isfunction(self.object) else []
        shown = [each for each in body if not self._is_hidden(getattr(each, "name", "_"))]
        results = [each.returns for each in shown if isinstance(each, ast.FunctionDef) and each.returns]
        named = [each for each in body if isinstance(each, ast.AnnAssign)]
        fields = [each.annotation for each in named if not self._is_hidden(ast.unparse(each.target))]
        return " ".join(map(ast.unparse, [*results, *fields]))


def entries(pages: Path) -> list[Entry]:
    """All of the reference."""
    texts = [page.read_text("utf-8") for page in sorted(pages.glob("*.md"))]
    return [Entry(found["path"], found["options"]) for text in texts for found in _ENTRY.finditer(text)]


def resolved(path: str) -> Any:
    """The object with this dotted path."""
    module, _, rest = path, "", ""
    while True:
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:
            module, _, last = module.rpartition(".")
            rest = f"{last}.{rest}".rstrip(".")
            continue
        for name in filter(None, rest.split(".")):
            found = getattr(found, name)
        return found


def of_class(kind: type) -> dict[str, bool]:
    """The public methods, properties, fields and attributes that a class itself defines, and which have a docstring."""
    return dict(_public(_body(kind)))


def classes(package: Path) -> set[str]:
    """Names of all public classes of the package."""
    trees = [ast.parse(path.read_text("utf-8")) for path in package.rglob("*.py")]
    return {each.name for tree in trees for each in tree.body if isinstance(each, ast.ClassDef)}


def of_module(module: ModuleType) -> dict[str, bool]:
    """The public classes, functions and constants that a module itself defines, and which have a docstring."""
    return dict(_public(ast.parse(inspect.getsource(module)).body))


def _body(given: Any) -> list[ast.stmt]:
    """The statements of a class; of a function, the function."""
    (parsed,) = ast.parse(textwrap.dedent(inspect.getsource(given))).body
    return parsed.body if isinstance(parsed, ast.ClassDef) else [parsed]


def _public(body: list[ast.stmt]) -> Iterator[tuple[str, bool]]:
    for statement, following in _with_next(body):
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            yield from _attributes(statement.body)
        elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            yield statement.name, ast.get_docstring(statement) is not None
        else:
            yield from ((one.id, _is_text(following)) for one in _targets(statement) if isinstance(one, ast.Name))


def _attributes(body: list[ast.stmt]) -> Iterator[tuple[str, bool]]:
    """What a function gives its `self`."""
    for statement, following in _with_next(body):
        for one in _targets(statement):
            if isinstance(one, ast.Attribute) and ast.unparse(one.value) == "self":
                yield one.attr, _is_text(following)
        yield from _attributes(getattr(statement, "body", []))


def _with_next(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, ast.stmt | None]]:
    return itertools.zip_longest(body, body[1:])


def _targets(statement: ast.stmt) -> list[ast.expr]:
    """What a statement assigns to."""
    if isinstance(statement, ast.AnnAssign):
        return [statement.target]
    given = statement.targets if isinstance(statement, ast.Assign) else []
    return [one for target in given for one in (target.elts if isinstance(target, ast.Tuple) else [target])]


def _is_text(statement: ast.stmt | None) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _option(options: str, name: str) -> str:
    found = re.search(rf"^ +{name}: (.*)$", options, re.MULTILINE)
    return found[1] if found else ""
