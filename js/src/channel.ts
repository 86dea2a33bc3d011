/**
 * The line to the kernel: requests with exactly one answer each, events, and whether anybody is there.
 * The only module, with those of its folder, that knows how messages travel.
 */

import type { ReadonlySignal } from "@preact/signals";
import { createExchange, type Exchange, PAGES } from "./channel/exchange";
import { createKernel, type Kernel } from "./channel/kernel";
import type { Model } from "./channel/model";
import { type Panels, panelsOf, watchDocked } from "./channel/panels";
import type { Answer, Event, Opening, Progressed, Push } from "./protocol";

export type { Answered, Options } from "./channel/exchange";
export type { Kernel } from "./channel/kernel";
export { type Model, misfit } from "./channel/model";

export type Heard = Exclude<Event, Progressed>;
export type Listener = (event: Heard, buffers: readonly DataView[]) => void;

export interface Channel extends Pick<Exchange, "request" | "stopWriting" | "look"> {
  readonly opening: Opening;
  readonly buffers: readonly DataView[];
  readonly kernel: ReadonlySignal<Kernel>;
  /** Newest revision that the kernel has announced. */
  revision(): number;
  /** A view is on the screen, or not any more: the kernel does nothing for a page on which none is. */
  attend(view: object, seen: boolean): void;
  subscribe(listener: Listener, signal: AbortSignal): void;
  /** Whether the editor is in the host's side panel. */
  readonly docked: ReadonlySignal<boolean>;
  readonly panels: Panels;
  /** The path that a reload of the page comes back to. */
  selection(): string;
  select(path: string): void;
}

/** Open the channel of a widget; it lives until `signal` aborts. */
export function openChannel(model: Model, signal: AbortSignal): Channel {
  const { buffers, ...opening } = model.get("opening") as Opening & { buffers?: DataView[] };
  const listeners = new Set<Listener>();
  const attentive = new Set<object>();
  let told: boolean | undefined; // what the kernel knows of them
  let revision = opening.revision;
  const kernel = createKernel();
  const exchange = createExchange(model, kernel, () => revision);
  const page = 1 + Math.floor(Math.random() * PAGES);

  const receive = (content: Answer | Push, parts: DataView[] = []): void => {
    if (!("event" in content)) {
      exchange.receive(content, parts);
      return;
    }
    revision = Math.max(revision, content.revision);
    const { event } = content;
    if (event.kind === "Progressed") {
      exchange.advance(event);
      return;
    }
    if (event.kind === "Ended") exchange.end({ state: "closed", text: event.text });
    for (const listener of [...listeners]) listener(event, parts);
  };
  const onVisible = (): void => {
    if (document.visibilityState === "visible") void exchange.checkAlive();
  };
  const tell = (): void => {
    const looks = attentive.size > 0;
    if (looks === told) return;
    told = looks;
    void exchange.request({ kind: "Attend", page, looks });
  };
  const onLine = (): void => void exchange.checkAlive();
  model.on("msg:custom", receive);
  model.on("comm_live_update", onLine); // a kernel that restarts says so to the hosts' model
  document.addEventListener("visibilitychange", onVisible, { signal });
  window.addEventListener("focus", exchange.look, { signal });
  signal.addEventListener("abort", () => {
    model.off("msg:custom", receive);
    model.off("comm_live_update", onLine);
    listeners.clear();
    exchange.close();
  });

  return {
    opening,
    buffers: buffers ?? [],
    kernel: kernel.signal,
    docked: watchDocked(model, signal),
    panels: panelsOf(model),
    revision: () => Math.max(revision, Number(model.get("revision") ?? 0)),
    request: exchange.request,
    attend(view, seen) {
      if (seen) attentive.add(view);
      else attentive.delete(view);
      queueMicrotask(tell); // a view that moves is away for a moment only
    },
    stopWriting: exchange.stopWriting,
    look: exchange.look,
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
        exchange.end({ state: "gone" });
      }
    },
  };
}
