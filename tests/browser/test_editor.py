"""The main job in a real JupyterLab: open, look, edit, freeze, train, undo, by role and name."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import digits
from jupyter import Notebook

Open = Callable[[list[str]], Notebook]
SMALL = "import numpy as np, paramwidget as pw\nmodel = {'w': np.zeros((4, 5), np.float32), 'b': np.arange(3)}\n"
EDIT = "import paramwidget as pw\neditor = pw.edit(model)\neditor"
PATHS = {"keras": ("conv2/kernel", "conv2/bias"), "torch": ("conv2.weight", "conv2.bias")}


def row(editor: Locator, name: str) -> Locator:
    """The tree row whose spoken name begins with `name`."""
    return editor.get_by_role("treeitem", name=re.compile(rf"^{re.escape(name)}\b")).first


def cell(editor: Locator, i: int, j: int) -> Locator:
    return editor.locator(f"[role=gridcell][data-row='{i}'][data-col='{j}']")


def select(editor: Locator, path: str) -> None:
    """Show a tensor by clicking its row."""
    editor.locator(f"[role=treeitem][title='{path}']").click()
    expect(editor.locator(".pw-crumb")).to_contain_text(re.split(r"[/.]", path)[-1])


def values(editor: Locator) -> None:
    editor.get_by_role("tab", name="Values").click()
    expect(cell(editor, 0, 0)).not_to_have_attribute("aria-busy", "true")


@pytest.mark.parametrize("framework", ["keras", "torch"])
def test_open_edit_freeze_train_and_undo_on_a_trained_model(notebook: Open, framework: str) -> None:
    source = digits.KERAS if framework == "keras" else digits.TORCH
    kernel_path, _ = PATHS[framework]
    nb = notebook([source, EDIT, "0", "0"])
    nb.run(0)
    assert float(nb.evaluate(2, digits.ACCURACY)) >= 0.95
    nb.run(1)
    editor = nb.editor()
    total = nb.evaluate(
        2, "model.count_params()" if framework == "keras" else "sum(p.numel() for p in model.parameters())"
    )
    expect(editor.locator(".pw-tot")).to_contain_text(f"{int(total):,}")
    nb.evaluate(2, "before = scores(); print(before[0, 0] == scores()[0, 0])")

    select(editor, kernel_path)
    values(editor)
    cell(editor, 3, 2).click()
    editor.page.keyboard.type("2.5")
    expect(editor.locator(".pw-fx")).to_contain_text("stored as")
    editor.page.keyboard.press("Enter")
    expect(cell(editor, 3, 2)).to_have_text(re.compile(r"^2\.50*$"))
    where = "[1, 1, 3, 2]" if framework == "keras" else "[2, 3, 1, 1]"
    assert float(nb.evaluate(2, f"float(editor.session[{kernel_path!r}][{where[1:-1]}])")) == 2.5
    assert float(nb.evaluate(2, "float(np.abs(scores() - before).max())")) > 1e-3, "the prediction changed"

    editor.get_by_role("button", name=re.compile("^Undo: ")).click()
    expect(cell(editor, 3, 2)).not_to_have_text(re.compile(r"^2\.50*$"))
    assert float(nb.evaluate(2, "float(np.abs(scores() - before).max())")) == 0.0, "undo is bit-identical"

    editor.get_by_role("checkbox", name="Freeze conv2", exact=True).click()
    expect(editor.get_by_role("checkbox", name="Freeze conv2", exact=True)).to_have_attribute("aria-checked", "true")
    nb.evaluate(2, f"held = editor.session[{kernel_path!r}][...].copy()")
    free = "dense/kernel" if framework == "keras" else "dense.weight"
    nb.evaluate(2, f"moving = editor.session[{free!r}][...].copy()\ntrain(1)")
    assert float(nb.evaluate(2, f"float(np.abs(editor.session[{kernel_path!r}][...] - held).max())")) == 0.0
    assert float(nb.evaluate(2, f"float(np.abs(editor.session[{free!r}][...] - moving).max())")) > 0

    nb.reload()
    editor = nb.editor()
    expect(editor.get_by_role("checkbox", name="Freeze conv2", exact=True)).to_have_attribute("aria-checked", "true")
    expect(editor.locator(".pw-crumb")).to_contain_text(kernel_path.rsplit("/" if framework == "keras" else ".")[-1])
    editor.get_by_role("button", name=re.compile("^Undo: ")).click()
    expect(editor.get_by_role("checkbox", name="Freeze conv2", exact=True)).to_have_attribute("aria-checked", "false")


def test_filter_by_name_and_by_fact(notebook: Open) -> None:
    nb = notebook([SMALL + "model['bad'] = np.array([1.0, np.nan])\n" + EDIT])
    nb.run(0)
    editor = nb.editor()
    expect(editor.get_by_role("treeitem")).to_have_count(3)
    box = editor.get_by_role("searchbox", name="Filter layers")
    box.fill("dtype:i64")
    expect(editor.get_by_role("treeitem")).to_have_count(1)
    expect(row(editor, "b")).to_be_visible()
    box.fill("nan")
    expect(row(editor, "bad")).to_be_visible()
    expect(editor.get_by_role("treeitem")).to_have_count(1)
    box.fill("badd")
    expect(editor.locator(".pw-side")).to_contain_text("bad")
    expect(editor.get_by_role("treeitem")).to_have_count(0)
    box.fill("")
    expect(editor.get_by_role("treeitem")).to_have_count(3)


def test_wrong_input_is_refused_at_the_cell_and_nothing_is_written(notebook: Open) -> None:
    nb = notebook([SMALL + EDIT, "0"])
    nb.run(0)
    editor = nb.editor()
    select(editor, "b")
    values(editor)
    cell(editor, 0, 1).click()
    for typed, sentence in (("2.5", "not a whole number"), ("1e30", "does not fit"), ("--", "not a")):
        editor.page.keyboard.type(typed) if typed != "--" else editor.page.keyboard.type("-x")
        editor.page.keyboard.press("Enter")
        expect(editor.locator("[role=gridcell] [role=alert]")).to_contain_text(sentence)
        editor.page.keyboard.press("Escape")
        expect(cell(editor, 0, 1)).to_have_text("1")
    assert nb.evaluate(1, "model['b'].tolist()") == "[0, 1, 2]"
    assert nb.evaluate(1, "editor.session.history") == "[]"


def test_a_block_from_a_spreadsheet_is_pasted_as_one_step(notebook: Open) -> None:
    nb = notebook([SMALL + EDIT, "0"])
    nb.run(0)
    editor = nb.editor()
    select(editor, "w")
    values(editor)
    cell(editor, 1, 2).click()
    editor.page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData('text/plain', '1\\t2\\n3\\t4.5\\n');
          document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true}));
        }"""
    )
    expect(cell(editor, 2, 3)).to_have_text(re.compile(r"^4\.50*$"))
    assert nb.evaluate(1, "model['w'][1:3, 2:4].tolist()") == "[[1.0, 2.0], [3.0, 4.5]]"
    assert nb.evaluate(1, "len(editor.session.history)") == "1"
    assert "edited" in (row(editor, "w").get_attribute("aria-label") or "")


