/** Which rows of a long list are in the page. */

import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useState } from "preact/hooks";

export interface Rows {
  items: readonly VirtualItem[];
  scrollTo(index: number): void;
}

/** `keep` stays in the page wherever the list is scrolled to, or it would lose the keyboard focus. */
export function useRows(scroller: RefObject<HTMLElement | null>, count: number, height: number, keep: number): Rows {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const [virtual] = useState(
    () =>
      new Virtualizer<HTMLElement, HTMLElement>({
        count,
        estimateSize: () => height,
        getScrollElement: () => scroller.current,
        observeElementRect,
        observeElementOffset,
        scrollToFn: elementScroll,
        initialRect: { width: 344, height: 400 },
      }),
  );
  virtual.setOptions({
    ...virtual.options,
    count,
    overscan: 6,
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (keep >= count || indexes.includes(keep)) return indexes;
      return [...indexes, keep].sort((a, b) => a - b);
    },
    onChange: () => redraw(undefined),
  });
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  return { items: virtual.getVirtualItems(), scrollTo: (index) => virtual.scrollToIndex(index, { align: "auto" }) };
}
