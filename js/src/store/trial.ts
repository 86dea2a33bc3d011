/** What is tried out in the live model: shown while it is changed, then kept or taken back. At most two requests are on their way, and only the latest is worth one. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import type { DropTrial, Failure, Header, KeepTrial, Operation, Target } from "../protocol";
import type { Messages } from "./messages";
import type { Writer } from "./writer";

export interface Trial {
  /** The model holds something that is tried out, or will at once; no more once the way back was asked for. */
  readonly on: ReadonlySignal<boolean>;
  /** Why the latest operation could not be tried; the model keeps the one before. */
  readonly failure: ReadonlySignal<Failure | null>;
  show(target: Target, operation: Operation): void;
  /** True if there was something to take back. */
  drop(): boolean;
  /** Keeps what was shown last, if it could be shown. */
  keep(): Promise<void>;
}

/** The kernel takes a trial back after a minute in which it hears nothing of the page. */
const HOLD = 10_000;
const IN_FLIGHT = 2;

/** `onKept` hears that what was tried out is applied now. */
export function createTrial(
  channel: Channel,
  lifetime: AbortSignal,
  header: ReadonlySignal<Header>,
  writer: Writer,
  messages: Messages,
  onKept: () => void,
): Trial {
  const mine = signal(false);
  const failure = signal<Failure | null>(null);
  const ending = signal(false); // the way back was asked for
  let next: { target: Target; operation: Operation } | null = null;
  let flying = 0;
  let number = 0;
  let latest: Promise<void> = Promise.resolve();

  const send = async (): Promise<void> => {
    if (!next) return;
    const request = { kind: "TryOut" as const, ...next };
    next = null;
    number += 1;
    const own = number;
    flying += 1;
    const { reply } = await channel.request(request);
    flying -= 1;
    if (own === number) {
      failure.value = reply.kind === "Failure" ? reply : null;
      mine.value = reply.kind !== "Failure" || header.peek().trial !== "";
    }
    if (flying < IN_FLIGHT) latest = send();
  };
  const end = async (request: KeepTrial | DropTrial): Promise<void> => {
    const keeps = request.kind === "KeepTrial";
    const failed = keeps
      ? await writer.write(request)
      : await channel.request(request).then(({ reply }) => (reply.kind === "Failure" ? reply : null));
    if (!failed) {
      if (!keeps) return;
      mine.value = false;
      onKept();
      return;
    }
    const verb = keeps ? "Keep" : "Take back";
    const anyway = { label: `${verb} anyway`, run: () => void end({ ...request, force: true }) };
    messages.fail(
      keeps ? "The preview was not kept" : "The preview was not taken back",
      failed,
      failed.code === "outside-change" ? [anyway, { label: "Leave", run: () => undefined }] : [],
    );
  };
  const drop = (): boolean => {
    failure.value = null;
    if (!mine.peek() && (ending.peek() || !header.peek().trial)) return false;
    next = null;
    number += 1; // what is on its way says nothing any more
    mine.value = false;
    ending.value = true;
    void end({ kind: "DropTrial" }).then(() => {
      ending.value = false;
    });
    return true;
  };

  let held = "";
  const watch = header.subscribe(({ trial }) => {
    if (held && !trial && flying === 0) mine.value = false; // the kernel took it back by itself
    held = trial;
  });
  const hold = setInterval(() => mine.peek() && void channel.request({ kind: "HoldTrial" }), HOLD);
  window.addEventListener("pagehide", () => mine.peek() && drop(), { signal: lifetime });
  lifetime.addEventListener("abort", () => {
    clearInterval(hold);
    watch();
    if (mine.peek()) drop();
  });

  return {
    on: computed(() => mine.value || (header.value.trial !== "" && !ending.value)),
    failure,
    show(target, operation) {
      next = { target, operation };
      mine.value = true;
      if (flying < IN_FLIGHT) latest = send();
    },
    drop,
    async keep() {
      if (next) latest = send(); // not shown yet
      await latest;
      if (!failure.peek()) await end({ kind: "KeepTrial" });
    },
  };
}
