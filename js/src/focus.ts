/**
 * Where the keyboard is, and where it goes when what had it closes: at once, since a key that finds nothing focused is a
 * command of the notebook.
 */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** What has the keyboard, also where the widget is in a shadow tree. */
export function focused(): Element | null {
  let here = document.activeElement;
  while (here?.shadowRoot?.activeElement) here = here.shadowRoot.activeElement;
  return here;
}

/**
 * The keyboard goes to `place`, and to the part of it that the selector names once that is ready; when it closes, back to
 * where it was.
 */
export function useReturn(place: RefObject<HTMLElement | null>, selector: string, ready = true): void {
  const [before] = useState(focused); // at the first drawing: what is covered loses the keyboard by itself
  useLayoutEffect(() => {
    const element = place.current;
    const root = element?.closest<HTMLElement>(".pw");
    return () => {
      const here = focused(); // it is still in there
      if (here !== document.body && !element?.contains(here)) return; // somebody is elsewhere by now
      const target = before instanceof HTMLElement && before.isConnected ? before : root;
      target?.focus({ preventScroll: true });
      if (focused() !== here) return;
      root?.focus({ preventScroll: true }); // the target is covered until this is drawn
      requestAnimationFrame(() => {
        if (focused() === root) target?.focus({ preventScroll: true });
      });
    };
  }, []);
  useLayoutEffect(() => place.current?.focus({ preventScroll: true }), []);
  useLayoutEffect(() => {
    if (ready && focused() === place.current) {
      place.current?.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true });
    }
  }, [ready]);
}

/** What stands in the place of a button while it is open takes the keyboard, and gives it to that button again. */
export function useExchange(
  open: boolean,
  inside: RefObject<HTMLElement | null>,
  opener: RefObject<HTMLElement | null>,
): void {
  const was = useRef(false);
  useLayoutEffect(() => {
    if (open) inside.current?.focus();
    else if (was.current) opener.current?.focus();
    was.current = open;
  }, [open]);
}

/** Where the keyboard can go, best first: in a field, Ctrl+Z would be the field's own. */
const PLACES = ["[tabindex='0']", "button", "select, input"] as const;

/**
 * When what has the keyboard goes away in a change, as a row that a filter finds no more or a button that stops what has
 * ended, the keyboard goes to what is nearest in the widget. What knows better has moved it by then.
 */
export function keepKeyboard(root: HTMLElement): () => void {
  let trail: HTMLElement[] = []; // what has the keyboard, and all that holds it
  const onFocus = (event: FocusEvent): void => {
    trail = [];
    for (let at = event.target as HTMLElement | null; at && at !== root; at = at.parentElement) trail.push(at);
  };
  const onBlur = (): void => {
    const left = trail;
    queueMicrotask(() => {
      if (trail === left && left[0]?.isConnected) trail = []; // it was left, and did not go away
    });
  };
  const observer = new MutationObserver(() => {
    const [last, ...above] = trail;
    if (!last || last.isConnected || !root.isConnected) return;
    trail = [];
    if (focused() === document.body) nearest(above, root).focus({ preventScroll: true });
  });
  root.addEventListener("focusin", onFocus);
  root.addEventListener("focusout", onBlur);
  observer.observe(root, { childList: true, subtree: true });
  return () => {
    root.removeEventListener("focusin", onFocus);
    root.removeEventListener("focusout", onBlur);
    observer.disconnect();
  };
}

function nearest(above: readonly HTMLElement[], root: HTMLElement): HTMLElement {
  for (const place of above) {
    if (!place.isConnected) continue;
    if (place.hasAttribute("tabindex")) return place;
    for (const selector of place.matches("section") ? PLACES : PLACES.slice(0, 1)) {
      const parts = [...place.querySelectorAll<HTMLElement>(selector)];
      const found = parts.find((part) => part.checkVisibility?.() !== false);
      if (found) return found;
    }
  }
  return root;
}
