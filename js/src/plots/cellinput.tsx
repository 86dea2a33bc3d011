/** The input inside of a cell, and the sentence at it when a value is refused. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Editor } from "./editor";

export interface CellInputProps {
  editor: Editor;
  /** Where there is room for the sentence. */
  place: { below: boolean; before: boolean };
  answerId: string;
  refusalId: string;
  name: string;
  /** `move` is the arrow key that leads to the next cell, `fill` writes to the whole selection. */
  commit(move: string | null, fill: boolean): void;
  cancel(): void;
}

export function CellInput(props: CellInputProps): JSX.Element | null {
  const { editor, place } = props;
  const { edit } = editor;
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    const element = input.current;
    element?.focus({ preventScroll: true });
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);
  if (!edit) return null;

  const onKeyDown = (event: KeyboardEvent) => {
    // Letters typed here are no shortcuts.
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) props.commit(null, true);
    else if (event.key === "Enter") props.commit(event.shiftKey ? "ArrowUp" : "ArrowDown", false);
    else if (event.key === "Tab") props.commit(event.shiftKey ? "ArrowLeft" : "ArrowRight", false);
    else if (event.key === "Escape") props.cancel();
    else return;
    event.preventDefault();
  };

  return (
    <>
      <input
        ref={input}
        value={edit.text}
        spellcheck={false}
        autocomplete="off"
        aria-label={props.name}
        aria-invalid={edit.refusal !== ""}
        aria-describedby={edit.refusal ? props.refusalId : props.answerId}
        onInput={(event) => editor.type(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {edit.refusal && (
        <span
          role="alert"
          id={props.refusalId}
          class={`pw-bubble${place.below ? "" : " up"}${place.before ? " end" : ""}`}
        >
          {edit.refusal}
        </span>
      )}
    </>
  );
}
