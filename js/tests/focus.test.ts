/** What closes gives the keyboard back at once. */

import { waitFor } from "@testing-library/dom";
import { describe, expect, test } from "vitest";
import { digits } from "./datasets";
import { open, press, type View, watchKeyboard } from "./harness";
import { DEMO } from "./mock-demo";

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

describe("the keyboard", () => {
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
      const here = document.activeElement;
      expect(here?.getAttribute("aria-label") ?? here?.textContent).toBe(by.at(-1));
    });
});
