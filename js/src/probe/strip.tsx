/** What the model does with its values: the probes, each with its last number, how it moved, and what it gave. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { name } from "../format";
import { RedoIcon } from "../icons";
import type { Outcome } from "../protocol";
import { SectionHead } from "../section";
import type { Probe } from "../store/probes";
import { toNumber } from "../tensor";
import { useStore } from "../view";
import { OutcomeOf, rangeOf } from "./outcome";
import { deltaOf, headlineText, isShare, spokenOf } from "./score";
import { Steps } from "./steps";

export function ProbeStrip(): JSX.Element | null {
  const { probes } = useStore();
  const [open, setOpen] = useState(true);
  const items = probes.items.value;
  if (items.length === 0) return null;
  return (
    <>
      <SectionHead title="Probe" open={open} onToggle={() => setOpen(!open)} />
      <section class={`pw-probe ${open ? "" : "shut"}`} aria-label="Probe">
        {items.map((probe) => (
          <Panel key={probe.name} probe={probe} alone={items.length === 1} />
        ))}
        <Aloud />
      </section>
    </>
  );
}

function Panel({ probe, alone }: { probe: Probe; alone: boolean }): JSX.Element {
  const before = useBefore(probe);
  const failed = probe.status === "failed";
  const charted = alone || probe.outcome?.kind === "Score"; // the others show more than their number
  if (!failed && probe.outcome && probe.headline === null)
    return (
      <div class={`pw-pb stacked ${probe.status}`} role="group" aria-label={name(probe.name)}>
        <Caption probe={probe} note={probe.outcome.kind === "Scores" ? rangeOf(probe.name, probe.outcome) : ""} />
        <OutcomeOf probe={probe} before={before} />
      </div>
    );
  return (
    <div class={`pw-pb ${probe.status}`} role="group" aria-label={name(probe.name)}>
      <div class="one">
        <Caption probe={probe} />
        {failed ? <Failed probe={probe} /> : <Headline probe={probe} />}
      </div>
      {!failed && charted && probe.headline !== null && probe.series.length > 0 && <Steps probe={probe} />}
      {!failed && <OutcomeOf probe={probe} before={before} />}
    </div>
  );
}

/** The outcome of the state before: of the last one that was not only tried out, or of the one before that. */
function useBefore(probe: Probe): Outcome | null {
  const seen = useRef<{ entry: number; last: Outcome | null; before: Outcome | null }>({
    entry: -1,
    last: null,
    before: null,
  });
  const known = seen.current;
  if (!probe.trial && probe.outcome && known.last !== probe.outcome) {
    if (probe.entry !== known.entry) known.before = known.last;
    known.entry = probe.entry;
    known.last = probe.outcome;
  }
  return probe.trial ? known.last : known.before;
}

/** Name and standing; a note takes the place of "live", which goes without saying beside a probe that has a number. */
function Caption({ probe, note }: { probe: Probe; note?: string }): JSX.Element {
  const { probes } = useStore();
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
    <button type="button" class="btn" title="Run · P" onClick={() => probes.run([probe.name])}>
      <RedoIcon size={13} />
      Run
    </button>
  );
  return (
    <div class="cap">
      <b title={name(probe.name)}>{name(probe.name)}</b>
      <i class={`pb-dot ${status}`} aria-hidden="true" />
      <span title={status === "stale" ? `The model has changed since. It took ${took}, so it runs on demand.` : took}>
        {status === "fresh" && note !== undefined ? note : says}
      </span>
      {status === "running" ? (
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
        {delta && (
          <span class={`dl ${["neg", "nil", "pos"][delta.sign + 1]}`}>
            {["▼", "±", "▲"][delta.sign + 1]} {delta.text}
          </span>
        )}
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

const SETTLED = 600;

/** Says the results once they stay what they are, not at each step of a slider. */
function Aloud(): JSX.Element {
  const { probes } = useStore();
  const items = probes.items.value;
  const [said, setSaid] = useState("");
  const first = useRef(true);
  const sentence = items
    .filter(({ status }) => status === "fresh" || status === "failed")
    .map(spokenOf)
    .filter(Boolean)
    .join("; ");
  useEffect(() => {
    if (first.current) {
      first.current = false; // the page is read from its top
      return;
    }
    const timer = setTimeout(() => setSaid(sentence), SETTLED);
    return () => clearTimeout(timer);
  }, [sentence]);
  return (
    <div class="pw-aloud" role="status" aria-label="Probe result">
      {said}
    </div>
  );
}
