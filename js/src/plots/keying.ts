/** What keys do in the grid: numbers begin an edit, arrows move. */

import type { Window } from "../protocol";
import { type Cell, farCorner, proper, type Shape, step } from "./selection";

export interface Keying {
  editing: boolean;
  /** Why the values cannot be changed; empty if they can. */
  locked: string;
  dtype: string;
  shape: Shape;
  cursor: Cell;
  selection: Window | null;
  /** Rows on the screen. */
  page: number;
  /** Edits the cell of the cursor. */
  begin(typed?: string): void;
  select(window: Window | null): void;
  point(cell: Cell): void;
  extend(cell: Cell): void;
  tell(notice: string): void;
}

/** What a number starts with. */
const STARTS = /^[-+.\d−ni]$/i;
const STARTS_BOOL = /^[-+.\d−tf]$/i;
const LETTER = /^\p{L}$/u;
const NUMBER = "Type a number.";
const TRUTH = "Type True or False.";

/** Notices about a key, beside why nothing can be changed: they are void with the next one. */
export const HINTS: readonly string[] = [NUMBER, TRUTH];

export function onGridKey(event: KeyboardEvent, on: Keying): void {
  if (on.editing || event.altKey) return;
  const command = event.ctrlKey || event.metaKey;
  const starts = on.dtype === "bool" ? STARTS_BOOL : STARTS;
  if (!command && starts.test(event.key)) on.begin(event.key.replace("−", "-"));
  else if (!command && LETTER.test(event.key)) {
    // Somebody types a value that is none: elsewhere the letter would be a shortcut, and the next ones too.
    on.tell(on.locked || (on.dtype === "bool" ? TRUTH : NUMBER));
  } else if (event.key === "F2" || (event.key === "Enter" && !command)) on.begin();
  else if (event.key === "Escape" && on.selection) on.select(null);
  else if (command && event.key.toLowerCase() === "a") {
    on.select(proper({ top: 0, bottom: on.shape[0], left: 0, right: on.shape[1] }));
  } else {
    const from = event.shiftKey ? farCorner(on.selection, on.cursor) : on.cursor;
    const next = step(event.key, command, from, on.shape, on.page);
    if (!next) return;
    if (event.shiftKey) on.extend(next);
    else on.point(next);
  }
  event.preventDefault();
  event.stopPropagation();
}
