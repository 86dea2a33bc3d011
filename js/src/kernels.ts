/** Which axes of a tensor make up its kernels, and how one of them is written as a NumPy slice. Pure. */

import { defaultPlane, sizeOf } from "./plane";
import type { Plane } from "./protocol";

type Shape = readonly number[];

const MAX_INNER = 1024;
const POSITIONS = new Set(["kd", "kh", "kw"]);

/** Axes: which lies down, which across, and those that make up one kernel. */
export interface Layout {
  rows: number;
  cols: number;
  inner: readonly number[];
}

/** How a tensor of rank 3 to 5 is laid out as kernels; null if it has none. As in Python. */
export function layoutOf(shape: Shape, axes: readonly string[]): Layout | null {
  if (shape.length < 3 || shape.length > 5 || shape.includes(0)) return null;
  let { rows, cols } = defaultPlane(shape, axes);
  if (axes.some(Boolean) && !(axes.includes("in") && axes.includes("out"))) {
    const [down, across, ...more] = axes.flatMap((name, axis) => (POSITIONS.has(name) ? [] : [axis]));
    if (down === undefined || across === undefined || more.length > 0) return null;
    [rows, cols] = [down, across];
  }
  const inner = shape.map((_, axis) => axis).filter((axis) => axis !== rows && axis !== cols);
  const size = inner.reduce((product, axis) => product * sizeOf(shape, axis), 1);
  return size > 1 && size <= MAX_INNER ? { rows, cols, inner } : null;
}

/** Rows and columns of one kernel as it is drawn; one of three axes is drawn slice below slice. */
export function innerShape(shape: Shape, inner: readonly number[]): [number, number] {
  const sizes = inner.map((axis) => sizeOf(shape, axis));
  const across = sizes.pop() ?? 1;
  return [sizes.reduce((product, size) => product * size, 1), across];
}

/** Where the value of the plane's slice lies in a drawn kernel. */
export function placeIn(plane: Plane, shape: Shape, inner: readonly number[]): [number, number] {
  const at = inner.reduce((index, axis) => index * sizeOf(shape, axis) + (plane.fixed[axis] ?? 0), 0);
  const [, across] = innerShape(shape, inner);
  return [Math.floor(at / across), at % across];
}

/** The plane whose slice holds a value of a drawn kernel: the inverse of `placeIn`. */
export function planeAt(plane: Plane, shape: Shape, inner: readonly number[], [row, col]: readonly number[]): Plane {
  const fixed = [...plane.fixed];
  let rest = (row ?? 0) * innerShape(shape, inner)[1] + (col ?? 0);
  for (const axis of [...inner].reverse()) {
    fixed[axis] = rest % sizeOf(shape, axis);
    rest = Math.floor(rest / sizeOf(shape, axis));
  }
  return { ...plane, fixed };
}
