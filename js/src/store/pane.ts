/** The tensor on the screen: its facts, the plane it is cut by, the tile that is drawn, cursor and selection. */

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import { cellWindow, defaultPlane, planeShape, sameAxes, samePlane } from "../plane";
import type { CellData } from "../plots/cells";
import type { TileData } from "../plots/draw";
import type { Cells, Description, GetTile, Plane, Window } from "../protocol";
import type { Line } from "../rows";
import { type Before, createBefore } from "./before";
import { createKernel } from "./kernel";
import { cellsOf, tileData } from "./parts";
import { createSlot, debounce, pace } from "./slot";
import type { TreeStore } from "./tree";
import { createViews, type ViewName, type Views } from "./views";

/** The cell under the cursor, exactly. */
export interface Reading extends CellData {
  plane: Plane;
  row: number;
  col: number;
}

/** A window of cells. */
export interface Page {
  window: Window;
  cells: CellData[][];
}

export interface Pane {
  readonly selected: ReadonlySignal<string>;
  readonly line: ReadonlySignal<Line | undefined>;
  readonly description: ReadonlySignal<Description | null>;
  readonly before: Before;
  /** Whether there is anything to show in a view. */
  readonly hasValues: ReadonlySignal<boolean>;
  /** Why there is no description. */
  readonly failure: ReadonlySignal<string>;
  readonly plane: ReadonlySignal<Plane | null>;
  readonly inner: Views["inner"];
  readonly tile: ReadonlySignal<TileData | null>;
  readonly cursor: ReadonlySignal<[number, number]>;
  readonly selection: Signal<Window | null>;
  readonly reading: ReadonlySignal<Reading | null>;
  /** The kernel under the cursor, as a tile of its own, while kernels are shown. */
  readonly kernel: ReadonlySignal<TileData | null>;
  readonly view: Views["view"];
  readonly log: Signal<boolean>;
  /** Cells of the shown plane that were just written, as they are stored. */
  readonly written: ReadonlySignal<Page | null>;
  /** Counts up when cells fetched before are stale. */
  readonly generation: ReadonlySignal<number>;
  select(path: string): void;
  /** Whether a view can show this tensor. */
  supports(view: ViewName): boolean;
  setView(view: ViewName): void;
  setPlane(plane: Plane): void;
  setCursor(row: number, col: number): void;
  setDomain(domain: number): void;
  askTile(window: Window, height: number, width: number): void;
  cells(window: Window, signal: AbortSignal): Promise<Page>;
  /** Takes in what a write answered. */
  stored(cells: Cells, buffers: readonly DataView[]): void;
  /** A trial may change faster than it can be shown. */
  changed(paths: readonly string[], trial: boolean): void;
}

const READ_DELAY = 60;

