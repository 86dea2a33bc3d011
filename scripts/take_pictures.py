"""Take the pictures of the README from the running widget: `docs/pictures/*.png`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests"), str(ROOT / "scripts")]

import digits
from conftest import ARGUMENTS
from find_browser import find
from jupyter import JupyterLab, Notebook

PICTURES = ROOT / "docs" / "pictures"
EDIT = "import paramwidget as pw\n\neditor = pw.edit(model)\neditor"
PREPARE = """
editor.session["conv2/kernel"][1, 1, 4, 0:8] = 0.0
editor.session["logits/bias"][8] = 0.25
editor.session.freeze("conv1", "bn1")
"""


def main() -> None:
    """Wide, dark, values and narrow."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    lab = JupyterLab(Path(tempfile.mkdtemp()))
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
            page.wait_for_timeout(1500)
            editor.screenshot(path=PICTURES / "heatmap.png")
            editor.get_by_role("tab", name="Values").click()
            cell = editor.locator("[role=gridcell][data-row='4'][data-col='9']")
            cell.click()
            page.keyboard.type("0.1")
            expect(editor.locator(".pw-fx")).to_contain_text("stored as")
            page.wait_for_timeout(500)
            editor.screenshot(path=PICTURES / "values.png")
            page.keyboard.press("Escape")
            editor.get_by_role("tab", name="Heatmap").click()
            notebook.command("apputils:change-theme", theme="JupyterLab Dark")
            page.wait_for_timeout(1500)
            editor.screenshot(path=PICTURES / "dark.png")
            notebook.command("apputils:change-theme", theme="JupyterLab Light")
            page.set_viewport_size({"width": 560, "height": 1560})
            page.wait_for_timeout(2000)
            _scroll_to(page)
            editor.screenshot(path=PICTURES / "narrow.png")
            browser.close()
    finally:
        lab.close()


def _scroll_to(page: Page) -> None:
    page.locator(".pw").first.scroll_into_view_if_needed()


if __name__ == "__main__":
    main()
