"""How it looks: pictures at four widths in two themes, nothing cut at any width or zoom, and awkward names."""

from __future__ import annotations

from pathlib import Path

import pytest
from gallery import Gallery, settle
from pictures import compare
from playwright.sync_api import Browser, Page, expect
from scenes import SCENES, Scene, click, keep, then, until

WIDTHS = (1400, 960, 760, 380)
ZOOMED = (700, 320)  # what is left of 1400 px at 200 %, and of 1280 px at 400 %
SIDE_PANEL = 250  # JupyterLab's, before anybody drags it wider
TALL = 2200
LAYOUT = (Path(__file__).parent / "layout.js").read_text()
LEFT = """(el) => {
  const range = document.createRange();
  range.selectNodeContents(el);
  return range.getBoundingClientRect().left;
}"""
KEPT = ("preview", "cell edited", "history", "kernels tried", "spectrum tried")


def faults(page: Page) -> list[str]:
    found: list[str] = page.evaluate(LAYOUT)
    return found


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": TALL})
    settle(page, quiet=80)


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_looks_as_it_did(gallery: Gallery, page: Page, name: str, width: int) -> None:
    SCENES[name].open(gallery, page, width, TALL)
    page.mouse.move(0, TALL - 1)
    differences = []
    for theme in ("light", "dark"):
        page.evaluate("(light) => { document.body.dataset.jpThemeLight = String(light); }", theme == "light")
        settle(page)
        png = page.locator(".pw").screenshot(animations="disabled")
        differences.append(compare(f"{name.replace(' ', '-')}-{width}-{theme}", png))
    assert not any(differences), "\n".join(differences)


@pytest.mark.parametrize(
    "scene",
    [scene for scene in SCENES.values() if scene.width > 400],
    ids=[name for name, scene in SCENES.items() if scene.width > 400],
)
def test_nothing_is_cut_or_out_of_reach_at_any_width_or_zoom(gallery: Gallery, page: Page, scene: Scene) -> None:
    scene.open(gallery, page, WIDTHS[0], TALL)
    found = []
    for width in (*WIDTHS, *ZOOMED, SIDE_PANEL):
        resize(page, width)
        found += [f"at {width} px {each}" for each in faults(page)]
    assert not found, "\n".join(found)


def test_names_can_be_read_in_the_side_panel_as_it_comes(gallery: Gallery, page: Page) -> None:
    SCENES["heatmap"].open(gallery, page, SIDE_PANEL, TALL)
    whole = "(el) => el.scrollWidth <= el.clientWidth + 1"
    for title in ("bn1/moving_variance", "conv2/kernel", "bn1/gamma"):
        assert page.locator(f"[role=treeitem][title='{title}'] .nm").evaluate(whole), title
    assert page.locator(".pw-name").evaluate(whole)
    expect(page.locator(".pw-id .pw-badge")).to_be_visible()
    search = page.get_by_role("searchbox")
    assert search.evaluate("(el) => getComputedStyle(el).textOverflow") == "ellipsis"

    SCENES["names"].open(gallery, page, SIDE_PANEL, TALL)
    long = page.locator(".pw-row", has_text="encoder_with_a_name").first
    assert long.locator(".nm").evaluate("(el) => el.clientWidth / el.scrollWidth * el.textContent.length") >= 12
    assert (long.get_attribute("title") or "").endswith(long.locator(".nm").inner_text())


def test_words_take_the_room_that_is_there(gallery: Gallery, page: Page) -> None:
    whole = "(els) => els.every((el) => el.scrollWidth <= el.clientWidth && el.clientHeight < 20)"
    SCENES["kernel busy"].open(gallery, page)
    for width in (1000, 900, 820):
        resize(page, width)
        assert page.locator(".pw-kernel > span:not(.pw-aloud)").evaluate_all(whole), width

    for width in (1000, SIDE_PANEL):
        gallery.open(page)
        then(click("button", "Examine"), until(".pw-dr li"), keep("0.5"), until("text=Examine again"))(page)
        resize(page, width)
        assert page.locator(".pw-dr [role=status]").evaluate_all(whole), width

    gallery.open(page, path="aux_logits/kernel")
    resize(page, SIDE_PANEL)
    expect(page.locator(".pw-row .mk.bad").first).to_be_visible()
    assert page.locator(".pw-row .mk.bad").evaluate_all(whole)
    assert page.locator(".pw-row .mk.bad").evaluate_all(
        "(els) => els.every((el) => el.scrollHeight <= el.clientHeight)"
    )

    resize(page, 1000)
    tied = page.locator(".pw-chips button", has_text="tied")
    tied.evaluate("(el) => el.append(' and many more')")
    ends = "(el) => { const { left, right, top } = el.getBoundingClientRect(); return [left, right, top]; }"
    chip, examine = tied.evaluate(ends), page.locator(".pw-chips .dr").evaluate(ends)
    assert chip[1] <= examine[0] or chip[2] < examine[2], "nothing lies on a chip"


