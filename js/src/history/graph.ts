/** The history as lines: which lane each entry stands on, newest first, and which lines pass beside it. Pure. */

import type { Step } from "../protocol";

type Node = Pick<Step, "number" | "parent" | "done">;

/** Lanes count from 0, which is the way the model came, and the way that redo goes. */
export interface Lanes {
  at: number;
  /** Lanes of lines that pass by. */
  through: readonly number[];
  /** Lanes of branches that began here: their lines come down to this entry. */
  joins: readonly number[];
  /** Whether a line leads up from the entry on its own lane, and down. */
  above: boolean;
  below: boolean;
}

/** One for each step, newest first. */
export function lanesOf(steps: readonly Node[], position: number): readonly Lanes[] {
  const main = mainLine(steps, position);
  const waiting: (number | null)[] = [null]; // for each lane, the entry that its line goes down to
  return steps.map((step) => {
    const ends = waiting.flatMap((entry, lane) => (entry === step.number ? [lane] : []));
    const own = main.has(step.number) ? 0 : (ends.find((lane) => lane > 0) ?? freeLane(waiting));
    for (const lane of ends) waiting[lane] = null;
    const through = waiting.flatMap((entry, lane) => (entry === null ? [] : [lane]));
    waiting[own] = step.parent < 0 ? null : step.parent;
    return {
      at: own,
      through,
      joins: ends.filter((lane) => lane !== own),
      above: ends.includes(own),
      below: step.parent >= 0,
    };
  });
}

/** What is done, and the newest of what could be done again. */
function mainLine(steps: readonly Node[], position: number): ReadonlySet<number> {
  const main = new Set(steps.filter((step) => step.done).map((step) => step.number));
  main.add(position);
  const newest = new Map<number, number>();
  for (const { number, parent } of steps) newest.set(parent, Math.max(number, newest.get(parent) ?? number));
  for (let at = newest.get(position); at !== undefined; at = newest.get(at)) main.add(at);
  return main;
}

function freeLane(waiting: readonly (number | null)[]): number {
  const free = waiting.indexOf(null, 1);
  return free < 0 ? waiting.length : free;
}
