/** A kernel in the page: answers every request of the protocol about a dataset, late, never, or not at all if told so. */

import type { Model } from "../src/channel";
import { isWrite } from "../src/channel/exchange";
import { innerShape, planeAt } from "../src/kernels";
import { defaultPlane, planeShape, windowSize } from "../src/plane";
import type {
  Answer,
  Cells,
  Changed,
  Description,
  Envelope,
  Event,
  Failure,
  GetTile,
  Glance,
  Header,
  Opening,
  Plane,
  Reply,
  Request,
  Row,
  Stored,
  Summary,
  Tile,
  Window,
} from "../src/protocol";
import { VERSION } from "../src/protocol";
import type { Dataset, MockLayer, MockTensor } from "./datasets";
import { editing } from "./mock-edit";
import { remembering } from "./mock-history";
import { type MockLesson, teaching } from "./mock-lesson";
import { type Probing, probing } from "./mock-probes";
import { spectrumOf } from "./mock-spectrum";

const SAMPLE = 20_000;
const PAGE = 4000;

export type Parts = ArrayBuffer[];
export type Said = [reply: Reply, parts: Parts, changed: Changed | null];

export interface Entry {
  label: string;
  undo(): void;
  redo(): void;
  paths: string[];
  /** How many values it changes. */
  count?: number;
}

/** What the parts of the mock in other files may use of it. */
export interface MockKernel {
  readonly data: Dataset;
  readonly tensors: ReadonlyMap<string, MockTensor>;
  readonly rows: readonly Row[];
  readonly undos: Entry[];
  readonly redos: Entry[];
  /** What is tried out, and the way back. */
  trial: (Entry & { owner: number }) | null;
  get(path: string): MockTensor;
  valueAt(tensor: MockTensor, index: number): number;
  /** How many cells are not what they were. */
  differing(): number;
  /** An entry that was carried out is recorded. */
  record(entry: Entry): void;
  /** How cells are written, and taken back. */
  entry(path: string, indexes: readonly number[], values: readonly number[], label: string): Entry;
  changed(paths: string[], more?: Partial<Changed>): Changed;
  push(event: Event, parts?: Parts): void;
}

/** Answers to some kinds of requests. */
export type Handlers = { [K in Request["kind"]]?: (request: Extract<Request, { kind: K }>) => Said };

export function say(reply: Reply, parts: Parts = [], changed: Changed | null = null): Said {
  return [reply, parts, changed];
}

export interface MockModel extends Model {
  /** All requests so far. */
  readonly requests: Request[];
  readonly traits: Record<string, unknown>;
  kinds(): string[];
  /** How many answers are on their way; those held by a pause are not. */
  pending(): number;
  /** Answer nothing until `resume`, as while a cell runs. */
  pause(): void;
  resume(): void;
  /** From now on `send` throws. */
  die(): void;
  /** Its kernel restarts: `send` throws, and the host has marked the model. */
  restart(): void;
  /** The kernel sets a trait. */
  become(name: string, value: unknown): void;
  /** Answer the next request of this kind with a failure. */
  failNext(kind: Request["kind"], failure: Omit<Failure, "kind">): void;
  /** Answer the next request of this kind with this. */
  answerNext(kind: Request["kind"], reply: Reply): void;
  push(event: Event, parts?: Parts): void;
  /** Something else wrote the tensor. */
  touch(path: string): void;
}

export interface MockOptions {
  /** Milliseconds until an answer; 0 answers in a microtask. */
  latency?: number;
  /** How many rows travel in the opening. */
  rows?: number;
  /** The probes there are. */
  probes?: Probing;
  /** The lesson on the model. */
  lesson?: MockLesson;
}

