/** Draws a tensor of rank 1: a bar for each value, up or down from zero. Pure apart from the pen. */

import { divergingMap } from "./colormap";
import { shorten, type TileData } from "./draw";
import { colX, type Frame } from "./frame";
import { drawMark } from "./nonfinite";
import type { Inks, Pen } from "./pen";
import { endText, labelGap, ticks } from "./ticks";

export function drawBars(pen: Pen, frame: Frame, data: TileData, domain: number, dark: boolean, inks: Inks): void {
  const map = divergingMap(dark);
  const zero = frame.top + frame.height / 2;
  const { tile, values } = data;
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top - 1, frame.width + 1, frame.height + 2);
  pen.clip();
  for (let j = 0; j < tile.width; j++) {
    const col = tile.window.left + j * tile.step_col;
    const x = colX(frame, col);
    const end = colX(frame, Math.min(tile.window.right, col + tile.step_col));
    if (end <= frame.left || x >= frame.left + frame.width) continue;
    const value = values[j] ?? 0;
    const gap = end - x >= 8 ? 2 : end - x >= 3 ? 1 : 0;
    const width = Math.max(1 / frame.ratio, end - x - gap);
    if (!Number.isFinite(value)) {
      pen.fillStyle = inks.faint;
      pen.fillRect(x, frame.top, width, frame.height);
      drawMark(pen, value, x, zero - 7, Math.max(6, width), 14, inks);
      continue;
    }
    const [y, height] = barSpan(frame, data, domain, col) ?? [zero, 1];
    pen.fillStyle = map.css(value / domain);
    pen.fillRect(x, y, width, height);
    if (width >= 4) {
      pen.strokeStyle = inks.mute;
      pen.lineWidth = 0.75;
      pen.strokeRect(x + 0.5, y, width - 1, height);
    }
    if (Math.abs(value) > domain) {
      // The bar is longer than the axis: a cap says that it was cut.
      pen.fillStyle = inks.fg0;
      pen.fillRect(x, value > 0 ? frame.top - 1 : frame.top + frame.height - 1, width, 2);
    }
  }
  pen.restore();
}

/** Top and height of the bar of a column; null if the tile does not hold it. */
export function barSpan(frame: Frame, data: TileData, domain: number, col: number): [y: number, height: number] | null {
  const { window, step_col } = data.tile;
  const value = data.values[Math.floor((col - window.left) / step_col)];
  if (value === undefined || col < window.left) return null;
  if (!Number.isFinite(value)) return [frame.top, frame.height];
  const length = (Math.max(-1, Math.min(1, value / domain)) * frame.height) / 2;
  const zero = frame.top + frame.height / 2;
  return [Math.min(zero, zero - length), Math.max(1, Math.abs(length))];
}

export function drawBarAxes(pen: Pen, frame: Frame, domain: number, inks: Inks): void {
  const { left, top, width, height, view, scale } = frame;
  pen.font = inks.font;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const value of [-domain, 0, domain]) {
    const y = top + height / 2 - ((value / domain) * height) / 2;
    pen.fillStyle = inks.line;
    pen.fillRect(left, Math.round(y), width, 1);
    pen.fillStyle = inks.mute;
    pen.fillText(endText(value), left - 6, y);
  }
  pen.textAlign = "center";
  pen.textBaseline = "alphabetic";
  for (const col of ticks(view.left, view.left + width / scale.col, scale.col, labelGap(frame.shape[1] - 1))) {
    pen.fillText(String(col), Math.max(left + 3, colX(frame, col + 0.5)), top + height + 14);
  }
  pen.textAlign = "left";
  pen.fillText(shorten(frame.axes[1]), left, 9);
}
