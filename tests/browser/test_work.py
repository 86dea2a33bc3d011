"""Work in a real JupyterLab: none for what is out of sight, progress and a way out where it takes long, lost lines."""

from __future__ import annotations

import re
from collections.abc import Callable

from jupyter import Jupyter, Notebook
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

Open = Callable[[list[str]], Notebook]

MODEL = """
import numpy as np, paramwidget as pw
from paramwidget.adapters.arrays import ArraysAdapter
import paramwidget.still; paramwidget.still._PAUSE = 3600  # what a notebook keeps is another matter
model = {f"w{i}": np.full((64, 64), i, np.float32) for i in range(6)}
def total(model):
    return float(sum(w.sum() for w in model.values()))
editor = pw.edit(model, probe=total)
reads = []
read = ArraysAdapter.read
def counted(self, path, region):
    reads.append(path)
    return read(self, path, region)
ArraysAdapter.read = counted
editor
"""
RESULT = ".pw-probe .pw-now .v"


def test_a_view_that_is_scrolled_away_is_not_worked_for(notebook: Open, page: Page) -> None:
    nb = notebook([MODEL, "import IPython; IPython.display.HTML('<div style=\"height:3000px\">far</div>')", "0"])
    nb.run(0)
    nb.run(1)
    editor = nb.editor()
    expect(editor.locator(RESULT)).to_be_visible()
    nb.evaluate(2, "0")  # far below: running a cell scrolls to it
    expect(editor).not_to_be_in_viewport()
    nb.wait_for(2, "editor._backend.service.attention.paid", "False")
    nb.evaluate(2, "reads.clear(); model['w0'][:] = 2")
    assert nb.evaluate(2, "reads") == "[]"
    total = nb.evaluate(2, "print(f'{total(model):,.0f}')")

    editor.evaluate("editor => editor.scrollIntoView()")
    expect(editor.locator(RESULT)).to_have_text(total)
    assert int(nb.evaluate(2, "len(reads)")) > 0


def test_a_view_that_was_cleared_is_not_worked_for(notebook: Open, page: Page) -> None:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    expect(nb.editor()).to_be_visible()
    nb.select(0)
    nb.command("notebook:clear-cell-output")
    expect(page.locator(".pw")).to_have_count(0)
    nb.wait_for(1, "editor._backend.service.attention.paid", "False")
    nb.evaluate(1, "reads.clear(); model['w0'][:] = 2")
    assert nb.evaluate(1, "reads") == "[]"


SLOW = """
import threading, time
def slow(self, path, region):
    if threading.current_thread().name.startswith("paramwidget-"):  # not what the first screen still waits for
        time.sleep(0.6)
    return read(self, path, region)
ArraysAdapter.read = slow
"""


def test_an_examination_says_how_far_it_is_and_can_be_cancelled(notebook: Open) -> None:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    editor = nb.editor()
    expect(editor.locator(RESULT)).to_be_visible()
    nb.evaluate(1, SLOW)
    editor.get_by_role("button", name="Examine").click()
    bar = editor.get_by_role("progressbar", name="Examining")
    expect(bar).to_have_attribute("aria-valuenow", re.compile("^(33|50|67)$"))
    editor.get_by_role("region", name="Examination").get_by_role("button", name="Cancel").click()
    expect(bar).to_have_count(0)
    expect(editor.get_by_role("region", name="Examination")).to_have_count(0)
    nb.evaluate(1, "ArraysAdapter.read = read")
    editor.get_by_role("button", name="Examine").click()
    expect(editor.get_by_role("region", name="Examination")).to_contain_text("6 tensors examined")


def test_a_large_write_can_be_cancelled_before_it_is_written(notebook: Open) -> None:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    editor = nb.editor()
    expect(editor.locator(RESULT)).to_be_visible()
    editor.get_by_role("searchbox", name="Filter layers").fill("w*")
    editor.get_by_role("radio", name="Match").click()
    nb.evaluate(
        1,
        SLOW.replace("ArraysAdapter.read = slow", "from paramwidget import planning\nnew = planning.new_values")
        + "def late(*given):\n    time.sleep(1)\n    return new(*given)\nplanning.new_values = late",
    )
    editor.get_by_label("Operation").select_option(label="Zero")
    expect(editor.get_by_role("progressbar", name="Writing")).to_be_visible()
    editor.get_by_role("status", name="Kernel").get_by_role("button", name="Cancel").click()
    expect(editor.get_by_role("progressbar", name="Writing")).to_have_count(0)
    expect(editor).to_contain_text("stopped before its end")
    assert nb.evaluate(1, "[float(w.mean()) for w in model.values()]") == "[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]"
    assert nb.evaluate(1, "len(editor.session.history), editor.session.previewing") == "(0, None)"


def test_a_search_through_values_can_be_cancelled(notebook: Open) -> None:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    editor = nb.editor()
    expect(editor.locator(RESULT)).to_be_visible()
    nb.evaluate(1, SLOW)
    editor.get_by_role("searchbox", name="Filter layers").fill("nan")
    expect(editor.get_by_role("progressbar", name="Searching")).to_be_visible()
    editor.get_by_role("button", name="Cancel").click()
    expect(editor.get_by_role("progressbar")).to_have_count(0)
    expect(editor.get_by_role("treeitem")).to_have_count(6)


