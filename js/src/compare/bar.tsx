/** Above the pictures of a comparison: which tensor, which slice of it, what the cursor reads, and what can be taken from A. */

import type { JSX } from "preact";
import { int, name, signed, typed } from "../format";
import { CloseIcon, SwapIcon } from "../icons";
import { axisName, cellText, cellWindow, freeAxes, sizeOf, windowSize, withIndex } from "../plane";
import type { ComparedRow, Plane, Window } from "../protocol";
import type { PairData } from "../store/compare";
import { useStore } from "../view";

export function Bar(): JSX.Element {
  const { compare, states, fixed } = useStore();
  const rows = compare.table.value?.rows ?? [];
  const differing = compare.table.value?.differing ?? 0;
  const at = rows.findIndex((row) => row.path === compare.path.value);
  const off = fixed.value || (at < 0 ? "Nothing to restore" : states.a.value.kind === "now" ? IS_NOW : "");
  return (
    <div class="pw-cb">
      <b>Compare</b>
      {rows.length > 0 && (
        <select
          class="pick"
          aria-label="Tensor, only those that differ"
          value={compare.path.value}
          onChange={(event) => compare.pickTensor(event.currentTarget.value)}
        >
          {rows.map((row) => (
            <option key={row.path} value={row.path}>
              {name(row.path)} · {sizeText(row)}
            </option>
          ))}
        </select>
      )}
      {at >= 0 && (
        <span class="mut">
          {int(at + 1)} of {int(differing)} that differ
        </span>
      )}
      <span class="sp" />
      <div class="seg" role="radiogroup" aria-label="Difference">
        {[false, true].map((relative) => (
          <button
            key={String(relative)}
            type="button"
            role="radio"
            aria-checked={compare.relative.value === relative}
            title={relative ? "(B − A) / |A|" : undefined}
            onClick={() => (compare.relative.value = relative)}
          >
            {relative ? "relative" : "B − A"}
          </button>
        ))}
      </div>
      <button type="button" class="btn ic" aria-label="Swap A and B" title="Swap A and B" onClick={states.swap}>
        <SwapIcon />
      </button>
      <i class="vr" />
      <button
        type="button"
        class="btn line"
        aria-disabled={off !== ""}
        title={off || `Bring ${name(compare.path.value)} back as it is in A`}
        onClick={() => off === "" && void compare.restore()}
      >
        Restore A
      </button>
      <button type="button" class="btn ic x" aria-label="Close compare" title="Close · Esc" onClick={compare.close}>
        <CloseIcon />
      </button>
    </div>
  );
}

/** Which part of the tensor, and what the cursor reads there in A and in B. */
export function Place(): JSX.Element | null {
  const { compare, states, fixed } = useStore();
  const window = compare.selection.value ?? cellWindow(...compare.cursor.value);
  const cells = windowSize(window);
  const plane = compare.plane.value;
  const data = compare.pair.value;
  if (!plane || !data) return null;
  const held = states.b.value.kind === "now" && isSame(data, window);
  const off = fixed.value || (states.a.value.kind === "now" ? IS_NOW : held ? "The model holds this already" : "");
  return (
    <div class="pw-cb">
      <Reading />
      <span class="sp" />
      <Axes plane={plane} />
      <button
        type="button"
        class="btn line"
        aria-disabled={off !== ""}
        title={off || "Copy from A into the model, as one edit"}
        onClick={() => off === "" && void compare.take()}
      >
        {cells === 1 ? "Take this cell from A" : `Take these ${int(cells)} cells from A`}
      </button>
    </div>
  );
}

function sizeText(row: ComparedRow): string {
  return row.match === "differs" || row.match === "dtype"
    ? `${int(row.changed)} changed`
    : (MATCHES[row.match] ?? row.match);
}

const MATCHES: Record<string, string> = {
  "only-a": "in A only",
  "only-b": "in B only",
  shape: "shapes differ",
  unreadable: "cannot be read",
};

/** Axes that are not on the screen: what changed may lie in another slice. */
function Axes(props: { plane: Plane }): JSX.Element {
  const { compare, tree } = useStore();
  const { plane } = props;
  const shape = tree.line(compare.path.value)?.shape ?? [];
  return (
    <span class="pw-slices">
      {freeAxes(plane, shape).map((axis) => (
        <label key={axis}>
          <span class="mut">{axisName(compare.axes.value, axis)}</span>
          <input
            class="fld"
            type="number"
            min={0}
            max={sizeOf(shape, axis) - 1}
            aria-label={`Index on ${axisName(compare.axes.value, axis)}`}
            value={plane.fixed[axis] ?? 0}
            onInput={(event) => compare.setPlane(withIndex(plane, axis, event.currentTarget.valueAsNumber || 0, shape))}
          />
        </label>
      ))}
      {plane.rows >= 0 && (
        <button
          type="button"
          class="btn ic"
          aria-label="Swap rows and columns"
          title="Swap rows and columns · T"
          onClick={compare.turn}
        >
          <span class="turn">
            <SwapIcon />
          </span>
        </button>
      )}
    </span>
  );
}

function Reading(): JSX.Element {
  const { compare, tree } = useStore();
  const data = compare.pair.value;
  const plane = compare.plane.value;
  const [row, col] = compare.cursor.value;
  const dtype = tree.line(compare.path.value)?.dtype ?? "";
  const values = data && valuesAt(data, row, col);
  return (
    <span class="pw-read" aria-live="polite">
      {plane && values && (
        <>
          <span class="mono">{cellText(plane, row, col)}</span>
          <span>
            <span class="mut">A</span> {typed(values.a, dtype)}
          </span>
          <span>
            <span class="mut">B</span> {typed(values.b, dtype)}
          </span>
          <span>
            <span class="mut">Δ{compare.relative.value && "/|A|"}</span> {signed(values.difference)}
          </span>
          {values.reduced && <span class="mut">largest of the cells drawn together</span>}
        </>
      )}
    </span>
  );
}

const IS_NOW = "A is the model as it is now";

/** Whether all cells of a window are known to be equal in A and B. */
function isSame({ pair, a, b, difference }: PairData, cells: Window): boolean {
  const { window, step_row, step_col, width } = pair;
  const { top, left } = window;
  if (cells.top < top || cells.left < left || cells.bottom > window.bottom || cells.right > window.right) return false;
  if (step_row * step_col > 1) return false; // what is drawn together may be a sample
  for (let row = cells.top; row < cells.bottom; row += 1) {
    for (let col = cells.left; col < cells.right; col += 1) {
      const at = (row - top) * width + col - left;
      if (difference.values[at] !== 0 || !Object.is(a.values[at], b.values[at])) return false; // -0 is not 0
    }
  }
  return true;
}

function valuesAt({ pair, a, b, difference }: PairData, row: number, col: number) {
  const { window, step_row, step_col, width } = pair;
  if (row < window.top || row >= window.bottom || col < window.left || col >= window.right) return null;
  const at = Math.floor((row - window.top) / step_row) * width + Math.floor((col - window.left) / step_col);
  return {
    a: a.values[at] ?? Number.NaN,
    b: b.values[at] ?? Number.NaN,
    difference: difference.values[at] ?? Number.NaN,
    reduced: step_row * step_col > 1,
  };
}
