import { describe, expect, test } from "vitest";
import { toBytes, toFloat32, toNumber } from "../src/tensor";

const values = [1.5, Number.NaN, Number.NEGATIVE_INFINITY, -0];

/** The values in the middle of a larger buffer, `offset` bytes from its start. */
function within(offset: number): DataView {
  const buffer = new ArrayBuffer(64);
  new Uint8Array(buffer).fill(0xff);
  const view = new DataView(buffer, offset, 16);
  for (const [k, value] of values.entries()) view.setFloat32(4 * k, value, true);
  return view;
}

describe("float32 buffers", () => {
  test.each([0, 4, 1, 3, 5, 31])("are read at byte %i, no further than they go", (offset) => {
    const read = toFloat32(within(offset));
    expect([...read]).toEqual(values);
    expect(Object.is(read[3], -0)).toBe(true);
  });

  test("share memory where they can", () => {
    const view = within(8);
    expect(toFloat32(view).buffer).toBe(view.buffer);
  });

  test("may be whole buffers, and empty", () => {
    expect([...toFloat32(new Float32Array([2]).buffer)]).toEqual([2]);
    expect(toFloat32(new DataView(new ArrayBuffer(8), 8, 0))).toHaveLength(0);
  });

  test("of a broken length are refused", () => {
    expect(() => toFloat32(new DataView(new ArrayBuffer(7)))).toThrow(RangeError);
  });
});

test("bytes keep offset and length", () => {
  expect([...toBytes(new DataView(new Uint8Array([9, 1, 0, 9]).buffer, 1, 2))]).toEqual([1, 0]);
});

test("numbers that JSON cannot carry come as text", () => {
  expect(["NaN", "Infinity", "-Infinity", 2].map((each) => toNumber(each as number))).toEqual([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    2,
  ]);
});
