/** Keeps a cell store filled with what is on the screen: one request at a time, given up when the view has moved on. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Window } from "../protocol";
import { type CellData, CellStore } from "./cells";
import type { Shape } from "./selection";

export interface Page {
  window: Window;
  cells: CellData[][];
}

export type Fetch = (window: Window, signal: AbortSignal) => Promise<Page>;

export interface Feed {
  store: CellStore;
  /** The latest plane of the tensor of which there are cells: they are drawn until those of this one arrive. */
  past: CellStore | null;
  /** Counts the answers, so that what depends on cells knows when to look again. */
  version: number;
  /** Why cells could not be read, or "". */
  problem: string;
}

interface Flight {
  window: Window;
  generation: number;
  stop: AbortController;
}

export function useFeed(
  key: string,
  plane: string,
  shape: Shape,
  needed: Window,
  generation: number,
  fetch: Fetch,
  written: Page | null,
): Feed {
  // Dependencies: the key names the tensor, the shape is a new array each time
  const past = useMemo<{ store: CellStore | null }>(() => ({ store: null }), [key, shape[0], shape[1]]);
  // Dependencies: no cell of another plane is taken for one of this
  const store = useMemo(() => new CellStore(shape), [past, plane]);
  const [version, setVersion] = useState(0);
  const [problem, setProblem] = useState("");
  const flight = useRef<Flight | null>(null);
  const latest = useRef({ store, past, needed, generation, fetch });
  latest.current = { store, past, needed, generation, fetch };

  const pump = () => {
    const now = latest.current;
    if (flight.current) {
      if (meets(flight.current.window, now.needed)) return;
      flight.current.stop.abort();
      flight.current = null;
    }
    const window = now.store.missing(now.needed, now.generation);
    if (!window) return;
    const mine: Flight = { window, generation: now.generation, stop: new AbortController() };
    flight.current = mine;
    now.fetch(window, mine.stop.signal).then(
      (answer) => {
        if (mine.stop.signal.aborted) return;
        now.store.put(answer.window, answer.cells, mine.generation);
        // The window asked for is done with even if the answer is smaller: else it would be asked for again, for ever.
        now.store.put(window, [], mine.generation);
        now.past.store = now.store;
        flight.current = null;
        setProblem("");
        setVersion((count) => count + 1);
        pump();
      },
      (error: unknown) => {
        if (mine.stop.signal.aborted) return;
        flight.current = null;
        setProblem(error instanceof Error ? error.message : String(error));
        if (latest.current.generation !== mine.generation) pump();
      },
    );
  };

  // Dependencies: each write counts; the cells around it stay as old as they are
  useLayoutEffect(() => {
    if (!written) return;
    store.put(written.window, written.cells, Number.NEGATIVE_INFINITY);
    setVersion((count) => count + 1);
  }, [written]);

  const { top, bottom, left, right } = needed;
  // Dependencies: pump reads the latest of everything
  useEffect(pump, [store, top, bottom, left, right, generation]);
  // Dependencies: an answer for another plane is of no use
  useEffect(() => {
    return () => {
      flight.current?.stop.abort();
      flight.current = null;
    };
  }, [store]);
  return { store, past: past.store, version, problem };
}

function meets(a: Window, b: Window): boolean {
  return a.top < b.bottom && b.top < a.bottom && a.left < b.right && b.left < a.right;
}
