/** The thumbnail of a tensor's distribution in the tree: bars, and a tick where zero lies. */

import type { JSX } from "preact";
import type { Glance } from "../protocol";

const WIDTH = 40;
const HEIGHT = 13;
const BASE = 14;

export function Sparkline(props: { glance: Glance }): JSX.Element | null {
  const { bars, zero } = props.glance;
  if (bars.length === 0) return null;
  const step = WIDTH / bars.length;
  const path = bars
    .map((bar, i) => {
      if (bar <= 0) return "";
      const height = Math.max(1, (bar / 255) * HEIGHT);
      const width = (step - 0.4).toFixed(1);
      return `M${(i * step).toFixed(1)} ${(BASE - height).toFixed(1)}h${width}V${BASE}h-${width}z`;
    })
    .join("");
  return (
    <svg width={WIDTH} height="17" viewBox={`0 0 ${WIDTH} 17`} aria-hidden="true">
      <path d={path} fill="currentColor" />
      {zero >= 0 && zero <= 1 && (
        <path d={`M${(zero * WIDTH).toFixed(1)} 14.5v2`} stroke="currentColor" stroke-width="1.2" />
      )}
    </svg>
  );
}
