"""For the keyboard, screen readers and high contrast: axe-core in every view and state, roles, and what stays visible."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe import violations
from gallery import Gallery, settle
from jupyter import Notebook
from playwright.sync_api import Locator, Page, expect
from scenes import SCENES, Scene

Theme = str


def show_theme(page: Page, theme: Theme) -> None:
    """As JupyterLab switches it, while the editor is open."""
    page.evaluate("(light) => { document.body.dataset.jpThemeLight = String(light); }", theme == "light")
    expect(page.locator(".pw-dark")).to_have_count(int(theme == "dark"))


def pixels(canvas: Locator) -> list[int]:
    """Red, green, blue and alpha along the middle of a canvas."""
    found: list[int] = canvas.evaluate(
        """(canvas) => {
          const pen = canvas.getContext("2d");
          return Array.from(pen.getImageData(0, canvas.height / 2, canvas.width, 1).data);
        }"""
    )
    return found


def style(element: Locator, *names: str) -> list[str]:
    found: list[str] = element.evaluate("(el, names) => names.map((name) => getComputedStyle(el)[name])", list(names))
    return found


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_no_rule_is_broken_in_either_theme(gallery: Gallery, page: Page, scene: Scene) -> None:
    scene.open(gallery, page)
    for theme in ("light", "dark"):
        show_theme(page, theme)
        assert violations(page) == [], theme


def test_a_rule_that_is_broken_is_found(gallery: Gallery, page: Page) -> None:
    gallery.open(page)
    page.locator(".pw-crumb b").evaluate("(el) => { el.style.color = '#bbb'; }")
    strip = "(el) => { el.removeAttribute('aria-label'); el.removeAttribute('title'); }"
    page.get_by_role("button", name="History", exact=True).evaluate(strip)
    assert sorted(each.split(":")[0] for each in violations(page)) == ["button-name", "color-contrast"]


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_no_rule_is_broken_in_jupyterlab(notebook: Callable[[list[str]], Notebook], theme: str) -> None:
    nb = notebook(
        [
            "import numpy as np, paramwidget as pw\n"
            "model = {'w': np.arange(20, dtype=np.float32).reshape(4, 5), 'b': np.arange(3)}\n"
            "editor = pw.edit(model, probe=lambda m: float(m['w'].mean()))\neditor"
        ]
    )
    nb.run(0)
    nb.editor().locator("[role=treeitem][title='w']").click()
    expect(nb.editor().locator(".pw-now .v")).to_be_visible()
    nb.command("apputils:change-theme", theme=theme)
    expect(nb.page.locator(".pw-dark")).to_have_count(int(theme.endswith("Dark")))
    assert violations(nb.page) == []
    nb.editor().get_by_role("tab", name="Values").click()
    expect(nb.editor().locator("[role=gridcell].cur")).to_be_visible()
    assert violations(nb.page) == []
    nb.command("apputils:change-theme", theme="JupyterLab Light")


def test_pictures_follow_a_theme_that_is_switched_while_they_are_open(gallery: Gallery, page: Page) -> None:
    gallery.open(page, probes="")
    canvases = [page.locator(".pw-heat canvas").first, page.locator(".pw-hist canvas"), page.locator(".pw-cells")]
    light = [pixels(each) for each in canvases]
    show_theme(page, "dark")
    settle(page)
    dark = [pixels(each) for each in canvases]
    assert all(one != other for one, other in zip(light, dark, strict=True))
    show_theme(page, "light")
    settle(page)
    assert [pixels(each) for each in canvases] == light


def test_a_dark_page_that_is_no_jupyterlab_is_dark_all_over(gallery: Gallery, page: Page) -> None:
    gallery.open(page)
    page.evaluate("() => { delete document.body.dataset.jpThemeLight; document.body.style.background = '#181818'; }")
    expect(page.locator(".pw-dark")).to_have_count(1)
    assert style(page.locator(".pw"), "backgroundColor") == ["rgb(33, 33, 33)"]
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_high_contrast_keeps_focus_selection_and_data(gallery: Gallery, page: Page, scheme: Theme) -> None:
    SCENES["preview"].open(gallery, page)
    heat = page.locator(".pw-heat canvas").first
    page.emulate_media(forced_colors="active", color_scheme=scheme)  # type: ignore[arg-type]
    expect(page.locator(".pw-dark")).to_have_count(int(scheme == "dark"))
    settle(page)
    assert style(heat, "forcedColorAdjust") == ["none"]
    coloured = [max(rgb) - min(rgb) > 60 for rgb in _triples(pixels(heat))]
    assert sum(coloured) > len(coloured) / 10, "the heatmap has its colours"

    canvas, highlight = _system_colours(page)
    assert style(page.locator(".pw"), "backgroundColor") == [canvas]
    selected = page.locator(".pw-row[aria-selected=true]")
    assert style(selected, "outlineStyle", "outlineColor") == ["solid", highlight]
    tab = page.get_by_role("tab", name="Heatmap")
    assert style(tab, "backgroundColor") == [highlight]
    assert style(tab, "forcedColorAdjust") == ["none"], "nothing is laid behind its text, which has the other colour"
    assert style(page.get_by_role("tab", name="Values"), "backgroundColor") != [highlight]
    assert style(page.locator(".pw-sl .trk i"), "backgroundColor") == [highlight]
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert style(page.locator(":focus"), "outlineStyle", "outlineWidth") == ["solid", "3px"]
    page.keyboard.press("Alt+2")
    cursor = page.locator("[role=gridcell].cur")
    assert style(cursor, "outlineStyle", "outlineColor") == ["solid", highlight]
    assert violations(page) == []


def _triples(flat: list[int]) -> list[tuple[int, int, int]]:
    return [(flat[at], flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 4) if flat[at + 3] > 0]


def _system_colours(page: Page) -> tuple[str, str]:
    canvas, highlight = page.evaluate(
        """() => {
          const probe = document.body.appendChild(document.createElement("i"));
          const found = ["Canvas", "Highlight"].map((name) => {
            probe.style.backgroundColor = name;
            return getComputedStyle(probe).backgroundColor;
          });
          probe.remove();
          return found;
        }"""
    )
    return canvas, highlight


def test_tab_reaches_every_control_shows_where_it_is_and_leaves_the_editor(gallery: Gallery, page: Page) -> None:
    SCENES["preview"].open(gallery, page)
    page.locator(".pw").focus()
    visited: list[str] = []
    while True:
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => {
              const el = document.activeElement;
              if (!el.closest(".pw")) return null;
              const shown = getComputedStyle(el).outlineStyle !== "none" || el.type === "range"; // see below
              const name = el.getAttribute("aria-label") ?? el.labels?.[0]?.textContent ?? el.textContent;
              return [el.getAttribute("role") ?? el.tagName.toLowerCase(), name, shown];
            }"""
        )
        if at is None or len(visited) > 80:
            break
        role, name, shown = at
        assert shown, f"{role} {name} does not show that it has the keyboard"
        visited.append(f"{role} {name}")
    wanted = page.evaluate(
        """() => [...document.querySelectorAll(".pw :is(button, input, select, [role=slider], canvas[tabindex])")]
          .filter((el) => el.tabIndex >= 0 && !el.disabled && el.checkVisibility()).length"""
    )
    assert len(set(visited)) == len(visited), "nobody is visited twice"
    assert len(visited) >= wanted
    slider = page.locator(".pw-sl input")
    slider.focus()
    focused = slider.screenshot()
    slider.evaluate("(el) => el.blur()")
    assert slider.screenshot() != focused, "the thumb shows it"
    order = [
        next(at for at, each in enumerate(visited) if part in each)
        for part in ("Undo", "Filter layers", "kernel, 3 by 3", "Heatmap of", "Operation", "Apply", "Probes")
    ]
    assert order == sorted(order), "as it is read"