def test_a_slice_is_set_by_text(notebook: Open) -> None:
    nb = notebook([SMALL + EDIT, "0"])
    nb.run(0)
    editor = nb.editor()
    select(editor, "w")
    bar = editor.get_by_role("form", name="Edit")
    bar.get_by_role("radio", name="Slice").click()
    bar.get_by_role("textbox", name="Slice").fill("[0:2, 9]")
    expect(bar.get_by_role("alert")).to_contain_text("axis 1 has 5 values")
    bar.get_by_role("textbox", name="Slice").fill("[0:2, 1:3]")
    expect(bar).to_contain_text("4 of 20")
    bar.get_by_role("textbox", name="Value").fill("0.1")
    bar.get_by_role("button", name=re.compile("Apply")).click()
    expect(editor.get_by_role("button", name=re.compile("^Undo: w"))).to_be_enabled()
    assert nb.evaluate(1, "(model['w'] != 0).sum(axis=1).tolist()") == "[2, 2, 0, 0]"


CONVOLUTIONS = {
    "keras": (
        "import keras, numpy as np\nmodel = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 5)])\n",
        "model.layers[0].kernel.numpy()",
    ),
    "torch": (
        "import torch, numpy as np\nmodel = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 5))\n",
        "model[0].weight.detach().numpy().transpose(2, 3, 1, 0)",
    ),
}


