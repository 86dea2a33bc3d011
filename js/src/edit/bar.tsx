/** The edit bar: which values, and what they are set to. Says how many it touches, and what will be stored, before it happens. */

import type { JSX, RefObject } from "preact";
import { useState } from "preact/hooks";
import { int, minus, num } from "../format";
import type { Stored } from "../protocol";
import { SectionHead } from "../section";
import type { Scope } from "../store/edit";
import { toNumber } from "../tensor";
import { useStore } from "../view";

const SCOPES: readonly (readonly [Scope, string])[] = [
  ["tensor", "Tensor"],
  ["slice", "Slice"],
  ["cells", "Cells"],
];

export function EditBar(props: { field: RefObject<HTMLInputElement | null> }): JSX.Element | null {
  const { edit, pane, locked } = useStore();
  const [open, setOpen] = useState(true);
  const line = pane.line.value;
  if (!line || line.size === 0 || !(pane.description.value?.readable ?? line.readable)) return null;
  return (
    <>
      <SectionHead title="Edit" open={open} onToggle={() => setOpen(!open)}>
        <Count />
      </SectionHead>
      <form
        class={`pw-edit ${edit.pending.value ? "live" : ""} ${open ? "" : "shut"}`}
        aria-label="Edit"
        onSubmit={(event) => {
          event.preventDefault();
          if (!locked.peek()) void edit.apply();
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || !edit.clear()) return;
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        {locked.value ? <p class="pw-why">{locked.value}</p> : <Fields field={props.field} />}
      </form>
    </>
  );
}

function Fields(props: { field: RefObject<HTMLInputElement | null> }): JSX.Element {
  const { edit, pane } = useStore();
  const scope = edit.scope.value;
  const regionError = edit.regionError.value;
  const textError = edit.textError.value;
  return (
    <>
      <div class="pw-er">
        <span class="lab">Where</span>
        <div class="seg" role="radiogroup" aria-label="Scope">
          {SCOPES.map(([key, name]) => (
            <button
              key={key}
              type="button"
              role="radio"
              aria-checked={scope === key}
              onClick={() => edit.setScope(key)}
            >
              {name}
            </button>
          ))}
        </div>
        <input
          class="fld slc"
          aria-label="Slice"
          aria-invalid={regionError !== ""}
          spellcheck={false}
          value={edit.region.value}
          onInput={(event) => edit.setRegion(event.currentTarget.value)}
        />
        {regionError ? (
          <span class="cnt err" role="alert" title={regionError}>
            {regionError}
          </span>
        ) : (
          <Count />
        )}
      </div>
      <div class="pw-er">
        <span class="lab">Set to</span>
        <input
          ref={props.field}
          class="fld num"
          aria-label="Value"
          aria-invalid={textError !== ""}
          placeholder="value"
          spellcheck={false}
          value={edit.text.value}
          onInput={(event) => edit.setText(event.currentTarget.value)}
        />
        <span class="res" role={textError ? "alert" : "status"}>
          {edit.pending.value ? (
            "pending"
          ) : textError ? (
            <span class="err" title={textError}>
              {textError}
            </span>
          ) : (
            edit.stored.value && <StoredAs stored={edit.stored.value} dtype={pane.line.value?.dtype ?? ""} />
          )}
        </span>
        <span class="ab0">
          <button type="submit" class="btn pri" title="Apply · Enter" aria-disabled={!edit.ready.value}>
            Apply <kbd>↵</kbd>
          </button>
          <button type="button" class="btn" title="Clear · Esc" onClick={() => edit.clear()}>
            Clear <kbd>Esc</kbd>
          </button>
        </span>
      </div>
    </>
  );
}

function Count(): JSX.Element | null {
  const { edit, pane } = useStore();
  const size = pane.line.value?.size ?? 0;
  const count = edit.count.value;
  if (count === null) return <span class="cnt" />;
  return (
    <span class="cnt">
      <span class="frac" aria-hidden="true">
        <i style={{ width: `${Math.max(2, (count / Math.max(1, size)) * 44)}px` }} />
      </span>
      <span>
        <b>{int(count)}</b> of {int(size)} values
      </span>
    </span>
  );
}

function StoredAs(props: { stored: Stored; dtype: string }): JSX.Element {
  const { text, error, bits } = props.stored;
  const away = toNumber(error);
  return (
    <span class="st" title={`error ${num(away)}, bits ${bits}`}>
      → stored as <b>{minus(text)}</b> in {props.dtype}
      {away !== 0 && <span class="x"> error {num(away)}</span>}
      {bits && <span class="mono x"> {bits}</span>}
    </span>
  );
}
