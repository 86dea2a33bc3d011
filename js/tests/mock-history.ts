/** The part of the mock kernel that remembers: entries as a tree, snapshots, comparisons, patches, code, and a doctor. */

import type { ComparedRow, Finding, Histogram, StateRef, Step } from "../src/protocol";
import type { MockTensor } from "./datasets";
import {
  bins,
  type Entry,
  fail,
  flat,
  type Handlers,
  indexesOf,
  type MockKernel,
  range,
  say,
  sizeOf,
  summarize,
} from "./mock";

interface Known {
  entry: Entry;
  number: number;
  parent: number;
}

const FIRST = Date.UTC(2024, 4, 6, 14, 2) / 1000;

export interface Remembering {
  handlers: Handlers;
  /** Number of the entry where the model stands. */
  position(): number;
}

/** `score` runs the first probe. */
export function remembering(kernel: MockKernel, probe: string, score: () => number | null): Remembering {
  const known: Known[] = [];
  const numbers = new Map<Entry, Known>();
  const snapshots = new Map<string, { entry: number; time: number }>();
  const scores = new Map<number, number | null>();
  const treated = new Set<number>();

  /** Numbers what was done since: each entry follows the one below it. */
  const position = (): number => {
    let parent = 0;
    for (const entry of kernel.undos) {
      let own = numbers.get(entry);
      if (!own) {
        own = { entry, number: known.length + 1, parent };
        known.push(own);
        numbers.set(entry, own);
      }
      parent = own.number;
    }
    if (!kernel.trial && !scores.has(parent)) scores.set(parent, score());
    return parent;
  };
  const wayTo = (number: number): Entry[] => {
    if (number === 0) return [];
    const own = known.find((each) => each.number === number);
    if (!own) throw fail("history", `The history has no entry ${number}.`);
    return [...wayTo(own.parent), own.entry];
  };
  const travel = (number: number): string[] => {
    const way = wayTo(number);
    const shared = kernel.undos.findIndex((entry, at) => way[at] !== entry);
    const kept = shared < 0 ? kernel.undos.length : shared;
    const undone = kernel.undos.splice(kept).reverse();
    for (const entry of undone) entry.undo();
    const redone = way.slice(kept);
    for (const entry of redone) entry.redo();
    kernel.undos.push(...redone);
    kernel.redos.splice(0, Number.POSITIVE_INFINITY, ...undone.filter((entry) => !way.includes(entry)));
    return [...new Set([...undone, ...redone].flatMap((entry) => entry.paths))];
  };
  const entryOf = (state: StateRef): number => {
    if (state.kind === "now") return position();
    if (state.kind === "entry") return state.entry ?? 0;
    const found = snapshots.get(state.name ?? "");
    if (!found) throw fail("history", `There is no snapshot '${state.name}'; take one first.`);
    return found.entry;
  };
  /** What `read` gives while the model stands there. */
  const at = <Given>(state: StateRef, read: () => Given): Given => {
    const here = position();
    const there = entryOf(state);
    if (state.kind === "now" || there === here) {
      if (state.kind !== "now") kernel.trial?.undo();
      const given = read();
      if (state.kind !== "now") kernel.trial?.redo();
      return given;
    }
    kernel.trial?.undo();
    const redos = [...kernel.redos];
    travel(there);
    const given = read();
    travel(here);
    kernel.redos.splice(0, Number.POSITIVE_INFINITY, ...redos);
    kernel.trial?.redo();
    return given;
  };
  const valuesOf = (own: MockTensor, state: StateRef): number[] =>
    at(state, () => range(0, sizeOf(own)).map((index) => kernel.valueAt(own, index)));
  const touched = (): MockTensor[] => {
    const paths = [...known.flatMap(({ entry }) => entry.paths), ...(kernel.trial?.paths ?? [])];
    return [...new Set(paths)].flatMap((path) => kernel.tensors.get(path) ?? []);
  };
  const rowOf = (own: MockTensor, a: StateRef, b: StateRef): ComparedRow => {
    const [x, y] = [valuesOf(own, a), valuesOf(own, b)];
    const gaps = x.map((value, k) => (Object.is(value, y[k]) ? 0 : (y[k] ?? 0) - value));
    const norm = (values: number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    const dot = x.reduce((sum, value, k) => sum + value * (y[k] ?? 0), 0);
    return {
      path: own.path,
      match: gaps.some((gap) => gap !== 0) ? "differs" : "equal",
      size: x.length,
      changed: gaps.filter((gap) => gap !== 0).length,
      max_abs: Math.max(...gaps.map(Math.abs)),
      relative: wire(norm(gaps) / norm(x)),
      cosine: wire(dot / norm(x) / norm(y)),
    };
  };
  const done = (entry: Entry): ReturnType<typeof say> => {
    kernel.record(entry);
    return say({ kind: "Done", label: entry.label, remarks: [] }, [], kernel.changed(entry.paths));
  };
  const stepOf = ({ entry, number, parent }: Known): Step => ({
    number,
    parent,
    time: FIRST + number * 127,
    what: entry.label.split(` ${entry.paths[0]}`)[0] ?? "",
    place: entry.label.match(/\S+\/.*/)?.[0] ?? entry.paths.slice(0, 2).join(", "),
    count: entry.count ?? 0,
    done: kernel.undos.includes(entry),
    scores: [scores.get(number) ?? null],
  });
  const findings = (): Finding[] =>
    [...kernel.tensors.values()]
      .filter((own) => own.readable && sizeOf(own) < 1e5)
      .flatMap((own) => {
        const bad = range(0, sizeOf(own)).find((index) => Number.isNaN(kernel.valueAt(own, index)));
        if (bad === undefined) return [];
        const cell = own.shape.map((size, axis) => {
          const below = own.shape.slice(axis + 1).reduce((product, each) => product * each, 1);
          return Math.floor(bad / below) % size;
        });
        return [
          {
            number: bad,
            severity: "error" as const,
            path: own.path,
            region: `[${cell.join(", ")}]`,
            title: "NaN",
            text: "Training would spread it to every weight upstream.",
            fix: "set to 0",
          },
        ];
      })
      .filter((each) => !treated.has(each.number));

  return {
    position,
    handlers: {
      GetHistory() {
        const here = position();
        const start: Step = {
          ...stepOf(OPENED),
          scores: [scores.get(0) ?? null],
          done: true,
          place: kernel.data.title,
        };
        return say({
          kind: "History",
          position: here,
          total: known.length + 1,
          bytes: 4096,
          probes: probe ? [probe] : [],
          steps: [...known.map(stepOf).reverse(), start].slice(0, 1000),
          snapshots: [...snapshots].map(([name, own]) => ({ name, ...own, bytes: 4096 })).reverse(),
        });
      },
      GoTo({ entry }) {
        position();
        const paths = travel(entry);
        return say({ kind: "Done", label: `edit ${entry}`, remarks: [] }, [], kernel.changed(paths));
      },
      TakeBack({ entry }) {
        const own = known.find((each) => each.number === entry);
        if (!own) throw fail("history", `The history has no entry ${entry}.`);
        const label = `take back ${own.entry.label}`;
        return done({
          label,
          paths: own.entry.paths,
          count: own.entry.count,
          redo: own.entry.undo,
          undo: own.entry.redo,
        });
      },
      TakeSnapshot({ name }) {
        const label = name || `snapshot ${snapshots.size + 1}`;
        snapshots.set(label, { entry: position(), time: FIRST });
        return say({ kind: "Done", label, remarks: [] });
      },
      DropSnapshot({ name }) {
        if (!snapshots.delete(name)) throw fail("history", `There is no snapshot '${name}'.`);
        return say({ kind: "Done", label: name, remarks: [] });
      },
      PickFrom({ state, paths = [], region = "" }) {
        const meant = paths.length > 0 ? paths.map(kernel.get) : touched();
        const parts = meant.map((own) => {
          const indexes = indexesOf(own, region || "[...]");
          const values = valuesOf(own, state);
          return kernel.entry(
            own.path,
            indexes,
            indexes.map((index) => values[index] ?? 0),
            "",
          );
        });
        return done({
          label: "take from A",
          paths: meant.map((own) => own.path),
          count: parts.reduce((sum, part) => sum + (part.count ?? 0), 0),
          redo: () => {
            for (const part of parts) part.redo();
          },
          undo: () => {
            for (const part of parts) part.undo();
          },
        });
      },
      Compare({ a, b }) {
        entryOf(a); // refuses what is gone
        entryOf(b);
        const rows = touched()
          .map((own) => rowOf(own, a, b))
          .filter((row) => row.match !== "equal")
          .sort((x, y) => Number(y.relative) - Number(x.relative));
        const equal = kernel.tensors.size - rows.length;
        return say({ kind: "Compared", a: a.kind, b: b.kind, differing: rows.length, equal, rows });
      },
      GetPair({ a, b, path, plane, window, height, width, relative }) {
        const own = kernel.get(path);
        const [rows, cols] = [window.bottom - window.top, window.right - window.left];
        const [stepRow, stepCol] = [Math.ceil(rows / height), Math.ceil(cols / width)];
        const [h, w] = [Math.ceil(rows / stepRow), Math.ceil(cols / stepCol)];
        const [x, y] = [valuesOf(own, a), valuesOf(own, b)];
        const places = range(0, h).flatMap((i) =>
          range(0, w).map((j) => flat(own, plane, window.top + i * stepRow, window.left + j * stepCol)),
        );
        const gap = (index: number): number => {
          const [from, to] = [x[index] ?? 0, y[index] ?? 0];
          return relative && to !== from ? (to - from) / Math.abs(from) : to - from;
        };
        const gaps = x.map((_, index) => gap(index));
        const half = (values: number[]): number => Math.max(...values.filter(Number.isFinite).map(Math.abs), 0);
        const [domain, spread] = [Math.max(half(x), half(y)), half(gaps)];
        const tile = (values: number[]): ArrayBuffer => Float32Array.from(places, (index) => values[index] ?? 0).buffer;
        const histogram = (values: number[], end: number): Histogram => ({
          low: -end || -1,
          high: end || 1,
          counts: bins(values, -end || -1, end || 1, 64),
          under: 0,
          over: 0,
        });
        return say(
          {
            kind: "Pair",
            path,
            plane,
            window,
            height: h,
            width: w,
            step_row: stepRow,
            step_col: stepCol,
            domain,
            spread,
            a: summarize(own, (_, index) => x[index] ?? 0),
            b: summarize(own, (_, index) => y[index] ?? 0),
            a_histogram: histogram(x, domain),
            b_histogram: histogram(y, domain),
            difference_histogram: histogram(gaps, spread),
            row: rowOf(own, a, b),
          },
          [tile(x), tile(y), tile(gaps)],
        );
      },
      GetCode({ entries = [] }) {
        position();
        const meant = known.filter((each) => (entries.length > 0 ? entries.includes(each.number) : true));
        return say({
          kind: "Code",
          text: meant.map((each) => `# edit ${each.number}: ${each.entry.label}`).join("\n"),
        });
      },
      GetPatch: () =>
        say({ kind: "PatchFile", name: "digits_cnn.pwpatch", count: 3 }, [new Uint8Array([80, 87, 1]).buffer]),
      ApplyPatch() {
        const own = [...kernel.tensors.values()][0];
        if (!own) throw fail("patch", "The model has no tensors.");
        return done({ ...kernel.entry(own.path, [0], [0.5], "apply patch"), count: 1 });
      },
      Examine: () => say({ kind: "Findings", examined: kernel.tensors.size, items: findings() }),
      Treat({ finding }) {
        const found = findings().find((each) => each.number === finding);
        if (!found) throw fail("message", "The model was examined again since; examine it anew.");
        const own = kernel.get(found.path);
        const bad = range(0, sizeOf(own)).filter((index) => Number.isNaN(kernel.valueAt(own, index)));
        return done(
          kernel.entry(
            own.path,
            bad,
            bad.map(() => 0),
            "set NaN to 0",
          ),
        );
      },
    },
  };
}

const OPENED: Known = { entry: { label: "opened", paths: [], undo: () => {}, redo: () => {} }, number: 0, parent: -1 };

function wire(value: number): number | "NaN" {
  return Number.isNaN(value) ? "NaN" : value;
}