@pytest.mark.parametrize("framework", ["keras", "torch"])
def test_kernels_are_seen_and_edited_whole(notebook: Open, framework: str) -> None:
    source, kernel = CONVOLUTIONS[framework]
    nb = notebook([source + EDIT, "0"])
    nb.run(0)
    editor = nb.editor()
    editor.get_by_role("tab", name="Kernels").click()
    picture = editor.get_by_role("img", name=re.compile("^Kernels of .*, 3 rows by 4 columns"))
    expect(editor.locator(".pw-dims")).to_contain_text("tile kh × kw")
    picture.focus()
    editor.page.keyboard.press("ArrowRight")
    editor.page.keyboard.press("ArrowRight")
    grid = editor.get_by_role("grid", name="Kernel of in 0, out 2")
    expect(grid.get_by_role("gridcell")).to_have_count(25)
    nb.evaluate(1, f"before = {kernel}.copy(); kernel = lambda: {kernel}")
    shown = grid.get_by_role("gridcell").nth(7)
    assert float(shown.get_attribute("title").replace("−", "-")) == pytest.approx(  # type: ignore[union-attr]
        float(nb.evaluate(1, "float(before[1, 2, 0, 2])")), abs=1e-4
    )
    picture.focus()
    editor.page.keyboard.press("Shift+ArrowDown")
    bar = editor.get_by_role("form", name="Edit")
    expect(bar).to_contain_text("50 of 300")
    bar.get_by_role("textbox", name="Value").fill("0")
    bar.get_by_role("button", name=re.compile("Apply")).click()
    expect(shown).to_have_attribute("title", "0")
    told = "np.array_equal(kernel() == 0, np.isin(np.arange(3), [0, 1])[:, None] & (np.arange(4) == 2) & (before == before))"
    assert nb.evaluate(1, told) == "True"
    shown.click()
    expect(editor.locator(".pw-rail .ix")).to_have_text("[1, 2, 0, 2]" if framework == "keras" else "[2, 0, 1, 2]")
    editor.get_by_role("button", name=re.compile("^Undo: ")).click()
    expect(shown).not_to_have_attribute("title", "0")
    assert nb.evaluate(1, "np.array_equal(kernel(), before)") == "True"


def test_two_views_of_one_editor_follow_each_other(notebook: Open) -> None:
    nb = notebook([SMALL + EDIT, "editor", "0"])
    nb.run(0)
    nb.run(1)
    first, second = nb.editor(0), nb.editor(1)
    select(first, "w")
    values(first)
    select(second, "w")
    values(second)
    cell(first, 0, 0).click()
    nb.page.keyboard.type("7")
    nb.page.keyboard.press("Enter")
    expect(cell(first, 0, 0)).to_have_text(re.compile(r"^7\.0?0*$"))
    expect(cell(second, 0, 0)).to_have_text(re.compile(r"^7\.0?0*$"))
    select(second, "b")
    expect(first.locator(".pw-crumb")).to_contain_text("w")


def test_running_the_cell_again_keeps_the_history_and_one_view(notebook: Open) -> None:
    nb = notebook([SMALL, EDIT, "0"])
    nb.run(0)
    nb.run(1)
    nb.evaluate(2, "editor.session['w'][0, 0] = 5.0")
    expect(nb.editor().get_by_role("button", name=re.compile("^Undo: w"))).to_be_enabled()
    nb.run(1)
    expect(nb.page.locator(".pw")).to_have_count(1)
    expect(nb.editor().get_by_role("button", name=re.compile("^Undo: w"))).to_be_enabled()
    assert nb.evaluate(2, "model['w'][0, 0].item()") == "5.0"


def test_what_another_cell_wrote_is_shown_and_undo_asks_first(notebook: Open) -> None:
    nb = notebook([SMALL + EDIT, "0"])
    nb.run(0)
    editor = nb.editor()
    select(editor, "w")
    values(editor)
    cell(editor, 0, 0).click()
    nb.page.keyboard.type("7")
    nb.page.keyboard.press("Enter")
    expect(cell(editor, 0, 0)).to_have_text(re.compile(r"^7\.0?0*$"))
    nb.evaluate(1, "model['w'][:] = 9")
    expect(cell(editor, 0, 0)).to_have_text(re.compile(r"^9\.0?0*$"))
    editor.get_by_role("button", name=re.compile("^Undo: ")).click()
    expect(editor.get_by_role("alert").first).to_contain_text("something else")
    assert nb.evaluate(1, "model['w'][0, 0].item()") == "9.0"
    editor.get_by_role("button", name="Undo anyway").click()
    expect(cell(editor, 0, 0)).to_have_text(re.compile(r"^0(\.0*)?$"))
    assert nb.evaluate(1, "model['w'][0, 0].item()") == "0.0"


TRAINING = """
import time, torch
end = time.time() + 6
steps = 0
while time.time() < end:
    train(1)
    steps += 1
print("trained without an error")
"""


def test_while_a_cell_trains_reading_works_and_a_write_waits(notebook: Open) -> None:
    nb = notebook([digits.TORCH + EDIT, TRAINING, "0"])
    nb.run(0)
    editor = nb.editor()
    select(editor, "logits.bias")
    values(editor)
    nb.start(1)
    nb.page.wait_for_timeout(500)
    select(editor, "dense.bias")  # reading: the new tensor's cells come while the loop runs
    expect(cell(editor, 0, 1)).to_be_visible(timeout=4000)
    expect(cell(editor, 0, 1)).not_to_have_attribute("aria-busy", "true", timeout=4000)
    assert nb.output(1) == "", "the cell is still running"
    cell(editor, 0, 0).click()
    nb.page.keyboard.type("3")
    nb.page.keyboard.press("Enter")
    expect(editor.get_by_role("status", name="Kernel")).to_contain_text("safe point", timeout=4000)
    expect(cell(editor, 0, 0)).to_have_text(re.compile(r"^3\.0?0*$"), timeout=15_000)
    nb.wait_until_idle()
    assert nb.output(1) == "trained without an error"
    assert nb.evaluate(2, "model.dense.bias[0].item()") == "3.0"


