"""JupyterLab's side panel: open, use, run again, move back and there, reload."""

from __future__ import annotations

import re
from collections.abc import Callable

from jupyter import Notebook
from playwright.sync_api import Locator, Page, expect

Open = Callable[[list[str]], Notebook]

MODEL = """
import numpy as np, paramwidget as pw
model = {"dense": {"w": np.ones((4, 6), np.float32)}}
editor = pw.edit(model, probe=lambda m: float(m["dense"]["w"].sum()))
editor.panel()
"""
TAB = ".jp-SideBar.jp-mod-right .lm-TabBar-tab"


def in_panel(page: Page) -> Locator:
    """Editors outside of notebooks."""
    return page.locator(".pw:not(.jp-Notebook .pw)")


def test_the_panel_holds_a_live_editor_and_the_cell_says_where_it_is(notebook: Open, page: Page) -> None:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    editor = in_panel(page)
    expect(editor).to_have_count(1)
    line = page.locator(".jp-Notebook .pw")
    expect(line).to_contain_text("is shown in the side panel")
    expect(line.get_by_role("tree")).to_have_count(0)
    editor.get_by_role("treeitem", name=re.compile("^w")).click()
    editor.get_by_role("radio", name="Tensor").click()
    editor.get_by_label("Operation").select_option(label="Zero")
    editor.get_by_label("Operation").press("Enter")
    expect(editor.get_by_role("button", name=re.compile("^Undo: "))).to_be_enabled()
    assert nb.evaluate(1, "float(model['dense']['w'].sum())") == "0.0"


def test_running_the_cell_again_uses_the_same_panel(notebook: Open, page: Page) -> None:
    nb = notebook([MODEL, "0"])
    for _ in range(3):
        nb.run(0)
    expect(in_panel(page)).to_have_count(1)
    expect(page.locator(TAB, has_text="arrays")).to_have_count(1)
    nb.evaluate(1, "editor.session['dense/w'][0] = 5")
    expect(in_panel(page).get_by_role("button", name=re.compile("^Undo: "))).to_be_visible()


def test_the_editor_moves_to_the_cell_and_back(notebook: Open, page: Page) -> None:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    page.locator(".jp-Notebook .pw").get_by_role("button", name="Move back here").click()
    expect(in_panel(page)).to_have_count(0)
    here = page.locator(".jp-Notebook .pw")
    expect(here.get_by_role("tree")).to_be_visible()
    here.get_by_role("button", name="Move to the side panel").click()
    expect(in_panel(page).get_by_role("tree")).to_be_visible()
    in_panel(page).get_by_role("button", name="Move back to the cell").click()
    expect(in_panel(page)).to_have_count(0)
    expect(here.get_by_role("tree")).to_be_visible()


def test_the_keyboard_goes_along_with_the_editor(notebook: Open, page: Page) -> None:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    here = page.locator(".jp-Notebook .pw")
    here.get_by_role("button", name="Move back here").focus()
    page.keyboard.press("Enter")
    there = here.get_by_role("button", name="Move to the side panel")
    expect(there).to_be_focused()
    page.keyboard.press("Enter")
    expect(in_panel(page).get_by_role("button", name="Move back to the cell")).to_be_focused()
    page.keyboard.press("Enter")
    expect(there).to_be_focused()


def test_what_is_tried_out_is_taken_back_when_the_editor_moves(notebook: Open, page: Page) -> None:
    nb = notebook([MODEL.replace("editor.panel()", "editor"), "0"])
    nb.run(0)
    here = page.locator(".jp-Notebook .pw")
    here.get_by_role("treeitem", name=re.compile("^w")).click()
    here.get_by_role("radio", name="Tensor").click()
    here.get_by_label("Operation").select_option(label="Zero")
    expect(here.locator(".pw-pv")).to_be_visible()
    here.get_by_role("button", name="Move to the side panel").click()
    expect(in_panel(page)).to_contain_text("What was tried out was taken back when the editor moved")
    expect(in_panel(page).locator(".pw-pv")).to_have_count(0)
    nb.wait_for(1, "(editor.session.previewing, float(model['dense']['w'].sum()))", "(None, 24.0)")


def test_a_panel_that_was_closed_opens_again(notebook: Open, page: Page) -> None:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    expect(in_panel(page)).to_have_count(1)
    page.locator(TAB, has_text="arrays").click(button="middle")  # the × is drawn beside its own box
    expect(in_panel(page)).to_have_count(0)
    expect(page.locator(".jp-Notebook .pw").get_by_role("tree")).to_be_visible()
    assert nb.evaluate(1, "editor.docked") == "False"
    nb.run(0)
    expect(in_panel(page).get_by_role("tree")).to_be_visible()
    assert nb.evaluate(1, "editor.docked") == "True"


def test_the_panel_comes_back_after_a_reload(notebook: Open, page: Page) -> None:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    expect(in_panel(page)).to_have_count(1)
    nb.reload()
    expect(in_panel(page).get_by_role("tree")).to_be_visible()
    expect(page.locator(".jp-Notebook .pw")).to_contain_text("is shown in the side panel")
    nb.run(0)
    expect(in_panel(page)).to_have_count(1)
    expect(in_panel(page).get_by_role("tree")).to_be_visible()


def test_a_model_in_the_panel_keeps_it_when_it_is_opened_again(notebook: Open, page: Page) -> None:
    nb = notebook([MODEL, "pw.edit(model)"])
    nb.run(0)
    nb.run(1)
    expect(in_panel(page)).to_have_count(1)
    expect(in_panel(page).get_by_role("tree")).to_be_visible()
    expect(page.locator(".jp-Notebook .pw").last).to_contain_text("is shown in the side panel")


def test_after_a_restart_of_the_kernel_the_panel_says_so_and_the_cell_opens_a_live_one(
    notebook: Open, page: Page
) -> None:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    expect(in_panel(page).get_by_role("tree")).to_be_visible()
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart().then(() => null)"
    )
    expect(in_panel(page)).to_contain_text("The kernel restarted or stopped.")
    nb.wait_until_idle()
    expect(in_panel(page)).to_contain_text("Then close this panel.")
    expect(page.locator(".jp-Notebook .pw").get_by_role("tree")).to_be_visible()
    nb.run(0)
    live = in_panel(page).filter(has_not_text="The kernel restarted")
    expect(live.get_by_role("tree")).to_be_visible()
    live.get_by_role("treeitem", name=re.compile("^w")).click()
    live.get_by_role("radio", name="Tensor").click()
    live.get_by_label("Operation").select_option(label="Zero")
    live.get_by_label("Operation").press("Enter")
    expect(live.get_by_role("button", name=re.compile("^Undo: "))).to_be_enabled()
    assert nb.evaluate(1, "float(model['dense']['w'].sum())") == "0.0"