def test_rows_of_2_000_layers_say_their_level_their_place_and_how_many_there_are(gallery: Gallery, page: Page) -> None:
    gallery.open(page, model="deep")
    facts = ("aria-level", "aria-posinset", "aria-setsize", "aria-expanded")

    def told(path: str) -> list[str | None]:
        row = page.locator(f"[role=treeitem][title='{path}']")
        return [row.get_attribute(fact) for fact in facts]

    assert told("stage7/block3/kernel") == ["3", "1", "2", None]
    assert told("stage7/block3") == ["2", "4", "49", "true"]
    assert page.get_by_role("treeitem").count() < 100, "only those on the screen are in the page"
    page.locator("[role=treeitem][title='stage7/block3/kernel']").focus()
    page.keyboard.press("Home")
    expect(page.locator("[role=treeitem][title='stage0']")).to_be_focused()
    assert told("stage0") == ["1", "1", "40", "false"]
    page.keyboard.press("*")
    page.keyboard.press("End")
    expect(page.locator("[role=treeitem][title='stage39/block48']")).to_be_focused()
    assert told("stage39/block48") == ["2", "49", "49", "false"]


def test_scrolling_through_2_000_layers_shows_rows_at_every_place(gallery: Gallery, page: Page) -> None:
    gallery.open(page, model="deep")
    page.locator("[role=treeitem][tabindex='0']").focus()
    page.keyboard.press("Home")
    page.keyboard.press("*")
    expect(page.locator("[role=tree] > div")).to_have_attribute("style", f"height: {24 * (40 + 40 * 49 + 2)}px;")
    empty = page.evaluate(
        """async () => {
          const pane = document.querySelector(".pw-rows");
          const most = pane.scrollHeight - pane.clientHeight;
          let empty = 0;
          for (let step = 0; step <= 60; step += 1) {
            pane.scrollTop = (most * step) / 60;
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            const { left, top, bottom } = pane.getBoundingClientRect();
            for (let y = top + 15; y < bottom - 15; y += 24)
              empty += Number(!document.elementFromPoint(left + 60, y)?.closest("[role=treeitem]"));
          }
          return empty;
        }"""
    )
    assert empty == 0
