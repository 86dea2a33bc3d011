"""Trying values out in a real JupyterLab: drag, watch the probe, keep or drop, flip, compare, sweep, examine."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from jupyter import Notebook
from playwright.sync_api import Locator, Page, expect

Open = Callable[[list[str]], Notebook]

MODEL = """
import hashlib, time
import numpy as np, paramwidget as pw
rng = np.random.default_rng(0)
model = {"dense": {"w": rng.standard_normal((16, 24)).astype(np.float32), "b": np.ones(24, np.float32)}}
def total(model):
    return float(np.abs(model["dense"]["w"]).sum())
def bits():
    return hashlib.sha256(model["dense"]["w"].tobytes() + model["dense"]["b"].tobytes()).hexdigest()[:12]
editor = pw.edit(model, probe=total)
editor
"""


def opened(notebook: Open) -> tuple[Notebook, Locator]:
    nb = notebook([MODEL, "0"])
    nb.run(0)
    editor = nb.editor()
    editor.locator("[role=treeitem][title='dense/w']").click()
    expect(result(editor)).to_have_text(number(nb))
    return nb, editor


def result(editor: Locator) -> Locator:
    return editor.get_by_role("group", name="total").locator(".pw-now .v")


def number(nb: Notebook) -> re.Pattern[str]:
    """What the probe shows for the model as it is: four significant digits."""
    value = float(nb.evaluate(1, "total(model)"))
    return re.compile(f"^{re.escape(f'{value:#.4g}' if value else '0')}$")


def choose(editor: Locator, operation: str) -> None:
    editor.get_by_role("radio", name="Tensor").click()
    editor.get_by_label("Operation").select_option(label=operation)


def press(editor: Locator, key: str) -> None:
    """Press a key on the picture: in the tree, letters look for names."""
    editor.locator(".pw-plot [tabindex='0']").first.press(key)


def drag(page: Page, slider: Locator, start: float, end: float) -> None:
    """Drag the thumb of a slider between two places, given as shares of its width; the button stays down."""
    box = slider.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(box["x"] + (start + (end - start) * step / 10) * box["width"], y)
        page.wait_for_timeout(20)


def test_the_spectrum_follows_trials_and_edits(notebook: Open) -> None:
    nb, editor = opened(notebook)
    editor.get_by_role("tab", name="Spectrum").click()
    largest = float(nb.evaluate(1, "float(np.linalg.svd(model['dense']['w'], compute_uv=False)[0])"))
    picture = editor.get_by_role("img", name=re.compile("^Spectrum of dense.w: 16 singular values"))
    rail = editor.get_by_role("complementary", name="Singular values")
    before = editor.locator(".pw-sv .before")
    expect(rail).to_contain_text(f"largest{largest:.3f}")
    expect(picture).to_be_visible()
    expect(editor.locator(".pw-dims")).to_have_text("matrixaxis 0 × axis 1 = 16×24")
    choose(editor, "Scale ×")
    editor.get_by_role("textbox", name="Factor").fill("0.5")
    expect(rail).to_contain_text(f"largest{largest / 2:.3f}")
    expect(before).to_have_count(1)
    editor.get_by_role("textbox", name="Factor").press("Escape")
    expect(rail).to_contain_text(f"largest{largest:.3f}")
    expect(before).to_have_count(0)
    nb.evaluate(1, "_ = editor.session.edit('dense/w', pw.edits.Scale(0.25))")
    expect(rail).to_contain_text(f"largest{largest / 4:.3f}")
    expect(before).to_have_count(0)
    nb.evaluate(1, "model['dense']['w'].fill(0)")  # not by the editor
    expect(rail).to_contain_text("largest0smallest0condition–")


def test_dragging_moves_the_probe_and_escape_brings_the_bytes_back(notebook: Open, page: Page) -> None:
    nb, editor = opened(notebook)
    bits, before = nb.evaluate(1, "bits()"), number(nb)
    choose(editor, "Scale ×")
    drag(page, editor.locator(".pw-edit input[type=range]"), 0.5, 0.25)
    page.mouse.up()
    expect(editor.get_by_text("preview", exact=True).first).to_be_visible()
    expect(result(editor)).not_to_have_text(before)
    expect(result(editor)).to_have_text(number(nb))  # the cell that asks sees the preview, too
    assert nb.evaluate(1, "bits()") != bits
    assert nb.evaluate(1, "len(editor.session.history)") == "0"
    editor.locator(".pw-edit input[type=range]").focus()
    page.keyboard.press("Escape")
    expect(editor.get_by_text("preview", exact=True)).to_have_count(0)
    expect(result(editor)).to_have_text(before)
    assert nb.evaluate(1, "bits()") == bits


def test_enter_keeps_a_preview_as_one_entry(notebook: Open, page: Page) -> None:
    nb, editor = opened(notebook)
    bits = nb.evaluate(1, "bits()")
    choose(editor, "Scale ×")
    drag(page, editor.locator(".pw-edit input[type=range]"), 0.5, 0.3)
    page.mouse.up()
    editor.locator(".pw-edit input[type=range]").focus()
    page.keyboard.press("Enter")
    expect(editor.get_by_role("button", name=re.compile("^Undo: "))).to_be_enabled()
    assert nb.evaluate(1, "[len(editor.session.history), editor.session.previewing]") == "[1, None]"
    editor.get_by_role("button", name=re.compile("^Undo: ")).click()
    expect(editor.get_by_role("button", name=re.compile("^Redo: "))).to_be_enabled()
    assert nb.evaluate(1, "bits()") == bits


def test_a_preview_goes_when_its_page_goes(notebook: Open, page: Page) -> None:
    nb, editor = opened(notebook)
    bits = nb.evaluate(1, "bits()")
    choose(editor, "Zero")
    expect(result(editor)).to_have_text("0")
    page.reload()
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    nb.wait_until_idle()
    assert nb.evaluate(1, "editor.session.previewing is None") == "True"
    assert nb.evaluate(1, "bits()") == bits


def test_an_interrupt_takes_a_preview_back(notebook: Open, page: Page) -> None:
    nb, editor = opened(notebook)
    bits = nb.evaluate(1, "bits()")
    choose(editor, "Zero")
    expect(result(editor)).to_have_text("0")
    nb.command("kernelmenu:interrupt")
    expect(editor.get_by_text("preview", exact=True)).to_have_count(0)
    assert nb.evaluate(1, "editor.session.previewing is None") == "True"
    assert nb.evaluate(1, "bits()") == bits


def test_a_range_brushed_on_the_histogram_is_counted_and_zeroed(notebook: Open, page: Page) -> None:
    nb, editor = opened(notebook)
    editor.get_by_role("radio", name="Range").click()
    field = editor.get_by_label("Condition")
    field.fill("|w| < 0.5")
    count = int(nb.evaluate(1, "int((abs(model['dense']['w']) < 0.5).sum())"))
    expect(editor.locator(".pw-edit .cnt").first).to_contain_text(f"{count} of 384 values")
    editor.get_by_label("Operation").select_option(label="Zero")
    editor.get_by_label("Operation").press("Enter")
    expect(editor.get_by_role("button", name=re.compile("^Undo: "))).to_be_enabled()
    assert nb.evaluate(1, "int((model['dense']['w'] == 0).sum())") == str(count)


def test_a_flips_between_two_states(notebook: Open, page: Page) -> None:
    nb, editor = opened(notebook)
    first, before = nb.evaluate(1, "bits()"), number(nb)
    nb.evaluate(1, "_ = editor.session.edit('dense/w', pw.edits.Scale(0.5))")
    second, after = nb.evaluate(1, "bits()"), number(nb)
    expect(result(editor)).to_have_text(after)
    press(editor, "a")
    expect(result(editor)).to_have_text(before)
    assert nb.evaluate(1, "bits()") == first
    press(editor, "a")
    expect(result(editor)).to_have_text(after)
    assert nb.evaluate(1, "bits()") == second


def test_history_goes_anywhere_and_takes_one_entry_back(notebook: Open, page: Page) -> None:
    nb, editor = opened(notebook)
    nb.evaluate(
        1,
        "for i in range(3): editor.session['dense/w'][i] = float(i)\n"
        "expected = model['dense']['w'].copy(); expected[1] = editor.session.at(0).read('dense/w',"
        " editor.session.region('dense/w', '[1]'))[0]",
    )
    press(editor, "h")
    rows = editor.get_by_role("grid", name="Entries").get_by_role("row", name=re.compile("Set to"))
    expect(rows).to_have_count(3)
    rows.get_by_role("button", name="Undo edit 2 and what came after").click(modifiers=["Alt"])
    expect(editor.get_by_role("grid", name="Entries").get_by_role("row", name=re.compile("Take back"))).to_have_count(1)
    assert nb.evaluate(1, "bool((model['dense']['w'] == expected).all())") == "True"


def test_compare_and_cherry_pick(notebook: Open, page: Page) -> None:
    nb, editor = opened(notebook)
    nb.evaluate(
        1,
        "start = model['dense']['w'].copy(); _ = editor.session.snapshot('start');"
        " _ = editor.session.edit('dense/w', pw.edits.Add(1.0))",
    )
    press(editor, "c")
    compare = editor.get_by_role("region", name="Compare")
    expect(compare).to_contain_text("384")
    picture = compare.get_by_role("img", name=re.compile("^Difference of dense"))
    box = picture.bounding_box()
    assert box is not None
    picture.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    compare.get_by_role("button", name=re.compile("^Take this cell from A|^Take .* from A")).click()
    expect(editor.get_by_role("button", name=re.compile("^Undo: .*from"))).to_be_visible()
    assert nb.evaluate(1, "int((model['dense']['w'] == start).sum())") == "1"


def test_a_sweep_draws_a_curve_and_leaves_the_model_alone(notebook: Open, page: Page) -> None:
    nb, editor = opened(notebook)
    bits = nb.evaluate(1, "bits()")
    choose(editor, "Scale ×")
    editor.get_by_role("button", name="What-if").click()
    panel = editor.get_by_role("group", name="What-if")
    panel.get_by_role("button", name="Run").click()
    expect(panel.get_by_role("slider", name=re.compile("^total over the factor"))).to_be_visible()
    assert nb.evaluate(1, "bits()") == bits


def test_the_doctor_finds_and_fixes(notebook: Open, page: Page) -> None:
    nb, editor = opened(notebook)
    nb.evaluate(1, "editor.session['dense/w'][3, 4] = np.nan")
    editor.get_by_role("button", name="Examine").click()
    report = editor.get_by_role("region", name="Examination")
    expect(report).to_contain_text("1 NaN")
    report.get_by_role("button", name=re.compile("Set to 0")).click()
    expect(report).to_contain_text("Healthy")
    assert nb.evaluate(1, "float(model['dense']['w'][3, 4])") == "0.0"


def test_a_failing_probe_says_so_and_blocks_nothing(notebook: Open, page: Page) -> None:
    nb = notebook([MODEL.replace("probe=total", "probe={'total': total, 'broken': lambda m: 1 / 0}"), "0"])
    nb.run(0)
    editor = nb.editor()
    expect(editor.get_by_role("group", name="broken")).to_contain_text("ZeroDivisionError")
    editor.locator("[role=treeitem][title='dense/b']").click()
    choose(editor, "Zero")
    editor.get_by_label("Operation").press("Enter")
    expect(editor.get_by_role("button", name=re.compile("^Undo: "))).to_be_enabled()
    assert nb.evaluate(1, "float(model['dense']['b'].sum())") == "0.0"


def test_a_slow_probe_can_be_stopped(notebook: Open, page: Page) -> None:
    slow = MODEL.replace("    return float(", "    time.sleep(30)\n    return float(")
    nb = notebook([slow, "0"])
    nb.run(0)
    editor = nb.editor()
    stop = editor.get_by_role("group", name="total").get_by_role("button", name="Stop")
    stop.click()
    expect(stop).to_have_count(0)
    expect(editor.get_by_role("group", name="total").get_by_role("button", name="Run")).to_be_visible()
    assert nb.evaluate(1, "1 + 1") == "2"


@pytest.mark.parametrize("key", ["Escape", "Enter"])
def test_two_views_follow_one_preview(notebook: Open, page: Page, key: str) -> None:
    nb, editor = opened(notebook)
    nb.set_source(1, "editor")
    nb.run(1)
    other = nb.editor(1)
    choose(editor, "Zero")
    expect(result(other)).to_have_text("0")
    editor.get_by_label("Operation").focus()
    page.keyboard.press(key)
    if key == "Enter":
        expect(other.get_by_role("button", name=re.compile("^Undo: "))).to_be_visible()
    else:
        expect(result(other)).not_to_have_text("0")
