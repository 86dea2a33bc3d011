/** The lesson: its goals, what is missing for each, the hints that were given, and the way back to the start. */

import type { JSX, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useExchange } from "../focus";
import { capital, int, name, plural } from "../format";
import { CheckIcon, RingIcon } from "../icons";
import { Aloud } from "../messages/aloud";
import type { Course, Goal, Standing } from "../protocol";
import { SectionHead } from "../section";
import { useStore } from "../view";

export function Lesson(): JSX.Element | null {
  const { lesson, tree, gone } = useStore();
  const [open, setOpen] = useState(true);
  const standing = lesson.standing.value;
  if (!lesson.course || !standing) return null;
  const solved = standing.solved && standing.status === "fresh";
  const title = lesson.course.title === tree.header.value.title ? "" : name(lesson.course.title); // else it is just above
  const classes = ["pw-lesson", solved && "solved", standing.trial && "trial", gone.value && "gone", !open && "shut"];
  return (
    <section class={classes.filter(Boolean).join(" ")} aria-label="Lesson">
      <SectionHead title="Goals" open={open} onToggle={() => setOpen(!open)}>
        <span class="cnt">{scoreOf(standing)}</span>
      </SectionHead>
      <div class={`hd ${title ? "" : "plain"}`}>
        <b dir="auto">{title || "Goals"}</b>
        <span class="sd">
          {solved && <CheckIcon size={13} />}
          {scoreOf(standing)}
        </span>
      </div>
      {lesson.course.about && (
        <p class="about" dir="auto">
          {lesson.course.about}
        </p>
      )}
      {standing.rules.map((rule, at) => (
        <p key={at} class="rule" dir="auto">
          {capital(rule)}
        </p>
      ))}
      <ol>
        {standing.goals.map((goal, at) => (
          <GoalItem key={at} goal={goal} checked={standing.status !== "waiting"} />
        ))}
      </ol>
      <Foot standing={standing} />
      <Aloud label="Goals" sentence={spoken(lesson.course, standing)} />
    </section>
  );
}

function scoreOf({ status, solved, goals }: Standing): string {
  if (status === "waiting") return "not checked yet";
  if (status === "checking") return "checking …";
  if (status === "stopped") return "the check was stopped";
  if (status === "stale") return "the model has changed since";
  return solved ? "Solved" : `${int(goals.filter((goal) => goal.met).length)} of ${int(goals.length)} reached`;
}

function GoalItem({ goal, checked }: { goal: Goal; checked: boolean }): JSX.Element {
  const { text, met, missing, hints } = goal;
  const newest = useRef<HTMLParagraphElement>(null);
  const given = met ? [] : hints;
  useEffect(() => newest.current?.scrollIntoView?.({ block: "nearest" }), [given.length]);
  return (
    <li class={met ? "met" : ""}>
      {met ? <CheckIcon size={14} /> : <RingIcon size={14} />}
      <div>
        <span class="pw-aloud">{met ? "Reached: " : checked ? "Not yet: " : "Not checked: "}</span>
        <span dir="auto">{text}</span>
        {missing && (
          <p class="why" dir="auto">
            {capital(missing)}
          </p>
        )}
        <div aria-live="polite">
          {given.slice(-1).map((hint) => (
            <p key={given.length} ref={newest} class="tip" dir="auto">
              <b>Hint {given.length}</b> {hint}
            </p>
          ))}
        </div>
      </div>
    </li>
  );
}

function Foot({ standing }: { standing: Standing }): JSX.Element {
  const { lesson, probes, tree, writer, gone, fixed } = useStore();
  const [asks, setAsks] = useState(false);
  const again = useRef<HTMLButtonElement>(null);
  const stay = useRef<HTMLButtonElement>(null);
  useExchange(asks, stay, again);
  const { status, changed, goals } = standing;
  if (asks) return <Question onStart={() => void lesson.startOver()} stay={stay} onClose={() => setAsks(false)} />;
  const behind = (status === "stale" || status === "stopped") && gone.value === "";
  const noHint = gone.value || hintless(standing);
  const { position, trial } = tree.header.value;
  const touched = changed > 0 || position > 0 || trial !== "" || goals.some((goal) => goal.hints.length > 0);
  const noStart = fixed.value || (touched ? "" : "This is the start");
  return (
    <div class="ft">
      <span class="mut" title="Cells that differ from the start">
        {changed === 0 ? "No cell" : plural(changed, "cell")} changed
      </span>
      <span class="sp" />
      {behind && (
        <button type="button" class="btn" title="Run the checks" onClick={lesson.check}>
          Check
        </button>
      )}
      {status === "checking" && gone.value === "" && (
        <button type="button" class="btn" onClick={probes.stop}>
          Stop
        </button>
      )}
      <button
        type="button"
        class="btn"
        title={noHint || "One more hint for the first goal that is not reached"}
        aria-disabled={noHint !== ""}
        onClick={() => noHint === "" && void lesson.hint()}
      >
        Hint
      </button>
      <button
        ref={again}
        type="button"
        class="btn"
        title={noStart || "Bring the values of the start back"}
        aria-disabled={noStart !== "" || writer.pending.value}
        onClick={() => noStart === "" && !writer.pending.peek() && setAsks(true)}
      >
        Start again
      </button>
    </div>
  );
}

/** Why there is no hint to ask for; empty if there is one. */
function hintless({ status, goals }: Standing): string {
  const next = goals.find((goal) => !goal.met);
  if (status === "waiting") return "The goals are not checked yet";
  if (!next) return "Every goal is reached";
  if (next.left > 0) return "";
  return next.hints.length > 0 ? "That was the last hint for this goal" : "There are no hints for this goal";
}

/** Asked before the start comes back; the keyboard is on the choice that changes nothing. */
function Question(props: { stay: RefObject<HTMLButtonElement | null>; onStart(): void; onClose(): void }): JSX.Element {
  const { stay, onStart, onClose } = props;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape is the short way to its second button
    <div
      class="ft ask"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
    >
      <span role="status">Bring the start back? The history keeps what you did.</span>
      <span class="sp" />
      <button
        type="button"
        class="btn line"
        onClick={() => {
          onStart();
          onClose();
        }}
      >
        Start again
      </button>
      <button ref={stay} type="button" class="btn" onClick={onClose}>
        Cancel
      </button>
    </div>
  );
}

/** How the goals stand, as one sentence; null while that is not known. */
function spoken(course: Course, standing: Standing): string | null {
  const { solved, goals, rules, status } = standing;
  if (status !== "fresh") return null;
  const missing = [...goals.map((goal) => goal.missing), ...rules].find(Boolean) ?? "";
  return solved ? `Solved: ${name(course.title)}` : `Goals: ${scoreOf(standing)}. ${capital(missing)}`;
}
