/** How a preview ends or moves: by another view, by the kernel, by a refusal, or because it is meant elsewhere. */

import { waitFor } from "@testing-library/dom";
import { beforeEach, describe, expect, test } from "vitest";
import { digits } from "./datasets";
import { open, press, sent, type, type View, view } from "./harness";

let page: View;

beforeEach(() => {
  page = open(digits);
});

async function choose(on: View, operation: string): Promise<void> {
  const select = (await on.find("combobox", "Operation")) as HTMLSelectElement;
  select.value = operation;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

async function scaled(on: View = page): Promise<void> {
  await choose(on, "Scale");
  (await on.find("radio", "Tensor")).click();
  type(await on.find("slider", "Scale ×"), "0.5");
  await on.row(/^kernel.*edited/);
}

const tries = () => page.model.requests.filter((each) => each.kind === "TryOut");
const drops = () => page.model.requests.filter((each) => each.kind === "DropTrial");
const tag = (on: View = page) => on.el.querySelector(".pw-title .pw-pv");
const isLive = (on: View = page) => on.el.querySelector(".pw-edit")?.className.includes("live");
const factor = (on: View = page) => (on.query("textbox", "Factor") as HTMLInputElement).value;
const toast = (on: View = page) => on.el.querySelector(".pw-toast")?.textContent ?? "";

describe("another view", () => {
  test("shows the tag, and has nothing to apply", async () => {
    const other = view(page.model, page.channel);
    await scaled();
    await waitFor(() => expect(tag(other)).not.toBeNull());
    expect(isLive(other)).toBe(false);
    expect((await other.find("button", /Apply/)).getAttribute("aria-disabled")).toBe("true");
    press(await other.find("img", /^Heatmap/), "Escape");
    expect(drops()).toEqual([]);
  });

  test("that tries something itself ends the preview here, and says so", async () => {
    const other = view(page.model, page.channel);
    await scaled();
    await choose(other, "Zero");
    await waitFor(() => expect(toast()).toContain("Another view tries something out"));
    expect(isLive()).toBe(false);
    expect(factor()).toBe("1");
    expect(isLive(other)).toBe(true);
    const [first, second] = tries();
    expect(first?.owner).not.toBe(second?.owner);
    expect(drops()).toEqual([]); // it is not this view's any more
  });
});

describe("a preview", () => {
  test("that the kernel takes back is said once, and the bar begins anew", async () => {
    await scaled();
    await page.channel.request({ kind: "DropTrial" });
    await waitFor(() => expect(toast()).toContain("The preview was taken back"));
    expect(isLive()).toBe(false);
    expect(factor()).toBe("1");
    expect(tag()).toBeNull();
  });

  test("that is undone here goes without a word", async () => {
    await scaled();
    (await page.find("button", /^Undo: scale × 0.5/)).click();
    await waitFor(() => expect(isLive()).toBe(false));
    expect(factor()).toBe("1");
    expect(toast()).toBe("");
  });

  test("is not named on a tensor that it does not touch", async () => {
    const other = view(page.model, page.channel);
    await scaled();
    (await other.row(/^kernel, 64 by 10/)).click();
    await waitFor(() => expect(other.el.querySelector(".pw-crumb")?.textContent).toContain("logits"));
    expect(tag(other)).toBeNull();
    expect(tag()).not.toBeNull();
  });

  test("is followed by the thumbnail in the tree, once in a while", async () => {
    const asked = () => page.model.requests.filter((each) => each.kind === "GetGlances");
    await waitFor(() => expect(asked().length).toBeGreaterThan(0));
    const before = asked().length;
    await scaled();
    for (const value of ["0.4", "0.3", "0.2"]) type(await page.find("slider", "Scale ×"), value);
    await waitFor(() => expect(asked().at(-1)?.paths).toEqual(["conv2/kernel"]));
    expect(asked()).toHaveLength(before + 1);
  });

  test("is not named any more when the kernel is gone", async () => {
    await scaled();
    page.model.push({ kind: "Ended", text: "The editor was closed." });
    await waitFor(() => expect(tag()).toBeNull());
    expect(isLive()).toBe(false);
    expect(page.el.querySelector(".pw-edit")?.textContent).toContain("Editing is off");
  });
});

describe("another place", () => {
  test("takes the preview with it, once the place is known", async () => {
    await scaled();
    type(await page.find("textbox", "Slice"), "[0]");
    expect(drops()).toHaveLength(1);
    expect(tries()).toHaveLength(1);
    await waitFor(() => expect(tries()).toHaveLength(2));
    expect(tries()[1]?.target.region).toBe("[0]");
    const kinds = page.model.kinds();
    expect(kinds.indexOf("Foresee")).toBeLessThan(kinds.lastIndexOf("TryOut"));
  });

  test("that is refused holds no preview, until it is right again", async () => {
    await scaled();
    const slice = await page.find("textbox", "Slice");
    type(slice, "[99]");
    await waitFor(() => expect(page.el.querySelector(".pw-edit [role=alert]")).not.toBeNull());
    expect(isLive()).toBe(false);
    expect(tries()).toHaveLength(1);
    type(slice, "[1]");
    await waitFor(() => expect(tries().at(-1)?.target.region).toBe("[1]"));
  });

  test("starts none where there was none", async () => {
    await choose(page, "Compute");
    type(await page.find("textbox", /^Expression/), "w * $");
    await waitFor(() => expect(page.el.querySelector(".pw-edit [role=alert]")).not.toBeNull());
    const before = tries().length;
    (await page.find("radio", "Range")).click();
    await waitFor(() => expect(page.el.querySelector(".pw-edit .cnt")?.textContent).toContain("of 4,608 values"));
    expect(tries()).toHaveLength(before);
  });

  test("without a condition is none", async () => {
    (await page.find("radio", "Range")).click();
    await choose(page, "Zero");
    await sent(page.model, "TryOut");
    type(await page.find("textbox", "Condition"), " ");
    await waitFor(() => expect(page.el.querySelector(".pw-edit [role=alert]")?.textContent).toContain("condition"));
    expect((await page.find("button", /Apply/)).getAttribute("aria-disabled")).toBe("true");
    expect(isLive()).toBe(false);
  });

  test("is still chosen by thumbs while the condition is no band", async () => {
    (await page.find("radio", "Range")).click();
    type(await page.find("textbox", "Condition"), "|w| > 0.1");
    await waitFor(() => expect(page.el.querySelector(".pw-brush")?.className).toContain("un"));
    press(await page.find("slider", "Range, high end"), "ArrowRight");
    await waitFor(() => expect((page.query("textbox", "Condition") as HTMLInputElement).value).toMatch(/^\|w\| < /));
  });
});

describe("an outside change", () => {
  const OUTSIDE = { code: "outside-change", text: "conv2/kernel was written by something else." };

  test.each([
    ["Overwrite", { kind: "DropTrial", force: true }],
    ["Start from the new values", { kind: "DropTrial", leave: true }],
  ])("while trying asks: %s", async (label, request) => {
    await scaled();
    page.model.failNext("TryOut", OUTSIDE);
    type(await page.find("slider", "Scale ×"), "0.25");
    (await page.find("button", label)).click();
    await waitFor(() => expect(tries()).toHaveLength(3));
    expect(drops()).toEqual([request]);
    expect(tries()[2]?.operation).toEqual({ type: "Scale", factor: 0.25 });
    await waitFor(() => expect(isLive()).toBe(true));
  });

  test("at a KeepTrial can be overwritten with the values from before", async () => {
    await scaled();
    page.model.failNext("KeepTrial", OUTSIDE);
    (await page.find("button", /Apply/)).click();
    (await page.find("button", "Take back")).click();
    await waitFor(() => expect(drops().at(-1)).toEqual({ kind: "DropTrial", owner: tries()[0]?.owner, force: true }));
    await waitFor(() => expect(tag()).toBeNull());
    expect(isLive()).toBe(false);
  });

  test.each(["KeepTrial", "DropTrial"] as const)("at a %s can be left as it is", async (kind) => {
    await scaled();
    page.model.failNext(kind, OUTSIDE);
    if (kind === "KeepTrial") (await page.find("button", /Apply/)).click();
    else press(await page.find("slider", "Scale ×"), "Escape");
    (await page.find("button", "Leave what was written")).click();
    await waitFor(() => expect(drops().at(-1)).toEqual({ kind: "DropTrial", owner: tries()[0]?.owner, leave: true }));
    await waitFor(() => expect(tag()).toBeNull());
    expect(isLive()).toBe(false);
    expect(factor()).toBe("1");
  });
});
