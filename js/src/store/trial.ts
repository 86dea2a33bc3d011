/** What this view tries out in the live model: shown while it is changed, then kept or taken back. At most two requests are on their way, and only the latest is worth one. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import type { DropTrial, Failure, Header, KeepTrial, Operation, Target } from "../protocol";
import type { Messages } from "./messages";
import type { Writer } from "./writer";

export interface Trial {
  /** The model holds something that this view tries out, or will at once; no more once the way back was asked for. */
  readonly on: ReadonlySignal<boolean>;
  /** Why the latest operation could not be tried. */
  readonly failure: ReadonlySignal<Failure | null>;
  show(target: Target, operation: Operation): void;
  /** True if there was something to take back. */
  drop(): boolean;
  /** Keeps what was shown last, if it could be shown. */
  keep(): Promise<void>;
}

interface Shown {
  target: Target;
  operation: Operation;
}

/** The kernel takes a trial back after a minute in which it hears nothing of the page. */
const HOLD = 10_000;
const IN_FLIGHT = 2;
const OWNERS = 2 ** 50;
/** A preview goes before that of another view comes. */
const SOON = 400;

const ELSEWHERE = {
  severity: "info" as const,
  title: "Another view tries something out",
  text: "So the preview of this view was taken back.",
};
const BY_ITSELF = {
  severity: "info" as const,
  title: "The preview was taken back",
  text: "The kernel was interrupted, heard nothing of this page for a minute, or something else changed the model.",
};

/** `onEnd` hears that what was tried out is applied now, or was taken back by something else than this view. */
export function createTrial(
  channel: Channel,
  lifetime: AbortSignal,
  header: ReadonlySignal<Header>,
  writer: Writer,
  messages: Messages,
  onEnd: () => void,
): Trial {
  const owner = 1 + Math.floor(Math.random() * OWNERS);
  const mine = signal(false);
  const failure = signal<Failure | null>(null);
  let next: Shown | null = null;
  let flying = 0;
  let number = 0;
  let given = 0; // what was asked for up to here is given up
  let held = false; // the kernel took something of it
  let seen = false; // the header named it
  let ending = 0;
  let latest: Promise<void> = Promise.resolve();

  const isOurs = (): boolean => header.peek().trial !== "" && header.peek().trial_owner === owner;
  const release = (): void => {
    next = null;
    given = number;
    held = seen = false;
    mine.value = false;
  };
  const send = async (): Promise<void> => {
    if (!next) return;
    const shown = next;
    next = null;
    number += 1;
    const own = number;
    flying += 1;
    const { reply } = await channel.request({ kind: "TryOut", ...shown, owner });
    flying -= 1;
    const failed = reply.kind === "Failure";
    if (own > given) {
      if (!failed) {
        held = true;
        seen = isOurs();
      }
      if (own === number && !next) {
        if (failed) refuse(shown, reply);
        failure.value = failed ? reply : null; // of the place that is meant now
      }
    }
    if (next && flying < IN_FLIGHT) latest = send();
  };
  /** What was shown before goes away too: the bar does not name it any more. */
  const refuse = (shown: Shown, failed: Failure): void => {
    if (failed.code === "outside-change") {
      mine.value = held;
      const again = (way: Partial<DropTrial>) => async (): Promise<void> => {
        if (await end({ kind: "DropTrial", ...way })) show(shown.target, shown.operation);
      };
      messages.fail("The preview cannot go on", failed, [
        { label: "Overwrite", run: again({ force: true }) },
        { label: "Start from the new values", run: again({ leave: true }) },
      ]);
      return;
    }
    const back = held;
    release();
    if (back) void end({ kind: "DropTrial", owner });
  };
  /** True if it was done; else the user is asked where something else wrote in the meantime. */
  const end = async (request: KeepTrial | DropTrial): Promise<boolean> => {
    const keeps = request.kind === "KeepTrial";
    ending += 1;
    const failed = keeps
      ? await writer.write(request)
      : await channel.request(request).then(({ reply }) => (reply.kind === "Failure" ? reply : null));
    ending -= 1;
    if (!failed) {
      if (keeps) finish();
      return true;
    }
    const leave = (): void => {
      if (mine.peek()) finish();
      void end({ kind: "DropTrial", owner, leave: true });
    };
    const takeBack = (): void => {
      if (mine.peek()) finish();
      void end({ kind: "DropTrial", owner, force: true });
    };
    const actions = [
      ...(keeps ? [{ label: "Keep anyway", run: () => void end({ ...request, force: true }) }] : []),
      { label: keeps ? "Take back" : "Take back anyway", run: takeBack },
      { label: "Leave what was written", run: leave },
    ];
    messages.fail(
      `The preview was not ${keeps ? "kept" : "taken back"}`,
      failed,
      failed.code === "outside-change" ? actions : [],
    );
    return false;
  };
  const finish = (): void => {
    release();
    failure.value = null;
    onEnd();
  };
  const show = (target: Target, operation: Operation): void => {
    next = { target, operation };
    mine.value = true;
    // what the screen says was before must hold what is still being written
    if (flying < IN_FLIGHT && !writer.pending.peek()) latest = send();
  };
  const drop = (): boolean => {
    failure.value = null;
    if (!mine.peek() && (ending > 0 || !isOurs())) return false;
    release();
    void end({ kind: "DropTrial", owner });
    return true;
  };

  let explaining: ReturnType<typeof setTimeout> | undefined;
  const explain = (): void => {
    const other = header.peek().trial !== "" && !isOurs();
    messages.remark([other ? ELSEWHERE : BY_ITSELF]);
  };
  const stops = [
    header.subscribe(({ trial }) => {
      const ours = isOurs();
      const other = trial !== "" && !ours;
      if (ours) seen = true;
      else if (mine.peek() && (seen || other) && flying === 0 && ending === 0) {
        finish();
        // what was asked for here, as by an undo, needs no word
        if (other || !writer.pending.peek()) explaining = setTimeout(explain, other ? 0 : SOON);
      }
    }),
    writer.pending.subscribe((waits) => {
      if (!waits && next) latest = send();
    }),
    channel.kernel.subscribe(({ state }) => {
      if ((state === "gone" || state === "closed") && mine.peek()) release();
    }),
  ];
  const hold = setInterval(() => mine.peek() && void channel.request({ kind: "HoldTrial", owner }), HOLD);
  window.addEventListener("pagehide", () => mine.peek() && drop(), { signal: lifetime });
  lifetime.addEventListener("abort", () => {
    clearInterval(hold);
    clearTimeout(explaining);
    for (const stop of stops) stop();
    if (mine.peek()) drop();
  });

  return {
    on: mine,
    failure,
    show,
    drop,
    async keep() {
      if (next) latest = send(); // not shown yet
      await latest;
      if (mine.peek() && !failure.peek()) await end({ kind: "KeepTrial", owner });
    },
  };
}
