/** What stands in place of a view where there is nothing to draw: why, and the way on. */

import type { JSX } from "preact";
import { capital } from "../format";

export function Note(props: { title: string; text: string }): JSX.Element {
  return (
    <div class="pw-msg">
      <b>{props.title}</b>
      {props.text && <span>{capital(props.text)}</span>}
    </div>
  );
}
