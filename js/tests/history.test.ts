import { readFileSync } from "node:fs";
import { waitFor } from "@testing-library/dom";
import { afterEach, describe, expect, test, vi } from "vitest";
import { lanesOf } from "../src/history/graph";
import type { Operation, Request } from "../src/protocol";
import { digits } from "./datasets";
import { open, press, sent, type, type View, watchKeyboard } from "./harness";
import type { MockOptions } from "./mock";

const COUNTING: MockOptions = {
  probes: {
    // falls with each edit that is done
    accuracy: { run: (kernel) => ({ outcome: { kind: "Score", value: 0.9 - kernel.undos.length / 100 } }) },
  },
};

let lastId = 1e6;
/** As from Python, or another view. */
async function done(page: View, ...requests: Request[]): Promise<void> {
  for (const request of requests) {
    lastId += 1;
    page.model.send({ id: lastId, request });
    await Promise.resolve();
  }
}

function scale(region: string, factor = 0.5): Request {
  const operation: Operation = { type: "Scale", factor };
  return { kind: "Apply", target: { what: "logits/kernel", region }, operation };
}

async function opened(requests: Request[], options: MockOptions = {}): Promise<View> {
  const page = open(digits, options);
  await done(page, ...requests);
  (await page.find("button", "History")).click();
  await page.find("grid", "Entries");
  await waitFor(() => expect(page.el.querySelector(".pw-jr:not(.hd)")).not.toBeNull());
  return page;
}

const texts = (page: View): string[] =>
  [...page.el.querySelectorAll(".pw-jr:not(.hd)")].map((row) => row.querySelector(".wh")?.textContent ?? "");
const row = (page: View, name: RegExp): Promise<HTMLElement> => page.find("row", name);
const position = (page: View): string | null | undefined =>
  page.el.querySelector(".pw-jr:has(circle.here) .n")?.textContent;

afterEach(() => vi.unstubAllGlobals());

describe("the drawer", () => {
  test("opens by H, takes the keyboard, and gives it back by Escape", async () => {
    const page = open(digits);
    const tab = await page.find("tab", "Heatmap");
    tab.focus();
    press(tab, "h");
    await page.find("region", "History");
    await waitFor(() => expect(document.activeElement?.closest(".pw-drawer")).not.toBeNull());
    press(document.activeElement as Element, "Escape");
    await waitFor(() => expect(page.query("region", "History")).toBeNull());
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Heatmap"));
  });

  test("shows entries newest first, with values, score and how it moved", async () => {
    const page = await opened([scale("[:, 3]"), scale("[0, 0]")], COUNTING);
    expect(texts(page)).toEqual([
      "Scale × 0.5logits/kernel [0, 0]",
      "Scale × 0.5logits/kernel [:, 3]",
      "Openeddigits_cnn",
    ]);
    const newest = await row(page, /\[0, 0\]/);
    expect([...newest.querySelectorAll(".r")].map((cell) => cell.textContent)).toEqual(["1", "88.0% −1.0"]);
    expect(page.el.querySelector(".pw-jr.hd")?.textContent).toContain("accuracy");
  });

  test("follows changes while it is open, and asks for nothing while it is closed", async () => {
    const page = open(digits);
    await done(page, scale("[0, 0]"));
    expect(page.model.kinds()).not.toContain("GetHistory");
    (await page.find("button", "History")).click();
    await row(page, /\[0, 0\]/);
    await done(page, scale("[1, 1]"));
    await row(page, /\[1, 1\]/);
  });

  test("moves by arrows, and keeps one row in the tab order", async () => {
    const page = await opened([scale("[0, 0]"), scale("[1, 1]")]);
    press(page.el.querySelector(".pw-jr[tabindex='0']") as Element, "ArrowDown");
    await waitFor(() => expect(document.activeElement?.textContent).toContain("[0, 0]"));
    press(document.activeElement as Element, "End");
    await waitFor(() => expect(document.activeElement?.textContent).toContain("Opened"));
    expect(page.el.querySelectorAll(".pw-jr[tabindex='0']")).toHaveLength(1);
  });

  test("says how many entries it does not show, and keeps few rows in the page", async () => {
    const page = open(digits);
    const steps = Array.from({ length: 1000 }, (_, at) => {
      const number = 10_234 - at;
      return { number, parent: number - 1, time: 1, what: "noise", place: "", count: 1, done: true, scores: [] };
    });
    const facts = { position: 10_234, total: 10_235, bytes: 0, probes: [], snapshots: [] };
    page.model.answerNext("GetHistory", { kind: "History", steps, ...facts });
    (await page.find("button", "History")).click();
    await waitFor(() => expect(page.el.textContent).toContain("The newest 1,000 of 10,235 entries"));
    expect(page.el.querySelectorAll(".pw-jr").length).toBeLessThan(60);
  });
});

