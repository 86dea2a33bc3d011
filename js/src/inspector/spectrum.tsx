/** The spectrum of the tensor on the screen, beside it what the singular values tell; or why there are none. */

import { Fragment, type JSX } from "preact";
import { name, num } from "../format";
import { SpectrumPlot } from "../plots/spectrum";
import type { SpectrumData } from "../store/spectrum";
import { toNumber } from "../tensor";
import { useStore } from "../view";
import { Note } from "./note";

export function SpectrumView(): JSX.Element {
  const { pane, spectrum } = useStore();
  const path = name(pane.selected.value);
  const failure = spectrum.failure.value;
  if (failure) return <Note title="No spectrum" text={failure} />;
  const now = spectrum.now.value;
  const before = spectrum.before.value;
  return (
    <div class="pw-plot" role="tabpanel" aria-label="Spectrum" aria-busy={!now}>
      <SpectrumPlot
        label={path}
        values={now?.values ?? null}
        before={before?.values ?? null}
        edge={toNumber(now?.facts.edge ?? 0)}
        energetic={now?.facts.energetic ?? 0}
      />
      {now && <Rail {...now} was={before?.facts.above ?? now.facts.above} />}
    </div>
  );
}

function Rail({ facts, values, was }: SpectrumData & { was: number }): JSX.Element {
  const count = values.length;
  const { above } = facts;
  const rest = above === count ? "" : above === 0 ? "; all of it could be noise" : "; the rest could be noise";
  const rows: [what: string, value: string][] = [
    ["largest", num(values[0] ?? 0)],
    ["smallest", num(values[count - 1] ?? 0)],
    ["condition", ratio(toNumber(facts.condition))],
    ["stable rank", num(toNumber(facts.stable_rank), 1)],
    ["effective rank", `${num(toNumber(facts.effective_rank), 1)} / ${count}`],
    ["90% energy", facts.energetic > 0 ? `first ${facts.energetic}` : "–"],
  ];
  return (
    <aside class="pw-rail sv" aria-label="Singular values">
      <h4>Singular values</h4>
      <dl>
        {rows.map(([what, value]) => (
          <Fragment key={what}>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
      <div class="pw-note">
        {facts.energetic > 0 ? (
          <>
            <b>
              {above} of {count}
            </b>{" "}
            {above === 1 ? "stands" : "stand"} above the noise edge{was === above ? "" : ` (was ${was})`}
            {rest}.
          </>
        ) : (
          "All values are 0."
        )}
      </div>
    </aside>
  );
}

function ratio(value: number): string {
  if (Number.isNaN(value)) return "–";
  return Number.isFinite(value) ? (value < 1e5 ? num(value, value < 10 ? 1 : 0) : num(value)) : "∞";
}
