/** The cells of a plane that were read, in blocks. Stale ones stay until newer ones arrive. No requests are made here. */

import type { Window } from "../protocol";
import type { Shape } from "./selection";

export interface CellData {
  /** The exact text. */
  text: string;
  /** The value as a colour needs it. */
  value: number;
  /** Whether it differs from the loaded model. */
  edited: boolean;
}

const ROWS = 16;
const COLS = 8;
const MOST_BLOCKS = 600;
/** Cells of one request: the kernel answers at most 4,000. */
const MOST_CELLS = 4000;

interface Block {
  generation: number;
  cells: (CellData | undefined)[];
}

export class CellStore {
  readonly #blocks = new Map<string, Block>();

  constructor(readonly shape: Shape) {}

  get(row: number, col: number): CellData | undefined {
    const block = this.#blocks.get(key(Math.floor(row / ROWS), Math.floor(col / COLS)));
    return block?.cells[(row % ROWS) * COLS + (col % COLS)];
  }

  put(window: Window, cells: readonly (readonly CellData[])[], generation: number): void {
    for (const [i, j] of blocksOf(window)) {
      const place = key(i, j);
      const block = this.#blocks.get(place) ?? { generation, cells: [] };
      block.generation = Math.max(block.generation, generation);
      // The order of a map is the order of insertion: what was read last is dropped last.
      this.#blocks.delete(place);
      this.#blocks.set(place, block);
    }
    for (let row = window.top; row < window.bottom; row++) {
      for (let col = window.left; col < window.right; col++) {
        const cell = cells[row - window.top]?.[col - window.left];
        const block = this.#blocks.get(key(Math.floor(row / ROWS), Math.floor(col / COLS)));
        if (block && cell) block.cells[(row % ROWS) * COLS + (col % COLS)] = cell;
      }
    }
    for (const place of this.#blocks.keys()) {
      if (this.#blocks.size <= MOST_BLOCKS) break;
      this.#blocks.delete(place);
    }
  }

  /** One window to read next, of whole blocks, so that in the end `window` is known at this generation; null if it is. */
  missing(window: Window, generation: number): Window | null {
    let [top, bottom, left, right] = [Infinity, -1, Infinity, -1];
    for (const [i, j] of blocksOf(window)) {
      if ((this.#blocks.get(key(i, j))?.generation ?? -Infinity) >= generation) continue;
      top = Math.min(top, i);
      bottom = Math.max(bottom, i + 1);
      left = Math.min(left, j);
      right = Math.max(right, j + 1);
    }
    if (bottom < 0) return null;
    const across = Math.min(right - left, Math.floor(MOST_CELLS / (ROWS * COLS)));
    const down = Math.min(bottom - top, Math.max(1, Math.floor(MOST_CELLS / (ROWS * COLS * across))));
    return {
      top: top * ROWS,
      bottom: Math.min(this.shape[0], (top + down) * ROWS),
      left: left * COLS,
      right: Math.min(this.shape[1], (left + across) * COLS),
    };
  }

  /** All known cells of a window, however large it is. */
  *within(window: Window): Generator<CellData> {
    for (const [place, block] of this.#blocks) {
      const [i = 0, j = 0] = place.split(" ").map(Number);
      const [bottom, right] = [Math.min(window.bottom, (i + 1) * ROWS), Math.min(window.right, (j + 1) * COLS)];
      for (let row = Math.max(window.top, i * ROWS); row < bottom; row++) {
        for (let col = Math.max(window.left, j * COLS); col < right; col++) {
          const cell = block.cells[(row % ROWS) * COLS + (col % COLS)];
          if (cell) yield cell;
        }
      }
    }
  }

  /** The exact texts of a window, or null if some are not known. */
  texts(window: Window): string[][] | null {
    const rows: string[][] = [];
    for (let row = window.top; row < window.bottom; row++) {
      const texts: string[] = [];
      for (let col = window.left; col < window.right; col++) {
        const cell = this.get(row, col);
        if (!cell) return null;
        texts.push(cell.text);
      }
      rows.push(texts);
    }
    return rows;
  }
}

function key(i: number, j: number): string {
  return `${i} ${j}`;
}

function* blocksOf(window: Window): Generator<[number, number]> {
  for (let i = Math.floor(window.top / ROWS); i * ROWS < window.bottom; i++) {
    for (let j = Math.floor(window.left / COLS); j * COLS < window.right; j++) yield [i, j];
  }
}
