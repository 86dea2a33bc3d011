/** Everything that changes the model goes out here. The kernel writes at its next safe point, so a change can be pending for long. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import type {
  Apply,
  ApplyPatch,
  Cells,
  Failure,
  GoTo,
  KeepTrial,
  PickFrom,
  Redo,
  SetBlock,
  SetTrainable,
  StartOver,
  TakeBack,
  Treat,
  Undo,
} from "../protocol";
import type { Messages } from "./messages";

type Write =
  | Apply
  | KeepTrial
  | SetBlock
  | SetTrainable
  | Undo
  | Redo
  | GoTo
  | TakeBack
  | PickFrom
  | ApplyPatch
  | Treat
  | StartOver;

type Stored = (cells: Cells, buffers: readonly DataView[]) => void;

export interface Writer {
  readonly pending: ReadonlySignal<boolean>;
  /** Paths of tensors and layers whose lock was asked to change. */
  readonly locking: ReadonlySignal<ReadonlySet<string>>;
  /** `stored` hears the cells that were written, as they are stored, before the promise resolves; `said` what was done, empty if nothing was. */
  write(
    request: Write,
    stored?: Stored,
    buffers?: ArrayBuffer[],
    said?: (label: string) => void,
  ): Promise<Failure | null>;
  setTrainable(path: string, trainable: boolean): Promise<void>;
  undo(force?: boolean): Promise<void>;
  redo(force?: boolean): Promise<void>;
}

const ANY = "*"; // a remark of an undo and its like: any newer one outdates it, and no write to a path does

function pathOf(request: Write): string {
  switch (request.kind) {
    case "Apply":
      return request.target.what;
    case "SetBlock":
      return request.path;
    case "SetTrainable":
      return request.paths[0] ?? "";
    default:
      return "";
  }
}

export function createWriter(channel: Channel, messages: Messages): Writer {
  const count = signal(0);
  const locking = signal<ReadonlySet<string>>(new Set());

  const send: Writer["write"] = async (request, stored, parts, said) => {
    count.value += 1;
    const { reply, buffers } = await channel.request(request, { buffers: parts });
    count.value -= 1;
    if (reply.kind === "Failure") return reply;
    if (reply.cells) stored?.(reply.cells, buffers);
    said?.(reply.label);
    const about = pathOf(request);
    messages.settle(about);
    messages.remark(reply.remarks, about || ANY);
    return null;
  };
  const step = async (verb: "Undo" | "Redo", force: boolean): Promise<void> => {
    const failure = await send({ kind: verb, force });
    if (!failure) return;
    const actions =
      failure.code === "outside-change"
        ? [
            { label: `${verb} anyway`, run: () => void step(verb, true) },
            { label: "Keep", run: () => undefined },
          ]
        : [];
    messages.fail(`${verb} was not done`, failure, actions);
  };
  return {
    pending: computed(() => count.value > 0),
    locking,
    write: send,
    async setTrainable(path, trainable) {
      locking.value = new Set(locking.value).add(path);
      const failure = await send({ kind: "SetTrainable", paths: [path], trainable });
      locking.value = new Set([...locking.value].filter((other) => other !== path));
      if (failure) messages.fail(trainable ? "Not unfrozen" : "Not frozen", failure, [], path);
    },
    undo: (force = false) => step("Undo", force),
    redo: (force = false) => step("Redo", force),
  };
}
