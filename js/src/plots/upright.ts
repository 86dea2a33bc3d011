/**
 * A tensor of rank 1 is shown as a column: upright, more of it is on the screen. All that goes in and out is swapped
 * here, so that the sheet knows screen places only, and its owner plane places only. Planes of two axes are never turned
 * here: their menus say which axis goes down.
 */

import { useMemo } from "preact/hooks";
import type { Window } from "../protocol";
import type { Page } from "./feed";
import type { ValuesProps } from "./values";

export function useUpright(props: ValuesProps): ValuesProps {
  const { upright, shape, axes, cursor, selection } = props;
  // Dependencies: a page that is the same one must stay so, each new one counts as a write
  const written = useMemo(
    () => (upright && props.written ? pageOf(props.written) : props.written),
    [upright, props.written],
  );
  if (!upright) return props;
  return {
    ...props,
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
function transposed<Item>(rows: readonly (readonly Item[])[]): Item[][] {
  return (rows[0] ?? []).map((_, j) => rows.map((row) => row[j] as Item));
}
