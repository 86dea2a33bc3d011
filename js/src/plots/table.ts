/** The views of a tensor, in the order of their tabs. */

import { layoutOf } from "../kernels";

export interface View {
  key: "heatmap" | "values" | "kernels" | "spectrum";
  name: string;
  /** What a tensor needs, to be shown so. */
  needs: string;
  /** Whether it can show a tensor whose axes have these lengths and names. */
  supports(shape: readonly number[], axes: readonly string[]): boolean;
}

export const VIEWS: readonly View[] = [
  // The heatmap also says that a tensor is empty, so it takes every shape.
  { key: "heatmap", name: "Heatmap", needs: "values", supports: () => true },
  { key: "values", name: "Values", needs: "values", supports: (shape) => shape.every((length) => length > 0) },
  {
    key: "kernels",
    name: "Kernels",
    needs: "3 to 5 axes, two of them channels",
    supports: (shape, axes) => layoutOf(shape, axes) !== null,
  },
  { key: "spectrum", name: "Spectrum", needs: "two axes longer than 1", supports: isMatrix },
];

/** Whether a tensor is a matrix of more than one row and column, however its axes are taken together. As in Python. */
export function isMatrix(shape: readonly number[]): boolean {
  return !shape.includes(0) && shape.filter((length) => length > 1).length > 1;
}