export function createMockModel(data: Dataset, options: MockOptions = {}): MockModel {
  const kernel = createKernel(data, options, (event, parts) => push(event, parts));
  const listeners = new Map<string, Set<(...args: unknown[]) => void>>();
  const requests: Request[] = [];
  const prepared = new Map<string, Reply>();
  const held: (() => void)[] = [];
  let pending = 0;
  let paused = false;
  let dead = false;
  const traits: Record<string, unknown> = {
    ...kernel.opening(options.rows ?? PAGE),
    selection: data.selected,
    mid: "m1",
  };

  const trigger = (name: string, ...args: unknown[]): void => {
    for (const listener of [...(listeners.get(name) ?? [])]) listener(...args);
  };
  const emit = (content: unknown, parts: Parts = []): void => {
    const views = parts.map((part) => new DataView(part));
    trigger("msg:custom", content, views);
  };
  const push = (event: Event, parts: Parts = []): void => {
    emit({ revision: kernel.revision(), event }, parts);
  };
  const answer = ({ id, request }: Envelope): void => {
    const given = prepared.get(request.kind);
    prepared.delete(request.kind);
    const [reply, parts, changed] = given ? ([given, [], null] as const) : kernel.answer(request);
    if (changed) push(changed);
    emit({ id, revision: kernel.revision(), reply } satisfies Answer, [...parts]);
    if (changed) kernel.probe();
  };
  return {
    requests,
    traits,
    pending: () => pending,
    kinds: () => requests.map((request) => request.kind),
    get: (name) => traits[name],
    set: (name, value) => {
      traits[name] = value;
    },
    save_changes: () => undefined,
    send(content) {
      if (dead) throw new Error("Cannot send");
      const envelope = structuredClone(content) as Envelope;
      requests.push(envelope.request);
      const run = (): void => {
        pending -= 1;
        answer(envelope);
      };
      if (paused) {
        held.push(() => answer(envelope));
        return;
      }
      pending += 1;
      if (options.latency) setTimeout(run, options.latency);
      else queueMicrotask(run);
    },
    on(name, callback) {
      listeners.set(name, (listeners.get(name) ?? new Set()).add(callback as never));
    },
    off: (name, callback) => void listeners.get(name)?.delete(callback as never),
    widget_manager: { get_model: async () => ({ comm_live: !dead }) },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      for (const run of held.splice(0)) run();
    },
    die: () => {
      dead = true;
    },
    become(name, value) {
      traits[name] = value;
      trigger(`change:${name}`);
    },
    restart() {
      dead = true;
      trigger("comm_live_update");
    },
    failNext: (kind, failure) => void prepared.set(kind, { kind: "Failure", ...failure }),
    answerNext: (kind, reply) => void prepared.set(kind, reply),
    push,
    touch: (path) => push(kernel.touch(path)),
  };
}

