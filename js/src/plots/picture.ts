/** The picture of a tile, one pixel for each drawn value; kept as long as the tile is. */

import { paint } from "./colormap";
import type { TileData } from "./draw";

interface Painted {
  canvas: HTMLCanvasElement;
  domain: number;
  dark: boolean;
}

const painted = new WeakMap<TileData, Painted>();

/** Null where there is no canvas to paint on. */
export function pictureOf(data: TileData, domain: number, dark: boolean): HTMLCanvasElement | null {
  const known = painted.get(data);
  if (known && known.domain === domain && known.dark === dark) return known.canvas;
  const canvas = known?.canvas ?? document.createElement("canvas");
  const [down, across] = data.tile.within ?? [1, 1];
  canvas.width = data.tile.width * across;
  canvas.height = data.tile.height * down;
  const context = canvas.getContext("2d");
  if (!context) return null;
  const image = context.createImageData(canvas.width, canvas.height);
  paint(data.values, domain, dark, image.data);
  context.putImageData(image, 0, 0);
  painted.set(data, { canvas, domain, dark });
  return canvas;
}
