/** What the kernel tells of a probe that has run. */

import type { ProbeState } from "../src/protocol";

export const STATE: ProbeState = {
  name: "accuracy",
  status: "fresh",
  seconds: 0.041,
  entry: 0,
  trial: false,
  outcome: { kind: "Score", value: 0.912 },
  headline: 0.912,
  was: 0.967,
  before: null,
  series: [
    [0, 0.964],
    [1, 0.967],
    [2, 0.912],
  ],
  error: "",
  trace: "",
};