function createKernel(data: Dataset, options: MockOptions, push: MockKernel["push"]) {
  const tensors = new Map<string, MockTensor>();
  const cells = new Map<string, Map<number, number>>(); // what was written
  const rows: Row[] = [];
  const undos: Entry[] = [];
  const redos: Entry[] = [];
  let revision = 0;

  const page = (own: MockTensor, plane: Plane, window: Window): [Cells, Parts] => {
    if (windowSize(window) > 4000) throw fail("message", "At most 4,000 cells.");
    const values = new Float32Array(windowSize(window));
    const marks = new Uint8Array(values.length);
    let at = 0;
    const texts = range(window.top, window.bottom).map((row) =>
      range(window.left, window.right).map((col) => {
        const index = flat(own, plane, row, col);
        values[at] = valueAt(own, index);
        marks[at] = cells.get(own.path)?.has(index) ? 1 : 0;
        at += 1;
        return text(valueAt(own, index), own.dtype);
      }),
    );
    return [{ kind: "Cells", path: own.path, plane, window, texts }, [values.buffer, marks.buffer]];
  };
  const walk = (layer: MockLayer, depth: number, prefix: string): void => {
    const at = rows.length;
    const path = prefix + layer.name;
    rows.push([depth, 0, path, layer.name, layer.kind, [], "", "", 0, 0, "none", "", false, true, true]);
    for (const given of layer.tensors ?? []) {
      const each = { ...given }; // flags change, and datasets are shared
      tensors.set(each.path, each);
      const name = each.path.slice(each.path.lastIndexOf(data.separator) + 1);
      const count = each.role === "buffer" || each.tied ? 0 : sizeOf(each);
      rows.push([
        depth + 1,
        0,
        each.path,
        name,
        "",
        each.shape,
        each.dtype,
        each.role,
        sizeOf(each),
        count,
        "open",
        each.tied,
        false,
        each.readable,
        each.writable,
      ]);
    }
    for (const child of layer.children ?? []) walk(child, depth + 1, path + data.separator);
    const row = rows[at] as Row;
    row[1] = rows.length - at - 1;
    const below = rows.slice(at + 1).filter((each) => each[7] !== "");
    row[8] = below.reduce((sum, each) => sum + each[8], 0);
    row[9] = below.reduce((sum, each) => sum + each[9], 0);
  };
  for (const layer of data.layers) walk(layer, 0, "");

  const get = (path: string): MockTensor => {
    const found = tensors.get(path);
    if (!found) throw fail("path", `There is no tensor '${path}'.`);
    return found;
  };
  const valueAt = (tensor: MockTensor, index: number): number => cells.get(tensor.path)?.get(index) ?? tensor.at(index);
  const flags = (): void => {
    for (let at = rows.length - 1; at >= 0; at -= 1) {
      const row = rows[at] as Row;
      const own = tensors.get(row[2]);
      if (own && row[7]) {
        row[10] = own.trainable === null ? "none" : own.trainable ? "open" : "frozen";
        row[12] = (cells.get(own.path)?.size ?? 0) > 0;
      } else {
        const below = rows.slice(at + 1, at + 1 + row[1]).filter((each) => each[7] !== "");
        const locks = new Set(below.map((each) => each[10]).filter((lock) => lock !== "none"));
        row[10] = locks.size === 0 ? "none" : locks.size > 1 ? "mixed" : ([...locks][0] as Row[10]);
        row[12] = below.some((each) => each[12]);
      }
    }
  };
  flags();
  const header = (): Header => {
    const all = [...tensors.values()];
    const sum = (keep: (each: MockTensor) => boolean): number =>
      all.filter((each) => keep(each) && !each.tied).reduce((total, each) => total + sizeOf(each), 0);
    return {
      title: data.title,
      framework: data.framework,
      count: sum((each) => each.role !== "buffer"),
      bytes: sum(() => true) * 4,
      trainable: sum((each) => each.trainable === true),
      frozen: sum((each) => each.trainable === false),
      buffers: sum((each) => each.role === "buffer"),
      tensors: all.length,
      writable: true,
      undo: kernel.trial?.label ?? undos.at(-1)?.label ?? "",
      redo: redos.at(-1)?.label ?? "",
      position: history.position(),
      edits: undos.length,
      trial: kernel.trial?.label ?? "",
      trial_owner: kernel.trial?.owner ?? 0,
      trial_paths: kernel.trial?.paths ?? [],
    };
  };
  const changed = (paths: string[], more: Partial<Changed> = {}): Changed => {
    revision += 1;
    flags();
    return {
      kind: "Changed",
      paths,
      flags: rows.map((row, at) => [at, row[10], row[12]] as [number, Row[10], boolean]),
      header: header(),
      ...more,
    };
  };
  const record = (entry: Entry): void => {
    entry.redo();
    undos.push(entry);
    redos.length = 0;
  };
  const entryOf: MockKernel["entry"] = (path, indexes, values, label) => {
    const own = cells.get(path) ?? new Map<number, number>();
    cells.set(path, own);
    const before = indexes.map((index) => own.get(index));
    return {
      label,
      paths: [path],
      count: indexes.length,
      redo: () => {
        for (const [k, index] of indexes.entries()) own.set(index, values[k] as number);
      },
      undo: () =>
        indexes.forEach((index, k) => {
          const old = before[k];
          if (old === undefined) own.delete(index);
          else own.set(index, old);
        }),
    };
  };
  const kernel: MockKernel = {
    data,
    tensors,
    rows,
    undos,
    redos,
    trial: null,
    get,
    valueAt,
    differing: () =>
      [...cells].reduce(
        (sum, [path, own]) => sum + [...own].filter(([index, value]) => value !== get(path).at(index)).length,
        0,
      ),
    record,
    entry: entryOf,
    changed,
    push,
  };
  const probes = probing(kernel, options.probes ?? {});
  const history = remembering(kernel, Object.keys(options.probes ?? {})[0] ?? "", probes.score);
  const lesson = teaching(kernel, options.lesson);
  const handlers: Handlers = { ...editing(kernel), ...probes.handlers, ...history.handlers, ...lesson.handlers };
  const step = (from: Entry[], to: Entry[], verb: "undo" | "redo"): [Reply, Parts, Changed | null] => {
    const entry = from.pop();
    if (!entry) throw fail("nothing", `There is nothing to ${verb}.`);
    entry[verb]();
    to.push(entry);
    return [{ kind: "Done", label: entry.label, remarks: [] }, [], changed(entry.paths)];
  };

  const reply = (request: Request): Said => {
    if (kernel.trial && isWrite(request) && !request.kind.endsWith("Trial") && request.kind !== "TryOut") {
      const { label, paths, undo } = kernel.trial;
      undo();
      kernel.trial = null;
      if (request.kind === "Undo") return say({ kind: "Done", label, remarks: [] }, [], changed(paths));
    }
    switch (request.kind) {
      case "CheckHeard":
        return say({ kind: "Unheard", ids: [], answered: [] });
      case "Ping":
      case "Attend":
      case "Stop":
        return say({ kind: "Pong" });
      case "GetTree":
        return say({
          kind: "Tree",
          header: header(),
          start: request.start,
          total: rows.length,
          rows: rows.slice(request.start, request.start + request.limit),
        });
      case "Find": {
        const found = [...rows.entries()]
          .filter(([, row]) => row[7] !== "" && matches(row, request.query, valueAt, tensors))
          .map(([at]) => at);
        const names = [...tensors.keys()];
        return say({
          kind: "Found",
          rows: found,
          closest: found.length > 0 ? "" : (names.find((name) => name[0] === request.query[0]) ?? names[0] ?? ""),
        });
      }
      case "GetGlances":
        return say({ kind: "Glances", items: request.paths.map((path) => glance(get(path), valueAt)) });
      case "Describe":
        return say(describe(get(request.path), request.domain ?? 0, valueAt, rows));
      case "GetTile":
        return say(...tileOf(get(request.path), request, valueAt));
      case "GetCells": {
        const [cells, parts] = page(get(request.path), request.plane, request.window);
        return say(cells, parts);
      }
      case "GetSpectrum":
        return say(...spectrumOf(get(request.path), valueAt));
      case "CheckText":
        return say(stored(request.text, get(request.path).dtype));
      case "SetBlock": {
        const own = get(request.path);
        const pairs = request.texts.flatMap((row, i) =>
          row.map(
            (each, j) =>
              [
                flat(own, request.plane, request.row + i, request.col + j),
                Number(stored(each, own.dtype).text),
              ] as const,
          ),
        );
        record(
          entryOf(
            own.path,
            pairs.map(([index]) => index),
            pairs.map(([, value]) => value),
            `paste ${pairs.length} values into ${own.path}`,
          ),
        );
        const window = {
          top: request.row,
          bottom: request.row + request.texts.length,
          left: request.col,
          right: request.col + (request.texts[0]?.length ?? 0),
        };
        const [stand, parts] = page(own, request.plane, window);
        return [{ kind: "Done", label: "paste", remarks: [], cells: stand }, parts, changed([own.path])];
      }
      case "SetTrainable": {
        const [path = ""] = request.paths;
        const below = [...tensors.values()].filter(
          (each) => (each.path === path || each.path.startsWith(path + data.separator)) && each.trainable !== null,
        );
        const before = below.map((each) => each.trainable);
        record({
          label: `${request.trainable ? "unfreeze" : "freeze"} ${path}`,
          paths: below.map((each) => each.path),
          redo: () => {
            for (const each of below) each.trainable = request.trainable;
          },
          undo: () => {
            for (const [k, each] of below.entries()) each.trainable = before[k] ?? null;
          },
        });
        const remark = {
          severity: "warn" as const,
          title: "Frozen, but momentum is left",
          text: `The optimizer still holds momentum for ${path}.`,
        };
        return [{ kind: "Done", label: "freeze", remarks: request.trainable ? [] : [remark] }, [], changed([path])];
      }
      case "Undo":
        return step(undos, redos, "undo");
      case "Redo":
        return step(redos, undos, "redo");
      case "GetFigure":
        return say({ kind: "Figure", name: "figure.png" }, [new Uint8Array([137, 80, 78, 71]).buffer]);
      default: {
        const handler = handlers[request.kind] as ((request: Request) => Said) | undefined;
        if (!handler) throw fail("message", `The mock has no ${request.kind}.`);
        return handler(request);
      }
    }
  };

  return {
    revision: () => revision,
    probe(): void {
      probes.settle();
      lesson.settle();
    },
    answer(request: Request): Said {
      try {
        return reply(request);
      } catch (error) {
        if (typeof error === "object" && error !== null && "kind" in error) return [error as Failure, [], null];
        throw error;
      }
    },
    touch: (path: string) => changed([path], { outside: true }),
    opening(limit: number): Record<string, unknown> {
      const own = tensors.get(data.selected);
      const plane = own ? defaultPlane(own.shape, own.axes) : null;
      const drawn =
        own?.readable && plane && sizeOf(own) > 0
          ? tileOf(own, { plane, window: whole(plane, own), height: 256, width: 256 }, valueAt)
          : null;
      const opening: Opening = {
        version: VERSION,
        revision,
        tree: { kind: "Tree", header: header(), start: 0, total: rows.length, rows: rows.slice(0, limit) },
        selected: data.selected,
        description: own ? describe(own, 0, valueAt, rows) : null,
        tile: drawn ? drawn[0] : null,
        initializers: ["glorot_uniform", "he_normal", "zeros"],
        probes: probes.states(),
        panel: true,
        lesson: lesson.course(),
      };
      const buffers = drawn ? drawn[1].map((part) => new DataView(part)) : [];
      return { opening: { ...structuredClone(opening), buffers }, revision };
    },
  };
}

