"""Every view and state of the front end, each with the way to it: what must look right and be accessible."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from gallery import Gallery, settle
from playwright.sync_api import Page, expect

Way = Callable[[Page], None]


@dataclass(frozen=True)
class Scene:
    """The page with some options, and what is done there."""

    options: dict[str, str] = field(default_factory=dict)
    way: Way = lambda page: None
    width: int = 1400

    def open(self, gallery: Gallery, page: Page, width: int | None = None, height: int = 1000) -> None:
        page.set_viewport_size({"width": width or self.width, "height": height})
        gallery.open(page, **self.options)
        self.way(page)
        settle(page)


PROBES = {"probes": ""}


def press(*keys: str) -> Way:
    def way(page: Page) -> None:
        page.locator(".pw").focus()
        for key in keys:
            page.keyboard.press(key)

    return way


def click(role: str, name: str) -> Way:
    """Click what is called `name`."""
    return lambda page: page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]


def then(*ways: Way) -> Way:
    def way(page: Page) -> None:
        for each in ways:
            each(page)
            settle(page, quiet=200)

    return way


def until(selector: str) -> Way:
    """Wait until something is shown."""
    return lambda page: expect(page.locator(selector).first).to_be_visible()


def fill(name: str, text: str, role: str = "textbox") -> Way:
    return lambda page: page.get_by_role(role, name=name, exact=True).fill(text)  # type: ignore[arg-type]


def choose(operation: str) -> Way:
    return lambda page: page.get_by_role("combobox", name="Operation").select_option(operation) and None


def edit_cell(page: Page) -> None:
    page.get_by_role("tab", name="Values").click()
    page.locator("[role=gridcell].cur").click()
    page.keyboard.type("0.1")
    expect(page.locator(".pw-fx")).to_contain_text("stored as")


def refuse_paste(page: Page) -> None:
    """The kernel refuses a block; its sentence is a long one."""
    page.get_by_role("tab", name="Values").click()
    page.locator("[role=gridcell].cur").click()
    text = "a block of 2 by 2 does not fit at row 15, column 31 of the shown plane, which is 16 by 32; paste a smaller block"
    page.evaluate(
        """(text) => {
          window.model.failNext("SetBlock", { code: "value", text });
          const data = new DataTransfer();
          data.setData("text/plain", "1\\t2\\n3\\t4");
          const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
          document.activeElement.dispatchEvent(event);
        }""",
        text,
    )
    expect(page.locator(".pw-fx")).to_contain_text(text)


def select_cells(page: Page) -> None:
    page.get_by_role("tab", name="Values").click()
    page.locator("[role=gridcell].cur").click()
    for key in ("Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator(".pw-foot")).to_contain_text("4 cells")


def refuse_cell(page: Page) -> None:
    edit_cell(page)
    page.keyboard.type("x")
    page.keyboard.press("Enter")
    expect(page.locator(".pw-bubble")).to_be_visible()


def zoom(page: Page) -> None:
    canvas = page.locator(".pw-heat canvas").first
    canvas.hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    canvas.focus()
    page.keyboard.press("ArrowRight")


def keep(factor: str) -> Way:
    """Apply one edit."""
    return then(choose("Scale"), fill("Factor", factor), click("button", "Apply ↵"))


def probed(**state: object) -> Way:
    """What the kernel tells of the first probe."""

    def way(page: Page) -> None:
        page.evaluate(
            """(state) => {
              const old = { entry: 0, trial: false, before: null, trace: "", error: "", was: null, series: [[0, 0.967]] };
              const score = { outcome: { kind: "Score", value: 0.967 }, headline: 0.967, seconds: 8.2 };
              window.model.push({ kind: "Probed", items: [{ name: "accuracy", ...old, ...score, ...state }] });
            }""",
            state,
        )

    return way


def wait_for_kernel(page: Page) -> None:
    """A write waits for a cell that runs."""
    page.evaluate("() => window.model.pause()")
    page.locator(".pw-row[tabindex='0']").focus()
    page.keyboard.press("f")
    expect(page.locator(".pw-kernel")).to_contain_text("Write waits")


def lose_kernel(page: Page) -> None:
    page.evaluate("() => window.model.die()")
    page.locator(".pw").focus()
    page.keyboard.press("f")
    expect(page.locator(".pw-band")).to_be_visible()


def at_work(kind: str, begin: Way) -> Way:
    """A request takes long, and is at 43 %."""

    def way(page: Page) -> None:
        page.evaluate(
            """(kind) => {
              const send = window.model.send;
              window.model.send = (content, ...rest) => {
                if (content.request.kind !== kind) return send(content, ...rest);
                queueMicrotask(() => window.model.push({ kind: "Progressed", id: content.id, share: 0.43 }));
              };
            }""",
            kind,
        )
        begin(page)
        expect(page.get_by_role("progressbar")).to_be_visible()

    return way


def lose_line(page: Page) -> None:
    """JupyterLab has no connection, and keeps what is sent."""
    page.evaluate(
        """() => {
          const kernel = { connectionStatus: "connecting" };
          window.model.widget_manager = { get_model: async () => ({ comm_live: true, widget_manager: { kernel } }) };
          window.model.pause();
        }"""
    )
    page.locator(".pw-row[tabindex='0']").focus()
    page.keyboard.press("f")
    expect(page.locator(".pw-kernel")).to_contain_text("No connection")


def load(page: Page) -> None:
    """Another tensor is on its way."""
    page.evaluate("() => window.model.pause()")
    page.locator("[role=treeitem][title='conv2/bias']").click()


def question(page: Page) -> None:
    """Undo asks before it overwrites."""
    keep("2")(page)
    settle(page)
    text = "Something else wrote conv2/kernel since. Undo it all the same, or keep the values?"
    page.evaluate("(text) => window.model.failNext('Undo', { code: 'outside-change', text })", text)
    page.get_by_role("button", name=re.compile("^Undo: ")).click()
    expect(page.locator(".pw-toast")).to_be_visible()


def preview(page: Page) -> None:
    then(choose("Scale"), fill("Factor", "0.5"))(page)
    for part in (".pw-pv", ".pw-stats .was", ".pw-now .dl.neg >> nth=0"):
        expect(page.locator(part)).to_be_visible()


def no_match(page: Page) -> None:
    page.get_by_role("searchbox").fill("embd")
    expect(page.locator(".pw-side .pw-msg")).to_be_visible()


LESSON = {"model": "xor", "lesson": ""}
AWKWARD = {"model": "awkward"}
TRACE = 'Traceback (most recent call last):\n  File "cell", line 2, in accuracy\nValueError: NaN in the output'
FAILED = probed(status="failed", error="ValueError: NaN in the output", trace=TRACE, outcome=None, headline=None)
HISTORY = then(keep("0.5"), keep("1.2"), press("h"), until(".pw-jr:not(.hd)"))

TRIED = then(click("radio", "Slice"), fill("Slice", "[..., 0:4]"), choose("Scale"), fill("Factor", "1.5"))

SCENES: dict[str, Scene] = {
    "heatmap": Scene(PROBES),
    "values": Scene(PROBES, click("tab", "Values")),
    "kernels": Scene(PROBES, click("tab", "Kernels")),
    "kernels tried": Scene(PROBES, then(preview, click("tab", "Kernels"))),
    "spectrum": Scene(PROBES, click("tab", "Spectrum")),
    "spectrum tried": Scene(PROBES, then(click("tab", "Spectrum"), TRIED, until(".pw-sv .before"))),
    "no spectrum": Scene({**AWKWARD, "path": "bad.nan"}, click("tab", "Spectrum")),
    "cell edited": Scene(way=edit_cell),
    "cell refused": Scene(way=refuse_cell),
    "paste refused": Scene(way=refuse_paste),
    "zoomed": Scene(way=zoom),
    "four dimensions": Scene(AWKWARD),
    "scalar": Scene({"model": "scalar"}),
    "unknown whether it trains": Scene({"model": "arrays"}),
    "vector": Scene({"path": "conv2/bias"}),
    "no values": Scene({**AWKWARD, "path": "meta.weight"}),
    "nothing in it": Scene({**AWKWARD, "path": "ranks.empty"}),
    "read only": Scene({**AWKWARD, "path": "packed.weight"}, click("tab", "Values")),
    "bad values": Scene({**AWKWARD, "path": "bad.nan"}),
    "sampled": Scene({**AWKWARD, "path": "embed.weight"}),
    "where slice": Scene(way=then(click("radio", "Slice"), fill("Slice", "[..., 0:8]"))),
    "where slice is wrong": Scene(way=then(click("radio", "Slice"), fill("Slice", "[..., 0:64]"))),
    "where cells": Scene(way=select_cells),
    "where range": Scene(way=then(click("radio", "Range"), fill("Condition", "|w| < 0.1"))),
    "where match": Scene(way=then(fill("Filter layers", "frozen", "searchbox"), click("radio", "Match"))),
    "expression refused": Scene(way=then(choose("Compute"), fill("Expression, as in w * 0.5", "w * $"))),
    "initialiser": Scene(way=choose("Initialize")),
    "preview": Scene(PROBES, preview),
    "what-if": Scene(PROBES, then(choose("Scale"), click("button", "What-if"), click("button", "Run"))),
    "history": Scene(PROBES, HISTORY),
    "history as code": Scene(PROBES, then(HISTORY, click("button", "Copy as Python"))),
    "compare": Scene(PROBES, then(keep("0.5"), press("c"), until(".pw-cmp .fig canvas"))),
    "probe running": Scene(PROBES, probed(status="running")),
    "probe stale": Scene(PROBES, probed(status="stale")),
    "probe failed": Scene(PROBES, FAILED),
    "examination": Scene(way=click("button", "Examine")),
    "examining": Scene(way=at_work("Examine", click("button", "Examine"))),
    "comparing": Scene(PROBES, then(keep("0.5"), at_work("Compare", press("c")))),
    "searching": Scene(way=at_work("Find", fill("Filter layers", "nan", "searchbox"))),
    "no connection": Scene(way=lose_line),
    "writing": Scene(way=then(click("radio", "Tensor"), at_work("TryOut", choose("Zero")))),
    "snapshots": Scene(PROBES, then(press("s"), click("button", "Snapshots"))),
    "help": Scene(way=press("?")),
    "toast": Scene(way=press("f")),
    "question": Scene(way=question),
    "lesson": Scene(LESSON, until(".pw-lesson li")),
    "lesson hint": Scene(LESSON, then(until(".pw-lesson li"), click("button", "Hint"))),
    "no match": Scene(way=no_match),
    "no parameters": Scene({"model": "empty"}),
    "loading": Scene(way=load),
    "kernel busy": Scene(way=wait_for_kernel),
    "kernel gone": Scene(PROBES, lose_kernel),
    "names": Scene({"model": "names"}),
    "2,000 layers": Scene({"model": "deep"}),
    "narrow": Scene(PROBES, width=380),
    "narrow kernels": Scene(way=click("tab", "Kernels"), width=380),
    "narrow spectrum": Scene(PROBES, click("tab", "Spectrum"), width=380),
    "narrow history": Scene(PROBES, HISTORY, width=380),
    "narrow compare": Scene(PROBES, then(keep("0.5"), press("c")), width=380),
    "narrow help": Scene(way=press("?"), width=380),
}
