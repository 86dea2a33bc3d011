import { describe, expect, test } from "vitest";
import * as plane from "../src/plane";

const conv = [32, 16, 3, 3];
const names = ["out", "in", "kh", "kw"];

describe("the plane that is shown first", () => {
  test.each([
    [[], [], -1, -1],
    [[7], [], -1, 0],
    [[4, 9], [], 0, 1],
    [[9, 4], [], 1, 0],
    [conv, names, 1, 0],
    [[2, 50, 3, 40], [], 1, 3],
    [[5, 5, 5], [], 1, 2],
  ])("of %j lies on axes %i %i", (shape, axes, rows, cols) => {
    expect(plane.defaultPlane(shape, axes)).toMatchObject({ rows, cols, fixed: shape.map((n) => n >> 1) });
  });
});

test("text of the plane, a cell and a window", () => {
  const shown = plane.defaultPlane(conv, names);
  expect(plane.sliceText(shown)).toBe("[:, :, 1, 1]");
  expect(plane.cellText(shown, 5, 7)).toBe("[7, 5, 1, 1]");
  expect(plane.windowText(shown, { top: 0, bottom: 4, left: 2, right: 3 })).toBe("[2, 0:4, 1, 1]");
  expect(plane.windowText(plane.defaultPlane([], []), plane.cellWindow(0, 0))).toBe("[]");
});

test("putting an axis on the screen twice swaps the two", () => {
  const shown = plane.defaultPlane([4, 9], []);
  expect(plane.withAxis(shown, "rows", 1)).toMatchObject({ rows: 1, cols: 0 });
  expect(plane.withAxis(plane.defaultPlane(conv, names), "cols", 2)).toMatchObject({ rows: 1, cols: 2 });
});

test("an index stays within its axis", () => {
  const shown = plane.defaultPlane(conv, names);
  expect(plane.withIndex(shown, 2, 9, conv).fixed).toEqual([16, 8, 2, 1]);
  expect(plane.withIndex(shown, 2, -4, conv).fixed[2]).toBe(0);
});

describe("what a slice covers of the plane", () => {
  const shown = { rows: 1, cols: 0, fixed: [16, 8, 1, 1] };
  test.each([
    ["[0:8, :, 1, 1]", { top: 0, bottom: 16, left: 0, right: 8 }],
    ["[3, 2:4, :, 0:2]", { top: 2, bottom: 4, left: 3, right: 4 }],
    ["[0:8, :, 0, 1]", null], // another slice of kh
    ["[:, :, 1, 1]", null], // all of it needs no outline
    ["[0:8:2, :, 1, 1]", null], // steps are no rectangle
  ])("%s", (region, window) => expect(plane.windowOf(region, shown, conv)).toEqual(window));
});
