/** The anywidget model that a channel runs over: what is needed of it, whether it can be shown, and where its editor is. */

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Opening, VERSION } from "../protocol";

/** What the channel needs of an anywidget model. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(name: string, callback: (...args: never[]) => void): void;
  off(name: string, callback: (...args: never[]) => void): void;
  widget_manager?: { get_model(id: string): Promise<unknown> };
}

/** Why a model cannot be shown: it is that of an editor that was closed, or of another version. Empty if it can. */
export function misfit(model: Model): string {
  const opening = model.get("opening") as Partial<Opening> | undefined;
  if (!opening?.tree) return "This editor was closed. Run the cell again to open a new one.";
  if (opening.version === VERSION) return "";
  return "This view and the kernel have two versions of paramwidget. Reload the page; then run the cell again.";
}

export interface Move {
  readonly to: "cell" | "panel";
  /** The view in which that was asked for, and whether the editor goes to just that. */
  readonly from: HTMLElement;
  readonly same: boolean;
  /** What was tried out there, and is not any more; empty if nothing was. */
  readonly trial: string;
}

/** The host's side panels of one editor. */
export interface Panels {
  /** How many of this page show it; the views in them count themselves. */
  readonly shown: Signal<number>;
  /** How many cells of this page show it, or a line about it. */
  readonly cells: Signal<number>;
  /** How many there were so far; that is the number of the newest. */
  opened(): number;
  /** The editor is on its way there or back. */
  moving: Move | null;
}

export function panelsOf(model: Model): Panels {
  return { shown: signal(0), cells: signal(0), opened: () => Number(model.get("panels") ?? 0), moving: null };
}

/** Whether the editor is in the host's side panel, until `ended` aborts. */
export function watchDocked(model: Model, ended: AbortSignal): ReadonlySignal<boolean> {
  const docked = signal(model.get("docked") === true);
  const look = (): void => {
    docked.value = model.get("docked") === true;
  };
  model.on("change:docked", look);
  ended.addEventListener("abort", () => model.off("change:docked", look));
  return docked;
}
