/** Notices that come when the grid that caused them is gone: the next grid of the same editor shows them. */

import { useEffect } from "preact/hooks";

type Show = (notice: string) => void;

const showing = new WeakMap<object, Show>();
const waiting = new WeakMap<object, string>();

/** `owner` is any object that all grids of one editor have in common, and no other has. */
export function useLate(owner: object, show: Show): Show {
  // Dependencies: `show` is the same one as long as the grid is
  useEffect(() => {
    showing.set(owner, show);
    const late = waiting.get(owner);
    waiting.delete(owner);
    if (late) show(late);
    return () => {
      if (showing.get(owner) === show) showing.delete(owner);
    };
  }, [owner]);
  return (notice) => {
    const now = showing.get(owner);
    if (now) now(notice);
    else waiting.set(owner, notice);
  };
}
