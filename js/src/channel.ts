/** The line to the kernel: requests with exactly one answer each, events, and whether anybody is there. The only module that knows how messages travel. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Event, Failure, Opening, ReplyTo, Request } from "./protocol";
import * as protocol from "./protocol";

export interface Answered<R> {
  reply: R | Failure;
  revision: number;
  buffers: readonly DataView[];
}

/**
 * Where the kernel stands. `busy`: an answer is late, it will come; `lost`: the line is down, the host is trying;
 * `writing`: a large write is on its way. `gone` and `closed` are final.
 */
export type Kernel =
  | { state: "live" }
  | { state: "busy"; writes: boolean }
  | { state: "lost" }
  | { state: "writing"; share: number }
  | { state: "gone" }
  | { state: "closed"; text: string };

export type Heard = Exclude<Event, protocol.Progressed>;
export type Listener = (event: Heard, buffers: readonly DataView[]) => void;

export interface Channel {
  readonly opening: Opening;
  readonly buffers: readonly DataView[];
  readonly kernel: ReadonlySignal<Kernel>;
  /** Newest revision that the kernel has announced. */
  revision(): number;
  /** Always answered: if the kernel is gone, by a `Failure`. Rejects only with the reason of `signal`. */
  request<R extends Request>(request: R, options?: Options): Promise<Answered<ReplyTo[R["kind"]]>>;
  /** A view is on the screen, or not any more: the kernel does nothing for a page on which none is. */
  attend(view: object, seen: boolean): void;
  /** End the writes that are on their way, as far as nothing is written yet; each gets its answer. */
  stopWriting(): void;
  /** Somebody turns to the view: find out whether the kernel is still there. */
  look(): void;
  subscribe(listener: Listener, signal: AbortSignal): void;
  /** Whether the editor is in the host's side panel. */
  readonly docked: ReadonlySignal<boolean>;
  /** The path that a reload of the page comes back to. */
  selection(): string;
  select(path: string): void;
}

