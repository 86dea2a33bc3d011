/** Editing one cell in place: what is typed, what it would be stored as, and the commit, which may be refused. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { windowSize } from "../plane";
import type { Failure, Stored, Window } from "../protocol";
import { type Cell, holds } from "./selection";

export interface Edit {
  id: number;
  row: number;
  col: number;
  text: string;
  /** The text before typing. */
  before: string;
  /** Whether the commit is under way. */
  busy: boolean;
  /** Why the commit was refused, or "". */
  refusal: string;
  /** The cell as Python names it, on the slice that was shown when the typing began. */
  address: string;
  /** The write of the plane on which the typing began: another slice may be shown by the time of the commit. */
  fill(window: Window, text: string): Promise<Failure | null>;
}

/** Cells that are being written. Without a text (a pasted block) they show their old one. */
export interface Pending {
  id: number;
  window: Window;
  text: string | null;
  done: boolean;
}

export type Write = () => Promise<Failure | null>;

export interface Editor {
  edit: Edit | null;
  answer: Stored | Failure | null;
  pending: readonly Pending[];
  /** What became of a write whose cell is not being edited any more, or "". */
  notice: string;
  begin(cell: Cell, text: string, before: string): void;
  type(text: string): void;
  cancel(): void;
  tell(notice: string): void;
  /** Writes the typed text to a window. True when the cell is done with, false when it was refused. */
  commit(window: Window): Promise<boolean>;
  write(window: Window, text: string | null, write: Write): Promise<Failure | null>;
}

interface Wiring {
  /** Names the tensor: with another one, what was typed for the old one is void. */
  key: string;
  version: number;
  check(text: string): Promise<Stored | Failure>;
  onCommit(window: Window, text: string): Promise<Failure | null>;
  address(row: number, col: number): string;
}

const PAUSE = 80;
/** How long a written text stays on the screen if no newer cells arrive. */
const LINGER = 1000;

export function useEditor(wiring: Wiring): Editor {
  const [edit, setEdit] = useState<Edit | null>(null);
  const [pending, setPending] = useState<readonly Pending[]>([]);
  const [notice, setNotice] = useState("");
  const ids = useRef(0);
  const latest = useRef({ edit, wiring });
  latest.current = { edit, wiring };

  // Cells that arrive after a write show it, so the stand-in goes.
  // Dependencies: each new version counts
  useEffect(() => setPending((list) => list.filter((one) => !one.done)), [wiring.version]);

  // Dependencies: each new tensor counts
  useLayoutEffect(() => {
    setEdit(null);
    setPending([]);
    setNotice("");
  }, [wiring.key]);

  const change = (id: number, part: Partial<Edit>) => setEdit((old) => (old?.id === id ? { ...old, ...part } : old));

  const write = async (window: Window, text: string | null, act: Write): Promise<Failure | null> => {
    ids.current += 1;
    const id = ids.current;
    const started = latest.current.wiring.version;
    const drop = () => setPending((list) => list.filter((one) => one.id !== id));
    setPending((list) => [...list, { id, window, text, done: false }]);
    const failure = await act().catch(failed);
    if (failure || latest.current.wiring.version > started) drop();
    else {
      setPending((list) => list.map((one) => (one.id === id ? { ...one, done: true } : one)));
      setTimeout(drop, LINGER);
    }
    return failure;
  };

  return {
    edit,
    pending,
    notice,
    answer: useAnswer(edit?.text ?? null, wiring.check),
    begin: ([row, col], text, before) => {
      ids.current += 1;
      setNotice("");
      const fill = latest.current.wiring.onCommit;
      const address = latest.current.wiring.address(row, col);
      setEdit({ id: ids.current, row, col, text, before, busy: false, refusal: "", address, fill });
    },
    type: (text) => setEdit((old) => old && { ...old, text, refusal: "" }),
    cancel: () => setEdit(null),
    tell: setNotice,
    write,
    async commit(window) {
      const now = latest.current.edit;
      if (!now || now.busy) return false;
      if (now.text.trim() === "") {
        change(now.id, { refusal: "Type a number, or press Esc to keep the old one." });
        return false;
      }
      if (now.text === now.before && windowSize(window) === 1) {
        setEdit(null);
        return true;
      }
      change(now.id, { busy: true, refusal: "" });
      const failure = await write(window, now.text, () => now.fill(window, now.text));
      const open = latest.current.edit?.id === now.id;
      if (failure && open) change(now.id, { busy: false, refusal: failure.text });
      else if (failure) setNotice(`${now.address} was not changed: ${failure.text}`);
      else if (open) setEdit(null);
      return !failure && open;
    },
  };
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
