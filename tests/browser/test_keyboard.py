"""The keyboard in a real JupyterLab: keys pressed in the editor never reach the notebook around it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from jupyter import Notebook
from playwright.sync_api import expect

Open = Callable[[list[str]], Notebook]
SOURCE = """
import numpy as np, paramwidget as pw
model = {'w': np.arange(20, dtype=np.float32).reshape(4, 5), 'b': np.arange(3)}
editor = pw.edit(model)
editor
"""


def count(nb: Notebook) -> int:
    cells: int = nb.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")
    return cells


def focused(nb: Notebook) -> str:
    """What has the keyboard: the classes of the nearest part of the editor, or of the element itself."""
    found: str = nb.page.evaluate(
        """() => {
          const at = document.activeElement;
          return (at.closest('.pw-plotw, .pw-acts, .pw-toast, .pw-edit, .pw-filter, .pw-side, .pw') || at).className;
        }"""
    )
    return found


@pytest.mark.parametrize("place", [".pw-stats", ".pw-tot", ".pw-view", ".pw-meta", ".pw-rail", ".pw-edit"])
def test_letters_after_a_click_beside_the_controls_are_no_commands_of_the_notebook(notebook: Open, place: str) -> None:
    nb = notebook([SOURCE, "0", "1"])
    nb.run(0)
    before = count(nb)
    nb.editor().locator(place).click(position={"x": 3, "y": 3})
    assert nb.page.evaluate("() => document.activeElement.closest('.pw') !== null")
    for key in ("a", "b", "d", "d", "x", "m"):
        nb.page.keyboard.press(key)
    nb.page.wait_for_timeout(200)
    assert count(nb) == before
    expect(nb.editor()).to_be_visible()


def test_the_views_are_switched_and_the_keyboard_goes_along(notebook: Open) -> None:
    nb = notebook([SOURCE])
    nb.run(0)
    editor = nb.editor()
    editor.locator("[role=treeitem][title='w']").click()
    nb.page.keyboard.press("F6")
    assert "pw-plotw" in focused(nb)
    nb.page.keyboard.press("2")
    expect(editor.get_by_role("tab", name="Values")).to_have_attribute("aria-selected", "true")
    expect(editor.locator("[role=gridcell]:focus")).to_have_count(1)
    nb.page.keyboard.press("Alt+1")
    expect(editor.get_by_role("tab", name="Heatmap")).to_have_attribute("aria-selected", "true")
    expect(editor.locator(".pw-plot :focus")).to_have_count(1)


def test_undo_after_apply_from_the_field_and_by_the_button_keeps_the_keyboard(notebook: Open) -> None:
    nb = notebook([SOURCE, "0"])
    nb.run(0)
    editor = nb.editor()
    editor.locator("[role=treeitem][title='w']").click()
    field = editor.get_by_role("textbox", name="Value", exact=True)
    field.fill("7")
    field.press("Enter")
    undo = editor.get_by_role("button", name=re.compile("^Undo: "))
    expect(undo).to_be_visible()
    field.press("Control+z")
    expect(editor.get_by_role("button", name=re.compile("^Redo: "))).to_be_visible()
    assert nb.evaluate(1, "model['w'][0, 0].item()") == "0.0"
    redo = editor.get_by_role("button", name=re.compile("^Redo: "))
    redo.focus()
    nb.page.keyboard.press("Enter")
    expect(undo).to_be_visible()
    assert "pw-acts" in focused(nb)


def test_the_question_after_an_undo_has_the_keyboard_and_gives_it_back(notebook: Open) -> None:
    nb = notebook([SOURCE, "0"])
    nb.run(0)
    editor = nb.editor()
    editor.locator("[role=treeitem][title='w']").click()
    field = editor.get_by_role("textbox", name="Value", exact=True)
    field.fill("7")
    field.press("Enter")
    expect(editor.get_by_role("button", name=re.compile("^Undo: "))).to_be_visible()
    nb.evaluate(1, "model['w'][:] = 9")
    field.press("Control+z")
    expect(editor.get_by_role("button", name="Keep")).to_be_focused()
    nb.page.keyboard.press("Enter")
    expect(editor.locator(".pw-toast")).to_have_count(0)
    expect(field).to_be_focused()
    assert nb.evaluate(1, "model['w'][0, 0].item()") == "9.0"
