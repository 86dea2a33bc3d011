/** Singular values as a curve, the largest first: filled where they stand above the noise edge; in grey, those before a trial. */

import { nice, ticks } from "d3-array";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { exact, num, plural } from "../format";
import { useSize } from "./surface";
import { labelGap, roomOf, roundStep, textWidth } from "./ticks";

export interface SpectrumProps {
  /** Name of the tensor. */
  label: string;
  /** null while they are on their way. */
  values: Float64Array | null;
  before: Float64Array | null;
  edge: number;
  /** How many of the largest hold 90 % of the energy. */
  energetic: number;
}

const [RIGHT, TOP, BOTTOM] = [8, 18, 34];
const APART = 6; // of a label from the plot
const DOTS = 6; // pixels between two that can be told apart
const SMALLEST = 1e-290; // scales of smaller numbers have no ticks

export function SpectrumPlot(props: SpectrumProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  return (
    <div class="fig pw-sv" ref={box}>
      {props.values && width > 0 ? (
        <Curves {...props} values={props.values} width={width} height={height} />
      ) : (
        <div class="pw-blank" />
      )}
    </div>
  );
}

interface CurvesProps extends SpectrumProps {
  values: Float64Array;
  width: number;
  height: number;
}

function Curves({ label, values, before, edge, energetic, width, height }: CurvesProps): JSX.Element {
  const [read, setRead] = useState<number | null>(null);
  const count = values.length;
  const largest = values[0] ?? 0;
  const most = Math.max(largest, before?.[0] ?? 0, edge);
  const split = Math.max(2, Math.floor(height / 56));
  const high = most > SMALLEST ? Math.min(nice(0, most, split)[1], Number.MAX_VALUE) : 1;
  const marks = most > SMALLEST ? ticks(0, high, split) : [0];
  const [left, floor] = [roomOf(marks.map(exact)) + APART, height - BOTTOM];
  const atX = (at: number): number => left + ((at + 0.5) / count) * (width - left - RIGHT);
  const atY = (value: number): number => floor - (value / high) * (floor - TOP);
  const path = (curve: Float64Array): string =>
    `M${Array.from(curve, (value, at) => `${atX(at).toFixed(1)} ${atY(value).toFixed(1)}`).join("L")}`;
  const edgeText = width > 400 ? `noise edge (Marchenko–Pastur) ${num(edge)}` : `noise edge ${num(edge)}`;
  const energyRight = atX(energetic - 1) + 5;
  const energyFits = energyRight + textWidth("90% of energy") < width;
  const above = atY(edge) - TOP > 14;
  const shown = read === null ? null : Math.min(read, count - 1);
  const readAt = (next: number): void => setRead(Math.max(0, Math.min(count - 1, next)));
  const at = shown ?? 0;
  const steps: Record<string, number> = {
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    PageUp: at + 10,
    PageDown: at - 10,
    Home: 0,
    End: count - 1,
  };
  const says = (index: number): string => `${index + 1}: ${num(values[index] ?? 0)}`;
  const over = values.filter((value) => value > edge).length;
  return (
    <>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`Spectrum of ${label}: ${plural(count, "singular value")} from ${num(largest)} to ${num(values[count - 1] ?? 0)}, ${over} above the noise edge at ${num(edge)}`}
      >
        <g class="tick">
          {marks.map((value) => (
            <g key={value}>
              <path d={`M${left} ${atY(value)}H${width - RIGHT}`} />
              <text x={left - APART} y={atY(value) + 3.5} text-anchor="end">
                {exact(value)}
              </text>
            </g>
          ))}
          {ordinals(count, (width - left - RIGHT) / count).map((nth) => (
            <text key={nth} x={atX(nth - 1)} y={floor + 14} text-anchor="middle">
              {nth}
            </text>
          ))}
          <text x={width - RIGHT} y={height - 4} text-anchor="end">
            {width > 240 ? "singular values, largest first" : "largest first"}
          </text>
        </g>
        {edge > 0 && <path class="edge" d={`M${left} ${atY(edge)}H${width - RIGHT}`} />}
        {energetic > 0 && <path class="share" d={`M${atX(energetic - 1)} ${TOP - 14}V${floor}`} />}
        {before && <path class="before" d={path(before)} />}
        <path class="line" d={path(values)} />
        {atX(1) - atX(0) >= DOTS || count === 1
          ? Array.from(values, (value, index) => (
              <circle key={index} class={value > edge ? "dot" : "dot low"} cx={atX(index)} cy={atY(value)} r={3} />
            ))
          : null}
        {energetic > 0 && (
          <text x={energyFits ? energyRight : energyRight - 10} y={TOP - 8} text-anchor={energyFits ? "start" : "end"}>
            90% of energy
          </text>
        )}
        {edge > 0 && (
          <text x={width - RIGHT - 2} y={atY(edge) + (above ? -5 : 13)} text-anchor="end">
            {edgeText}
          </text>
        )}
        {before && <Names values={values} before={before} atX={atX} atY={atY} />}
        {shown !== null && (
          <>
            <circle class="here" cx={atX(shown)} cy={atY(values[shown] ?? 0)} r={4.5} />
            <text
              class="read"
              x={atX(shown)}
              y={Math.max(TOP, atY(values[shown] ?? 0) - 9)}
              text-anchor={shown < count / 2 ? "start" : "end"}
            >
              {says(shown)}
            </text>
          </>
        )}
      </svg>
      <div
        role="slider"
        tabIndex={0}
        aria-label="Singular value"
        aria-valuemin={1}
        aria-valuemax={count}
        aria-valuenow={at + 1}
        aria-valuetext={says(at)}
        onFocus={() => readAt(at)}
        onBlur={() => setRead(null)}
        onPointerLeave={(event) => event.currentTarget !== document.activeElement && setRead(null)}
        onPointerMove={(event) => {
          const { left: start } = event.currentTarget.getBoundingClientRect();
          readAt(Math.floor(((event.clientX - start - left) / (width - left - RIGHT)) * count));
        }}
        onKeyDown={(event) => {
          const next = steps[event.key];
          if (next === undefined) return;
          readAt(next);
          event.preventDefault();
          event.stopPropagation();
        }}
      />
    </>
  );
}

