// biome-ignore-all lint/a11y/noRedundantRoles: rows and cells are laid out as blocks, which takes their roles away
// biome-ignore-all lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table that can be edited
/** The cells on the screen as a table that a screen reader can read. Renders only; all behaviour comes in as props. */

import type { JSX, TableHTMLAttributes } from "preact";
import { minus } from "../format";
import type { Window } from "../protocol";
import type { CellData, CellStore } from "./cells";
import { isExact, numberOf, shownText } from "./celltext";
import { divergingMap } from "./colormap";
import { type Edit, type Pending, pendingAt } from "./editor";
import { type Cell, holds } from "./selection";
import { BUBBLE, BUBBLE_WIDTH, cornerText, HEADER, px, ROW, type Sheet } from "./sheet";

export interface GridProps {
  sheet: Sheet;
  /** Whether the sheet is the plane with rows and columns swapped. */
  upright: boolean;
  /** Offset of the view into the sheet, and the cells in view. */
  offset: { x: number; y: number };
  window: Window;
  store: CellStore;
  /** Drawn where there is no cell of this plane yet. */
  past: CellStore | null;
  axes: readonly [string, string];
  dtype: string;
  domain: number;
  dark: boolean;
  cursor: Cell;
  selection: Window | null;
  locked: string;
  label: string;
  edit: Edit | null;
  pending: readonly Pending[];
  /** The cell that is edited, with its input. */
  editor(cell: { below: boolean; before: boolean }): JSX.Element;
  on: TableHTMLAttributes<HTMLTableElement>;
}