export function createPane(
  channel: Channel,
  lifetime: AbortSignal,
  awake: ReadonlySignal<boolean>,
  tree: TreeStore,
): Pane {
  const first = channel.opening;
  const selected = signal(first.selected);
  const description = signal<Description | null>(first.description);
  const failure = signal("");
  const plane = signal<Plane | null>(first.tile?.plane ?? null);
  const tile = signal<TileData | null>(first.tile ? tileData(first.tile, channel.buffers) : null);
  const cursor = signal<[number, number]>([0, 0]);
  const selection = signal<Window | null>(null);
  const reading = signal<Reading | null>(null);
  const written = signal<Page | null>(null);
  const generation = signal(0);
  const before = createBefore(tree.header, selected, description, tile, lifetime);
  const describing = createSlot(channel, lifetime);
  const tiling = createSlot(channel, lifetime);
  const reader = createSlot(channel, lifetime);
  const kernel = createKernel(channel, lifetime);
  let domain = 0;
  let asked: Pick<GetTile, "window" | "height" | "width"> | null = first.tile;
  let stale = false;

  const line = computed(() => {
    void tree.lines.value;
    return tree.line(selected.value);
  });
  const hasValues = computed(
    () => (description.value?.readable ?? line.value?.readable ?? false) && (line.value?.size ?? 0) > 0,
  );
  const views = createViews(line, description);
  const { view, inner } = views;
  const readable = (): boolean => hasValues.peek();

  const describe = async (): Promise<void> => {
    const path = selected.peek();
    if (!path) return;
    const answered = await describing.ask({ kind: "Describe", path, domain: domain || before.domain(path) });
    if (!answered) return;
    const { reply } = answered;
    batch(() => {
      failure.value = reply.kind === "Failure" ? reply.text : "";
      if (reply.kind === "Failure") return;
      description.value = reply;
      if (!plane.peek()) plane.value = views.first(reply.shape, reply.axes);
    });
    read();
  };
  const fetchTile = async (): Promise<void> => {
    const shown = plane.peek();
    if (!asked || !shown || !readable()) return;
    if (view.peek() === "values" || view.peek() === "spectrum") {
      tiling.cancel();
      tile.value = null; // the picture asks when it is shown
      before.forget();
      return;
    }
    const place = { path: selected.peek(), plane: shown, window: asked.window, inner: [...inner.peek()] };
    const answered = await tiling.ask({ kind: "GetTile", ...place, height: asked.height, width: asked.width });
    if (answered && answered.reply.kind !== "Failure") tile.value = tileData(answered.reply, answered.buffers);
  };
  const read = debounce(READ_DELAY, lifetime, async () => {
    const shown = plane.peek();
    if (!shown || !readable() || !awake.peek()) return;
    const [row, col] = cursor.peek();
    const path = selected.peek();
    const window = cellWindow(row, col);
    if (inner.peek().length > 0) void kernel.read(path, shown, window, inner.peek());
    const answered = await reader.ask({ kind: "GetCells", path, plane: shown, window });
    if (!answered || answered.reply.kind === "Failure") return;
    const cell = cellsOf(answered.reply.texts, answered.buffers)[0]?.[0];
    if (cell) reading.value = { ...cell, plane: shown, row, col };
  });
  const refresh = (): Promise<unknown> => {
    stale = false;
    generation.value += 1;
    return Promise.all([describe(), fetchTile()]);
  };
  const follow = pace(refresh);
  const show = (path: string): void => {
    const target = tree.line(path);
    batch(() => {
      selected.value = path;
      description.value = null;
      failure.value = "";
      tile.value = null;
      reading.value = null;
      written.value = null;
      selection.value = null;
      cursor.value = [0, 0];
      generation.value += 1;
      domain = 0;
      asked = null;
      // axis names decide for higher ranks, and they come with the description
      plane.value = target && target.shape.length < 3 ? defaultPlane(target.shape, []) : null;
    });
    before.forget();
    tiling.cancel();
    reader.cancel();
    kernel.clear();
    void describe();
  };

  lifetime.addEventListener(
    "abort",
    awake.subscribe((now) => now && stale && void refresh()),
  );
  const wanted = channel.selection();
  if (wanted && wanted !== first.selected) show(wanted);
  else if (first.selected && (!first.description || channel.revision() > first.revision)) void refresh();
  else read();
  if (!plane.peek() && description.peek()) {
    const facts = description.peek() as Description;
    plane.value = defaultPlane(facts.shape, facts.axes);
  }

  const pane: Pane = {
    selected,
    line,
    description,
    before,
    hasValues,
    failure,
    plane,
    inner,
    tile,
    cursor,
    selection,
    reading,
    kernel: kernel.tile,
    written,
    generation,
    view,
    supports: (which) => hasValues.value && views.supports(which),
    log: signal(false),
    select(path) {
      if (path === selected.peek()) return;
      show(path);
      channel.select(path);
    },
    setView(next) {
      views.choose(next);
      kernel.clear(); // it may be another when kernels are shown again
      const now = plane.peek();
      if (now) pane.setPlane(views.fitted(now));
      read();
    },
    setPlane(next) {
      const now = plane.peek();
      const shape = line.peek()?.shape ?? [];
      if (!now || samePlane(now, next)) return;
      batch(() => {
        plane.value = next;
        written.value = null;
        if (sameAxes(now, next)) return;
        tile.value = null;
        selection.value = null;
        const [rows, cols] = planeShape(next, shape);
        const [row, col] = cursor.peek();
        cursor.value = now.rows === next.cols && now.cols === next.rows ? [col, row] : [0, 0];
        if (asked) asked = { ...asked, window: { top: 0, bottom: rows, left: 0, right: cols } };
      });
      if (inner.peek().length === 0 || !sameAxes(now, next)) void fetchTile(); // kernels hold every slice
      read();
    },
    setCursor(row, col) {
      const [oldRow, oldCol] = cursor.peek();
      if (row === oldRow && col === oldCol) return;
      cursor.value = [row, col];
      read();
    },
    setDomain(next) {
      domain = next;
      void describe();
    },
    askTile(window, height, width) {
      asked = { window, height, width };
      if (awake.peek()) void fetchTile();
      else stale = true;
    },
    async cells(window, signal) {
      const shown = plane.peek();
      if (!shown) return { window, cells: [] };
      const request = { kind: "GetCells" as const, path: selected.peek(), plane: shown, window };
      const { reply, buffers } = await channel.request(request, { signal });
      if (reply.kind === "Failure") throw new Error(reply.text);
      return { window: reply.window, cells: cellsOf(reply.texts, buffers) };
    },
    stored(cells, buffers) {
      const shown = plane.peek();
      if (cells.path !== selected.peek() || !shown || !samePlane(shown, cells.plane)) return;
      written.value = { window: cells.window, cells: cellsOf(cells.texts, buffers) };
    },
    changed(paths, trial) {
      if (paths.length > 0 && !paths.includes(selected.peek())) return;
      if (!awake.peek()) stale = true;
      else if (trial) follow();
      else void refresh();
    },
  };
  return pane;
}
