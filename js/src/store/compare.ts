/** Two states side by side: which tensors differ, and one plane of one of them as A, as B, and as their difference. */

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import { cellWindow, defaultPlane, freeAxes, sameAxes, swap, windowText, withIndex } from "../plane";
import type { TileData } from "../plots/draw";
import type { Compared, ComparedRow, Pair, Plane, Tile, Window } from "../protocol";
import { toFloat32 } from "../tensor";
import type { Pane } from "./pane";
import type { Restore } from "./restore";
import { createSlot, debounce } from "./slot";
import type { States } from "./states";
import type { TreeStore } from "./tree";

export interface PairData {
  pair: Pair;
  a: TileData;
  b: TileData;
  difference: TileData;
}

export interface CompareStore {
  readonly open: ReadonlySignal<boolean>;
  readonly table: ReadonlySignal<Compared | null>;
  /** How far the search for differences is; null when it is not known, or done. */
  readonly progress: ReadonlySignal<number | null>;
  /** Why there is no table, or no picture. */
  readonly failure: ReadonlySignal<string>;
  readonly path: ReadonlySignal<string>;
  /** The line of the tensor in the table. */
  readonly row: ReadonlySignal<ComparedRow | undefined>;
  readonly axes: ReadonlySignal<readonly string[]>;
  readonly plane: ReadonlySignal<Plane | null>;
  readonly pair: ReadonlySignal<PairData | null>;
  readonly cursor: ReadonlySignal<readonly [number, number]>;
  readonly selection: Signal<Window | null>;
  readonly relative: Signal<boolean>;
  show(): void;
  close(): void;
  pickTensor(path: string): void;
  setPlane(plane: Plane): void;
  /** Moves along the first axis that is not on the screen. */
  step(by: number): void;
  /** Swaps rows and columns. */
  turn(): void;
  setCursor(row: number, col: number): void;
  /** Asks for the part of the plane that is on the screen. */
  ask(window: Window, height: number, width: number): void;
  /** Brings the tensor that is shown back as it is in A. */
  restore(): Promise<void>;
  /** Copies the selected cells, or that of the cursor, from A. */
  take(): Promise<void>;
  changed(): void;
}

const DELAY = 60;
const SAME = new Set(["differs", "dtype"]); // matches of which both sides have values

