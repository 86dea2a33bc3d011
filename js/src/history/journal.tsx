/** The entries as a grid of rows, newest first, with what is tried out on top. Only rows on the screen are in the page. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { int, name } from "../format";
import type { StateRef } from "../protocol";
import { useRows } from "../tree/virtual";
import { useStore } from "../view";
import { railWidth } from "./rail";
import { EntryRow, TrialRow } from "./row";

const HEADS = { role: "row", "aria-rowindex": 1 } as const;
const HEAD = { role: "columnheader" } as const;
const NOW = -1; // in the place of an entry number

export interface JournalProps {
  height: number;
  /** Draws the A and the B of a state; rows have none without. */
  picks?: (state: StateRef, focused: boolean) => JSX.Element;
}

export function Journal({ height, picks }: JournalProps): JSX.Element {
  const { history, edit, gone, fixed } = useStore();
  const { script } = history;
  const scroller = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState(NOW);
  const shown = history.lines.value;
  const trial = history.trial.value;
  const lines = shown?.lines ?? [];
  const top = trial || picks ? 1 : 0; // where states are picked, the present is one of them
  const entries = [...(top ? [NOW] : []), ...lines.map((line) => line.step.number)];
  const focusAt = Math.max(0, entries.indexOf(focus));
  const rows = useRows(scroller, entries.length, height, focusAt);
  const probe = history.probe.value;
  const lanes = shown?.lanes ?? 1;
  const rail = railWidth(lanes);
  const { total, steps } = history.data.value ?? { total: 0, steps: [] };
  const cut = total > steps.length ? `The newest ${int(steps.length)} of ${int(total)} entries, and the start` : "";

  const move = (to: number, extend: boolean): void => {
    const at = Math.max(0, Math.min(entries.length - 1, to));
    const from = entries[focusAt] ?? NOW;
    const entry = entries[at] ?? NOW;
    if (extend && entry !== NOW) {
      if (script.chosen.peek().size === 0 && from !== NOW) script.choose(from);
      script.choose(entry, "all");
    }
    setFocus(entry);
    rows.scrollTo(at);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[aria-rowindex="${at + 2}"]`)?.focus({ preventScroll: true }),
    );
  };
  const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / height) - 1);
  const moves: Record<string, () => number> = {
    ArrowUp: () => focusAt - 1,
    ArrowDown: () => focusAt + 1,
    PageUp: () => focusAt - page,
    PageDown: () => focusAt + page,
    Home: () => 0,
    End: () => entries.length - 1,
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey) return;
    const entry = entries[focusAt] ?? NOW;
    const line = lines[focusAt - top];
    const onButton = (event.target as Element).closest("button") !== null;
    const to = moves[event.key];
    if (to) move(to(), event.shiftKey);
    else if (event.key === "Enter" && event.shiftKey && line?.step.done && entry > 0) {
      if (fixed.peek() === "") void history.takeBack(entry);
    } else if (event.key === "Enter" && !onButton && line) script.choose(entry);
    else if (event.key === " " && !onButton && line) script.choose(entry, event.shiftKey ? "all" : "too");
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const dropPreview = (): void => {
    if (edit.trial.on.peek()) edit.clear();
    else void history.dropPreview();
  };
  const columns = `${picks ? "44px " : ""}${rail ? `${rail}px ` : ""}`;
  return (
    <div class={`pw-journal ${probe ? "" : "np"}`} style={{ "--lead": columns }}>
      <div
        role="grid"
        aria-label="Entries"
        aria-multiselectable="true"
        aria-rowcount={entries.length + 1}
        aria-busy={shown === null && !gone.value}
        onKeyDown={onKeyDown}
      >
        <div class="pw-jr hd" {...HEADS}>
          {picks && <span {...HEAD}>pick</span>}
          {rail > 0 && <span />}
          <span class="n" {...HEAD}>
            <span class="pw-aloud">number</span>
          </span>
          <span class="tm" {...HEAD}>
            time
          </span>
          <span {...HEAD}>edit</span>
          <span class="r" {...HEAD}>
            values
          </span>
          <span class="r sc" {...HEAD} title={name(probe)}>
            {name(probe)}
          </span>
          <span class="db" />
          <span {...HEAD}>
            <span class="pw-aloud">undo</span>
          </span>
        </div>
        <div class="pw-j" role="presentation" ref={scroller}>
          <div class="all" role="presentation" style={{ height: `${entries.length * height}px` }}>
            {rows.items.map((item) => {
              const focused = item.index === focusAt;
              const common = { index: item.index, top: item.start, height, focused, most: shown?.most ?? 0 };
              if (item.index < top) {
                const pick = picks?.({ kind: "now" }, focused);
                const given = trial ?? { label: "the present", score: null, before: null };
                const onDrop = trial && !fixed.value ? dropPreview : null;
                return <TrialRow key="now" {...common} picks={pick} trial={given} lanes={lanes} onDrop={onDrop} />;
              }
              const line = lines[item.index - top];
              if (!line) return null;
              const { number, done, parent } = line.step;
              return (
                <EntryRow
                  key={number}
                  {...common}
                  picks={picks?.({ kind: "entry", entry: number }, focused)}
                  line={line}
                  lanes={lanes}
                  selected={script.chosen.value.has(number)}
                  fixed={fixed.value}
                  onChoose={(reach) => {
                    setFocus(number);
                    script.choose(number, reach);
                  }}
                  onGo={() => void history.goTo(done ? parent : number)}
                  onTakeBack={() => void history.takeBack(number)}
                />
              );
            })}
          </div>
          {cut && <p class="mut">{cut}</p>}
          {!shown && gone.value && <p class="mut">The history was not read before the kernel went.</p>}
        </div>
      </div>
    </div>
  );
}
