/** The line to the kernel: requests with exactly one answer each, events, and whether anybody is there. The only module that knows how messages travel. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type * as protocol from "./protocol";
import type { Event, Failure, Opening, Request } from "./protocol";

/** Which reply a request gets if it does not fail. */
export interface ReplyTo {
  Ping: protocol.Pong;
  GetTree: protocol.Tree;
  Find: protocol.Found;
  GetGlances: protocol.Glances;
  Describe: protocol.Description;
  GetTile: protocol.Tile;
  GetCells: protocol.Cells;
  CheckText: protocol.Stored;
  Foresee: protocol.Foreseen;
  Apply: protocol.Done;
  TryOut: protocol.Tried;
  HoldTrial: protocol.Pong;
  KeepTrial: protocol.Done;
  DropTrial: protocol.Done;
  SetBlock: protocol.Done;
  SetTrainable: protocol.Done;
  Undo: protocol.Done;
  Redo: protocol.Done;
  GetFigure: protocol.Figure;
  GetHistory: protocol.History;
  GoTo: protocol.Done;
  TakeBack: protocol.Done;
  TakeSnapshot: protocol.Done;
  DropSnapshot: protocol.Done;
  PickFrom: protocol.Done;
  Compare: protocol.Compared;
  GetPair: protocol.Pair;
  GetCode: protocol.Code;
  GetPatch: protocol.PatchFile;
  ApplyPatch: protocol.Done;
  GetProbes: protocol.Probes;
  RunProbes: protocol.Pong;
  StopProbes: protocol.Pong;
  Sweep: protocol.Curve;
  Dock: protocol.Done;
  Examine: protocol.Findings;
  Treat: protocol.Done;
  GetLesson: protocol.LessonState;
  CheckLesson: protocol.Pong;
  GiveHint: protocol.LessonState;
  StartOver: protocol.Done;
}

export interface Answered<R> {
  reply: R | Failure;
  revision: number;
  buffers: readonly DataView[];
}

/** Where the kernel stands. `busy`: an answer is late, it will come. `gone` and `closed` are final. */
export type Kernel =
  | { state: "live" }
  | { state: "busy"; writes: boolean }
  | { state: "gone" }
  | { state: "closed"; text: string };

export type Listener = (event: Event, buffers: readonly DataView[]) => void;

export interface Channel {
  readonly opening: Opening;
  readonly buffers: readonly DataView[];
  readonly kernel: ReadonlySignal<Kernel>;
  /** Newest revision that the kernel has announced. */
  revision(): number;
  /** Always answered: if the kernel is gone, by a `Failure`. Rejects only with the reason of `signal`. */
  request<R extends Request>(
    request: R,
    signal?: AbortSignal,
    buffers?: ArrayBuffer[],
  ): Promise<Answered<ReplyTo[R["kind"]]>>;
  /** Somebody turns to the view: find out whether the kernel is still there. */
  look(): void;
  subscribe(listener: Listener, signal: AbortSignal): void;
  /** Whether the editor is in the host's side panel. */
  readonly docked: ReadonlySignal<boolean>;
  /** The path that a reload of the page comes back to. */
  selection(): string;
  select(path: string): void;
}

