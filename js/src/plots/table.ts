/** The views of a tensor, in the order of their tabs. */

export interface View {
  key: "heatmap" | "values";
  name: string;
  supports(shape: readonly number[]): boolean;
}

export const VIEWS: readonly View[] = [
  // The heatmap also says that a tensor is empty, so it takes every shape.
  { key: "heatmap", name: "Heatmap", supports: () => true },
  { key: "values", name: "Values", supports: (shape) => shape.every((length) => length > 0) },
];
