/** Which values an edit means: a tensor, a slice, cells, a range of values, or all tensors that match the filter; and how many those are. */

import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { type Band, bandOf, conditionOf, rounded } from "../band";
import type { Channel } from "../channel";
import { cellWindow, sizeOf, windowOf, windowSize, windowText } from "../plane";
import type { Failure, Foreseen, Operation, Target, Window } from "../protocol";
import type { Pane } from "./pane";
import { createSlot, debounce } from "./slot";
import type { TreeStore } from "./tree";

export type Scope = "tensor" | "slice" | "cells" | "range" | "match";

export interface Where {
  readonly scope: ReadonlySignal<Scope>;
  readonly target: ReadonlySignal<Target>;
  readonly condition: ReadonlySignal<string>;
  /** The part of the colour axis that the condition means, or the one before meant where it means none. */
  readonly band: ReadonlySignal<{ band: Band; linked: boolean } | null>;
  /** The filter of the tree, if it can be a scope. */
  readonly query: ReadonlySignal<string>;
  /** How many values are meant, of how many, in how many tensors; null while that is not known. */
  readonly count: ReadonlySignal<Pick<Foreseen, "count" | "size" | "tensors"> | null>;
  /** That what is meant is frozen, or some of it; empty if not. */
  readonly frozen: ReadonlySignal<string>;
  /** What the kernel says of the operation, such as what an initialiser works out. */
  readonly note: ReadonlySignal<string>;
  /** The last target that the kernel knows, or that needs no asking. */
  readonly foreseen: ReadonlySignal<Target | null>;
  /** Why the place is refused. */
  readonly error: ReadonlySignal<string>;
  /** The part of the shown plane that is meant. */
  readonly outline: ReadonlySignal<Window | null>;
  setScope(scope: Scope): void;
  setRegion(text: string): void;
  setCondition(text: string): void;
  /** The kernel refused the place when it was applied. */
  refuse(failure: Failure): void;
  /** Stay with what is meant now, wherever the cursor goes. */
  pin(): void;
  unpin(): void;
  reset(): void;
}

const CHECK_DELAY = 150;
const PLACES = new Set(["region", "expression", "query", "path"]);

const NO_CONDITION = "Type a condition, as in |w| < 0.01.";
const NO_SLICE = "Type a slice, as in [0, ...].";
const FROZEN = "frozen for training only";

function notesOf(reply: Foreseen): string[] {
  return reply.note.split("; ").filter(Boolean);
}

