import { expect, test, vi } from "vitest";
import { type Band, bandOf, conditionOf, rounded } from "../../src/band";
import { Brush } from "../../src/plots/brush";
import { mount, press } from "./mounting";

test.each([
  ["|w| < 0.01", [-0.01, 0.01]],
  ["abs(w) <= .5", [-0.5, 0.5]],
  ["-0.1 <= w <= 2e-1", [-0.1, 0.2]],
  ["w > 0", null],
  ["|w| > 0.1", null],
  ["", null],
])("%s is the band %o", (condition, band) => {
  expect(bandOf(condition)).toEqual(band);
});

test.each([
  [[-0.01, 0.01], "|w| < 0.01"],
  [[-0.1, 0.2], "-0.1 <= w <= 0.2"],
] as [Band, string][])("%o is written %s, and read back", (band, condition) => {
  expect(conditionOf(band)).toBe(condition);
  expect(bandOf(condition)).toEqual(band);
});

test("values are rounded to what a pixel tells", () => {
  expect(rounded(0.0123456, 0.35)).toBe(0.012);
  expect(rounded(-12.34567, 100)).toBe(-12);
});

test.each([
  ["low", "ArrowLeft", {}, [-0.11, 0.11]],
  ["high", "ArrowRight", { shiftKey: true }, [-0.2, 0.2]],
  ["high", "ArrowRight", { altKey: true }, [-0.1, 0.11]],
  ["low", "PageUp", { altKey: true }, [0, 0.1]],
  ["low", "PageUp", { altKey: true, shiftKey: true }, [0.1, 0.1]],
] as const)("the %s thumb by %s %o", async (side, key, more, band) => {
  const onBand = vi.fn();
  const page = await mount(<Brush band={[-0.1, 0.1]} domain={1} onBand={onBand} />);
  await press(page.one("slider", `Range, ${side} end`), key, more);
  expect(onBand.mock.calls).toEqual([[band]]);
  await page.gone();
});

test("a thumb never passes the other, or the end of the axis", async () => {
  const onBand = vi.fn();
  const page = await mount(<Brush band={[0.2, 0.95]} domain={1} onBand={onBand} />);
  await press(page.one("slider", "Range, high end"), "PageUp");
  await press(page.one("slider", "Range, low end"), "PageUp", { shiftKey: true });
  expect(onBand.mock.calls).toEqual([[[0.2, 1]], [[0.95, 0.95]]]);
  await page.gone();
});