export type ValueAt = (tensor: MockTensor, index: number) => number;

export function fail(code: string, sentence: string): Failure {
  return { kind: "Failure", code, text: sentence };
}

export function range(start: number, stop: number): number[] {
  return Array.from({ length: stop - start }, (_, k) => start + k);
}

export function sizeOf(own: MockTensor): number {
  return own.shape.reduce((product, size) => product * size, 1);
}

function whole(plane: Plane, own: MockTensor): Window {
  const [bottom, right] = planeShape(plane, own.shape);
  return { top: 0, bottom, left: 0, right };
}

export function flat(own: MockTensor, plane: Plane, row: number, col: number): number {
  return own.shape.reduce(
    (index, size, axis) =>
      index * size + (axis === plane.rows ? row : axis === plane.cols ? col : (plane.fixed[axis] ?? 0)),
    0,
  );
}

export function text(value: number, dtype: string): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (dtype.includes("int")) return String(Math.round(value));
  return String(Number(Math.fround(value).toPrecision(8)));
}

export function stored(typed: string, dtype: string): Stored {
  const value = typed.trim().toLowerCase() === "nan" ? Number.NaN : Number(typed);
  if (typed.trim() === "" || (Number.isNaN(value) && typed.trim().toLowerCase() !== "nan")) {
    throw fail("value", `'${typed}' is not a number.`);
  }
  if (dtype.includes("int") && !Number.isInteger(value)) throw fail("value", `${dtype} holds whole numbers only.`);
  if (dtype === "float16" && Math.abs(value) > 65504)
    throw fail("value", `${typed} is beyond float16, which ends at 65504.`);
  const kept = dtype === "float16" ? Math.round(value * 8192) / 8192 : Math.fround(value);
  return {
    kind: "Stored",
    text: String(Number(kept.toPrecision(9))),
    error: kept - value,
    bits: "0x2E66",
    below: "",
    above: "",
  };
}

