/** What if a value were another: a probe over a range, and the curve of it. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import type { Curve, Sweep } from "../protocol";
import { read } from "./fields";
import type { Probe } from "./probes";

export interface Range {
  low: string;
  high: string;
  steps: string;
  probe: string;
}

/** What a curve belongs to. Of the same place another state of the model gives another curve. */
export interface Place extends Pick<Sweep, "target" | "vary"> {
  position: number;
  outside: number;
}

export interface SweepStore {
  readonly open: Signal<boolean>;
  readonly place: ReadonlySignal<Place>;
  readonly range: Signal<Range>;
  /** Names of the probes that give a number, or may. */
  readonly probes: ReadonlySignal<readonly string[]>;
  readonly probe: ReadonlySignal<string>;
  readonly running: ReadonlySignal<boolean>;
  /** Of the present place and probe; null if it was not asked for. */
  readonly curve: ReadonlySignal<Curve | null>;
  readonly error: ReadonlySignal<string>;
  run(): Promise<void>;
  stop(): void;
}

export const MOST_STEPS = 101;

/** `settle` takes back what is tried out: the curve is that of the applied values. */
export function createSweep(
  channel: Channel,
  place: ReadonlySignal<Place>,
  items: ReadonlySignal<readonly Probe[]>,
  settle: () => void,
): SweepStore {
  const range = signal<Range>({ low: "0", high: "2", steps: "21", probe: "" });
  const running = signal(false);
  const result = signal<{ about: string; curve: Curve | null; error: string } | null>(null);
  const probes = computed(() =>
    items.value
      .filter(({ headline, outcome, status }) => headline !== null || (outcome === null && status !== "failed"))
      .map(({ name }) => name),
  );
  const probe = computed(() => {
    const chosen = range.value.probe;
    return probes.value.includes(chosen) ? chosen : (probes.value[0] ?? "");
  });
  const about = computed(() => JSON.stringify([place.value, probe.value]));
  const known = computed(() => (result.value?.about === about.value ? result.value : null));
  const refuse = (error: string): void => {
    result.value = { about: about.peek(), curve: null, error };
  };
  return {
    open: signal(false),
    place,
    range,
    probes,
    probe,
    running,
    curve: computed(() => known.value?.curve ?? null),
    error: computed(() => known.value?.error ?? ""),
    async run() {
      const typed = range.peek();
      const [low, high, steps] = [read(typed.low), read(typed.high), read(typed.steps)];
      if (running.peek() || !probe.peek()) return;
      if (!(low < high)) return refuse("Type a lower number first and a higher one after it.");
      if (!(Number.isInteger(steps) && steps >= 2 && steps <= MOST_STEPS))
        return refuse(`Type a number of steps from 2 to ${MOST_STEPS}.`);
      settle();
      const asked = about.peek();
      const { target, vary } = place.peek();
      result.value = null;
      running.value = true;
      const { reply } = await channel.request({ kind: "Sweep", target, vary, low, high, steps, probe: probe.peek() });
      running.value = false;
      result.value =
        reply.kind === "Failure"
          ? { about: asked, curve: null, error: reply.text }
          : { about: asked, curve: reply, error: "" };
    },
    stop: () => void channel.request({ kind: "StopProbes" }),
  };
}
