/** The view of singular values: when they are asked for, what is said beside them, and what was before a trial. */

import { waitFor } from "@testing-library/dom";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { awkward, digits } from "./datasets";
import { open, press, sent, type, type View } from "./harness";

let page: View;

beforeEach(() => {
  page = open(digits);
});

const asked = (): string[] =>
  page.model.requests.filter((each) => each.kind === "GetSpectrum").map((each) => each.path);
const show = async (name = "Spectrum"): Promise<void> => (await page.find("tab", name)).click();
const rail = (): string => page.el.querySelector(".pw-rail")?.textContent ?? "";
const shown = (): string => page.query("img", /^Spectrum of/)?.getAttribute("aria-label") ?? "";
const largest = (): number => Number(/largest([\d.]+)smallest/.exec(rail())?.[1]);
const idle = (): Promise<void> => waitFor(() => expect(page.model.pending()).toBe(0));

async function scale(factor: string, where = "Tensor"): Promise<void> {
  const select = (await page.find("combobox", "Operation")) as HTMLSelectElement;
  select.value = "Scale";
  select.dispatchEvent(new Event("change", { bubbles: true }));
  (await page.find("radio", where)).click();
  type(await page.find("slider", "Scale ×"), factor);
}

describe("singular values", () => {
  test("are asked for when they are looked at, and shown with what they tell", async () => {
    await idle();
    expect(asked()).toEqual([]);
    await show();
    expect(page.el.querySelector(".pw-plot")?.getAttribute("aria-busy")).toBe("true");
    await waitFor(() =>
      expect(shown()).toMatch(/^Spectrum of conv2\/kernel: 32 singular values from 1\.676 to 0\.6342/),
    );
    expect(page.el.querySelector(".pw-plot")?.getAttribute("aria-busy")).toBe("false");
    expect(asked()).toEqual(["conv2/kernel"]);
    expect(page.el.querySelector(".pw-dims")?.textContent).toBe("matrixkh·kw·in × out = 144×32");
    expect(page.query("combobox", "Row axis")).toBeNull();
    expect(rail()).toContain("largest1.676smallest0.6342condition2.6stable rank15.4effective rank31.0 / 32");
    expect(rail()).toContain("0 of 32 stand above the noise edge; all of it could be noise.");
  });

  test("are not asked for again when nothing has changed", async () => {
    await show();
    await waitFor(() => expect(shown()).not.toBe(""));
    await show("Heatmap");
    await show();
    expect(shown()).not.toBe("");
    await idle();
    expect(asked()).toHaveLength(1);
  });

  test("follow an edit while they are looked at, and only then", async () => {
    await show();
    await waitFor(() => expect(largest()).toBeCloseTo(1.676));
    await scale("2");
    (await page.find("button", /Apply/)).click();
    await waitFor(() => expect(largest()).toBeCloseTo(3.352));
    await show("Values");
    const before = asked().length;
    page.model.touch("conv2/kernel");
    await idle();
    expect(asked()).toHaveLength(before);
    await show();
    await waitFor(() => expect(asked()).toHaveLength(before + 1));
  });

  test("of what was there before an edit are not shown again", async () => {
    await show();
    await waitFor(() => expect(largest()).toBeCloseTo(1.676));
    await show("Values");
    page.model.touch("conv2/kernel");
    await idle();
    page.model.pause();
    await show();
    expect(shown()).toBe("");
    expect(page.el.querySelector(".pw-plot")?.getAttribute("aria-busy")).toBe("true");
    page.model.resume();
    await waitFor(() => expect(shown()).not.toBe(""));
  });

  test("stay while another slice is chosen, which the keys do not do here", async () => {
    await show();
    await waitFor(() => expect(shown()).not.toBe(""));
    const tree = page.el.querySelector("[role=tree]") as Element;
    for (const key of ["t", "]"]) press(tree, key);
    await show("Heatmap");
    await waitFor(() => expect(page.el.querySelector(".pw-dims .mono")?.textContent).toBe("[1, 1, :, :]"));
    expect(((await page.find("combobox", "Row axis")) as HTMLSelectElement).value).toBe("2");
    for (const key of ["t", "]"]) press(tree, key);
    await waitFor(() => expect(page.el.querySelector(".pw-dims .mono")?.textContent).toBe("[2, 1, :, :]"));
    await show();
    await idle();
    expect(shown()).not.toBe("");
    expect(asked()).toHaveLength(1);
  });

  test("of the tensor before are given up", async () => {
    page.model.pause();
    await show();
    await sent(page.model, "GetSpectrum");
    (await page.row(/^kernel, 64 by 10, float16/)).click();
    await waitFor(() => expect(asked()).toEqual(["conv2/kernel", "logits/kernel"]));
    expect(page.model.kinds()).toContain("Stop");
    page.model.resume();
    await waitFor(() => expect(shown()).toMatch(/^Spectrum of logits\/kernel: 10 singular values/));
  });

  test("are asked for one at a time while something changes fast", async () => {
    await show();
    await waitFor(() => expect(shown()).not.toBe(""));
    page.model.pause();
    for (let at = 0; at < 5; at += 1) page.model.touch("conv2/kernel");
    await sent(page.model, "GetSpectrum");
    expect(asked()).toHaveLength(2);
    page.model.resume();
    await waitFor(() => expect(asked()).toHaveLength(3));
    await idle();
    expect(asked()).toHaveLength(3);
  });
});

