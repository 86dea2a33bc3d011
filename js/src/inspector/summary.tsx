/** Statistics in fixed places, so that eyes learn them, and the histogram on the colour axis. */

import type { JSX } from "preact";
import { int, num, percent } from "../format";
import { HistogramAxis } from "../plots/histogram";
import type { Summary } from "../protocol";
import { toNumber, type WireNumber } from "../tensor";
import { useStore } from "../view";

export function SummaryStrip(): JSX.Element {
  const { pane, dark } = useStore();
  const facts = pane.description.value;
  return (
    <div class="pw-sum">
      <Statistics summary={facts?.summary ?? null} waiting={facts === null && pane.failure.value === ""} />
      {facts?.histogram ? (
        <HistogramAxis
          histogram={facts.histogram}
          domain={facts.domain}
          dark={dark.value}
          log={pane.log.value}
          label={`Values of ${facts.path}`}
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

function Statistics(props: { summary: Summary | null; waiting: boolean }): JSX.Element {
  const s = props.summary;
  const inf = s ? s.posinf + s.neginf : 0;
  const value = (pick: (summary: Summary) => WireNumber): string | null => (s ? num(toNumber(pick(s))) : null);
  const rows: readonly [name: string, text: string | null, bad?: boolean][] = [
    ["min", value((each) => each.min)],
    ["max", value((each) => each.max)],
    ["mean", value((each) => each.mean)],
    ["std", value((each) => each.std)],
    ["L2", value((each) => each.l2)],
    ["zeros", s && percent(s.count === 0 ? Number.NaN : s.zeros / s.count)],
    ["NaN", s && int(s.nan), (s?.nan ?? 0) > 0],
    ["Inf", s && int(inf), inf > 0],
  ];
  return (
    <dl class="pw-stats" aria-busy={props.waiting}>
      {rows.map(([name, text, bad]) => (
        <div key={name} class={bad ? "bad" : ""}>
          <dt>{name}</dt>
          <dd title={text ?? undefined}>{text ?? (props.waiting ? <i class="skel" /> : "–")}</dd>
        </div>
      ))}
    </dl>
  );
}
