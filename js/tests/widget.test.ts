/** The entry as a host calls it. */

import { describe, expect, test } from "vitest";
import type { Opening } from "../src/protocol";
import widget from "../src/widget";
import { digits } from "./datasets";
import { createMockModel, type MockModel } from "./mock";

function shown(model: MockModel): HTMLElement {
  const el = document.createElement("div");
  document.body.append(el);
  const hooks = widget() as unknown as Record<"initialize" | "render", (given: object) => unknown>;
  const ended = new AbortController();
  hooks.initialize({ model, signal: ended.signal });
  hooks.render({ model, el, signal: ended.signal });
  return el;
}

describe("the entry", () => {
  test("shows the editor", () => {
    expect(shown(createMockModel(digits)).querySelector(".pw-name")?.textContent).toBe("digits_cnn");
  });

  test("says so when the view is of another version than the kernel", () => {
    const model = createMockModel(digits);
    model.traits.opening = { ...(model.traits.opening as Opening), version: 1 };
    expect(shown(model).textContent).toContain("two versions of paramwidget. Reload the page");
    expect(model.requests).toEqual([]);
  });

  test.each([{}, undefined])("says so when the editor was closed before it was saved: %s", (opening) => {
    const model = createMockModel(digits);
    model.traits.opening = opening;
    expect(shown(model).textContent).toContain("Run the cell again");
  });
});
