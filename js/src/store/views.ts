/** Which view shows the tensor, and how it cuts the tensor: with kernels, some axes lie within the cells. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { layoutOf } from "../kernels";
import { defaultPlane } from "../plane";
import { VIEWS, type View } from "../plots/table";
import type { Description, Plane } from "../protocol";
import type { Line } from "../rows";

export type ViewName = View["key"];

export interface Views {
  /** The view that was chosen, or the heatmap where that cannot show this tensor. */
  readonly view: ReadonlySignal<ViewName>;
  /** Axes that lie whole within each cell: those of a kernel while kernels are shown, else none. */
  readonly inner: ReadonlySignal<readonly number[]>;
  /** Whether a view can show this tensor. */
  supports(view: ViewName): boolean;
  choose(view: ViewName): void;
  /** The plane that a tensor is shown in first. */
  first(shape: readonly number[], axes: readonly string[]): Plane;
  /** A plane as the view needs it. */
  fitted(plane: Plane): Plane;
}

const NONE: readonly number[] = [];

export function createViews(
  line: ReadonlySignal<Line | undefined>,
  description: ReadonlySignal<Description | null>,
): Views {
  const chosen = signal<ViewName>("heatmap");
  const shape = computed(() => line.value?.shape ?? []);
  const axes = computed(() => description.value?.axes ?? []);
  const supports = (view: ViewName): boolean =>
    VIEWS.some((row) => row.key === view && row.supports(shape.value, axes.value));
  const view = computed<ViewName>(() => (supports(chosen.value) ? chosen.value : "heatmap"));
  const layout = computed(() => (view.value === "kernels" ? layoutOf(shape.value, axes.value) : null));
  return {
    view,
    supports,
    inner: computed(() => layout.value?.inner ?? NONE),
    choose(next) {
      chosen.value = next;
    },
    first(lengths, names) {
      const found = chosen.peek() === "kernels" ? layoutOf(lengths, names) : null;
      return { ...defaultPlane(lengths, names), ...(found && { rows: found.rows, cols: found.cols }) };
    },
    fitted(plane) {
      const now = layout.peek();
      if (!now?.inner.some((axis) => axis === plane.rows || axis === plane.cols)) return plane;
      return { ...plane, rows: now.rows, cols: now.cols };
    },
  };
}
