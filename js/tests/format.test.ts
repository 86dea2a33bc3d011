import { expect, test } from "vitest";
import { brief, bytes, count, int, minus, num, percent, shape } from "../src/format";

test.each([
  [0, "0"],
  [-0, "0"],
  [0.0999756, "0.1000"],
  [-0.35, "−0.3500"],
  [12.3456, "12.35"],
  [2255.49, "2255.5"],
  [1.234e-7, "1.2e−7"],
  [-123456, "−1.23e5"],
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "+Inf"],
  [Number.NEGATIVE_INFINITY, "−Inf"],
])("num %d is %s", (value, text) => expect(num(value)).toBe(text));

test.each([
  [999_999, "999,999"],
  [1_234_567, "1.23 M"],
  [99_960_000, "100 M"],
  [525_336_576, "525 M"],
  [999_600_000, "1.00 G"],
  [70e9, "70.0 G"],
  [1.5e12, "1.50 T"],
])("count %d is %s", (value, text) => expect(count(value)).toBe(text));

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [18_432, "18.0 KiB"],
  [1.5 * 2 ** 30, "1.5 GiB"],
  [800 * 2 ** 20, "800 MiB"],
])("bytes %d is %s", (value, text) => expect(bytes(value)).toBe(text));

test.each([
  [0, "0.0%"],
  [1, "100.0%"],
  [0.9999, ">99.9%"],
  [0.0001, "<0.1%"],
  [0.081, "8.1%"],
  [Number.NaN, "–"],
])("percent %d is %s", (value, text) => expect(percent(value)).toBe(text));

test("whole numbers, shapes and minus", () => {
  expect(int(-1234567)).toBe("−1,234,567");
  expect(shape([])).toBe("scalar");
  expect(shape([3, 3, 16])).toBe("3×3×16");
  expect(minus("-1e-5")).toBe("−1e−5");
});

test.each([
  [0.1754, ".175"],
  [-0.1322, "−.132"],
  [1.2345, "1.23"],
  [-12.34, "−12.3"],
  [345.6, "346"],
  [0.99996, "1.00"],
  [0.00012, "1e−4"],
  [123456, "1e5"],
  [0, "0"],
  [Number.NaN, "NaN"],
  [-Infinity, "−Inf"],
])("%d in a small cell is %s", (value, text) => expect(brief(value)).toBe(text));
