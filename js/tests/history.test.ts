import { waitFor } from "@testing-library/dom";
import { afterEach, describe, expect, test, vi } from "vitest";
import { lanesOf } from "../src/history/graph";
import type { Operation, Request } from "../src/protocol";
import { digits } from "./datasets";
import { open, press, sent, type, type View } from "./harness";
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
      "scale × 0.5logits/kernel [0, 0]",
      "scale × 0.5logits/kernel [:, 3]",
      "openeddigits_cnn",
    ]);
    const newest = await row(page, /\[0, 0\]/);
    expect([...newest.querySelectorAll(".r")].map((cell) => cell.textContent)).toEqual(["1", "88.0%−1.0"]);
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
    await waitFor(() => expect(document.activeElement?.textContent).toContain("opened"));
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
    await row(page, /take back/);
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

  test("drop what is tried out", async () => {
    const operation: Operation = { type: "Scale", factor: 2 };
    const page = await opened([{ kind: "TryOut", target: { what: "logits/kernel" }, operation }]);
    (await page.find("button", "Take back what is tried out")).click();
    await sent(page.model, "DropTrial");
    await waitFor(() => expect(page.query("button", "Take back what is tried out")).toBeNull());
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
    await row(page, /apply patch/);
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
  });

  test("bring all of A back from the menu", async () => {
    const page = open(digits);
    await done(page, scale("[0, 0]"));
    (await page.find("button", "Snapshots")).click();
    (await page.find("button", "Use start as A")).click();
    (await page.find("button", "Restore A: start")).click();
    expect(await sent(page.model, "PickFrom")).toEqual({
      kind: "PickFrom",
      state: { kind: "entry", entry: 0 },
      paths: [],
    });
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
