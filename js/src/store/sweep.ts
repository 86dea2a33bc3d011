/** What if a value were another: a probe over a range, and the curve of it. */

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import type { Curve, Sweep } from "../protocol";
import { read } from "./fields";

export interface Range {
  low: string;
  high: string;
  steps: string;
  probe: string;
}

export interface SweepStore {
  readonly open: Signal<boolean>;
  readonly range: Signal<Range>;
  readonly running: ReadonlySignal<boolean>;
  readonly curve: ReadonlySignal<Curve | null>;
  readonly error: ReadonlySignal<string>;
  run(): Promise<void>;
  stop(): void;
}

export const MOST_STEPS = 101;

/** `place` says where it is done; what is tried out there was taken back. */
export function createSweep(channel: Channel, place: () => Pick<Sweep, "target" | "vary">): SweepStore {
  const range = signal<Range>({ low: "0", high: "2", steps: "21", probe: channel.opening.probes[0]?.name ?? "" });
  const running = signal(false);
  const curve = signal<Curve | null>(null);
  const error = signal("");
  return {
    open: signal(false),
    range,
    running,
    curve,
    error,
    async run() {
      const { probe, ...typed } = range.peek();
      const [low, high, steps] = [read(typed.low), read(typed.high), read(typed.steps)];
      if (running.peek()) return;
      if (!(low < high)) error.value = "Type a lower number first and a higher one after it.";
      else if (!(Number.isInteger(steps) && steps >= 2 && steps <= MOST_STEPS))
        error.value = `Type a number of steps from 2 to ${MOST_STEPS}.`;
      else {
        error.value = "";
        running.value = true;
        const { reply } = await channel.request({ kind: "Sweep", ...place(), low, high, steps, probe });
        running.value = false;
        if (reply.kind === "Failure") error.value = reply.text;
        else curve.value = reply;
      }
    },
    stop: () => void channel.request({ kind: "StopProbes" }),
  };
}
