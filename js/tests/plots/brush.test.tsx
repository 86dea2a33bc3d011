import { expect, test, vi } from "vitest";
import { type Band, bandOf, conditionOf, rounded } from "../../src/band";
import { Brush } from "../../src/plots/brush";
import { mount, press } from "./mounting";

test.each([
  ["|w| < 0.01", [-0.01, 0.01]],
  ["abs(w) <= .5", [-0.5, 0.5]],
  ["-0.1 <= w <= 2e-1", [-0.1, 0.2]],
  ["w > 0", [0, Infinity]],
  ["w <= -0.1", [-Infinity, -0.1]],
  ["|w| > 0.1", null],
  ["", null],
])("%s is the band %o", (condition, band) => {
  expect(bandOf(condition)).toEqual(band);
});

test.each([
  [[-0.01, 0.01], "|w| < 0.01"],
  [[-0.1, 0.2], "-0.1 <= w <= 0.2"],
  [[0.1, Infinity], "w >= 0.1"],
  [[-Infinity, 0.1], "w <= 0.1"],
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
  ["low", "Home", {}, [-1, 1]],
  ["high", "End", { altKey: true }, [-0.1, 1]],
] as const)("the %s thumb by %s %o", async (side, key, more, band) => {
  const onBand = vi.fn();
  const page = await mount(<Brush band={[-0.1, 0.1]} linked domain={1} onBand={onBand} />);
  await press(page.one("slider", `Range, ${side} end`), key, more);
  expect(onBand.mock.calls).toEqual([[band]]);
  await page.gone();
});

test("a thumb never passes the other, or the end of the axis", async () => {
  const onBand = vi.fn();
  const page = await mount(<Brush band={[0.2, 0.95]} linked domain={1} onBand={onBand} />);
  await press(page.one("slider", "Range, high end"), "PageUp");
  await press(page.one("slider", "Range, low end"), "PageUp", { shiftKey: true });
  expect(onBand.mock.calls).toEqual([[[0.2, 1]], [[0.95, 0.95]]]);
  await page.gone();
});

test.each([
  ["left", 40, [-0.2, 0.2]],
  ["right", 60, [0, 0.2]],
] as const)("where the thumbs meet, dragging %s takes the one of that side", async (way, x, band) => {
  const onBand = vi.fn();
  const at = way === "left" ? 0 : 1e-3; // evenly around 0, or beside it
  const page = await mount(<Brush band={[0, at]} linked domain={1} onBand={onBand} />);
  const thumb = page.one("slider", "Range, high end");
  thumb.setPointerCapture = () => undefined;
  const box = thumb.parentElement as HTMLElement;
  box.getBoundingClientRect = () => ({ left: 0, width: 100 }) as DOMRect;
  thumb.dispatchEvent(new PointerEvent("pointerdown", { clientX: 50, buttons: 1, bubbles: true }));
  thumb.dispatchEvent(new PointerEvent("pointermove", { clientX: x, buttons: 1, bubbles: true }));
  expect(onBand.mock.lastCall).toEqual([band]);
  await page.gone();
});
