/** The headline number along the history, as steps. The last one is dashed with a ring while something is tried out. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { plural } from "../format";
import { useSize } from "../plots/surface";
import { roomOf } from "../plots/ticks";
import type { ProbeState } from "../protocol";
import { toNumber } from "../tensor";
import { axisTexts, scaleText } from "./score";

const HEIGHT = 54;
const [RIGHT, TOP, BOTTOM] = [12, 6, 14];
const APART = 5; // of a label from the plot, and of two labels
const MOST = 12;
const WIDEST = 44;
const CROSS = "m-3-3 6 6m0-6-6 6";

export function Steps({ probe }: { probe: ProbeState }): JSX.Element | null {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const done = probe.series.map(([entry, value]) => ({ label: String(entry), y: toNumber(value) })).slice(-MOST);
  const trial = probe.trial && probe.headline !== null ? [{ label: "now", y: toNumber(probe.headline) }] : [];
  const points = [...done, ...trial];
  const ys = points.map(({ y }) => y).filter(Number.isFinite);
  const text = scaleText(probe.name, ys);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const marks = [...new Set(ys.length > 0 ? [high, low] : [])];
  const labels = axisTexts(probe.name, marks);
  const left = roomOf(labels) + APART;
  const step = Math.min(WIDEST, Math.max(0, width - left - RIGHT) / Math.max(1, points.length - 1));
  const apart = Math.ceil((roomOf(points.map(({ label }) => label)) + APART) / step);
  const last = points.length - 1;
  const atX = (at: number): number => left + at * step;
  const atY = (y: number): number =>
    high === low ? (TOP + HEIGHT - BOTTOM) / 2 : TOP + ((high - y) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  /** Steps with a gap where there was no number. */
  const path = (from: number, to: number): string => {
    let pen = "";
    return points
      .slice(from, to)
      .map(({ y }, k) => {
        const part = Number.isFinite(y) ? `${pen || "M"}${atX(from + k)}${pen ? "V" : " "}${atY(y)}` : "";
        pen = part ? "H" : "";
        return part;
      })
      .join("");
  };
  const dashed = done.length;
  return (
    <div class="pw-steps">
      <div class="cap">
        History · {plural(probe.series.length, "run")}
        {trial.length > 0 && " + preview"}
      </div>
      <div ref={box}>
        <svg width={width} height={HEIGHT} role="img" aria-label={`${probe.name} along the history`}>
          <g class="tick">
            {marks.map((y, at) => (
              <g key={y}>
                <path d={`M${left} ${atY(y)}H${width - RIGHT / 2}`} />
                <text x={left - APART} y={atY(y) + 3.5} text-anchor="end">
                  {labels[at]}
                </text>
              </g>
            ))}
            {points.map(
              ({ label }, at) =>
                (last - at) % apart === 0 && (
                  <text key={at} x={atX(at)} y={HEIGHT - 2} text-anchor="middle">
                    {label}
                  </text>
                ),
            )}
          </g>
          <path class="line" d={path(0, dashed)} />
          {dashed <= last && dashed > 0 && <path class="line new" d={path(dashed - 1, dashed + 1)} />}
          {points.map(({ label, y }, at) => {
            const says = <title>{`edit ${label}: ${text(y)}`}</title>;
            return Number.isFinite(y) ? (
              <circle key={at} class={at < dashed ? "dot" : "here"} cx={atX(at)} cy={atY(y)} r={at < dashed ? 2 : 4}>
                {says}
              </circle>
            ) : (
              <path key={at} class="none" d={`M${atX(at)} ${HEIGHT - BOTTOM - 3}${CROSS}`}>
                {says}
              </path>
            );
          })}
        </svg>
      </div>
    </div>
  );
}
