"""Lessons in a real JupyterLab, played from start to end with keyboard and mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from jupyter import Notebook
from playwright.sync_api import Locator, expect

Open = Callable[[list[str]], Notebook]
AXE = Path(__file__).resolve().parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"


def section(editor: Locator) -> Locator:
    return editor.get_by_role("region", name="Lesson")


def score(editor: Locator) -> Locator:
    return section(editor).locator(".sd")


def select(editor: Locator, path: str) -> None:
    editor.locator(f"[role=treeitem][title='{path}']").click()
    expect(editor.locator(".pw-crumb")).to_contain_text(path.rpartition("/")[2])


def cell(editor: Locator, i: int, j: int) -> Locator:
    return editor.locator(f"[role=gridcell][data-row='{i}'][data-col='{j}']")


def violations(editor: Locator) -> list[str]:
    """What axe finds in the editor that lies in the section of the lesson."""
    page = editor.page
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(
        """async () => {
          const { violations } = await axe.run('.pw');
          const within = (node) => document.querySelector(node.target[0])?.closest('.pw-lesson');
          return violations.flatMap((v) => v.nodes.filter(within).map((node) => `${v.id}: ${node.html}`));
        }"""
    )
    return found


def test_xor_is_played_from_start_to_end(notebook: Open) -> None:
    nb = notebook(["from paramwidget import lesson\ntask = lesson.xor()\ntask", "0"])
    nb.run(0)
    editor = nb.editor()
    keyboard = nb.page.keyboard
    goals = section(editor).get_by_role("listitem")
    expect(score(editor)).to_have_text("1 of 2 reached")
    expect(goals.nth(0)).to_contain_text("Not yet: All four answers are right")
    expect(goals.nth(0)).to_contain_text("For 1 and 1 the output adds up to 0.5")
    expect(goals.nth(1)).to_contain_text("Reached: At most 3 cells differ from the start")
    expect(section(editor)).to_contain_text("No cell changed")
    assert violations(editor) == []

    # one hint after the other, by the keyboard
    editor.focus()
    keyboard.press("F6")
    expect(section(editor).get_by_role("button", name="Hint")).to_be_focused()
    keyboard.press("Enter")
    expect(goals.nth(0)).to_contain_text("Three of four answers are right already")
    keyboard.press("Enter")
    expect(goals.nth(0)).to_contain_text("Hint 2")

    # what does not belong to the lesson says so
    select(editor, "hidden/weights")
    expect(editor.get_by_role("form", name="Edit")).to_have_text(
        "This lesson keeps it as it is; edit hidden/bias, output/*"
    )
    editor.get_by_role("tab", name="Values").click()
    cell(editor, 0, 0).click()
    keyboard.type("5")
    expect(editor.locator(".pw-fx")).to_contain_text("This lesson keeps it as it is; edit hidden/bias, output/*")
    assert nb.evaluate(1, "task.model['hidden']['weights'][0, 0].item()") == "1.0"
    select(editor, "hidden/bias")
    unused = editor.get_by_label("Operation").locator("option[value=Noise]")
    expect(unused).to_be_disabled()
    expect(unused).to_have_attribute("title", "This lesson does not use it")

    # the first value by typing into its cell, the second one by a slider that is first tried out
    cell(editor, 0, 1).click()
    keyboard.type("-1.5")
    keyboard.press("Enter")
    expect(section(editor)).to_contain_text("1 cell changed")
    expect(score(editor)).to_have_text("1 of 2 reached")
    select(editor, "output/weights")
    cell(editor, 0, 1).click()
    editor.get_by_label("Operation").select_option(label="Add +")
    editor.get_by_role("textbox", name="Amount").fill("-1")
    expect(section(editor)).to_contain_text("Something is only tried out")
    expect(score(editor)).to_have_text("2 of 2 reached")
    assert violations(editor) == []
    keyboard.press("Enter")
    expect(score(editor)).to_have_text("Solved")
    expect(section(editor)).to_contain_text("2 cells changed")
    expect(section(editor).get_by_role("status", name="Goals")).to_have_text("Solved: XOR with three values")
    expect(section(editor)).not_to_contain_text("Hint 2")
    assert nb.evaluate(1, "task.solved") == "True"
    assert violations(editor) == []

    # and from the start again, once it was asked
    section(editor).get_by_role("button", name="Start again").click()
    expect(section(editor).get_by_role("button", name="Cancel")).to_be_focused()
    keyboard.press("Escape")
    expect(section(editor).get_by_role("button", name="Start again")).to_be_focused()
    expect(score(editor)).to_have_text("Solved")
    keyboard.press("Enter")
    expect(section(editor).get_by_role("button", name="Cancel")).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    expect(score(editor)).to_have_text("1 of 2 reached")
    expect(section(editor)).to_contain_text("No cell changed")
    expect(section(editor)).not_to_contain_text("Hint 1")
    assert nb.evaluate(1, "task.model['hidden']['bias'].tolist(), task.model['output']['weights'].tolist()") == (
        "([-0.5, -0.5], [1.0, 0.0])"
    )


def test_edge_is_solved_column_by_column(notebook: Open) -> None:
    nb = notebook(["import paramwidget as pw\ntask = pw.lesson.edge()\ntask.edit()", "0"])
    nb.run(0)
    editor = nb.editor()
    expect(score(editor)).to_have_text("0 of 3 reached")
    for column, value, says in (
        (2, "1", "1 of 3 reached"),
        (0, "-1", "On even areas it answers 0.333 and must be silent"),
        (1, "0", "Solved"),
    ):
        editor.get_by_role("radio", name="Slice").click()
        region = editor.get_by_role("textbox", name="Slice")
        region.fill(f"[:, {column}]")
        field = editor.get_by_role("textbox", name="Value", exact=True)
        field.fill(value)
        field.press("Enter")
        expect(section(editor)).to_contain_text(says)
    assert nb.evaluate(1, "task.model['kernel'].tolist()[0]") == "[-1.0, 0.0, 1.0]"


def test_a_lesson_follows_scripts_and_reloads_and_runs_beside_no_cell(notebook: Open) -> None:
    source = """
