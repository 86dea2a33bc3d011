/** What the doctor found: asked for by hand only, shown until the next examination, treated one by one. */

import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import { capital } from "../format";
import { windowOf, windowSize } from "../plane";
import type { Finding, Findings, Plane } from "../protocol";
import type { Messages } from "./messages";
import type { Pane } from "./pane";
import { createSlot } from "./slot";
import type { TreeStore } from "./tree";
import type { Writer } from "./writer";

export interface DoctorStore {
  readonly open: ReadonlySignal<boolean>;
  readonly findings: ReadonlySignal<Findings | null>;
  readonly failure: ReadonlySignal<string>;
  readonly running: ReadonlySignal<boolean>;
  readonly progress: ReadonlySignal<number | null>;
  /** The model changed since it was examined. */
  readonly stale: ReadonlySignal<boolean>;
  examine(): Promise<void>;
  /** What was found before stays. */
  cancel(): void;
  close(): void;
  jump(finding: Finding): void;
  /** True once the fix is done and the model was examined again. */
  treat(finding: Finding): Promise<boolean>;
  changed(): void;
}

export function createDoctor(
  channel: Channel,
  lifetime: AbortSignal,
  awake: ReadonlySignal<boolean>,
  tree: TreeStore,
  pane: Pane,
  writer: Writer,
  messages: Messages,
): DoctorStore {
  const open = signal(false);
  const findings = signal<Findings | null>(null);
  const failure = signal("");
  const running = signal(false);
  const changes = signal(0);
  const seen = signal(0);
  const slot = createSlot(channel, lifetime);
  const cancel = (): void => {
    slot.cancel();
    running.value = false;
    if (!findings.peek()) open.value = false;
  };
  const examine = async (): Promise<void> => {
    open.value = true;
    running.value = true;
    const at = changes.peek();
    const answered = await slot.ask({ kind: "Examine" });
    if (!answered) return;
    const { reply } = answered;
    batch(() => {
      running.value = false;
      failure.value = reply.kind === "Failure" ? reply.text : "";
      findings.value = reply.kind === "Failure" ? null : reply;
      seen.value = at;
    });
  };
  let interrupted = false; // a view that is out of sight does no work, and goes on when it is seen again
  lifetime.addEventListener(
    "abort",
    awake.subscribe((seen) => {
      if (seen && interrupted) void examine();
      interrupted = !seen && running.peek();
      if (interrupted) slot.cancel();
    }),
  );

  /** The plane of a tensor that was just selected comes with its description. */
  const whenShown = (path: string, action: (plane: Plane) => void): void => {
    let done = false;
    const stop = effect(() => {
      if (done) return;
      const plane = pane.plane.value;
      if (pane.selected.value !== path) done = true;
      else if (plane && pane.description.value?.path === path) {
        done = true;
        queueMicrotask(() => action(plane)); // it writes what this reads
      }
      if (done) queueMicrotask(() => stop());
    });
    lifetime.addEventListener("abort", stop);
  };
  return {
    open,
    findings,
    failure,
    running,
    progress: slot.progress,
    stale: computed(() => findings.value !== null && changes.value !== seen.value),
    examine,
    cancel,
    close() {
      cancel();
      open.value = false;
    },
    jump({ path, region }) {
      const line = tree.line(path);
      if (!line) return;
      batch(() => {
        tree.reveal(path);
        tree.focus.value = path;
        pane.select(path);
      });
      const parts = partsOf(region, line.shape.length);
      if (!parts) return;
      whenShown(path, (shown) => {
        const start = (axis: number): number => Number.parseInt(parts[axis] ?? "", 10) || 0;
        const plane = { ...shown, fixed: shown.fixed.map((_, axis) => start(axis)) };
        const cell = [start(plane.rows), start(plane.cols)] as const;
        const window = windowOf(`[${parts.join(", ")}]`, plane, line.shape);
        if (pane.view.peek() === "spectrum") pane.setView("heatmap"); // it shows no places
        pane.setPlane(plane);
        pane.setCursor(...cell);
        pane.selection.value = window && windowSize(window) > 1 ? window : null;
      });
    },
    async treat({ number, fix, path }) {
      const refused = await writer.write({ kind: "Treat", finding: number });
      if (refused) messages.fail(`${capital(fix)} was not done`, refused, [], path);
      else await examine();
      return refused === null;
    },
    changed() {
      changes.value += 1;
    },
  };
}

/** A slice in one part for each axis; null if it says nothing. */
export function partsOf(region: string, rank: number): readonly string[] | null {
  const parts = region
    .replace(/^\s*\[|\]\s*$/g, "")
    .split(",")
    .map((part) => part.trim());
  if (rank === 0 || (parts.length === 1 && (parts[0] === "" || parts[0] === "..."))) return null;
  const dots = parts.indexOf("...");
  if (dots >= 0) parts.splice(dots, 1, ...Array<string>(Math.max(0, rank - parts.length + 1)).fill(":"));
  while (parts.length < rank) parts.push(":");
  return parts;
}
