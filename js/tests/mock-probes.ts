/** The part of the mock kernel that runs probes. */

import type { Outcome, ProbeState, Scores } from "../src/protocol";
import { type Handlers, type MockKernel, type Parts, say } from "./mock";

export interface MockProbe {
  /** What it gives for the model as it is; buffers are numbered from 0. */
  run(kernel: MockKernel): { outcome: Outcome; parts?: Parts };
  /** Slow ones run on demand only. */
  seconds?: number;
}

export type Probing = Record<string, MockProbe>;

const FEW = 4;

/** The number of a score, the first of a few. */
function headlineOf(outcome: Outcome): ProbeState["headline"] {
  if (outcome.kind === "Score") return outcome.value;
  if (outcome.kind !== "Scores") return null;
  return outcome.names.length <= FEW ? (outcome.values[0] ?? null) : null;
}

export function probing(
  kernel: MockKernel,
  probes: Probing,
): { handlers: Handlers; states(): ProbeState[]; settle(): void; score(): number | null } {
  const states = new Map<string, ProbeState>();
  const parts = new Map<string, Parts>();
  const applied = new Map<string, Scores>(); // named numbers of the state before
  const run = (names: readonly string[] = Object.keys(probes)): void => {
    for (const name of names) {
      const probe = probes[name];
      const before = states.get(name);
      if (!probe) continue;
      const given = probe.run(kernel);
      const headline = headlineOf(given.outcome);
      const trial = kernel.trial !== null;
      const series = before?.series ?? [];
      states.set(name, {
        name,
        status: "fresh",
        seconds: probe.seconds ?? 0.041,
        entry: kernel.undos.length,
        trial,
        outcome: given.outcome,
        headline,
        was: series.at(-1)?.[1] ?? null,
        before: applied.get(name) ?? null,
        series: trial || headline === null ? series : [...series, [kernel.undos.length, headline]],
        error: "",
        trace: "",
      });
      parts.set(name, given.parts ?? []);
      if (!trial && given.outcome.kind === "Scores") applied.set(name, given.outcome);
    }
  };
  run();
  /** All states with their buffers in one list. */
  const packed = (names: readonly string[]): [ProbeState[], Parts] => {
    const all: Parts = [];
    const items = names.flatMap((name) => {
      const state = states.get(name);
      if (!state) return [];
      const { outcome } = state;
      const first = all.length;
      all.push(...(parts.get(name) ?? []));
      if (outcome?.kind !== "Grid" && outcome?.kind !== "Picture") return [state];
      return [{ ...state, outcome: { ...outcome, buffer: first + outcome.buffer } }];
    });
    return [items, all];
  };
  const tell = (names: readonly string[]): void => {
    const [items, buffers] = packed(names);
    kernel.push({ kind: "Probed", items }, buffers);
  };
  return {
    /** What the first gives for the model as it is. */
    score() {
      const [first] = Object.values(probes);
      const headline = first ? headlineOf(first.run(kernel).outcome) : null;
      return headline === null ? null : Number(headline);
    },
    states: () => [...states.values()].map((each) => (hasBuffer(each.outcome) ? { ...each, outcome: null } : each)),
    /** The model has changed: quick probes run by themselves, slow ones are stale. */
    settle() {
      for (const [name, state] of states) {
        if (state.seconds < 1) run([name]);
        else states.set(name, { ...state, status: "stale" });
      }
      if (states.size > 0) tell([...states.keys()]);
    },
    handlers: {
      GetProbes() {
        const [items, buffers] = packed([...states.keys()]);
        return say({ kind: "Probes", items }, buffers);
      },
      RunProbes({ names = [] }) {
        const wanted = names.length > 0 ? names : [...states.keys()];
        run(wanted);
        queueMicrotask(() => tell(wanted));
        return say({ kind: "Pong" });
      },
      StopProbes: () => say({ kind: "Pong" }),
      Sweep({ vary, low, high, steps, probe }) {
        const xs = Array.from({ length: steps }, (_, k) => low + ((high - low) * k) / Math.max(1, steps - 1));
        const at = (x: number): number => 0.95 - 0.2 * (x - (vary === "factor" ? 1 : 0)) ** 2;
        const here = vary === "factor" ? 1 : 0;
        return say({ kind: "Curve", probe, xs, ys: xs.map((x, k) => (k === 1 ? null : at(x))), here, value: at(here) });
      },
    },
  };
}

function hasBuffer(outcome: Outcome | null): boolean {
  return outcome?.kind === "Grid" || outcome?.kind === "Picture";
}
