/** The layer tree of this view: rows and header from the kernel; what is open, focused and filtered is local. */

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import type { Changed, Flags, Header, Tree } from "../protocol";
import { ancestorsOf, isTensor, type Line, type Shown, toLine, visible, withAncestors, withFlags } from "../rows";
import { createGlances, type Glances } from "./glances";
import { atMost, createSlot, debounce } from "./slot";

export interface Found {
  query: string;
  rows: readonly number[];
  closest: string;
  error: string;
}

export interface TreeStore {
  readonly lines: ReadonlySignal<readonly Line[]>;
  readonly total: ReadonlySignal<number>;
  readonly header: ReadonlySignal<Header>;
  /** How often something else than this editor, such as training, changed the model: the history does not tell. */
  readonly outside: ReadonlySignal<number>;
  readonly shown: ReadonlySignal<readonly Shown[]>;
  readonly filter: ReadonlySignal<string>;
  readonly found: ReadonlySignal<Found | null>;
  /** How far a search through values is; null when it is not known, or done. */
  readonly progress: ReadonlySignal<number | null>;
  /** Path of the row that has the keyboard. */
  readonly focus: Signal<string>;
  readonly glances: Glances;
  line(path: string): Line | undefined;
  setFilter(query: string): void;
  setOpen(lines: readonly Line[], open: boolean): void;
  reveal(path: string): void;
  want(paths: readonly string[]): void;
  apply(changed: Changed): void;
  reload(): Promise<void>;
}

const PAGE = 4000;
const ALL_OPEN = 60;
const FILTER_DELAY = 120;
const TRIAL_PACE = 600;

