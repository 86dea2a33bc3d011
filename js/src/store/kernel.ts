/** The kernel under the cursor, as a tile of its own: the picture may show several kernels as one. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import type { TileData } from "../plots/draw";
import type { Plane, Window } from "../protocol";
import { tileData } from "./parts";
import { createSlot } from "./slot";

export interface Kernel {
  readonly tile: ReadonlySignal<TileData | null>;
  read(path: string, plane: Plane, window: Window, inner: readonly number[]): Promise<void>;
  clear(): void;
}

export function createKernel(channel: Channel, lifetime: AbortSignal): Kernel {
  const tile = signal<TileData | null>(null);
  const slot = createSlot(channel, lifetime);
  return {
    tile,
    async read(path, plane, window, inner) {
      const place = { path, plane, window, inner: [...inner] };
      const answered = await slot.ask({ kind: "GetTile", ...place, height: 1, width: 1 });
      if (answered && answered.reply.kind !== "Failure") tile.value = tileData(answered.reply, answered.buffers);
    },
    clear() {
      slot.cancel();
      tile.value = null;
    },
  };
}
