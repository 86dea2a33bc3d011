/** A slider that fills from the neutral value, so that its length is the strength of the edit. */

import type { JSX } from "preact";
import type { Track } from "../store/fields";

const STEPS = 200;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

export interface SliderProps {
  track: Track;
  value: number;
  label: string;
  /** As it is read aloud: `Scale × 0.5, 1,152 values`. */
  spoken: string;
  onInput(value: number): void;
}

export function Slider(props: SliderProps): JSX.Element {
  const { low, high, neutral } = props.track;
  const value = Number.isFinite(props.value) ? props.value : neutral;
  const step = (high - low) / STEPS;
  const share = (at: number): number => ((at - low) / (high - low)) * 100;
  const [from, to] = [Math.min(share(value), share(neutral)), Math.max(share(value), share(neutral))];
  const give = (next: number): void => {
    const inside = Math.max(low, Math.min(high, next));
    // as many digits as a step has, so that the field reads well
    props.onInput(Number(inside.toFixed(Math.max(0, Math.ceil(-Math.log10(step)) + 1))));
  };
  return (
    <div class="pw-sl">
      <div class="trk" aria-hidden="true">
        {TICKS.map((tick) => (
          <u key={tick} style={{ left: `${tick * 100}%` }} />
        ))}
        <i style={{ left: `${from}%`, width: `${to - from}%` }} />
        <u class="z" style={{ left: `${share(neutral)}%` }} />
      </div>
      <input
        type="range"
        aria-label={props.label}
        aria-valuetext={props.spoken}
        min={low}
        max={high}
        step="any"
        value={value}
        onInput={(event) => give(Number(event.currentTarget.value))}
        onKeyDown={(event) => {
          const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
          if (by === undefined) return;
          event.preventDefault();
          give((Math.round((value - neutral) / step) + by * (event.shiftKey ? 10 : 1)) * step + neutral);
        }}
      />
    </div>
  );
}
