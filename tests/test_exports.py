"""The public names are those that are documented, and each can be imported."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

import paramwidget

PUBLIC = ["ParamEditor", "Session", "adapters", "compare", "dtypes", "edit", "edits", "errors", "lesson", "testing"]


def test_the_public_names_are_these_and_no_others() -> None:
    assert paramwidget.__all__ == PUBLIC
    assert [name for name in dir(paramwidget) if not name.startswith("_")] == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_can_be_imported(name: str) -> None:
    value = getattr(paramwidget, name)
    assert value is getattr(importlib.import_module("paramwidget"), name)
    assert value.__doc__


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_can_be_imported_first(name: str) -> None:
    code = f"from paramwidget import {name}; assert {name}"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(paramwidget.__file__).parent.parent)


def test_a_star_import_gives_the_public_names() -> None:
    names: dict[str, object] = {}
    exec("from paramwidget import *", names)
    assert set(PUBLIC) <= set(names)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = paramwidget.nothing


@pytest.mark.parametrize("module", ["adapters", "doctor", "dtypes", "edits"])
def test_the_names_that_a_module_declares_are_there(module: str) -> None:
    loaded = importlib.import_module(f"paramwidget.{module}")
    assert loaded.__all__ == sorted(loaded.__all__)
    for name in loaded.__all__:
        assert hasattr(loaded, name)


def test_the_package_is_typed_and_has_a_version() -> None:
    assert (Path(paramwidget.__file__).parent / "py.typed").is_file()
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.?(a|b|rc|dev)\d+)?", paramwidget.__version__)


def test_every_error_says_how_to_recover_and_has_a_code_of_its_own() -> None:
    from paramwidget import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    for kind in kinds:
        assert issubclass(kind, errors.ParamwidgetError)
        assert str(kind("one sentence")) == "one sentence"
        assert kind is errors.ParamwidgetError or "Recover:" in kind.__doc__, kind
        assert kind.__name__ in (errors.__doc__ or "")


def test_every_notice_has_a_sentence() -> None:
    from paramwidget.notices import REASONS, SENTENCES, Notice, reason_text, sentence

    for code in SENTENCES:
        severity, title, text = sentence(Notice(code, "{path} <b>", "{detail}"))
        assert severity in ("info", "warn")
        assert title
        assert text.endswith(".")
    assert all(reason_text(code) == text for code, text in REASONS.items())
    assert reason_text("unheard-of") == "unheard-of"