import threading
from paramwidget import lesson
beside = []
def check(session):
    beside.append((running, threading.current_thread() is threading.main_thread()))
    return bool(session["w"][0] > 1) or "the first value is too small"
import numpy as np
running = False
task = lesson.Lesson("Grow", {"w": np.ones(3)}, [lesson.Goal("It is large", check, ("Type a number.",))])
task
"""
    nb = notebook([source, "0"])
    nb.run(0)
    editor = nb.editor()
    expect(score(editor)).to_have_text("0 of 1 reached")
    nb.set_source(1, "import time\nrunning = True\nfor _ in range(20): time.sleep(0.1)\nrunning = False")
    nb.start(1)
    expect(nb.page.locator(".jp-InputPrompt").nth(1)).to_have_text("[*]:")
    section(editor).get_by_role("button", name="Hint").click()
    expect(section(editor)).to_contain_text("Type a number.")  # a hint does not wait for the cell
    nb.wait_until_idle()
    nb.evaluate(1, "task.session['w'][0] = 3.0")
    expect(score(editor)).to_have_text("Solved")
    nb.evaluate(1, "task.model['w'][0] = 0.5")
    expect(section(editor)).to_contain_text("The first value is too small")
    assert nb.evaluate(1, "set(beside)") == "{(False, True)}"
    nb.reload()
    editor = nb.editor()
    expect(section(editor)).to_contain_text("The first value is too small")
    expect(section(editor)).to_contain_text("Type a number.")
    expect(section(editor)).to_contain_text(re.compile("1 cell changed"))


def test_a_goal_is_folded_in_the_side_panel_and_stands_on_top(notebook: Open) -> None:
    nb = notebook(["from paramwidget import lesson\ntask = lesson.xor()\ntask.edit().panel()"])
    nb.run(0)
    panel = nb.page.locator(".pw:not(.jp-Notebook .pw)")
    head = section(panel).get_by_role("button", name="Goals")
    expect(head).to_contain_text("1 of 2 reached")
    assert section(panel).bounding_box()["y"] < panel.get_by_role("tree").bounding_box()["y"]  # type: ignore[index]
    expect(section(panel).get_by_role("listitem").first).to_be_visible()
    assert violations(panel) == []
    head.press("Enter")
    expect(section(panel).get_by_role("listitem").first).to_be_hidden()
