/** Keys that work wherever the focus is in the widget, except in a field that takes text. */

import { focused } from "./focus";
import { freeAxes, swap, withIndex } from "./plane";
import { VIEWS } from "./plots/table";
import type { Plane } from "./protocol";
import type { Store } from "./store";
import type { ViewName } from "./store/views";

const PLOT = ".pw-plot [tabindex='0'], .pw-grid [tabindex='0']";
const ENTRY = ".pw-jr[tabindex='0']";
const PANES = [
  ".pw-lesson .btn",
  ".pw-row[tabindex='0']",
  PLOT,
  ".pw-edit .main",
  `.pw-drawer ${ENTRY}`,
  ".pw-probe [tabindex='0']",
  ".pw-cmp .fig canvas",
  `.pw-cmp ${ENTRY}`,
];

const COVERING = /^[?scap]$/i; // keys that work while two states are compared

const FRAMES = 120; // the cells of the grid come a few frames after the grid, singular values up to a second or two

function isUndo(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
}

function takesText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    !target.matches("[type=range]") &&
    (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName))
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
    const places = PANES.flatMap((selector) => {
      const place = root()?.querySelector<HTMLElement>(selector);
      return place && place.checkVisibility?.() !== false ? [place] : []; // some cover others
    });
    const sections = places.map((place) =>
      place.closest(".pw-lesson, .pw-side, .pw-plotw, .pw-edit, .pw-c3, .pw-journal, .pw-probe"),
    );
    const now = sections.findIndex((section) => section?.contains(focused()));
    places[(now + (back ? places.length - 1 : 1)) % places.length]?.focus();
  };
  const cut = (): Plane | null => (pane.view.peek() === "spectrum" ? null : pane.plane.peek()); // which shows no plane
  const stepAxis = (by: number): void => {
    const plane = cut();
    const shape = pane.line.peek()?.shape ?? [];
    const axis = plane ? freeAxes(plane, shape)[0] : undefined;
    if (plane && axis !== undefined) pane.setPlane(withIndex(plane, axis, (plane.fixed[axis] ?? 0) + by, shape));
  };
  const swapAxes = (): void => {
    const plane = cut();
    if (plane) pane.setPlane(swap(plane));
  };
  const valueField = (): Element | null => root()?.querySelector(".pw-edit .main") ?? null;
  const leave = (): void => {
    const here = focused();
    if (here instanceof HTMLElement) here.blur();
    root()?.parentElement?.closest<HTMLElement>("[tabindex]")?.focus(); // in a notebook this is the cell
  };
  const show = (view: ViewName): void => {
    if (!pane.supports(view) || pane.view.peek() === view) return;
    const had = focused()?.closest(".pw-plotw") != null;
    if (had) root()?.focus({ preventScroll: true });
    pane.setView(view);
    if (had) follow(FRAMES); // the focused picture goes away, and the keyboard with it
  };
  const follow = (frames: number): void => {
    requestAnimationFrame(() => {
      const here = focused();
      if (here && here !== document.body && here !== root()) return; // somebody else took it
      const target = root()?.querySelector<HTMLElement>(PLOT);
      if (target) target.focus({ preventScroll: true });
      else if (frames > 1) follow(frames - 1);
    });
  };
  const plain: Record<string, () => void> = {
    "/": () => focus(".pw-filter input"),
    "?": () => {
      messages.help.value = true;
    },
    ...Object.fromEntries(VIEWS.map(({ key }, at) => [String(at + 1), () => show(key)])),
    "[": () => stepAxis(-1),
    "]": () => stepAxis(1),
    t: swapAxes,
    e: () => focus(".pw-edit .main"),
    p: () => store.probes.run(),
    f: () => store.freeze(pane.selected.peek()),
    h: () => {
      store.history.open.value = !store.history.open.peek();
    },
    s: () => void store.history.snapshot(),
    c: () => (store.compare.open.peek() ? store.compare.close() : store.compare.show()),
    a: () => void store.states.flip(),
  };
  const act = (event: KeyboardEvent): boolean => {
    if (event.key === "F6") {
      cycle(event.shiftKey);
      return true;
    }
    if (event.key === "Escape") {
      if (store.compare.open.peek()) store.compare.close();
      else if (!store.edit.clear()) leave();
      return true;
    }
    if (event.altKey) {
      const digit = /^Digit(\d)$/.exec(event.code)?.[1] ?? event.key; // with Alt a Mac types other signs
      const view = VIEWS[Number(digit) - 1]?.key;
      if (view && !event.ctrlKey && !event.metaKey) show(view);
      return view !== undefined;
    }
    if (takesText(event.target) && !(isUndo(event) && event.target === valueField() && store.edit.isDone()))
      return false;
    if (event.ctrlKey || event.metaKey) {
      if (!isUndo(event) || !store.writable.peek()) return false;
      void (event.shiftKey ? writer.redo() : writer.undo());
      return true;
    }
    // the others are about what the comparison covers
    const works = !store.compare.open.peek() || COVERING.test(event.key);
    const action = works ? plain[event.key.toLowerCase()] : undefined;
    action?.();
    return action !== undefined;
  };
  return (event) => {
    event.stopPropagation(); // the notebook has its own use for letters
    if (!event.defaultPrevented && act(event)) event.preventDefault();
  };
}
