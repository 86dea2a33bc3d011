/** The probes: what each gave last, how it stands now, and the binary parts of what it gave. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import type { Probed, ProbeState } from "../protocol";

export interface Probe extends ProbeState {
  /** The values of a grid or the bytes of a picture, once they have come. */
  part: DataView | null;
}

export interface ProbeStore {
  readonly items: ReadonlySignal<readonly Probe[]>;
  readonly running: ReadonlySignal<boolean>;
  heard(event: Pick<Probed, "items">, buffers: readonly DataView[]): void;
  /** Runs the named ones; all if none is named. */
  run(names?: string[]): void;
  stop(): void;
}

export function createProbes(channel: Channel): ProbeStore {
  const items = signal<readonly Probe[]>(channel.opening.probes.map((state) => ({ ...state, part: null })));
  const heard: ProbeStore["heard"] = (event, buffers) => {
    const news = new Map(event.items.map((state) => [state.name, withPart(state, buffers)]));
    const known = items.peek().map((old) => {
      const next = news.get(old.name) ?? old;
      news.delete(old.name);
      return next;
    });
    items.value = [...known, ...news.values()];
  };
  const load = async (): Promise<void> => {
    const { reply, buffers } = await channel.request({ kind: "GetProbes" });
    if (reply.kind !== "Failure") heard(reply, buffers);
  };
  if (items.peek().length > 0) void load(); // the opening has no binary parts
  return {
    items,
    running: computed(() => items.value.some((each) => each.status === "running")),
    heard,
    run(names = []) {
      if (items.peek().length > 0) void channel.request({ kind: "RunProbes", names });
    },
    stop: () => void channel.request({ kind: "StopProbes" }),
  };
}

function withPart(state: ProbeState, buffers: readonly DataView[]): Probe {
  const { outcome } = state;
  const at = outcome?.kind === "Grid" || outcome?.kind === "Picture" ? outcome.buffer : -1;
  return { ...state, part: buffers[at] ?? null };
}
