/** The curve of singular values: what is drawn where, what is said, and what can be read. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ordinals, SpectrumPlot, type SpectrumProps } from "../../src/plots/spectrum";
import { type Mounted, mount, press } from "./mounting";

let page: Mounted;

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(220);
});

afterEach(async () => {
  await page.gone();
  vi.restoreAllMocks();
});

const VALUES = Float64Array.of(4, 3, 1, 0.5, 0);

async function show(more: Partial<SpectrumProps> = {}): Promise<void> {
  page = await mount(
    <SpectrumPlot label="conv/kernel" values={VALUES} before={null} edge={2} energetic={2} {...more} />,
  );
}

const texts = (): string[] => [...page.host.querySelectorAll("text")].map((each) => each.textContent ?? "");
const dots = (): Element[] => [...page.host.querySelectorAll("circle.dot")];
const y = (dot: Element | undefined): number => Number(dot?.getAttribute("cy"));

describe("the picture", () => {
  test("says the essentials", async () => {
    await show();
    expect(page.one("img").getAttribute("aria-label")).toBe(
      "Spectrum of conv/kernel: 5 singular values from 4.000 to 0, 2 above the noise edge at 2.000",
    );
    expect(texts()).toContain("noise edge (Marchenko–Pastur) 2.000");
  });

  test("fills what stands above the edge, and lies on a scale from zero", async () => {
    await show();
    expect(dots().map((dot) => dot.classList.contains("low"))).toEqual([false, false, true, true, true]);
    const [first, , , , last] = dots();
    const edge = Number(/^M[\d.]+ ([\d.]+)H/.exec(page.host.querySelector(".edge")?.getAttribute("d") ?? "")?.[1]);
    expect(edge).toBeCloseTo((y(first) + y(last)) / 2);
    expect(texts().slice(0, 5)).toEqual(["0", "1", "2", "3", "4"]);
  });

  test("marks how many hold the energy", async () => {
    await show();
    const line = /^M([\d.]+) /.exec(page.host.querySelector(".share")?.getAttribute("d") ?? "")?.[1];
    expect(line).toBe(dots()[1]?.getAttribute("cx"));
  });

  test("of the largest numbers there are is drawn all the same", async () => {
    await show({ values: Float64Array.of(1.7e308, 1e308), edge: 9e307 });
    expect(y(dots()[0])).toBeLessThan(y(dots()[1]));
    expect(page.host.innerHTML).not.toMatch(/NaN|Infinity|∞/);
  });

  test("of nothing but zeros has no marks", async () => {
    await show({ values: new Float64Array(3), edge: 0, energetic: 0 });
    expect(page.host.querySelector(".share, .edge")).toBeNull();
    expect(page.host.innerHTML).not.toContain("NaN");
  });

  test.each([5e-324, 1e300])("of values around %d has a scale", async (size) => {
    await show({ values: Float64Array.of(size, size), edge: size, energetic: 2 });
    expect(page.host.innerHTML).not.toMatch(/NaN|Infinity/);
  });

  test("of a single value is one dot", async () => {
    await show({ values: Float64Array.of(2), edge: 1, energetic: 1 });
    expect(dots()).toHaveLength(1);
    expect(page.one("slider").getAttribute("aria-valuetext")).toBe("1: 2.000");
  });

  test("of very many has no dots that would touch", async () => {
    await show({ values: Float64Array.from({ length: 300 }, (_, at) => 300 - at) });
    expect(dots()).toHaveLength(0);
    expect(page.host.querySelector(".line")?.getAttribute("d")?.split("L")).toHaveLength(300);
  });

  test("is blank while the values are on their way", async () => {
    await show({ values: null });
    expect(page.all("img")).toHaveLength(0);
    expect(page.host.querySelector(".pw-blank")).not.toBeNull();
  });
});

describe("the curve before a trial", () => {
  const half = VALUES.map((value) => value / 2);
  const named = (name: string): number =>
    Number([...page.host.querySelectorAll("text")].find((each) => each.textContent === name)?.getAttribute("y"));

  test("is drawn in the same scale, and both are named", async () => {
    await show({ before: VALUES, values: half });
    expect(page.host.querySelector(".before")?.getAttribute("d")?.split("L")).toHaveLength(5);
    expect(texts()).toContain("4");
    expect(named("before")).toBeLessThan(named("preview"));
  });

  test("is named below where it is the lower one", async () => {
    await show({ before: half });
    expect(named("preview")).toBeLessThan(named("before"));
  });

  test("is not named where it lies on the other", async () => {
    await show({ before: VALUES });
    expect(texts()).not.toContain("before");
  });
});

describe("single values", () => {
  test("are read with the arrow keys, and not beyond the ends", async () => {
    await show();
    const slider = page.one("slider", "Singular value");
    for (const [key, says] of [
      ["ArrowLeft", "1: 4.000"],
      ["ArrowRight", "2: 3.000"],
      ["End", "5: 0"],
      ["PageDown", "1: 4.000"],
    ] as const) {
      await press(slider, key);
      expect(slider.getAttribute("aria-valuetext")).toBe(says);
      expect(page.host.querySelector(".read")?.textContent).toBe(says);
    }
    expect(slider.getAttribute("aria-valuemax")).toBe("5");
  });
});

test.each([
  [5, 100, [1, 2, 3, 4, 5]],
  [32, 20, [1, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32]],
  [32, 10, [1, 4, 8, 12, 16, 20, 24, 28, 32]],
  [1, 600, [1]],
])("of %d values %d pixels apart these have numbers", (count, step, wanted) => {
  expect(ordinals(count, step)).toEqual(wanted);
});
