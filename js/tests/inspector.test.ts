import { waitFor } from "@testing-library/dom";
import { describe, expect, test } from "vitest";
import type { Request } from "../src/protocol";
import { awkward, digits, scalar } from "./datasets";
import { open, press, sent, type } from "./harness";

describe("selecting a tensor", () => {
  test("shows its facts at once and its values when they come", async () => {
    const page = open(digits);
    page.model.pause();
    (await page.row(/^kernel, 64 by 10, float16/)).click();
    await waitFor(() => expect(page.el.querySelector(".pw-title")?.textContent).toContain("logits/kernel64×10float16"));
    expect(page.el.querySelector(".pw-stats")?.getAttribute("aria-busy")).toBe("true");
    expect(page.model.traits.selection).toBe("logits/kernel");
    page.model.resume();
    await waitFor(() => expect(page.el.querySelector(".pw-stats")?.getAttribute("aria-busy")).toBe("false"));
    expect(page.el.querySelector(".pw-title")?.textContent).toContain("1.3 KiB");
  });

  test("comes back after a reload", async () => {
    const page = open({ ...digits, selected: "dense/bias" });
    expect((await page.row(/^bias, 64, float32/)).getAttribute("aria-selected")).toBe("true");
  });

  test("drops answers about the one before", async () => {
    const page = open(awkward);
    page.model.pause();
    (await page.row(/^one, 40/)).click();
    (await page.row(/^nan, 8 by 8/)).click();
    page.model.resume();
    await waitFor(() => expect(page.el.querySelector(".pw-title")?.textContent).toContain("bad/nan8×8"));
    await waitFor(() => expect(page.el.querySelector(".pw-stats .bad")?.textContent).toBe("NaN8"));
  });

  test("of NaN alone has no numbers to show", async () => {
    const page = open(digits);
    (await page.find("radio", "Tensor")).click();
    type(await page.find("textbox", "Value"), "nan");
    (await page.find("button", /Apply/)).click();
    await waitFor(() => expect(page.el.querySelector(".pw-stats")?.textContent).toContain("min–max–mean–std–L2–"));
  });

  test("without values says why, and offers no editing", async () => {
    const page = open({ ...awkward, selected: "meta.weight" });
    expect(page.el.querySelector(".pw-plotw")?.textContent).toContain("It is on the meta device");
    expect(page.query("button", /Apply/)).toBeNull();
  });

  test("that cannot be written says why in the edit bar", () => {
    const page = open({ ...awkward, selected: "packed.weight" });
    expect(page.el.querySelector(".pw-edit")?.textContent).toBe("It is packed: one stored value holds two weights.");
  });

  test("that is empty says so", () => {
    const page = open({ ...awkward, selected: "ranks.empty" });
    expect(page.el.querySelector(".pw-plotw")?.textContent).toContain("holds no values");
  });

  test("the kernel refuses to describe shows its sentence", async () => {
    const page = open(digits);
    page.model.failNext("Describe", { code: "path", text: "There is no tensor 'dense/bias' any more." });
    (await page.row(/^bias, 64,/)).click();
    await waitFor(() => expect(page.el.querySelector(".pw-plotw")?.textContent).toContain("any more"));
  });
});

