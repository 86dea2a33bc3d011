/** A field for a formula. A refusal that says at which character it goes wrong is marked there. */

import type { JSX } from "preact";

export interface MarkedProps {
  class: string;
  /** The field that the keyboard goes to first. */
  main?: boolean;
  label: string;
  placeholder?: string;
  value: string;
  error: string;
  onInput(text: string): void;
}

/** The place that a sentence of the kernel names, from 0; -1 if it names none. */
export function faultIn(sentence: string): number {
  return Number(/at character (\d+)/i.exec(sentence)?.[1] ?? 0) - 1;
}

export function Marked(props: MarkedProps): JSX.Element {
  const at = faultIn(props.error);
  return (
    <span class={`pw-marked ${props.class}`}>
      <input
        class={`fld ${props.main ? "main" : ""}`}
        aria-label={props.label}
        aria-invalid={props.error !== ""}
        placeholder={props.placeholder}
        spellcheck={false}
        autocomplete="off"
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      {at >= 0 && (
        <span class="fault" aria-hidden="true">
          {props.value.slice(0, at)}
          <mark>{props.value[at] ?? " "}</mark>
        </span>
      )}
    </span>
  );
}
