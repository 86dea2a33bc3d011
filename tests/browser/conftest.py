"""A browser, a JupyterLab, notebooks, the front end by itself; what the page logs as an error fails a test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(Path(__file__).parent))

from find_browser import find  # noqa: E402 (the path is set above)
from gallery import Gallery  # noqa: E402
from jupyter import Jupyter, Notebook  # noqa: E402

ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    # text that looks the same everywhere
    *("--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb"),
]
# what JupyterLab, and Notebook 7 (the first), log by themselves on a good day
HARMLESS = ("(reading 'schema')", "ResizeObserver loop", "favicon", "Failed to load resource", "403", "404")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = find()
    assert executable, "no Chromium was found; run `make browser`"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    server = Jupyter(tmp_path_factory.mktemp("notebooks"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    pages = Gallery(tmp_path_factory.mktemp("gallery"))
    yield pages
    pages.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="en-GB", timezone_id="UTC")
    page = context.new_page()
    page.set_default_timeout(20_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    ours = [error for error in errors if not any(text in error for text in HARMLESS)]
    assert not ours, ours


@pytest.fixture
def notebook(lab: Jupyter, page: Page, request: pytest.FixtureRequest) -> Iterator[Callable[[list[str]], Notebook]]:
    opened: list[Notebook] = []

    def make(cells: list[str]) -> Notebook:
        name = f"{request.node.name.replace('[', '-').replace(']', '')}-{len(opened)}.ipynb"
        opened.append(Notebook(lab, page, name, cells))
        return opened[-1]

    yield make
    for one in opened:
        one.page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll().then(() => null)")
