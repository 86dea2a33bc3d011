/** What if a value, or a factor, were another: the range, and the curve of a probe over it. The model is as before afterwards. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { useReturn } from "../focus";
import { capital, name } from "../format";
import { CloseIcon } from "../icons";
import { Path } from "../path";
import { endText } from "../plots/ticks";
import type { Range } from "../store/sweep";
import { useStore } from "../view";
import { CurvePlot } from "./curve";

const LIMITS = [
  ["low", "From"],
  ["high", "to"],
  ["steps", "steps"],
] as const satisfies readonly (readonly [keyof Range, string])[];

export function WhatIf(): JSX.Element {
  const { edit } = useStore();
  const { sweep } = edit;
  const range = sweep.range.value;
  const curve = sweep.curve.value;
  const error = sweep.error.value;
  const running = sweep.running.value;
  const { target, vary } = sweep.place.value;
  const place = [target.region, target.where && `where ${target.where}`].filter(Boolean).join(" ");
  const form = useRef<HTMLDivElement>(null);
  useReturn(form, "input");
  const set = (key: keyof Range, text: string): void => {
    sweep.range.value = { ...range, [key]: text };
  };
  const close = (): void => {
    sweep.open.value = false;
  };
  return (
    <div
      ref={form}
      class="pw-whatif"
      tabIndex={-1}
      role="group"
      aria-label="What-if"
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
        else if (event.key === "Enter" && event.target instanceof HTMLInputElement) void sweep.run();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <div class="pw-er">
        <p class="on" title={`${name(target.what)} ${place}`}>
          <b>
            {capital(vary)} of <Path text={target.what} />
          </b>{" "}
          <span class="mono">{place}</span>
        </p>
        <button type="button" class="btn ic" aria-label="Close" title="Close · Esc" onClick={close}>
          <CloseIcon />
        </button>
      </div>
      <div class="pw-er">
        {LIMITS.map(([key, label]) => (
          <label key={key}>
            {label}
            <input
              class="fld"
              spellcheck={false}
              value={range[key]}
              onInput={(event) => set(key, event.currentTarget.value)}
            />
          </label>
        ))}
        <select
          class="fld ch"
          aria-label="Probe"
          value={sweep.probe.value}
          onChange={(event) => set("probe", event.currentTarget.value)}
        >
          {sweep.probes.value.map((each) => (
            <option key={each} value={each}>
              {name(each)}
            </option>
          ))}
        </select>
        {running ? (
          <button type="button" class="btn line" onClick={sweep.stop}>
            <i class="st-dot" aria-hidden="true" />
            Stop
          </button>
        ) : (
          <button type="button" class="btn line" onClick={() => void sweep.run()}>
            Run
          </button>
        )}
      </div>
      {error && (
        <p class="pw-why err" role="alert">
          {error}
        </p>
      )}
      {curve ? (
        <CurvePlot
          curve={curve}
          over={vary}
          onPick={(x) => {
            const text = endText(x).replaceAll("−", "-");
            edit.setFields(vary === "factor" ? { factor: text } : { text });
          }}
        />
      ) : (
        !error && (
          <p class="pw-why">
            {running
              ? "Running: the model is put back afterwards."
              : "Runs the probe at each step; the model is put back afterwards."}
          </p>
        )
      )}
    </div>
  );
}
