/** Sizes and places of the grid's rows and columns, and which of them are on the screen. Pure. */

import type { Window } from "../protocol";
import { visible } from "./scroll";
import type { Cell, Shape } from "./selection";

export const ROW = 19;
export const HEADER = 21;
/** Height of the longest sentence at a cell, and its width. */
export const BUBBLE = 74;
export const BUBBLE_WIDTH = 262;

const GLYPH = 6.3;
const NARROWEST = 53;
const WIDEST = 190;
const STRETCHED = 132;

export interface Sheet {
  shape: Shape;
  /** Width of the row headers, and of a column. */
  head: number;
  col: number;
  /** Size of all cells together, and of the part in view. */
  width: number;
  height: number;
  viewWidth: number;
  viewHeight: number;
}

/** `longest` is the number of characters of the longest text there is to show. */
export function sheetOf(shape: Shape, axes: readonly [string, string], longest: number, pane: [number, number]): Sheet {
  const corner = axes[0] && axes[1] ? axes[0].length + axes[1].length + 3 : axes[0].length + axes[1].length;
  const head = Math.min(120, Math.max(56, (String(shape[0] - 1).length + 1) * GLYPH + 12, corner * 6 + 14));
  const viewWidth = Math.max(1, pane[0] - head);
  const viewHeight = Math.max(1, pane[1] - HEADER);
  const needed = Math.max(longest, String(shape[1] - 1).length) * GLYPH + 12;
  const least = Math.round(Math.max(NARROWEST, Math.min(WIDEST, needed)));
  const col = Math.max(least, Math.min(STRETCHED, Math.floor(viewWidth / shape[1])));
  return { shape, head, col, width: shape[1] * col, height: shape[0] * ROW, viewWidth, viewHeight };
}

export function cornerText(axes: readonly [string, string]): string {
  return axes[0] && axes[1] ? `${axes[0]} ╲ ${axes[1]}` : axes[0] || axes[1];
}

export function visibleWindow(sheet: Sheet, x: number, y: number): Window {
  const [top, bottom] = visible(y, ROW, sheet.viewHeight, sheet.shape[0]);
  const [left, right] = visible(x, sheet.col, sheet.viewWidth, sheet.shape[1]);
  return { top, bottom, left, right };
}

/** The window with a margin, so that a little scrolling finds the cells there. */
export function widened(window: Window, shape: Shape): Window {
  return {
    top: Math.max(0, window.top - 8),
    bottom: Math.min(shape[0], window.bottom + 8),
    left: Math.max(0, window.left - 3),
    right: Math.min(shape[1], window.right + 3),
  };
}

/** The cell below a point counted from the corner of the grid; beyond an edge, the nearest cell. */
export function cellUnder(sheet: Sheet, x: number, y: number, offset: { x: number; y: number }): Cell {
  const row = Math.floor((y - HEADER + offset.y) / ROW);
  const col = Math.floor((x - sheet.head + offset.x) / sheet.col);
  return [Math.max(0, Math.min(sheet.shape[0] - 1, row)), Math.max(0, Math.min(sheet.shape[1] - 1, col))];
}

export function px(length: number): string {
  return `${length}px`;
}