test("what was done begins with a capital, and a path as it is written", async () => {
  const page = open(digits);
  const steps = ["emb.weight [1:4, 2:4] set 6 values", "stem/0 set 2 values", "logits set", "set to 0.1"].map(
    (what, at) => {
      return { number: 4 - at, parent: 3 - at, time: 1, what, place: "", count: 1, done: true, scores: [] };
    },
  );
  const facts = { position: 4, total: 5, bytes: 0, probes: [], snapshots: [] };
  page.model.answerNext("GetHistory", { kind: "History", steps, ...facts });
  (await page.find("button", "History")).click();
  await waitFor(() => expect(page.el.querySelectorAll(".pw-jr b")).toHaveLength(5));
  const said = [...page.el.querySelectorAll(".pw-jr b")].map((each) => each.textContent);
  expect(said).toEqual([...steps.slice(0, 3).map(({ what }) => what), "Set to 0.1", "Opened"]);
  expect(readFileSync("src/history/history.css", "utf8")).not.toContain("text-transform");
});

describe("the ways through the history", () => {
  test("go back to before an entry, and forth to one that is not done", async () => {
    const page = await opened([scale("[0, 0]"), scale("[1, 1]"), scale("[2, 2]")]);
    (await page.find("button", "Undo edit 2 and what came after")).click();
    expect((await sent(page.model, "GoTo")).entry).toBe(1);
    await waitFor(() => expect(texts(page)[0]).toContain("not in the model now"));
    (await page.find("button", "Go to edit 3")).click();
    await waitFor(() => expect(page.query("button", "Undo edit 3 and what came after")).not.toBeNull());
  });

  test("take back one entry alone by Alt+click and by Shift+Enter", async () => {
    const page = await opened([scale("[0, 0]"), scale("[1, 1]")]);
    const undo = await page.find("button", "Undo edit 1 and what came after");
    undo.dispatchEvent(new MouseEvent("click", { bubbles: true, altKey: true }));
    expect((await sent(page.model, "TakeBack")).entry).toBe(1);
    await row(page, /Take back/);
    press(await row(page, /\[1, 1\]/), "ArrowDown");
    press(page.el.querySelector(".pw-jr[tabindex='0']") as Element, "Enter", { shiftKey: true });
    await waitFor(() => expect(page.model.kinds().filter((kind) => kind === "TakeBack")).toHaveLength(2));
    expect(page.model.kinds()).not.toContain("GoTo");
  });

  test("show a branch on a lane of its own, and go there", async () => {
    const page = await opened([scale("[0, 0]"), scale("[1, 1]"), { kind: "GoTo", entry: 1 }, scale("[2, 2]")]);
    await waitFor(() => expect(page.el.querySelectorAll(".rail")).toHaveLength(4));
    expect(position(page)).toBe("3");
    const lane = (name: RegExp) => row(page, name).then((each) => each.querySelector("circle")?.getAttribute("cx"));
    expect(await lane(/\[1, 1\]/)).not.toBe(await lane(/\[2, 2\]/));
    (await page.find("button", "Go to edit 2")).click();
    await waitFor(() => expect(position(page)).toBe("2"));
  });

  test("ask before they overwrite what something else wrote", async () => {
    const page = await opened([scale("[0, 0]")]);
    page.model.failNext("GoTo", { code: "outside-change", text: "It was written by something else since." });
    (await page.find("button", "Undo edit 1 and what came after")).click();
    (await page.find("button", "Go anyway")).click();
    await waitFor(() => expect(page.model.requests.at(-1)).toEqual({ kind: "GoTo", entry: 0, force: true }));
  });

  test("take the preview back, whichever view it belongs to", async () => {
    const operation: Operation = { type: "Scale", factor: 2 };
    const page = await opened([{ kind: "TryOut", target: { what: "logits/kernel" }, operation, owner: 7 }]);
    (await page.find("button", "Take back the preview")).click();
    expect(page.el.querySelector(".pw-dh")?.textContent).toContain("0 edits and a preview");
    expect((await sent(page.model, "DropTrial")).owner).toBe(0);
    await waitFor(() => expect(page.query("button", "Take back the preview")).toBeNull());
  });
});

