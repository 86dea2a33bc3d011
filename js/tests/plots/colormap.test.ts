import { describe, expect, test } from "vitest";
import { divergingMap, inkOn, paint } from "../../src/plots/colormap";

function lightness([red, green, blue]: readonly number[]): number {
  const linear = (byte = 0) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
}

describe.each([false, true])("the map of the dark theme: %s", (dark) => {
  const map = divergingMap(dark);

  test("hue is the sign", () => {
    for (const t of [0.2, 0.5, 1]) {
      const [red, , blue] = map.rgb(-t);
      expect(red).toBeGreaterThan(blue);
      const [red2, , blue2] = map.rgb(t);
      expect(blue2).toBeGreaterThan(red2);
    }
  });

  test("lightness is the magnitude, the same on both sides", () => {
    for (let t = 0.05; t <= 1; t += 0.05) {
      expect(Math.abs(lightness(map.rgb(t)) - lightness(map.rgb(-t)))).toBeLessThan(0.025);
    }
  });

  test("lightness changes in one direction", () => {
    const steps = Array.from({ length: 21 }, (_, i) => lightness(map.rgb(i / 20)));
    for (const [i, step] of steps.entries()) {
      if (i > 0) expect(dark ? step - (steps[i - 1] ?? 0) : (steps[i - 1] ?? 0) - step).toBeGreaterThan(0);
    }
  });

  test("beyond the ends is the end", () => {
    expect(map.css(7)).toBe(map.css(1));
    expect(map.css(-Infinity)).toBe(map.css(-1));
    expect(map.css(1)).toMatch(/^rgb\(\d+,\d+,\d+\)$/);
  });

  test("NaN is grey, and not the colour of any value", () => {
    const [red, green, blue] = map.rgb(Number.NaN);
    expect([green, blue]).toEqual([red, red]);
    expect(map.rgb(0)).not.toEqual([red, green, blue]);
  });

  test("is made once", () => {
    expect(divergingMap(dark)).toBe(map);
  });

  test("pixels have the same colours as cells", () => {
    const values = new Float32Array([-2, -1, 0, 1, Number.NaN, Infinity]);
    const pixels = new Uint8ClampedArray(24);
    paint(values, 2, dark, pixels);
    const expected = [-1, -0.5, 0, 0.5, Number.NaN, Number.NaN].flatMap((t) => [...map.rgb(t), 255]);
    expect([...pixels]).toEqual(expected);
  });
});

test("the ends are far apart from the middle", () => {
  expect(lightness(divergingMap(false).rgb(0))).toBeGreaterThan(0.95);
  expect(lightness(divergingMap(false).rgb(1))).toBeLessThan(0.5);
  expect(lightness(divergingMap(true).rgb(0))).toBeLessThan(0.32);
  expect(lightness(divergingMap(true).rgb(1))).toBeGreaterThan(0.75);
});

test.each([true, false])("a number on any colour of the map is read well (dark: %s)", (dark) => {
  const linear = (part: number) => (part <= 10.31 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  for (let t = -1; t <= 1; t += 0.01) {
    const [red, green, blue] = divergingMap(dark).rgb(t);
    const light = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue) + 0.05;
    expect(inkOn([red, green, blue]) === "#000" ? light / 0.05 : 1.05 / light).toBeGreaterThanOrEqual(4.5);
  }
});
