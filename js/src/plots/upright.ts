/**
 * A plane of one row is shown as a column: upright, more of it is on the screen. All that goes in and out is swapped
 * here, so that the sheet knows screen places only, and its owner plane places only.
 */

import { useMemo } from "preact/hooks";
import type { Window } from "../protocol";
import type { Page } from "./feed";
import type { ValuesProps } from "./values";

export interface UprightProps extends ValuesProps {
  /** Whether the sheet is the plane with rows and columns swapped. */
  flipped: boolean;
}

export function useUpright(props: ValuesProps): UprightProps {
  const { shape, axes, cursor, selection } = props;
  const flipped = shape[0] === 1 && shape[1] > 1;
  // Dependencies: a page that is the same one must stay so, each new one counts as a write
  const written = useMemo(
    () => (flipped && props.written ? pageOf(props.written) : props.written),
    [flipped, props.written],
  );
  if (!flipped) return { ...props, flipped };
  return {
    ...props,
    flipped,
    written,
    shape: [shape[1], shape[0]],
    axes: [axes[1], axes[0]],
    cursor: [cursor[1], cursor[0]],
    selection: selection && swapped(selection),
    address: (row, col) => props.address(col, row),
    fetch: async (window, signal) => pageOf(await props.fetch(swapped(window), signal)),
    onCursor: (row, col) => props.onCursor(col, row),
    onSelect: (window) => props.onSelect(window && swapped(window)),
    onCommit: (window, text) => props.onCommit(swapped(window), text),
    onPaste: (row, col, texts) => props.onPaste(col, row, transposed(texts)),
  };
}

function swapped({ top, bottom, left, right }: Window): Window {
  return { top: left, bottom: right, left: top, right: bottom };
}

function pageOf({ window, cells }: Page): Page {
  return { window: swapped(window), cells: transposed(cells) };
}

/** Rows as columns; all rows are as long as the first. */
export function transposed<Item>(rows: readonly (readonly Item[])[]): Item[][] {
  return (rows[0] ?? []).map((_, j) => rows.map((row) => row[j] as Item));
}
