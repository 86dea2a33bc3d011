/** The line below the grid: how many cells are selected, and statistics of those that were read. */

import type { JSX } from "preact";
import { int, num } from "../format";
import { windowSize } from "../plane";
import type { Window } from "../protocol";
import type { CellStore } from "./cells";
import { numberOf } from "./celltext";

export interface FootProps {
  store: CellStore;
  window: Window;
  editing: boolean;
  problem: string;
}

export interface Statistics {
  /** Cells that were read, and those of them that are finite. */
  read: number;
  finite: number;
  mean: number;
  std: number;
  min: number;
  max: number;
}

export function statistics(values: Iterable<number>): Statistics {
  let [read, finite, mean, squares] = [0, 0, 0, 0];
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    read++;
    if (!Number.isFinite(value)) continue;
    finite++;
    const before = value - mean;
    mean += before / finite;
    squares += before * (value - mean);
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { read, finite, mean, std: Math.sqrt(squares / finite), min, max };
}

function* numbers(store: CellStore, window: Window): Generator<number> {
  for (const cell of store.within(window)) yield numberOf(cell);
}

export function Foot({ store, window, editing, problem }: FootProps): JSX.Element {
  const size = windowSize(window);
  const { read, finite, mean, std, min, max } = statistics(numbers(store, window));
  return (
    <div class="pw-foot">
      <span>
        <b>{int(size)}</b> {size === 1 ? "cell" : "cells"}
      </span>
      {problem && (
        <span class="pw-refusal" role="alert">
          Values could not be read: {problem}
        </span>
      )}
      {read < size && read > 0 && <span>of {int(read)} loaded:</span>}
      {finite > 0 && size > 1 && (
        <>
          <span>
            mean <b>{num(mean)}</b>
          </span>
          <span class="std">
            std <b>{num(std)}</b>
          </span>
          <span>
            range <b>{`${num(min)} … ${num(max)}`}</b>
          </span>
        </>
      )}
      {read > finite && <span class="pw-refusal">{int(read - finite)} not finite</span>}
      <span class="sp" />
      {editing && (
        <>
          <span class="hint">
            <kbd>Enter</kbd> this cell
          </span>
          {size > 1 && (
            <span class="hint">
              <kbd>Ctrl</kbd>
              <kbd>Enter</kbd> all {int(size)}
            </span>
          )}
        </>
      )}
    </div>
  );
}
