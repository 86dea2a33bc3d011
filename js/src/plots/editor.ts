/** Editing one cell in place: what is typed, what it would be stored as, and the commit, which may be refused. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { cellWindow, windowSize } from "../plane";
import type { Failure, Stored, Window } from "../protocol";
import { useLate } from "./late";
import { type Cell, holds } from "./selection";

export interface Edit {
  id: number;
  row: number;
  col: number;
  text: string;
  /** Whether the text is the user's, and not just what the cell showed. */
  typed: boolean;
  /** What was stored when the typing began: somebody else may change it before the commit. */
  stored: string;
  /** Why the commit was refused, or "". */
  refusal: string;
  /** The cell as Python names it, on the slice that was shown when the typing began; the tensor, and that slice. */
  address: string;
  name: string;
  plane: string;
  /** The write of the plane on which the typing began: another slice may be shown by the time of the commit. */
  fill(window: Window, text: string): Promise<Failure | null>;
}

/** Cells that are being written. Without a text (a pasted block) they show their old one. */
export interface Pending {
  id: number;
  plane: string;
  window: Window;
  text: string | null;
  done: boolean;
}

export type Write = () => Promise<Failure | null>;

export interface Editor {
  edit: Edit | null;
  answer: Stored | Failure | null;
  /** On the plane that is shown. */
  pending: readonly Pending[];
  /** What became of a write whose cell is not being edited any more, or "". */
  notice: string;
  begin(cell: Cell, start: Pick<Edit, "text" | "typed" | "stored">): void;
  type(text: string): void;
  cancel(): void;
  tell(notice: string): void;
  /** Closes the cell and writes its text to a window. False, and the cell stays open, when there is nothing to write. */
  commit(window: Window): boolean;
  write(window: Window, text: string | null, write: Write): Promise<Failure | null>;
}

interface Wiring {
  /** Changes with the tensor. */
  key: string;
  plane: string;
  /** The tensor, for sentences. */
  name: string;
  version: number;
  /** The text of a cell on the plane; null while what it holds now is not known. */
  held(row: number, col: number): string | null;
  /** The same function for all tensors. */
  check(text: string): Promise<Stored | Failure>;
  onCommit(window: Window, text: string): Promise<Failure | null>;
  address(row: number, col: number): string;
  /** A refused text is to be corrected: true if its cell can have the focus again. */
  reopen(cell: Cell): boolean;
}

const EMPTY = "Type a number, or press Esc to keep the old one.";
const PAUSE = 80;
/** How long a written text stays on the screen if no newer cells arrive. */
const LINGER = 1000;

export function useEditor(wiring: Wiring): Editor {
  const [edit, setEdit] = useState<Edit | null>(null);
  const [writes, setWrites] = useState<readonly Pending[]>([]);
  const [notice, setNotice] = useState("");
  const tellLate = useLate(wiring.check, setNotice);
  const ids = useRef(0);
  const pending = writes.filter((one) => one.plane === wiring.plane);
  const latest = useRef({ edit, wiring, pending });
  latest.current = { edit, wiring, pending };

  // Cells that arrive after a write show it, so the stand-in goes.
  // Dependencies: each new version counts
  useEffect(() => setWrites((list) => list.filter((one) => !one.done)), [wiring.version]);

  const close = () => {
    // At once: two keys may come before the next render, and only one of them may write.
    latest.current = { ...latest.current, edit: null };
    setEdit(null);
  };

  const gone = useRef(false);
  // Dependencies: each new tensor counts. The old one's text is written on leaving, as a click on another cell does.
  useLayoutEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
      const left = latest.current.edit;
      close();
      setWrites([]);
      setNotice("");
      if (!left?.typed || left.text.trim() === "") return;
      const window = cellWindow(left.row, left.col);
      const told = (failure: Failure | null) => failure && tellLate(refused(left, failure));
      void left.fill(window, left.text).catch(failed).then(told);
    };
  }, [wiring.key]);

  const send = async (plane: string, window: Window, text: string | null, act: Write): Promise<Failure | null> => {
    ids.current += 1;
    const id = ids.current;
    const started = latest.current.wiring.version;
    const drop = () => setWrites((list) => list.filter((one) => one.id !== id));
    setWrites((list) => [...list, { id, plane, window, text, done: false }]);
    const failure = await act().catch(failed);
    if (failure || latest.current.wiring.version > started) drop();
    else {
      setWrites((list) => list.map((one) => (one.id === id ? { ...one, done: true } : one)));
      setTimeout(drop, LINGER);
    }
    return failure;
  };
  /** Whether a cell has the text that was typed, or is about to have it. */
  const isHeld = ({ plane, row, col, text }: Edit): boolean => {
    const { pending, wiring: now } = latest.current;
    const waiting = pendingAt(pending, row, col);
    return plane === now.plane && text === (waiting ? waiting.text : now.held(row, col));
  };

  return {
    edit,
    pending,
    notice,
    answer: useAnswer(edit?.text ?? null, wiring.check),
    begin: ([row, col], start) => {
      ids.current += 1;
      setNotice("");
      const { onCommit: fill, address, name, plane } = latest.current.wiring;
      setEdit({ id: ids.current, row, col, ...start, refusal: "", address: address(row, col), name, plane, fill });
    },
    type: (text) => setEdit((old) => old && { ...old, text, typed: true, refusal: "" }),
    cancel: close,
    tell: setNotice,
    write: (window, text, act) => send(latest.current.wiring.plane, window, text, act),
    commit(window) {
      const now = latest.current.edit;
      if (!now) return false;
      if (now.text.trim() === "") {
        setEdit({ ...now, refusal: EMPTY });
        return false;
      }
      close();
      if (windowSize(window) === 1 && (!now.typed || isHeld(now))) return true;
      const { key } = latest.current.wiring;
      void send(now.plane, window, now.text, () => now.fill(window, now.text)).then((failure) => {
        if (!failure) return;
        const { edit: other, wiring: at } = latest.current;
        // The kernel may have been busy for long: the text goes back only where it came from, and over no other.
        const shown = !gone.current && at.key === key && at.plane === now.plane;
        if (shown && !other && at.reopen([now.row, now.col])) {
          ids.current += 1;
          setNotice("");
          setEdit({ ...now, id: ids.current, refusal: failure.text });
        } else tellLate(refused(now, failure));
      });
      return true;
    },
  };
}

function refused({ name, address }: Edit, failure: Failure): string {
  return `${name}${address} was not changed: ${failure.text}`;
}

function failed(error: unknown): Failure {
  return { kind: "Failure", code: "unknown", text: error instanceof Error ? error.message : String(error) };
}

/** What the kernel says of a typed text, once the typing pauses. An answer to an older text is dropped. */
function useAnswer(text: string | null, check: Wiring["check"]): Stored | Failure | null {
  const [answer, setAnswer] = useState<{ text: string; said: Stored | Failure } | null>(null);
  const latest = useRef(check);
  latest.current = check;
  useEffect(() => {
    if (text === null || text.trim() === "") return;
    let current = true;
    const timer = setTimeout(async () => {
      const said = await latest.current(text).catch(failed);
      if (current) setAnswer({ text, said });
    }, PAUSE);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text]);
  return answer && answer.text === text ? answer.said : null;
}

export function pendingAt(pending: readonly Pending[], row: number, col: number): Pending | null {
  return pending.findLast((one) => holds(one.window, row, col)) ?? null;
}
