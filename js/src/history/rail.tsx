/** The lines left of the entries: one lane for the way the model came, one more for each branch beside it. */

import type { JSX } from "preact";
import type { Lanes } from "./graph";

const WIDE = 10;
const NARROW = 5;
const ROOM = 60;
/** Branches further out are dots without a line in one last column, and say in words where they began. */
const MOST = ROOM / NARROW - 1;

export function railWidth(lanes: number): number {
  return lanes < 2 ? 0 : columns(lanes) * pitch(lanes) + 2;
}

/** Whether the line of a lane is drawn. */
export function isDrawn(lane: number): boolean {
  return lane < MOST;
}

function columns(lanes: number): number {
  return Math.min(lanes, MOST + 1);
}

function pitch(lanes: number): number {
  return Math.min(WIDE, Math.max(NARROW, ROOM / columns(lanes)));
}

/** `count`: how many lanes the whole history has. */
export function Rail(props: {
  lanes: Lanes;
  count: number;
  height: number;
  done: boolean;
  here: boolean;
}): JSX.Element {
  const { lanes, count, height } = props;
  const middle = height / 2;
  const step = pitch(count);
  const x = (lane: number): number => (Math.min(lane, MOST) + 0.5) * step + 1;
  const own = x(lanes.at);
  const drawn = isDrawn(lanes.at);
  const lines = [
    ...lanes.through.filter(isDrawn).map((lane) => `M${x(lane)} 0V${height}`),
    drawn && lanes.above ? `M${own} 0V${middle}` : "",
    drawn && lanes.below ? `M${own} ${middle}V${height}` : "",
    ...lanes.joins.filter(isDrawn).map((lane) => `M${x(lane)} 0C${x(lane)} ${middle} ${own} 2 ${own} ${middle}`),
  ].join("");
  return (
    <svg class="rail" width={railWidth(count)} height={height} aria-hidden="true">
      <path d={lines} />
      <circle
        class={`${props.done ? "done" : ""} ${props.here ? "here" : ""}`}
        cx={own}
        cy={middle}
        r={Math.min(props.here ? 4 : 3, step * 0.45)}
      />
    </svg>
  );
}