describe("code and files", () => {
  test("the code is that of the selected rows, and is copied", async () => {
    const copied = vi.fn(async () => {});
    vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText: copied } });
    const page = await opened([scale("[0, 0]"), scale("[1, 1]")]);
    (await row(page, /\[0, 0\]/)).click();
    await waitFor(() =>
      expect(page.el.querySelector("pre")?.textContent).toBe("# edit 1: scale × 0.5 logits/kernel [0, 0]"),
    );
    expect((await row(page, /\[0, 0\]/)).getAttribute("aria-selected")).toBe("true");
    (await page.find("button", "Copy as Python")).click();
    await waitFor(() => expect(page.el.querySelector(".pw-py [role=status]")?.textContent).toBe("Copied"));
    expect(copied).toHaveBeenCalledWith("# edit 1: scale × 0.5 logits/kernel [0, 0]");
    press(page.el.querySelector(".pw-jr[tabindex='0']") as Element, "Escape");
    await waitFor(() => expect(page.el.querySelector("pre")).toBeNull());
  });

  test("a click selects one row, with Ctrl one more or less, with Shift all up to it", async () => {
    const page = await opened([scale("[0, 0]"), scale("[1, 1]"), scale("[2, 2]")]);
    const click = async (entry: number, more: MouseEventInit = {}): Promise<readonly string[]> => {
      const name = new RegExp(`\\[${entry - 1}, ${entry - 1}\\]`);
      (await row(page, name)).dispatchEvent(new MouseEvent("click", { bubbles: true, ...more }));
      await new Promise((resolve) => setTimeout(resolve, 0));
      return [...page.el.querySelectorAll(".pw-jr.on .n")].map((each) => each.textContent ?? "");
    };
    expect(await click(1)).toEqual(["1"]);
    expect(await click(2)).toEqual(["2"]);
    expect(await click(3, { ctrlKey: true })).toEqual(["3", "2"]);
    expect(await click(2, { metaKey: true })).toEqual(["3"]);
    expect(await click(3)).toEqual(["3"]);
    expect(await click(1, { shiftKey: true })).toEqual(["3", "2", "1"]);
    expect(await click(2, { shiftKey: true })).toEqual(["3", "2"]);
    await waitFor(() => expect(page.el.querySelector("pre")?.textContent).toMatch(/^# edit 2.*\n# edit 3.*$/));
  });

  test("keys select too: Enter, Space, and arrows with Shift", async () => {
    const page = await opened([scale("[0, 0]"), scale("[1, 1]")]);
    const here = (): Element => page.el.querySelector(".pw-jr[tabindex='0']") as Element;
    const chosen = () => [...page.el.querySelectorAll(".pw-jr.on .n")].map((each) => each.textContent);
    press(here(), "Enter");
    await waitFor(() => expect(chosen()).toEqual(["2"]));
    press(here(), "ArrowDown", { shiftKey: true });
    await waitFor(() => expect(chosen()).toEqual(["2", "1"]));
    press(here(), " ");
    await waitFor(() => expect(chosen()).toEqual(["2"]));
    (await page.find("button", "Close the code")).click();
    await waitFor(() => expect(chosen()).toEqual([]));
    expect(page.query("button", "Close the code")).toBeNull();
    expect(document.activeElement?.textContent).toBe("Copy as Python");
  });

  test("what the model does not hold is left out, and so is the start", async () => {
    const page = await opened([scale("[0, 0]"), scale("[1, 1]"), { kind: "GoTo", entry: 1 }]);
    const said = () => page.el.querySelector(".pw-py [role=alert]")?.textContent;
    (await row(page, /\[1, 1\]/)).click();
    await waitFor(() => expect(said()).toContain("The model does not hold what is selected"));
    const copy = await page.find("button", "Copy as Python");
    expect(copy.getAttribute("aria-disabled")).toBe("true");
    expect(copy.title).toContain("does not hold");
    (await row(page, /Opened/)).dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true }));
    await waitFor(() => expect(page.el.querySelector("pre")?.textContent).toMatch(/^# edit 1.*$/));
    expect((await sent(page.model, "GetCode")).entries).toEqual([1]);
    expect(page.el.querySelector(".pw-py [role=status]")?.textContent).toBe("2 rows left out");
    (await row(page, /Opened/)).click();
    await waitFor(() => expect(said()).toContain("no edit to write as code"));
    expect(page.model.kinds().filter((kind) => kind === "GetCode")).toHaveLength(1);
  });

  test("where there is no code the reason is shown, and nothing is copied", async () => {
    const copied = vi.fn(async () => {});
    vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText: copied } });
    const page = await opened([scale("[0, 0]")]);
    page.model.failNext("GetCode", { code: "value-refused", text: "the code has 3 MiB, too much for the page" });
    (await page.find("button", "Copy as Python")).click();
    await waitFor(() =>
      expect(page.el.querySelector(".pw-py [role=alert]")?.textContent).toBe(
        "The code has 3 MiB, too much for the page",
      ),
    );
    expect(copied).not.toHaveBeenCalled();
    expect(page.el.querySelector(".pw-py [role=status]")?.textContent).toBe("");
    expect(page.el.querySelector("pre")).toBeNull();
  });

  test("without a selection all of it is copied", async () => {
    vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText: async () => {} } });
    const page = await opened([scale("[0, 0]"), scale("[1, 1]")]);
    (await page.find("button", "Copy as Python")).click();
    expect((await sent(page.model, "GetCode")).entries).toEqual([]);
    await waitFor(() => expect(page.el.querySelector("pre")?.textContent).toContain("edit 2"));
  });

  test("a patch is downloaded under its name", async () => {
    const urls: Blob[] = [];
    const names: string[] = [];
    vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => `blob:${urls.push(blob as Blob)}`);
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      names.push(this.download);
    });
    const page = await opened([scale("[0, 0]")]);
    (await page.find("button", "Save patch")).click();
    await waitFor(() => expect(names).toEqual(["digits_cnn.pwpatch"]));
    expect(new Uint8Array(await (urls[0] as Blob).arrayBuffer())).toEqual(new Uint8Array([80, 87, 1]));
    vi.restoreAllMocks();
  });

  test("a patch that does not fit is applied by force only after a question", async () => {
    const page = await opened([]);
    const sending = vi.spyOn(page.model, "send");
    page.model.failNext("ApplyPatch", { code: "patch", text: "The patch was made for other values; apply it anyway." });
    const field = page.el.querySelector("input[type=file]") as HTMLInputElement;
    Object.defineProperty(field, "files", { value: [new File([new Uint8Array([7, 8])], "a.pwpatch")] });
    field.dispatchEvent(new Event("change", { bubbles: true }));
    (await page.find("button", "Apply anyway")).click();
    await row(page, /Apply patch/);
    const parts = sending.mock.calls.flatMap(([content, , buffers]) =>
      (content as { request: Request }).request.kind === "ApplyPatch" ? [buffers?.[0]] : [],
    );
    expect(parts.map((part) => [...new Uint8Array(part as ArrayBuffer)])).toEqual([
      [7, 8],
      [7, 8],
    ]);
    expect(await sent(page.model, "ApplyPatch")).toEqual({ kind: "ApplyPatch", force: true });
  });
});

