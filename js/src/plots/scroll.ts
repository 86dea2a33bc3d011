/**
 * Scrolling a sheet that may be far larger than an element can be. Pure.
 *
 * Browsers lose pixels beyond some millions, so a larger sheet gets an element of the largest safe length and the two
 * are mapped proportionally. The offset into the sheet is kept exactly, so that a wheel still moves by single rows.
 */

const LONGEST = 8_000_000;

/** Length of the element that stands for a sheet of `length` pixels. */
export function elementLength(length: number): number {
  return Math.min(length, LONGEST);
}

function ratio(length: number, view: number): number {
  const element = elementLength(length);
  return element === length ? 1 : (length - view) / (element - view);
}

export function isMapped(length: number): boolean {
  return length > LONGEST;
}

/** Offset into the sheet at a scroll position of the element. */
export function offsetAt(position: number, length: number, view: number): number {
  return clampOffset(position * ratio(length, view), length, view);
}

/** Scroll position of the element for an offset into the sheet. */
export function positionOf(offset: number, length: number, view: number): number {
  return offset / ratio(length, view);
}

export function clampOffset(offset: number, length: number, view: number): number {
  return Math.max(0, Math.min(Math.max(0, length - view), offset));
}

/** The offset nearest to `offset` at which item `index` is in view. */
export function revealed(offset: number, index: number, size: number, view: number): number {
  const start = index * size;
  if (start < offset) return start;
  return start + size > offset + view ? start + size - view : offset;
}

/** Items from `first` up to `end` (exclusive) that are at least partly in view. */
export function visible(offset: number, size: number, view: number, all: number): [first: number, end: number] {
  return [Math.min(all, Math.floor(offset / size)), Math.min(all, Math.ceil((offset + view) / size))];
}
