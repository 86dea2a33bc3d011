/** What panels that come and go have in common: the history is fetched while one is there, and the keyboard comes back. */

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useStore } from "../view";

export function useHistory(): void {
  const { history } = useStore();
  useEffect(() => history.watch(), [history]);
}

/**
 * The keyboard goes to `place`, and to the part of it that the selector names once that is ready; when it closes, back to
 * where it was.
 */
export function useReturn(place: RefObject<HTMLElement | null>, selector: string, ready = true): void {
  const [before] = useState(focused); // at the first drawing: what is covered loses the keyboard by itself
  useEffect(() => {
    const root = place.current?.closest<HTMLElement>(".pw");
    place.current?.focus({ preventScroll: true });
    return () => {
      requestAnimationFrame(() => {
        if (focused() !== document.body) return; // somebody is elsewhere by now
        const target = before instanceof HTMLElement && before.isConnected ? before : root;
        target?.focus({ preventScroll: true });
      });
    };
  }, []);
  useEffect(() => {
    if (ready && focused() === place.current) {
      place.current?.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true });
    }
  }, [ready]);
}

/** What has the keyboard, also where the widget is in a shadow tree. */
export function focused(): Element | null {
  let here = document.activeElement;
  while (here?.shadowRoot?.activeElement) here = here.shadowRoot.activeElement;
  return here;
}
