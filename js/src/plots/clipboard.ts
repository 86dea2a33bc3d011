/** Copying and pasting windows of cells as tables of exact texts. */

import { int } from "../format";
import { windowSize } from "../plane";
import { MAX_PASTE_CELLS, type Window } from "../protocol";
import type { CellStore } from "./cells";
import type { Fetch } from "./feed";
import { isAmbiguous, parseTable, writeTable } from "./paste";

const MOST_CELLS = 4000;

/** Puts a window on the clipboard. Resolves to a sentence if that took reading, or was not possible; else to "". */
export async function copyWindow(
  event: ClipboardEvent,
  window: Window,
  store: CellStore,
  fetch: Fetch,
): Promise<string> {
  event.preventDefault();
  event.stopPropagation();
  const size = windowSize(window);
  if (size > MAX_PASTE_CELLS) return `At most ${int(MAX_PASTE_CELLS)} cells can be copied, not ${int(size)}.`;
  const known = store.texts(window);
  if (known) {
    event.clipboardData?.setData("text/plain", writeTable(known));
    return "";
  }
  try {
    // The event is over when the answers are there, so they go to the clipboard by the other way.
    const texts = await readTexts(window, fetch);
    await navigator.clipboard.writeText(writeTable(texts));
    return `Copied ${int(size)} cells.`;
  } catch (error) {
    return `Not copied: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function readTexts(window: Window, fetch: Fetch): Promise<string[][]> {
  const { signal } = new AbortController();
  const rows: string[][] = [];
  const across = Math.min(MOST_CELLS, window.right - window.left);
  const down = Math.max(1, Math.floor(MOST_CELLS / across));
  for (let top = window.top; top < window.bottom; top += down) {
    const bottom = Math.min(window.bottom, top + down);
    const band: string[][] = Array.from({ length: bottom - top }, () => []);
    for (let left = window.left; left < window.right; left += across) {
      const part = { top, bottom, left, right: Math.min(window.right, left + across) };
      const answer = await fetch(part, signal);
      for (const [i, row] of answer.cells.entries()) band[i]?.push(...row.map((cell) => cell.text));
    }
    rows.push(...band);
  }
  return rows;
}

export interface Paste {
  window: Window;
  texts: string[][];
  /** The one text that fills the window, or null for a block of texts. */
  single: string | null;
}

/** What a paste at a window means, or the sentence that says why it is none. One text fills a whole selection. */
export function readPaste(event: ClipboardEvent, target: Window): Paste | string {
  event.preventDefault();
  event.stopPropagation();
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (isAmbiguous(text)) return `Is ${text.trim()} one number or two? Use a dot, or tabs.`;
  const texts = parseTable(text);
  const [tall, wide] = [texts.length, texts[0]?.length ?? 0];
  if (tall === 0) return "There is no text on the clipboard.";
  if (tall * wide > MAX_PASTE_CELLS) {
    return `At most ${int(MAX_PASTE_CELLS)} cells can be pasted, not ${int(tall * wide)}.`;
  }
  if (tall === 1 && wide === 1 && windowSize(target) > 1) {
    return { window: target, texts, single: texts[0]?.[0] ?? "" };
  }
  const { top, left } = target;
  return { window: { top, bottom: top + tall, left, right: left + wide }, texts, single: null };
}
