/** Head of a collapsible part; drawn in the narrow layout only. */

import type { ComponentChildren, JSX } from "preact";
import { Chevron } from "./icons";

export function SectionHead(props: {
  title: string;
  open: boolean;
  onToggle(): void;
  children?: ComponentChildren;
}): JSX.Element {
  return (
    <button
      type="button"
      class={`pw-sec ${props.open ? "" : "shut"}`}
      aria-expanded={props.open}
      onClick={props.onToggle}
    >
      <Chevron />
      <span>{props.title}</span>
      {props.children}
    </button>
  );
}
