/** Thumbnails of tensors for the tree, fetched for the rows on the screen and kept until the values change. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import { type Glance, MAX_PATHS } from "../protocol";
import { debounce } from "./slot";

export interface Glances {
  readonly byPath: ReadonlySignal<ReadonlyMap<string, Glance>>;
  want(paths: readonly string[]): void;
  /** No paths: all are stale. The old pictures stay until new ones arrive. */
  invalidate(paths: readonly string[]): void;
}

const DELAY = 100;

export function createGlances(channel: Channel, lifetime: AbortSignal, awake: ReadonlySignal<boolean>): Glances {
  const byPath = signal<ReadonlyMap<string, Glance>>(new Map());
  const fresh = new Set<string>();
  let wanted: readonly string[] = [];

  const fetch = debounce(DELAY, lifetime, async () => {
    const paths = wanted.filter((path) => !fresh.has(path)).slice(0, MAX_PATHS);
    if (paths.length === 0 || !awake.peek()) return;
    for (const path of paths) fresh.add(path);
    const { reply } = await channel.request({ kind: "GetGlances", paths });
    if (reply.kind === "Failure") {
      for (const path of paths) fresh.delete(path); // asked for with whatever is wanted next: at once might go on for ever
      return;
    }
    const next = new Map(byPath.peek());
    for (const glance of reply.items) next.set(glance.path, glance);
    byPath.value = next;
    if (wanted.some((path) => !fresh.has(path))) fetch();
  });
  lifetime.addEventListener(
    "abort",
    awake.subscribe((now) => now && fetch()),
  );
  return {
    byPath,
    want(paths) {
      wanted = paths;
      if (paths.some((path) => !fresh.has(path))) fetch();
    },
    invalidate(paths) {
      if (paths.length === 0) fresh.clear();
      for (const path of paths) fresh.delete(path);
      fetch();
    },
  };
}
