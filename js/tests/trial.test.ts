/** What is tried out: which requests go out, and when. */

import { waitFor } from "@testing-library/dom";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { digits } from "./datasets";
import { open, press, sent, type, type View } from "./harness";

let page: View;

beforeEach(() => {
  page = open(digits);
});

async function choose(operation: string): Promise<void> {
  const select = (await page.find("combobox", "Operation")) as HTMLSelectElement;
  select.value = operation;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

const slide = async (name: string, value: string): Promise<void> => type(await page.find("slider", name), value);
const kinds = (): string[] => page.model.kinds().filter((kind) => /Trial|TryOut|Apply/.test(kind));
const factors = (): unknown[] =>
  page.model.requests
    .filter((each) => each.kind === "TryOut")
    .map((each) => (each.operation as { factor: number }).factor);
const mean = (): string => page.el.querySelector(".pw-stats")?.textContent ?? "";

describe("a slider", () => {
  test("changes the live model at once, and shows what was", async () => {
    await choose("Scale");
    (await page.find("radio", "Tensor")).click();
    const before = mean();
    await slide("Scale ×", "0.5");
    expect(await sent(page.model, "TryOut")).toEqual({
      kind: "TryOut",
      target: { what: "conv2/kernel", region: "[...]" },
      operation: { type: "Scale", factor: 0.5 },
      owner: expect.any(Number),
    });
    await waitFor(() => expect(page.el.querySelector(".pw-title")?.textContent).toContain("preview"));
    expect(page.el.querySelector(".pw-edit")?.className).toContain("live");
    await waitFor(() => expect(page.el.querySelectorAll(".pw-stats s").length).toBeGreaterThan(2));
    const max = page.el.querySelectorAll(".pw-stats > div")[1];
    const [was, now] = [max?.querySelector("s")?.textContent, max?.querySelector("dd")?.textContent];
    expect(before).toContain(`max${was}`);
    expect(Number(now)).toBeCloseTo(Number(was) / 2, 3);
    await waitFor(() => expect(page.el.querySelector(".pw-rail")?.textContent).toContain("before−0.1322"));
  });

  test("is not compared with a picture from before an edit that another view showed", async () => {
    await waitFor(() => expect(page.el.querySelector(".pw-rail .big")?.textContent).toBe("−0.1322"));
    (await page.find("tab", "Values")).click();
    await choose("Scale");
    (await page.find("radio", "Tensor")).click();
    await slide("Scale ×", "0.5");
    (await page.find("button", /Apply/)).click();
    await waitFor(() => expect(page.model.kinds()).toContain("KeepTrial"));
    await waitFor(() => expect(page.el.querySelector(".pw-title")?.textContent).not.toContain("preview"));
    await slide("Scale ×", "0.5");
    await waitFor(() => expect(page.el.querySelector(".pw-title")?.textContent).toContain("preview"));
    (await page.find("tab", "Heatmap")).click();
    await waitFor(() => expect(page.el.querySelector(".pw-rail .big")?.textContent).toBe("−0.0330"));
    expect(page.el.querySelector(".pw-rail")?.textContent).not.toContain("before");
  });

  test("is not compared with a picture from before another tensor was looked at", async () => {
    (await page.find("tab", "Values")).click();
    (await page.row(/^kernel, 64 by 10, float16/)).click();
    await page.find("grid", /^Values of logits/);
    page.model.touch("conv2/kernel"); // not on the screen
    (await page.row(/^kernel, 3 by 3 by 16 by 32/)).click();
    await page.find("grid", /^Values of conv2/);
    await choose("Scale");
    (await page.find("radio", "Tensor")).click();
    await slide("Scale ×", "0.5");
    await waitFor(() => expect(page.el.querySelector(".pw-title")?.textContent).toContain("preview"));
    (await page.find("tab", "Heatmap")).click();
    await waitFor(() => expect(page.el.querySelector(".pw-rail .big")?.textContent).not.toBe(""));
    expect(page.el.querySelector(".pw-rail")?.textContent).not.toContain("before");
  });

  test("has at most two requests on their way, and the latest value last", async () => {
    await choose("Scale");
    page.model.pause();
    for (const value of ["0.9", "0.8", "0.7", "0.6", "0.5"]) await slide("Scale ×", value);
    expect(factors()).toEqual([0.9, 0.8]);
    page.model.resume();
    await waitFor(() => expect(factors()).toEqual([0.9, 0.8, 0.5]));
  });

  test("begins after what is still being written, and says what that left", async () => {
    page = open(digits, { latency: 1 }); // each message is heard by itself, as in a browser
    type(await page.find("textbox", "Value"), "7");
    page.model.pause();
    (await page.find("button", /Apply/)).click();
    await choose("Scale");
    (await page.find("radio", "Tensor")).click();
    await slide("Scale ×", "0.5");
    page.model.resume();
    const max = (): Element | undefined => page.el.querySelectorAll(".pw-stats > div")[1];
    await waitFor(() => expect(max()?.querySelector("dd")?.textContent).toBe("3.500"));
    expect(max()?.querySelector("s")?.textContent).toBe("7.000");
  });

  test("moves by the keyboard, ten steps with Shift", async () => {
    await choose("Scale");
    const slider = await page.find("slider", "Scale ×");
    press(slider, "ArrowLeft");
    await waitFor(() => expect(factors()).toEqual([0.99]));
    press(slider, "ArrowLeft", { shiftKey: true });
    await waitFor(() => expect(factors()).toEqual([0.99, 0.89]));
    await waitFor(() => expect(slider.getAttribute("aria-valuetext")).toBe("Scale × 0.89, 1 value"));
  });

  test("back at its neutral value takes the trial back", async () => {
    await choose("Scale");
    await slide("Scale ×", "0.5");
    await sent(page.model, "TryOut");
    await slide("Scale ×", "1");
    await sent(page.model, "DropTrial");
    await waitFor(() => expect(page.el.querySelector(".pw-edit")?.className).not.toContain("live"));
  });

  test("stays at its cells while the cursor goes on", async () => {
    await choose("Scale");
    await slide("Scale ×", "0.5");
    press(await page.find("img", /^Heatmap/), "ArrowDown");
    await slide("Scale ×", "0.4");
    await waitFor(() => expect(factors()).toEqual([0.5, 0.4]));
    expect((await sent(page.model, "TryOut")).target.region).toBe("[1, 1, 0, 0]");
  });
});

describe("what is tried out", () => {
  beforeEach(async () => {
    await choose("Scale");
    await slide("Scale ×", "0.5");
    await page.row(/^kernel.*edited/);
  });

  test("is kept by Enter, once, and the slider begins anew", async () => {
    ((await page.find("form", "Edit")) as HTMLFormElement).requestSubmit();
    await page.find("button", /^Undo: scale × 0.5/);
    expect(kinds()).toEqual(["TryOut", "KeepTrial"]);
    await waitFor(() => expect((page.query("textbox", "Factor") as HTMLInputElement).value).toBe("1"));
    ((await page.find("form", "Edit")) as HTMLFormElement).requestSubmit();
    expect(kinds()).toEqual(["TryOut", "KeepTrial"]);
  });

  test.each(["combobox Operation", "slider Scale ×", "radio Cells"])("is kept by Enter on the %s", async (place) => {
    const [role = "", ...name] = place.split(" ");
    press(await page.find(role, name.join(" ")), "Enter");
    await page.find("button", /^Undo: scale × 0.5/);
  });

  test("stays when its scope is chosen once more", async () => {
    (await page.find("radio", "Tensor")).click();
    await slide("Scale ×", "0.5");
    await waitFor(() => expect(factors()).toHaveLength(2));
    const drops = kinds().filter((kind) => kind === "DropTrial").length;
    (await page.find("radio", "Tensor")).click();
    expect(kinds().filter((kind) => kind === "DropTrial")).toHaveLength(drops);
  });

  test("is taken back by Esc, and a second Esc clears the rest", async () => {
    const field = await page.find("textbox", "Factor");
    press(field, "Escape");
    await sent(page.model, "DropTrial");
    await waitFor(() => expect(page.rows().some((row) => row.includes("edited"))).toBe(false));
    await waitFor(() => expect((field as HTMLInputElement).value).toBe("1"));
  });

  test.each([
    ["another tensor", async () => (await page.row(/^kernel, 64 by 10/)).click()],
    ["another operation", async () => choose("Add")],
  ])("is taken back by %s", async (_, change) => {
    await change();
    await sent(page.model, "DropTrial");
    await waitFor(() => expect(page.rows().some((row) => row.includes("edited"))).toBe(false));
  });

  test("is asked back once, however long the kernel takes", async () => {
    page.model.pause();
    (await page.find("radio", "Tensor")).click();
    (await page.find("radio", "Cells")).click();
    await choose("Add");
    expect(kinds()).toEqual(["TryOut", "DropTrial"]);
    page.model.resume();
    await waitFor(() => expect(page.rows().some((row) => row.includes("edited"))).toBe(false));
  });

  test("is taken back when the page goes, and when the view is closed", async () => {
    window.dispatchEvent(new Event("pagehide"));
    expect(kinds()).toEqual(["TryOut", "DropTrial"]);
    await slide("Scale ×", "0.4");
    await waitFor(() => expect(factors()).toHaveLength(2));
    page.close();
    expect(kinds()).toEqual(["TryOut", "DropTrial", "TryOut", "DropTrial"]);
    window.dispatchEvent(new Event("pagehide"));
    expect(kinds()).toHaveLength(4);
  });

  test("ends on this side too when the kernel ends it", async () => {
    await page.channel.request({ kind: "DropTrial" });
    await waitFor(() => expect(page.el.querySelector(".pw-edit")?.className).not.toContain("live"));
  });

  test("asks before it overwrites what something else wrote", async () => {
    page.model.failNext("KeepTrial", { code: "outside-change", text: "conv2/kernel was written by something else." });
    (await page.find("button", /Apply/)).click();
    (await page.find("button", "Keep anyway")).click();
    await waitFor(() =>
      expect(page.model.requests.findLast((each) => each.kind === "KeepTrial")).toEqual({
        kind: "KeepTrial",
        owner: expect.any(Number),
        force: true,
      }),
    );
    await waitFor(() => expect((page.query("textbox", "Factor") as HTMLInputElement).value).toBe("1"));
  });

  test("is not kept if what was typed last could not be tried", async () => {
    page.model.failNext("TryOut", { code: "value", text: "9e99 is beyond float32." });
    type(await page.find("textbox", "Factor"), "9e99");
    await waitFor(() =>
      expect(page.el.querySelector(".pw-edit [role=alert]")?.textContent).toContain("beyond float32"),
    );
    expect((await page.find("button", /Apply/)).getAttribute("aria-disabled")).toBe("true");
    expect(kinds()).toEqual(["TryOut", "TryOut", "DropTrial"]); // the model holds nothing that the bar does not name
    await waitFor(() => expect(page.el.querySelector(".pw-edit")?.className).not.toContain("live"));
  });

  test("keeps what was typed a moment ago, not what was tried before it", async () => {
    type(await page.find("textbox", "Factor"), "0.25");
    ((await page.find("form", "Edit")) as HTMLFormElement).requestSubmit();
    await page.find("button", /^Undo: scale × 0.25/);
    expect(kinds()).toEqual(["TryOut", "TryOut", "KeepTrial"]);
  });
});

describe("while something is tried out", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("the kernel hears every ten seconds that the page is there", async () => {
    const held = () => page.model.kinds().filter((kind) => kind === "HoldTrial").length;
    page.close();
    page = open(digits); // with the timers of this test
    await vi.advanceTimersByTimeAsync(10_000);
    expect(held()).toBe(0);
    const select = page.query("combobox", "Operation") as HTMLSelectElement;
    select.value = "Zero";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(held()).toBe(2);
    press(select, "Escape");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(held()).toBe(2);
  });
});
