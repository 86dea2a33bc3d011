/** Draws a tile whose cells are kernels: each cell is a small picture of its own. Pure apart from the pen. */

import type { Tile } from "../protocol";
import { divergingMap } from "./colormap";
import { drawPicture, type TileData } from "./draw";
import { colX, type Frame, rowY } from "./frame";
import { drawMark } from "./nonfinite";
import type { Inks, Pen } from "./pen";
import { kernelGap } from "./viewport";

const DRAWN_ONE_BY_ONE = 6;

export function isKernels(tile: Tile): boolean {
  return (tile.inner?.length ?? 0) > 0;
}

/** Where the values of a drawn kernel begin, and from one of its rows to the next. */
export function placeOf(tile: Tile, i: number, j: number): { first: number; stride: number } {
  const [down, across] = tile.within ?? [1, 1];
  const stride = tile.width * across;
  return { first: i * down * stride + j * across, stride };
}

export function drawKernels(
  pen: Pen,
  frame: Frame,
  data: TileData,
  picture: CanvasImageSource | null,
  domain: number,
  dark: boolean,
  inks: Inks,
): void {
  const { tile } = data;
  const [down, across] = tile.within ?? [1, 1];
  const [high, wide] = [frame.scale.row * tile.step_row, frame.scale.col * tile.step_col];
  const gap = Math.min(kernelGap(high, down), kernelGap(wide, across));
  const large = Math.min(high / down, wide / across) >= DRAWN_ONE_BY_ONE;
  if (gap === 0 && picture) {
    drawPicture(pen, frame, tile, picture);
    return;
  }
  pen.imageSmoothingEnabled = false;
  for (let i = 0; i < tile.height; i++) {
    const row = tile.window.top + i * tile.step_row;
    const y = rowY(frame, row);
    const height = rowY(frame, Math.min(tile.window.bottom, row + tile.step_row)) - y - gap;
    if (y + height <= frame.top || y >= frame.top + frame.height) continue;
    for (let j = 0; j < tile.width; j++) {
      const col = tile.window.left + j * tile.step_col;
      const x = colX(frame, col);
      const width = colX(frame, Math.min(tile.window.right, col + tile.step_col)) - x - gap;
      if (x + width <= frame.left || x >= frame.left + frame.width) continue;
      if (large) drawKernel(pen, data, i, j, { x, y, width, height }, domain, dark, inks);
      else if (picture) pen.drawImage(picture, j * across, i * down, across, down, x, y, width, height);
    }
  }
}

/** One kernel, value by value: there is room for the signs of what is no number. */
function drawKernel(
  pen: Pen,
  { tile, values }: TileData,
  i: number,
  j: number,
  box: { x: number; y: number; width: number; height: number },
  domain: number,
  dark: boolean,
  inks: Inks,
): void {
  const map = divergingMap(dark);
  const [down, across] = tile.within ?? [1, 1];
  const { first, stride } = placeOf(tile, i, j);
  for (let a = 0; a < down; a++) {
    const [y, below] = [box.y + Math.round((a * box.height) / down), box.y + Math.round(((a + 1) * box.height) / down)];
    for (let b = 0; b < across; b++) {
      const [x, right] = [
        box.x + Math.round((b * box.width) / across),
        box.x + Math.round(((b + 1) * box.width) / across),
      ];
      const value = values[first + a * stride + b] ?? 0;
      pen.fillStyle = Number.isFinite(value) ? map.css(value / domain) : inks.faint;
      pen.fillRect(x, y, right - x, below - y);
      if (!Number.isFinite(value)) drawMark(pen, value, x, y, right - x, below - y, inks);
    }
  }
}