describe("the plane", () => {
  test("is swapped by button and key", async () => {
    const page = open(digits);
    expect(page.el.querySelector(".pw-dims .mono")?.textContent).toBe("[1, 1, :, :]");
    (await page.find("button", "Swap rows and columns")).click();
    await waitFor(() => expect((page.query("combobox", "Row axis") as HTMLSelectElement).value).toBe("3"));
    press(page.el.querySelector("[role=tree]") as Element, "]");
    await waitFor(() => expect(page.el.querySelector(".pw-dims .mono")?.textContent).toBe("[2, 1, :, :]"));
  });

  test("moves along a free axis by its slider", async () => {
    const page = open(digits);
    const slider = await page.find("slider", "kw");
    expect(slider.getAttribute("aria-valuetext")).toMatch(/^1, L2 /);
    press(slider, "ArrowLeft");
    await waitFor(() => expect(slider.getAttribute("aria-valuenow")).toBe("0"));
    press(slider, "ArrowLeft");
    expect(slider.getAttribute("aria-valuenow")).toBe("0");
    press(slider, "End");
    await waitFor(() => expect(slider.getAttribute("aria-valuenow")).toBe("2"));
  });

  test("reads the cell under the cursor exactly", async () => {
    const page = open(digits);
    await waitFor(() => expect(page.el.querySelector(".pw-rail")?.textContent).toContain("−0.13219814"));
    press(await page.find("img", /^Heatmap of conv2\/kernel/), "ArrowDown");
    await waitFor(() => expect(page.el.querySelector(".pw-rail .ix")?.textContent).toBe("[1, 1, 1, 0]"));
    await waitFor(() => {
      const last = page.model.requests.findLast((each) => each.kind === "GetCells");
      expect(last).toMatchObject({ window: { top: 1, bottom: 2, left: 0, right: 1 } });
    });
  });

  test("reads nothing of the slice before", async () => {
    const page = open(digits);
    const rail = (): string => page.el.querySelector(".pw-rail")?.textContent ?? "";
    await waitFor(() => expect(rail()).toContain("−0.13219814"));
    expect(rail()).toContain("L2");
    page.model.pause();
    press(await page.find("slider", "kw"), "ArrowLeft");
    await waitFor(() => expect(rail()).toContain("[1, 0, 0, 0]"));
    expect(rail()).not.toMatch(/−0\.1322|L2/);
    page.model.resume();
    await waitFor(() => expect(rail()).toContain("L2"));
  });

  test("reads nothing of the tensor before", async () => {
    const page = open({ ...digits, selected: "logits/kernel" });
    page.model.pause();
    await sent(page.model, "GetCells");
    (await page.row(/^kernel, 1,?568 by 64/)).click();
    await sent(page.model, "Describe");
    page.model.resume();
    page.model.pause(); // what is read from now on
    await waitFor(() => expect(page.el.querySelector(".pw-title")?.textContent).toContain("392 KiB"));
    expect((page.el.querySelector(".pw-rail .ex") as HTMLElement).title).toBe("exactly ");
  });

  test("of one row is drawn, named and filled in as its menus say", async () => {
    const page = open(digits);
    (await page.row(/^kernel, 3 by 3 by 1 by 16/)).click();
    await page.find("img", /^Heatmap of conv1\/kernel, 1 row by 16 columns/);
    const chosen = (side: string): string | undefined =>
      (page.query("combobox", `${side} axis`) as HTMLSelectElement).selectedOptions[0]?.text;
    expect([chosen("Row"), chosen("Column")]).toEqual(["in · 1", "out · 16"]);
    (await page.find("tab", "Values")).click();
    const grid = await page.find("grid", "Values of conv1/kernel");
    const counts = (): (string | null)[] => ["aria-rowcount", "aria-colcount"].map((each) => grid.getAttribute(each));
    expect(counts()).toEqual(["2", "17"]);
    (await page.find("button", "Swap rows and columns")).click();
    await waitFor(() => expect(counts()).toEqual(["17", "2"]));
  });

  test("of a scalar has no axes", () => {
    const page = open(scalar);
    expect(page.el.querySelector(".pw-dims")).toBeNull();
    expect(page.el.querySelector(".pw-rail .ix")?.textContent).toBe("[]");
  });
});

