/** The A and the B in front of a state: two round buttons, each pressed on one state at a time. */

import type { JSX } from "preact";
import type { StateRef } from "../protocol";
import { type Side, sameState } from "../store/states";
import { useStore } from "../view";

export function Picks(props: { state: StateRef; title: string; tabbable?: boolean }): JSX.Element {
  const { states } = useStore();
  const { state, title, tabbable = true } = props;
  const button = (side: Side, now: StateRef): JSX.Element => (
    <button
      type="button"
      class={`ab ${sameState(now, state) ? "on" : ""}`}
      tabIndex={tabbable ? 0 : -1}
      aria-pressed={sameState(now, state)}
      aria-label={`Use ${title} as ${side}`}
      onClick={() => states.pick(side, state)}
    >
      {side}
    </button>
  );
  return (
    <span class="abp" role="group" aria-label={title}>
      {button("A", states.a.value)}
      {button("B", states.b.value)}
    </span>
  );
}
