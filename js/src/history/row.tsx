/** One entry of the history as a row, and what is tried out as a dashed row above. */

import type { ComponentChildren, JSX } from "preact";
import { capital, clock, int, minus, moment, name } from "../format";
import { CloseIcon, RedoIcon, UndoIcon } from "../icons";
import { Path } from "../path";
import { deltaOf, headlineText } from "../probe/score";
import type { Reach } from "../store/script";
import { useStore } from "../view";
import { isDrawn, Rail } from "./rail";
import type { Line, Trial } from "./rows";

/** A row takes the keyboard as one; its cells are there to be read. */
export const CELL = { role: "gridcell" } as const;

export interface RowProps {
  index: number;
  top: number;
  height: number;
  focused: boolean;
  /** A and B, where states are picked. */
  picks: ComponentChildren;
  most: number;
}

export interface EntryProps extends RowProps {
  line: Line;
  /** How many lanes the history has. */
  lanes: number;
  selected: boolean;
  /** Why nothing can be changed; empty if it can. */
  fixed: string;
  onChoose(reach: Reach): void;
  /** To before this entry, or to it where it is not done. */
  onGo(): void;
  onTakeBack(): void;
}

export function EntryRow(props: EntryProps): JSX.Element {
  const { line, selected, focused, fixed } = props;
  const { step, snapshots } = line;
  const back = step.done;
  const label = back ? `Undo edit ${step.number} and what came after` : `Go to edit ${step.number}`;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
    <div
      class={`pw-jr ${selected ? "on" : ""} ${step.done ? "" : "off"}`}
      role="row"
      tabIndex={focused ? 0 : -1}
      {...place(props)}
      aria-selected={selected}
      onClick={(event) => {
        if ((event.target as Element).closest("button")) return;
        props.onChoose(event.shiftKey ? "all" : event.ctrlKey || event.metaKey ? "too" : "only");
      }}
    >
      {props.picks}
      {props.lanes > 1 && (
        <Rail lanes={line.lanes} count={props.lanes} height={props.height} done={step.done} here={line.here} />
      )}
      <span class="n" {...CELL}>
        {step.number}
      </span>
      <span class="tm" {...CELL} title={step.time > 0 ? moment(step.time) : undefined}>
        {step.time > 0 ? clock(step.time) : ""}
      </span>
      <span class="wh" {...CELL} title={step.done ? undefined : "not in the model now"}>
        <What text={step.what} />
        {step.place && (
          <span class="pl" title={name(step.place)}>
            <Path text={step.place} />
          </span>
        )}
        {!isDrawn(line.lanes.at) && <span class="fr">from {step.parent}</span>}
        {snapshots.map((snapshot) => (
          <span key={snapshot.name} class="tag" title="snapshot">
            {name(snapshot.name)}
          </span>
        ))}
        {!step.done && <span class="pw-aloud">not in the model now</span>}
      </span>
      <span class="r" {...CELL}>
        {step.count > 0 ? int(step.count) : ""}
      </span>
      <Score score={line.score} before={line.before} most={props.most} />
      <span {...CELL}>
        {step.number > 0 || !back ? (
          <button
            type="button"
            class="un"
            tabIndex={focused ? 0 : -1}
            aria-label={label}
            title={fixed || (back ? "Go back to before this edit · Alt: take back only this one" : label)}
            aria-disabled={fixed !== ""}
            onClick={(event) => {
              if (fixed === "") back && event.altKey ? props.onTakeBack() : props.onGo();
            }}
          >
            {back ? <UndoIcon /> : <RedoIcon />}
          </button>
        ) : null}
      </span>
    </div>
  );
}

export function TrialRow(props: RowProps & { trial: Trial; lanes: number; onDrop: (() => void) | null }): JSX.Element {
  const { trial } = props;
  return (
    <div class={`pw-jr ${props.onDrop ? "pv" : ""}`} role="row" tabIndex={props.focused ? 0 : -1} {...place(props)}>
      {props.picks}
      {props.lanes > 1 && <span />}
      <span class="n" {...CELL} />
      <span class="tm" {...CELL}>
        now
      </span>
      <span class="wh wide" {...CELL}>
        <What text={trial.label} />
      </span>
      <Score score={trial.score} before={trial.before} most={props.most} />
      <span {...CELL}>
        {props.onDrop && (
          <button
            type="button"
            class="un"
            tabIndex={props.focused ? 0 : -1}
            aria-label="Take back the preview"
            title="Take back the preview · Esc"
            onClick={props.onDrop}
          >
            <CloseIcon />
          </button>
        )}
      </span>
    </div>
  );
}

/** Begins with a capital, but for a path: its case is a part of it. */
function What({ text }: { text: string }): JSX.Element {
  const { tree } = useStore();
  const said = name(text);
  return <b title={said}>{tree.line(text.split(" ", 1)[0] ?? "") ? said : capital(said)}</b>;
}

function place({ index, top, height }: RowProps) {
  return {
    "aria-rowindex": index + 2, // the heads are the first
    style: { top: `${top}px`, height: `${height}px` },
  };
}

function Score(props: { score: number | null; before: number | null; most: number }): JSX.Element {
  const { score, before, most } = props;
  const probe = useStore().history.probe.value;
  const delta = deltaOf({ name: probe, headline: score, was: before });
  const tone = ["neg", "", "pos"][(delta?.sign ?? 0) + 1] ?? "";
  const share = score !== null && before !== null && most > 0 ? Math.abs(score - before) / most : 0;
  return (
    <>
      <span class={`r sc ${tone ? "" : "mut"}`} {...CELL}>
        {score !== null && headlineText(probe, score)}
        {delta && tone && (
          <>
            {" "}
            <span class={tone}>{minus(delta.sign < 0 ? "-" : "+") + delta.text}</span>
          </>
        )}
      </span>
      <span class="db" aria-hidden="true">
        {score !== null && <u />}
        {tone && <i class={tone} style={{ "--s": share }} />}
      </span>
    </>
  );
}
