/** What the model does with its values: the probes, each with its last number, how it moved, and what it gave. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { name } from "../format";
import { RedoIcon } from "../icons";
import { Aloud } from "../messages/aloud";
import { SectionHead } from "../section";
import type { Probe } from "../store/probes";
import { toNumber } from "../tensor";
import { useStore } from "../view";
import { Change } from "./change";
import { More } from "./more";
import { OutcomeOf, rangeOf } from "./outcome";
import { Pairs } from "./pairs";
import { deltaOf, headlineText, isShare, spokenOf } from "./score";
import { Steps } from "./steps";

export function ProbeStrip(): JSX.Element | null {
  const { probes } = useStore();
  const [open, setOpen] = useState(true);
  const row = useRef<HTMLDivElement>(null);
  const hasFailed = (probe: Probe): number => Number(probe.status === "failed");
  const items = [...probes.items.value].sort((a, b) => hasFailed(b) - hasFailed(a));
  if (items.length === 0) return null;
  return (
    <>
      <SectionHead title="Probe" open={open} onToggle={() => setOpen(!open)} />
      <section class={`pw-probe ${open ? "" : "shut"}`} aria-label="Probe">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
        <div class="ps" ref={row} role="group" tabIndex={0} aria-label="Probes">
          {items.map((probe) => (
            <Panel key={probe.name} probe={probe} alone={items.length === 1} />
          ))}
        </div>
        <More row={row} items={items} />
        <Aloud label="Probe result" sentence={spoken(items)} />
      </section>
    </>
  );
}

function Panel({ probe, alone }: { probe: Probe; alone: boolean }): JSX.Element {
  const { gone } = useStore();
  const left = gone.value ? "gone" : "";
  const failed = probe.status === "failed";
  const charted = alone || probe.outcome?.kind === "Score"; // the others show more than their number
  if (!failed && probe.outcome && probe.headline === null)
    return (
      <div class={`pw-pb stacked ${probe.status} ${left}`} role="group" aria-label={name(probe.name)}>
        <Caption probe={probe} note={probe.outcome.kind === "Scores" ? rangeOf(probe.name, probe.outcome) : ""} />
        <OutcomeOf probe={probe} />
      </div>
    );
  return (
    <div class={`pw-pb ${probe.status} ${left}`} role="group" aria-label={name(probe.name)}>
      <div class="one">
        <Caption probe={probe} />
        {failed ? (
          <Failed probe={probe} />
        ) : probe.outcome?.kind === "Scores" ? (
          <Pairs probe={probe} scores={probe.outcome} />
        ) : (
          <Headline probe={probe} />
        )}
      </div>
      {!failed && charted && probe.headline !== null && probe.series.length > 0 && <Steps probe={probe} />}
      {!failed && <OutcomeOf probe={probe} />}
    </div>
  );
}

/** Name and standing; a note takes the place of "live", which goes without saying beside a probe that has a number. */
function Caption({ probe, note }: { probe: Probe; note?: string }): JSX.Element {
  const { probes, gone } = useStore();
  const left = gone.value;
  const { status } = probe;
  const took = tookText(probe);
  const says = {
    fresh: `live · ${took}`,
    running: "running",
    stale: "behind",
    failed: "failed",
    stopped: "stopped",
    waiting: "not run yet",
  }[status];
  const run = (
    <button
      type="button"
      class="btn"
      title={left || "Run · P"}
      aria-disabled={left !== ""}
      onClick={() => !left && probes.run([probe.name])}
    >
      <RedoIcon size={13} />
      Run
    </button>
  );
  return (
    <div class="cap">
      <b title={name(probe.name)}>{name(probe.name)}</b>
      <i class={`pb-dot ${left ? "gone" : status}`} aria-hidden="true" />
      <span title={status === "stale" ? `The model has changed since. The last run took ${took}.` : took}>
        {left ? "kernel gone" : status === "fresh" && note !== undefined ? note : says}
      </span>
      {status === "running" && !left ? (
        <button type="button" class="btn" onClick={probes.stop}>
          Stop
        </button>
      ) : (
        status !== "fresh" && run
      )}
    </div>
  );
}

function tookText({ seconds }: Probe): string {
  return seconds >= 1 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds * 1000)} ms`;
}

function Headline({ probe }: { probe: Probe }): JSX.Element | null {
  if (probe.headline === null) return null;
  const value = toNumber(probe.headline);
  const text = headlineText(probe.name, value);
  const share = isShare(probe.name, value);
  const delta = deltaOf(probe);
  return (
    <>
      <div class="pw-now">
        <span class="v">
          {share ? text.slice(0, -1) : text}
          {share && <small>%</small>}
        </span>
        {delta && <Change delta={delta} />}
      </div>
      {probe.status === "stale" ? (
        <div class="pw-was">last run took {tookText(probe)}</div>
      ) : (
        probe.was !== null && <div class="pw-was">was {headlineText(probe.name, toNumber(probe.was))}</div>
      )}
    </>
  );
}

function Failed({ probe }: { probe: Probe }): JSX.Element {
  return (
    <div class="pw-failed">
      <p>{probe.error}</p>
      {probe.trace && (
        <details>
          <summary>Traceback</summary>
          <pre>{probe.trace}</pre>
        </details>
      )}
    </div>
  );
}

/** The results that are there, as one sentence. */
function spoken(items: readonly Probe[]): string {
  return items
    .filter(({ status }) => status === "fresh" || status === "failed")
    .map(spokenOf)
    .filter(Boolean)
    .join("; ");
}
