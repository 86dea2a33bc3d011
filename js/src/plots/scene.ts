/** Draws a whole heatmap, back to front. Pure apart from the pen. */

import type { Window } from "../protocol";
import { barSpan, drawBarAxes, drawBars } from "./bars";
import { clearTile, drawAxes, drawNorms, drawOutline, drawTile, fits, type TileData } from "./draw";
import type { Frame } from "./frame";
import { drawCursor, drawSelection } from "./marks";
import type { Inks, Pen } from "./pen";
import type { Cell } from "./selection";

export interface Scene {
  frame: Frame;
  data: TileData;
  /** A tile of the whole plane, drawn below, so that panning never shows an empty pane. */
  backdrop: TileData | null;
  picture: (data: TileData) => CanvasImageSource | null;
  domain: number;
  dark: boolean;
  inks: Inks;
  cursor: Cell;
  selection: Window | null;
  dashed: boolean;
}

export function drawScene(pen: Pen, scene: Scene): void {
  const { frame, data, backdrop, picture, domain, dark, inks } = scene;
  if (frame.kind === "bars") {
    drawBarAxes(pen, frame, domain, inks);
    if (fits(data, frame)) drawBars(pen, frame, data, domain, dark, inks);
  } else {
    if (backdrop && backdrop !== data && fits(backdrop, frame)) {
      drawTile(pen, frame, backdrop, picture(backdrop), domain, dark, inks);
      if (fits(data, frame)) clearTile(pen, frame, data, inks);
    }
    if (fits(data, frame)) {
      drawTile(pen, frame, data, picture(data), domain, dark, inks);
      if (frame.shape[0] > 1) drawNorms(pen, frame, data, inks);
    }
    drawOutline(pen, frame, inks);
    drawAxes(pen, frame, inks);
  }
  const { selection } = scene;
  if (selection && !isWhole(selection, frame)) drawSelection(pen, frame, selection, scene.dashed, inks);
  const bar = frame.kind === "bars" ? barSpan(frame, data, domain, scene.cursor[1]) : null;
  drawCursor(pen, frame, scene.cursor, bar, inks);
}

function isWhole(window: Window, frame: Frame): boolean {
  const [rows, cols] = frame.shape;
  return window.top <= 0 && window.left <= 0 && window.bottom >= rows && window.right >= cols;
}