LATE = """
import time
def total(model):
    if model["w1"][0, 0] == 0:
        time.sleep(20)
    return float(sum(w.sum() for w in model.values()))
editor.session.probes.add(total)
"""


def test_a_probe_that_turns_out_slow_is_not_called_live_while_it_runs_and_can_be_stopped(notebook: Open) -> None:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    editor = nb.editor()
    nb.evaluate(1, LATE)
    probe = editor.get_by_role("group", name="total", exact=True)
    expect(probe).to_contain_text("live")
    editor.locator("[role=treeitem][title='w1']").click()
    editor.get_by_role("radio", name="Tensor").click()
    editor.get_by_label("Operation").select_option(label="Zero")
    expect(probe).to_contain_text("running")
    expect(probe).not_to_contain_text("live")
    probe.get_by_role("button", name="Stop").click()
    expect(probe).to_contain_text("stopped")
    assert nb.evaluate(1, "float(model['w1'].mean())") == "0.0"


def test_while_a_cell_goes_on_after_an_edit_the_probe_is_behind(notebook: Open) -> None:
    nb = notebook([MODEL, "editor.session['w1'][...] = 3\nimport time\ntime.sleep(6)\nprint('slept')"])
    nb.run(0)
    editor = nb.editor()
    probe = editor.get_by_role("group", name="total")
    expect(probe).to_contain_text("live")
    before = editor.locator(RESULT).inner_text()
    nb.start(1)
    expect(probe).to_contain_text("behind")
    assert nb.output(1) == "", "the cell is still running"
    expect(probe).to_contain_text("live", timeout=20_000)
    assert editor.locator(RESULT).inner_text() != before


def test_two_browsers_on_one_kernel_follow_each_other(notebook: Open, browser: Browser, lab: Jupyter) -> None:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    nb.command("docmanager:save")
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    try:
        other = context.new_page()
        other.goto(lab.url(nb.name))
        there = other.locator(".pw")
        expect(there.locator(RESULT)).to_be_visible(timeout=60_000)
        here = nb.editor()
        for view, path in ((here, "w1"), (there, "w2")):
            view.locator(f"[role=treeitem][title='{path}']").click()
            view.get_by_role("radio", name="Tensor").click()
            view.get_by_label("Operation").select_option(label="Zero")
            view.get_by_label("Operation").press("Enter")
            for each in (here, there):
                expect(each.get_by_role("button", name=re.compile(f"^Undo: {path}"))).to_be_enabled()
        for view, after in ((here, there), (there, here)):
            shown = view.locator(RESULT).inner_text()
            view.get_by_role("button", name=re.compile("^Undo: ")).click()
            expect(after.locator(RESULT)).not_to_have_text(shown)
        assert nb.evaluate(1, "[float(model[w].mean()) for w in ('w1', 'w2')]") == "[1.0, 2.0]"
    finally:
        context.close()


class Line:
    """The connection of a page with its kernel, which can be cut. To be made before the notebook is opened."""

    def __init__(self, page: Page) -> None:
        self.whole = True
        self._open: list[WebSocketRoute] = []
        page.route_web_socket(re.compile("/api/kernels/.*/channels"), self._route)

    def _route(self, line: WebSocketRoute) -> None:
        if not self.whole:
            line.close()
            return
        server = line.connect_to_server()
        line.on_message(lambda message: server.send(message) if self.whole else None)
        server.on_message(lambda message: line.send(message) if self.whole else None)
        self._open.append(line)

    def close(self) -> None:
        """The page notices."""
        for line in self._open:
            line.close()
        self._open.clear()


def test_what_is_sent_while_the_line_breaks_is_carried_out_when_it_is_back(notebook: Open, page: Page) -> None:
    line = Line(page)
    nb = notebook([MODEL, "0"])
    nb.run(0)
    editor = nb.editor()
    expect(editor.locator(RESULT)).to_be_visible()
    editor.locator("[role=treeitem][title='w1']").click()
    editor.get_by_role("radio", name="Tensor").click()
    editor.get_by_label("Operation").select_option(label="Zero")
    expect(editor.get_by_text("preview", exact=True).first).to_be_visible()
    line.whole = False
    editor.get_by_label("Operation").press("Enter")  # nobody hears it
    page.wait_for_timeout(300)
    line.close()
    expect(editor.get_by_role("status", name="Kernel")).to_contain_text("No connection to the kernel")
    line.whole = True
    page.evaluate("() => void window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.reconnect()")
    nb.wait_until_idle()
    expect(editor.get_by_text("preview", exact=True)).to_have_count(0, timeout=15_000)
    expect(editor.get_by_role("status", name="Kernel")).to_have_text("")
    values = nb.evaluate(1, "float(model['w1'].mean()), len(editor.session.history), editor.session.previewing")
    assert values == "(0.0, 1, None)"
