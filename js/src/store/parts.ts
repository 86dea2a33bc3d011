/** The binary parts of answers, put beside their texts. */

import type { CellData } from "../plots/cells";
import type { TileData } from "../plots/draw";
import type { Tile } from "../protocol";
import { toBytes, toFloat32 } from "../tensor";

/** The tile with its three buffers as numbers; null if they did not come. */
export function tileData(tile: Tile, buffers: readonly DataView[]): TileData | null {
  const [values, rowNorms, colNorms] = buffers;
  if (!values || !rowNorms || !colNorms) return null;
  return { tile, values: toFloat32(values), rowNorms: toFloat32(rowNorms), colNorms: toFloat32(colNorms) };
}

/** Cells as texts, values and marks, row by row. */
export function cellsOf(texts: readonly string[][], buffers: readonly DataView[]): CellData[][] {
  const [valueBuffer, markBuffer] = buffers;
  const values = valueBuffer ? toFloat32(valueBuffer) : new Float32Array();
  const marks = markBuffer ? toBytes(markBuffer) : new Uint8Array();
  let at = 0;
  return texts.map((row) =>
    row.map((text) => {
      const cell = { text, value: values[at] ?? Number.NaN, edited: marks[at] === 1 };
      at += 1;
      return cell;
    }),
  );
}
