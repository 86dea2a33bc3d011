/** Wires the parts of the grid: cells, scrolling, keys, pointer, clipboard and editing. */

import type { JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { focused } from "../focus";
import { cellWindow } from "../plane";
import type { Window } from "../protocol";
import { CellInput } from "./cellinput";
import { shownText } from "./celltext";
import { copyWindow, readPaste } from "./clipboard";
import { pendingAt, useEditor } from "./editor";
import { useFeed } from "./feed";
import { Foot } from "./foot";
import { FormulaBar } from "./formula";
import { Grid } from "./grid";
import { HINTS, onGridKey } from "./keying";
import { usePointing } from "./pointing";
import { elementLength, revealed } from "./scroll";
import { useScroller } from "./scroller";
import { type Cell, holds, hull, proper, type Shape, step } from "./selection";
import { BUBBLE, HEADER, px, ROW, sheetOf, visibleWindow, widened } from "./sheet";
import { useSize } from "./surface";
import type { ValuesProps } from "./values";

const UNMEASURED: [number, number] = [640, 320];
const TALLEST = 4000;

export function Spreadsheet(props: ValuesProps): JSX.Element {
  const { shape, axes, dtype, cursor, selection, locked, upright } = props;
  const pane = useRef<HTMLDivElement>(null);
  const size = useSize(pane);
  const key = `${props.label} ${dtype} ${shape.join(" ")}`;
  const longest = useRef({ key, length: 0 });
  if (longest.current.key !== key) longest.current = { key, length: 0 };
  const measured: [number, number] = size.width > 0 && size.height > 0 ? [size.width, size.height] : UNMEASURED;
  const sheet = sheetOf(shape, axes, longest.current.length, measured);
  const scroller = useScroller(pane, sheet);
  const window = visibleWindow(sheet, scroller.x, scroller.y);
  const feed = useFeed(key, props.plane, shape, widened(window, shape), props.generation, props.fetch, props.written);
  const editor = useEditor({
    key,
    plane: props.plane,
    version: feed.version,
    held: (row, col) =>
      feed.store.missing(cellWindow(row, col), props.generation) ? null : (feed.store.get(row, col)?.text ?? null),
    check: props.check,
    onCommit: props.onCommit,
    address: props.address,
    name: props.label.replace(/^Values of /, ""),
    reopen([row, col]) {
      if (isElsewhere(pane.current)) return false;
      if (selection && !holds(selection, row, col)) props.onSelect(null);
      props.onCursor(row, col);
      return true;
    },
  });
  const focus = useRef(false);
  const ids = { answer: useId(), refusal: useId() };
  const at = feed.store.get(cursor[0], cursor[1]);
  const target = selection ?? cellWindow(cursor[0], cursor[1]);

  // Columns only grow: widths that follow every scroll would make the cells jump.
  for (const cell of feed.store.within(window)) {
    longest.current.length = Math.max(longest.current.length, shownText(cell, dtype).length);
  }

  const reveal = ([row, col]: Cell) =>
    scroller.to(
      revealed(scroller.x, col, sheet.col, sheet.viewWidth),
      revealed(scroller.y, row, ROW, sheet.viewHeight),
    );
  useLayoutEffect(() => {
    if (!focus.current || editor.edit) return;
    focus.current = false;
    if (isElsewhere(pane.current)) return;
    pane.current?.querySelector<HTMLElement>("td.cur")?.focus({ preventScroll: true });
  });

  const point = (cell: Cell) => {
    if (HINTS.includes(editor.notice) || editor.notice === locked) editor.tell("");
    if (selection) props.onSelect(null);
    props.onCursor(cell[0], cell[1]);
    focus.current = true;
  };
  const extend = (cell: Cell) => {
    props.onSelect(proper(hull(cursor, cell)));
    reveal(cell);
  };
  const begin = (cell: Cell, typed?: string) => {
    if (locked) return editor.tell(locked);
    const stored = feed.store.get(cell[0], cell[1])?.text ?? "";
    const shown = pendingAt(editor.pending, cell[0], cell[1])?.text ?? stored;
    editor.begin(cell, { text: typed ?? shown, typed: typed !== undefined, stored });
  };
  const commit = (over: Window, next: Cell | null) => {
    focus.current = true;
    if (!editor.commit(over) || !next) return;
    if (selection) props.onSelect(null);
    props.onCursor(next[0], next[1]);
  };

  const onKeyDown = (event: KeyboardEvent) =>
    onGridKey(event, {
      ...{ locked, dtype, shape, cursor, selection, point, extend },
      editing: editor.edit !== null,
      page: Math.max(1, Math.floor(sheet.viewHeight / ROW) - 1),
      begin: (typed) => begin(cursor, typed),
      select: props.onSelect,
      tell: editor.tell,
    });

  const pointer = usePointing({
    pane,
    sheet,
    upright,
    offset: scroller,
    leave(cell) {
      if (editor.edit) commit(cellWindow(editor.edit.row, editor.edit.col), cell);
      else editor.tell("");
      return editor.edit !== null;
    },
    point,
    extend,
    span(from, to) {
      if (from[0] === to[0] && from[1] === to[1] && !selection) return;
      props.onSelect(proper(hull(from, to)));
      reveal(to);
    },
    line(lines) {
      if (editor.edit) return;
      focus.current = true;
      // The cursor stays on the screen: selecting a column must not scroll to its first row.
      props.onCursor(
        Math.max(lines.top, Math.min(window.top, lines.bottom - 1)),
        Math.max(lines.left, Math.min(window.left, lines.right - 1)),
      );
      props.onSelect(proper(lines));
    },
  });

  const isMeasured = size.height > 0;
  // Dependencies: a cursor that moves is followed, a sheet that scrolls is not
  useEffect(() => {
    const shown = cursor[0] < window.bottom && cursor[1] < window.right;
    // A cell that is cut at the edge counts as shown while the pointer is down on it, else it would jump away.
    if (!(pointer.drag.current && shown)) reveal(cursor);
  }, [cursor[0], cursor[1], isMeasured, key]);

  const onPaste = async (event: ClipboardEvent) => {
    if (editor.edit) return;
    const paste = readPaste(event, target);
    if (typeof paste === "string") return editor.tell(paste);
    if (locked) return editor.tell(locked);
    editor.tell("");
    const { window: block, texts, single } = paste;
    const failure = await editor.write(block, single, () =>
      single === null ? props.onPaste(block.top, block.left, texts) : props.onCommit(block, single),
    );
    if (failure) editor.tell(failure.text);
    else if (single === null) props.onSelect(proper(block));
  };

  const input = (place: { below: boolean; before: boolean }) => (
    <CellInput
      editor={editor}
      place={place}
      answerId={ids.answer}
      refusalId={ids.refusal}
      name={`Value of ${editor.edit?.address ?? ""}`}
      commit={(move, fill) => {
        const next = move === null ? null : step(along(move, shape), false, cursor, shape, 1);
        commit(fill ? target : cellWindow(cursor[0], cursor[1]), next);
      }}
      cancel={() => {
        editor.cancel();
        focus.current = true;
      }}
    />
  );

  const natural = Math.min(TALLEST, HEADER + sheet.height + 2 + (sheet.width > sheet.viewWidth ? 12 : 0));
  return (
    <div class="pw-values" onPaste={onPaste}>
      <FormulaBar
        address={props.address(cursor[0], cursor[1])}
        cell={at}
        dtype={dtype}
        locked={locked}
        edit={editor.edit}
        answer={editor.answer}
        answerId={ids.answer}
        notice={editor.notice}
      />
      <div
        class="pw-grid"
        ref={pane}
        onScroll={scroller.onScroll}
        style={{
          // A sentence at a cell is cut at the edge of the pane, so a sheet of few rows gets room for it.
          flex: `0 1 ${Math.max(editor.edit?.refusal ? HEADER + ROW + 2 * BUBBLE : 0, natural)}px`,
        }}
      >
        <div
          class="pw-sheet"
          style={{
            width: px(sheet.head + elementLength(sheet.width)),
            height: px(HEADER + elementLength(sheet.height)),
          }}
        >
          <div class="pw-window" style={{ width: px(measured[0]), height: px(measured[1]) }}>
            <Grid
              {...{ sheet, upright, window, axes, dtype, cursor, selection, locked }}
              offset={scroller}
              store={feed.store}
              past={feed.past}
              domain={props.domain}
              dark={props.dark}
              label={props.label}
              edit={editor.edit}
              pending={editor.pending}
              editor={input}
              on={{
                onKeyDown,
                onPointerDown: pointer.onPointerDown,
                onDblClick: (event) => event.target instanceof Element && event.target.closest("td") && begin(cursor),
                onFocusIn: () => !pointer.drag.current && !editor.edit && reveal(cursor),
                onCopy: async (event) => {
                  if (!editor.edit) editor.tell(await copyWindow(event, target, feed.store, props.fetch));
                },
              }}
            />
          </div>
        </div>
      </div>
      <Foot store={feed.store} window={target} editing={editor.edit !== null} problem={feed.problem} />
    </div>
  );
}

/** In a single column there is nothing beside a cell: Tab leads down, as Enter does. */
function along(move: string, shape: Shape): string {
  if (shape[1] > 1) return move;
  return move === "ArrowRight" ? "ArrowDown" : move === "ArrowLeft" ? "ArrowUp" : move;
}

/** Whether the user has gone to another part of the page, from where a late answer must not fetch them back. */
function isElsewhere(pane: HTMLElement | null): boolean {
  const here = focused();
  return here !== null && here !== document.body && !pane?.contains(here);
}
