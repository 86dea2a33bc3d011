/** A probe over a range as a curve: the present place is marked, each point can be read and taken. */

import { ticks } from "d3-array";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { exact, name } from "../format";
import { useSize } from "../plots/surface";
import { endText, roomOf } from "../plots/ticks";
import { axisTexts, isShare, scaleText } from "../probe/score";
import type { Curve } from "../protocol";
import { toNumber } from "../tensor";

const HEIGHT = 104;
const [LEFT, RIGHT, TOP, BOTTOM] = [42, 14, 8, 18];
const APART = 6; // of a label from the plot

interface Point {
  x: number;
  y: number;
}

export interface CurveProps {
  curve: Curve;
  over: "factor" | "value";
  onPick(x: number): void;
}

export function CurvePlot({ curve, over, onPick }: CurveProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const all = curve.xs.map((x, at) => ({ x, y: numberOf(curve.ys[at]) }));
  const points = all.filter((point): point is Point => Number.isFinite(point.y));
  const here = { x: toNumber(curve.here), y: numberOf(curve.value) };
  const [read, setRead] = useState<{ curve: Curve; at: number } | null>(null);
  const [low, high] = [curve.xs[0] ?? 0, curve.xs.at(-1) ?? 1];
  const ys = [...points.map(({ y }) => y), ...(Number.isFinite(here.y) ? [here.y] : [])];
  const text = scaleText(curve.probe, ys);
  const [bottom, highest] = padded(Math.min(...ys), Math.max(...ys));
  const top = ys.every((y) => isShare(curve.probe, y)) ? Math.min(1, highest) : highest;
  const marks = ticks(bottom, top, 4);
  const labels = axisTexts(curve.probe, marks);
  const places = ticks(low, high, Math.max(2, width / 70));
  const half = roomOf(places.map(exact)) / 2;
  const [left, right] = [Math.max(LEFT, roomOf(labels), half) + APART, Math.max(RIGHT, half)];
  const atX = (x: number): number => left + ((x - low) / (high - low)) * (width - left - right);
  const atY = (y: number): number => HEIGHT - BOTTOM - ((y - bottom) / (top - bottom)) * (HEIGHT - TOP - BOTTOM);
  const nearestTo = (place: (each: Point) => number, to: number): number => {
    const away = points.map((each) => Math.abs(place(each) - to));
    return Math.max(0, away.indexOf(Math.min(...away)));
  };
  // a new curve is read from the present value on
  const at = read?.curve === curve ? Math.min(read.at, points.length - 1) : nearestTo(({ x }) => x, here.x);
  const readAt = (next: number): void => setRead({ curve, at: next });
  const point = points[at];
  const say = (each: Point): string => `${over} ${endText(each.x)}: ${text(each.y)}`;
  if (!point) return <p class="pw-why">{name(curve.probe)} gave no number anywhere in this range.</p>;
  const nearest = (event: MouseEvent): number => {
    const start = box.current?.getBoundingClientRect().left ?? 0;
    return nearestTo((each) => atX(each.x), event.clientX - start);
  };
  const steps: Record<string, number> = {
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    Home: 0,
    End: points.length - 1,
  };
  return (
    <div class="pw-curve">
      <div
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label={`${name(curve.probe)} over the ${over}`}
        aria-valuemin={low}
        aria-valuemax={high}
        aria-valuenow={point.x}
        aria-valuetext={say(point)}
        onPointerMove={(event) => readAt(nearest(event))}
        onClick={(event) => onPick((points[nearest(event)] ?? point).x)}
        onKeyDown={(event) => {
          const next = steps[event.key];
          if (next !== undefined) readAt(Math.max(0, Math.min(points.length - 1, next)));
          else if (event.key === "Enter" || event.key === " ") onPick(point.x);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        <svg width={width} height={HEIGHT} aria-hidden="true">
          <g class="tick">
            {marks.map((y, k) => (
              <g key={y}>
                <path d={`M${left} ${atY(y)}H${width - right}`} />
                <text x={left - APART} y={atY(y) + 3.5} text-anchor="end">
                  {labels[k]}
                </text>
              </g>
            ))}
            {places.map((x) => (
              <text key={x} x={atX(x)} y={HEIGHT - 4} text-anchor="middle">
                {exact(x)}
              </text>
            ))}
          </g>
          <path class="line" d={pathOf(all, atX, atY)} />
          {points.map((each) => (
            <circle key={each.x} class="dot" cx={atX(each.x)} cy={atY(each.y)} r={each === point ? 4 : 2} />
          ))}
          {here.x >= low && here.x <= high && Number.isFinite(here.y) && (
            <circle class="here" cx={atX(here.x)} cy={atY(here.y)} r={4.5}>
              <title>as it is now</title>
            </circle>
          )}
        </svg>
      </div>
      <p>
        <b>{say(point)}</b> · Enter or a click takes the {over}
      </p>
    </div>
  );
}

function numberOf(value: Curve["value"] | undefined): number {
  return value === null || value === undefined ? Number.NaN : toNumber(value);
}

/** A range that is not empty, so that a flat curve lies in the middle. */
function padded(low: number, high: number): [number, number] {
  const room = high > low ? (high - low) * 0.08 : Math.abs(low) * 0.1 || 1;
  return [low - room, high + room];
}

/** A line with a gap where there was no number. */
function pathOf(points: readonly Point[], atX: (x: number) => number, atY: (y: number) => number): string {
  let pen = "M";
  return points
    .map(({ x, y }) => {
      const part = Number.isFinite(y) ? `${pen}${atX(x).toFixed(1)} ${atY(y).toFixed(1)}` : "";
      pen = part ? "L" : "M";
      return part;
    })
    .join("");
}
