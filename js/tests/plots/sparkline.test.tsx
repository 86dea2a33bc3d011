import { expect, test } from "vitest";
import { Sparkline } from "../../src/plots/sparkline";
import { VIEWS } from "../../src/plots/table";
import { mount } from "./mounting";

test("one bar for each height, and a tick where zero lies", async () => {
  const { host } = await mount(<Sparkline glance={{ path: "w", bars: [0, 128, 255], zero: 0.5, nan: 0, inf: 0 }} />);
  const [bars, zero] = host.querySelectorAll("path");
  expect(bars?.getAttribute("d")?.match(/M/g)).toHaveLength(2);
  expect(zero?.getAttribute("d")).toMatch(/^M20/);
});

test("no tick if zero is out of range, nothing without bars", async () => {
  const { host, show } = await mount(<Sparkline glance={{ path: "w", bars: [9], zero: -1, nan: 0, inf: 0 }} />);
  expect(host.querySelectorAll("path")).toHaveLength(1);
  await show(<Sparkline glance={{ path: "w", bars: [], zero: -1, nan: 1, inf: 0 }} />);
  expect(host.innerHTML).toBe("");
});

test("every shape has a view", () => {
  const names = (shape: number[]) => VIEWS.filter((view) => view.supports(shape, [])).map((view) => view.name);
  expect(names([3, 3, 16, 32])).toEqual(["Heatmap", "Values", "Kernels", "Spectrum"]);
  expect(names([3, 4])).toEqual(["Heatmap", "Values", "Spectrum"]);
  expect(names([1, 4, 1])).toEqual(["Heatmap", "Values"]);
  expect(names([])).toEqual(["Heatmap", "Values"]);
  expect(names([0, 4])).toEqual(["Heatmap"]);
});
