"""Take the pictures of the README from the running widget: `docs/pictures/*.png`."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests"), str(ROOT / "scripts")]

import digits
from conftest import ARGUMENTS
from find_browser import find
from jupyter import Jupyter, Notebook

PICTURES = ROOT / "docs" / "pictures"
EDIT = """
import numpy as np, paramwidget as pw
def predicted(model):
    return model(x_test, training=False).numpy().argmax(1)
def accuracy(model):
    return float((predicted(model) == y_test).mean())
def per_digit(model):
    hits = predicted(model) == y_test
    return {str(digit): float(hits[y_test == digit].mean()) for digit in range(10)}
def confusion(model):
    counts = np.zeros((10, 10))
    np.add.at(counts, (y_test, predicted(model)), 1)
    return counts
editor = pw.edit(model, probe={"accuracy": accuracy, "per digit": per_digit, "confusion": confusion})
editor
"""
PREPARE = """
session = editor.session
for change in (
    lambda: session.edit("dense/kernel", pw.edits.Prune(fraction=0.6)),
    lambda: session.snapshot("pruned"),
    lambda: session["logits/bias"].apply("w + 0.1", region="[8]"),
    lambda: session.edit("conv2/kernel", pw.edits.Clip(-0.15, 0.15)),
    lambda: session.freeze("conv1", "bn1"),
):
    change()
    session.probes.run()
"""


def main() -> None:
    """Wide, each view, dark, narrow, history, compare and values."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    lab = Jupyter(Path(tempfile.mkdtemp()))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find(), args=ARGUMENTS)
            context = browser.new_context(viewport={"width": 1460, "height": 1000}, device_scale_factor=2)
            page = context.new_page()
            notebook = Notebook(lab, page, "digits.ipynb", [digits.KERAS, EDIT, PREPARE])
            for cell in range(3):
                notebook.run(cell)
            notebook.command("application:toggle-left-area")
            editor = notebook.editor()
            editor.locator("[role=treeitem][title='conv2/kernel']").click()
            editor.get_by_role("radio", name="Slice").click()
            editor.get_by_label("Slice").fill("[..., 0:8]")
            editor.get_by_label("Operation").select_option(label="Scale ×")
            editor.get_by_role("tab", name="Spectrum").click()  # seen before the trial, so that it shows both
            page.wait_for_timeout(1500)
            editor.locator(".pw-edit .fld.num").first.fill("0.5")
            for view in ("Spectrum", "Kernels", "Heatmap"):
                editor.get_by_role("tab", name=view).click()
                page.wait_for_timeout(2000)
                editor.screenshot(path=PICTURES / f"{view.lower()}.png")
            notebook.command("apputils:change-theme", theme="JupyterLab Dark")
            page.wait_for_timeout(1500)
            editor.screenshot(path=PICTURES / "dark.png")
            notebook.command("apputils:change-theme", theme="JupyterLab Light")
            page.set_viewport_size({"width": 560, "height": 1900})
            page.wait_for_timeout(2000)
            _scroll_to(page)
            editor.screenshot(path=PICTURES / "narrow.png")
            page.set_viewport_size({"width": 1460, "height": 1000})
            editor.get_by_role("button", name=re.compile("^Apply")).click()
            page.wait_for_timeout(1500)
            editor.locator(".pw-plot [tabindex='0']").first.press("h")
            page.wait_for_timeout(1500)
            editor.screenshot(path=PICTURES / "history.png")
            page.keyboard.press("h")
            editor.locator(".pw-plot [tabindex='0']").first.press("c")
            page.wait_for_timeout(1500)
            editor.get_by_role("button", name="Use start as A").click()
            editor.get_by_label("Tensor, only those that differ").select_option("conv2/kernel")
            page.wait_for_timeout(1500)
            editor.screenshot(path=PICTURES / "compare.png")
            page.keyboard.press("Escape")
            editor.get_by_role("tab", name="Values").click()
            cell = editor.locator("[role=gridcell][data-row='4'][data-col='9']")
            cell.click()
            page.keyboard.type("0.1")
            expect(editor.locator(".pw-fx")).to_contain_text("stored as")
            page.wait_for_timeout(500)
            editor.screenshot(path=PICTURES / "values.png")
            browser.close()
    finally:
        lab.close()


def _scroll_to(page: Page) -> None:
    page.locator(".pw").first.scroll_into_view_if_needed()


if __name__ == "__main__":
    main()
