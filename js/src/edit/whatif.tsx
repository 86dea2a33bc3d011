/** What if a value, or a factor, were another: the range, and the curve of a probe over it. The model is as before afterwards. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { name } from "../format";
import { CloseIcon } from "../icons";
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
  const { edit, probes } = useStore();
  const { sweep } = edit;
  const range = sweep.range.value;
  const curve = sweep.curve.value;
  const error = sweep.error.value;
  const running = sweep.running.value;
  const factor = edit.type.value === "Scale";
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const set = (key: keyof Range, text: string): void => {
    sweep.range.value = { ...range, [key]: text };
  };
  const close = (): void => {
    sweep.open.value = false;
  };
  return (
    <div
      class="pw-whatif"
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
        <b>{factor ? "Factor" : "Value"}</b>
        {LIMITS.map(([key, label]) => (
          <label key={key}>
            {label}
            <input
              ref={key === "low" ? first : undefined}
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
          value={range.probe}
          onChange={(event) => set("probe", event.currentTarget.value)}
        >
          {probes.items.value.map((each) => (
            <option key={each.name} value={each.name}>
              {name(each.name)}
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
        <span class="sp" />
        <button type="button" class="btn ic" aria-label="Close" title="Close · Esc" onClick={close}>
          <CloseIcon />
        </button>
      </div>
      {error && (
        <p class="pw-why err" role="alert">
          {error}
        </p>
      )}
      {curve ? (
        <CurvePlot
          curve={curve}
          over={factor ? "factor" : "value"}
          onPick={(x) => {
            const text = endText(x).replaceAll("−", "-");
            edit.setFields(factor ? { factor: text } : { text });
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
