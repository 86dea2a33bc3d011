/** Keys that work wherever the focus is in the widget, except in a field that takes text. */

import { freeAxes, swap, withIndex } from "./plane";
import type { Store } from "./store";

const PANES = [".pw-row[tabindex='0']", ".pw-plot [tabindex='0'], .pw-grid [tabindex='0']", ".pw-edit input.num"];

function takesText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName))
  );
}

export function createRootKeys(store: Store, root: () => HTMLElement | null): (event: KeyboardEvent) => void {
  const { pane, writer, messages } = store;
  const focus = (selector: string): void => {
    const target = root()?.querySelector<HTMLElement>(selector);
    target?.focus();
    if (target instanceof HTMLInputElement) target.select();
  };
  const cycle = (back: boolean): void => {
    const places = PANES.map((selector) => root()?.querySelector<HTMLElement>(selector)).filter(
      (place) => place != null,
    );
    const sections = places.map((place) => place.closest(".pw-side, .pw-plotw, .pw-edit"));
    const now = sections.findIndex((section) => section?.contains(active()));
    places[(now + (back ? places.length - 1 : 1)) % places.length]?.focus();
  };
  const stepAxis = (by: number): void => {
    const plane = pane.plane.peek();
    const shape = pane.line.peek()?.shape ?? [];
    const axis = plane ? freeAxes(plane, shape)[0] : undefined;
    if (plane && axis !== undefined) pane.setPlane(withIndex(plane, axis, (plane.fixed[axis] ?? 0) + by, shape));
  };
  const swapAxes = (): void => {
    const plane = pane.plane.peek();
    if (plane) pane.setPlane(swap(plane));
  };
  const active = (): Element | null =>
    (root()?.getRootNode() as Document | ShadowRoot | undefined)?.activeElement ?? null;
  const leave = (): void => {
    const focused = active();
    if (focused instanceof HTMLElement) focused.blur();
    root()?.parentElement?.closest<HTMLElement>("[tabindex]")?.focus(); // in a notebook this is the cell
  };
  const plain: Record<string, () => void> = {
    "/": () => focus(".pw-filter input"),
    "?": () => {
      messages.help.value = true;
    },
    "1": () => {
      pane.view.value = "heatmap";
    },
    "2": () => {
      pane.view.value = "values";
    },
    "[": () => stepAxis(-1),
    "]": () => stepAxis(1),
    t: swapAxes,
    e: () => focus(".pw-edit input.num"),
    f: () => store.freeze(pane.selected.peek()),
  };
  const act = (event: KeyboardEvent): boolean => {
    if (event.key === "F6") {
      cycle(event.shiftKey);
      return true;
    }
    if (event.key === "Escape") {
      if (!store.edit.clear()) leave();
      return true;
    }
    if (takesText(event.target) || event.altKey) return false;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== "z" || !store.writable.peek()) return false;
      void (event.shiftKey ? writer.redo() : writer.undo());
      return true;
    }
    const action = plain[event.key.toLowerCase()];
    action?.();
    return action !== undefined;
  };
  return (event) => {
    event.stopPropagation(); // the notebook has its own use for letters
    if (!event.defaultPrevented && act(event)) event.preventDefault();
  };
}
