/** Which entries of the history are selected, and their code. What the model does not hold has none. */

import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import type { History } from "../protocol";
import { createSlot } from "./slot";

/** `only` this entry, this one `too` (or no more), or `all` from the one before to this one. */
export type Reach = "only" | "too" | "all";

export interface Script {
  readonly chosen: ReadonlySignal<ReadonlySet<number>>;
  /** How many of the chosen entries the model does not hold, so that they are left out. */
  readonly omitted: ReadonlySignal<number>;
  /** Null while it was not asked for, and where there is none. */
  readonly code: ReadonlySignal<string | null>;
  /** Why there is none; empty if nothing is wrong. */
  readonly refusal: ReadonlySignal<string>;
  choose(entry: number, reach?: Reach): void;
  /** True if there was something to clear. */
  clear(): boolean;
  /** The code of what is chosen, of all that is done where nothing is; null where there is none. */
  ask(): Promise<string | null>;
  /** The history is another one: its code, if it is shown, is that of before. */
  refresh(): void;
}

export function createScript(channel: Channel, lifetime: AbortSignal, data: ReadonlySignal<History | null>): Script {
  const chosen = signal<ReadonlySet<number>>(new Set());
  const code = signal<string | null>(null);
  const refusal = signal("");
  const slot = createSlot(channel, lifetime);
  let anchor = 0;

  const held = computed(() => {
    const steps = data.value?.steps.filter((step) => step.done && step.number > 0) ?? [];
    return steps.map((step) => step.number).filter((number) => chosen.value.has(number));
  });
  const put = (text: string | null, why = ""): void =>
    batch(() => {
      code.value = text;
      refusal.value = why;
    });
  const ask = async (): Promise<string | null> => {
    const entries = [...held.peek()].sort((a, b) => a - b);
    if (chosen.peek().size > 0 && entries.length === 0) {
      slot.cancel();
      put(null, chosen.peek().size === 1 && chosen.peek().has(0) ? NO_EDIT : NOT_HELD);
      return null;
    }
    const answered = await slot.ask({ kind: "GetCode", entries });
    if (!answered) return code.peek(); // overtaken
    const { reply } = answered;
    if (reply.kind === "Failure") put(null, reply.text);
    else put(reply.text);
    return code.peek();
  };
  const clear = (): boolean => {
    const had = chosen.peek().size > 0 || code.peek() !== null || refusal.peek() !== "";
    slot.cancel();
    batch(() => {
      chosen.value = new Set();
      put(null);
    });
    return had;
  };
  const between = (entry: number): readonly number[] => {
    const shown = data.peek()?.steps.map((step) => step.number) ?? [];
    const [from, to] = [shown.indexOf(anchor), shown.indexOf(entry)].sort((a, b) => a - b) as [number, number];
    return from < 0 ? [entry] : shown.slice(from, to + 1);
  };
  return {
    chosen,
    code,
    refusal,
    omitted: computed(() => chosen.value.size - held.value.length),
    choose(entry, reach = "only") {
      const next = new Set(reach === "too" ? chosen.peek() : []);
      if (reach === "all") for (const each of between(entry)) next.add(each);
      else {
        if (!next.delete(entry)) next.add(entry);
        anchor = entry;
      }
      chosen.value = next;
      if (next.size > 0) void ask();
      else clear();
    },
    clear,
    ask,
    refresh() {
      if (code.peek() !== null || refusal.peek() !== "") void ask();
    },
  };
}

const NO_EDIT = "This is the model as it was opened: there is no edit to write as code.";
const NOT_HELD = "The model does not hold what is selected, so there is no code of it; go to it first.";
