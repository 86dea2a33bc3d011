"""Benchmarks in a real JupyterLab: what a user waits for, against an empty request on the same connection."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.report import Line

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "scripts")]

from conftest import ARGUMENTS  # noqa: E402
from find_browser import find  # noqa: E402
from jupyter import Jupyter, Notebook  # noqa: E402

SETUP = """
import numpy as np, paramwidget as pw
model = {"large": np.random.default_rng(0).normal(size=(4096, 4096)).astype(np.float32), "w": np.zeros((40, 40), np.float32)}
editor = pw.edit(model)
editor
"""
# a widget that sends requests through the editor's own model, as the front end does, and times the answers
CLOCK = """
import anywidget, traitlets
class Clock(anywidget.AnyWidget):
    _esm = '''
    async function initialize({ model }) {
      const editor = await model.widget_manager.get_model(model.get("target"));
      let id = 2 ** 40;
      window.ask = (request) => new Promise((resolve) => {
        const mine = ++id, start = performance.now();
        const heard = (content, buffers) => {
          if (content.id !== mine) return;
          editor.off("msg:custom", heard);
          resolve([performance.now() - start, buffers.reduce((n, b) => n + b.byteLength, 0), content.reply.kind]);
        };
        editor.on("msg:custom", heard);
        editor.send({ id: mine, request });
      });
      window.clockReady = true;
    }
    export default { initialize, render() {} };
    '''
    target = traitlets.Unicode().tag(sync=True)
Clock(target=editor.model_id)
"""
MANY = """
import numpy as np, paramwidget as pw
many = {f"block{i}": {f"t{j}": np.full((2, 2), i + j / 100) for j in range(100)} for i in range(1000)}
big = pw.edit(many)
big
"""
DRAGGED = """
import time
import numpy as np, paramwidget as pw
def probe(model):
    time.sleep(0.010)
    return float(model["w"][0, 0])
