/** Beside the heatmap: where the free axes stand, and what the cursor reads. */

import type { JSX } from "preact";
import { capital, minus, num, typed } from "../format";
import { axisName, axisPlace, cellText, planeShape, samePlane } from "../plane";
import { divergingMap } from "../plots/colormap";
import type { TileData } from "../plots/draw";
import type { Plane, Tile } from "../protocol";
import { useStore } from "../view";
import { AxisSliders } from "./axes";

export function Rail(props: { plane: Plane }): JSX.Element {
  const { plane } = props;
  const { pane, dark } = useStore();
  const [row, col] = pane.cursor.value;
  const axes = pane.description.value?.axes ?? [];
  const shape = pane.line.value?.shape ?? [];
  const reading = pane.reading.value;
  const exact =
    reading && reading.row === row && reading.col === col && samePlane(reading.plane, plane) ? reading : null;
  const picture = pane.tile.value;
  const data = picture && samePlane(picture.tile.plane, plane) ? picture : null;
  const value = exact?.value ?? drawn(data, row, col);
  const earlier = pane.before.tile.value;
  const old = earlier && samePlane(earlier.tile.plane, plane) ? drawn(earlier, row, col) : null;
  const domain = pane.description.value?.domain || 1;
  const norms = data ? marginNorms(data, planeShape(plane, shape), row, col) : null;
  const note = picture ? detail(picture.tile, axes) : "";
  const text = value === null ? "" : typed(value, pane.line.value?.dtype ?? "");
  const whole = exact ? minus(exact.text) : "";
  return (
    <aside class="pw-rail" aria-label="Reading">
      <AxisSliders plane={plane} />
      <div aria-live="polite">
        <div class="ix">{cellText(plane, row, col)}</div>
        <div class="big">
          {text || <i class="skel" />}
          {value !== null && <i style={{ background: divergingMap(dark.value).css(value / domain) }} />}
        </div>
        <div class="ex" title={`exactly ${whole}`}>
          {whole === text ? "" : whole}
          {exact?.edited && <span class="mk ed" title="edited" />}
        </div>
      </div>
      <dl>
        {old !== null && (
          <>
            <dt>before</dt>
            <dd>{typed(old, pane.line.value?.dtype ?? "")}</dd>
          </>
        )}
        {norms?.row !== undefined && (
          <>
            <dt>L2 {axisPlace(axes, plane.rows, row)}</dt>
            <dd>{num(norms.row)}</dd>
          </>
        )}
        {norms?.col !== undefined && (
          <>
            <dt>L2 {axisPlace(axes, plane.cols, col)}</dt>
            <dd>{num(norms.col)}</dd>
          </>
        )}
      </dl>
      {note && <div class="pw-note mut">{note}</div>}
    </aside>
  );
}

/** The drawn value, where one drawn cell is one value. */
function drawn(data: TileData | null, row: number, col: number): number | null {
  if (!data) return null;
  const { window, step_row, step_col, width } = data.tile;
  if (step_row !== 1 || step_col !== 1) return null;
  if (row < window.top || row >= window.bottom || col < window.left || col >= window.right) return null;
  return data.values[(row - window.top) * width + (col - window.left)] ?? null;
}

/** Norms of the cursor's row and column; only where the tile holds all of it, and by itself. */
function marginNorms(
  data: TileData,
  [rows, cols]: readonly [number, number],
  row: number,
  col: number,
): { row: number | undefined; col: number | undefined } {
  const { window, step_row, step_col, sampled } = data.tile;
  const wide = window.left === 0 && window.right === cols;
  const tall = window.top === 0 && window.bottom === rows && sampled === 1;
  return {
    row: wide && step_row === 1 && rows > 1 ? data.rowNorms[row - window.top] : undefined,
    col: tall && step_col === 1 && rows > 1 ? data.colNorms[col - window.left] : undefined,
  };
}

/** What the picture leaves out; nothing if it leaves out nothing. */
export function detail(tile: Tile, axes: readonly string[]): string {
  const parts = [
    tile.step_col > 1 ? `${tile.step_col} ${axisName(axes, tile.plane.cols)}` : "",
    tile.step_row > 1 ? `${tile.step_row} ${axisName(axes, tile.plane.rows)}` : "",
  ].filter(Boolean);
  const reduced = parts.length > 0 ? `1 px = ${parts.join(" × ")}, largest |w| shown` : "";
  const sampled = tile.sampled > 1 ? `sampled 1 row of ${tile.sampled}` : "";
  return capital([reduced, sampled].filter(Boolean).join("; "));
}
