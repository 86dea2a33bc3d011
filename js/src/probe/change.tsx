/** How a number of a probe moved, as an arrow and a number. */

import type { JSX } from "preact";
import type { Delta } from "./score";

export function Change({ delta }: { delta: Delta }): JSX.Element {
  return (
    <span class={`dl ${["neg", "nil", "pos"][delta.sign + 1]}`}>
      {["▼", "±", "▲"][delta.sign + 1]} {delta.text}
    </span>
  );
}
