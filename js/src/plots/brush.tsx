/** Two thumbs on the colour axis that choose a band of values. While it lies evenly around 0 they move together; with Alt each moves by itself. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { type Band, isSymmetric, rounded } from "../band";
import { num } from "../format";

export interface BrushProps {
  band: Band;
  /** Whether the band is what is chosen; else the thumbs wait at the place of the last one. */
  linked: boolean;
  domain: number;
  onBand(band: Band): void;
}

type Side = 0 | 1;

/** So near, the upper thumb covers the lower one, and the way it is dragged tells which is meant. */
const NEAR = 6;
const STEPS: Record<string, number> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

export function Brush({ band, linked, domain, onBand }: BrushProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const grip = useRef<{ side: Side; x: number; open: boolean }>({ side: 0, x: 0, open: false });
  const inside = (value: number): number => Math.max(-domain, Math.min(domain, value));
  const share = (value: number): number => ((inside(value) + domain) / (2 * domain)) * 100;
  const move = (side: Side, to: number, alone: boolean): void => {
    const value = rounded(inside(to), domain);
    if (isSymmetric(band) && !alone) {
      const size = side === 0 ? -value : value;
      onBand(size > 0 ? [-size, size] : [0, 0]);
    } else onBand(side === 0 ? [Math.min(value, band[1]), band[1]] : [band[0], Math.max(value, band[0])]);
  };
  const drag = (event: PointerEvent): void => {
    const rect = box.current?.getBoundingClientRect();
    const held = grip.current;
    if (event.buttons !== 1 || !rect?.width || event.clientX === held.x) return;
    if (held.open) held.side = event.clientX < held.x ? 0 : 1;
    held.open = false;
    move(held.side, ((event.clientX - rect.left) / rect.width) * 2 * domain - domain, event.altKey);
  };
  const thumb = (side: Side) => (
    <div
      class="thumb"
      role="slider"
      tabIndex={0}
      aria-label={side === 0 ? "Range, low end" : "Range, high end"}
      aria-valuemin={-domain}
      aria-valuemax={domain}
      aria-valuenow={inside(band[side])}
      aria-valuetext={num(band[side])}
      title={isSymmetric(band) ? "Drag, or arrow keys. Alt moves this end alone." : "Drag, or arrow keys"}
      style={{ left: `${share(band[side])}%` }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const wide = box.current?.getBoundingClientRect().width ?? 0;
        const apart = ((share(band[1]) - share(band[0])) / 100) * wide;
        grip.current = { side, x: event.clientX, open: apart < NEAR };
      }}
      onPointerMove={drag}
      onKeyDown={(event) => {
        const by = STEPS[event.key];
        if (by === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        move(side, inside(band[side]) + (by * (event.shiftKey ? 10 : 1) * domain) / 100, event.altKey);
      }}
    />
  );
  return (
    <div class={`pw-brush ${linked ? "" : "un"}`} ref={box}>
      {linked && <i style={{ left: `${share(band[0])}%`, right: `${100 - share(band[1])}%` }} />}
      {thumb(0)}
      {thumb(1)}
    </div>
  );
}