describe("snapshots", () => {
  test("are taken by S, listed in the menu, and dropped there", async () => {
    const page = await opened([scale("[0, 0]")]);
    press(page.el.querySelector(".pw-drawer") as Element, "s");
    await waitFor(() => expect(page.el.textContent).toContain("Snapshot snapshot 1 taken"));
    await waitFor(() => expect(page.el.querySelector(".pw-jr .tag")?.textContent).toBe("snapshot 1"));
    (await page.find("button", "Snapshots")).click();
    (await page.find("button", "Drop snapshot snapshot 1")).click();
    await waitFor(() => expect(page.el.querySelector(".pw-jr .tag")).toBeNull());
  });

  test("take a name in the drawer", async () => {
    const page = await opened([]);
    (await page.find("button", "Snapshot")).click();
    const field = await page.find("textbox", "Name of the snapshot");
    type(field, "before pruning");
    (field.closest("form") as HTMLFormElement).requestSubmit();
    await waitFor(() => expect(page.el.querySelector(".pw-jr .tag")?.textContent).toBe("before pruning"));
    expect(document.activeElement).toBe(await page.find("button", "Snapshot"));
    (await page.find("button", "Snapshot")).click();
    press(await page.find("textbox", "Name of the snapshot"), "Escape");
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Snapshot"));
    expect(page.query("region", "History")).not.toBeNull();
  });

  test("bring all of A back from the menu", async () => {
    const page = open(digits);
    await done(page, scale("[0, 0]"));
    (await page.find("button", "Snapshots")).click();
    (await page.find("button", "Use start as A")).click();
    (await page.find("button", "Restore A: start 1 tensor")).click();
    expect(await sent(page.model, "PickFrom")).toEqual({
      kind: "PickFrom",
      state: { kind: "entry", entry: 0 },
      paths: [],
    });
    await waitFor(() => expect(page.el.textContent).toContain("Restored start1 tensor changed, as one edit"));
    (await page.find("button", "Snapshots")).click();
    const again = await page.find("button", "Restore A: start");
    await waitFor(() => expect(again.getAttribute("aria-disabled")).toBe("true"));
    expect(again.title).toContain("the model holds this already");
  });

  test("keep the keyboard in the menu when one is dropped, and give it back to the button that opened it", async () => {
    const page = open(digits);
    await done(page, { kind: "TakeSnapshot", name: "first" }, { kind: "TakeSnapshot", name: "second" });
    const opener = await page.find("button", "Snapshots");
    opener.focus();
    opener.click();
    const drop = await page.find("button", "Drop snapshot first");
    drop.focus();
    drop.click();
    await waitFor(() => expect(page.query("button", "Drop snapshot first")).toBeNull());
    expect(document.activeElement?.closest(".pw-menu")).not.toBeNull();
    press(document.activeElement as Element, "Escape");
    await waitFor(() => expect(page.query("dialog", "Snapshots")).toBeNull());
    expect(document.activeElement).toBe(opener);
    opener.click();
    (await page.find("button", /^Compare A with B/)).click();
    const compare = await page.find("region", "Compare");
    await waitFor(() => expect(compare.contains(document.activeElement)).toBe(true));
    const lost = watchKeyboard(page);
    press(compare, "Escape");
    await waitFor(() => expect(document.activeElement).toBe(opener));
    expect(lost()).toBe(false);
  });

  test("the menu closes when the keyboard goes elsewhere", async () => {
    const page = open(digits);
    (await page.find("button", "Snapshots")).click();
    const inside = await page.find("button", "Use start as A");
    const elsewhere = await page.find("button", "Keyboard help");
    inside.dispatchEvent(new FocusEvent("focusout", { bubbles: true, relatedTarget: elsewhere }));
    await waitFor(() => expect(page.query("dialog", "Snapshots")).toBeNull());
  });
});

