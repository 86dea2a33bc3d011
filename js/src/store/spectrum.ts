/** The singular values of the tensor on the screen, asked for while they are looked at; and those before a trial. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import type { Header, Spectrum } from "../protocol";
import { toFloat64 } from "../tensor";
import type { Pane } from "./pane";
import { createSlot, pace } from "./slot";

export interface SpectrumData {
  facts: Spectrum;
  /** The largest first; at least one. */
  values: Float64Array;
}

export interface SpectrumStore {
  readonly now: ReadonlySignal<SpectrumData | null>;
  /** As they were before something was tried out; null while nothing is, or if they were not looked at. */
  readonly before: ReadonlySignal<SpectrumData | null>;
  /** Why there are none. */
  readonly failure: ReadonlySignal<string>;
}

/** An answer, and which contents of which tensor it is about. */
interface Known {
  path: string;
  generation: number;
  data: SpectrumData | null;
  failure: string;
}

export function createSpectrum(
  channel: Channel,
  lifetime: AbortSignal,
  awake: ReadonlySignal<boolean>,
  header: ReadonlySignal<Header>,
  pane: Pane,
): SpectrumStore {
  const slot = createSlot(channel, lifetime);
  const latest = signal<Known | null>(null);
  const settled = signal<Known | null>(null);
  const applied = signal(-1); // the generation of what is not tried out
  const trying = computed(() => header.value.trial !== "");
  const wanted = computed(() => {
    const shown = pane.view.value === "spectrum" && awake.value && pane.hasValues.value;
    return shown ? pane.selected.value : "";
  });
  let asked = ""; // what is on its way

  const fetch = async (): Promise<void> => {
    const path = wanted.peek();
    const generation = pane.generation.peek();
    const known = latest.peek();
    if (!path || (known?.path === path && known.generation === generation)) return;
    asked = path;
    const answered = await slot.ask({ kind: "GetSpectrum", path });
    asked = "";
    if (!answered) return;
    const { reply, buffers } = answered;
    const failed = reply.kind === "Failure";
    const data = !failed && buffers[0] ? { facts: reply, values: toFloat64(buffers[0]) } : null;
    latest.value = { path, generation, data, failure: failed ? reply.text : "" };
    if (!trying.peek()) settled.value = latest.peek();
  };
  const follow = pace(fetch); // what is dragged changes faster than it can be computed
  const due = computed(() => ({ path: wanted.value, generation: pane.generation.value, trying: trying.value }));
  lifetime.addEventListener(
    "abort",
    due.subscribe((now) => {
      if (!now.trying) applied.value = now.generation;
      if (asked && asked !== now.path) slot.cancel();
      if (!now.path && latest.peek()?.generation !== now.generation) latest.value = null; // nothing old when it is seen again
      follow();
    }),
  );

  const ofShown = (known: Known | null): Known | null => (known?.path === pane.selected.value ? known : null);
  return {
    now: computed(() => ofShown(latest.value)?.data ?? null),
    before: computed(() => {
      const known = ofShown(settled.value);
      return trying.value && known?.generation === applied.value ? known.data : null;
    }),
    failure: computed(() => ofShown(latest.value)?.failure ?? ""),
  };
}