function spansOf(own: MockTensor, region: string): [number, number][] {
  const inner = region
    .trim()
    .replace(/^\[|\]$/g, "")
    .trim();
  const words = inner ? inner.split(",").map((word) => word.trim()) : [];
  const dots = words.indexOf("...");
  if (dots >= 0) words.splice(dots, 1, ...Array<string>(Math.max(0, own.shape.length - words.length + 1)).fill(":"));
  while (words.length < own.shape.length) words.push(":");
  if (words.length > own.shape.length)
    throw fail("region", `The slice names ${words.length} axes but the tensor has ${own.shape.length}.`);
  return words.map((word, axis): [number, number] => {
    const size = own.shape[axis] ?? 1;
    const match = /^(\d+)$|^(\d*):(\d*)$/.exec(word);
    if (!match) throw fail("region", `'${word}' is not a slice.`);
    const start = match[1] !== undefined ? Number(match[1]) : Number(match[2] || 0);
    const stop = match[1] !== undefined ? start + 1 : match[3] ? Number(match[3]) : size;
    if (stop > size || start >= stop)
      throw fail("region", `Axis ${own.axes[axis] || axis} has ${size} values, ${word} is too long.`);
    return [start, stop];
  });
}

export function indexesOf(own: MockTensor, region: string): number[] {
  return spansOf(own, region).reduce<number[]>(
    (at, [start, stop], axis) =>
      at.flatMap((index) => range(start, stop).map((k) => index * (own.shape[axis] ?? 1) + k)),
    [0],
  );
}

