/** The keyboard in the tree, as the ARIA practices have it, with F to freeze. Letters look for a name. */

import { isTensor, type Line, parentOf, type Shown } from "../rows";
import type { Store } from "../store";

const PATIENCE = 700;
const PAGE = 12;
const OTHERS = /[/?[\]\d]/; // they do not begin a name: they are keys of the widget, and digits choose a view

export function createKeys(store: Store, focus: (line: Line) => void): (event: KeyboardEvent) => void {
  const { tree, pane } = store;
  let typed = "";
  let typedAt = 0;

  const goTo = (row: Shown | undefined): void => {
    if (row) focus(row.line);
  };
  const search = (letter: string, rows: readonly Shown[], at: number): void => {
    typed = Date.now() - typedAt < PATIENCE ? typed + letter : letter;
    typedAt = Date.now();
    const start = typed.length === 1 ? at + 1 : at;
    const wrapped = [...rows.slice(start), ...rows.slice(0, start)];
    goTo(wrapped.find((row) => row.line.name.toLowerCase().startsWith(typed)));
  };
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = tree.shown.peek();
    const at = Math.max(
      0,
      rows.findIndex((row) => row.line.path === tree.focus.peek()),
    );
    const row = rows[at];
    if (!row) return;
    const { line, open } = row;
    const typing = typed !== "" && Date.now() - typedAt < PATIENCE;
    const { key } = event;
    if (key === "ArrowDown") goTo(rows[at + 1]);
    else if (key === "ArrowUp") goTo(rows[at - 1]);
    else if (key === "Home") goTo(rows[0]);
    else if (key === "End") goTo(rows.at(-1));
    else if (key === "PageDown") goTo(rows[Math.min(rows.length - 1, at + PAGE)]);
    else if (key === "PageUp") goTo(rows[Math.max(0, at - PAGE)]);
    else if (key === "ArrowRight") {
      if (line.span > 0 && !open) tree.setOpen([line], true);
      else if (line.span > 0) goTo(rows[at + 1]);
    } else if (key === "ArrowLeft") {
      if (open) tree.setOpen([line], false);
      else goTo(rows.find((other) => other.line.index === parentOf(tree.lines.peek(), line.index)));
    } else if (key === "Enter" || key === " ") {
      if (isTensor(line)) pane.select(line.path);
      else if (line.span > 0) tree.setOpen([line], !open);
    } else if (key === "*") tree.setOpen(siblings(tree.lines.peek(), line), true);
    else if (key === "f" && !typing) store.freeze(line.path);
    else if (key.length === 1 && !OTHERS.test(key)) search(key.toLowerCase(), rows, at);
    else if (typing && /^\d$/.test(key)) search(key, rows, at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

/** The rows beside this one that have something below. */
function siblings(lines: readonly Line[], line: Line): readonly Line[] {
  const above = parentOf(lines, line.index);
  const end = above < 0 ? lines.length : above + 1 + (lines[above]?.span ?? 0);
  const found: Line[] = [];
  for (let at = above + 1; at < end; ) {
    const each = lines[at];
    if (!each) break;
    if (each.span > 0) found.push(each);
    at += each.span + 1;
  }
  return found;
}
