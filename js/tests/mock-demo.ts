/** Probes for looking at: an accuracy that falls with the size of the change, numbers per class, a matrix, a text, a failure. */

import type { MockKernel } from "./mock";
import type { MockProbe, Probing } from "./mock-probes";

function lossOf(kernel: MockKernel): number {
  const own = kernel.get(kernel.data.selected);
  const size = Math.min(
    4000,
    own.shape.reduce((product, length) => product * length, 1),
  );
  let moved = 0;
  let all = 0;
  for (let at = 0; at < size; at += 1) {
    moved += (kernel.valueAt(own, at) - own.at(at)) ** 2;
    all += own.at(at) ** 2;
  }
  return Math.min(0.9, 0.3 * Math.sqrt(moved / Math.max(1e-9, all)));
}

const classes = (kernel: MockKernel): number[] =>
  Array.from({ length: 10 }, (_, k) => 0.98 - lossOf(kernel) * (0.2 + (k % 3)) - 0.01 * (k % 4));

export const DEMO = {
  accuracy: { run: (kernel) => ({ outcome: { kind: "Score", value: 0.967 - lossOf(kernel) } }) },
  "per class accuracy": {
    run: (kernel) => ({
      outcome: { kind: "Scores", names: classes(kernel).map((_, k) => String(k)), values: classes(kernel) },
    }),
  },
  confusion: {
    run: (kernel) => ({
      outcome: { kind: "Grid", rows: 10, cols: 10, buffer: 0 },
      parts: [
        Float32Array.from({ length: 100 }, (_, k) => (k % 11 === 0 ? 1 - lossOf(kernel) : ((k * 7) % 13) / 60)).buffer,
      ],
    }),
  },
  loss: { seconds: 8.2, run: (kernel) => ({ outcome: { kind: "Score", value: 0.21 + lossOf(kernel) } }) },
} satisfies Probing & Record<string, MockProbe>;
