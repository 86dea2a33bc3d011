/** Two thumbs on the colour axis that choose a band of values. While it lies evenly around 0 they move together; with Alt each moves by itself. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { type Band, isSymmetric, rounded } from "../band";
import { num } from "../format";

export interface BrushProps {
  band: Band;
  domain: number;
  onBand(band: Band): void;
}

export function Brush({ band, domain, onBand }: BrushProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const share = (value: number): number => Math.max(0, Math.min(1, (value + domain) / (2 * domain))) * 100;
  const move = (side: 0 | 1, to: number, alone: boolean): void => {
    const value = rounded(Math.max(-domain, Math.min(domain, to)), domain);
    if (isSymmetric(band) && !alone) {
      const size = side === 0 ? -value : value;
      onBand(size > 0 ? [-size, size] : [0, 0]);
    } else onBand(side === 0 ? [Math.min(value, band[1]), band[1]] : [band[0], Math.max(value, band[0])]);
  };
  const thumb = (side: 0 | 1) => {
    const drag = (event: PointerEvent): void => {
      const rect = box.current?.getBoundingClientRect();
      if (event.buttons !== 1 || !rect?.width) return;
      move(side, ((event.clientX - rect.left) / rect.width) * 2 * domain - domain, event.altKey);
    };
    const keys: Record<string, number> = {
      ArrowRight: 1,
      ArrowUp: 1,
      ArrowLeft: -1,
      ArrowDown: -1,
      PageUp: 10,
      PageDown: -10,
    };
    return (
      <div
        class="thumb"
        role="slider"
        tabIndex={0}
        aria-label={side === 0 ? "Range, low end" : "Range, high end"}
        aria-valuemin={-domain}
        aria-valuemax={domain}
        aria-valuenow={band[side]}
        aria-valuetext={num(band[side])}
        title={isSymmetric(band) ? "Drag, or arrow keys. Alt moves this end alone." : "Drag, or arrow keys"}
        style={{ left: `${share(band[side])}%` }}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onKeyDown={(event) => {
          const by = keys[event.key];
          if (by === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          move(side, band[side] + (by * (event.shiftKey ? 10 : 1) * domain) / 100, event.altKey);
        }}
      />
    );
  };
  return (
    <div class="pw-brush" ref={box}>
      <i style={{ left: `${share(band[0])}%`, right: `${100 - share(band[1])}%` }} />
      {thumb(0)}
      {thumb(1)}
    </div>
  );
}
