/** What closes gives the keyboard back at once. */

import { waitFor } from "@testing-library/dom";
import { describe, expect, test } from "vitest";
import { digits } from "./datasets";
import { open, press, type View, watchKeyboard } from "./harness";
import { DEMO } from "./mock-demo";
import { STATE } from "./mock-probe";

type Name = readonly [role: string, name: string];

/** What is opened by a button of that name, after others were pressed. */
const PANELS: readonly { panel: Name; by: readonly string[] }[] = [
  { panel: ["dialog", "Keyboard"], by: ["Keyboard help"] },
  { panel: ["region", "History"], by: ["History"] },
  { panel: ["textbox", "Name of the snapshot"], by: ["History", "Snapshot"] },
  { panel: ["dialog", "Snapshots"], by: ["Snapshots"] },
  { panel: ["group", "What-if"], by: ["What-if"] },
  { panel: ["region", "Examination"], by: ["Examine"] },
];

async function opened(page: View, names: readonly string[]): Promise<HTMLElement> {
  let button = page.el;
  for (const name of names) {
    button = await page.find("button", name);
    button.focus();
    button.click();
  }
  return button;
}

/** After an edit from elsewhere: the button that shows what is edited. */
function edited(page: View): Promise<HTMLElement> {
  const target = { what: "conv2/kernel", region: "[0, 0]" };
  page.model.send({ id: 1e6, request: { kind: "Apply", target, operation: { type: "Zero" } } });
  return page.find("button", /^1 edited/);
}

/** Where the keyboard is, in words. */
function here(): string | null | undefined {
  return document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent;
}

describe("the keyboard", () => {
  test("stays in the layers when its row is found no more", async () => {
    const page = open(digits);
    (await edited(page)).click();
    await waitFor(() => expect(page.rows()).toHaveLength(2));
    const row = await page.row(/^kernel.*edited/);
    row.focus();
    const lost = watchKeyboard(page);
    press(row, "z", { ctrlKey: true });
    await waitFor(() => expect(row.isConnected).toBe(false));
    expect(document.activeElement?.closest(".pw-side")).not.toBeNull();
    expect(lost()).toBe(false);
  });

  test("goes to the layers when a chip goes", async () => {
    const page = open(digits);
    const chip = await edited(page);
    chip.focus();
    press(chip, "z", { ctrlKey: true });
    await waitFor(() => expect(chip.isConnected).toBe(false));
    expect(document.activeElement?.getAttribute("role")).toBe("treeitem");
  });

  test("goes to the probes when what is stopped there has ended", async () => {
    const page = open(digits);
    page.model.push({ kind: "Probed", items: [{ ...STATE, status: "running" }] });
    const stop = await page.find("button", "Stop");
    stop.focus();
    page.model.push({ kind: "Probed", items: [STATE] });
    await waitFor(() => expect(stop.isConnected).toBe(false));
    expect(here()).toBe("Probes");
  });

  test("is nobody else's when it was elsewhere", async () => {
    const page = open(digits);
    const chip = await edited(page);
    chip.focus();
    chip.blur(); // as by a click beside the widget
    await Promise.resolve();
    (await page.find("button", /^Undo/)).click();
    await waitFor(() => expect(chip.isConnected).toBe(false));
    expect(document.activeElement).toBe(document.body);
  });

  for (const { panel, by } of PANELS)
    test(`comes back from ${panel[1]} without a frame in between`, async () => {
      const page = open(digits, { probes: { accuracy: DEMO.accuracy } });
      await opened(page, by);
      const place = await page.find(...panel);
      await waitFor(() => expect(place.contains(document.activeElement)).toBe(true));
      const lost = watchKeyboard(page);
      press(document.activeElement as Element, "Escape");
      await waitFor(() => expect(page.query(...panel)).toBeNull());
      expect(lost()).toBe(false);
      expect(here()).toBe(by.at(-1));
    });
});
