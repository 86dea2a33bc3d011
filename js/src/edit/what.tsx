/** The second row: what is done to the values, with the fields of that operation, and the two ways out. */

import type { JSX } from "preact";
import { capital, minus, num, plural } from "../format";
import type { Operation, Stored } from "../protocol";
import { read } from "../store/fields";
import { KINDS } from "../store/operations";
import { toNumber } from "../tensor";
import { useStore } from "../view";
import { FieldOf } from "./fields";
import { Slider } from "./slider";

export function What(): JSX.Element {
  const { edit } = useStore();
  const { sweep, trial } = edit;
  const kind = edit.kind.value;
  const type = edit.type.value;
  const fields = kind.fields(edit.fields.value, edit.facts.value);
  const main = fields.findIndex((field) => field.as !== "choice");
  return (
    <div class="pw-er what">
      <span class="lab">What</span>
      <select
        class={`fld op ${main < 0 ? "main" : ""}`}
        aria-label="Operation"
        value={type}
        onChange={(event) => edit.setType(event.currentTarget.value as Operation["type"])}
      >
        <Choices />
      </select>
      {fields.map((field, at) => (
        <FieldOf key={`${type} ${field.key}`} field={field} main={at === main} />
      ))}
      {kind.track && <KindSlider />}
      {kind.sweeps && sweep.probes.value.length > 0 && (
        <button
          type="button"
          class="btn line wi"
          aria-expanded={sweep.open.value}
          title="What if it were another number: a probe over a range of it"
          onClick={() => {
            sweep.open.value = !sweep.open.peek();
          }}
        >
          What-if
        </button>
      )}
      <Result />
      <span class="ab0">
        <button type="submit" class="btn pri" title="Apply · Enter" aria-disabled={!edit.ready.value}>
          Apply <kbd>↵</kbd>
        </button>
        <button
          type="button"
          class="btn"
          title={trial.on.value ? "Take it back · Esc" : "Clear · Esc"}
          onClick={() => edit.clear()}
        >
          {trial.on.value ? "Revert" : "Clear"} <kbd>Esc</kbd>
        </button>
      </span>
    </div>
  );
}

/** What is not used in a lesson stands below, where it cannot be chosen. */
function Choices(): JSX.Element {
  const { edit } = useStore();
  const all = Object.entries(KINDS).map(([key, { name }]) => ({
    key,
    name,
    refusal: edit.refusal(key as Operation["type"]),
  }));
  const option = ({ key, name, refusal }: (typeof all)[number]): JSX.Element => (
    <option key={key} value={key} disabled={refusal !== ""} title={refusal || undefined}>
      {name}
    </option>
  );
  const unused = all.filter(({ refusal }) => refusal);
  return (
    <>
      {all.filter(({ refusal }) => !refusal).map(option)}
      {unused.length > 0 && <optgroup label="Not in this lesson">{unused.map(option)}</optgroup>}
    </>
  );
}

function KindSlider(): JSX.Element | null {
  const { edit } = useStore();
  const kind = edit.kind.value;
  const track = kind.track?.(edit.fields.value, edit.facts.value);
  if (!track) return null;
  const text = edit.fields.value[track.key] ?? "";
  const known = edit.where.count.value;
  return (
    <Slider
      track={track}
      value={read(text)}
      label={kind.name}
      spoken={`${kind.name} ${text}${known ? `, ${plural(known.count, "value")}` : ""}`}
      onInput={(value) => edit.setFields({ [track.key]: String(value) })}
    />
  );
}

function Result(): JSX.Element {
  const { edit, pane } = useStore();
  const error = edit.error.value;
  const stored = edit.stored.value;
  const note = edit.where.note.value;
  const { says: does, live } = edit.kind.value;
  const says = note || (live ? does : "applies on Enter");
  return (
    <span
      class={`res ${error || stored || says || edit.pending.value ? "" : "none"}`}
      role={error ? "alert" : "status"}
    >
      {edit.pending.value ? (
        "pending"
      ) : error ? (
        <span class="err" title={error}>
          {capital(error)}
        </span>
      ) : stored ? (
        <StoredAs stored={stored} dtype={pane.line.value?.dtype ?? ""} />
      ) : (
        says && (
          <span class={note ? "say" : live ? "" : "how"} title={says}>
            {says}
          </span>
        )
      )}
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