/** As the kernel writes it: `:` for a whole axis. */
export function canonical(own: MockTensor, region: string): string {
  const parts = spansOf(own, region).map(([start, stop], axis) =>
    stop - start === own.shape[axis] ? ":" : stop - start === 1 ? String(start) : `${start}:${stop}`,
  );
  return `[${parts.join(", ")}]`;
}

export function matches(row: Row, query: string, valueAt: ValueAt, tensors: Map<string, MockTensor>): boolean {
  const own = tensors.get(row[2]);
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => {
      if (word === "frozen") return row[10] === "frozen";
      if (word === "edited") return row[12];
      if (word === "tied") return row[11] !== "";
      if (word === "nan") return own !== undefined && glance(own, valueAt).nan > 0;
      return row[2].toLowerCase().includes(word.replaceAll("*", ""));
    });
}

function sample(own: MockTensor, valueAt: ValueAt): [values: number[], every: number] {
  const size = sizeOf(own);
  const every = Math.max(1, Math.ceil(size / SAMPLE));
  return [Array.from({ length: Math.ceil(size / every) }, (_, k) => valueAt(own, k * every)), every];
}

export function summarize(own: MockTensor, valueAt: ValueAt): Summary {
  const [values, every] = sample(own, valueAt);
  const finite = values.filter(Number.isFinite);
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  const squares = finite.reduce((sum, value) => sum + value * value, 0);
  const wire = (value: number) => (Number.isFinite(value) ? value : ("NaN" as const));
  return {
    count: sizeOf(own),
    nan: values.filter(Number.isNaN).length,
    posinf: values.filter((value) => value === Number.POSITIVE_INFINITY).length,
    neginf: values.filter((value) => value === Number.NEGATIVE_INFINITY).length,
    zeros: values.filter((value) => value === 0).length,
    min: wire(Math.min(...finite)),
    max: wire(Math.max(...finite)),
    mean: wire(mean),
    std: wire(Math.sqrt(Math.max(0, squares / finite.length - mean * mean))),
    l2: wire(Math.sqrt(squares * every)),
    sampled: every,
  };
}

