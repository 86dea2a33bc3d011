import { expect, test } from "vitest";
import { elementLength, isMapped, offsetAt, positionOf, revealed, visible } from "../../src/plots/scroll";

test("a sheet that an element can hold is scrolled as it is", () => {
  expect(elementLength(1_000_000)).toBe(1_000_000);
  expect(isMapped(1_000_000)).toBe(false);
  expect(offsetAt(1234, 1_000_000, 300)).toBe(1234);
});

test("of a larger one both ends can be reached", () => {
  const [length, view] = [19e9, 300];
  const element = elementLength(length);
  expect(element).toBeLessThanOrEqual(8_000_000);
  expect(offsetAt(0, length, view)).toBe(0);
  expect(offsetAt(element - view, length, view)).toBeCloseTo(length - view, 0);
  expect(positionOf(offsetAt(4_000_000, length, view), length, view)).toBeCloseTo(4_000_000, 3);
});

test("items in view", () => {
  expect(visible(0, 19, 190, 1000)).toEqual([0, 10]);
  expect(visible(10, 19, 190, 1000)).toEqual([0, 11]);
  expect(visible(19 * 995, 19, 190, 1000)).toEqual([995, 1000]);
});

test("revealing an item moves as little as possible", () => {
  expect(revealed(100, 7, 19, 190)).toBe(100);
  expect(revealed(100, 2, 19, 190)).toBe(38);
  expect(revealed(0, 20, 19, 190)).toBe(21 * 19 - 190);
});
