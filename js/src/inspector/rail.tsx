/** Beside the heatmap: where the free axes stand, and what the cursor reads. */

import type { JSX } from "preact";
import { capital, minus, num, typed } from "../format";
import { placeIn } from "../kernels";
import { axisName, axisPlace, cellText, planeShape, sameAxes, samePlane } from "../plane";
import { divergingMap } from "../plots/colormap";
import type { TileData } from "../plots/draw";
import { isKernels, placeOf } from "../plots/kernels";
import { holds } from "../plots/selection";
import type { Plane, Tile } from "../protocol";
import { useStore } from "../view";
import { AxisSliders } from "./axes";
import { KernelTable } from "./kernel";

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
  const inner = pane.inner.value;
  const opened = inner.length > 0;
  const place = opened ? placeIn(plane, shape, inner) : FLAT;
  const same = opened ? sameAxes : samePlane; // a kernel holds all slices
  const fits = (tile: TileData | null): tile is TileData =>
    tile !== null && isKernels(tile.tile) === opened && same(tile.tile.plane, plane);
  const data = fits(picture) ? picture : null;
  const single = fits(pane.kernel.value) ? pane.kernel.value : null;
  const value = exact?.value ?? drawn(data, row, col, place);
  const earlier = pane.before.tile.value;
  const old = fits(earlier) ? drawn(earlier, row, col, place) : null;
  const domain = pane.description.value?.domain || 1;
  const norms = data ? marginNorms(data, planeShape(plane, shape), row, col) : null;
  const note = picture ? detail(picture.tile, axes) : "";
  const text = value === null ? "" : typed(value, pane.line.value?.dtype ?? "");
  const whole = exact ? minus(exact.text) : "";
  return (
    <aside class="pw-rail" aria-label="Reading">
      {!opened && <AxisSliders plane={plane} />}
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
      {opened && <KernelTable plane={plane} values={kernelAt(data, row, col) ?? kernelAt(single, row, col)} />}
      {note && <div class="pw-note mut">{note}</div>}
    </aside>
  );
}

const FLAT = [0, 0] as const;

/** Whether a cell is drawn by itself. */
function holdsAlone({ tile }: TileData, row: number, col: number): boolean {
  return tile.step_row === 1 && tile.step_col === 1 && holds(tile.window, row, col);
}

/** The drawn value, where one drawn cell is one value, or one kernel that has it at `place`. */
function drawn(data: TileData | null, row: number, col: number, place: readonly [number, number]): number | null {
  if (!data || !holdsAlone(data, row, col)) return null;
  const { window } = data.tile;
  const { first, stride } = placeOf(data.tile, row - window.top, col - window.left);
  return data.values[first + place[0] * stride + place[1]] ?? null;
}

/** All values of a drawn kernel, row by row. */
function kernelAt(data: TileData | null, row: number, col: number): Float32Array | null {
  if (!data || !isKernels(data.tile) || !holdsAlone(data, row, col)) return null;
  const { window, within } = data.tile;
  const [down, across] = within ?? FLAT;
  const { first, stride } = placeOf(data.tile, row - window.top, col - window.left);
  return Float32Array.from({ length: down * across }, (_, at) => {
    return data.values[first + Math.floor(at / across) * stride + (at % across)] ?? 0;
  });
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
  const unit = isKernels(tile) ? "1 tile" : "1 px";
  const reduced = parts.length > 0 ? `${unit} = ${parts.join(" × ")}, largest |w| shown` : "";
  const sampled = tile.sampled > 1 ? `sampled 1 row of ${tile.sampled}` : "";
  return capital([reduced, sampled].filter(Boolean).join("; "));
}
