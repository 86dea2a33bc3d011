/** The edit bar: which values, and what is done to them. What is tried out here is in the model at once; it is kept by Enter and taken back by Esc. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { capital } from "../format";
import { SectionHead } from "../section";
import { useStore } from "../view";
import { What } from "./what";
import { WhatIf } from "./whatif";
import { Count, WhereRow } from "./where";

const SENDS = "select, [type=range], [role=radio][aria-checked=true]";

export function EditBar(): JSX.Element | null {
  const { edit, pane, locked } = useStore();
  const [open, setOpen] = useState(true);
  const line = pane.line.value;
  if (!line || line.size === 0 || !(pane.description.value?.readable ?? line.readable)) return null;
  const why = locked.value || edit.refusal(edit.type.value);
  const live = edit.pending.value || edit.trial.on.value;
  return (
    <>
      <SectionHead title="Edit" open={open} onToggle={() => setOpen(!open)}>
        <Count />
      </SectionHead>
      <form
        class={`pw-edit ${live ? "live" : ""} ${open ? "" : "shut"}`}
        aria-label="Edit"
        onSubmit={(event) => {
          event.preventDefault();
          if (!why && edit.ready.peek()) void edit.apply();
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape" && edit.clear()) event.stopPropagation();
          // by themselves only fields of text send the form off
          else if (event.key === "Enter" && (event.target as Element).matches(SENDS))
            event.currentTarget.requestSubmit();
          else return;
          event.preventDefault();
        }}
      >
        {why ? (
          <p class="pw-why">{capital(why)}</p>
        ) : (
          <>
            <WhereRow />
            <What />
            {edit.sweep.open.value && <WhatIf />}
          </>
        )}
      </form>
    </>
  );
}