describe("the edit bar", () => {
  test("says what will be stored, and sets the cell", async () => {
    const page = open({ ...digits, selected: "logits/kernel" });
    const value = await page.find("textbox", "Value");
    type(value, "0.1");
    await waitFor(() =>
      expect(page.el.querySelector(".pw-edit")?.textContent).toContain("stored as 0.0999755859 in float16"),
    );
    expect((await sent(page.model, "CheckText")).text).toBe("0.1");
    (value.closest("form") as HTMLFormElement).requestSubmit();
    expect(await sent(page.model, "Apply")).toEqual({
      kind: "Apply",
      target: { what: "logits/kernel", region: "[0, 0]" },
      operation: { type: "Fill", text: "0.1" },
    });
    await page.find("button", /^Undo: set to 0.1 in logits\/kernel \[0, 0\]/);
    await page.row(/^kernel, 64 by 10.*edited/);
    await page.row(/^logits.*edited/);
  });

  test("counts a slice, and says which axis it does not fit", async () => {
    const page = open(digits);
    type(await page.find("textbox", "Slice"), "[..., 0:8]");
    await waitFor(() => expect(page.el.querySelector(".pw-edit .cnt")?.textContent).toBe("1,152 of 4,608 values"));
    expect((await page.find("radio", "Slice")).getAttribute("aria-checked")).toBe("true");
    type(await page.find("textbox", "Slice"), "[..., 0:64]");
    await waitFor(() =>
      expect(page.el.querySelector(".pw-edit [role=alert]")?.textContent).toBe(
        "Axis out has 32 values, 0:64 is too long.",
      ),
    );
    type(await page.find("textbox", "Value"), "1");
    expect((await page.find("button", /Apply/)).getAttribute("aria-disabled")).toBe("true");
  });

  test("refuses what the type cannot hold, where it was typed", async () => {
    const page = open({ ...digits, selected: "logits/kernel" });
    type(await page.find("textbox", "Value"), "1e9");
    await waitFor(() =>
      expect(page.el.querySelector(".pw-edit [role=alert]")?.textContent).toContain("beyond float16"),
    );
    expect((await page.find("textbox", "Value")).getAttribute("aria-invalid")).toBe("true");
  });

  test("shows a failed write as text, and leaves what was typed", async () => {
    const page = open(digits);
    page.model.failNext("Apply", { code: "write-failed", text: "The framework failed; the model was put back." });
    type(await page.find("textbox", "Value"), "2");
    (await page.find("button", /Apply/)).click();
    await waitFor(() => expect(page.el.querySelector(".pw-edit [role=alert]")?.textContent).toContain("was put back"));
    expect((page.query("textbox", "Value") as HTMLInputElement).value).toBe("2");
  });

  test("is pending until the kernel has written", async () => {
    const page = open(digits);
    page.model.pause();
    (await page.find("radio", "Tensor")).click();
    type(await page.find("textbox", "Value"), "0");
    (await page.find("button", /Apply/)).click();
    await waitFor(() => expect(page.el.querySelector(".pw-edit")?.className).toContain("live"));
    await waitFor(() =>
      expect(page.el.querySelector(".pw-kernel")?.textContent).toBe(
        "Write waits for the cell to endWaiting for the kernel: it is written at the next safe point",
      ),
    );
    page.model.resume();
    await waitFor(() => expect(page.el.querySelector(".pw-edit")?.className).not.toContain("live"));
    await waitFor(() => expect(page.el.querySelector(".pw-kernel")?.textContent).toBe(""));
    expect((await sent(page.model, "Apply")).target.region).toBe("[...]");
    await waitFor(() => expect(page.el.querySelector(".pw-stats")?.textContent).toContain("zeros100.0%"));
  });

  test("is cleared by Esc", async () => {
    const page = open(digits);
    const value = (await page.find("textbox", "Value")) as HTMLInputElement;
    type(value, "0.5");
    press(value, "Escape");
    await waitFor(() => expect(value.value).toBe(""));
  });
});

describe("the values grid", () => {
  test("shows exact cells, and sets the one that is typed into", async () => {
    const page = open({ ...digits, selected: "logits/kernel" });
    (await page.find("tab", "Values")).click();
    const cell = await page.find("gridcell", /−0.0606/);
    press(cell, "F2");
    const field = await page.find("textbox", /^Value of/);
    type(field, "0.25");
    await waitFor(() =>
      expect(page.el.querySelector(".pw-values")?.textContent).toContain("stored as 0.25 in float16"),
    );
    press(field, "Enter");
    expect(await sent(page.model, "SetBlock")).toMatchObject({
      path: "logits/kernel",
      row: 0,
      col: 0,
      texts: [["0.25"]],
    });
    await page.find("gridcell", /^0.25/);
  });

  test("shows what was written on its own slice only", async () => {
    const page = open(digits);
    (await page.find("tab", "Values")).click();
    press(await page.find("gridcell", /−0.1322/), "F2");
    const field = await page.find("textbox", /^Value of/);
    type(field, "0.25");
    await waitFor(() => expect(page.el.querySelector(".pw-values")?.textContent).toContain("stored as 0.25"));
    press(field, "Enter");
    await waitFor(() =>
      expect(page.el.querySelector("td[title='0.25 · differs from the loaded model']")).not.toBeNull(),
    );
    (await page.find("tab", "Heatmap")).click();
    press(await page.find("slider", "kw"), "ArrowLeft");
    page.model.pause();
    (await page.find("tab", "Values")).click();
    const asks = (each: Request): boolean =>
      each.kind === "GetCells" && each.plane.fixed[1] === 0 && each.window.bottom > 2;
    await waitFor(() => expect(page.model.requests.some(asks)).toBe(true));
    expect(page.el.querySelector("td[title^='0.25']")).toBeNull();
  });

  test("says at the cell why a value is refused", async () => {
    const page = open({ ...digits, selected: "logits/kernel" });
    (await page.find("tab", "Values")).click();
    press(await page.find("gridcell", /−0.0606/), "F2");
    const field = await page.find("textbox", /^Value of/);
    type(field, "70000");
    await waitFor(() => expect(page.el.querySelector(".pw-values")?.textContent).toContain("beyond float16"));
    type(field, "3");
    await waitFor(() => expect(page.el.querySelector(".pw-values")?.textContent).toContain("stored as 3 in float16"));
    page.model.failNext("SetBlock", { code: "write-failed", text: "The framework failed; the model was put back." });
    press(field, "Enter");
    await waitFor(() => expect(page.el.querySelector(".pw-values")?.textContent).toContain("was put back"));
    expect((page.query("textbox", /^Value of/) as HTMLInputElement).value).toBe("3");
  });
});

