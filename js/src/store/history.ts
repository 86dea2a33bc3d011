/** What was done, as the kernel tells it while somebody looks: entries, snapshots, and the ways through them. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import { name } from "../format";
import { type Lines, linesOf, type Trial, trialOf } from "../history/rows";
import type { ApplyPatch, DropTrial, GoTo, History, ProbeState } from "../protocol";
import type { Messages } from "./messages";
import { createScript, type Script } from "./script";
import { createSlot, debounce } from "./slot";
import type { TreeStore } from "./tree";
import type { Writer } from "./writer";

export interface SavedFile {
  name: string;
  bytes: Uint8Array;
}

export interface HistoryStore {
  /** Whether the drawer is open. */
  readonly open: Signal<boolean>;
  readonly data: ReadonlySignal<History | null>;
  readonly lines: ReadonlySignal<Lines | null>;
  readonly trial: ReadonlySignal<Trial | null>;
  /** Name of the first probe, whose scores are shown; empty if there is none. */
  readonly probe: ReadonlySignal<string>;
  /** The entries that are selected, as code. */
  readonly script: Script;
  /** Fetches, and again at every change, until the function that it returns is called. */
  watch(): () => void;
  /** The history as it is now. */
  load(): Promise<History | null>;
  goTo(entry: number): Promise<void>;
  takeBack(entry: number): Promise<void>;
  /** Takes the preview back, whichever view it belongs to. */
  dropPreview(): Promise<void>;
  snapshot(name?: string): Promise<void>;
  dropSnapshot(name: string): Promise<void>;
  patch(): Promise<SavedFile | null>;
  applyPatch(file: ArrayBuffer): Promise<void>;
  changed(): void;
}

const DELAY = 60;

export function createHistory(
  channel: Channel,
  lifetime: AbortSignal,
  awake: ReadonlySignal<boolean>,
  tree: TreeStore,
  writer: Writer,
  messages: Messages,
  probes: ReadonlySignal<readonly ProbeState[]>,
): HistoryStore {
  const data = signal<History | null>(null);
  const listing = createSlot(channel, lifetime);
  const script = createScript(channel, lifetime, data);
  let watchers = 0;
  let stale = true;

  let latest: Promise<History | null> = Promise.resolve(null);
  const ask = async (): Promise<History | null> => {
    const answered = await listing.ask({ kind: "GetHistory" });
    if (!answered) return latest; // overtaken
    if (answered.reply.kind === "Failure") stale = true;
    else data.value = answered.reply;
    return data.peek();
  };
  const load = (): Promise<History | null> => {
    if (stale) {
      stale = false;
      latest = ask();
    }
    return latest;
  };
  const refresh = debounce(DELAY, lifetime, () => {
    if (watchers === 0 || !awake.peek()) return;
    void load().then(script.refresh);
  });
  const touch = (): void => {
    stale = true;
    refresh();
  };
  lifetime.addEventListener(
    "abort",
    awake.subscribe((now) => now && stale && refresh()),
  );
  lifetime.addEventListener("abort", probes.subscribe(touch)); // each entry tells its scores
  const drop = async (way: Partial<DropTrial> = {}): Promise<void> => {
    const { reply } = await channel.request({ kind: "DropTrial", owner: 0, ...way });
    if (reply.kind !== "Failure") return;
    const asks = reply.code === "outside-change" && !way.force && !way.leave;
    const actions = [
      { label: "Take back anyway", run: () => void drop({ force: true }) },
      { label: "Leave it", run: () => void drop({ leave: true }) },
    ];
    messages.fail("The preview was not taken back", reply, asks ? actions : []);
  };
  /** A refusal that only asks whether to go on is answered by the same request with `force`. */
  const write = async (
    title: string,
    request: GoTo | ApplyPatch,
    anyway: readonly [code: string, label: string],
    parts?: ArrayBuffer[],
  ): Promise<void> => {
    const failure = await writer.write(request, undefined, parts);
    if (!failure) return;
    const asks = failure.code === anyway[0] && !request.force;
    const again = (): void => void write(title, { ...request, force: true }, anyway, parts);
    messages.fail(title, failure, asks ? [{ label: anyway[1], run: again }, KEEP] : []);
  };
  const trial = computed(() => trialOf(tree.header.value.trial, probes.value[0]));

  return {
    open: signal(false),
    data,
    trial,
    script,
    load,
    lines: computed(() => data.value && linesOf(data.value, trial.value)),
    probe: computed(() => data.value?.probes[0] ?? ""),
    watch() {
      watchers += 1;
      void load();
      return () => {
        watchers -= 1;
      };
    },
    goTo: (entry) => write("The model stays where it is", { kind: "GoTo", entry }, ["outside-change", "Go anyway"]),
    async takeBack(entry) {
      const failure = await writer.write({ kind: "TakeBack", entry });
      if (failure) messages.fail("Not taken back", failure);
    },
    dropPreview: drop,
    async snapshot(label = "") {
      const { reply } = await channel.request({ kind: "TakeSnapshot", name: label });
      if (reply.kind === "Failure") return messages.fail("No snapshot was taken", reply);
      const text = "Compare it (C), or bring it back from the snapshots menu.";
      messages.remark([...reply.remarks, { severity: "info", title: `Snapshot ${name(reply.label)} taken`, text }]);
      touch();
    },
    async dropSnapshot(which) {
      const { reply } = await channel.request({ kind: "DropSnapshot", name: which });
      if (reply.kind === "Failure") messages.fail("The snapshot was not dropped", reply);
      touch();
    },
    async patch() {
      const { reply, buffers } = await channel.request({ kind: "GetPatch" });
      const [part] = buffers;
      if (reply.kind === "Failure") messages.fail("No patch was made", reply);
      if (reply.kind === "Failure" || !part) return null;
      return { name: reply.name, bytes: new Uint8Array(part.buffer, part.byteOffset, part.byteLength) };
    },
    applyPatch: (file) => write("The patch was not applied", { kind: "ApplyPatch" }, ["patch", "Apply anyway"], [file]),
    changed: touch,
  };
}

const KEEP = { label: "Keep", run: () => undefined };
