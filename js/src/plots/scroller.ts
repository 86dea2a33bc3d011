/** The scroll position of a sheet, exact to the pixel even where the element is only a scaled stand-in. */

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { clampOffset, isMapped, offsetAt, positionOf } from "./scroll";

export interface Extent {
  /** Size of the whole sheet without its headers, and of the part in view. */
  width: number;
  height: number;
  viewWidth: number;
  viewHeight: number;
}

export interface Scroller {
  x: number;
  y: number;
  onScroll(): void;
  to(x: number, y: number): void;
}

const LINE = 19;

export function useScroller(ref: RefObject<HTMLElement | null>, extent: Extent): Scroller {
  const { width, height, viewWidth, viewHeight } = extent;
  const [raw, setRaw] = useState({ x: 0, y: 0 });
  const offset = { x: clampOffset(raw.x, width, viewWidth), y: clampOffset(raw.y, height, viewHeight) };
  const placed = useRef({ left: 0, top: 0 });

  const to = (x: number, y: number) => {
    const next = { x: clampOffset(x, width, viewWidth), y: clampOffset(y, height, viewHeight) };
    setRaw(next);
    const element = ref.current;
    if (!element) return;
    element.scrollLeft = positionOf(next.x, width, viewWidth);
    element.scrollTop = positionOf(next.y, height, viewHeight);
    placed.current = { left: element.scrollLeft, top: element.scrollTop };
  };

  const onScroll = () => {
    const element = ref.current;
    if (!element) return;
    const { scrollLeft: left, scrollTop: top } = element;
    // A position that this code set is rounded: taking it back would lose rows of a scaled sheet.
    const moved = (now: number, before: number, mapped: boolean) => !mapped || Math.abs(now - before) > 1;
    const x = moved(left, placed.current.left, isMapped(width)) ? offsetAt(left, width, viewWidth) : offset.x;
    const y = moved(top, placed.current.top, isMapped(height)) ? offsetAt(top, height, viewHeight) : offset.y;
    placed.current = { left, top };
    setRaw({ x, y });
  };

  const move = useRef({ to, offset });
  move.current = { to, offset };
  const scaled = isMapped(width) || isMapped(height);
  useEffect(() => {
    const element = ref.current;
    if (!element || !scaled) return;
    const onWheel = (event: WheelEvent) => {
      if (event.ctrlKey) return;
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE;
      const [dx, dy] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      const { x, y } = move.current.offset;
      move.current.to(x + dx * unit, y + dy * unit);
      event.preventDefault();
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [ref, scaled]);
  return { ...offset, onScroll, to };
}
