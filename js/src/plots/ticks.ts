/** Which indices of an axis are written beside it. Pure. */

import { exact, num } from "../format";

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
  return Math.max(26, textWidth(String(last)) + 10);
}

// of wide interface fonts, so that a label has room in all
const WIDTHS: Record<string, number> = {
  ".": 3.5,
  ",": 3.5,
  "%": 9.6,
  "\u2212": 8.5,
  "+": 8.5,
  "<": 8.5,
  ">": 8.5,
  N: 7.6,
};

/** About the width of a number at 10 px, rather too much than too little. */
export function textWidth(text: string): number {
  return [...text].reduce((sum, char) => sum + (WIDTHS[char] ?? 6.4), 0);
}

/** The room that the widest of the labels takes. */
export function roomOf(labels: readonly string[]): number {
  return Math.ceil(Math.max(0, ...labels.map(textWidth)));
}

/** An end of a value axis. */
export function endText(value: number): string {
  const text = exact(value);
  return text.length > 9 ? num(value) : text;
}
