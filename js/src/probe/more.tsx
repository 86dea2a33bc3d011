/** How many probes are scrolled out of sight, and the way to them. */

import type { JSX, RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { plural } from "../format";
import type { Probe } from "../store/probes";

const CUT = 16; // so much of a panel may be cut off without it being missed

/** Numbers of the children that are not in sight. */
function hiddenIn(row: HTMLElement): number[] {
  const [from, to] = [row.scrollLeft - CUT, row.scrollLeft + row.clientWidth + CUT];
  return [...row.children].flatMap((child, at) => {
    const { offsetLeft, offsetWidth } = child as HTMLElement;
    return offsetLeft < from || offsetLeft + offsetWidth > to ? [at] : [];
  });
}

export function More(props: { row: RefObject<HTMLElement | null>; items: readonly Probe[] }): JSX.Element | null {
  const { row, items } = props;
  const [hidden, setHidden] = useState<readonly number[]>([]);
  useEffect(() => {
    const own = row.current;
    if (!own) return;
    const look = (): void => {
      const now = hiddenIn(own);
      setHidden((before) => (String(before) === String(now) ? before : now));
    };
    look();
    const sizes = new ResizeObserver(look);
    for (const each of [own, ...own.children]) sizes.observe(each);
    own.addEventListener("scroll", look, { passive: true });
    return () => {
      sizes.disconnect();
      own.removeEventListener("scroll", look);
    };
  }, [row, items.map(({ name }) => name).join("\n")]);
  const failed = hidden.filter((at) => items[at]?.status === "failed");
  if (hidden.length === 0) return null;
  const text = `+${hidden.length}${failed.length > 0 ? `, ${failed.length} failed` : ""}`;
  return (
    <button
      type="button"
      class={`btn more ${failed.length > 0 ? "bad" : ""}`}
      title={`${plural(hidden.length, "probe")} out of sight: scroll there`}
      onClick={() => {
        const child = row.current?.children[failed[0] ?? hidden[0] ?? 0] as HTMLElement | undefined;
        if (child) row.current?.scrollTo({ left: child.offsetLeft - CUT });
      }}
    >
      {text}
    </button>
  );
}
