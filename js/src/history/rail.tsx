/** The lines left of the entries: one lane for the way the model came, one more for each branch beside it. */

import type { JSX } from "preact";
import type { Lanes } from "./graph";

const LANE = 10;
const MOST = 6; // further lanes are drawn on the last one

export function railWidth(lanes: number): number {
  return lanes < 2 ? 0 : Math.min(lanes, MOST) * LANE + 2;
}

export function Rail(props: {
  lanes: Lanes;
  width: number;
  height: number;
  done: boolean;
  here: boolean;
}): JSX.Element {
  const { lanes, width, height } = props;
  const middle = height / 2;
  const x = (lane: number): number => Math.min(lane, MOST - 1) * LANE + LANE / 2 + 1;
  const own = x(lanes.at);
  const lines = [
    ...lanes.through.map((lane) => `M${x(lane)} 0V${height}`),
    lanes.above ? `M${own} 0V${middle}` : "",
    lanes.below ? `M${own} ${middle}V${height}` : "",
    ...lanes.joins.map((lane) => `M${x(lane)} 0C${x(lane)} ${middle} ${own} 2 ${own} ${middle}`),
  ].join("");
  return (
    <svg class="rail" width={width} height={height} aria-hidden="true">
      <path d={lines} />
      <circle
        class={`${props.done ? "done" : ""} ${props.here ? "here" : ""}`}
        cx={own}
        cy={middle}
        r={props.here ? 4 : 3}
      />
    </svg>
  );
}
