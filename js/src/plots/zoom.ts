/** The zoom state of a heatmap, and the requests for tiles that follow from it. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Window } from "../protocol";
import type { TileData } from "./draw";
import type { Frame } from "./frame";
import { sameWindow } from "./selection";
import { request, type View, WHOLE } from "./viewport";

const PACE = 60;

/** The view, which starts at the whole plane again whenever `key` changes. */
export function useView(key: string): [View, (change: (old: View) => View) => void] {
  const [state, setState] = useState({ key, view: WHOLE });
  const view = state.key === key ? state.view : WHOLE;
  const set = (change: (old: View) => View) =>
    setState((old) => ({ key, view: change(old.key === key ? old.view : WHOLE) }));
  return [view, set];
}

/** Asks for the tile of what is visible: at once, then at a steady pace while the view moves. */
export function useTile(
  frame: Frame | null,
  key: string,
  data: TileData | null,
  ask: (window: Window, height: number, width: number) => void,
): void {
  const wanted = frame && request(frame.view, frame.shape, frame.room);
  const latest = useRef(ask);
  latest.current = ask;
  const last = useRef({ key: "", time: 0 });
  // Dependencies: the text holds all that matters of `wanted`
  useEffect(() => {
    if (!wanted) return;
    const { window, height, width } = wanted;
    const first = last.current.key === "";
    if (first && data && sameWindow(data.tile.window, window)) {
      if (data.tile.height === height && data.tile.width === width) {
        last.current.key = key;
        return;
      }
    }
    const fresh = last.current.key !== key;
    const wait = fresh ? 0 : Math.max(0, last.current.time + PACE - performance.now());
    const timer = setTimeout(() => {
      last.current = { key, time: performance.now() };
      latest.current(window, height, width);
    }, wait);
    return () => clearTimeout(timer);
  }, [key, JSON.stringify(wanted)]);
}

/** The newest tile of the whole plane, as long as it shows the same values as the current tile. */
export function useBackdrop(data: TileData | null, key: string, shape: readonly [number, number]): TileData | null {
  const held = useRef<{ key: string; whole: TileData | null; last: TileData | null }>({ key, whole: null, last: null });
  const state = held.current;
  if (state.key !== key) held.current = { key, whole: null, last: null };
  if (data && data !== held.current.last) {
    const all = { top: 0, bottom: shape[0], left: 0, right: shape[1] };
    const again = held.current.last && sameWindow(held.current.last.tile.window, data.tile.window);
    if (sameWindow(data.tile.window, all)) held.current.whole = data;
    else if (again) held.current.whole = null; // read again, so values changed
    held.current.last = data;
  }
  return held.current.whole;
}
