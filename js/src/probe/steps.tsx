/** The headline number along the history, as steps. The last one is dashed with a ring while something is tried out. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { plural } from "../format";
import { useSize } from "../plots/surface";
import type { ProbeState } from "../protocol";
import { toNumber } from "../tensor";
import { scaleText } from "./score";

const HEIGHT = 54;
const [LEFT, RIGHT, TOP, BOTTOM] = [40, 12, 6, 14];
const MOST = 12;
const WIDEST = 44;

export function Steps({ probe }: { probe: ProbeState }): JSX.Element | null {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const done = probe.series.map(([entry, value]) => ({ label: String(entry), y: toNumber(value) })).slice(-MOST);
  const trial = probe.trial && probe.headline !== null ? [{ label: "now", y: toNumber(probe.headline) }] : [];
  const points = [...done, ...trial].filter(({ y }) => Number.isFinite(y));
  const ys = points.map(({ y }) => y);
  const text = scaleText(probe.name, ys);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const step = Math.min(WIDEST, (width - LEFT - RIGHT) / Math.max(1, points.length - 1));
  const atX = (at: number): number => LEFT + at * step;
  const atY = (y: number): number =>
    high === low ? (TOP + HEIGHT - BOTTOM) / 2 : TOP + ((high - y) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const path = (from: number, to: number): string =>
    points
      .slice(from, to)
      .map(({ y }, k) => `${k === 0 ? `M${atX(from)} ` : `H${atX(from + k)}V`}${atY(y)}`)
      .join("");
  const dashed = trial.length > 0 ? points.length - 1 : points.length;
  return (
    <div class="pw-steps">
      <div class="cap">
        History · {plural(probe.series.length, "run")}
        {trial.length > 0 && " + preview"}
      </div>
      <div ref={box}>
        <svg width={width} height={HEIGHT} role="img" aria-label={`${probe.name} along the history`}>
          <g class="tick">
            {[...new Set([high, low])].map((y) => (
              <g key={y}>
                <path d={`M${LEFT} ${atY(y)}H${width - RIGHT / 2}`} />
                <text x={LEFT - 5} y={atY(y) + 3.5} text-anchor="end">
                  {text(y)}
                </text>
              </g>
            ))}
            {points.map(({ label }, at) => (
              <text key={at} x={atX(at)} y={HEIGHT - 2} text-anchor="middle">
                {label}
              </text>
            ))}
          </g>
          <path class="line" d={path(0, dashed)} />
          {dashed < points.length && dashed > 0 && <path class="line new" d={path(dashed - 1, dashed + 1)} />}
          {points.map(({ label, y }, at) => (
            <circle key={at} class={at < dashed ? "dot" : "here"} cx={atX(at)} cy={atY(y)} r={at < dashed ? 2 : 4}>
              <title>{`edit ${label}: ${text(y)}`}</title>
            </circle>
          ))}
        </svg>
      </div>
    </div>
  );
}
