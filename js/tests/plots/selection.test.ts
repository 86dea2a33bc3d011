import { expect, test } from "vitest";
import { type Cell, farCorner, hull, proper, step } from "../../src/plots/selection";

const SHAPE = [10, 5] as const;

test.each<[string, boolean, Cell]>([
  ["ArrowUp", false, [3, 2]],
  ["ArrowDown", true, [9, 2]],
  ["ArrowLeft", true, [4, 0]],
  ["ArrowRight", false, [4, 3]],
  ["PageUp", false, [0, 2]],
  ["PageDown", false, [9, 2]],
  ["Home", false, [4, 0]],
  ["End", true, [9, 4]],
])("%s, far: %s", (key, far, cell) => {
  expect(step(key, far, [4, 2], SHAPE, 6)).toEqual(cell);
});

test("no key leads out of the plane, and others do not move", () => {
  expect(step("ArrowUp", false, [0, 0], SHAPE, 6)).toEqual([0, 0]);
  expect(step("ArrowRight", false, [9, 4], SHAPE, 6)).toEqual([9, 4]);
  expect(step("x", false, [4, 2], SHAPE, 6)).toBeNull();
});

test("the corner opposite of the cursor is extended", () => {
  const window = hull([2, 1], [5, 3]);
  expect(farCorner(window, [2, 1])).toEqual([5, 3]);
  expect(farCorner(window, [5, 3])).toEqual([2, 1]);
  expect(farCorner(window, [2, 3])).toEqual([5, 1]);
  expect(farCorner(window, [3, 2])).toEqual([3, 2]);
  expect(farCorner(null, [3, 2])).toEqual([3, 2]);
});

test("one cell is no selection", () => {
  expect(proper(hull([1, 1], [1, 1]))).toBeNull();
});
