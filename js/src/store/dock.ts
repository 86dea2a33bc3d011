/** The side panel of the host: whether the editor is there, and what becomes of it when its panel goes. */

import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Channel } from "../channel";
import type { Move } from "../channel/panels";
import type { Messages } from "./messages";

/** Where a view is shown. Only JupyterLab has panels; elsewhere a widget that is sent to one is never seen. */
export type Place = "cell" | "panel" | "elsewhere";

export interface Dock {
  /** Whether what it needs is installed. */
  readonly able: boolean;
  /** The editor is in a panel of this page, and this view is the one in the cell; not once the kernel is gone, for who would bring it back? */
  readonly away: ReadonlySignal<boolean>;
  /** Move the editor there, or back. */
  move(move: Move): Promise<void>;
  /** Where the editor came from, if it was moved to the view in `root`; told once. */
  arrived(root: HTMLElement): HTMLElement | null;
}

const LEFT = "What was tried out was taken back when the editor moved";
const NOWHERE = {
  title: "No cell shows this editor any more",
  text: "Run a cell that has it on its last line; then it can move back there.",
};
const COMING = 2000; // ms until a panel that is not there will not come: a reload of the page leaves it out

export function createDock(
  channel: Channel,
  lifetime: AbortSignal,
  place: ReadonlySignal<Place>,
  gone: ReadonlySignal<string>,
  messages: Messages,
): Dock {
  const { docked, panels } = channel;
  const expected = signal(true);
  const away = computed(
    () => place.value === "cell" && docked.value && gone.value === "" && (panels.shown.value > 0 || expected.value),
  );
  const stopExpecting = effect(() => {
    expected.value = true;
    if (!docked.value || panels.shown.value > 0) return;
    const timer = setTimeout(() => {
      expected.value = false;
    }, COMING);
    return () => clearTimeout(timer);
  });
  const stopCounting = effect(() => {
    if (place.value === "elsewhere") return;
    const views = place.value === "panel" ? panels.shown : panels.cells;
    const number = panels.opened();
    views.value = views.peek() + 1;
    lifetime.addEventListener("abort", () => {
      views.value = views.peek() - 1;
      // closed by its ×: the kernel learns of it, and knows better if it closed the panel itself or opened another one
      const closed = views === panels.shown && docked.peek() && gone.peek() === "";
      if (closed) void channel.request({ kind: "Dock", open: false, panel: number });
    });
  });
  lifetime.addEventListener("abort", () => {
    stopExpecting();
    stopCounting();
  });
  return {
    able: channel.opening.panel,
    away,
    async move(move) {
      if (move.to === "cell" && panels.cells.peek() === 0) {
        messages.remark([{ severity: "warn", ...NOWHERE }]);
        return;
      }
      panels.moving = move;
      const { reply } = await channel.request({ kind: "Dock", open: move.to === "panel" });
      const forget = (): void => {
        if (panels.moving === move) panels.moving = null;
      };
      if (reply.kind !== "Failure") {
        setTimeout(forget, COMING);
        return;
      }
      forget();
      messages.fail("The editor stays where it is", reply);
    },
    arrived(root) {
      const { moving } = panels;
      if (moving?.to !== place.peek() || (moving.same && moving.from !== root)) return null;
      panels.moving = null;
      if (moving.trial) messages.remark([{ severity: "info", title: LEFT, text: `It was: ${moving.trial}.` }]);
      return moving.from;
    },
  };
}