dragged = pw.edit({"w": np.ones((100, 100), np.float32)}, probe=probe)
dragged
"""
ASK = "async ([request, times]) => { const all = []; for (let i = 0; i < times; i++) all.push(await window.ask(request)); return all; }"


def run() -> list[Line]:
    """All of them, in one server and one browser."""
    lab = Jupyter(Path(tempfile.mkdtemp()))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find(), args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            notebook = Notebook(lab, page, "bench.ipynb", [SETUP, CLOCK, MANY])
            notebook.run(0)
            expect(notebook.editor().get_by_role("treeitem").first).to_be_visible()
            notebook.run(1)
            page.wait_for_function("() => window.clockReady")
            lines = [tile(page), cell_edit(page, notebook), first_rows(page, notebook)]
            lines.append(previews(page, Notebook(lab, page, "drag.ipynb", [DRAGGED, ""])))
            browser.close()
            return lines
    finally:
        lab.close()


def _ask(page: Page, request: dict[str, Any], times: int = 15) -> list[Any]:
    answers: list[Any] = page.evaluate(ASK, [request, times])
    return answers


def _empty(page: Page, times: int = 25) -> list[float]:
    return [taken for taken, _, _ in _ask(page, {"kind": "Ping"}, times)]


def tile(page: Page) -> Line:
    """The overview of a 4096 by 4096 tensor."""
    plane = {"rows": 0, "cols": 1, "fixed": [0, 0]}
    window = {"top": 0, "bottom": 4096, "left": 0, "right": 4096}
    request = {"kind": "GetTile", "path": "large", "plane": plane, "window": window, "height": 300, "width": 500}
    empty = statistics.median(_empty(page))
    answers = _ask(page, request)
    taken = statistics.median(one[0] for one in answers)
    detail = f"empty request {empty:.0f} ms, ratio {taken / empty:.1f}, {answers[0][1] / 2**20:.2f} MiB"
    return Line("overview of 4096x4096 in the browser", taken, 4 * empty, "ms", detail)


def cell_edit(page: Page, notebook: Notebook) -> Line:
    """From Enter to the repainted cell, 95th percentile."""
    editor = notebook.editor()
    editor.locator("[role=treeitem][title=w]").click()
    editor.get_by_role("tab", name="Values").click()
    cell = editor.locator("[role=gridcell][data-row='1'][data-col='1']")
    expect(cell).not_to_have_attribute("aria-busy", "true")
    page.evaluate(
        """() => {
          window.edits = [];
          document.addEventListener('keydown', (e) => { if (e.key === 'Enter') window.entered = performance.now(); }, true);
          const root = document.querySelector('.pw');
          new MutationObserver(() => {
            const cell = root.querySelector("[role=gridcell][data-row='1'][data-col='1']");
            if (!window.entered || !cell || cell.getAttribute('aria-busy') === 'true') return;
            if (cell.querySelector('input') || parseFloat(cell.textContent) !== window.typed) return;
            window.edits.push(performance.now() - window.entered);
            window.entered = 0;
          }).observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
        }"""
    )
    empties: list[float] = []
    for i in range(1, 41):
        empties += _empty(page, 1)
        cell.click()
        page.evaluate("(v) => { window.typed = v; }", i)
        page.keyboard.type(str(i))
        page.keyboard.press("Enter")
        page.wait_for_function("(n) => window.edits.length >= n", arg=i)
    taken = sorted(page.evaluate("() => window.edits"))
    p95 = taken[int(0.95 * len(taken))]
    empty = sorted(empties)[int(0.95 * len(empties))]
    detail = f"empty request p95 {empty:.0f} ms; median {statistics.median(taken):.0f} ms; limit is 2 x + 20 ms"
    return Line("cell edit, Enter to repaint, p95", p95, 2 * empty + 20, "ms", detail)


def first_rows(page: Page, notebook: Notebook) -> Line:
    """From the end of the cell to the first rows of a tree of 100,000 tensors."""
    page.evaluate(
        """() => {
          window.shown = 0;
          new MutationObserver(() => {
            const editors = document.querySelectorAll('.pw');
            if (!window.shown && editors.length > 1 && editors[editors.length - 1].querySelector('[role=treeitem]'))
              window.shown = performance.now();
          }).observe(document.body, { subtree: true, childList: true });
        }"""
    )
    notebook.run(2)
    ended = page.evaluate("() => performance.now()")
    page.wait_for_function("() => window.shown")
    shown = page.evaluate("() => window.shown")
    waited = max(0.0, shown - ended)
    editor = notebook.editor(1)
    editor.get_by_role("searchbox", name="Filter layers").fill("block999/t99")
    expect(editor.locator("[role=treeitem][title='block999/t99']")).to_be_visible()
    return Line("first rows of 100,000 tensors", waited, 1000, "ms", "after the cell ran, in the browser")


def previews(page: Page, notebook: Notebook) -> Line:
    """Values written to the model while a slider is dragged, each with its probe run, against what a user sees as live."""
    notebook.run(0)
    editor = notebook.editor()
    editor.get_by_role("radio", name="Tensor").click()
    editor.get_by_label("Operation").select_option(label="Scale ×")
    slider = editor.locator(".pw-edit input[type=range]")
    slider.evaluate(
        """async (slider) => {
          const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
          const began = performance.now();
          for (let i = 0; performance.now() - began < 5000; i++) {
            set.call(slider, String(Number(slider.max) * (0.5 + 0.4 * Math.sin(i / 20))));
            slider.dispatchEvent(new Event('input', { bubbles: true }));
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
        }"""
    )
    written, took = int(notebook.evaluate(1, "dragged.session.generation")), 5.0
    rate = written / took
    detail = f"{rate:.1f} previews a second while a slider moves a hundred times a second, with a probe of 10 ms"
    return Line("time for one preview in the browser", 1e3 / rate, 50, "ms", detail)