export function Grid(props: GridProps): JSX.Element {
  const { sheet, window, cursor, axes, selection } = props;
  const within = selection ?? { top: cursor[0], bottom: cursor[0] + 1, left: cursor[1], right: cursor[1] + 1 };
  const isNameless = sheet.shape[1] === 1 && axes[1] === "";
  const rows = indices(window.top, window.bottom, cursor[0]);
  const cols = indices(window.left, window.right);
  return (
    <>
      <table
        role="grid"
        aria-label={props.label}
        aria-rowcount={sheet.shape[0] + 1}
        aria-colcount={sheet.shape[1] + 1}
        aria-readonly={props.locked !== ""}
        aria-multiselectable="true"
        {...props.on}
      >
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            <th
              role="columnheader"
              scope="col"
              aria-colindex={1}
              style={{ left: 0, top: 0, width: px(sheet.head), height: px(HEADER) }}
            >
              {cornerText(axes)}
            </th>
            {cols.map((col) => (
              <th
                key={col}
                role="columnheader"
                scope="col"
                aria-colindex={col + 2}
                data-col={col}
                class={col >= within.left && col < within.right ? "hl" : ""}
                style={{ left: px(colX(props, col)), top: 0, width: px(sheet.col), height: px(HEADER) }}
              >
                {isNameless ? "value" : col}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={row} role="row" aria-rowindex={row + 2}>
              <th
                role="rowheader"
                scope="row"
                aria-colindex={1}
                data-row={row}
                class={row >= within.top && row < within.bottom ? "hl" : ""}
                style={{ left: 0, top: px(rowY(props, row)), width: px(sheet.head), height: px(ROW) }}
              >
                {row}
              </th>
              {(row === cursor[0] ? indices(window.left, window.right, cursor[1]) : cols).map((col) => (
                <GridCell key={col} row={row} col={col} grid={props} inside={holds(within, row, col)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {selection && <Outline grid={props} window={selection} />}
    </>
  );
}

function GridCell(props: { row: number; col: number; grid: GridProps; inside: boolean }): JSX.Element {
  const { row, col, grid } = props;
  const { edit, cursor, sheet, dtype } = grid;
  const known = grid.store.get(row, col);
  const cell = known ?? grid.past?.get(row, col);
  const current = row === cursor[0] && col === cursor[1];
  const editing = edit !== null && edit.row === row && edit.col === col;
  const waiting = pendingAt(grid.pending, row, col);
  const value = cell ? numberOf(cell) : 0;
  const odd = cell !== undefined && !isExact(dtype) && !Number.isFinite(value);
  const classes = [cell?.edited && "ed", current && "cur", waiting && "wait", odd && "odd", editing && "open"];
  return (
    <td
      role="gridcell"
      aria-colindex={col + 2}
      aria-selected={props.inside}
      aria-busy={waiting !== null || !known}
      tabIndex={current && !editing ? 0 : -1}
      data-row={grid.upright ? col : row}
      data-col={grid.upright ? row : col}
      title={
        known && !editing ? `${minus(known.text)}${known.edited ? " · differs from the loaded model" : ""}` : undefined
      }
      class={classes.filter(Boolean).join(" ")}
      style={{
        left: px(colX(grid, col)),
        top: px(rowY(grid, row)),
        width: px(sheet.col),
        height: px(ROW),
        "--c": cell ? tint(cell, grid) : "transparent",
      }}
    >
      {editing
        ? grid.editor({ below: hasRoomBelow(grid, row), before: !hasRoomBehind(grid, col) })
        : waiting && waiting.text !== null
          ? minus(waiting.text)
          : cell && shownText(cell, dtype)}
    </td>
  );
}

/** Whether a sentence fits below a row; if it fits nowhere, below is better: above it would cover the headers. */
function hasRoomBelow(grid: GridProps, row: number): boolean {
  const top = rowY(grid, row);
  return HEADER + grid.sheet.viewHeight - top - ROW >= BUBBLE || top - HEADER < BUBBLE;
}

/** Whether a sentence fits from a column to the right, or fits nowhere. */
function hasRoomBehind(grid: GridProps, col: number): boolean {
  const { sheet } = grid;
  const left = colX(grid, col);
  return left + BUBBLE_WIDTH <= sheet.head + sheet.viewWidth || left + sheet.col < BUBBLE_WIDTH;
}

function Outline({ grid, window }: { grid: GridProps; window: Window }): JSX.Element | null {
  // Clamped to a little beyond the view: an element of a billion rows would not be drawn.
  const { sheet } = grid;
  const left = Math.max(-9, colX(grid, window.left));
  const top = Math.max(-9, rowY(grid, window.top));
  const right = Math.min(sheet.head + sheet.viewWidth + 9, colX(grid, window.right));
  const bottom = Math.min(HEADER + sheet.viewHeight + 9, rowY(grid, window.bottom));
  if (right <= left || bottom <= top) return null;
  return (
    <div class="rng" style={{ left: px(left), top: px(top), width: px(right - left), height: px(bottom - top) }} />
  );
}

/** Pale, so that the text on it stays readable. */
function tint(cell: CellData, grid: GridProps): string {
  if (!Number.isFinite(cell.value)) return "transparent";
  const [red, green, blue] = divergingMap(grid.dark).rgb((cell.value / (grid.domain || 1)) * 0.55);
  return `rgb(${red} ${green} ${blue} / ${grid.dark ? 0.8 : 0.7})`;
}

/** Indices in view, and the cursor's: its cell holds the focus, so it must not vanish. */
function indices(first: number, end: number, cursor?: number): number[] {
  const list = Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  if (cursor === undefined || (cursor >= first && cursor < end)) return list;
  return cursor < first ? [cursor, ...list] : [...list, cursor];
}

/** Far cells are kept just out of view, at coordinates that a browser can still handle. */
function colX({ sheet, offset }: GridProps, col: number): number {
  const x = sheet.head + col * sheet.col - offset.x;
  return Math.max(-sheet.col - 999, Math.min(sheet.head + sheet.viewWidth + 999, x));
}

function rowY({ offset, sheet }: GridProps, row: number): number {
  return Math.max(-999, Math.min(HEADER + sheet.viewHeight + 999, HEADER + row * ROW - offset.y));
}
