"""The main job in each host: open, select, edit, freeze, undo, probe. JupyterLab has more tests, in the files beside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hosts import Marimo, Voila
from jupyter import Jupyter, Notebook
from playwright.sync_api import Locator, Page, expect

SETUP = """
import torch
import paramwidget as pw
model = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.ReLU(), torch.nn.Linear(4, 3))
_ = [torch.nn.init.constant_(p, 0.5) for p in model.parameters()]
def total(model):
    return sum(float(p.sum()) for p in model.parameters())
def trainable(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
"""
SHOW = "pw.edit(model, probe={'total': total, 'trainable': trainable})"


@pytest.fixture(params=["notebook", "voila", "marimo run", "marimo edit"])
def editor(request: pytest.FixtureRequest, page: Page, tmp_path: Path) -> Iterator[Locator]:
    """The editor as the host shows it when its page has come up."""
    match request.param:
        case "notebook":
            server = Jupyter(tmp_path, "notebook")
            notebook = Notebook(server, page, "host.ipynb", [SETUP, SHOW])
            notebook.run(0)
            notebook.run(1)
        case "voila":
            server = Voila(tmp_path, [SETUP, SHOW])
            page.goto(server.base)
        case host:
            mode = "run" if host == "marimo run" else "edit"
            server = Marimo(tmp_path, mode, SETUP + SHOW)
            page.goto(server.base)
            if mode == "edit":
                page.locator(".cm-content").first.wait_for()
                page.keyboard.press("Control+Shift+r")
    yield page.locator(".pw")
    page.goto("about:blank")  # or it would miss its server
    server.close()


def probe(editor: Locator, name: str) -> Locator:
    """The number that a probe shows: what it computed of the live model."""
    return editor.get_by_role("group", name=name).locator(".pw-now .v")


def test_the_main_job(editor: Locator, page: Page) -> None:
    expect(editor).to_have_count(1, timeout=60_000)
    expect(probe(editor, "total")).to_have_text("19.50")
    expect(page.locator(".paramwidget:visible")).to_have_count(0)  # the summary is for where there is no editor
    expect(probe(editor, "trainable")).to_have_text("39")

    editor.locator("[role=treeitem][title='2.weight']").click()
    expect(editor.locator(".pw-crumb")).to_have_attribute("title", "2.weight")
    editor.get_by_role("tab", name="Values").click()
    cell = editor.locator("[role=gridcell][data-row='1'][data-col='2']")
    expect(cell).to_have_text(re.compile(r"^0\.50*$"))
    cell.click()
    page.keyboard.type("2.5")
    expect(editor.locator(".pw-fx")).to_contain_text("stored as")
    page.keyboard.press("Enter")
    expect(cell).to_have_text(re.compile(r"^2\.50*$"))
    expect(probe(editor, "total")).to_have_text("21.50")

    lock = editor.get_by_role("checkbox", name="Freeze 2", exact=True)
    lock.click()
    expect(lock).to_have_attribute("aria-checked", "true")
    expect(probe(editor, "trainable")).to_have_text("24")

    undo = editor.get_by_role("button", name=re.compile("^Undo: "))
    undo.click()
    expect(lock).to_have_attribute("aria-checked", "false")
    expect(probe(editor, "trainable")).to_have_text("39")
    undo.click()
    expect(cell).to_have_text(re.compile(r"^0\.50*$"))
    expect(probe(editor, "total")).to_have_text("19.50")


def test_a_trial_shows_and_goes_without_a_trace(editor: Locator, page: Page) -> None:
    expect(editor).to_have_count(1, timeout=60_000)
    editor.locator("[role=treeitem][title='0.weight']").click()
    editor.get_by_role("radio", name="Tensor").click()
    editor.get_by_label("Operation").select_option(label="Zero")
    expect(editor.get_by_text("preview", exact=True).first).to_be_visible()
    expect(probe(editor, "total")).to_have_text("9.500")
    editor.get_by_label("Operation").press("Escape")
    expect(editor.get_by_text("preview", exact=True)).to_have_count(0)
    expect(probe(editor, "total")).to_have_text("19.50")
    expect(editor.get_by_role("button", name="Undo", exact=True)).to_be_visible()


def test_what_takes_long_is_answered(editor: Locator) -> None:
    expect(editor).to_have_count(1, timeout=60_000)
    editor.get_by_role("button", name="Examine").click()
    expect(editor.get_by_role("region", name="Examination")).to_contain_text("4 tensors examined")


def test_a_host_without_panels_shows_the_editor_in_the_cell(page: Page, tmp_path: Path) -> None:
    server = Jupyter(tmp_path, "notebook")
    notebook = Notebook(server, page, "host.ipynb", [SETUP, f"editor = {SHOW}\neditor.panel()", "editor.docked"])
    for cell in range(3):
        notebook.run(cell)
    assert notebook.output(2) == "True"
    expect(page.locator(".pw").get_by_role("tree", name="Layer tree")).to_be_visible()
    expect(page.get_by_role("button", name="Move back")).to_have_count(0)
    page.goto("about:blank")
    server.close()


def test_the_theme_of_a_page_that_is_no_jupyterlab(page: Page, tmp_path: Path) -> None:
    server = Marimo(tmp_path, "run", SETUP + SHOW, theme="dark")
    page.goto(server.base)
    editor = page.locator(".pw")
    expect(editor).to_have_class(re.compile("pw-dark"), timeout=60_000)
    assert brightness(editor, "backgroundColor") < 60
    assert brightness(editor, "color") > 180
    page.evaluate("() => document.querySelectorAll('.dark').forEach((at) => at.classList.replace('dark', 'light'))")
    expect(editor).not_to_have_class(re.compile("pw-dark"))
    assert brightness(editor, "backgroundColor") > 200
    page.goto("about:blank")
    server.close()


def brightness(element: Locator, colour: str) -> float:
    """Of a computed colour, 0 to 255."""
    found = element.evaluate("(at, name) => getComputedStyle(at)[name]", colour)
    return sum(float(part) for part in re.findall(r"[\d.]+", found)[:3]) / 3
