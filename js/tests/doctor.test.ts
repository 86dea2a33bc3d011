import { waitFor } from "@testing-library/dom";
import { describe, expect, test } from "vitest";
import { partsOf } from "../src/store/doctor";
import { digits } from "./datasets";
import { open, press, sent } from "./harness";

describe("the doctor", () => {
  test("examines only when asked, and says that all is well", async () => {
    const page = open({ ...digits, layers: digits.layers.slice(0, 3) });
    await page.find("button", "Examine");
    expect(page.model.kinds()).not.toContain("Examine");
    (await page.find("button", "Examine")).click();
    await waitFor(() => expect(page.el.textContent).toContain("Healthy: 8 tensors examined"));
  });

  test("lists findings by severity, and jumps to the cell", async () => {
    const page = open(digits);
    (await page.find("button", "Examine")).click();
    await page.find("region", "Errors");
    await waitFor(() => expect(page.el.textContent).toContain("2 findings, 18 tensors examined"));
    (await page.find("button", "aux_logits/kernel [0, 3]")).click();
    await waitFor(() => expect(page.el.querySelector(".pw-rail .ix")?.textContent).toBe("[0, 3]"));
    await waitFor(() => expect(page.el.querySelector(".pw-rail .big")?.textContent).toBe("NaN"));
    expect((await page.row(/^kernel, 32 by 10/)).getAttribute("aria-selected")).toBe("true");
  });

  test("treats a finding and examines again", async () => {
    const page = open(digits);
    (await page.find("button", "Examine")).click();
    const [first] = await waitFor(() => {
      const buttons = [...page.el.querySelectorAll<HTMLElement>(".pw-dr .btn.line")];
      if (buttons.length !== 2) throw new Error("no findings yet");
      return buttons;
    });
    first?.focus();
    first?.click();
    expect(document.activeElement?.matches("li")).toBe(true); // a second Enter fixes nothing
    await sent(page.model, "Treat");
    await waitFor(() => expect(page.el.textContent).toContain("1 finding, 18 tensors examined"));
    await waitFor(() => expect(document.activeElement?.matches("li")).toBe(true));
    const last = page.el.querySelector<HTMLElement>(".pw-dr .btn.line");
    last?.focus();
    last?.click();
    await waitFor(() => expect(page.el.textContent).toContain("Healthy"));
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Examination"));
    expect(page.query("button", "Undo: set NaN to 0")).not.toBeNull();
    expect(page.query("button", "Examine again")).toBeNull();
  });

  test("offers to examine again when the model has changed since", async () => {
    const page = open(digits);
    (await page.find("button", "Examine")).click();
    await page.find("region", "Errors");
    page.model.touch("conv2/kernel");
    (await page.find("button", "Examine again")).click();
    await waitFor(() => expect(page.query("button", "Examine again")).toBeNull());
  });

  test("says why a fix was refused, and closes by Escape", async () => {
    const page = open(digits);
    (await page.find("button", "Examine")).click();
    await page.find("region", "Errors");
    page.model.failNext("Treat", { code: "message", text: "The model was examined again since." });
    page.el.querySelector<HTMLElement>(".pw-dr .btn.line")?.click();
    await waitFor(() => expect(page.el.querySelector("[role=alert]")?.textContent).toContain("examined again since"));
    press(page.el.querySelector(".pw-dr") as Element, "Escape");
    await waitFor(() => expect(page.query("region", "Examination")).toBeNull());
  });
});

test("a slice is read in one part for each axis", () => {
  expect(partsOf("[:, 17]", 2)).toEqual([":", "17"]);
  expect(partsOf("[..., 5]", 3)).toEqual([":", ":", "5"]);
  expect(partsOf("[2]", 2)).toEqual(["2", ":"]);
  expect(partsOf("[...]", 2)).toBeNull();
  expect(partsOf("", 2)).toBeNull();
});
