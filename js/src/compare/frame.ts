/** Where a plane is drawn in a panel of three: as in the large heatmap, without the room for norms and names of axes. Pure. */

import { type Frame, frameOf } from "../plots/frame";
import type { Shape } from "../plots/selection";
import { pixelRatio, type Size } from "../plots/surface";
import type { View } from "../plots/viewport";

/** What the large heatmap leaves free around the cells, and what is enough here. */
const WIDE = { left: 26, right: 28, top: 30, bottom: 8 };
const SLIM = { left: 22, right: 2, top: 14, bottom: 4 };

export function compactFrame(size: Size, shape: Shape, view: View): Frame {
  const flat = shape[0] === 1 && shape[1] > 1;
  if (flat) return frameOf(size, shape, ["", ""], view, pixelRatio());
  const width = size.width + WIDE.left + WIDE.right - SLIM.left - SLIM.right;
  const height = size.height + WIDE.top + WIDE.bottom - SLIM.top - SLIM.bottom;
  const frame = frameOf({ width, height }, shape, ["", ""], view, pixelRatio());
  return { ...frame, left: frame.left + SLIM.left - WIDE.left, top: frame.top + SLIM.top - WIDE.top };
}
