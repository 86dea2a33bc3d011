/** The edit bar: where an edit goes, which value it sets, and what the kernel says of both before it is applied. */

import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import { cellWindow, windowOf, windowSize, windowText } from "../plane";
import type { Counted, Failure, Stored, Window } from "../protocol";
import type { Messages } from "./messages";
import type { Pane } from "./pane";
import { createSlot, debounce } from "./slot";
import type { Writer } from "./writer";

export type Scope = "tensor" | "slice" | "cells";

export interface EditStore {
  readonly scope: ReadonlySignal<Scope>;
  /** The text in the slice field. */
  readonly region: ReadonlySignal<string>;
  /** How many values the edit touches; null while that is not known. */
  readonly count: ReadonlySignal<number | null>;
  /** Why the slice is refused. */
  readonly regionError: ReadonlySignal<string>;
  readonly text: ReadonlySignal<string>;
  readonly stored: ReadonlySignal<Stored | null>;
  /** Why the value is refused, by the check or by the write. */
  readonly textError: ReadonlySignal<string>;
  readonly pending: ReadonlySignal<boolean>;
  /** The part of the shown plane that the edit would touch. */
  readonly outline: ReadonlySignal<Window | null>;
  readonly ready: ReadonlySignal<boolean>;
  setScope(scope: Scope): void;
  setRegion(text: string): void;
  setText(text: string): void;
  /** Whether the value field holds nothing of its own: it is empty, or was applied as it stands. */
  isDone(): boolean;
  apply(): Promise<void>;
  /** What a text would be stored as in the tensor on the screen. */
  check(text: string): Promise<Stored | Failure>;
  /** True if there was something to clear. */
  clear(): boolean;
}

const CHECK_DELAY = 150;

export function createEdit(
  channel: Channel,
  lifetime: AbortSignal,
  pane: Pane,
  writer: Writer,
  messages: Messages,
): EditStore {
  const scope = signal<Scope>("cells");
  const slice = signal("");
  const counted = signal<Counted | Failure | null>(null);
  const text = signal("");
  const checked = signal<Stored | Failure | null>(null);
  const pending = signal(false);
  let applied = "";
  const regions = createSlot(channel, lifetime);
  const texts = createSlot(channel, lifetime);

  const cells = computed(() => pane.selection.value ?? cellWindow(...pane.cursor.value));
  const region = computed(() => {
    const plane = pane.plane.value;
    if (scope.value === "tensor") return "[...]";
    if (scope.value === "slice") return slice.value;
    return plane ? windowText(plane, cells.value) : "";
  });
  const checkRegion = debounce(CHECK_DELAY, lifetime, async () => {
    const path = pane.selected.peek();
    if (scope.peek() !== "slice" || !path) return regions.cancel();
    const answered = await regions.ask({ kind: "CheckRegion", path, region: slice.peek() });
    if (answered) counted.value = answered.reply;
  });
  const checkText = debounce(CHECK_DELAY, lifetime, async () => {
    const path = pane.selected.peek();
    if (!text.peek().trim() || !path) return texts.cancel();
    const answered = await texts.ask({ kind: "CheckText", path, text: text.peek() });
    if (answered && text.peek().trim()) checked.value = answered.reply;
  });
  const failureText = (reply: { kind: string; text?: string } | null): string =>
    reply?.kind === "Failure" ? (reply.text ?? "") : "";

  let path = "";
  const stop = effect(() => {
    if (pane.selected.value === path) return;
    path = pane.selected.value;
    batch(() => {
      scope.value = "cells";
      slice.value = "";
      text.value = "";
      counted.value = null;
      checked.value = null;
    });
    texts.cancel();
  });
  lifetime.addEventListener("abort", stop);

  const ready = computed(
    () =>
      text.value.trim() !== "" &&
      region.value !== "" &&
      !pending.value &&
      checked.value?.kind !== "Failure" &&
      !(scope.value === "slice" && counted.value?.kind === "Failure"),
  );
  return {
    scope: scope as ReadonlySignal<Scope>,
    region,
    text,
    pending,
    ready,
    count: computed(() => {
      if (scope.value === "tensor") return pane.line.value?.size ?? null;
      if (scope.value === "cells") return windowSize(cells.value);
      return counted.value?.kind === "Counted" ? counted.value.count : null;
    }),
    regionError: computed(() => (scope.value === "slice" ? failureText(counted.value) : "")),
    stored: computed(() => (checked.value?.kind === "Stored" ? checked.value : null)),
    textError: computed(() => failureText(checked.value)),
    outline: computed(() => {
      const plane = pane.plane.value;
      if (!plane || scope.value === "tensor") return null;
      if (scope.value === "cells") return pane.selection.value;
      const reply = counted.value;
      return reply?.kind === "Counted" ? windowOf(reply.region, plane, pane.line.value?.shape ?? []) : null;
    }),
    setScope(next) {
      if (next === "slice" && slice.peek() === "") slice.value = region.peek();
      scope.value = next;
      checkRegion();
    },
    setRegion(next) {
      batch(() => {
        slice.value = next;
        scope.value = "slice";
        counted.value = null;
      });
      checkRegion();
    },
    setText(next) {
      text.value = next;
      checked.value = null;
      checkText();
    },
    isDone: () => text.peek() === "" || text.peek() === applied,
    check: async (typed) =>
      (await channel.request({ kind: "CheckText", path: pane.selected.peek(), text: typed })).reply,
    async apply() {
      if (!ready.peek()) return;
      const at = pane.selected.peek();
      const typed = text.peek();
      pending.value = true;
      const failure = await writer.write({
        kind: "SetRegion",
        path: at,
        region: region.peek(),
        text: typed,
      });
      pending.value = false;
      if (!failure) applied = typed;
      else if (pane.selected.peek() !== at) messages.fail(`${at} was not set`, failure, [], at);
      else {
        if (failure.code === "region" && scope.peek() === "slice") counted.value = failure;
        else checked.value = failure;
      }
    },
    clear() {
      const had = text.peek() !== "" || pane.selection.peek() !== null || scope.peek() !== "cells";
      batch(() => {
        text.value = "";
        slice.value = "";
        checked.value = null;
        counted.value = null;
        scope.value = "cells";
        pane.selection.value = null;
      });
      return had;
    },
  };
}
