/** The two states that are looked at side by side, A and B, and the model flipping between them. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { withStart } from "../history/rows";
import type { StateRef } from "../protocol";
import { toNumber } from "../tensor";
import type { HistoryStore } from "./history";
import type { Messages } from "./messages";
import type { TreeStore } from "./tree";

export type Side = "A" | "B";

export interface StateName {
  title: string;
  detail: string;
  /** The entry that it stands for; null where it is gone. */
  entry: number | null;
  score: number | null;
}

export interface States {
  readonly a: ReadonlySignal<StateRef>;
  readonly b: ReadonlySignal<StateRef>;
  /** Which of the two the model was put to by `flip`; null while it stands elsewhere. */
  readonly on: ReadonlySignal<Side | null>;
  pick(side: Side, state: StateRef): void;
  swap(): void;
  /** What A and B are by default stays what it is now, whatever is done, until `release`. */
  settle(): void;
  release(): void;
  name(state: StateRef): StateName;
  flip(): Promise<void>;
}

export const NOW: StateRef = { kind: "now" };

export function sameState(a: StateRef, b: StateRef): boolean {
  return a.kind === b.kind && a.entry === b.entry && a.name === b.name;
}

/** A state and the entry that it stands for, also when the model has left it. */
interface Pinned {
  state: StateRef;
  entry: number;
}

function pin(state: StateRef, entry: number): Pinned {
  return { state: state.kind === "now" ? { kind: "entry", entry } : state, entry };
}

export function createStates(history: HistoryStore, tree: TreeStore, messages: Messages): States {
  const chosen = signal<Partial<Record<Side, StateRef>>>({});
  const pinned = signal<Record<Side, Pinned> | null>(null); // what `flip` goes between
  const position = computed(() => tree.header.value.position);

  /** Without a choice A is what the last change started from. */
  const before = computed((): StateRef => {
    const here = position.value;
    if (tree.header.value.trial) return { kind: "entry", entry: here };
    const step = history.data.value?.steps.find(({ number }) => number === here);
    return { kind: "entry", entry: Math.max(0, step?.parent ?? here - 1) };
  });
  const on = computed((): Side | null => {
    if (!pinned.value || tree.header.value.trial) return null;
    if (position.value === pinned.value.A.entry) return "A";
    return position.value === pinned.value.B.entry ? "B" : null;
  });
  const a = computed(() => (on.value && pinned.value?.A.state) || chosen.value.A || before.value);
  const b = computed(() => (on.value && pinned.value?.B.state) || chosen.value.B || NOW);

  const name = (state: StateRef): StateName => {
    const data = history.data.value;
    if (state.kind === "now") {
      const { trial } = tree.header.value;
      const at = position.value;
      const score = trial ? (history.trial.value?.score ?? null) : scoreOf(at);
      return { title: "now", detail: trial || `edit ${at}`, entry: at, score };
    }
    if (state.kind === "snapshot") {
      const row = data?.snapshots.find((each) => each.name === state.name);
      const entry = row?.entry ?? null;
      const detail = entry === null ? "dropped" : `edit ${entry}`;
      return { title: state.name ?? "", detail, entry, score: entry === null ? null : scoreOf(entry) };
    }
    const entry = state.entry ?? 0;
    const what = withStart(data?.steps ?? []).find(({ number }) => number === entry)?.what ?? "";
    const title = entry === 0 ? "start" : what;
    const score = scoreOf(entry);
    // without the history, the number is the only name there is
    return title
      ? { title, detail: `edit ${entry}`, entry, score }
      : { title: `edit ${entry}`, detail: "", entry, score };
  };
  const scoreOf = (entry: number): number | null => {
    const score = history.data.value?.steps.find(({ number }) => number === entry)?.scores[0];
    return score === null || score === undefined ? null : toNumber(score);
  };
  let release = (): void => {};
  const refuse = (title: string, text: string): void => messages.remark([{ severity: "info", title, text }]);
  return {
    a,
    b,
    on,
    name,
    pick(side, state) {
      chosen.value = { ...(on.peek() ? { A: a.peek(), B: b.peek() } : chosen.peek()), [side]: state };
      pinned.value = null;
    },
    swap() {
      chosen.value = { A: b.peek(), B: a.peek() };
      pinned.value = null;
    },
    settle() {
      const before = chosen.peek();
      const held = { A: a.peek(), B: b.peek() };
      chosen.value = held;
      release = () => {
        if (chosen.peek() === held) chosen.value = before; // nothing was picked in between
      };
    },
    release: () => release(),
    async flip() {
      if (tree.header.peek().trial) return refuse("There is a preview", "Apply it or take it back first.");
      await history.load();
      if (on.peek() === null) {
        const [from, to] = [name(a.peek()).entry, name(b.peek()).entry];
        if (from === null || to === null) return refuse("A or B was dropped", "Pick another state.");
        if (from === to) return refuse("A and B are one state", "Nothing was changed between them: pick two others.");
        pinned.value = { A: pin(a.peek(), from), B: pin(b.peek(), to) };
      }
      const { A, B } = pinned.peek() as Record<Side, Pinned>;
      await history.goTo(on.peek() === "A" ? B.entry : A.entry);
    },
  };
}