describe("without a kernel", () => {
  const off = async (page: View, name: string | RegExp): Promise<void> => {
    const button = await page.find("button", name);
    expect([button.textContent, button.getAttribute("aria-disabled"), button.title]).toEqual([
      button.textContent,
      "true",
      "The kernel is gone. Run the cell again.",
    ]);
  };

  test("what would ask it is off, with the reason, and empty lists say why", async () => {
    const page = open(digits);
    page.model.widget_manager = { get_model: async () => ({ comm_live: false }) };
    window.dispatchEvent(new Event("focus"));
    await waitFor(() => expect(page.el.querySelector(".pw-band")).not.toBeNull());
    (await page.find("button", "History")).click();
    await waitFor(() => expect(page.el.textContent).toContain("The history was not read before the kernel went."));
    for (const name of ["Snapshot", "Save patch", "Apply patch", "Copy as Python", "Examine"]) await off(page, name);
    (await page.find("button", "Snapshot")).click();
    expect(page.query("textbox", "Name of the snapshot")).toBeNull();
    (await page.find("button", "Snapshots")).click();
    await waitFor(() =>
      expect(page.el.querySelector(".pw-menu")?.textContent).toContain("No list of snapshots: the kernel is gone"),
    );
    for (const name of [/^Take a snapshot/, /^Compare A/, /^Restore A/, "Examine the model"]) await off(page, name);
    expect(page.model.kinds().filter((kind) => /Snapshot|Code|Patch|Examine/.test(kind))).toEqual([]);
  });
});

