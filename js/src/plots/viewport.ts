/**
 * Which part of a plane is on the screen, and how large a cell is drawn. Pure arithmetic; one unit is one cell.
 *
 * A view is a zoom (1 = the whole plane) and the cell at the upper left corner. Both axes are enlarged alike, each up to
 * its own largest size: a plane of 4096 by 10 first grows along its long axis.
 */

import type { Window } from "../protocol";
import type { Cell, Shape } from "./selection";

export interface View {
  zoom: number;
  top: number;
  left: number;
}

/** Room for cells, in CSS pixels. */
export interface Room {
  width: number;
  height: number;
  /** Values that each cell holds, down and across, where it is a kernel. */
  within?: Shape;
}

/** Size of one cell in CSS pixels; below 1 where several cells share a pixel. */
export interface Scale {
  row: number;
  col: number;
}

export interface Request {
  window: Window;
  height: number;
  width: number;
}

export const WHOLE: View = { zoom: 1, top: 0, left: 0 };

const FITTED = 22;
const ENLARGED = 40;
const FITTED_WITHIN = 8; // of each value in a kernel
const ENLARGED_WITHIN = 20;
const STRETCHED = 1.25; // of a value in a kernel
const EVEN = 4; // smaller values would lose too much if they were all alike
const SINGLE = 72;
const MAX_PIXELS = 4096;

/** The largest size of a cell, so many pixels of its own or so many for each of its values. */
function largest(room: Room, own: number, each: number): Scale {
  const [rows, cols] = room.within ?? [1, 1];
  return { row: Math.max(own, rows * each), col: Math.max(own, cols * each) };
}

/** The gap behind a kernel that is drawn so large, with so many values in a row. */
export function kernelGap(size: number, values: number): number {
  return size > 5 * values ? 2 : size > 2 * values ? 1 : 0;
}

/** Kernels are pictures: their values are about as wide as high, and all of one size once they are large. */
function upright(row: number, col: number, [tall, wide]: Shape): [number, number] {
  if (row < tall || col < wide) return [row, col]; // several are drawn as one
  const value = STRETCHED * Math.min(row / tall, col / wide);
  const even = (size: number, values: number) => {
    const most = Math.floor(Math.min(size, value * values));
    const gap = kernelGap(most, values);
    const each = Math.floor((most - gap) / values);
    return each >= EVEN ? each * values + gap : most;
  };
  return [even(row, tall), even(col, wide)];
}

/** Cell size at which the whole plane fits, in whole pixels where that is possible, and never stretched beyond 22 px. */
export function fit(shape: Shape, room: Room): Scale {
  if (shape[0] === 1 && shape[1] === 1) return { row: SINGLE, col: SINGLE };
  const stepRow = Math.max(1, Math.ceil(shape[0] / Math.max(1, room.height)));
  const stepCol = Math.max(1, Math.ceil(shape[1] / Math.max(1, room.width)));
  const most = largest(room, FITTED, FITTED_WITHIN);
  let row = Math.min(most.row, Math.max(1, room.height) / Math.ceil(shape[0] / stepRow));
  let col = Math.min(most.col, Math.max(1, room.width) / Math.ceil(shape[1] / stepCol));
  if (row >= 3 || stepRow > 1) row = Math.floor(row);
  if (col >= 3 || stepCol > 1) col = Math.floor(col);
  if (room.within) [row, col] = upright(row, col, room.within);
  else {
    if (row >= 3 && col > row * 2.2) col = Math.floor(row * 2.2);
    if (col >= 6 && row > col) row = col;
  }
  return { row: row / stepRow, col: col / stepCol };
}

export function scaleAt(fitted: Scale, zoom: number, room: Room): Scale {
  const most = largest(room, ENLARGED, ENLARGED_WITHIN);
  const grow = (size: number, end: number) => Math.max(size, Math.min(end, size * zoom));
  return { row: grow(fitted.row, most.row), col: grow(fitted.col, most.col) };
}

/** The zoom at which no cell grows any further. */
export function maxZoom(fitted: Scale, room: Room): number {
  const most = largest(room, ENLARGED, ENLARGED_WITHIN);
  return Math.max(1, most.row / fitted.row, most.col / fitted.col);
}

