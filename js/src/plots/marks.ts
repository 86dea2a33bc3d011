/** Draws what lies over the cells: the selected window and the cursor, as outlines that never recolour data. */

import type { Window } from "../protocol";
import { type Frame, rectangle } from "./frame";
import type { Inks, Pen } from "./pen";
import { type Cell, hull } from "./selection";

const LEAST = 7;

/** Outlines a window; dashed while what was done to it is not applied. */
export function drawSelection(pen: Pen, frame: Frame, window: Window, dashed: boolean, inks: Inks): void {
  const [x, y, width, height] = rectangle(frame, window);
  pen.save();
  pen.beginPath();
  // An edge outside of the view is cut off, so that a window that goes on does not look closed.
  pen.rect(frame.left - 3, frame.top - 3, frame.width + 6, frame.height + 6);
  pen.clip();
  pen.strokeStyle = inks.bg;
  pen.lineWidth = 4;
  pen.strokeRect(x - 1.5, y - 1.5, width + 3, height + 3);
  pen.strokeStyle = inks.brand;
  pen.lineWidth = 2;
  if (dashed) pen.setLineDash([5, 3]);
  pen.strokeRect(x - 1.5, y - 1.5, width + 3, height + 3);
  pen.restore();
}

/** Outlines the cell of the cursor, or its bar; where it is too small to be seen, a box around its place. */
export function drawCursor(pen: Pen, frame: Frame, cursor: Cell, bar: [number, number] | null, inks: Inks): void {
  let [x, y, width, height] = rectangle(frame, hull(cursor, cursor));
  if (bar) [y, height] = bar;
  if (x + width < frame.left || y + height < frame.top) return;
  if (x > frame.left + frame.width || y > frame.top + frame.height) return;
  if (width < LEAST) [x, width] = [x + (width - LEAST) / 2, LEAST];
  if (height < LEAST) [y, height] = [y + (height - LEAST) / 2, LEAST];
  pen.strokeStyle = inks.bg;
  pen.lineWidth = 4;
  pen.strokeRect(x - 1, y - 1, width + 2, height + 2);
  pen.strokeStyle = inks.fg0;
  pen.lineWidth = 2;
  pen.strokeRect(x - 1, y - 1, width + 2, height + 2);
}
