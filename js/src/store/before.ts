/** What the screen showed before something was tried out in the model; null while nothing is. */

import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { TileData } from "../plots/draw";
import type { Description, Header } from "../protocol";

export interface Before {
  readonly description: ReadonlySignal<Description | null>;
  readonly tile: ReadonlySignal<TileData | null>;
  /** Half width of the colours of a tensor. They stay while it is tried, or a scaled tensor would look the same. */
  domain(path: string): number;
  /** The tile is not followed from now on, so that it may be old when something is tried. */
  forget(): void;
}

export function createBefore(
  header: ReadonlySignal<Header>,
  selected: ReadonlySignal<string>,
  description: ReadonlySignal<Description | null>,
  tile: ReadonlySignal<TileData | null>,
  lifetime: AbortSignal,
): Before {
  const settled = signal<Description | null>(null);
  const settledTile = signal<TileData | null>(null);
  const trying = computed(() => header.value.trial !== "");
  // what comes while something is tried is of the trial; the end of a trial alone makes nothing settled
  const stops = [
    effect(() => {
      const now = description.value;
      if (now && !trying.peek()) settled.value = now;
    }),
    effect(() => {
      const now = tile.value;
      if (now && !trying.peek()) settledTile.value = now;
    }),
  ];
  lifetime.addEventListener("abort", () => {
    for (const stop of stops) stop();
  });
  const before = computed(() => (trying.value && settled.value?.path === selected.value ? settled.value : null));
  return {
    description: before,
    tile: computed(() => (trying.value && settledTile.value?.tile.path === selected.value ? settledTile.value : null)),
    forget() {
      if (!trying.peek()) settledTile.value = null;
    },
    domain: (path) => (before.peek()?.path === path ? (before.peek()?.domain ?? 0) : 0),
  };
}
