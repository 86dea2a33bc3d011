/** What if a value were another: the range, the curve, and the number taken from it. */

import { waitFor } from "@testing-library/dom";
import { h } from "preact";
import { beforeEach, describe, expect, test } from "vitest";
import { CurvePlot } from "../src/edit/curve";
import { digits } from "./datasets";
import { axisOf, open, press, sent, type, type View } from "./harness";
import { DEMO } from "./mock-demo";
import { mount } from "./plots/mounting";

let page: View;

beforeEach(async () => {
  page = open(digits, { probes: { accuracy: DEMO.accuracy } });
  (await page.find("button", "What-if")).click();
  await page.find("group", "What-if");
});

const run = async (): Promise<void> => (await page.find("button", "Run")).click();

describe("what if", () => {
  test("a value were another: the curve is read by the keyboard, and a point taken", async () => {
    type(await page.find("textbox", "steps"), "5");
    await run();
    expect(await sent(page.model, "Sweep")).toEqual({
      kind: "Sweep",
      target: { what: "conv2/kernel", region: "[1, 1, 0, 0]" },
      vary: "value",
      low: 0,
      high: 2,
      steps: 5,
      probe: "accuracy",
    });
    const curve = await page.find("slider", "accuracy over the value");
    expect(curve.getAttribute("aria-valuetext")).toBe("value 0: 95.0%");
    expect(curve.querySelectorAll("circle.here")).toHaveLength(1);
    expect(curve.querySelectorAll("circle.dot")).toHaveLength(4); // one place gave no number
    expect((curve.querySelector(".line") as Element).getAttribute("d")?.match(/M/g)).toHaveLength(2);
    press(curve, "ArrowRight");
    await waitFor(() => expect(curve.getAttribute("aria-valuetext")).toBe("value 1: 75.0%"));
    press(curve, "Enter");
    await waitFor(() => expect((page.query("textbox", "Value") as HTMLInputElement).value).toBe("1"));
  });

  test("a factor were another: what is tried out goes away first, and the number is tried", async () => {
    const select = (await page.find("combobox", "Operation")) as HTMLSelectElement;
    select.value = "Scale";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    type(await page.find("slider", "Scale ×"), "0.5");
    await page.row(/^kernel.*edited/);
    await run();
    expect((await sent(page.model, "Sweep")).vary).toBe("factor");
    const kinds = page.model.kinds();
    expect(kinds.indexOf("DropTrial")).toBe(kinds.indexOf("Sweep") - 1);
    const curve = await page.find("slider", "accuracy over the factor");
    press(curve, "End");
    await waitFor(() => expect(curve.getAttribute("aria-valuetext")).toBe("factor 2: 75.0%"));
    press(curve, "Enter");
    await waitFor(() =>
      expect(page.model.requests.findLast((each) => each.kind === "TryOut")?.operation).toEqual({
        type: "Scale",
        factor: 2,
      }),
    );
  });

  test("belongs to its place, its state and its probe", async () => {
    const panel = await page.find("group", "What-if");
    expect(panel.textContent).toContain("Value of conv2/kernel [1, 1, 0, 0]");
    await run();
    await page.find("slider", "accuracy over the value");
    (await page.find("radio", "Tensor")).click();
    await waitFor(() => expect(page.query("slider", /over the/)).toBeNull());
    await run();
    await page.find("slider", "accuracy over the value");
    type(await page.find("textbox", "Value"), "0.5");
    (await page.find("button", /Apply/)).click();
    await page.find("button", /^Undo: set to 0.5/);
    await waitFor(() => expect(page.query("slider", /over the/)).toBeNull());
  });

  test("is gone when something else wrote to the model, and stays while something is tried out", async () => {
    await run();
    await page.find("slider", "accuracy over the value");
    const select = (await page.find("combobox", "Operation")) as HTMLSelectElement;
    select.value = "Scale";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await run();
    await page.find("slider", "accuracy over the factor");
    type(await page.find("slider", "Scale ×"), "0.5");
    await page.row(/^kernel.*edited/);
    press(await page.find("textbox", "Factor"), "Escape");
    await waitFor(() => expect(page.rows().some((row) => row.includes("edited"))).toBe(false));
    await page.find("slider", "accuracy over the factor");
    page.model.touch("conv2/kernel");
    await waitFor(() => expect(page.query("slider", /over the/)).toBeNull());
  });

  test("is asked of probes that give a number, and begins at the present value", async () => {
    page.close();
    page = open(digits, { probes: { confusion: DEMO.confusion, accuracy: DEMO.accuracy } });
    (await page.find("button", "What-if")).click();
    type(await page.find("textbox", "From"), "-1");
    type(await page.find("textbox", "to"), "1");
    const names = [...(await page.find("combobox", "Probe")).querySelectorAll("option")].map((each) => each.value);
    expect(names).toEqual(["accuracy"]);
    await run();
    const curve = await page.find("slider", "accuracy over the value");
    expect(curve.getAttribute("aria-valuetext")).toBe("value 0: 95.0%");
  });

  test("is closed by an operation that has none", async () => {
    const select = (await page.find("combobox", "Operation")) as HTMLSelectElement;
    select.value = "Swap";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await waitFor(() => expect(page.query("group", "What-if")).toBeNull());
    expect(page.query("button", "What-if")).toBeNull();
  });

  test("takes a moment: it can be stopped, and says why it ended", async () => {
    page.model.pause();
    await run();
    (await page.find("button", "Stop")).click();
    await sent(page.model, "StopProbes");
    page.model.failNext("Sweep", { code: "probe", text: "The sweep was stopped; the model is as it was." });
    page.model.resume();
    await waitFor(() => expect(page.el.querySelector(".pw-whatif [role=alert]")?.textContent).toContain("was stopped"));
    await page.find("button", "Run");
  });

  test.each([
    ["From", "3", "lower number first"],
    ["to", "x", "lower number first"],
    ["steps", "1", "from 2 to"],
    ["steps", "2.5", "from 2 to"],
  ])("%s %s is refused without asking", async (field, text, sentence) => {
    type(await page.find("textbox", field), text);
    await run();
    await waitFor(() => expect(page.el.querySelector(".pw-whatif [role=alert]")?.textContent).toContain(sentence));
    expect(page.model.kinds()).not.toContain("Sweep");
  });

  test("is closed by Esc, which takes nothing else away", async () => {
    type(await page.find("textbox", "Value"), "2");
    press(await page.find("textbox", "From"), "Escape");
    await waitFor(() => expect(page.query("group", "What-if")).toBeNull());
    expect((page.query("textbox", "Value") as HTMLInputElement).value).toBe("2");
  });
});

test.each([[[0, 4.94e6, 9.88e6]], [[-5e-10, -1.2e-9]], [[-2_000_000, -1_999_999.5]], [[0.99991, 0.99992]]])(
  "a curve through %j has labels that are whole and differ",
  async (ys) => {
    const curve = { kind: "Curve", probe: "loss", xs: ys.map((_, k) => k), ys, here: 0, value: null } as const;
    const { host } = await mount(h(CurvePlot, { curve: { ...curve, xs: [...curve.xs] }, over: "factor", onPick() {} }));
    const labels = axisOf(host);
    expect(labels.length).toBeGreaterThan(2);
    for (const { room, least } of labels) expect(room).toBeGreaterThanOrEqual(least);
    expect(new Set(labels.map(({ text }) => text)).size).toBe(labels.length);
  },
);
