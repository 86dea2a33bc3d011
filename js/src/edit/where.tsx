/** The first row: which values are meant, and how many those are. */

import type { JSX } from "preact";
import { int, plural } from "../format";
import type { Scope } from "../store/where";
import { useStore } from "../view";
import { Marked } from "./marked";

const SCOPES: readonly (readonly [Scope, string])[] = [
  ["tensor", "Tensor"],
  ["slice", "Slice"],
  ["cells", "Cells"],
  ["range", "Range"],
  ["match", "Match"],
];

export function WhereRow(): JSX.Element {
  const { edit } = useStore();
  const { where } = edit;
  const scope = where.scope.value;
  const error = where.error.value;
  const shown = SCOPES.filter(([key]) => key !== "match" || where.query.value);
  return (
    <div class="pw-er">
      <span class="lab">Where</span>
      <div class="seg" role="radiogroup" aria-label="Scope">
        {shown.map(([key, label]) => (
          <button
            key={key}
            type="button"
            role="radio"
            aria-checked={scope === key}
            title={key === "match" ? "All tensors that match the filter" : undefined}
            onClick={() => edit.setScope(key)}
          >
            {label}
          </button>
        ))}
      </div>
      <Place />
      {error ? (
        <span class="cnt err" role="alert" title={error}>
          {error}
        </span>
      ) : (
        <Count />
      )}
    </div>
  );
}

function Place(): JSX.Element {
  const { edit } = useStore();
  const { where } = edit;
  const { region, what } = where.target.value;
  const error = where.error.value;
  switch (where.scope.value) {
    case "range":
      return (
        <>
          <Marked
            class="slc"
            label="Condition"
            placeholder="|w| < 0.01"
            value={where.condition.value}
            error={error}
            onInput={edit.setCondition}
          />
          {region !== "[...]" && <span class="mono mut in">in {region}</span>}
        </>
      );
    case "match":
      return <input class="fld slc" aria-label="Filter" readOnly value={what} />;
    default:
      return (
        <input
          class="fld slc"
          aria-label="Slice"
          aria-invalid={error !== ""}
          spellcheck={false}
          value={region}
          onInput={(event) => edit.setRegion(event.currentTarget.value)}
        />
      );
  }
}

export function Count(): JSX.Element {
  const { edit } = useStore();
  const known = edit.where.count.value;
  if (!known) return <span class="cnt" />;
  const { count, size, tensors } = known;
  const frozen = edit.where.frozen.value;
  return (
    <span class="cnt">
      <span class="frac" aria-hidden="true">
        <i style={{ width: `${count && Math.max(2, (count / Math.max(1, size)) * 44)}px` }} />
      </span>
      <span title={frozen || undefined}>
        <b>{int(count)}</b> of {int(size)} values
        {edit.where.scope.value === "match" && ` in ${plural(tensors, "tensor")}`}
        {frozen && `, ${frozen}`}
      </span>
    </span>
  );
}
