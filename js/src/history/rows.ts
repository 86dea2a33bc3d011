/** What a line of the history says: its lanes, its score and how much it moved, and the snapshots taken there. Pure. */

import type { History, ProbeState, SnapshotRow, Step } from "../protocol";
import { toNumber, type WireNumber } from "../tensor";
import { type Lanes, lanesOf } from "./graph";

export interface Line {
  step: Step;
  lanes: Lanes;
  score: number | null;
  /** The score of the entry before. */
  before: number | null;
  snapshots: readonly SnapshotRow[];
  /** The model stands here. */
  here: boolean;
}

export interface Lines {
  lines: readonly Line[];
  lanes: number;
  /** The largest change of the score, for the length of the bars. */
  most: number;
}

/** What is tried out, above the entries. */
export interface Trial {
  label: string;
  score: number | null;
  before: number | null;
}

export const START: Step = {
  number: 0,
  parent: -1,
  time: 0,
  what: "opened",
  place: "",
  count: 0,
  done: true,
  scores: [],
};

/** Entry 0 is always there: it is the way back to the model as it was opened. */
export function withStart(steps: readonly Step[]): readonly Step[] {
  return steps.some((step) => step.number === 0) ? steps : [...steps, START];
}

export function linesOf(history: History, trial: Trial | null): Lines {
  const steps = withStart(history.steps);
  const lanes = lanesOf(steps, history.position);
  const scores = new Map(steps.map((step) => [step.number, known(step.scores[0])]));
  const lines = steps.map((step, at): Line => {
    const score = scores.get(step.number) ?? null;
    return {
      step,
      lanes: lanes[at] as Lanes,
      score,
      before: scores.get(step.parent) ?? null,
      snapshots: history.snapshots.filter((snapshot) => snapshot.entry === step.number),
      here: step.number === history.position,
    };
  });
  const moves = [...lines, ...(trial ? [trial] : [])].map(({ score, before }) =>
    Math.abs((score ?? 0) - (before ?? score ?? 0)),
  );
  return {
    lines,
    lanes: Math.max(...lanes.map((each) => Math.max(each.at, ...each.through, ...each.joins))) + 1,
    most: Math.max(0, ...moves.filter(Number.isFinite)),
  };
}

export function trialOf(label: string, probe: ProbeState | undefined): Trial | null {
  if (!label) return null;
  const score = probe?.trial ? known(probe.headline) : null;
  return { label, score, before: known(probe?.was) };
}

function known(score: WireNumber | null | undefined): number | null {
  return score === null || score === undefined ? null : toNumber(score);
}
