/** A path, or a sentence that names one, as text: its parts stay in their order, though some are written from right to left. */

import type { JSX } from "preact";
import { name } from "./format";

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

export function Path({ text }: { text: string }): JSX.Element {
  if (!RIGHT_TO_LEFT.test(text)) return <>{name(text)}</>;
  return (
    <bdi dir="ltr">
      {text.split(/([./])/).map((part, at) => (at % 2 > 0 ? part : part && <bdi key={at}>{name(part)}</bdi>))}
    </bdi>
  );
}
