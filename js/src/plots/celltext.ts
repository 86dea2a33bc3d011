/** What a cell of the grid shows. The exact text is in its title, in the formula bar and on the clipboard. */

import { minus, num } from "../format";
import type { CellData } from "./cells";

const EXACT = /^(u?int|bool)/;
const COMPLEX = /^complex/;

export function isExact(dtype: string): boolean {
  return EXACT.test(dtype);
}

export function shownText(cell: CellData, dtype: string): string {
  if (isExact(dtype)) return minus(cell.text);
  if (COMPLEX.test(dtype)) return minus(shortComplex(cell.text));
  return num(numberOf(cell));
}

/** The value as exactly as a number can hold it: `value` is single precision, made for colours. */
export function numberOf(cell: CellData): number {
  const read = cell.text.trim() === "" ? Number.NaN : Number(cell.text);
  return Number.isNaN(read) ? cell.value : read;
}

function shortComplex(text: string): string {
  return text.replace(/\d+\.\d+(e[+-]?\d+)?/gi, (part) => String(Number(Number(part).toPrecision(4))));
}
