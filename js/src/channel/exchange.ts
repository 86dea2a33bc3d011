/**
 * Requests that are on their way: each gets exactly one answer, though the line may break or the kernel end.
 * What the kernel tells unasked is not known here, but for how far a request is.
 */

import {
  type Answer,
  type Failure,
  type Progressed,
  type ReplyTo,
  type Request,
  SEARCHES,
  type Unheard,
  WRITES,
} from "../protocol";
import { askHost, type Kernel, type KernelState } from "./kernel";
import type { Model } from "./model";

export interface Answered<R> {
  reply: R | Failure;
  revision: number;
  buffers: readonly DataView[];
}

export interface Options {
  /** Aborted, the answer is not waited for, and long work ends. */
  signal?: AbortSignal | undefined;
  buffers?: ArrayBuffer[] | undefined;
  /** Called with the share that is done, 0 to 1, if it takes long. */
  progress?: ((share: number) => void) | undefined;
}

export interface Exchange {
  /** Always answered: if the kernel is gone, by a `Failure`. Rejects only with the reason of `signal`. */
  request<R extends Request>(request: R, options?: Options): Promise<Answered<ReplyTo[R["kind"]]>>;
  /** Take an answer, which may be that to another page. */
  receive(answer: Answer, parts: readonly DataView[]): void;
  /** Take note of how far a request is. */
  advance(progressed: Progressed): void;
  /** End the writes that are on their way, as far as nothing is written yet; each gets its answer. */
  stopWriting(): void;
  /** Find out whether the kernel is still there. */
  checkAlive(): Promise<void>;
  /** Somebody turns to the view: the same, if it was not done a moment ago. */
  look(): void;
  /** The kernel has ended, and with it all that waits for an answer. */
  end(state: Kernel): void;
  /** Nobody waits any more. */
  close(): void;
}

/** Pages of a kernel have a number of their own, chosen at random. */
export const PAGES = 2 ** 31 - 1;
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
  kind: Request["kind"];
  write: boolean;
  since: number;
  /** When it was sent; `since` moves to never for what is known to take long. */
  sent: number;
  share?: number;
  progress: ((share: number) => void) | undefined;
  send(): void;
  answer(answered: Answered<never>): void;
}

/** They are never late: a sweep is expected to take its time, and nobody waits for what became of a request. */
const PATIENT: ReadonlySet<Request["kind"]> = new Set(["Sweep", "CheckHeard"] as const);

export function isWrite(request: Request): boolean {
  return WRITES.has(request.kind);
}

/** Requests go over `model`, and `kernel` says how they fare; `revision` gives the newest that the kernel has announced. */
export function createExchange(model: Model, kernel: KernelState, revision: () => number): Exchange {
  const pending = new Map<number, Pending>();
  let lastId = Math.floor(Math.random() * PAGES) * IDS; // all pages of a kernel hear all answers
  let watch: ReturnType<typeof setInterval> | undefined;
  let newestWrite = 0; // that was answered
  let newestAttend = 0; // that was sent
  let polled = 0;
  let lost = false; // the line, as far as the host tells
  let wait = LOST;
  let checked = 0;

  const fail = (reply: Failure): Answered<never> => ({ reply, revision: revision(), buffers: [] });
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
  const end = (state: Kernel): void => {
    kernel.end(state);
    for (const entry of pending.values()) entry.answer(fail(GONE));
    pending.clear();
    refresh();
  };
  const checkAlive = async (): Promise<void> => {
    const found = await askHost(model);
    if (lost && found !== "lost") [wait, checked] = [LOST, 0];
    lost = found === "lost";
    if (found === "gone") end({ state: "gone" });
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
  const sendAgain = (asked: readonly number[], { ids, answered }: Unheard): void => {
    const heard = asked.filter((id) => !ids.includes(id) && pending.get(id)?.write);
    const newest = Math.max(newestWrite, ...heard);
    const isOvertaken = (id: number, { kind, write }: Pending): boolean => {
      if (kind === "StopProbes") return true; // it would stop what runs by now
      if (kind === "Attend") return id < newestAttend; // the kernel would believe it
      return write && ids.includes(id) && id <= newest; // it would overwrite what was done since
    };
    for (const id of [...ids, ...answered]) {
      const entry = pending.get(id);
      if (!entry) continue;
      if (isOvertaken(id, entry)) {
        pending.delete(id);
        entry.answer(fail(OVERTAKEN));
      } else entry.send();
    }
    refresh();
  };

  const send: Exchange["request"] = (request, options = {}) =>
    new Promise((resolve, reject) => {
      const { signal: abort, buffers: parts, progress } = options;
      abort?.throwIfAborted();
      if (kernel.ended()) return resolve(fail(GONE));
      lastId += 1;
      const id = lastId;
      const post = (): void => {
        try {
          model.send({ id, request }, undefined, parts);
        } catch {
          end({ state: "gone" });
        }
      };
      if (request.kind === "Attend") newestAttend = id;
      pending.set(id, {
        kind: request.kind,
        write: isWrite(request),
        since: PATIENT.has(request.kind) ? Number.POSITIVE_INFINITY : Date.now(),
        sent: Date.now(),
        progress,
        send: post,
        answer: resolve as Pending["answer"],
      });
      abort?.addEventListener("abort", () => {
        const waits = pending.delete(id);
        if (waits && SEARCHES.has(request.kind)) void send({ kind: "Stop", ids: [id] });
        reject(abort.reason);
      });
      watch ??= setInterval(tick, LATE / 2);
      post();
    });

  return {
    request: send,
    receive({ id, reply, revision: at }, buffers) {
      const entry = pending.get(id);
      if (!entry) return;
      pending.delete(id);
      if (entry.write) newestWrite = Math.max(newestWrite, id);
      entry.answer({ reply: reply as never, revision: at, buffers });
      refresh();
    },
    advance({ id, share }) {
      const entry = pending.get(id);
      if (!entry) return;
      entry.since = Number.POSITIVE_INFINITY; // it is at work, and not late
      entry.share = share;
      entry.progress?.(share);
      refresh();
    },
    stopWriting() {
      const ids = [...pending].filter(([, entry]) => entry.write && entry.share !== undefined).map(([id]) => id);
      if (ids.length > 0) void send({ kind: "Stop", ids });
    },
    checkAlive,
    look,
    end,
    close() {
      clearInterval(watch);
      pending.clear();
    },
  };
}