export function bins(values: number[], low: number, high: number, count: number): number[] {
  const counts = Array<number>(count).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * count);
    if (bin >= 0 && bin < count) counts[bin] = (counts[bin] ?? 0) + 1;
    else if (value === high) counts[count - 1] = (counts[count - 1] ?? 0) + 1;
  }
  return counts;
}

function glance(own: MockTensor, valueAt: ValueAt): Glance {
  if (!own.readable || sizeOf(own) === 0) return { path: own.path, bars: [], zero: -1, nan: 0, inf: 0 };
  const [values] = sample(own, valueAt);
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const counts = bins(finite, low, high === low ? low + 1 : high, 20);
  const top = Math.max(...counts, 1);
  return {
    path: own.path,
    bars: counts.map((each) => Math.round((255 * each) / top)),
    zero: low <= 0 && high >= 0 && high > low ? -low / (high - low) : -1,
    nan: values.filter(Number.isNaN).length,
    inf: values.length - finite.length - values.filter(Number.isNaN).length,
  };
}

function describe(own: MockTensor, domain: number, valueAt: ValueAt, rows: Row[]): Description {
  const row = rows.find((each) => each[2] === own.path);
  const values = own.readable ? sample(own, valueAt)[0].filter(Number.isFinite) : [];
  const largest = Math.max(1e-9, ...values.map(Math.abs));
  const half = domain || Number(largest.toPrecision(2));
  return {
    kind: "Description",
    path: own.path,
    shape: own.shape,
    dtype: own.dtype,
    axes: own.shape.map((_, axis) => own.axes[axis] ?? ""),
    device: "cpu",
    bytes: sizeOf(own) * (own.dtype.endsWith("16") ? 2 : 4),
    role: own.role,
    lock: row?.[10] ?? "none",
    alias: own.tied ? [own.tied] : [],
    readable: own.readable,
    writable: own.writable,
    reason: own.reason,
    summary: own.readable ? summarize(own, valueAt) : null,
    histogram: own.readable
      ? {
          low: -half,
          high: half,
          counts: bins(values, -half, half, 64),
          under: 0,
          over: values.filter((value) => value > half).length,
        }
      : null,
    domain: half,
    slices: own.shape.map((size, axis) =>
      size > 64 ? [] : range(0, size).map((at) => 1 + Math.abs(Math.sin(at * 2.1 + axis))),
    ),
  };
}

function tileOf(own: MockTensor, request: Omit<GetTile, "kind" | "path">, valueAt: ValueAt): [Tile, Parts] {
  const { plane, window, height, width, inner = [] } = request;
  const within = innerShape(own.shape, inner);
  const [down, across] = within;
  const [rows, cols] = [window.bottom - window.top, window.right - window.left];
  const [stepRow, stepCol] = [Math.ceil(rows / height), Math.ceil(cols / width)];
  const [h, w] = [Math.ceil(rows / stepRow), Math.ceil(cols / stepCol)];
  const values = new Float32Array(h * down * w * across);
  const rowNorms = new Float32Array(h);
  const colNorms = new Float32Array(w);
  for (let y = 0; y < h * down; y += 1) {
    for (let x = 0; x < w * across; x += 1) {
      const [i, j] = [Math.floor(y / down), Math.floor(x / across)];
      const cut = planeAt(plane, own.shape, inner, [y % down, x % across]);
      const value = valueAt(own, flat(own, cut, window.top + i * stepRow, window.left + j * stepCol));
      values[y * w * across + x] = value;
      if (!Number.isFinite(value)) continue;
      rowNorms[i] = (rowNorms[i] ?? 0) + value * value;
      colNorms[j] = (colNorms[j] ?? 0) + value * value;
    }
  }
  const tile: Tile = {
    kind: "Tile",
    path: own.path,
    plane,
    window,
    height: h,
    width: w,
    step_row: stepRow,
    step_col: stepCol,
    sampled: rows * cols > 2 ** 25 ? Math.ceil((rows * cols) / 2 ** 25) : 1,
    inner,
    within,
  };
  return [tile, [values.buffer, rowNorms.map(Math.sqrt).buffer, colNorms.map(Math.sqrt).buffer]];
}
