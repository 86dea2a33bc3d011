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


def test_a_first_change_goes_as_the_guide_says(notebook: Open) -> None:
    nb = notebook([SOURCE, "0"])
    nb.run(0)
    editor = nb.editor()
    editor.locator("[role=treeitem][title='w']").click()
    nb.page.keyboard.press("2")
    expect(editor.get_by_role("tab", name="Values")).to_have_attribute("aria-selected", "true")
    cell = editor.locator("[role=gridcell][data-row='1'][data-col='2']")
    cell.click()
    nb.page.keyboard.type("7.5")
    nb.page.keyboard.press("Enter")
    expect(cell).to_have_text(re.compile(r"^7\.50*$"))
    assert nb.evaluate(1, "float(model['w'][1, 2])") == "7.5"


@pytest.mark.parametrize("what", ["row", "chip"])
def test_what_goes_away_leaves_the_keyboard_in_the_editor(notebook: Open, what: str) -> None:
    nb = notebook([SOURCE + "editor.session['w'][0] = 9\neditor"])
    nb.run(0)
    editor = nb.editor()
    chip = editor.get_by_role("button", name=re.compile("^1 edited"))
    if what == "row":
        chip.click()
        goes = editor.locator("[role=treeitem][title='w']")
        expect(editor.get_by_role("treeitem")).to_have_count(1)
    else:
        goes = chip
    goes.focus()
    nb.page.keyboard.press("Control+z")
    expect(goes).to_have_count(0)
    assert nb.page.evaluate("() => document.activeElement.closest('.pw-side') !== null")
    nb.page.keyboard.press("Control+Shift+z")
    expect(editor.locator("[role=treeitem][title='w']")).to_have_count(1)


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


LAYERS = """
import torch, paramwidget as pw
_ = torch.manual_seed(0)
model = torch.nn.ModuleDict({f'layer{i}': torch.nn.Linear(5, 6) for i in range(4)})
runs = 0
def score(m):
    global runs
    runs += 1
    return float(m['layer2'].weight.max())
editor = pw.edit(model, probe=score)
editor
"""


def test_the_main_job_needs_no_mouse(notebook: Open) -> None:
    nb = notebook([LAYERS, "0", "1"])
    nb.select(0)
    keys = nb.page.keyboard
    nb.command("notebook:run-cell")
    editor = nb.editor()
    expect(editor.locator(".pw-now .v")).to_be_visible()
    cells = count(nb)
    assert nb.evaluate(1, "first = model['layer2'].weight.detach().clone(); len(editor.session.history)") == "0"

    editor.focus()  # as Tab does from the cell above
    keys.press("/")
    keys.type("layer2.w")
    expect(editor.locator("[role=treeitem][title='layer2.weight']")).to_be_visible()
    expect(editor.get_by_role("treeitem")).to_have_count(2)
    keys.press("Tab")
    keys.press("End")
    keys.press("Enter")
    expect(editor.locator(".pw-crumb b")).to_have_text("weight")

    keys.press("F6")
    assert "pw-plotw" in focused(nb)
    keys.press("2")
    expect(editor.locator("[role=gridcell]:focus")).to_have_count(1)
    keys.press("ArrowRight")
    keys.type("9.5")
    expect(editor.locator(".pw-fx")).to_contain_text("stored as")
    keys.press("Enter")
    expect(editor.locator("[role=gridcell][data-row='0'][data-col='1']")).to_have_text(re.compile(r"^9\.50*$"))
    expect(editor.locator(".pw-now .v")).to_have_text(re.compile(r"^9\.50*$"))

    keys.press("Shift+F6")  # in the grid letters are values
    keys.press("f")
    lock = editor.locator(".pw-title [aria-pressed]")
    expect(lock).to_have_attribute("aria-pressed", "true")
    keys.press("Control+z")
    expect(lock).to_have_attribute("aria-pressed", "false")

    keys.press("Alt+1")
    keys.press("F6")
    keys.press("e")
    expect(editor.get_by_role("textbox", name="Value", exact=True)).to_be_focused()
    keys.press("Shift+Tab")
    expect(editor.get_by_role("combobox", name="Operation")).to_be_focused()
    keys.type("Scale")
    keys.press("Tab")
    keys.press("Control+a")
    keys.type("3")
    expect(editor.locator(".pw-pv")).to_be_visible()
    assert nb.evaluate(1, "bool((model['layer2'].weight != first).sum() > 1)") == "True", "it is tried on the model"
    editor.get_by_role("textbox", name="Factor", exact=True).focus()
    keys.press("Escape")
    expect(editor.locator(".pw-pv")).to_have_count(0)

    keys.press("F6")
    assert nb.page.evaluate("() => document.activeElement.closest('.pw-probe') !== null")
    ran = int(nb.evaluate(1, "runs"))
    editor.locator(".pw-probe [tabindex='0']").first.focus()
    keys.press("p")
    expect(editor.locator(".pb-dot.fresh")).to_have_count(1)
    assert int(nb.evaluate(1, "runs")) > ran

    editor.locator(".pw-probe [tabindex='0']").first.focus()
    keys.press("h")
    expect(editor.locator(".pw-drawer")).to_be_visible()
    keys.press("Escape")
    expect(editor.locator(".pw-drawer")).to_have_count(0)
    keys.press("Escape")
    assert nb.page.evaluate("() => document.activeElement.closest('.pw') === null")
    assert count(nb) == cells
    nb.page.locator(".jp-Notebook").evaluate("(el) => el.focus()")
    keys.press("b")
    expect(nb.page.locator(".jp-Notebook .jp-Cell")).to_have_count(cells + 1)
    assert nb.evaluate(1, "[entry.label for entry in editor.session.history]").startswith("[")


def test_letters_typed_in_the_notebook_do_nothing_in_the_editor(notebook: Open) -> None:
    nb = notebook([LAYERS, "", "0"])
    nb.run(0)
    editor = nb.editor()
    expect(editor.locator(".pw-now .v")).to_be_visible()
    nb.select(1)
    nb.command("notebook:enter-edit-mode")
    for key in ("h", "s", "c", "e", "f", "p", "?", "/", "2"):
        nb.page.keyboard.press(key)
    nb.page.keyboard.press("Control+z")
    expect(editor.locator(".pw-drawer")).to_have_count(0)
    expect(editor.locator(".pw-cmp")).to_have_count(0)
    expect(editor.get_by_role("dialog")).to_have_count(0)
    expect(editor.get_by_role("tab", name="Heatmap")).to_have_attribute("aria-selected", "true")
    assert editor.evaluate("(el) => !el.contains(document.activeElement)")
    assert nb.evaluate(2, "(editor.session.history, len(editor.session.snapshots))") == "([], 0)"
