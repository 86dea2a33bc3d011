/** The layer tree as a flat list: which rows show, given what is open and what a filter found. Pure. */

import type { Flags, Row } from "./protocol";

export type Lock = Row[10];

/** One row of the tree, by name. `index` is its place in the whole list, `span` counts the rows below it. */
export interface Line {
  readonly index: number;
  readonly depth: number;
  readonly span: number;
  readonly path: string;
  readonly name: string;
  readonly layer: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly role: string;
  readonly size: number;
  readonly count: number;
  readonly lock: Lock;
  readonly tied: string;
  readonly edited: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
}

/** A visible row with its place among its siblings. */
export interface Shown {
  readonly line: Line;
  readonly position: number;
  readonly siblings: number;
  readonly open: boolean;
}

export function toLine(row: Row, index: number): Line {
  const [depth, span, path, name, layer, shape, dtype, role, size, count, lock, tied, edited, readable, writable] = row;
  return {
    index,
    depth,
    span,
    path,
    name,
    layer,
    shape,
    dtype,
    role,
    size,
    count,
    lock,
    tied,
    edited,
    readable,
    writable,
  };
}

export function isTensor(line: Line): boolean {
  return line.role !== "";
}

/** Its shape is not known yet. A scalar has none either, but it can be read, or at least it counts. */
export function isShapeless(line: Line): boolean {
  return isTensor(line) && !line.readable && line.count === 0 && line.shape.length === 0;
}

/** A new list in which the flagged rows are replaced. */
export function withFlags(lines: readonly Line[], flags: readonly Flags[]): readonly Line[] {
  const next = lines.slice();
  for (const [index, lock, edited] of flags) {
    const line = next[index];
    if (line) next[index] = { ...line, lock, edited };
  }
  return next;
}

/** The row above which holds this one, -1 at the top. */
export function parentOf(lines: readonly Line[], index: number): number {
  const depth = lines[index]?.depth ?? 0;
  for (let above = index - 1; above >= 0 && depth > 0; above -= 1) {
    if ((lines[above]?.depth ?? 0) < depth) return above;
  }
  return -1;
}

export function ancestorsOf(lines: readonly Line[], index: number): readonly Line[] {
  const found: Line[] = [];
  for (let above = parentOf(lines, index); above >= 0; above = parentOf(lines, above)) {
    const line = lines[above];
    if (line) found.unshift(line);
  }
  return found;
}

/** Rows that a filter keeps: those found and all that hold them. */
export function withAncestors(lines: readonly Line[], found: readonly number[]): ReadonlySet<number> {
  const kept = new Set<number>();
  for (const index of found) {
    for (let at = index; at >= 0 && !kept.has(at); at = parentOf(lines, at)) kept.add(at);
  }
  return kept;
}

/** Rows on the screen in order. `isOpen` is asked for rows with something below; `kept` limits them to a filter. */
export function visible(
  lines: readonly Line[],
  isOpen: (line: Line) => boolean,
  kept: ReadonlySet<number> | null,
): readonly Shown[] {
  const shown: { line: Line; position: number; siblings: number; open: boolean }[] = [];
  const level = (start: number, stop: number): void => {
    const first: (typeof shown)[number][] = [];
    for (let at = start; at < stop; ) {
      const line = lines[at];
      if (!line) break;
      const end = Math.min(at + 1 + line.span, stop);
      if (kept === null || kept.has(at)) {
        const entry = { line, position: first.length + 1, siblings: 0, open: line.span > 0 && isOpen(line) };
        first.push(entry);
        shown.push(entry);
        if (entry.open) level(at + 1, end);
      }
      at = end;
    }
    for (const entry of first) entry.siblings = first.length;
  };
  level(0, lines.length);
  return shown;
}
