/** The rows of the tree. Only those on the screen are in the page, so that 100,000 scroll as well as ten. */

import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { isTensor, type Line, parentOf } from "../rows";
import { useStore } from "../view";
import { useClearOfMessage, useReveal } from "./clear";
import { createKeys } from "./keys";
import { type Bad, TreeRow } from "./row";
import { useRows } from "./virtual";

export const ROW_HEIGHT = 24;

export function Tree(): JSX.Element {
  const store = useStore();
  const { tree, pane, writer, messages } = store;
  const scroller = useRef<HTMLDivElement>(null);
  const shown = tree.shown.value;
  const focusPlace = shown.findIndex((row) => row.line.path === tree.focus.value);
  const focusAt = Math.max(0, focusPlace);
  const rows = useRows(scroller, shown.length, ROW_HEIGHT, focusAt);
  const bad = useComputed(() => badRows(tree.lines.value, tree.glances.byPath.value.values(), tree.line));

  const seen = rows.items.map((item) => shown[item.index]?.line).filter((line) => line !== undefined);
  const wanted = seen.filter((line) => isTensor(line) && line.readable && line.size > 0).map((line) => line.path);
  const key = wanted.join("\n");
  useEffect(() => tree.want(wanted), [key, tree.lines.value]);

  const focus = (line: Line): void => {
    tree.focus.value = line.path;
    const at = tree.shown.peek().findIndex((row) => row.line.index === line.index);
    if (at >= 0) rows.scrollTo(at);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${line.index}"]`)?.focus({ preventScroll: true }),
    );
  };
  useEffect(() => {
    if (focusPlace > 0) rows.scrollTo(focusPlace);
  }, [focusPlace >= 0, tree.focus.value]);
  useReveal(scroller, () => {
    const at = tree.shown.peek().findIndex((row) => row.line.path === pane.selected.peek());
    if (at >= 0) rows.scrollTo(at);
  });
  useClearOfMessage(scroller, messages.current.value?.id);
  const onKeyDown = useRef(createKeys(store, focus));
  const press = (line: Line): void => {
    focus(line);
    if (isTensor(line)) pane.select(line.path);
    else if (line.span > 0) tree.setOpen([line], !shown.find((row) => row.line.index === line.index)?.open);
  };
  return (
    <div class="pw-rows" role="tree" aria-label="Layer tree" ref={scroller} onKeyDown={onKeyDown.current}>
      <div class="all" role="presentation" style={{ height: `${shown.length * ROW_HEIGHT}px` }}>
        {rows.items.map((item) => {
          const row = shown[item.index];
          if (!row) return null;
          const { path, index } = row.line;
          return (
            <TreeRow
              key={path}
              shown={row}
              top={item.start}
              selected={path === pane.selected.value}
              focused={item.index === focusAt}
              locking={writer.locking.value.has(path)}
              unfreezable={store.unfreezable.value}
              total={tree.header.value.count}
              glance={tree.glances.byPath.value.get(path)}
              bad={bad.value.get(index)}
              onPress={press}
              onToggle={(line) => tree.setOpen([line], !row.open)}
              onFreeze={(line) => store.freeze(line.path)}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Bad values by row; those of a tensor count for every layer above it. */
function badRows(
  lines: readonly Line[],
  glances: Iterable<{ path: string; nan: number; inf: number }>,
  find: (path: string) => Line | undefined,
): ReadonlyMap<number, Bad> {
  const rows = new Map<number, Bad>();
  for (const { path, nan, inf } of glances) {
    const line = nan + inf > 0 ? find(path) : undefined;
    for (let at = line?.index ?? -1; at >= 0; at = parentOf(lines, at)) {
      const before = rows.get(at);
      rows.set(at, { nan: nan + (before?.nan ?? 0), inf: inf + (before?.inf ?? 0) });
    }
  }
  return rows;
}
