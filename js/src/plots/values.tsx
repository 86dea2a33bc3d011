/** The exact values of a plane as a grid that is read and edited like a spreadsheet. */

import type { JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { cellWindow } from "../plane";
import type { Failure, Stored, Window } from "../protocol";
import { CellInput } from "./cellinput";
import type { CellData } from "./cells";
import { shownText } from "./celltext";
import { copyWindow, readPaste } from "./clipboard";
import { useEditor } from "./editor";
import { useFeed } from "./feed";
import { Foot } from "./foot";
import { FormulaBar } from "./formula";
import { Grid } from "./grid";
import { usePointing } from "./pointing";
import { elementLength, revealed } from "./scroll";
import { useScroller } from "./scroller";
import { type Cell, farCorner, hull, proper, step } from "./selection";
import { HEADER, px, ROW, sheetOf, visibleWindow, widened } from "./sheet";
import { useSize } from "./surface";

export type { CellData } from "./cells";

export interface ValuesProps {
  shape: [number, number];
  axes: [string, string];
  dtype: string;
  domain: number;
  dark: boolean;
  cursor: [number, number];
  selection: Window | null;
  editable: boolean;
  label: string;
  /** A cell as Python names it: `[1, 1, 4, 9]`. */
  address(row: number, col: number): string;
  /** Cells that were just written, as they are stored: shown at once. */
  written: { window: Window; cells: CellData[][] } | null;
  /** Grows when cells became stale; the old ones are shown until the new ones arrive. */
  generation: number;
  fetch(window: Window, signal: AbortSignal): Promise<{ window: Window; cells: CellData[][] }>;
  check(text: string): Promise<Stored | Failure>;
  onCursor(row: number, col: number): void;
  onSelect(window: Window | null): void;
  /** Fills the window with one typed value. */
  onCommit(window: Window, text: string): Promise<Failure | null>;
  onPaste(row: number, col: number, texts: string[][]): Promise<Failure | null>;
}

/** What a number starts with: other letters stay free for shortcuts. */
const STARTS = /^[-+.\d−ni]$/i;
const STARTS_BOOL = /^[01tf]$/i;
const UNMEASURED: [number, number] = [640, 320];
const TALLEST = 4000;
const UNEDITABLE = "These values cannot be changed.";

export function Values(props: ValuesProps): JSX.Element {
  const { shape, axes, dtype, cursor, selection, editable } = props;
  const pane = useRef<HTMLDivElement>(null);
  const size = useSize(pane);
  const key = `${props.label} ${dtype} ${shape.join(" ")}`;
  const longest = useRef({ key, length: 0 });
  if (longest.current.key !== key) longest.current = { key, length: 0 };
  const measured: [number, number] = size.width > 0 && size.height > 0 ? [size.width, size.height] : UNMEASURED;
  const sheet = sheetOf(shape, axes, longest.current.length, measured);
  const scroller = useScroller(pane, sheet);
  const window = visibleWindow(sheet, scroller.x, scroller.y);
  const feed = useFeed(key, shape, widened(window, shape), props.generation, props.fetch, props.written);
  const editor = useEditor({
    key,
    version: feed.version,
    check: props.check,
    onCommit: props.onCommit,
    address: props.address,
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
    if (selection) props.onSelect(null);
    props.onCursor(cell[0], cell[1]);
    focus.current = true;
  };
  const extend = (cell: Cell) => {
    props.onSelect(proper(hull(cursor, cell)));
    reveal(cell);
  };
  const begin = (cell: Cell, typed?: string) => {
    const before = feed.store.get(cell[0], cell[1])?.text ?? "";
    if (!editable) editor.tell(UNEDITABLE);
    else editor.begin(cell, typed ?? before, before);
  };
  const commit = async (over: Window, next: Cell | null) => {
    focus.current = true;
    if (!(await editor.commit(over))) return;
    if (next) {
      if (selection) props.onSelect(null);
      props.onCursor(next[0], next[1]);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (editor.edit || event.altKey) return;
    const command = event.ctrlKey || event.metaKey;
    const typed = !command && (STARTS.test(event.key) || (dtype === "bool" && STARTS_BOOL.test(event.key)));
    if (typed) begin(cursor, event.key.replace("−", "-"));
    else if (event.key === "F2" || (event.key === "Enter" && !command)) begin(cursor);
    else if (event.key === "Escape" && selection) props.onSelect(null);
    else if (command && event.key.toLowerCase() === "a") {
      props.onSelect(proper({ top: 0, bottom: shape[0], left: 0, right: shape[1] }));
    } else {
      const page = Math.max(1, Math.floor(sheet.viewHeight / ROW) - 1);
      const next = step(event.key, command, event.shiftKey ? farCorner(selection, cursor) : cursor, shape, page);
      if (!next) return;
      if (event.shiftKey) extend(next);
      else point(next);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const pointer = usePointing({
    pane,
    sheet,
    offset: scroller,
    leave(cell) {
      if (editor.edit) void commit(cellWindow(editor.edit.row, editor.edit.col), cell);
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
    if (!editable) return editor.tell(UNEDITABLE);
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
      name={`Value of ${props.address(cursor[0], cursor[1])}`}
      commit={(move, fill) => {
        const next = move === null ? null : step(move, false, cursor, shape, 1);
        void commit(fill ? target : cellWindow(cursor[0], cursor[1]), next);
      }}
      cancel={() => {
        editor.cancel();
        focus.current = true;
      }}
    />
  );

  return (
    <div class="pw-values" onPaste={onPaste}>
      <FormulaBar
        address={props.address(cursor[0], cursor[1])}
        cell={at}
        dtype={dtype}
        editable={editable}
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
          flex: `0 1 ${Math.min(TALLEST, HEADER + sheet.height + 2 + (sheet.width > sheet.viewWidth ? 12 : 0))}px`,
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
              {...{ sheet, window, axes, dtype, cursor, selection, editable }}
              offset={scroller}
              store={feed.store}
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

/** Whether the user has gone to another part of the page, from where a late answer must not fetch them back. */
function isElsewhere(pane: HTMLElement | null): boolean {
  const root = pane?.getRootNode();
  const active = (root instanceof ShadowRoot && root.activeElement) || document.activeElement;
  return active !== null && active !== document.body && !pane?.contains(active);
}
