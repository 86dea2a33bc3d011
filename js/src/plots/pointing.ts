/** What the pointer does in the grid: clicks set the cursor, drags select, headers select a whole row or column. */

import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Window } from "../protocol";
import type { Cell } from "./selection";
import { cellUnder, type Sheet } from "./sheet";

export interface Pointing {
  pane: RefObject<HTMLElement | null>;
  sheet: Sheet;
  /** Whether the sheet is the plane with rows and columns swapped: cells are marked with their place on the plane. */
  upright: boolean;
  offset: { x: number; y: number };
  /** True if the click was used up, by a cell that is being edited. */
  leave(cell: Cell): boolean;
  point(cell: Cell): void;
  extend(cell: Cell): void;
  /** A drag from a cell to another one. */
  span(from: Cell, to: Cell): void;
  /** A header: a row, a column, or all. */
  line(window: Window): void;
}

export interface Pointer {
  onPointerDown(event: PointerEvent): void;
  /** The cell where a drag began, as long as the pointer is down. */
  readonly drag: RefObject<Cell | null>;
}

export function usePointing(pointing: Pointing): Pointer {
  const drag = useRef<Cell | null>(null);
  const latest = useRef(pointing);
  latest.current = pointing;

  useEffect(() => {
    const move = (event: PointerEvent) => {
      const from = drag.current;
      if (!from) return;
      if ((event.buttons & 1) === 0) {
        drag.current = null;
        return;
      }
      const { pane, sheet, offset, span } = latest.current;
      const box = pane.current?.getBoundingClientRect();
      span(from, cellUnder(sheet, event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0), offset));
    };
    const end = () => {
      drag.current = null;
    };
    // On the document: a drag goes on outside of the grid.
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", end);
    return () => {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", end);
    };
  }, []);

  const onPointerDown = (event: PointerEvent) => {
    const place = event.target instanceof Element ? event.target.closest<HTMLElement>("td,th") : null;
    if (!place || event.button !== 0 || place.classList.contains("open")) return;
    event.preventDefault();
    const { row, col } = place.dataset;
    if (place.tagName === "TH") return pointing.line(lineOf(row, col, pointing.sheet.shape));
    const cell: Cell = pointing.upright ? [Number(col), Number(row)] : [Number(row), Number(col)];
    if (pointing.leave(cell)) return;
    if (event.shiftKey) return pointing.extend(cell);
    drag.current = cell;
    pointing.point(cell);
    place.focus({ preventScroll: true });
  };
  return { onPointerDown, drag };
}

function lineOf(row: string | undefined, col: string | undefined, shape: readonly [number, number]): Window {
  return {
    top: row === undefined ? 0 : Number(row),
    bottom: row === undefined ? shape[0] : Number(row) + 1,
    left: col === undefined ? 0 : Number(col),
    right: col === undefined ? shape[1] : Number(col) + 1,
  };
}
