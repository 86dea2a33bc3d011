/** What a value that is no number looks like, where there is room for it. */

import type { Inks, Pen } from "./pen";

/** A cross for NaN, else the sign of the infinity. */
export function drawMark(
  pen: Pen,
  value: number,
  x: number,
  y: number,
  width: number,
  height: number,
  inks: Inks,
): void {
  const inset = Math.max(1, Math.min(width, height) * 0.2);
  const [cx, cy] = [x + width / 2, y + height / 2];
  const arm = Math.min(width, height) / 2 - inset;
  pen.strokeStyle = inks.fg;
  pen.lineWidth = 1;
  pen.beginPath();
  if (Number.isNaN(value)) {
    pen.moveTo(cx - arm, cy - arm);
    pen.lineTo(cx + arm, cy + arm);
    pen.moveTo(cx + arm, cy - arm);
    pen.lineTo(cx - arm, cy + arm);
  } else {
    pen.moveTo(cx - arm, cy);
    pen.lineTo(cx + arm, cy);
    if (value > 0) {
      pen.moveTo(cx, cy - arm);
      pen.lineTo(cx, cy + arm);
    }
  }
  pen.stroke();
}