export function createTree(
  channel: Channel,
  lifetime: AbortSignal,
  awake: ReadonlySignal<boolean>,
  selected: string,
): TreeStore {
  const opening = channel.opening.tree;
  const lines = signal<readonly Line[]>(opening.rows.map((row, at) => toLine(row, opening.start + at)));
  const total = signal(opening.total);
  const header = signal(opening.header);
  const outside = signal(0);
  const open = signal<ReadonlySet<string>>(new Set());
  const shut = signal<ReadonlySet<string>>(new Set()); // closed by hand while a filter is on
  const filter = signal("");
  const found = signal<Found | null>(null);
  const focus = signal(selected);
  const glances = createGlances(channel, lifetime, awake);
  const places = computed(() => new Map(rowsOf.value.map((line) => [line.path, line.index])));
  const rowsOf = signal(lines.peek()); // changes with the rows, not with their flags
  const pages = createSlot(channel, lifetime);
  const finding = createSlot(channel, lifetime);
  const told = new Map<number, Flags>(); // since rows were last asked for: some of those on their way may be older
  let stale = false;
  let sought = selected; // not yet among the rows that have arrived

  const setLines = (next: readonly Line[]): void => {
    batch(() => {
      lines.value = next;
      rowsOf.value = next;
      if (sought) reveal(sought);
    });
  };
  const line = (path: string): Line | undefined => {
    const at = places.peek().get(path);
    return at === undefined ? undefined : lines.value[at];
  };
  const reveal = (path: string): void => {
    const target = line(path);
    if (!target) return;
    if (path === sought) sought = "";
    open.value = new Set([...open.peek(), ...ancestorsOf(lines.peek(), target.index).map((above) => above.path)]);
  };
  const openAtFirst = (): void => {
    const all = lines.peek();
    const top = all.filter((each) => each.depth === 0);
    const first = total.peek() <= ALL_OPEN ? all : top.length === 1 ? top : [];
    open.value = new Set(first.filter((each) => each.span > 0).map((each) => each.path));
    reveal(selected);
  };
  const loadFrom = async (start: number, known: readonly Line[], show: boolean): Promise<void> => {
    let next = known;
    told.clear();
    for (let at = start; ; ) {
      const answered = await pages.ask({ kind: "GetTree", start: at, limit: PAGE });
      if (!answered || answered.reply.kind === "Failure") return;
      const tree: Tree = answered.reply;
      next = withFlags([...next, ...tree.rows.map((row, k) => toLine(row, tree.start + k))], [...told.values()]);
      header.value = tree.header;
      total.value = tree.total;
      at = next.length;
      const last = at >= tree.total || tree.rows.length === 0;
      if (show || last) setLines(next);
      if (last) return;
    }
  };
  const reload = async (): Promise<void> => {
    stale = false;
    await loadFrom(0, [], lines.peek().length === 0);
    find();
  };
  let due = 0; // searches that were wanted
  let done = 0; // the last of them that was carried out
  const find = (): void => {
    due += 1;
    search();
  };
  const search = debounce(FILTER_DELAY, lifetime, async () => {
    const query = filter.peek().trim();
    const mine = due;
    if (!query) {
      done = mine;
      return finding.cancel();
    }
    if (!awake.peek()) return;
    const answered = await finding.ask({ kind: "Find", query });
    if (!answered || filter.peek().trim() !== query) return;
    done = mine;
    const { reply } = answered;
    if (query !== found.peek()?.query) shut.value = new Set();
    found.value =
      reply.kind === "Failure" ? { query, rows: [], closest: "", error: reply.text } : { ...reply, query, error: "" };
  });
  lifetime.addEventListener(
    "abort",
    awake.subscribe((seen) => {
      if (!seen) finding.cancel();
      else if (done < due) search();
    }),
  );
  const tried = new Set<string>();
  const follow = atMost(TRIAL_PACE, lifetime, () => {
    glances.invalidate([...tried]);
    tried.clear();
  });
  const kept = computed(() => (found.value ? withAncestors(rowsOf.value, found.value.rows) : null));

  lifetime.addEventListener(
    "abort",
    awake.subscribe((now) => now && stale && void reload()),
  );
  openAtFirst();
  if (channel.revision() > channel.opening.revision) void reload();
  else if (opening.total > opening.rows.length) void loadFrom(opening.rows.length, lines.peek(), true);

  return {
    lines,
    total,
    header,
    outside,
    filter,
    found,
    progress: finding.progress,
    focus,
    glances,
    line,
    reveal,
    reload,
    shown: computed(() =>
      visible(lines.value, (each) => (kept.value ? !shut.value.has(each.path) : open.value.has(each.path)), kept.value),
    ),
    setFilter(query) {
      filter.value = query;
      if (!query.trim()) found.value = null;
      find();
    },
    setOpen(which, opened) {
      const set = kept.peek() ? shut : open;
      const adds = kept.peek() ? !opened : opened;
      const next = new Set(set.peek());
      for (const { path } of which) adds ? next.add(path) : next.delete(path);
      set.value = next;
    },
    want: (paths) => glances.want(isSmall(header.peek()) ? tensorPaths(lines.peek()) : paths),
    apply(changed) {
      header.value = changed.header;
      if (changed.outside) outside.value += 1;
      if (changed.bare) return;
      lines.value = withFlags(lines.peek(), changed.flags);
      for (const flags of changed.flags) told.set(flags[0], flags);
      if (!changed.trial) glances.invalidate(changed.paths);
      else {
        for (const path of changed.paths.length > 0 ? changed.paths : places.peek().keys()) tried.add(path);
        follow();
      }
      if (changed.rows && awake.peek()) void reload();
      else if (changed.rows) stale = true;
      else if (found.peek()) find();
    },
  };
}

const SMALL_TENSORS = 400;
const SMALL_BYTES = 2 ** 26;

/** Bad values in closed layers are worth knowing where looking costs nothing. */
function isSmall(header: Header): boolean {
  return header.tensors <= SMALL_TENSORS && header.bytes <= SMALL_BYTES;
}

function tensorPaths(lines: readonly Line[]): readonly string[] {
  return lines.filter((line) => isTensor(line) && line.readable && line.size > 0).map((line) => line.path);
}