/** Number of cells that fit the room, fractions included, at most all. */
export function span(shape: Shape, room: Room, scale: Scale): { rows: number; cols: number } {
  return { rows: Math.min(shape[0], room.height / scale.row), cols: Math.min(shape[1], room.width / scale.col) };
}

export function clampView(view: View, shape: Shape, room: Room): View {
  const fitted = fit(shape, room);
  const zoom = Math.max(1, Math.min(maxZoom(fitted, room), view.zoom));
  if (zoom === 1) return WHOLE;
  const { rows, cols } = span(shape, room, scaleAt(fitted, zoom, room));
  return {
    zoom,
    top: Math.max(0, Math.min(shape[0] - rows, view.top)),
    left: Math.max(0, Math.min(shape[1] - cols, view.left)),
  };
}

/** Zooms by a factor; the cell below the point (`x`, `y`), counted from the corner of the room, stays there. */
export function zoomAbout(view: View, factor: number, x: number, y: number, shape: Shape, room: Room): View {
  const fitted = fit(shape, room);
  const before = scaleAt(fitted, view.zoom, room);
  const zoom = Math.max(1, Math.min(maxZoom(fitted, room), view.zoom * factor));
  const after = scaleAt(fitted, zoom, room);
  const top = view.top + y / before.row - y / after.row;
  const left = view.left + x / before.col - x / after.col;
  return clampView({ zoom, top, left }, shape, room);
}

/** Moves the content along with the pointer. */
export function pan(view: View, dx: number, dy: number, shape: Shape, room: Room): View {
  const scale = scaleAt(fit(shape, room), view.zoom, room);
  return clampView({ ...view, top: view.top - dy / scale.row, left: view.left - dx / scale.col }, shape, room);
}

/** Factor of one notch of the wheel: about 24 notches lead from the whole plane to single cells, however large it is. */
export function notch(shape: Shape, room: Room): number {
  return Math.max(1.2, maxZoom(fit(shape, room), room) ** (1 / 24));
}

/** The same view, moved as little as possible so that a cell is on the screen. */
export function reveal(view: View, cell: Cell, shape: Shape, room: Room): View {
  const { rows, cols } = span(shape, room, scaleAt(fit(shape, room), view.zoom, room));
  const near = (start: number, length: number, at: number) => {
    if (at < start) return at;
    return at + 1 > start + length ? at + 1 - length : start;
  };
  return clampView({ ...view, top: near(view.top, rows, cell[0]), left: near(view.left, cols, cell[1]) }, shape, room);
}

/** The cell below a point counted from the corner of the room, or null beside the plane. */
export function cellAt(view: View, x: number, y: number, shape: Shape, room: Room): Cell | null {
  const scale = scaleAt(fit(shape, room), view.zoom, room);
  const { rows, cols } = span(shape, room, scale);
  if (x < 0 || y < 0 || x >= cols * scale.col || y >= rows * scale.row) return null;
  return [
    Math.min(shape[0] - 1, Math.floor(view.top + y / scale.row)),
    Math.min(shape[1] - 1, Math.floor(view.left + x / scale.col)),
  ];
}

/**
 * The tile to ask for: the visible cells, widened to whole steps counted from cell 0, so that panning does not change
 * which cells are drawn together (the picture would flicker).
 */
export function request(view: View, shape: Shape, room: Room): Request {
  const scale = scaleAt(fit(shape, room), view.zoom, room);
  const { rows, cols } = span(shape, room, scale);
  const [tall, wide] = room.within ?? [1, 1];
  const vertical = steps(view.top, rows, shape[0], scale.row / tall);
  const horizontal = steps(view.left, cols, shape[1], scale.col / wide);
  return {
    window: { top: vertical.start, bottom: vertical.end, left: horizontal.start, right: horizontal.end },
    height: vertical.cells,
    width: horizontal.cells,
  };
}

function steps(
  start: number,
  length: number,
  all: number,
  size: number,
): { start: number; end: number; cells: number } {
  // The small number forgives rounding: 1 / (1 / 3) must not become a step of 4.
  const step = Math.max(1, Math.ceil(1 / size - 1e-6), Math.ceil(length / (MAX_PIXELS - 2)));
  const first = Math.floor(start / step + 1e-9) * step;
  const end = Math.min(all, Math.ceil((start + length) / step - 1e-9) * step);
  return { start: first, end, cells: Math.max(1, Math.ceil((end - first) / step)) };
}
