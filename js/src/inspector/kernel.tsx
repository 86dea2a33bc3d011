// biome-ignore-all lint/a11y/noRedundantRoles: cells that are laid out as boxes lose the roles of a table
// biome-ignore-all lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table in which one moves
/** The kernel under the cursor, value by value, beside the picture of all: choosing one sets where the slice stands. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { brief, num } from "../format";
import { innerShape, placeIn, planeAt } from "../kernels";
import { axisPlace } from "../plane";
import { divergingMap, inkOn } from "../plots/colormap";
import type { Plane } from "../protocol";
import { useStore } from "../view";

const WIDTH = 128;
const HEIGHT = 84;
const PRINTED = 30; // narrower or lower cells have no room for a number
const LOW = 14;

const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

export function KernelTable(props: { plane: Plane; values: Float32Array | null }): JSX.Element {
  const { plane, values } = props;
  const { pane, dark } = useStore();
  const shape = pane.line.value?.shape ?? [];
  const axes = pane.description.value?.axes ?? [];
  const inner = pane.inner.value;
  const [rows, cols] = innerShape(shape, inner);
  const [at, across] = placeIn(plane, shape, inner);
  const [row, col] = pane.cursor.value;
  const domain = pane.description.value?.domain || 1;
  const height = Math.min(HEIGHT / Math.max(3, rows), WIDTH / cols);
  const wide = Math.min(WIDTH / cols, height * 1.6);
  const printed = wide >= PRINTED && height >= LOW;
  const width = printed ? wide : Math.min(wide, height);
  const choose = (a: number, b: number): void => pane.setPlane(planeAt(plane, shape, inner, [a, b]));
  const table = useRef<HTMLTableElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = STEPS[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const [a, b] = [at + by[0], across + by[1]];
    if (a < 0 || a >= rows || b < 0 || b >= cols) return;
    choose(a, b);
    table.current?.rows[a]?.cells[b]?.focus();
  };
  const cell = (a: number, b: number): JSX.Element => {
    const value = values?.[a * cols + b];
    const chosen = a === at && b === across;
    const rgb = divergingMap(dark.value).rgb(Number.isFinite(value) ? (value ?? 0) / domain : Number.NaN); // as in the picture
    const text = value === undefined ? "" : num(value);
    return (
      <td
        key={b}
        role="gridcell"
        tabIndex={chosen ? 0 : -1}
        aria-selected={chosen}
        aria-label={printed ? undefined : text}
        title={text}
        class={chosen ? "on" : ""}
        style={{
          width: `${width}px`,
          height: `${height}px`,
          ...(value !== undefined && { background: `rgb(${rgb.join(",")})`, color: inkOn(rgb) }),
        }}
        onClick={() => choose(a, b)}
        onKeyDown={onKeyDown}
      >
        {printed && value !== undefined ? brief(value) : ""}
      </td>
    );
  };
  const place = `${axisPlace(axes, plane.rows, row)}, ${axisPlace(axes, plane.cols, col)}`; // either may be the inputs
  return (
    <div class="pw-kern">
      <table role="grid" aria-label={`Kernel of ${place}`} ref={table}>
        <tbody role="rowgroup">
          {Array.from({ length: rows }, (_, a) => (
            <tr key={a} role="row">
              {Array.from({ length: cols }, (_, b) => cell(a, b))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
