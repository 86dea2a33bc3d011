/** Work that takes long: how far it is, and a way out. */

import type { JSX } from "preact";

/** `what` ends in a verb: "Comparing". */
export function Working(props: { what: string; share: number; onCancel(): void }): JSX.Element {
  const percent = Math.round(props.share * 100);
  return (
    <div class="pw-work">
      <span class="mut">
        {props.what} … {percent} %
      </span>
      <div role="progressbar" aria-label={props.what} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}>
        <i style={{ width: `${percent}%` }} />
      </div>
      <button type="button" class="btn line" onClick={props.onCancel}>
        Cancel
      </button>
    </div>
  );
}
