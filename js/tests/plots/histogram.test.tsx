import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HistogramAxis } from "../../src/plots/histogram";
import { type Mounted, mount, press, type } from "./mounting";

const onDomain = vi.fn();
const onLog = vi.fn();
const HISTOGRAM = { low: -0.35, high: 0.35, counts: [1, 2, 3, 4], under: 0, over: 7 };
let page: Mounted;

beforeEach(async () => {
  const does = { onDomain, onLog };
  page = await mount(
    <HistogramAxis histogram={HISTOGRAM} domain={0.35} dark={false} log={false} label="w" {...does} />,
  );
});

afterEach(async () => {
  await page.gone();
  vi.clearAllMocks();
});

const high = () => page.one("textbox", "Colour scale, high end") as HTMLInputElement;
const low = () => page.one("textbox", "Colour scale, low end") as HTMLInputElement;

test("the ends show the domain, with a true minus", () => {
  expect(low().value).toBe("−0.35");
  expect(high().value).toBe("0.35");
});

test("a typed number is the domain", async () => {
  await type(high(), "0.5");
  await press(high(), "Enter");
  expect(onDomain.mock.calls).toEqual([[0.5]]);
});

test.each(["-2", "−2", "2"])("at the low end %s means 2", async (text) => {
  await type(low(), text);
  await press(low(), "Enter");
  expect(onDomain.mock.calls).toEqual([[2]]);
});

test("an empty end asks for the automatic domain", async () => {
  await type(high(), " ");
  await press(high(), "Enter");
  expect(onDomain.mock.calls).toEqual([[0]]);
});

test.each(["much", "0", "Infinity", "1e999"])("%s is refused with a sentence, and kept", async (text) => {
  await type(high(), text);
  await press(high(), "Enter");
  expect(onDomain).not.toHaveBeenCalled();
  expect(page.one("alert").textContent).toMatch(/number above 0/);
  expect(high().value).toBe(text);
  expect(high().getAttribute("aria-invalid")).toBe("true");
  expect(high().getAttribute("aria-describedby")).toBe(page.one("alert").id);
  await press(high(), "Escape");
  expect(high().value).toBe("0.35");
  expect(page.all("alert")).toHaveLength(0);
});

test("the scale of the counts is a choice of two", async () => {
  expect(page.one("radio", "linear").getAttribute("aria-checked")).toBe("true");
  page.one("radio", "log").click();
  expect(onLog.mock.calls).toEqual([[true]]);
  await press(page.one("radio", "linear"), "ArrowRight");
  expect(onLog).toHaveBeenCalledTimes(2);
});

test("the picture says in words what it shows", () => {
  expect(page.one("img").getAttribute("aria-label")).toBe("Histogram of w: 10 values from −0.3500 to 0.3500, 7 beyond");
});
