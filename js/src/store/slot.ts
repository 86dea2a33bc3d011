/** A place on the screen that shows one answer at a time: the latest request wins, and nothing older replaces something newer. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Answered, Channel } from "../channel";
import type { ReplyTo, Request } from "../protocol";

export interface Slot {
  /** The answer, or null if it was overtaken. */
  ask<R extends Request>(request: R): Promise<Answered<ReplyTo[R["kind"]]> | null>;
  cancel(): void;
  /** The share that is done of a request that takes long, 0 to 1; else null. */
  readonly progress: ReadonlySignal<number | null>;
}

export function createSlot(channel: Channel, lifetime: AbortSignal): Slot {
  let current: AbortController | undefined;
  let newest = 0;
  const progress = signal<number | null>(null);
  const cancel = (): void => {
    current?.abort();
    current = undefined;
    progress.value = null;
  };
  lifetime.addEventListener("abort", cancel);
  return {
    cancel,
    progress,
    async ask(request) {
      cancel();
      const mine = new AbortController();
      current = mine;
      try {
        const answered = await channel.request(request, {
          signal: mine.signal,
          progress: (share) => {
            progress.value = share;
          },
        });
        progress.value = null;
        if (answered.revision < newest) return null;
        newest = answered.revision;
        return answered;
      } catch (error) {
        if (mine.signal.aborted) return null;
        throw error;
      }
    },
  };
}

/** Run `action` once, `delay` ms after the last call. */
export function debounce(delay: number, lifetime: AbortSignal, action: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  lifetime.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    clearTimeout(timer);
    if (!lifetime.aborted) timer = setTimeout(action, delay);
  };
}

/** Run `action` within `apart` ms, however often it is called until then. */
export function atMost(apart: number, lifetime: AbortSignal, action: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  lifetime.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    if (lifetime.aborted) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      action();
    }, apart);
  };
}

/** Run `action` now, or once more when it has ended: while something changes faster than it can be shown, every picture is whole. */
export function pace(action: () => Promise<unknown>): () => void {
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      do {
        again = false;
        await action();
      } while (again);
    } finally {
      running = false;
    }
  };
  return () => void run();
}