/** What the channel needs of an anywidget model. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(name: string, callback: (...args: never[]) => void): void;
  off(name: string, callback: (...args: never[]) => void): void;
  widget_manager?: { get_model(id: string): Promise<unknown> };
}

const LATE = 400;
const POLL = 2000;

const GONE: Failure = {
  kind: "Failure",
  code: "kernel-gone",
  text: "The kernel restarted or stopped. Run the cell again.",
};

interface Pending {
  write: boolean;
  since: number;
  answer(answered: Answered<never>): void;
}

const WRITES: ReadonlySet<Request["kind"]> = new Set([
  "Apply",
  "TryOut",
  "KeepTrial",
  "DropTrial",
  "SetBlock",
  "SetTrainable",
  "Undo",
  "Redo",
  "GoTo",
  "TakeBack",
  "TakeSnapshot",
  "PickFrom",
  "ApplyPatch",
  "Treat",
  "StartOver",
  "Dock",
] as const);

export function isWrite(request: Request): boolean {
  return WRITES.has(request.kind);
}

/** Open the channel of a widget; it lives until `signal` aborts. */
export function openChannel(model: Model, signal: AbortSignal): Channel {
  const { buffers, ...opening } = model.get("opening") as Opening & { buffers?: DataView[] };
  const kernel = createKernel();
  const pending = new Map<number, Pending>();
  const listeners = new Set<Listener>();
  let revision = opening.revision;
  let lastId = 0;
  let watch: ReturnType<typeof setInterval> | undefined;
  let polled = 0;

  const refresh = (): void => {
    const late = [...pending.values()].filter((entry) => Date.now() - entry.since >= LATE);
    kernel.late(
      late.length > 0,
      late.some((entry) => entry.write),
    );
    if (pending.size === 0) {
      clearInterval(watch);
      watch = undefined;
    }
  };
  const lose = (end: Kernel): void => {
    kernel.end(end);
    for (const entry of pending.values()) entry.answer({ reply: GONE, revision, buffers: [] });
    pending.clear();
    refresh();
  };
  const checkAlive = async (): Promise<void> => {
    if (!(await isAlive(model))) lose({ state: "gone" });
  };
  const look = (): void => {
    if (kernel.ended() || Date.now() - polled < POLL) return;
    polled = Date.now();
    void checkAlive();
  };
  const tick = (): void => {
    refresh();
    if (pending.size > 0) look();
  };

  const receive = (content: protocol.Answer | protocol.Push, parts: DataView[] = []): void => {
    if ("event" in content) {
      revision = Math.max(revision, content.revision);
      if (content.event.kind === "Ended") lose({ state: "closed", text: content.event.text });
      for (const listener of [...listeners]) listener(content.event, parts);
      return;
    }
    const entry = pending.get(content.id);
    if (!entry) return;
    pending.delete(content.id);
    entry.answer({ reply: content.reply as never, revision: content.revision, buffers: parts });
    refresh();
  };
  const onVisible = (): void => {
    if (document.visibilityState === "visible") void checkAlive();
  };
  model.on("msg:custom", receive);
  document.addEventListener("visibilitychange", onVisible, { signal });
  window.addEventListener("focus", look, { signal });
  signal.addEventListener("abort", () => {
    model.off("msg:custom", receive);
    clearInterval(watch);
    listeners.clear();
    pending.clear();
  });

  return {
    opening,
    buffers: buffers ?? [],
    kernel: kernel.signal,
    docked: watchDocked(model, signal),
    revision: () => Math.max(revision, Number(model.get("revision") ?? 0)),
    request: (request, abort, parts) =>
      new Promise((resolve, reject) => {
        abort?.throwIfAborted();
        if (kernel.ended()) return resolve({ reply: GONE, revision, buffers: [] });
        lastId += 1;
        const id = lastId;
        // a sweep is expected to take its time
        const since = request.kind === "Sweep" ? Number.POSITIVE_INFINITY : Date.now();
        pending.set(id, { write: isWrite(request), since, answer: resolve as Pending["answer"] });
        abort?.addEventListener("abort", () => {
          pending.delete(id);
          reject(abort.reason);
        });
        watch ??= setInterval(tick, LATE / 2);
        try {
          model.send({ id, request }, undefined, parts);
        } catch {
          lose({ state: "gone" });
        }
      }),
    look,
    subscribe(listener, until) {
      listeners.add(listener);
      until.addEventListener("abort", () => listeners.delete(listener));
    },
    selection: () => String(model.get("selection") ?? "") || opening.selected,
    select(path) {
      model.set("selection", path);
      try {
        model.save_changes();
      } catch {
        lose({ state: "gone" });
      }
    },
  };
}

function watchDocked(model: Model, ended: AbortSignal): ReadonlySignal<boolean> {
  const docked = signal(model.get("docked") === true);
  const look = (): void => {
    docked.value = model.get("docked") === true;
  };
  model.on("change:docked", look);
  ended.addEventListener("abort", () => model.off("change:docked", look));
  return docked;
}

function createKernel() {
  const current = signal<Kernel>({ state: "live" });
  const ended = (): boolean => current.value.state === "gone" || current.value.state === "closed";
  return {
    signal: current as ReadonlySignal<Kernel>,
    ended,
    end(state: Kernel): void {
      if (!ended()) current.value = state;
    },
    late(late: boolean, writes: boolean): void {
      const now = current.value;
      if (ended() || (!late && now.state === "live")) return;
      if (now.state === "busy" && late && now.writes === writes) return;
      current.value = late ? { state: "busy", writes } : { state: "live" };
    },
  };
}

/** A restarted kernel answers nothing and `send` may not throw; the model's own flag tells. Hosts without it count as live. */
async function isAlive(model: Model): Promise<boolean> {
  try {
    const own = await model.widget_manager?.get_model(String(model.get("mid")));
    return (own as { comm_live?: boolean } | undefined)?.comm_live !== false;
  } catch {
    return true;
  }
}
