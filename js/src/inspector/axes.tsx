/** A slider for each axis that is not on the screen; its bars are the L2 norms of the slices, so one sees where to go. */

import { max } from "d3-array";
import type { JSX } from "preact";
import { num } from "../format";
import { axisName, freeAxes, sizeOf, withIndex } from "../plane";
import type { Plane } from "../protocol";
import { toNumber } from "../tensor";
import { useStore } from "../view";

const BARS = 24;
const BAR_HEIGHT = 14;

export function AxisSliders(props: { plane: Plane }): JSX.Element | null {
  const { pane } = useStore();
  const { plane } = props;
  const shape = pane.line.value?.shape ?? [];
  const facts = pane.description.value;
  const free = freeAxes(plane, shape);
  if (free.length === 0) return null;
  return (
    <div class="pw-axes">
      {free.map((axis) => (
        <AxisSlider
          key={axis}
          name={axisName(facts?.axes ?? [], axis)}
          size={sizeOf(shape, axis)}
          index={plane.fixed[axis] ?? 0}
          norms={(facts?.slices[axis] ?? []).map(toNumber)}
          onIndex={(index) => pane.setPlane(withIndex(plane, axis, index, shape))}
        />
      ))}
    </div>
  );
}

interface SliderProps {
  name: string;
  size: number;
  index: number;
  norms: readonly number[];
  onIndex(index: number): void;
}

function AxisSlider(props: SliderProps): JSX.Element {
  const { name, size, index, norms, onIndex } = props;
  const bars = Math.min(BARS, size);
  const barOf = (at: number): number => Math.floor((at * bars) / size);
  const heights = Array.from({ length: bars }, (_, bar) => {
    const first = Math.ceil((bar * size) / bars);
    return max(norms.slice(first, Math.max(first + 1, Math.ceil(((bar + 1) * size) / bars)))) ?? 0;
  });
  const highest = max(heights) || 1;
  const steps: Record<string, number> = {
    ArrowRight: index + 1,
    ArrowUp: index + 1,
    ArrowLeft: index - 1,
    ArrowDown: index - 1,
    PageUp: index + 10,
    PageDown: index - 10,
    Home: 0,
    End: size - 1,
  };
  const drag = (event: PointerEvent): void => {
    if (event.buttons !== 1) return;
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    onIndex(Math.floor(((event.clientX - box.left) / box.width) * size));
  };
  const norm = norms[index];
  return (
    <div class="pw-ax">
      <span title={name}>{name}</span>
      <div
        class="bs"
        role="slider"
        tabIndex={0}
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={size - 1}
        aria-valuenow={index}
        aria-valuetext={norm === undefined ? `${index}` : `${index}, L2 ${num(norm)}`}
        title={norm === undefined ? `${name} ${index}` : `${name} ${index}: L2 ${num(norm)}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag(event);
        }}
        onPointerMove={drag}
        onKeyDown={(event) => {
          const next = steps[event.key];
          if (next === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          onIndex(next);
        }}
      >
        {heights.map((height, bar) => (
          <i
            key={bar}
            class={bar === barOf(index) ? "on" : ""}
            style={{ "--h": `${((height / highest) * BAR_HEIGHT).toFixed(1)}px` }}
          />
        ))}
      </div>
      <input
        aria-label={`${name} index`}
        inputMode="numeric"
        value={index}
        onChange={(event) => {
          const typed = Number(event.currentTarget.value);
          if (Number.isInteger(typed)) onIndex(typed);
          event.currentTarget.value = String(index);
        }}
      />
    </div>
  );
}
