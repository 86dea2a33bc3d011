/** The edit bar: which values, what is done to them, and what is tried out in the model before it is applied. */

import { batch, computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { Channel } from "../channel";
import type { Failure, Operation, Stored, Target, Window } from "../protocol";
import { toNumber } from "../tensor";
import { createCheck } from "./check";
import { type Facts, type Fields, type Kind, refusal } from "./fields";
import type { Messages } from "./messages";
import { KINDS, kindOf } from "./operations";
import type { Pane } from "./pane";
import type { Probe } from "./probes";
import { debounce } from "./slot";
import { createSweep, type SweepStore } from "./sweep";
import type { TreeStore } from "./tree";
import { createTrial, type Trial } from "./trial";
import { createWhere, type Scope, type Where } from "./where";
import type { Writer } from "./writer";

export type { Scope } from "./where";

export interface EditStore {
  readonly where: Omit<Where, "setScope" | "setRegion" | "setCondition">;
  readonly trial: Pick<Trial, "on">;
  readonly sweep: SweepStore;
  readonly type: ReadonlySignal<Operation["type"]>;
  readonly kind: ReadonlySignal<Kind>;
  readonly facts: ReadonlySignal<Facts>;
  readonly fields: ReadonlySignal<Fields>;
  readonly stored: ReadonlySignal<Stored | null>;
  /** Why operations of a type are not offered here; empty if they are. */
  refusal(type: Operation["type"]): string;
  /** Why the operation is refused, by a check, by the trial or by the write. */
  readonly error: ReadonlySignal<string>;
  readonly pending: ReadonlySignal<boolean>;
  /** The part of the shown plane that the edit would touch. */
  readonly outline: ReadonlySignal<Window | null>;
  readonly ready: ReadonlySignal<boolean>;
  setScope(scope: Scope): void;
  setRegion(text: string): void;
  setCondition(text: string): void;
  setType(type: Operation["type"]): void;
  /** Fields were changed; typing waits for a moment before it is tried. */
  setFields(changes: Fields, typing?: boolean): void;
  /** Whether the main field is empty, or was applied as it stands. */
  isDone(): boolean;
  apply(): Promise<void>;
  /** What a text would be stored as in the tensor on the screen. */
  check(text: string): Promise<Stored | Failure>;
  /** Names of the snapshots there are. */
  snapshots(): Promise<readonly string[]>;
  /** Takes back what is tried out, else clears the fields. True if there was something to clear. */
  clear(): boolean;
}

const TYPING = 150;

export function createEdit(
  channel: Channel,
  lifetime: AbortSignal,
  pane: Pane,
  tree: TreeStore,
  writer: Writer,
  messages: Messages,
  probes: ReadonlySignal<readonly Probe[]>,
  notOffered: EditStore["refusal"],
): EditStore {
  const types = Object.keys(KINDS) as Operation["type"][];
  const type = signal(types.find((each) => notOffered(each) === "") ?? "Fill");
  const kind = computed(() => kindOf(type.value));
  const fields = signal<Fields>({ text: "" });
  const refused = signal<{ target: Target; failure: Failure } | null>(null); // by the trial or by the write
  const pending = signal(false);
  let applied = "";
  let due = false; // what was typed is not tried yet
  let wanted = false; // it is tried as soon as its place is known
  const check = createCheck(channel, lifetime, pane);

  const facts = computed<Facts>(() => {
    const description = pane.before.description.value ?? pane.description.value;
    return {
      path: pane.selected.value,
      shape: pane.line.value?.shape ?? [],
      axes: description?.axes ?? [],
      std: toNumber(description?.summary?.std ?? 0),
      domain: description?.domain ?? 0,
      initializers: channel.opening.initializers,
    };
  });
  const operation = computed(() => kind.value.build(fields.value));
  const unread = computed(() => refusal(operation.value));
  const asked = computed(() => (type.value === "Initialize" && !unread.value ? operation.value : null));
  const where = createWhere(channel, lifetime, pane, tree, asked);
  const trial = createTrial(channel, lifetime, tree.header, writer, messages, restart);
  const subject = computed(() => ({
    target: where.target.value,
    vary: kind.value.sweeps ?? "value",
    position: tree.header.value.position,
    outside: tree.outside.value,
  }));
  const sweep = createSweep(channel, subject, probes, () => {
    if (trial.drop()) start();
  });

  const tryOut = (): void => {
    due = wanted = false;
    if (!kind.peek().live) return;
    const now = operation.peek();
    wanted = where.error.peek() !== "";
    // back where the slider began, or refused: the model never holds what the bar does not name
    if (!now || unread.peek() || wanted) return void trial.drop();
    where.pin();
    trial.show(where.target.peek(), now);
  };
  const tryWanted = () => wanted && where.foreseen.peek() === where.target.peek() && tryOut();
  const tryTyped = debounce(TYPING, lifetime, () => due && tryOut());
  const start = (): void => {
    due = wanted = false;
    batch(() => {
      fields.value = kind.peek().start(facts.peek());
      refused.value = null;
      check.clear();
    });
  };

  const refuse = (failure: Failure | null): void => {
    refused.value = failure && { target: where.target.peek(), failure };
  };

  let path = "";
  const stops = [
    effect(() => refuse(trial.failure.value)),
    effect(() => {
      if (pane.selected.value === path) return;
      path = pane.selected.value;
      trial.drop();
      where.reset();
      start();
    }),
    effect(() => void (trial.on.value || where.unpin())),
    effect(() => {
      if (where.scope.value !== "match" || where.query.value) return;
      trial.drop();
      where.setScope("cells");
    }),
    effect(() => {
      if (where.foreseen.value === where.target.value) untracked(tryWanted);
    }),
  ];
  lifetime.addEventListener("abort", () => stops.map((stop) => stop()));
  /** What is tried out goes away at the place before, and comes again at the new one once that is known. */
  function move(change: () => void): void {
    wanted = trial.drop() || wanted;
    change();
    tryWanted();
  }

  const error = computed(() => {
    const unfit = check.answer.value?.kind === "Failure" ? check.answer.value : null;
    // at another place it may be done, and that a place is refused is said there
    const isHere = refused.value?.target === where.target.value && !where.error.value;
    return unread.value || ((isHere && refused.value?.failure) || unfit)?.text || "";
  });
  const ready = computed(
    () =>
      !pending.value &&
      error.value === "" &&
      where.error.value === "" &&
      (operation.value !== null || trial.on.value) &&
      where.target.value.region !== "", // the plane is not known yet
  );
  return {
    where,
    trial,
    sweep,
    type,
    kind,
    facts,
    fields,
    error,
    pending,
    outline: where.outline,
    stored: computed(() => (check.answer.value?.kind === "Stored" ? check.answer.value : null)),
    ready,
    setScope(scope) {
      if (scope !== "cells" && scope === where.scope.peek()) return;
      move(() => where.setScope(scope));
    },
    setRegion: (text) => move(() => where.setRegion(text)),
    setCondition: (text) => move(() => where.setCondition(text)),
    refusal: notOffered,
    setType(next) {
      if (notOffered(next)) return;
      trial.drop();
      type.value = next;
      if (!kind.peek().sweeps) sweep.open.value = false;
      start();
      if (kind.peek().ready) tryOut();
    },
    setFields(changes, typing = false) {
      batch(() => {
        fields.value = { ...fields.peek(), ...changes };
        refused.value = null;
        if (type.peek() === "Fill") check.later(fields.peek().text ?? "");
      });
      due = typing;
      if (typing) tryTyped();
      else tryOut();
    },
    isDone: () =>
      type.peek() === "Fill"
        ? ["", applied].includes(fields.peek().text ?? "")
        : !kind.peek().track || !trial.on.peek(),
    check: check.now,
    async snapshots() {
      const { reply } = await channel.request({ kind: "GetHistory" });
      return reply.kind === "Failure" ? [] : reply.snapshots.map((each) => each.name);
    },
    async apply() {
      if (!ready.peek()) return;
      if (due) tryOut();
      wanted = false;
      pending.value = true;
      await (trial.on.peek() ? trial.keep() : write());
      pending.value = false;
    },
    clear() {
      wanted = false;
      if (trial.drop()) {
        if (!kind.peek().ready) start();
        return true;
      }
      const initial = kind.peek().start(facts.peek());
      const had =
        Object.entries(initial).some(([key, value]) => fields.peek()[key] !== value) ||
        pane.selection.peek() !== null ||
        where.scope.peek() !== "cells";
      start();
      where.reset();
      pane.selection.value = null;
      return had;
    },
  };

  async function write(): Promise<void> {
    const what = operation.peek();
    const target = where.target.peek();
    const [at, scope] = [pane.selected.peek(), where.scope.peek()];
    if (!what) return;
    const failure = await writer.write({ kind: "Apply", target, operation: what });
    if (!failure) {
      applied = fields.peek().text ?? "";
      restart();
    } else if (where.target.peek() !== target) messages.fail(`${target.what} was not edited`, failure, [], at);
    else if (failure.code === "region" && scope === "slice") where.refuse(failure);
    else refuse(failure);
  }
  /** A slider shows its strength from now on; what was set stays to be set elsewhere. */
  function restart(): void {
    if (kind.peek().track) start();
  }
}