def test_the_first_screen_is_there_though_the_next_cell_keeps_the_kernel_busy(notebook: Open) -> None:
    nb = notebook([SMALL + EDIT, "import time\ntime.sleep(6)\nprint('slept')"])
    nb.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); return null; }")
    editor = nb.editor()
    expect(editor.get_by_role("treeitem")).to_have_count(2, timeout=15_000)
    expect(editor.locator(".pw-stats")).to_contain_text("mean")
    expect(editor.locator(".pw-plot canvas")).to_be_visible()
    assert nb.output(1) == "", "the next cell is still running"
    nb.wait_until_idle()


def test_a_preview_that_waits_with_a_write_shows_what_that_write_left(notebook: Open) -> None:
    nb = notebook([SMALL + EDIT, "import time\ntime.sleep(6)\nprint('slept')"])
    nb.run(0)
    editor = nb.editor()
    select(editor, "w")
    values(editor)
    nb.start(1)
    cell(editor, 0, 0).click()
    nb.page.keyboard.type("7")
    nb.page.keyboard.press("Enter")
    expect(editor.get_by_role("status", name="Kernel")).to_contain_text("safe point", timeout=4000)
    editor.get_by_role("combobox", name="Operation").select_option("Scale")
    editor.get_by_role("radio", name="Tensor").click()
    editor.get_by_role("textbox", name="Factor").fill("2")
    assert nb.output(1) == "", "the cell is still running"
    largest = editor.locator(".pw-stats > div", has_text="max")
    expect(largest.locator("dd")).to_have_text("14.00", timeout=15_000)
    expect(largest.locator("s")).to_have_text("7.000")


def test_a_restarted_kernel_is_said_and_editing_is_off(notebook: Open) -> None:
    nb = notebook([SMALL + EDIT])
    nb.run(0)
    editor = nb.editor()
    select(editor, "w")
    values(editor)
    nb.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart().then(() => null)"
    )
    nb.wait_until_idle()
    expect(editor.get_by_role("alert").first).to_contain_text("kernel restarted or stopped", timeout=15_000)
    expect(editor.get_by_role("alert").first).to_contain_text("Run the cell again")
    expect(editor.get_by_role("treeitem")).to_have_count(2)


def test_a_closed_editor_leaves_the_page(notebook: Open) -> None:
    nb = notebook([SMALL + EDIT, "0"])
    nb.run(0)
    expect(nb.editor()).to_be_visible()
    nb.evaluate(1, "editor.close()")
    expect(nb.page.locator(".pw")).to_have_count(0)


def test_a_picture_is_saved_as_png(notebook: Open) -> None:
    nb = notebook([SMALL + EDIT])
    nb.run(0)
    with nb.page.expect_download() as download:
        nb.editor().get_by_role("button", name=re.compile("PNG")).click()
    assert download.value.suggested_filename.endswith(".png")
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_names_that_are_markup_are_text(notebook: Open) -> None:
    name = "<img src=x onerror=window.hacked=1>"
    nb = notebook([f"import numpy as np, paramwidget as pw\nmodel = {{{name!r}: np.zeros((2, 2))}}\n" + EDIT])
    nb.run(0)
    expect(nb.editor().get_by_role("treeitem")).to_contain_text(name)
    assert nb.page.evaluate("() => window.hacked") is None


def test_a_tree_of_100_000_tensors_scrolls_and_selects(notebook: Open) -> None:
    nb = notebook(
        [
            "import numpy as np, paramwidget as pw\nmodel = {f'block{i}': {f't{j}': np.full((2, 2), i * 100.0 + j)"
            " for j in range(100)} for i in range(1000)}\n" + EDIT
        ]
    )
    nb.run(0)
    editor = nb.editor()
    expect(row(editor, "block0")).to_be_visible()
    box = editor.get_by_role("searchbox", name="Filter layers")
    box.fill("block999/t99")
    editor.locator("[role=treeitem][title='block999/t99']").click()
    values(editor)
    expect(cell(editor, 1, 1)).to_have_text(re.compile("99999|99,999"))


def test_an_unbuilt_model_shows_its_structure_and_the_reason(notebook: Open) -> None:
    nb = notebook(["import torch\nmodel = torch.nn.Sequential(torch.nn.LazyLinear(4), torch.nn.Linear(4, 2))\n" + EDIT])
    nb.run(0)
    editor = nb.editor()
    select(editor, "0.weight")
    expect(editor.locator(".pw-main")).to_contain_text("lazy")