describe("A", () => {
  const at = (page: View): string => page.el.querySelector(".pw-on")?.textContent ?? "";

  test("flips to the entry before and back, and says where the model stands", async () => {
    const page = open(digits);
    await done(page, scale("[0, 0]"), scale("[1, 1]"));
    const tab = await page.find("tab", "Heatmap");
    press(tab, "a");
    await waitFor(() => expect(at(page)).toBe("Ascale × 0.5"));
    expect((await sent(page.model, "GoTo")).entry).toBe(1);
    press(tab, "a");
    await waitFor(() => expect(at(page)).toMatch(/^B/));
    expect((await sent(page.model, "GoTo")).entry).toBe(2);
    press(tab, "a");
    await waitFor(() => expect(at(page)).toMatch(/^A/));
  });

  test("forgets the two when something else is done", async () => {
    const page = open(digits);
    await done(page, scale("[0, 0]"));
    press(await page.find("tab", "Heatmap"), "a");
    await waitFor(() => expect(at(page)).toBe("Astart"));
    await done(page, scale("[2, 2]"));
    await waitFor(() => expect(at(page)).toBe(""));
  });

  test("does not take back what is tried out", async () => {
    const page = open(digits);
    await done(page, scale("[0, 0]"), {
      kind: "TryOut",
      target: { what: "logits/kernel" },
      operation: { type: "Scale", factor: 2 },
      owner: 7,
    });
    press(await page.find("tab", "Heatmap"), "a");
    await waitFor(() => expect(page.el.textContent).toContain("Apply it or take it back first."));
    expect(page.model.kinds()).not.toContain("GoTo");
  });
});

describe("lanes", () => {
  const lanes = (entries: [number: number, parent: number, done: boolean][], position: number) =>
    lanesOf(
      entries.map(([number, parent, isDone]) => ({ number, parent, done: isDone })),
      position,
    );

  test("are one while nothing branches, also for what was undone", () => {
    const rows = lanes(
      [
        [2, 1, false],
        [1, 0, true],
        [0, -1, true],
      ],
      1,
    );
    expect(rows.map((each) => each.at)).toEqual([0, 0, 0]);
    expect(rows.map((each) => [each.above, each.below])).toEqual([
      [false, true],
      [true, true],
      [true, false],
    ]);
  });

  test("are not drawn as one line where there is no room for all of them", async () => {
    const start = { number: 0, parent: -1, time: 0, what: "opened", place: "", count: 0, done: true, scores: [] };
    const steps = Array.from({ length: 16 }, (_, at) => {
      const number = 16 - at;
      return { number, parent: 0, time: 1, what: "zero", place: "", count: 1, done: number === 16, scores: [] };
    });
    const page = open(digits);
    const facts = { position: 16, total: 17, bytes: 0, probes: [], snapshots: [] };
    page.model.answerNext("GetHistory", { kind: "History", steps: [...steps, start], ...facts });
    (await page.find("button", "History")).click();
    await waitFor(() => expect(page.el.querySelectorAll(".rail")).toHaveLength(17));
    const rails = [...page.el.querySelectorAll(".rail")];
    const at = rails.map((rail) => rail.querySelector("circle")?.getAttribute("cx"));
    const lined = rails.map((rail) => rail.querySelector("path")?.getAttribute("d")?.includes(`M${at[1]}`));
    expect(new Set(at.slice(0, 11)).size).toBe(11);
    expect(lined.slice(1, 3)).toEqual([true, true]);
    const lone = rails.filter((rail, k) => !rail.querySelector("path")?.getAttribute("d")?.includes(`M${at[k]} `));
    expect(lone).toHaveLength(5);
    expect(lone.map((rail) => rail.closest(".pw-jr")?.querySelector(".fr")?.textContent)).toEqual(
      Array(5).fill("from 0"),
    );
    expect(page.el.querySelectorAll(".fr")).toHaveLength(5);
  });

  test("keep two branches from one entry apart, and join where they began", () => {
    const rows = lanes(
      [
        [5, 1, true],
        [4, 1, false],
        [3, 2, false],
        [2, 1, false],
        [1, 0, true],
        [0, -1, true],
      ],
      5,
    );
    expect(rows.map((each) => each.at)).toEqual([0, 1, 2, 2, 0, 0]);
    expect(rows[2]?.through).toEqual([0, 1]);
    expect(rows[4]?.joins).toEqual([1, 2]);
    expect(rows[5]?.through).toEqual([]);
  });
});
