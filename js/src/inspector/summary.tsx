/** Statistics in fixed places, so that eyes learn them, and the histogram on the colour axis. */

import type { JSX } from "preact";
import { conditionOf } from "../band";
import { int, name, num, percent, typed } from "../format";
import { HistogramAxis } from "../plots/histogram";
import type { Summary } from "../protocol";
import { toNumber, type WireNumber } from "../tensor";
import { useStore } from "../view";

export function SummaryStrip(): JSX.Element {
  const { pane, edit, locked, dark } = useStore();
  const facts = pane.description.value;
  const before = pane.before.description.value;
  return (
    <div class="pw-sum">
      <Statistics
        summary={facts?.summary ?? null}
        before={before?.summary ?? null}
        dtype={facts?.dtype ?? ""}
        waiting={facts === null && pane.failure.value === ""}
      />
      {facts?.histogram ? (
        <HistogramAxis
          histogram={facts.histogram}
          domain={facts.domain}
          dark={dark.value}
          log={pane.log.value}
          outline={before?.histogram ?? undefined}
          band={locked.value ? null : edit.where.band.value?.band}
          linked={edit.where.band.value?.linked}
          onBand={(band) => edit.setCondition(conditionOf(band))}
          label={`Values of ${name(facts.path)}`}
          onDomain={pane.setDomain}
          onLog={(log) => {
            pane.log.value = log;
          }}
        />
      ) : (
        <div class="pw-hist">{!facts && !pane.failure.value && <i class="skel" />}</div>
      )}
    </div>
  );
}

interface StatisticsProps {
  summary: Summary | null;
  /** From before what is tried out, if something is. */
  before: Summary | null;
  dtype: string;
  waiting: boolean;
}

type Row = readonly [name: string, text: string, bad?: boolean];

const NAMES = ["min", "max", "mean", "std", "L2", "zeros", "NaN", "Inf"];

function Statistics({ summary, before, dtype, waiting }: StatisticsProps): JSX.Element {
  const rows = summary && rowsOf(summary, dtype);
  const old = before && rowsOf(before, dtype);
  const every = summary?.sampled ?? 1;
  const why = every > 1 ? ` · one value in ${int(every)} was read` : "";
  return (
    <dl class="pw-stats" aria-busy={waiting}>
      {NAMES.map((name, at) => {
        const [, text, bad] = rows?.[at] ?? [name, null];
        const was = old?.[at]?.[1];
        const changed = was !== undefined && was !== text;
        return (
          <div key={name} class={bad ? "bad" : changed ? "ch" : ""}>
            <dt>
              {name}
              {changed && <Was text={was.replace(/^[≈≤≥] /, "")} />}
            </dt>
            <dd title={text === null ? undefined : text + (changed ? `, was ${was}` : "") + why}>
              {text ?? (waiting ? <i class="skel" /> : "–")}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

/** The sign stays outside: it could not be told from the line. */
function Was({ text }: { text: string }): JSX.Element {
  const sign = /^[−<>]*/.exec(text)?.[0] ?? "";
  return (
    <span class="was">
      {sign}
      <s>{text.slice(sign.length)}</s>
    </span>
  );
}

function rowsOf(s: Summary, dtype: string): readonly Row[] {
  const inf = s.posinf + s.neginf;
  const every = s.sampled;
  // of a sample: extremes are bounds, counts are those of a part, the others are estimates
  const as = (sign: string, text: string): string => (every > 1 ? `${sign} ${text}` : text);
  const part = (found: number): string => (every > 1 ? `${int(found)} in 1/${int(every)}` : int(found));
  const none = Number.isNaN(toNumber(s.mean)); // is finite
  const value = (wire: WireNumber): string => (none ? "–" : as("≈", num(toNumber(wire))));
  const end = (sign: string, wire: WireNumber): string => (none ? "–" : as(sign, typed(toNumber(wire), dtype)));
  return [
    ["min", end("≤", s.min)],
    ["max", end("≥", s.max)],
    ["mean", value(s.mean)],
    ["std", value(s.std)],
    ["L2", value(s.l2)],
    ["zeros", as("≈", percent(s.count === 0 ? Number.NaN : s.zeros / s.count))],
    ["NaN", part(s.nan), s.nan > 0],
    ["Inf", part(inf), inf > 0],
  ];
}
