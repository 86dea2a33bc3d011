/**
 * Where the keyboard is, and where it goes when what had it closes: at once, since a key that finds nothing focused is a
 * command of the notebook.
 */

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

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
  useEffect(() => place.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
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
