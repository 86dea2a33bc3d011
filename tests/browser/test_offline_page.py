"""The summary of a notebook and the offline page in a real browser, opened from a folder: nothing is logged or loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Request, expect

import paramwidget as pw
from paramwidget.page import colours, summary, write

HOSTILE = "<img src=x onerror=alert(1)></script>\u202e'\""


def session() -> pw.Session:
    layer = {"kernel": np.array([[-1.0, 0.0], [1.0, np.nan]]), "bias": np.zeros(3)}
    model = {"conv1": layer, "conv2": {"kernel": np.ones((3, 4))}, HOSTILE: np.ones((2, 2))}
    opened = pw.Session(model, title=f"model {HOSTILE}")
    opened["conv1/bias"][0] = 2.0
    return opened


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """A page that must log nothing, ask for nothing and open no dialog."""
    context = browser.new_context(viewport={"width": 1300, "height": 860}, color_scheme="light")
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))

    def asked(request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            wrong.append(request.url)

    page.on("request", asked)
    yield page
    context.close()
    assert not wrong, wrong


def expect_painted(page: Page, wanted: list[list[int]]) -> None:
    """Wait until the first three cells of the picture that is shown have these colours."""
    page.wait_for_function(
        """async (wanted) => {
          const img = document.querySelector(".card:not([hidden]) .heat img");
          if (!(await img.decode().then(() => true, () => false))) return false; // it is being replaced
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
          const pen = canvas.getContext("2d", { willReadFrequently: true });
          pen.drawImage(img, 0, 0);
          const at = (x, y) => [...pen.getImageData(x, y, 1, 1).data.slice(0, 3)];
          return JSON.stringify([at(1, 1), at(40, 1), at(1, 40)]) === JSON.stringify(wanted);
        }""",
        arg=wanted,
        timeout=10_000,
    )


def test_layers_are_searched_closed_and_tensors_chosen(offline: Page, tmp_path: Path) -> None:
    offline.goto(write(session(), tmp_path / "model.html").as_uri())
    rows = offline.locator("#rows > li")
    expect(rows.filter(visible=True)).to_have_count(6)
    expect(offline.locator(".card:visible")).to_have_count(1)

    offline.get_by_label("Search layers and tensors").fill("conv kernel")
    expect(offline.locator("#found")).to_have_text("2 matches")
    expect(rows.filter(visible=True)).to_have_count(4)
    rows.filter(visible=True).get_by_role("link", name="kernel").nth(1).click()
    expect(offline.locator(".card:visible h2")).to_have_text("conv2/kernel")
    expect(offline.locator("[aria-current]")).to_have_count(1)

    offline.get_by_label("Search layers and tensors").fill("")
    layer = offline.get_by_role("button", name="conv1")
    layer.click()
    expect(layer).to_have_attribute("aria-expanded", "false")
    expect(rows.filter(visible=True)).to_have_count(4)

    offline.get_by_role("link", name="<img src=x").click()
    expect(offline.locator(".card:visible h2")).to_contain_text(r"<img src=x onerror=alert(1)></script>\u202e'")
    expect(offline.locator("img[src=x]")).to_have_count(0)


def test_the_list_of_layers_obeys_the_keyboard(offline: Page, tmp_path: Path) -> None:
    offline.goto(write(session(), tmp_path / "model.html").as_uri())
    keyboard = offline.keyboard
    offline.get_by_label("Search layers and tensors").focus()
    keyboard.press("ArrowDown")
    expect(offline.get_by_role("link", name="<img src=x")).to_be_focused()
    keyboard.press("ArrowDown")
    first = offline.get_by_role("button", name="conv1")
    expect(first).to_be_focused()
    keyboard.press("ArrowLeft")
    expect(first).to_have_attribute("aria-expanded", "false")
    keyboard.press("ArrowRight")
    expect(first).to_have_attribute("aria-expanded", "true")
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(offline.locator(".card:visible h2")).to_have_text("conv1/bias")
    keyboard.press("ArrowLeft")
    expect(first).to_be_focused()


def test_pictures_have_the_colours_of_the_theme_and_of_paper(offline: Page, tmp_path: Path) -> None:
    offline.goto(write(session(), tmp_path / "model.html", "conv1/kernel").as_uri())
    indices = [colours.ZERO - colours.STEPS, colours.ZERO, colours.ZERO + colours.STEPS]
    light, dark = (colours.palette(theme)[indices].tolist() for theme in (False, True))
    expect_painted(offline, light)
    offline.emulate_media(color_scheme="dark")
    expect_painted(offline, dark)
    offline.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    expect_painted(offline, light)


def test_on_paper_every_tensor_is_shown(offline: Page, tmp_path: Path) -> None:
    offline.goto(write(session(), tmp_path / "model.html").as_uri())
    offline.emulate_media(media="print")
    expect(offline.locator(".card:visible")).to_have_count(4)


@pytest.mark.parametrize("width", [500, 1300])
def test_nothing_is_wider_than_the_window(offline: Page, tmp_path: Path, width: int) -> None:
    offline.set_viewport_size({"width": width, "height": 800})
    offline.goto(write(session(), tmp_path / "model.html").as_uri())
    assert offline.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_the_summary_shows_in_any_page(offline: Page, tmp_path: Path) -> None:
    file = tmp_path / "summary.html"
    file.write_text(f"<!doctype html><meta charset=utf-8>{summary(session(), 'conv1/kernel')}", encoding="utf-8")
    offline.goto(file.as_uri())
    expect(offline.get_by_text("Run the cell again to edit it.")).to_be_visible()
    expect(offline.locator("tbody tr")).to_have_count(6)
    expect(offline.get_by_alt_text("Heatmap of conv1/kernel")).to_be_visible()
    assert offline.locator("img").evaluate("img => img.complete && img.naturalWidth > 0")
