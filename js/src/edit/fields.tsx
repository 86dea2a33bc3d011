/** One field of an operation, by its sort. */

import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { name } from "../format";
import { RedoIcon } from "../icons";
import { isTensor } from "../rows";
import type { Field } from "../store/fields";
import { useStore } from "../view";
import { Marked } from "./marked";

export function FieldOf(props: { field: Field; main: boolean }): JSX.Element {
  const { edit } = useStore();
  const { key, label, as, options } = props.field;
  const value = edit.fields.value[key] ?? "";
  const main = props.main ? "main" : "";
  const set = (text: string, typing = true): void => edit.setFields({ [key]: text }, typing);
  switch (as) {
    case "choice":
      return <Choice label={label} options={options ?? []} value={value} onChange={(next) => set(next, false)} />;
    case "snapshot":
      return <Snapshots label={label} value={value} onChange={(next) => set(next, false)} />;
    case "tensor":
      return <Tensors label={label} value={value} onInput={set} />;
    case "wide":
      return (
        <Marked
          class="wide"
          main={props.main}
          label={label}
          placeholder="w * 0.5"
          value={value}
          error={edit.error.value}
          onInput={set}
        />
      );
    case "seed":
      return <Seed value={value} onInput={(next) => set(next, false)} />;
    case "text":
    case "number":
      return (
        <input
          class={`fld ${as === "number" ? "num" : "txt"} ${main}`}
          aria-label={label}
          title={label}
          aria-invalid={edit.error.value !== ""}
          placeholder={as === "text" ? label.replace(/.*as in /, "") : label.toLowerCase()}
          spellcheck={false}
          inputMode={as === "number" ? "decimal" : undefined}
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      );
    default:
      return as satisfies never;
  }
}

function Choice(props: {
  label: string;
  options: readonly (readonly [string, string])[];
  value: string;
  onChange(value: string): void;
}): JSX.Element {
  return (
    <select
      class="fld ch"
      aria-label={props.label}
      title={props.label}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    >
      {props.options.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

function Seed(props: { value: string; onInput(text: string): void }): JSX.Element {
  return (
    <span class="pw-seed">
      <label>
        <span class="x">seed</span>
        <input
          aria-label="Seed"
          class="fld"
          inputMode="numeric"
          value={props.value}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      </label>
      <button
        type="button"
        class="btn ic"
        aria-label="Next seed"
        title="Other random numbers: the next seed"
        onClick={() => props.onInput(String((Number(props.value) || 0) + 1))}
      >
        <RedoIcon size={14} />
      </button>
    </span>
  );
}

const MOST = 200;

/** A path is typed, or taken of those with the shape of the tensor on the screen. */
function Tensors(props: { label: string; value: string; onInput(text: string): void }): JSX.Element {
  const { tree, pane } = useStore();
  const id = useId();
  const shape = String(pane.line.value?.shape);
  const fitting = tree.lines.value.filter((line) => isTensor(line) && String(line.shape) === shape).slice(0, MOST);
  return (
    <>
      <input
        class="fld txt main"
        aria-label={props.label}
        title={props.label}
        list={id}
        spellcheck={false}
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      <datalist id={id}>
        {fitting.map((line) => (
          <option key={line.path} value={line.path} />
        ))}
      </datalist>
    </>
  );
}

function Snapshots(props: { label: string; value: string; onChange(value: string): void }): JSX.Element {
  const { snapshots } = useStore().edit;
  const [names, setNames] = useState<readonly string[]>([]);
  useEffect(() => {
    void snapshots().then(setNames);
  }, [snapshots]);
  const options = [["", "as it is now"] as const, ...names.map((each) => [each, `snapshot ${name(each)}`] as const)];
  return <Choice label={props.label} options={options} value={props.value} onChange={props.onChange} />;
}
