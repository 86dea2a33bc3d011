import { describe, expect, test } from "vitest";
import { placed } from "../../src/plots/bins";

const counts = (at: number, count: number): number[] => Array.from({ length: 64 }, (_, k) => (k === at ? count : 0));
const bars = (histogram: Parameters<typeof placed>[0], domain: number) =>
  placed(histogram, domain, 320).filter((bin) => bin.count > 0);

describe("bars", () => {
  test("of values at an end of the axis stand at that end, inside", () => {
    const facts = { low: -0.1, high: 0.1, under: 0, over: 0 };
    expect(bars({ ...facts, counts: counts(63, 9) }, 0.1)).toEqual([{ from: 315, to: 320, count: 9 }]);
    expect(bars({ ...facts, counts: counts(0, 9) }, 0.1)).toEqual([{ from: 0, to: 5, count: 9 }]);
  });

  test("beyond the axis are not drawn, and those that reach into it are", () => {
    const facts = { low: -1, high: 1, under: 0, over: 0 };
    expect(bars({ ...facts, counts: counts(63, 9) }, 0.5)).toEqual([]);
    expect(bars({ ...facts, counts: counts(47, 9) }, 0.5)).toEqual([{ from: 310, to: 320, count: 9 }]);
  });

  test("are added up where they would be too narrow, and none is lost", () => {
    const histogram = { low: -1, high: 1, counts: counts(63, 9), under: 3, over: 4 };
    const narrow = placed(histogram, 1, 64);
    expect(narrow.length).toBeLessThan(64);
    expect(narrow.at(-1)).toMatchObject({ to: 64, count: 9 });
  });

  test("are none without a range or without room", () => {
    expect(placed({ low: 0, high: 0, counts: [1], under: 0, over: 0 }, 1, 320)).toEqual([]);
    expect(placed({ low: -1, high: 1, counts: [1], under: 0, over: 0 }, 0, 320)).toEqual([]);
    expect(placed({ low: -1, high: 1, counts: [1], under: 0, over: 0 }, 1, 0)).toEqual([]);
  });
});
