/** Values of A brought back into the model, each time as one edit, and how much of it that would change. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import { name, plural } from "../format";
import type { PickFrom, StateRef } from "../protocol";
import type { Messages } from "./messages";
import { createSlot } from "./slot";
import type { States } from "./states";
import type { TreeStore } from "./tree";
import type { Writer } from "./writer";

export interface Restore {
  /** How many tensors `everything` would change; null where that is not known. */
  readonly restorable: ReadonlySignal<number | null>;
  /** Finds that out. */
  count(): void;
  everything(): Promise<void>;
  part(path: string, region?: string): Promise<void>;
}

const CHEAP = 2 ** 28; // bytes of a model that is compared with a snapshot only to tell how much differs

export function createRestore(
  channel: Channel,
  lifetime: AbortSignal,
  tree: TreeStore,
  states: States,
  writer: Writer,
  messages: Messages,
): Restore {
  const restorable = signal<number | null>(null);
  const slot = createSlot(channel, lifetime);

  const count = async (): Promise<void> => {
    const a = states.a.peek();
    const { trial, position, bytes } = tree.header.peek();
    restorable.value = null;
    if (a.kind === "now" || (a.kind === "snapshot" && bytes > CHEAP)) return slot.cancel();
    const b: StateRef = trial ? { kind: "entry", entry: position } : { kind: "now" }; // a preview is taken back first
    const answered = await slot.ask({ kind: "Compare", a, b });
    if (answered?.reply.kind === "Compared") restorable.value = answered.reply.differing;
  };
  const inform = (title: string, text: string): void => messages.remark([{ severity: "info", title, text }]);
  /** Whether something was done. */
  const pick = async (part: Partial<PickFrom>): Promise<boolean> => {
    let done = "";
    const said = (label: string): void => {
      done = label;
    };
    const request: PickFrom = { kind: "PickFrom", state: states.a.peek(), ...part };
    const failure = await writer.write(request, undefined, undefined, said);
    if (failure) messages.fail("Nothing was taken from A", failure);
    else if (done === "") inform("Nothing was changed", "The model holds this already.");
    return done !== "";
  };
  return {
    restorable,
    count: () => void count(),
    async everything() {
      const { title } = states.name(states.a.peek());
      const tensors = restorable.peek();
      if (!(await pick({ paths: [] }))) return;
      const what = tensors ? `${plural(tensors, "tensor")} changed` : "All that differed was changed";
      inform(`Restored ${name(title)}`, `${what}, as one edit: undo takes it back.`);
    },
    async part(path, region) {
      await pick(region === undefined ? { paths: [path] } : { paths: [path], region });
    },
  };
}
