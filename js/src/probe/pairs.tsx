/** A few named numbers as text, each with how it moved. More of them than a glance takes in are bars. */

import type { JSX } from "preact";
import { name } from "../format";
import type { Scores } from "../protocol";
import type { Probe } from "../store/probes";
import { toNumber } from "../tensor";
import { Change } from "./change";
import { areShares, deltaOf, headlineText } from "./score";

export function Pairs({ probe, scores }: { probe: Probe; scores: Scores }): JSX.Element {
  const { before } = probe;
  const old = before?.values.length === scores.values.length ? before.values : [];
  const own = areShares(probe.name, [...scores.values, ...old].map(toNumber)) ? probe.name : "";
  return (
    <div class="pw-pairs" role="list">
      {scores.values.map((value, at) => {
        const label = name(scores.names[at] ?? String(at));
        const was = old[at] ?? null;
        const text = headlineText(own, toNumber(value));
        const ago = was === null ? "" : `was ${headlineText(own, toNumber(was))}`;
        const delta = deltaOf({ name: own, headline: value, was });
        const says = `${label}: ${text}${ago && `, ${ago}`}`;
        return (
          <div key={label} role="listitem" aria-label={says} title={says}>
            <span class="n">{label}</span>
            <b>{text}</b>
            <span class="n">{delta ? <Change delta={delta} /> : ago}</span>
          </div>
        );
      })}
    </div>
  );
}
