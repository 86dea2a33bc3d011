/** Statistics in fixed places, so that eyes learn them, and the histogram on the colour axis. */

import type { JSX } from "preact";
import { int, name, num, percent, typed } from "../format";
import { HistogramAxis } from "../plots/histogram";
import type { Summary } from "../protocol";
import { toNumber, type WireNumber } from "../tensor";
import { useStore } from "../view";

export function SummaryStrip(): JSX.Element {
  const { pane, dark } = useStore();
  const facts = pane.description.value;
  return (
    <div class="pw-sum">
      <Statistics
        summary={facts?.summary ?? null}
        dtype={facts?.dtype ?? ""}
        waiting={facts === null && pane.failure.value === ""}
      />
      {facts?.histogram ? (
        <HistogramAxis
          histogram={facts.histogram}
          domain={facts.domain}
          dark={dark.value}
          log={pane.log.value}
          label={`Values of ${name(facts.path)}`}
          onDomain={pane.setDomain}
          onLog={(log) => {
            pane.log.value = log;
          }}
        />
      ) : (
        <div class="pw-hist" />
      )}
    </div>
  );
}

function Statistics(props: { summary: Summary | null; dtype: string; waiting: boolean }): JSX.Element {
  const s = props.summary;
  const inf = s ? s.posinf + s.neginf : 0;
  const every = s?.sampled ?? 1;
  // of a sample: extremes are bounds, counts are those of a part, the others are estimates
  const as = (sign: string, text: string): string => (every > 1 ? `${sign} ${text}` : text);
  const part = (found: number): string => (every > 1 ? `${int(found)} in 1/${int(every)}` : int(found));
  const value = (pick: (summary: Summary) => WireNumber): string | null => s && as("≈", num(toNumber(pick(s))));
  const end = (sign: string, pick: (summary: Summary) => WireNumber): string | null =>
    s && as(sign, typed(toNumber(pick(s)), props.dtype));
  const why = every > 1 ? ` · one value in ${int(every)} was read` : "";
  const rows: readonly [name: string, text: string | null, bad?: boolean][] = [
    ["min", end("≤", (each) => each.min)],
    ["max", end("≥", (each) => each.max)],
    ["mean", value((each) => each.mean)],
    ["std", value((each) => each.std)],
    ["L2", value((each) => each.l2)],
    ["zeros", s && as("≈", percent(s.count === 0 ? Number.NaN : s.zeros / s.count))],
    ["NaN", s && part(s.nan), (s?.nan ?? 0) > 0],
    ["Inf", s && part(inf), inf > 0],
  ];
  return (
    <dl class="pw-stats" aria-busy={props.waiting}>
      {rows.map(([name, text, bad]) => (
        <div key={name} class={bad ? "bad" : ""}>
          <dt>{name}</dt>
          <dd title={text === null ? undefined : text + why}>{text ?? (props.waiting ? <i class="skel" /> : "–")}</dd>
        </div>
      ))}
    </dl>
  );
}