/** `asked` is an operation of which the kernel has something to say before it is carried out. */
export function createWhere(
  channel: Channel,
  lifetime: AbortSignal,
  pane: Pane,
  tree: TreeStore,
  asked: ReadonlySignal<Operation | null>,
): Where {
  const scope = signal<Scope>("cells");
  const slice = signal("");
  const condition = signal("");
  const lastBand = signal<Band>([0, 0]);
  const answer = signal<Foreseen | Failure | null>(null);
  const foreseen = signal<Target | null>(null);
  const pinned = signal<{ target: Target; cells: Window; each: number } | null>(null);
  const foreseeing = createSlot(channel, lifetime);

  const query = computed(() => (tree.found.value ? tree.filter.value.trim() : ""));
  const cells = computed(() => pinned.value?.cells ?? pane.selection.value ?? cellWindow(...pane.cursor.value));
  /** Values of each cell: more than one where kernels are shown. */
  const held = computed(() => pane.inner.value.reduce((n, axis) => n * sizeOf(pane.line.value?.shape ?? [], axis), 1));
  const meant = computed<Target>(() => {
    const what = pane.selected.value;
    const plane = pane.plane.value;
    switch (scope.value) {
      case "tensor":
        return { what, region: "[...]" };
      case "slice":
        return { what, region: slice.value };
      case "cells":
        return { what, region: plane ? windowText(plane, cells.value, pane.inner.value) : "" };
      case "range":
        return { what, region: slice.value || "[...]", where: condition.value };
      case "match":
        return { what: query.value };
      default:
        return scope.value satisfies never;
    }
  });
  const target = computed(() => pinned.value?.target ?? meant.value);
  const local = (): boolean => scope.value === "tensor" || scope.value === "cells";
  const missing = computed(() => {
    if (scope.value === "range" && !condition.value.trim()) return NO_CONDITION;
    return scope.value === "slice" && !slice.value.trim() ? NO_SLICE : "";
  });

  const foresee = debounce(CHECK_DELAY, lifetime, async () => {
    const operation = asked.peek();
    const place = target.peek();
    const asks = !local() || operation !== null;
    if (!place.what || missing.peek() || !asks) {
      foreseeing.cancel();
      if (!asks) foreseen.value = place;
      return;
    }
    const answered = await foreseeing.ask({ kind: "Foresee", target: place, operation });
    if (!answered) return;
    batch(() => {
      answer.value = answered.reply;
      if (answered.reply.kind === "Foreseen") foreseen.value = place;
    });
  });
  const trying = computed(() => tree.header.value.trial !== "");
  const stop = effect(() => {
    void target.value;
    if (!trying.value) void pane.generation.value; // other values may be in the range now
    void asked.value;
    if (local() && !asked.value) answer.value = null;
    foresee();
  });
  lifetime.addEventListener("abort", stop);

  const failed = computed(() => {
    if (missing.value) return missing.value;
    const reply = answer.value;
    return reply?.kind === "Failure" && (!asked.value || PLACES.has(reply.code)) ? reply.text : "";
  });
  const known = computed(() => (answer.value?.kind === "Foreseen" && !missing.value ? answer.value : null));
  return {
    scope,
    target,
    condition,
    query,
    foreseen,
    band: computed(() => {
      const band = bandOf(condition.value);
      return scope.value === "range" ? { band: band ?? lastBand.value, linked: band !== null } : null;
    }),
    count: computed(() => {
      const size = pane.line.value?.size ?? 0;
      if (scope.value === "tensor") return { count: size, size, tensors: 1 };
      if (scope.value === "cells")
        return { count: windowSize(cells.value) * (pinned.value?.each ?? held.value), size, tensors: 1 };
      return known.value;
    }),
    frozen: computed(() => {
      if (known.value) return notesOf(known.value).find((note) => note.includes(FROZEN)) ?? "";
      return scope.value !== "match" && pane.line.value?.lock === "frozen" ? FROZEN : "";
    }),
    note: computed(() => {
      const reply = answer.value;
      if (!asked.value || !reply) return "";
      if (reply.kind === "Failure") return failed.value ? "" : reply.text;
      return notesOf(reply)
        .filter((note) => !note.includes(FROZEN))
        .join("; ");
    }),
    error: failed,
    outline: computed(() => {
      const plane = pane.plane.value;
      const shape = pane.line.value?.shape ?? [];
      if (!plane || scope.value === "tensor" || scope.value === "match") return null;
      if (scope.value === "cells")
        return pinned.value
          ? windowOf(target.value.region ?? "", plane, shape, pane.inner.value)
          : pane.selection.value;
      return known.value ? windowOf(known.value.region, plane, shape, pane.inner.value) : null;
    }),
    setScope(next) {
      batch(() => {
        pinned.value = null;
        if (next === "slice" && slice.peek() === "") slice.value = target.peek().region ?? "";
        if (next === "range" && condition.peek() === "") {
          const domain = pane.description.peek()?.domain || 1;
          lastBand.value = [-rounded(domain / 10, domain), rounded(domain / 10, domain)];
          condition.value = conditionOf(lastBand.peek());
        }
        if (next !== scope.peek()) answer.value = null;
        scope.value = next;
      });
    },
    setRegion(text) {
      batch(() => {
        pinned.value = null;
        slice.value = text;
        scope.value = "slice";
        answer.value = null;
      });
    },
    setCondition(text) {
      batch(() => {
        pinned.value = null;
        condition.value = text;
        lastBand.value = bandOf(text) ?? lastBand.peek();
        scope.value = "range";
        if (!text.trim()) answer.value = null;
      });
    },
    refuse(failure) {
      answer.value = failure;
    },
    pin() {
      pinned.value = { target: target.peek(), cells: cells.peek(), each: held.peek() };
    },
    unpin() {
      pinned.value = null;
    },
    reset() {
      batch(() => {
        scope.value = "cells";
        slice.value = "";
        condition.value = "";
        answer.value = null;
        pinned.value = null;
      });
    },
  };
}
