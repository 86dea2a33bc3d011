/** What is told to the user: messages over the tree, one at a time, and whether the help is open. */

import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Failure, Remark } from "../protocol";

export interface Action {
  label: string;
  run(): void;
}

export interface Message {
  id: number;
  severity: "info" | "warn" | "error";
  title: string;
  text: string;
  actions: readonly Action[];
  /** Path of the tensor or layer that it is about; empty if it is about none. */
  about: string;
}

export interface Messages {
  readonly current: ReadonlySignal<Message | null>;
  readonly waiting: ReadonlySignal<number>;
  /** Id of the message that somebody is at, with the pointer or the keyboard: it stays. */
  readonly held: Signal<number>;
  readonly help: Signal<boolean>;
  remark(remarks: readonly Remark[], about?: string): void;
  fail(title: string, failure: Failure, actions?: readonly Action[], about?: string): void;
  /** A newer write succeeded: what older ones said of this path does not hold any more. No path: of any. */
  settle(about: string): void;
  dismiss(id: number): void;
}

/** Whether one of two paths is the other or holds it. */
function isWithin(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return long.startsWith(short) && /^([./]|$)/.test(long.slice(short.length));
}

/** Long enough to read, from when it is seen; what asks, warns or failed stays until it is closed. */
const READ_TIME = 8000;

export function createMessages(lifetime: AbortSignal): Messages {
  const queue = signal<readonly Message[]>([]);
  const current = computed(() => queue.value[0] ?? null);
  const held = signal(0);
  let lastId = 0;
  const dismiss = (id: number): void => {
    queue.value = queue.value.filter((message) => message.id !== id);
  };
  const push = (message: Omit<Message, "id">): void => {
    lastId += 1;
    const id = lastId;
    const others = queue.value.filter((old) => old.title !== message.title || old.text !== message.text);
    queue.value = [{ ...message, id }, ...others];
  };
  const stop = effect(() => {
    const message = current.value;
    if (message?.severity !== "info" || message.actions.length > 0 || held.value === message.id) return;
    const timer = setTimeout(() => dismiss(message.id), READ_TIME);
    return () => clearTimeout(timer);
  });
  lifetime.addEventListener("abort", stop);
  return {
    current,
    held,
    waiting: computed(() => Math.max(0, queue.value.length - 1)),
    help: signal(false),
    dismiss,
    remark(remarks, about = "") {
      for (const { severity, title, text } of remarks) push({ severity, title, text, actions: [], about });
    },
    fail(title, failure, actions = [], about = "") {
      if (failure.code === "kernel-gone") return; // the band says it
      push({ severity: "error", title, text: failure.text, actions, about });
    },
    settle(about) {
      queue.value = queue.value.filter((old) => old.about === "" || (about !== "" && !isWithin(old.about, about)));
    },
  };
}
