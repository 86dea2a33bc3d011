/** What a typed text would be stored as in the tensor on the screen, asked while it is typed. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import type { Failure, Stored } from "../protocol";
import type { Pane } from "./pane";
import { createSlot, debounce } from "./slot";

export interface Check {
  /** Of the latest text; null while it is not known, or none is wanted. */
  readonly answer: ReadonlySignal<Stored | Failure | null>;
  /** Asks in a moment. */
  later(text: string): void;
  clear(): void;
  now(text: string): Promise<Stored | Failure>;
}

const DELAY = 150;

export function createCheck(channel: Channel, lifetime: AbortSignal, pane: Pane): Check {
  const answer = signal<Stored | Failure | null>(null);
  const texts = createSlot(channel, lifetime);
  let typed = "";
  const ask = debounce(DELAY, lifetime, async () => {
    const [text, path] = [typed, pane.selected.peek()];
    if (!text.trim() || !path) return texts.cancel();
    const answered = await texts.ask({ kind: "CheckText", path, text });
    if (answered && typed === text) answer.value = answered.reply;
  });
  return {
    answer,
    later(text) {
      answer.value = null;
      typed = text;
      ask();
    },
    clear() {
      answer.value = null;
      typed = "";
      texts.cancel();
    },
    now: async (text) => (await channel.request({ kind: "CheckText", path: pane.selected.peek(), text })).reply,
  };
}
