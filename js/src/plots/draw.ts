/** Draws a plane of cells: the tile, its margins, and the axes. Pure apart from the pen. */

import type { Tile } from "../protocol";
import { divergingMap } from "./colormap";
import { colX, type Frame, gapOf, rowY } from "./frame";
import { drawKernels, isKernels } from "./kernels";
import { drawMark } from "./nonfinite";
import type { Inks, Pen } from "./pen";
import { labelGap, textWidth, ticks } from "./ticks";

export interface TileData {
  tile: Tile;
  values: Float32Array;
  rowNorms: Float32Array;
  colNorms: Float32Array;
}

const DRAWN_AS_CELL = 6;
const TALLEST = 11;
const LONGEST = 20;

export function fits(data: TileData, frame: Frame): boolean {
  return data.tile.window.bottom <= frame.shape[0] && data.tile.window.right <= frame.shape[1];
}

/** Draws the cells: as a picture when they are small, one by one when there is room for gaps and signs. */
export function drawTile(
  pen: Pen,
  frame: Frame,
  data: TileData,
  picture: CanvasImageSource | null,
  domain: number,
  dark: boolean,
  inks: Inks,
): void {
  const { tile } = data;
  const [width, height] = [frame.scale.col * tile.step_col, frame.scale.row * tile.step_row];
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.width, frame.height);
  pen.clip();
  if (isKernels(tile)) drawKernels(pen, frame, data, picture, domain, dark, inks);
  else if (width >= DRAWN_AS_CELL && height >= DRAWN_AS_CELL) drawCells(pen, frame, data, domain, dark, inks);
  else if (picture) drawPicture(pen, frame, tile, picture);
  pen.restore();
}

/** The whole tile as one picture. The last drawn cell may cover less than a whole step; the clip cuts what is too much. */
export function drawPicture(pen: Pen, frame: Frame, tile: Tile, picture: CanvasImageSource): void {
  const { top, left } = tile.window;
  const [x, y] = [colX(frame, left), rowY(frame, top)];
  pen.imageSmoothingEnabled = false;
  pen.drawImage(
    picture,
    x,
    y,
    colX(frame, left + tile.width * tile.step_col) - x,
    rowY(frame, top + tile.height * tile.step_row) - y,
  );
}

/** Takes away what lies below a tile: it would show in the gaps between the cells. */
export function clearTile(pen: Pen, frame: Frame, { tile }: TileData, inks: Inks): void {
  const { top, bottom, left, right } = tile.window;
  const [x, end] = [Math.max(frame.left, colX(frame, left)), Math.min(frame.left + frame.width, colX(frame, right))];
  const [y, below] = [Math.max(frame.top, rowY(frame, top)), Math.min(frame.top + frame.height, rowY(frame, bottom))];
  if (end <= x || below <= y) return;
  pen.fillStyle = inks.bg;
  pen.fillRect(x, y, end - x, below - y);
}

function drawCells(pen: Pen, frame: Frame, data: TileData, domain: number, dark: boolean, inks: Inks): void {
  const { tile, values } = data;
  const map = divergingMap(dark);
  const gap = gapOf(frame.scale.row * tile.step_row, frame.scale.col * tile.step_col);
  for (let i = 0; i < tile.height; i++) {
    const row = tile.window.top + i * tile.step_row;
    const [y, below] = [rowY(frame, row), rowY(frame, Math.min(tile.window.bottom, row + tile.step_row))];
    if (below <= frame.top || y >= frame.top + frame.height) continue;
    for (let j = 0; j < tile.width; j++) {
      const col = tile.window.left + j * tile.step_col;
      const x = colX(frame, col);
      const width = colX(frame, Math.min(tile.window.right, col + tile.step_col)) - x - gap;
      if (x + width <= frame.left || x >= frame.left + frame.width) continue;
      const value = values[i * tile.width + j] ?? 0;
      pen.fillStyle = Number.isFinite(value) ? map.css(value / domain) : inks.faint;
      pen.fillRect(x, y, width, below - y - gap);
      if (!Number.isFinite(value)) drawMark(pen, value, x, y, width, below - y - gap, inks);
    }
  }
}

export function drawOutline(pen: Pen, frame: Frame, inks: Inks): void {
  const gap = gapOf(frame.scale.row, frame.scale.col);
  pen.strokeStyle = inks.fg;
  pen.globalAlpha = 0.18;
  pen.lineWidth = 1;
  pen.strokeRect(frame.left - 1.5, frame.top - 1.5, frame.width + 3 - gap, frame.height + 3 - gap);
  pen.globalAlpha = 1;
}

/** L2 norms as bars: of the columns above, of the rows at the right. */
export function drawNorms(pen: Pen, frame: Frame, data: TileData, inks: Inks): void {
  const { tile, colNorms, rowNorms } = data;
  const { top, left } = tile.window;
  const [tallest, longest] = [largest(colNorms), largest(rowNorms)];
  const gap = gapOf(frame.scale.row * tile.step_row, frame.scale.col * tile.step_col);
  const [right, bottom] = [frame.left + frame.width, frame.top + frame.height];
  pen.fillStyle = inks.mute;
  pen.globalAlpha = 0.5;
  for (let j = 0; j < tile.width; j++) {
    const x = Math.max(frame.left, colX(frame, left + j * tile.step_col));
    const end = Math.min(right, colX(frame, left + (j + 1) * tile.step_col));
    const height = ((colNorms[j] ?? 0) / tallest) * TALLEST;
    if (end > x) pen.fillRect(x, frame.top - 4 - height, Math.max(1 / frame.ratio, end - x - gap), height);
  }
  for (let i = 0; i < tile.height; i++) {
    const y = Math.max(frame.top, rowY(frame, top + i * tile.step_row));
    const end = Math.min(bottom, rowY(frame, top + (i + 1) * tile.step_row));
    const width = ((rowNorms[i] ?? 0) / longest) * LONGEST;
    if (end > y) pen.fillRect(right + 4, y, width, Math.max(1 / frame.ratio, end - y - gap));
  }
  pen.globalAlpha = 1;
}

function largest(norms: Float32Array): number {
  let most = 0;
  for (const norm of norms) if (Number.isFinite(norm) && norm > most) most = norm;
  return most || 1;
}

export function drawAxes(pen: Pen, frame: Frame, inks: Inks): void {
  const { left, top, width, height, view, scale, axes, shape } = frame;
  if (shape[0] === 1 && shape[1] === 1) return;
  const gap = gapOf(scale.row, scale.col);
  pen.font = inks.font;
  pen.fillStyle = inks.mute;
  pen.textAlign = "center";
  pen.textBaseline = "alphabetic";
  for (const col of ticks(view.left, view.left + width / scale.col, scale.col, labelGap(shape[1] - 1))) {
    const x = Math.max(left + 3, colX(frame, col + 0.5) - gap / 2);
    // The name of the axis stands at the right of the numbers, on the same line.
    if (x + textWidth(String(col)) / 2 <= left + width + 2) pen.fillText(String(col), x, 9);
  }
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  const rows = shape[0] === 1 ? [] : ticks(view.top, view.top + height / scale.row, scale.row, 13);
  for (const row of rows) {
    pen.fillText(String(row), left - 6, Math.max(top + 4, rowY(frame, row + 0.5) - gap / 2));
  }
  pen.textBaseline = "alphabetic";
  pen.fillText(shorten(axes[0]), left - 6, top - 6);
  pen.textAlign = "left";
  pen.fillText(shorten(axes[1]), left + width + 4, 9);
}

export function shorten(name: string): string {
  return name.length > 11 ? `${name.slice(0, 10)}…` : name;
}
