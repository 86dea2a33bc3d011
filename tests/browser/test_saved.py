"""Saved and reopened notebooks in a real JupyterLab: one editor for a cell, something to read without a kernel."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from jupyter import Jupyter, Notebook
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Page, expect

Open = Callable[[list[str]], Notebook]

MODEL = """
import gc, weakref, numpy as np, paramwidget as pw
try:
    made
except NameError:
    made = []
class Model(dict): pass
model = Model(dense={"w": np.ones((4, 6), np.float32), "b": np.zeros(6, np.float32)})
made.append(weakref.ref(model))
editor = pw.edit(model)
editor
"""
LEFT = "len([w for w in __import__('ipywidgets').widgets.widget._instances.values() if isinstance(w, pw.ParamEditor)])"


def test_ten_runs_of_a_cell_that_makes_its_model_leave_one_editor_and_one_model(notebook: Open, page: Page) -> None:
    nb = notebook([MODEL, "0"])
    for _ in range(10):
        nb.run(0)
    expect(nb.editor().get_by_role("tree", name="Layer tree")).to_be_visible()
    expect(page.locator(".pw")).to_have_count(1)
    assert nb.evaluate(1, f"gc.collect(); print(len(made), {LEFT}, sum(m() is not None for m in made))") == "10 1 1"


def test_editors_that_one_cell_makes_for_several_models_stay(notebook: Open, page: Page) -> None:
    two = "import numpy as np, paramwidget as pw\nfor i in range(2): display(pw.edit({'w': np.full((2, 3), float(i))}))"
    nb = notebook([two, "0"])
    nb.run(0)
    nb.run(0)
    expect(page.locator(".pw").get_by_role("tree", name="Layer tree")).to_have_count(2)
    assert nb.evaluate(1, LEFT) == "2"


def test_a_new_model_in_the_same_cell_keeps_the_selected_tensor(notebook: Open) -> None:
    nb = notebook([MODEL])
    nb.run(0)
    nb.editor().locator("[role=treeitem][title='dense/b']").click()
    expect(nb.editor().locator(".pw-crumb")).to_have_attribute("title", "dense/b")
    nb.run(0)
    expect(nb.editor().locator(".pw-crumb")).to_have_attribute("title", "dense/b")


@pytest.mark.parametrize("state", [False, True])
def test_without_a_kernel_there_is_something_to_read(lab: Jupyter, page: Page, state: bool) -> None:
    settings = lab.home / "settings" / "@jupyter-widgets" / "jupyterlab-manager" / "plugin.jupyterlab-settings"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps({"saveState": state}))
    nb = Notebook(lab, page, f"saved-{state}.ipynb", [MODEL, "0"])
    nb.run(0)
    editor = nb.editor()
    expect(editor.get_by_role("tree", name="Layer tree")).to_be_visible()
    still = page.locator(".jp-Notebook .paramwidget")
    expect(still).to_have_count(1)
    expect(still).to_be_hidden()
    nb.evaluate(1, "_ = editor.session['dense/w'].apply('w * 7')")
    expect(still.locator("td", has_text="w * 7").or_(still.get_by_text("w * 7")).first).to_have_count(1)
    nb.command("docmanager:save")
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll().then(() => null)")
    nb.open()
    settings.unlink()
    if state:
        expect(page.locator(".pw")).to_contain_text(re.compile("kernel", re.IGNORECASE))
        expect(page.locator(".pw").get_by_role("tree", name="Layer tree")).to_be_visible()
        expect(still).to_be_hidden()
    else:
        expect(still).to_be_visible()
        expect(still).to_contain_text("30 values")
        expect(still).to_contain_text("w * 7")
        expect(still).to_contain_text("Run the cell again to edit it.")
    nb.run(0)
    expect(nb.editor().get_by_role("tree", name="Layer tree")).to_be_visible()
    expect(still).to_be_hidden()
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll().then(() => null)")


@pytest.mark.parametrize("state", [False, True])
def test_a_notebook_that_a_program_executed_can_be_read_without_network(
    notebook: Open, page: Page, tmp_path: Path, state: bool
) -> None:
    executed = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(MODEL)])
    NotebookClient(executed, kernel_name="python3", store_widget_state=state, timeout=120).execute()
    assert ("widgets" in executed.metadata) is state
    saved = tmp_path / "saved.html"
    saved.write_text(HTMLExporter().from_notebook_node(executed)[0])
    page.context.set_offline(True)
    page.goto(saved.as_uri(), wait_until="commit")
    expect(page.locator(".paramwidget")).to_be_visible()
    expect(page.locator(".paramwidget")).to_contain_text("30 values")
    page.context.set_offline(False)

    nb = notebook([MODEL])  # papermill leaves such a notebook, and somebody opens it in JupyterLab
    (nb.lab.root / nb.name).write_text(nbformat.writes(executed))
    nb.open()
    still, editor = page.locator(".jp-Notebook .paramwidget"), page.locator(".pw")
    expect(still).to_contain_text("30 values")
    expect(still.or_(editor).filter(visible=True)).to_have_count(1)
