/** Where the editor of a model is on this page: in a cell or in the host's side panel, and on its way between them. */

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Model } from "./model";

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
