/** Keeps the row in question in sight: when the list changes its size, and when a message lies over its foot. */

import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** `reveal` scrolls to the row of the shown tensor. */
export function useReveal(scroller: RefObject<HTMLElement | null>, reveal: () => void): void {
  const latest = useRef(reveal);
  latest.current = reveal;
  useEffect(() => {
    const el = scroller.current;
    if (!el) return;
    let height = el.clientHeight;
    const observer = new ResizeObserver(() => {
      if (el.clientHeight === height) return;
      height = el.clientHeight;
      latest.current();
    });
    observer.observe(el);
    return () => observer.disconnect();
  }, []);
}

/** While a message is shown the list is longer by its height, and the row with the keyboard is scrolled above it. */
export function useClearOfMessage(scroller: RefObject<HTMLElement | null>, message: number | undefined): void {
  useEffect(() => {
    const el = scroller.current;
    if (!el || message === undefined) return;
    const frame = requestAnimationFrame(() => {
      const toast = el.parentElement?.querySelector(".pw-toast")?.getBoundingClientRect();
      const row = el.querySelector("[tabindex='0']")?.getBoundingClientRect();
      const box = el.getBoundingClientRect();
      if (!toast || toast.top >= box.bottom) return;
      el.style.paddingBottom = `${Math.ceil(box.bottom - toast.top)}px`;
      const seen = row && row.bottom > box.top && row.top < box.bottom;
      if (seen && row.bottom > toast.top) el.scrollTop += Math.ceil(row.bottom - toast.top);
    });
    return () => {
      cancelAnimationFrame(frame);
      el.style.paddingBottom = "";
    };
  }, [message]);
}