def test_what_is_cut_is_found(gallery: Gallery, page: Page) -> None:
    gallery.open(page)
    page.locator(".pw-stats dd").first.evaluate("(el) => { el.style.cssText = 'overflow: hidden; width: 20px'; }")
    page.locator(".pw-edit [type=submit]").evaluate("(el) => { el.style.translate = '900px'; }")
    assert {each.split(" is ")[0].split(" lies")[0] for each in faults(page)} >= {'"−0.3102"', '"Apply ↵"'}


def test_canvases_are_sharp_at_200_percent(gallery: Gallery, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 700, "height": 1100}, device_scale_factor=2)
    page = context.new_page()
    SCENES["preview"].open(gallery, page, 700, 1100)
    ratios = page.evaluate(
        """() => [...document.querySelectorAll(".pw-heat canvas, .pw-hist canvas")]
          .map((canvas) => canvas.width / canvas.getBoundingClientRect().width)"""
    )
    assert ratios
    assert all(abs(ratio - 2) < 0.02 for ratio in ratios)
    assert faults(page) == []
    context.close()


def test_totals_stand_in_the_middle_of_the_header_without_a_bar_too(gallery: Gallery, page: Page) -> None:
    middle = "(el) => { const box = el.getBoundingClientRect(); return (box.top + box.bottom) / 2; }"
    SCENES["unknown whether it trains"].open(gallery, page)
    expect(page.locator(".pw-tot")).to_have_text("2,080 params8.1 KiB")
    ends = page.locator(".pw-tot > :first-child").evaluate(middle), page.locator(".pw-name").evaluate(middle)
    assert abs(ends[0] - ends[1]) <= 1, ends


def test_numbers_below_each_other_end_at_the_same_place(gallery: Gallery, page: Page) -> None:
    def ends(selector: str) -> set[float]:
        found: list[float] = page.evaluate(
            """(selector) => [...document.querySelectorAll(selector)].filter((el) => el.textContent.trim()).map((el) => {
              const range = document.createRange();
              range.selectNodeContents([...el.childNodes].find((node) => node.nodeType === 3));
              return Math.round(range.getBoundingClientRect().right);
            })""",
            selector,
        )
        return set(found)

    SCENES["history"].open(gallery, page)
    assert len(ends(".pw-row .cnt:not(.un)")) == 1
    assert len(ends(".pw-jr:not(.hd) .r:not(.sc)")) == 1
    assert len(ends(".pw-jr:not(.hd) .n")) == 1
    gallery.open(page)
    page.get_by_role("tab", name="Values").click()
    settle(page)
    assert len(ends("[role=gridcell][data-col='1']")) == 1
    assert len(ends(".pw-rail dd")) <= 1


def test_names_of_any_script_keep_their_order(gallery: Gallery, page: Page) -> None:
    gallery.open(page, model="names")
    hebrew = "שכבת־הסתרה"
    crumbs = page.locator(".pw-crumb :is(button, b)")
    expect(crumbs).to_have_text(["outer", hebrew, "kernel_1"])
    places = [crumbs.nth(at).evaluate(LEFT) for at in range(3)]
    assert places == sorted(places)
    row = page.locator(f"[role=treeitem][title='outer/{hebrew}/kernel_1']")
    assert row.locator(".nm").evaluate(LEFT) < row.locator(".shp").evaluate(LEFT)

    page.get_by_role("searchbox").fill("אבג")
    closest = page.locator(".pw-msg .lnk")
    page.evaluate(
        "(text) => window.model.answerNext('Find', { kind: 'Found', rows: [], closest: text })", f"{hebrew}/1/x"
    )
    page.get_by_role("searchbox").fill("אבגד")
    parts = closest.locator("bdi bdi")
    expect(parts).to_have_text([hebrew, "1", "x"])
    places = [parts.nth(at).evaluate(LEFT) for at in range(3)]
    assert places == sorted(places), "the 1 stands behind the name that it follows"


def test_names_that_are_markup_are_text_everywhere(gallery: Gallery, page: Page) -> None:
    SCENES["names"].open(gallery, page)
    page.locator("[role=treeitem][title^='<img'][aria-level='2']").first.click()
    expect(page.locator(".pw-crumb")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator(".pw :is(img, script)").count() == 0
    long = page.locator(".pw-row .nm", has_text="encoder_with_a_name").first
    assert len(long.inner_text()) > 150, "the whole name is there, and cut by the style only"
    assert long.evaluate("(el) => getComputedStyle(el).textOverflow") == "ellipsis"
    emoji = page.locator(".pw-row.lay .nm", has_text="🧠🔥👩‍🔬")
    expect(emoji).to_be_visible()