interface NamesProps {
  values: Float64Array;
  before: Float64Array;
  atX(at: number): number;
  atY(value: number): number;
}

/** Which curve is which: the upper is named above its beginning, the lower below. Nothing where they lie on each other. */
function Names({ values, before, atX, atY }: NamesProps): JSX.Element | null {
  if (values.every((value, at) => Math.abs(atY(value) - atY(before[at] ?? 0)) < APART)) return null;
  const first = Math.min(1, values.length - 1);
  const later = Math.min(values.length - 1, Math.round(values.length / 5));
  const grown = (values[first] ?? 0) > (before[first] ?? 0);
  const [upper, lower] = grown ? [values, before] : [before, values];
  return (
    <>
      <text class={grown ? "now" : ""} x={atX(first) + 6} y={atY(upper[first] ?? 0) - 6}>
        {grown ? "preview" : "before"}
      </text>
      <text class={grown ? "" : "now"} x={atX(later)} y={Math.min(atY(0) - 4, atY(lower[later] ?? 0) + 17)}>
        {grown ? "before" : "preview"}
      </text>
    </>
  );
}

/** Which of `count` are numbered below the curve, that are `step` pixels apart: the first, and round ones far enough from it. */
export function ordinals(count: number, step: number): number[] {
  const apart = roundStep(labelGap(count) / step);
  const round = Array.from({ length: Math.floor(count / apart) }, (_, at) => (at + 1) * apart);
  return [1, ...round.filter((nth) => nth - 1 >= apart * 0.7)];
}
