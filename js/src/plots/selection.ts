/** Cursor and selected window on a plane of cells. Pure; heatmap and grid share it, so both feel the same. */

import { windowSize } from "../plane";
import type { Window } from "../protocol";

export type Cell = readonly [row: number, col: number];
export type Shape = readonly [rows: number, cols: number];

export function sameWindow(a: Window | null, b: Window | null): boolean {
  if (!a || !b) return a === b;
  return a.top === b.top && a.bottom === b.bottom && a.left === b.left && a.right === b.right;
}

export function holds(window: Window, row: number, col: number): boolean {
  return row >= window.top && row < window.bottom && col >= window.left && col < window.right;
}

/** The smallest window with both cells. */
export function hull(a: Cell, b: Cell): Window {
  return {
    top: Math.min(a[0], b[0]),
    bottom: Math.max(a[0], b[0]) + 1,
    left: Math.min(a[1], b[1]),
    right: Math.max(a[1], b[1]) + 1,
  };
}

export function clampCell(cell: Cell, shape: Shape): Cell {
  return [Math.max(0, Math.min(shape[0] - 1, cell[0])), Math.max(0, Math.min(shape[1] - 1, cell[1]))];
}

/** The corner that Shift moves: opposite of the cursor, or the cursor itself when it is not a corner. */
export function farCorner(selection: Window | null, cursor: Cell): Cell {
  if (!selection) return cursor;
  const { top, bottom, left, right } = selection;
  const atRow = cursor[0] === top || cursor[0] === bottom - 1;
  const atCol = cursor[1] === left || cursor[1] === right - 1;
  if (!atRow || !atCol) return cursor;
  return [cursor[0] === top ? bottom - 1 : top, cursor[1] === left ? right - 1 : left];
}

/** Where a key leads from a cell, or null if the key does not move. `page` is the number of rows on the screen. */
export function step(key: string, far: boolean, from: Cell, shape: Shape, page: number): Cell | null {
  const [row, col] = from;
  const [lastRow, lastCol] = [shape[0] - 1, shape[1] - 1];
  switch (key) {
    case "ArrowUp":
      return [far ? 0 : Math.max(0, row - 1), col];
    case "ArrowDown":
      return [far ? lastRow : Math.min(lastRow, row + 1), col];
    case "ArrowLeft":
      return [row, far ? 0 : Math.max(0, col - 1)];
    case "ArrowRight":
      return [row, far ? lastCol : Math.min(lastCol, col + 1)];
    case "PageUp":
      return [Math.max(0, row - Math.max(1, page)), col];
    case "PageDown":
      return [Math.min(lastRow, row + Math.max(1, page)), col];
    case "Home":
      return [far ? 0 : row, 0];
    case "End":
      return [far ? lastRow : row, lastCol];
    default:
      return null;
  }
}

/** A window of one cell is no selection: the cursor says as much. */
export function proper(window: Window): Window | null {
  return windowSize(window) > 1 ? window : null;
}
