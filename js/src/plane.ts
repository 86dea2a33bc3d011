/** Which two axes of a tensor lie on the screen, and how a part of that plane is written as a NumPy slice. Pure. */

import { plural } from "./format";
import type { Plane, Window } from "./protocol";

type Shape = readonly number[];

/** Inputs down and outputs across, or else the two longest axes; the others stand in the middle. As in Python. */
export function defaultPlane(shape: Shape, axes: readonly string[]): Plane {
  const rank = shape.length;
  const fixed = shape.map((size) => Math.floor(size / 2));
  if (rank === 0) return { rows: -1, cols: -1, fixed };
  if (rank === 1) return { rows: -1, cols: 0, fixed };
  if (rank === 2)
    return sizeOf(shape, 0) <= sizeOf(shape, 1) ? { rows: 0, cols: 1, fixed } : { rows: 1, cols: 0, fixed };
  const [input, output] = [axes.indexOf("in"), axes.indexOf("out")];
  if (input >= 0 && output >= 0) return { rows: input, cols: output, fixed };
  const longest = shape.map((_, axis) => axis).sort((a, b) => sizeOf(shape, a) - sizeOf(shape, b) || a - b);
  const [rows = 0, cols = 1] = longest.slice(-2).sort((a, b) => a - b);
  return { rows, cols, fixed };
}

export function sizeOf(shape: Shape, axis: number): number {
  return axis < 0 ? 1 : (shape[axis] ?? 1);
}

/** Rows and columns of the whole plane. */
export function planeShape(plane: Plane, shape: Shape): [number, number] {
  return [sizeOf(shape, plane.rows), sizeOf(shape, plane.cols)];
}

/** `1 row by 8 columns`. */
export function extentText([rows, cols]: readonly [number, number]): string {
  return `${plural(rows, "row")} by ${plural(cols, "column")}`;
}

export function axisName(axes: readonly string[], axis: number): string {
  return axis < 0 ? "" : axes[axis] || `axis ${axis}`;
}

/** One place on an axis: `in 11`, or `axis 0 [11]` where the axis has a number for a name. */
export function axisPlace(axes: readonly string[], axis: number, at: number): string {
  return axes[axis] ? `${axes[axis]} ${at}` : `${axisName(axes, axis)} [${at}]`;
}

/** Axes that do not lie on the screen. */
export function freeAxes(plane: Plane, shape: Shape): readonly number[] {
  return shape.map((_, axis) => axis).filter((axis) => axis !== plane.rows && axis !== plane.cols);
}

export function swap(plane: Plane): Plane {
  return plane.rows < 0 ? plane : { ...plane, rows: plane.cols, cols: plane.rows };
}

/** Put an axis on the screen; if it lies on the other side already, the two change places. */
export function withAxis(plane: Plane, side: "rows" | "cols", axis: number): Plane {
  const other = side === "rows" ? "cols" : "rows";
  if (plane[other] === axis) return swap(plane);
  return { ...plane, [side]: axis };
}

export function withIndex(plane: Plane, axis: number, index: number, shape: Shape): Plane {
  const inside = Math.max(0, Math.min(sizeOf(shape, axis) - 1, Math.round(index)));
  return { ...plane, fixed: plane.fixed.map((at, d) => (d === axis ? inside : at)) };
}

export function sameAxes(a: Plane, b: Plane): boolean {
  return a.rows === b.rows && a.cols === b.cols;
}

export function samePlane(a: Plane, b: Plane): boolean {
  return sameAxes(a, b) && a.fixed.every((at, axis) => axis === a.rows || axis === a.cols || at === b.fixed[axis]);
}

function text(plane: Plane, part: (axis: number) => string, inner: readonly number[] = []): string {
  const parts = plane.fixed.map((at, axis) => {
    if (inner.includes(axis)) return ":";
    return axis === plane.rows || axis === plane.cols ? part(axis) : String(at);
  });
  return `[${parts.join(", ")}]`;
}

/** The whole plane as a slice: `[1, 1, :, :]`. */
export function sliceText(plane: Plane): string {
  return text(plane, () => ":");
}

/** One cell: `[1, 1, 11, 3]`. */
export function cellText(plane: Plane, row: number, col: number): string {
  return text(plane, (axis) => String(axis === plane.rows ? row : col));
}

/** A window of the plane: `[1, 1, 0:4, 2]`; with all of the `inner` axes, `[:, :, 0:4, 2]`. */
export function windowText(plane: Plane, window: Window, inner: readonly number[] = []): string {
  const part = (axis: number): string =>
    axis === plane.rows ? spanText(window.top, window.bottom) : spanText(window.left, window.right);
  return text(plane, part, inner);
}

function spanText(start: number, stop: number): string {
  return stop - start === 1 ? String(start) : `${start}:${stop}`;
}

export function cellWindow(row: number, col: number): Window {
  return { top: row, bottom: row + 1, left: col, right: col + 1 };
}

export function windowSize(window: Window): number {
  return (window.bottom - window.top) * (window.right - window.left);
}

/**
 * What a slice, as the kernel writes it, covers of the plane; null if it does not touch the plane, fills it, or has steps.
 * Where the `inner` axes lie within the cells, it touches a cell if it touches anything in it.
 */
export function windowOf(region: string, plane: Plane, shape: Shape, inner: readonly number[] = []): Window | null {
  const parts = region.replace(/^\[|\]$/g, "").split(",");
  if (parts.length !== shape.length) return null;
  const spans = parts.map((part, axis) => spanOf(part.trim(), sizeOf(shape, axis)));
  for (const [axis, span] of spans.entries()) {
    const at = plane.fixed[axis] ?? 0;
    const shown = axis === plane.rows || axis === plane.cols || inner.includes(axis);
    if (span === null || (!shown && (at < span[0] || at >= span[1]))) return null;
  }
  const [top, bottom] = spans[plane.rows] ?? [0, 1];
  const [left, right] = spans[plane.cols] ?? [0, 1];
  const [rows, cols] = planeShape(plane, shape);
  return windowSize({ top, bottom, left, right }) === rows * cols ? null : { top, bottom, left, right };
}

function spanOf(part: string, size: number): [number, number] | null {
  const match = /^(\d+)$|^(\d*):(\d*)$/.exec(part);
  if (!match) return null;
  if (match[1] !== undefined) return [Number(match[1]), Number(match[1]) + 1];
  return [match[2] ? Number(match[2]) : 0, match[3] ? Number(match[3]) : size];
}
