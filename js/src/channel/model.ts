/** The anywidget model that a channel runs over: what is needed of it, and whether it can be shown. */

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
