/** The two rows of the edit bar: which values, and what is done to them. */

import { waitFor } from "@testing-library/dom";
import { describe, expect, test } from "vitest";
import { type Facts, refusal } from "../src/store/fields";
import { KINDS } from "../src/store/operations";
import { digits } from "./datasets";
import { open, press, sent, type, type View } from "./harness";

async function choose(page: View, label: string, value: string): Promise<void> {
  const select = (await page.find("combobox", label)) as HTMLSelectElement;
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

const count = (page: View): string => page.el.querySelector(".pw-edit .cnt")?.textContent ?? "";
const asked = (page: View) => page.model.requests.filter((each) => each.kind === "Foresee");

describe("a range", () => {
  test("counts before anything happens, once for a burst of typing", async () => {
    const page = open(digits);
    (await page.find("radio", "Range")).click();
    const field = await page.find("textbox", "Condition");
    expect((field as HTMLInputElement).value).toMatch(/^\|w\| < 0\.0\d+$/);
    for (const text of ["|w| < 0", "|w| < 0.0", "|w| < 0.05"]) type(field, text);
    await waitFor(() => expect(count(page)).toMatch(/^[\d,]+ of 4,608 values$/));
    expect(asked(page)).toEqual([
      {
        kind: "Foresee",
        target: { what: "conv2/kernel", region: "[...]", where: "|w| < 0.05" },
        operation: null,
      },
    ]);
    expect(page.model.kinds()).not.toContain("TryOut");
  });

  test("lies in the slice that was typed before", async () => {
    const page = open(digits);
    type(await page.find("textbox", "Slice"), "[..., 0:8]");
    (await page.find("radio", "Range")).click();
    await waitFor(() => expect(count(page)).toContain("of 4,608 values"));
    expect(asked(page).at(-1)?.target.region).toBe("[..., 0:8]");
    expect(page.el.querySelector(".pw-edit .in")?.textContent).toBe("in [..., 0:8]");
  });

  test("is brushed on the histogram, and what is tried follows", async () => {
    const page = open(digits);
    (await page.find("radio", "Range")).click();
    await choose(page, "Operation", "Zero");
    const first = await sent(page.model, "TryOut");
    press(await page.find("slider", "Range, high end"), "ArrowRight", { shiftKey: true });
    const field = (await page.find("textbox", "Condition")) as HTMLInputElement;
    await waitFor(() =>
      expect((page.model.requests.at(-1) as typeof first).target?.where).not.toBe(first.target.where),
    );
    expect(field.value).toMatch(/^\|w\| < /);
    press(await page.find("slider", "Range, low end"), "ArrowRight", { altKey: true });
    await waitFor(() => expect(field.value).toMatch(/^-0\.\d+ <= w <= 0\.\d+$/));
    await waitFor(() =>
      expect(page.model.requests.findLast((each) => each.kind === "TryOut")?.target.where).toBe(field.value),
    );
  });

  test("of no values has no bar", async () => {
    const page = open(digits);
    (await page.find("radio", "Range")).click();
    type(await page.find("textbox", "Condition"), "|w| < 0");
    await waitFor(() => expect(count(page)).toBe("0 of 4,608 values"));
    expect((page.el.querySelector(".pw-edit .frac i") as HTMLElement).style.width).toBe("0px");
  });

  test("that cannot be read is refused at its place", async () => {
    const page = open(digits);
    (await page.find("radio", "Range")).click();
    type(await page.find("textbox", "Condition"), "% < 3");
    await waitFor(() =>
      expect(page.el.querySelector(".pw-edit [role=alert]")?.textContent).toContain("is not a condition"),
    );
    expect(page.el.querySelector(".pw-marked mark")?.textContent).toBe("%");
    expect((await page.find("textbox", "Condition")).getAttribute("aria-invalid")).toBe("true");
  });
});

describe("a refusal", () => {
  const said = (page: View): string => page.el.querySelector(".pw-edit [role=alert]")?.textContent ?? "";
  const isReady = async (page: View): Promise<boolean> =>
    (await page.find("button", /Apply/)).getAttribute("aria-disabled") !== "true";
  const text = "Axis 0 of [0:2, :] has 2 slices, so there is no slice 5.";

  test.each([
    [
      "Apply",
      "Swap",
      "a slice that is typed",
      async (page: View) => type(await page.find("textbox", "Slice"), "[0:3]"),
    ],
    ["TryOut", "Zero", "the cursor", async (page: View) => press(await page.find("img", /^Heatmap/), "ArrowDown")],
  ] as const)("of %s %s is of its place only, and goes with %s", async (kind, operation, _, move) => {
    const page = open(digits);
    page.model.failNext(kind, { code: "value", text });
    await choose(page, "Operation", operation);
    if (kind === "Apply") (await page.find("button", /Apply/)).click();
    await waitFor(() => expect(said(page)).toBe(text));
    expect(await isReady(page)).toBe(false);
    await move(page);
    await waitFor(async () => expect(await isReady(page)).toBe(true));
    expect(said(page)).toBe("");
  });

  test("that comes when another place is meant is a message", async () => {
    const page = open(digits);
    page.model.pause();
    type(await page.find("textbox", "Value"), "5");
    page.model.failNext("Apply", { code: "write-failed", text });
    (await page.find("button", /Apply/)).click();
    press(await page.find("img", /^Heatmap/), "ArrowDown");
    page.model.resume();
    await waitFor(() => expect(page.el.querySelector(".pw-toast")?.textContent).toContain(text));
    expect(said(page)).toBe("");
    expect(await isReady(page)).toBe(true);
  });
});

describe("a count", () => {
  test("is asked again when other values may be meant", async () => {
    const page = open(digits);
    (await page.find("radio", "Range")).click();
    await waitFor(() => expect(count(page)).toContain("of 4,608 values"));
    const before = asked(page).length;
    page.model.touch("conv2/kernel");
    await waitFor(() => expect(asked(page)).toHaveLength(before + 1));
  });
});

describe("tensors that match the filter", () => {
  test("are one place, while there is a filter", async () => {
    const page = open(digits);
    expect(page.query("radio", "Match")).toBeNull();
    type(await page.find("searchbox", "Filter layers"), "bias");
    (await page.find("radio", "Match")).click();
    await waitFor(() => expect(count(page)).toMatch(/ values in \d+ tensors, \d+ of them frozen for training only$/));
    await choose(page, "Operation", "Zero");
    expect((await sent(page.model, "TryOut")).target).toEqual({ what: "bias" });
    (await page.find("button", /Apply/)).click();
    await page.find("button", /^Undo: zero bias/);
    type(await page.find("searchbox", "Filter layers"), "");
    await waitFor(() => expect(page.query("radio", "Match")).toBeNull());
    expect((await page.find("radio", "Cells")).getAttribute("aria-checked")).toBe("true");
  });
});

describe("an operation", () => {
  test("on a frozen tensor is allowed, and says once that it is frozen", async () => {
    const page = open({ ...digits, selected: "conv1/kernel" });
    expect(count(page)).toBe("1 of 144 values, frozen for training only");
    await choose(page, "Operation", "Initialize");
    await waitFor(() => expect(page.el.querySelector(".pw-edit .res")?.textContent).toMatch(/seed 0$/));
    expect(count(page)).toBe("1 of 144 values, frozen for training only");
  });

  test("gives way to a value that is typed at a cell", async () => {
    const page = open(digits);
    await choose(page, "Operation", "Zero");
    press(await page.find("img", /^Heatmap/), "Enter");
    await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toBe("Value"));
    expect(page.model.kinds()).toContain("DropTrial");
  });

  test("has its main field under E", async () => {
    const page = open(digits);
    const tree = page.el.querySelector(".pw-main") as Element;
    for (const [operation, label] of [
      ["Compute", /^Expression/],
      ["Noise", "Amount"],
      ["Copy", "Tensor"],
    ] as const) {
      await choose(page, "Operation", operation);
      await page.find(operation === "Copy" ? "combobox" : "textbox", label);
      press(tree, "e");
      expect(document.activeElement?.getAttribute("aria-label")).toMatch(label);
    }
    await choose(page, "Operation", "Zero");
    await waitFor(() => expect(page.el.querySelector("select.main")).not.toBeNull());
    press(tree, "e");
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Operation");
  });

  test("that acts when it is applied is not tried out", async () => {
    const page = open(digits);
    await choose(page, "Operation", "Swap");
    expect(page.el.querySelector(".pw-edit .res")?.textContent).toBe("applies on Enter");
    type(await page.find("textbox", "Second"), "3");
    (await page.find("button", /Apply/)).click();
    expect((await sent(page.model, "Apply")).operation).toEqual({ type: "Swap", axis: 3, first: 0, second: 3 });
    expect(page.model.kinds()).not.toContain("TryOut");
  });

  test("of the framework's initialisers is drawn at once, says its spread, and takes another seed", async () => {
    const page = open(digits);
    await choose(page, "Operation", "Initialize");
    expect((await sent(page.model, "TryOut")).operation).toEqual({
      type: "Initialize",
      name: "glorot_uniform",
      seed: 0,
    });
    await waitFor(() =>
      expect(page.el.querySelector(".pw-edit .res")?.textContent).toBe("σ = √(2 / 1568) = 0.0357, seed 0"),
    );
    (await page.find("button", "Next seed")).click();
    await choose(page, "Initialiser", "he_normal");
    await waitFor(() =>
      expect(page.model.requests.findLast((each) => each.kind === "TryOut")?.operation).toEqual({
        type: "Initialize",
        name: "he_normal",
        seed: 1,
      }),
    );
  });

  test("with an expression is tried as it is typed, and marks the character that is wrong", async () => {
    const page = open(digits);
    await choose(page, "Operation", "Compute");
    const field = await page.find("textbox", /^Expression/);
    type(field, "w * 0.5");
    expect((await sent(page.model, "TryOut")).operation).toEqual({ type: "Compute", text: "w * 0.5", seed: 0 });
    type(field, "w * $");
    await waitFor(() =>
      expect(page.el.querySelector(".pw-edit [role=alert]")?.textContent).toContain("At character 5"),
    );
    expect(page.el.querySelector(".pw-marked mark")?.textContent).toBe("$");
    expect((await page.find("button", /Apply/)).getAttribute("aria-disabled")).toBe("true");
    type(field, "w * randn");
    await page.find("textbox", "Seed");
  });

  test("with a number that is none says so, and sends nothing", async () => {
    const page = open(digits);
    await choose(page, "Operation", "Add");
    type(await page.find("textbox", "Amount"), "much");
    await waitFor(() => expect(page.el.querySelector(".pw-edit [role=alert]")?.textContent).toBe("Type a number."));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(page.model.kinds()).not.toContain("TryOut");
  });

  test("that copies offers the snapshots there are", async () => {
    const page = open(digits);
    await choose(page, "Operation", "Copy");
    await sent(page.model, "GetHistory");
    await choose(page, "State", "");
    type(await page.find("combobox", "Tensor"), "res_block/conv_a/kernel");
    (await page.find("button", /Apply/)).click();
    expect((await sent(page.model, "Apply")).operation).toEqual({
      type: "Copy",
      path: "res_block/conv_a/kernel",
      region: "",
      snapshot: "",
    });
  });
});

