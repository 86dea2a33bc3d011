/** All state of one view: what the kernel told (tree, pane) and what is local to the view, as signals. Events of the channel arrive here. */

import { computed, effect, type ReadonlySignal } from "@preact/signals";
import type { Channel, Kernel } from "./channel";
import type { Description, Figure, GetFigure } from "./protocol";
import { type CompareStore, createCompare } from "./store/compare";
import { createDock, type Dock, type Place } from "./store/dock";
import { createDoctor, type DoctorStore } from "./store/doctor";
import { createEdit, type EditStore } from "./store/edit";
import { createHistory, type HistoryStore } from "./store/history";
import { createLesson, type LessonStore } from "./store/lesson";
import { createMessages, type Messages } from "./store/messages";
import { createPane, type Pane } from "./store/pane";
import { createProbes, type ProbeStore } from "./store/probes";
import { createRestore, type Restore } from "./store/restore";
import { createSpectrum, type SpectrumStore } from "./store/spectrum";
import { createStates, type States } from "./store/states";
import { createTree, type TreeStore } from "./store/tree";
import { createWriter, type Writer } from "./store/writer";

/** What the host tells of the place where the view is shown. */
export interface Surroundings {
  /** On the screen, in a visible page. A view that is not fetches nothing. */
  readonly awake: ReadonlySignal<boolean>;
  readonly dark: ReadonlySignal<boolean>;
  readonly place: ReadonlySignal<Place>;
}

export interface Store extends Surroundings {
  readonly dock: Dock;
  readonly kernel: ReadonlySignal<Kernel>;
  readonly tree: TreeStore;
  readonly pane: Pane;
  readonly spectrum: SpectrumStore;
  readonly edit: EditStore;
  readonly probes: ProbeStore;
  readonly history: HistoryStore;
  readonly states: States;
  readonly compare: CompareStore;
  readonly restore: Restore;
  readonly doctor: DoctorStore;
  readonly lesson: LessonStore;
  readonly messages: Messages;
  readonly writer: Writer;
  /** Why the kernel can be asked nothing any more; empty while it can. */
  readonly gone: ReadonlySignal<string>;
  /** Why nothing can be changed at all; empty while the kernel is there and the model is not read-only. */
  readonly fixed: ReadonlySignal<string>;
  /** Whether anything can be changed at all. */
  readonly writable: ReadonlySignal<boolean>;
  /** Why nothing can be frozen or unfrozen; empty if it can. */
  readonly unfreezable: ReadonlySignal<string>;
  /** Why the tensor on the screen cannot be edited; empty if it can. */
  readonly locked: ReadonlySignal<string>;
  /** End a large write before it is written. */
  stopWriting(): void;
  /** What `figure` is a picture of. */
  readonly picture: ReadonlySignal<GetFigure["view"]>;
  figure(): Promise<{ name: string; png: Uint8Array } | null>;
  freeze(path: string): void;
}

export function createStore(channel: Channel, surroundings: Surroundings, lifetime: AbortSignal): Store {
  const gone = computed(() => (["gone", "closed"].includes(channel.kernel.value.state) ? GONE : ""));
  const messages = createMessages(lifetime);
  const dock = createDock(channel, lifetime, surroundings.place, gone, messages);
  const awake = computed(() => surroundings.awake.value && !dock.away.value); // a view that is a line shows nothing
  const stopAttending = effect(() => channel.attend(lifetime, awake.value));
  lifetime.addEventListener("abort", () => {
    stopAttending();
    channel.attend(lifetime, false);
  });
  const writer = createWriter(channel, messages);
  const tree = createTree(channel, lifetime, awake, channel.selection());
  const pane = createPane(channel, lifetime, awake, tree);
  const spectrum = createSpectrum(channel, lifetime, awake, tree.header, pane);
  const probes = createProbes(channel);
  const lesson = createLesson(channel, writer, messages);
  const edit = createEdit(channel, lifetime, pane, tree, writer, messages, probes.items, lesson.refusal);
  const history = createHistory(channel, lifetime, awake, tree, writer, messages, probes.items);
  const states = createStates(history, tree, messages);
  const restore = createRestore(channel, lifetime, tree, states, writer, messages);
  const compare = createCompare(channel, lifetime, awake, tree, pane, states, restore);
  const doctor = createDoctor(channel, lifetime, awake, tree, pane, writer, messages);
  const fixed = computed(() => gone.value || (tree.header.value.writable ? "" : "This model is read-only."));
  const writable = computed(() => fixed.value === "");
  const picture = computed(() => (pane.view.value === "values" ? "heatmap" : pane.view.value));
  const unfreezable = computed(() => fixed.value || lesson.noFreezing);

  channel.subscribe((event, buffers) => {
    switch (event.kind) {
      case "Changed":
        tree.apply(event);
        if (!event.bare) pane.changed(event.paths, event.trial ?? false);
        history.changed();
        compare.changed();
        if (!event.bare) doctor.changed();
        return;
      case "Probed":
        probes.heard(event, buffers);
        return;
      case "LessonChecked":
        lesson.heard(event);
        return;
      case "Ended": // the channel's own state shows it
        return;
      default:
        event satisfies never;
    }
  }, lifetime);

  return {
    ...surroundings,
    awake,
    dock,
    kernel: channel.kernel,
    tree,
    pane,
    spectrum,
    edit,
    probes,
    history,
    states,
    compare,
    restore,
    doctor,
    lesson,
    messages,
    writer,
    gone,
    fixed,
    writable,
    unfreezable,
    locked: computed(() => {
      if (gone.value) return "Editing is off: the kernel is gone.";
      if (!tree.header.value.writable) return "This model is read-only.";
      return reasonAgainst(pane.description.value, pane.line.value?.writable ?? false);
    }),
    stopWriting: channel.stopWriting,
    picture,
    async figure() {
      const path = pane.selected.peek();
      const { reply, buffers } = await channel.request({
        kind: "GetFigure",
        path,
        view: picture.peek(),
        plane: pane.plane.peek(),
      });
      const [png] = buffers;
      if (reply.kind === "Failure" || !png) {
        if (reply.kind === "Failure") messages.fail("No picture was made", reply);
        return null;
      }
      return { name: (reply satisfies Figure).name, png: new Uint8Array(png.buffer, png.byteOffset, png.byteLength) };
    },
    freeze(path) {
      const lock = tree.line(path)?.lock ?? "none";
      if (!writable.peek() || lock === "none" || writer.locking.peek().has(path)) return;
      if (lesson.noFreezing)
        return messages.remark([{ severity: "info", title: "Nothing was frozen", text: lesson.noFreezing }]);
      void writer.setTrainable(path, lock === "frozen");
    },
  };
}

const GONE = "The kernel is gone. Run the cell again.";

function reasonAgainst(description: Description | null, writable: boolean): string {
  if (description ? description.writable : writable) return "";
  return description?.reason || "This tensor is read-only.";
}