export function createCompare(
  channel: Channel,
  lifetime: AbortSignal,
  awake: ReadonlySignal<boolean>,
  tree: TreeStore,
  pane: Pane,
  states: States,
  restore: Restore,
): CompareStore {
  const open = signal(false);
  const table = signal<Compared | null>(null);
  const refused = signal({ table: "", pair: "" });
  const path = signal("");
  const axes = signal<readonly string[]>([]);
  const plane = signal<Plane | null>(null);
  const pair = signal<PairData | null>(null);
  const cursor = signal<readonly [number, number]>([0, 0]);
  const selection = signal<Window | null>(null);
  const relative = signal(false);
  const listing = createSlot(channel, lifetime);
  const pairing = createSlot(channel, lifetime);
  const describing = createSlot(channel, lifetime);
  let asked: { window: Window; height: number; width: number } | null = null;

  const row = computed(() => table.value?.rows.find((each) => each.path === path.value));
  const load = async (): Promise<void> => {
    const answered = await listing.ask({ kind: "Compare", a: states.a.peek(), b: states.b.peek() });
    if (!answered) return;
    const { reply } = answered;
    batch(() => {
      refused.value = { table: reply.kind === "Failure" ? reply.text : "", pair: "" };
      table.value = reply.kind === "Failure" ? null : reply;
      const paths = table.value?.rows.map((each) => each.path) ?? [];
      const wanted = [path.peek(), pane.selected.peek()].find((each) => paths.includes(each)) ?? paths[0] ?? "";
      if (wanted !== path.peek()) pickTensor(wanted);
      else void fetch();
    });
  };
  const fetch = async (): Promise<void> => {
    const shown = plane.peek();
    if (!asked || !shown || !SAME.has(row.peek()?.match ?? "")) return pairing.cancel();
    const answered = await pairing.ask({
      kind: "GetPair",
      a: states.a.peek(),
      b: states.b.peek(),
      path: path.peek(),
      plane: shown,
      ...asked,
      relative: relative.peek(),
    });
    if (!answered) return;
    const { reply, buffers } = answered;
    refused.value = { ...refused.peek(), pair: reply.kind === "Failure" ? reply.text : "" };
    pair.value = reply.kind === "Failure" ? null : pairData(reply, buffers);
  };
  const pickTensor = (next: string): void => {
    if (next === path.peek()) return; // the picture would not ask again
    batch(() => {
      path.value = next;
      pair.value = null;
      plane.value = null;
      selection.value = null;
      cursor.value = [0, 0];
      asked = null;
    });
    pairing.cancel();
    if (next) void describe(next);
  };
  /** The plane is that of the inspector where it shows the tensor; else as it would show it: axis names decide. */
  const describe = async (which: string): Promise<void> => {
    const here = pane.selected.peek() === which;
    let facts = here ? pane.description.peek() : null;
    if (!facts) {
      const answered = await describing.ask({ kind: "Describe", path: which });
      if (!answered || answered.reply.kind === "Failure" || path.peek() !== which) return;
      facts = answered.reply;
    }
    axes.value = facts.axes;
    plane.value = (here && pane.plane.peek()) || defaultPlane(facts.shape, facts.axes);
    if (here) cursor.value = pane.cursor.peek();
  };
  const refresh = debounce(DELAY, lifetime, () => open.peek() && awake.peek() && void load());
  lifetime.addEventListener(
    "abort",
    effect(() => {
      void [states.a.value, states.b.value];
      if (!awake.value) listing.cancel();
      else if (open.value) refresh();
    }),
  );
  lifetime.addEventListener(
    "abort",
    relative.subscribe(() => void fetch()),
  );
  const shapeOf = (): readonly number[] => tree.line(path.peek())?.shape ?? [];
  const setPlane = (next: Plane): void => {
    const now = plane.peek();
    batch(() => {
      plane.value = next;
      if (now && sameAxes(now, next)) return;
      selection.value = null;
      pair.value = null;
      const [row, col] = cursor.peek();
      cursor.value = [col, row];
      asked = null; // the picture asks for its new self
    });
    void fetch();
  };

  return {
    open,
    table,
    progress: listing.progress,
    failure: computed(() => refused.value.table || refused.value.pair),
    path,
    row,
    axes,
    plane,
    pair,
    cursor,
    selection,
    relative,
    show() {
      if (open.peek()) return;
      states.settle();
      open.value = true;
    },
    close() {
      if (!open.peek()) return;
      states.release();
      open.value = false;
      listing.cancel();
      table.value = null;
      pickTensor("");
    },
    pickTensor,
    setPlane,
    step(by) {
      const shown = plane.peek();
      const shape = shapeOf();
      const axis = shown ? freeAxes(shown, shape)[0] : undefined;
      if (shown && axis !== undefined) setPlane(withIndex(shown, axis, (shown.fixed[axis] ?? 0) + by, shape));
    },
    turn() {
      const shown = plane.peek();
      if (shown) setPlane(swap(shown));
    },
    setCursor(at, col) {
      cursor.value = [at, col];
    },
    ask(window, height, width) {
      asked = { window, height, width };
      void fetch();
    },
    restore: () => restore.part(path.peek()),
    async take() {
      const shown = plane.peek();
      if (!shown) return;
      const region = windowText(shown, selection.peek() ?? cellWindow(...cursor.peek()));
      await restore.part(path.peek(), region === "[]" ? "[...]" : region);
    },
    changed: refresh,
  };
}

function pairData(pair: Pair, buffers: readonly DataView[]): PairData | null {
  const [a, b, difference] = buffers;
  if (!a || !b || !difference) return null;
  const { path, plane, window, height, width, step_row, step_col } = pair;
  const tile: Tile = { kind: "Tile", path, plane, window, height, width, step_row, step_col, sampled: 1 };
  const data = (values: DataView): TileData => ({ tile, values: toFloat32(values), rowNorms: NONE, colNorms: NONE });
  return { pair, a: data(a), b: data(b), difference: data(difference) };
}

const NONE = new Float32Array();