test("a page out of sight asks for nothing, and is right when it is seen again", async () => {
  await show();
  await waitFor(() => expect(shown()).not.toBe(""));
  await idle();
  const visible = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  document.dispatchEvent(new Event("visibilitychange"));
  page.model.touch("conv2/kernel");
  await idle();
  expect(asked()).toHaveLength(1);
  visible.mockRestore();
  document.dispatchEvent(new Event("visibilitychange"));
  await waitFor(() => expect(asked()).toHaveLength(2));
  await idle();
  expect(asked()).toHaveLength(2);
});

describe("while something is tried", () => {
  test("the curve before stays, and goes with the trial", async () => {
    await show();
    await waitFor(() => expect(largest()).toBeCloseTo(1.676));
    await scale("0.5");
    await waitFor(() => expect(largest()).toBeCloseTo(0.838));
    expect(page.el.querySelector(".pw-sv .before")).not.toBeNull();
    (await page.find("button", /Revert/)).click();
    await waitFor(() => expect(largest()).toBeCloseTo(1.676));
    expect(page.el.querySelector(".pw-sv .before")).toBeNull();
  });

  test("it is said how many stood above the edge before", async () => {
    await show();
    await waitFor(() => expect(rail()).toContain("0 of 32 stand above the noise edge; all"));
    (await page.find("radio", "Slice")).click();
    type(await page.find("textbox", "Slice"), "[..., 0:1]");
    await scale("2", "Slice");
    await waitFor(() =>
      expect(rail()).toContain("1 of 32 stands above the noise edge (was 0); the rest could be noise."),
    );
  });

  test("a tensor of zeros has no noise to stand above", async () => {
    await show();
    await waitFor(() => expect(largest()).toBeCloseTo(1.676));
    (await page.find("radio", "Tensor")).click();
    const select = (await page.find("combobox", "Operation")) as HTMLSelectElement;
    select.value = "Zero";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await waitFor(() =>
      expect(rail()).toContain("condition–stable rank0effective rank0 / 3290% energy–All values are 0."),
    );
  });

  test("curves that were not looked at before are not compared with", async () => {
    await show();
    await waitFor(() => expect(largest()).toBeCloseTo(1.676));
    await show("Heatmap");
    page.model.touch("conv2/kernel"); // they are others now
    await idle();
    await scale("0.5");
    await waitFor(() => expect(page.el.querySelector(".pw-title")?.textContent).toContain("preview"));
    await show();
    await waitFor(() => expect(largest()).toBeCloseTo(0.838));
    expect(page.el.querySelector(".pw-sv .before")).toBeNull();
  });
});

describe("where there is no spectrum", () => {
  test("of a vector, the heatmap stands in, and nothing is asked for", async () => {
    await show();
    (await page.row(/^bias, 64,/)).click();
    await page.find("img", /^Heatmap of dense\/bias/);
    expect((await page.find("tab", "Spectrum")).getAttribute("aria-disabled")).toBe("true");
    await idle();
    expect(asked()).toEqual(["conv2/kernel"]);
    (await page.row(/^kernel, 64 by 10, float16/)).click();
    await waitFor(() => expect(asked()).toEqual(["conv2/kernel", "logits/kernel"]));
  });

  test("the kernel says why", async () => {
    page = open({ ...awkward, selected: "bad.nan" });
    await show();
    await waitFor(() => expect(page.el.querySelector(".pw-plotw")?.textContent).toContain("NaN or infinite"));
    expect(page.el.querySelector(".pw-plotw")?.textContent).toContain("Examine shows where");
  });

  test("a finding leads to where its place can be seen", async () => {
    page = open({ ...digits, selected: "aux_logits/kernel" });
    await show();
    await waitFor(() => expect(page.el.querySelector(".pw-plotw")?.textContent).toContain("Examine shows where"));
    (await page.find("button", "Examine")).click();
    (await page.find("button", "aux_logits/kernel [0, 3]")).click();
    await waitFor(() => expect(page.el.querySelector(".pw-rail .ix")?.textContent).toBe("[0, 3]"));
    await waitFor(() => expect(page.el.querySelector(".pw-rail .big")?.textContent).toBe("NaN"));
  });

  test("its key does nothing", async () => {
    page = open({ ...digits, selected: "dense/bias" });
    press(page.el.querySelector("[role=tree]") as Element, "4", { altKey: true, code: "Digit4" });
    expect((await page.find("tab", "Heatmap")).getAttribute("aria-selected")).toBe("true");
  });
});

test("keys show it, and its picture is saved", async () => {
  press(page.el.querySelector("[role=tree]") as Element, "4", { altKey: true, code: "Digit4" });
  await waitFor(() => expect(shown()).not.toBe(""));
  (await page.find("button", "Save the spectrum as PNG")).click();
  expect(await sent(page.model, "GetFigure")).toMatchObject({ path: "conv2/kernel", view: "spectrum" });
});

test("the keyboard follows to it, however long it takes", async () => {
  const canvas = await page.find("img", /^Heatmap of/);
  canvas.focus();
  page.model.pause();
  press(canvas, "4");
  for (let frame = 0; frame < 60; frame += 1) await new Promise(requestAnimationFrame);
  page.model.resume();
  await waitFor(() => expect(document.activeElement?.getAttribute("role")).toBe("slider"));
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Singular value");
});