describe("undo and redo", () => {
  test("take back and do again, by button and by key", async () => {
    const page = open(digits);
    expect((await page.find("button", "Undo")).getAttribute("aria-disabled")).toBe("true");
    type(await page.find("textbox", "Value"), "5");
    (await page.find("button", /Apply/)).click();
    (await page.find("button", /^Undo: set/)).click();
    await page.find("button", /^Redo: set/);
    await waitFor(() => expect(page.rows().some((label) => label.includes("edited"))).toBe(false));
    press(page.el.querySelector("[role=tree]") as Element, "Z", { ctrlKey: true, shiftKey: true });
    await page.row(/^conv2.*edited/);
    press(page.el.querySelector("[role=tree]") as Element, "z", { ctrlKey: true });
    await page.find("button", /^Redo: set/);
  });

  test("ask before they overwrite what training wrote", async () => {
    const page = open(digits);
    type(await page.find("textbox", "Value"), "5");
    (await page.find("button", /Apply/)).click();
    const undo = await page.find("button", /^Undo: set/);
    page.model.failNext("Undo", { code: "outside-change", text: "conv2/kernel was written by something else since." });
    undo.click();
    await page.find("button", "Keep");
    (await page.find("button", "Undo anyway")).click();
    await waitFor(() =>
      expect(page.model.requests.findLast((each) => each.kind === "Undo")).toEqual({ kind: "Undo", force: true }),
    );
    await waitFor(() => expect(page.query("button", "Undo anyway")).toBeNull());
  });
});

test("the picture button asks for the plane on the screen", async () => {
  const page = open(digits);
  (await page.find("button", "Save the heatmap as PNG")).click();
  expect(await sent(page.model, "GetFigure")).toMatchObject({
    path: "conv2/kernel",
    view: "heatmap",
    plane: { rows: 2, cols: 3 },
  });
});

test("keys go to the views, the fields and the help, and never to the notebook", async () => {
  const page = open(digits);
  const heard: string[] = [];
  const listen = (event: Event): void => void heard.push((event as KeyboardEvent).key);
  document.body.addEventListener("keydown", listen);
  const tree = page.el.querySelector(".pw-main") as Element;
  press(tree, "/");
  expect((document.activeElement as HTMLElement).getAttribute("aria-label")).toBe("Filter layers");
  press(tree, "e");
  expect((document.activeElement as HTMLElement).getAttribute("aria-label")).toBe("Value");
  press(tree, "2");
  await waitFor(() => expect(page.query("tab", "Values")?.getAttribute("aria-selected")).toBe("true"));
  press(tree, "?");
  const help = await page.find("dialog", "Keyboard");
  press(help, "Escape");
  await waitFor(() => expect(page.query("dialog", "Keyboard")).toBeNull());
  press(tree, "f");
  expect((await sent(page.model, "SetTrainable")).paths).toEqual(["conv2/kernel"]);
  document.body.removeEventListener("keydown", listen);
  expect(heard).toEqual([]);
  expect((page.el.firstElementChild as HTMLElement).dataset.lmSuppressShortcuts).toBe("true");
});
