/** Which view, and which axes lie on its rows and columns; the result is shown as a slice. */

import type { JSX } from "preact";
import { SwapIcon } from "../icons";
import { axisName, sizeOf, sliceText, swap, withAxis } from "../plane";
import { VIEWS } from "../plots/table";
import type { Plane } from "../protocol";
import { useStore } from "../view";

export function ViewBar(): JSX.Element {
  const { pane } = useStore();
  const shape = pane.line.value?.shape ?? [];
  const plane = pane.plane.value;
  return (
    <div class="pw-view">
      <div class="seg" role="tablist" aria-label="View">
        {VIEWS.map((view, at) => (
          <button
            key={view.key}
            type="button"
            role="tab"
            aria-selected={pane.view.value === view.key}
            title={
              pane.supports(view.key) ? `${view.name} · Alt+${at + 1}` : `${view.name}: for tensors with ${view.needs}`
            }
            aria-disabled={!pane.supports(view.key)}
            onClick={() => {
              if (pane.supports(view.key)) pane.setView(view.key);
            }}
          >
            {view.name}
          </button>
        ))}
      </div>
      {plane && shape.length > 0 && <Dimensions plane={plane} shape={shape} />}
    </div>
  );
}

function Dimensions(props: { plane: Plane; shape: readonly number[] }): JSX.Element | null {
  const { pane } = useStore();
  if (pane.view.value === "spectrum") return <MatrixText />;
  return pane.inner.value.length > 0 ? <Opened {...props} inner={pane.inner.value} /> : <Mapper {...props} />;
}

/** With kernels no axis is left to choose. */
function Opened(props: { plane: Plane; shape: readonly number[]; inner: readonly number[] }): JSX.Element {
  const { pane } = useStore();
  const { plane, shape, inner } = props;
  const axes = pane.description.value?.axes ?? [];
  const each = (axis: number): string => `${axisName(axes, axis)} ${sizeOf(shape, axis)}`;
  return (
    <div class="pw-dims">
      {(["rows", "cols"] as const).map((side) => (
        <span key={side} class="k">
          {side} <b class="mono">{each(plane[side])}</b>
        </span>
      ))}
      <span class="k">
        tile <b class="mono">{inner.map((axis) => axisName(axes, axis)).join(" × ")}</b>
      </span>
    </div>
  );
}

/** How the tensor is seen as a matrix: there is nothing to choose. */
function MatrixText(): JSX.Element | null {
  const facts = useStore().spectrum.now.value?.facts;
  return facts ? (
    <div class="pw-dims mx">
      <span class="k">matrix</span>
      <span class="mono">{`${facts.matrix} = ${facts.rows}×${facts.cols}`}</span>
    </div>
  ) : null;
}

function Mapper(props: { plane: Plane; shape: readonly number[] }): JSX.Element {
  const { pane } = useStore();
  const { plane, shape } = props;
  const axes = pane.description.value?.axes ?? [];
  const pick = (side: "rows" | "cols"): JSX.Element => (
    <label class="k">
      {side}
      <select
        class="pick"
        aria-label={`${side === "rows" ? "Row" : "Column"} axis`}
        value={String(plane[side])}
        onChange={(event) => pane.setPlane(withAxis(plane, side, Number(event.currentTarget.value)))}
      >
        {shape.map((size, axis) => (
          <option key={axis} value={String(axis)}>
            {axisName(axes, axis)} · {size}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div class="pw-dims">
      {shape.length > 1 && pick("rows")}
      {shape.length > 1 && pick("cols")}
      {shape.length > 1 && (
        <button
          type="button"
          class="btn ic swap"
          aria-label="Swap rows and columns"
          title="Swap rows and columns · T"
          onClick={() => pane.setPlane(swap(plane))}
        >
          <SwapIcon />
        </button>
      )}
      {shape.length === 1 && (
        <span class="k">
          {axisName(axes, 0)} · {sizeOf(shape, 0)}
        </span>
      )}
      <span class="mono mut" title="the slice on the screen">
        {sliceText(plane)}
      </span>
    </div>
  );
}
