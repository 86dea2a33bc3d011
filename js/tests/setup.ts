/** What the page of the tests lacks: sizes, since nothing is laid out. A logged error or warning fails the test. */

import { configure } from "@testing-library/dom";
import { afterEach, expect, vi } from "vitest";

configure({ getElementError: (message) => new Error(message ?? "not found") });

Object.defineProperties(HTMLElement.prototype, {
  offsetHeight: { configurable: true, get: () => 480 },
  offsetWidth: { configurable: true, get: () => 640 },
  clientHeight: { configurable: true, get: () => 480 },
  clientWidth: { configurable: true, get: () => 640 },
});

const errors = vi.spyOn(console, "error");
const warnings = vi.spyOn(console, "warn");

afterEach(() => {
  const said = [...errors.mock.calls, ...warnings.mock.calls];
  errors.mockClear();
  warnings.mockClear();
  document.body.replaceChildren();
  expect(said).toEqual([]);
});
