/** Where a plane is drawn inside its pane: margins for ticks, axis names and norms around the cells. Pure. */

import type { Window } from "../protocol";
import type { Shape } from "./selection";
import type { Size } from "./surface";
import { clampView, fit, type Room, type Scale, scaleAt, span, type View } from "./viewport";

export type Kind = "cells" | "bars" | "strip";

export interface Frame {
  kind: Kind;
  /** Upper left corner of the cells in the pane. */
  left: number;
  top: number;
  /** Size of the drawn cells together. */
  width: number;
  height: number;
  room: Room;
  scale: Scale;
  view: View;
  shape: Shape;
  axes: readonly [string, string];
  ratio: number;
}

const GLYPH = 6;
const MOST_BARS = 400;
const VALUE_LABELS = 44;

/** Wide enough for a text at 10 px, within bounds: a long axis name must not take the room of the cells. */
function margin(texts: readonly string[], least: number): number {
  return Math.min(76, Math.max(least, ...texts.map((text) => text.length * GLYPH + 10)));
}

export function frameOf(
  pane: Size,
  shape: Shape,
  axes: readonly [string, string],
  view: View,
  ratio = 1,
  within?: Shape,
): Frame {
  const flat = shape[0] === 1 && shape[1] > 1 && !within;
  const left = flat ? VALUE_LABELS : margin([String(shape[0] - 1), axes[0]], 26);
  const right = margin([axes[1]], 28);
  const width = Math.max(1, pane.width - left - right);
  const [above, below] = flat ? [axes[1] ? 20 : 8, 20] : [30, 8];
  const high = flat ? Math.min(pane.height, 196) : pane.height;
  const room = { width, height: Math.max(1, high - above - below), within };
  const held = clampView(view, shape, room);
  const scale = scaleAt(fit(shape, room), held.zoom, room);
  const visible = span(shape, room, scale);
  const kind = !flat ? "cells" : visible.cols <= MOST_BARS ? "bars" : "strip";
  return {
    kind,
    left,
    top: above,
    width: visible.cols * scale.col,
    height: kind === "bars" ? room.height : visible.rows * scale.row,
    room,
    scale,
    view: held,
    shape,
    axes,
    ratio,
  };
}

/** Position of the left edge of a column, on a whole pixel of the screen. */
export function colX(frame: Frame, col: number): number {
  return snap(frame.left + (col - frame.view.left) * frame.scale.col, frame.ratio);
}

export function rowY(frame: Frame, row: number): number {
  return snap(frame.top + (row - frame.view.top) * frame.scale.row, frame.ratio);
}

function snap(at: number, ratio: number): number {
  return Math.round(at * ratio) / ratio;
}

/** The rectangle of a window of cells, without the gap behind its last ones. */
export function rectangle(frame: Frame, window: Window): [x: number, y: number, width: number, height: number] {
  const [x, right] = [colX(frame, window.left), colX(frame, window.right)];
  if (frame.kind === "bars") return [x, frame.top, right - x, frame.height];
  const [y, bottom] = [rowY(frame, window.top), rowY(frame, window.bottom)];
  const gap = gapOf(frame.scale.row, frame.scale.col);
  return [x, y, right - x - gap, bottom - y - gap];
}

export function gapOf(height: number, width: number): number {
  return height >= 8 && width >= 8 ? 1 : 0;
}