describe("fields become", () => {
  const facts: Facts = {
    path: "k",
    shape: [3, 8],
    axes: ["in", "out"],
    std: 0.1,
    domain: 0.35,
    initializers: ["he_normal"],
  };

  test.each([
    ["Clip", { limit: "0.2" }, { type: "Clip", low: -0.2, high: 0.2 }],
    ["Clip", { limit: "" }, null],
    ["Add", { amount: "−0.1" }, { type: "Add", amount: -0.1 }],
    ["Prune", { by: "threshold", amount: "0.01" }, { type: "Prune", threshold: 0.01 }],
    ["Prune", { by: "smallest", amount: "30" }, { type: "Prune", fraction: 0.3 }],
    ["Prune", { by: "each", amount: "50", axis: "1" }, { type: "Prune", fraction: 0.5, axis: 1, whole: false }],
    ["Prune", { by: "whole", amount: "50", axis: "1" }, { type: "Prune", fraction: 0.5, axis: 1, whole: true }],
    [
      "Noise",
      { amount: "0.1", shape: "uniform", seed: "7" },
      { type: "Noise", amount: 0.1, shape: "uniform", seed: 7 },
    ],
    ["Quantize", { to: "int4", per: "tensor" }, { type: "Quantize", to: "int4", per: "tensor" }],
    [
      "Quantize",
      { to: "int8", per: "group", axis: "0", group: "32" },
      { type: "Quantize", to: "int8", per: "group", axis: 0, group: 32 },
    ],
    ["Normalize", { axis: "1", to: "l1" }, { type: "Normalize", axis: 1, to: "l1" }],
    ["Permute", { axis: "1", order: "2, 0 1" }, { type: "Permute", axis: 1, order: [2, 0, 1] }],
    ["Fill", { text: " " }, null],
    ["Initialize", { name: "zeros", seed: "0", options: "" }, { type: "Initialize", name: "zeros", seed: 0 }],
    [
      "Initialize",
      { name: "normal", seed: "0", options: "std=0.02, mean = -1" },
      { type: "Initialize", name: "normal", seed: 0, options: { std: 0.02, mean: -1 } },
    ],
  ] as const)("%s of %o", (type, fields, operation) => {
    expect(KINDS[type].build(fields as never)).toEqual(operation);
  });

  test.each(Object.entries(KINDS))(
    "%s changes nothing before it is told to, or is complete as it is chosen",
    (_, kind) => {
      const operation = kind.build(kind.start(facts) as never);
      if ("ready" in kind) expect(refusal(operation)).toBe("");
      else if (kind.live) expect(operation).toBeNull();
    },
  );

  test("a refusal where a number cannot be read", () => {
    expect(refusal(KINDS.Scale.build({ factor: "x" }))).toBe("Type a number.");
    expect(refusal(KINDS.Permute.build({ axis: "0", order: "1, b" }))).toContain("whole numbers");
    expect(refusal(KINDS.Initialize.build({ name: "normal", seed: "0", options: "std" }))).toContain("std=0.02");
    expect(refusal(KINDS.Clip.build({ limit: "1e999" }))).toBe("Type a number.");
  });

  test("a slider as long as what was typed", () => {
    expect(KINDS.Scale.track({ factor: "3" })).toMatchObject({ low: 0, high: 3, neutral: 1 });
    expect(KINDS.Add.track({ amount: "0" }, facts)).toMatchObject({ low: -0.35, high: 0.35, neutral: 0 });
    expect(KINDS.Noise.track({ amount: "0" }, facts)).toMatchObject({ low: 0, high: 0.1 });
  });
});
