/** Which indices of an axis are written beside it. Pure. */

import { minus, num } from "../format";

const EVEN = [1, 2, 4, 5, 8, 10, 16, 20, 32, 50, 64, 100, 128, 200, 250, 500];

/** Indices from `start` to `end` at least `apart` pixels from each other, at round distances counted from 0. */
export function ticks(start: number, end: number, size: number, apart: number): number[] {
  const distance = roundStep(apart / size);
  const marks: number[] = [];
  for (let index = Math.ceil(start / distance) * distance; index < end; index += distance) marks.push(index);
  return marks;
}

/** The least round number of cells that is not below `least`: powers of two are round too, layers are built of them. */
export function roundStep(least: number): number {
  const even = EVEN.find((step) => step >= least);
  if (even) return even;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((digit) => digit * power >= least) ?? 10);
}

/** Pixels between the labels of a horizontal axis up to an index. */
export function labelGap(last: number): number {
  return Math.max(26, textWidth(last) + 10);
}

/** About the width of an index at 10 px. */
export function textWidth(index: number): number {
  return String(index).length * 6;
}

/** An end of a value axis, without the zeros that `num` fills up with: 0.35. */
export function endText(value: number): string {
  const size = Math.abs(value);
  const plain = size !== 0 && (size >= 1e5 || size < 1e-3) ? value.toExponential().replace("e+", "e") : String(value);
  return plain.length > 9 ? num(value) : minus(plain);
}