export interface Options {
  /** Aborted, the answer is not waited for, and long work ends. */
  signal?: AbortSignal | undefined;
  buffers?: ArrayBuffer[] | undefined;
  /** Called with the share that is done, 0 to 1, if it takes long. */
  progress?: ((share: number) => void) | undefined;
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

const PAGES = 2 ** 31 - 1;
const IDS = 2 ** 21; // ids stay whole numbers
const LATE = 400;
const POLL = 2000;
const LOST = 3000; // an answer that is this late may never come
const LONGEST = 60_000;

const GONE: Failure = {
  kind: "Failure",
  code: "kernel-gone",
  text: "The kernel restarted or stopped. Run the cell again.",
};

const OVERTAKEN: Failure = {
  kind: "Failure",
  code: "line",
  text: "The connection broke before this reached the kernel, and something newer was done since. Do it again if it is still wanted.",
};

interface Pending {
  write: boolean;
  since: number;
  /** When it was sent; `since` moves to never for what is known to take long. */
  sent: number;
  share?: number;
  progress: ((share: number) => void) | undefined;
  send(): void;
  answer(answered: Answered<never>): void;
}

const PATIENT: ReadonlySet<Request["kind"]> = new Set(["Sweep", "CheckHeard"] as const);

export function isWrite(request: Request): boolean {
  return protocol.WRITES.has(request.kind);
}

/** Why a model cannot be shown: it is that of an editor that was closed, or of another version. Empty if it can. */
export function misfit(model: Model): string {
  const opening = model.get("opening") as Partial<Opening> | undefined;
  if (!opening?.tree) return "This editor was closed. Run the cell again to open a new one.";
  if (opening.version === protocol.VERSION) return "";
  return "This view and the kernel have two versions of paramwidget. Reload the page; then run the cell again.";
}

/** Open the channel of a widget; it lives until `signal` aborts. */
export function openChannel(model: Model, signal: AbortSignal): Channel {
  const { buffers, ...opening } = model.get("opening") as Opening & { buffers?: DataView[] };
  const kernel = createKernel();
  const pending = new Map<number, Pending>();
  const listeners = new Set<Listener>();
  const attentive = new Set<object>();
  let told: boolean | undefined; // what the kernel knows of them
  let revision = opening.revision;
  let lastId = Math.floor(Math.random() * PAGES) * IDS; // all pages of a kernel hear all answers
  let watch: ReturnType<typeof setInterval> | undefined;
  let newestWrite = 0; // that was answered
  let polled = 0;
  let lost = false; // the line, as far as the host tells

  const refresh = (): void => {
    const late = [...pending.values()].filter((entry) => Date.now() - entry.since >= LATE);
    const writes = late.some((entry) => entry.write);
    const writing = [...pending.values()].find((entry) => entry.write && entry.share !== undefined);
    if (writing) kernel.set({ state: "writing", share: writing.share ?? 0 });
    else kernel.set(late.length === 0 ? { state: "live" } : lost ? { state: "lost" } : { state: "busy", writes });
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
    const found = await askHost(model);
    if (lost && found !== "lost") [wait, checked] = [LOST, 0];
    lost = found === "lost";
    if (found === "gone") lose({ state: "gone" });
  };
  const look = (): void => {
    if (kernel.ended() || Date.now() - polled < POLL) return;
    polled = Date.now();
    void checkAlive();
  };
  const tick = (): void => {
    refresh();
    if (pending.size > 0) look();
    void checkHeard();
  };
  let wait = LOST;
  let checked = 0;
  /** A line that breaks swallows what is on its way, without a word: the kernel is asked what became of late requests. */
  const checkHeard = async (): Promise<void> => {
    const ids = [...pending].filter(([, entry]) => Date.now() - entry.sent >= LOST).map(([id]) => id);
    if (ids.length === 0) wait = LOST;
    if (ids.length === 0 || lost || Date.now() - checked < wait) return;
    checked = Date.now();
    wait = Math.min(2 * wait, LONGEST); // a kernel at work must not find hundreds of these
    const impatience = new AbortController();
    const timer = setTimeout(() => impatience.abort(), LOST);
    try {
      const { reply } = await send({ kind: "CheckHeard", ids }, { signal: impatience.signal });
      if (reply.kind === "Unheard") sendAgain(ids, reply);
    } catch {
      // this one was swallowed, too
    } finally {
      clearTimeout(timer);
    }
  };
  const sendAgain = (asked: readonly number[], { ids, answered }: protocol.Unheard): void => {
    const heard = asked.filter((id) => !ids.includes(id) && pending.get(id)?.write);
    const newest = Math.max(newestWrite, ...heard);
    for (const id of ids) {
      const entry = pending.get(id);
      if (!entry?.write || id > newest) entry?.send();
      else {
        pending.delete(id); // it would overwrite what was done since
        entry.answer({ reply: OVERTAKEN, revision, buffers: [] });
      }
    }
    for (const id of answered) pending.get(id)?.send();
    refresh();
  };

  const advance = ({ id, share }: protocol.Progressed): void => {
    const entry = pending.get(id);
    if (!entry) return;
    entry.since = Number.POSITIVE_INFINITY; // it is at work, and not late
    entry.share = share;
    entry.progress?.(share);
    refresh();
  };
  const receive = (content: protocol.Answer | protocol.Push, parts: DataView[] = []): void => {
    if ("event" in content) {
      revision = Math.max(revision, content.revision);
      const { event } = content;
      if (event.kind === "Progressed") {
        advance(event);
        return;
      }
      if (event.kind === "Ended") lose({ state: "closed", text: event.text });
      for (const listener of [...listeners]) listener(event, parts);
      return;
    }
    const entry = pending.get(content.id);
    if (!entry) return;
    pending.delete(content.id);
    if (entry.write) newestWrite = Math.max(newestWrite, content.id);
    entry.answer({ reply: content.reply as never, revision: content.revision, buffers: parts });
    refresh();
  };
  const onVisible = (): void => {
    if (document.visibilityState === "visible") void checkAlive();
  };
  const send = <R extends Request>(request: R, options: Options = {}): Promise<Answered<ReplyTo[R["kind"]]>> =>
    new Promise((resolve, reject) => {
      const { signal: abort, buffers: parts, progress } = options;
      abort?.throwIfAborted();
      if (kernel.ended()) return resolve({ reply: GONE, revision, buffers: [] });
      lastId += 1;
      const id = lastId;
      // a sweep is expected to take its time, and nobody waits for what became of a request
      const since = PATIENT.has(request.kind) ? Number.POSITIVE_INFINITY : Date.now();
      const post = (): void => {
        try {
          model.send({ id, request }, undefined, parts);
        } catch {
          lose({ state: "gone" });
        }
      };
      pending.set(id, {
        write: isWrite(request),
        since,
        sent: Date.now(),
        progress,
        send: post,
        answer: resolve as Pending["answer"],
      });
      abort?.addEventListener("abort", () => {
        const waits = pending.delete(id);
        if (waits && protocol.SEARCHES.has(request.kind)) void send({ kind: "Stop", ids: [id] });
        reject(abort.reason);
      });
      watch ??= setInterval(tick, LATE / 2);
      post();
    });
  const tell = (): void => {
    const looks = attentive.size > 0;
    if (looks === told) return;
    told = looks;
    void send({ kind: "Attend", page, looks });
  };
  const page = 1 + Math.floor(Math.random() * PAGES);
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
    request: send,
    attend(view, seen) {
      if (seen) attentive.add(view);
      else attentive.delete(view);
      queueMicrotask(tell); // a view that moves is away for a moment only
    },
    stopWriting() {
      const ids = [...pending].filter(([, entry]) => entry.write && entry.share !== undefined).map(([id]) => id);
      if (ids.length > 0) void send({ kind: "Stop", ids });
    },
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
    set(state: Kernel): void {
      if (!ended() && JSON.stringify(state) !== JSON.stringify(current.value)) current.value = state;
    },
  };
}

/** What a host may tell of the line: the model itself, which is not what anywidget hands over. */
interface Host {
  comm_live?: boolean;
  widget_manager?: { kernel?: { connectionStatus?: string } | null };
}

/** A restarted kernel answers nothing and `send` may not throw; the model's own flag tells. Hosts without it count as live. */
async function askHost(model: Model): Promise<"live" | "lost" | "gone"> {
  try {
    const own = (await model.widget_manager?.get_model(String(model.get("mid")))) as Host | undefined;
    if (own?.comm_live === false) return "gone";
    // JupyterLab keeps messages while it has no connection, and sends them when it is back
    const line = own?.widget_manager?.kernel?.connectionStatus;
    return line === "connecting" || line === "disconnected" ? "lost" : "live";
  } catch {
    return "live";
  }
}
