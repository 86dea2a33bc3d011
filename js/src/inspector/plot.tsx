/** The plot region: fetches for the views, and says why where there is nothing to draw. */

import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import { capital, name } from "../format";
import { innerShape } from "../kernels";
import { axisName, cellText, extentText, planeShape, windowSize, windowText } from "../plane";
import { Heatmap } from "../plots/heatmap";
import { isKernels } from "../plots/kernels";
import { Values } from "../plots/values";
import type { Failure, Plane, Window } from "../protocol";
import { useStore } from "../view";
import { Note } from "./note";
import { Rail } from "./rail";
import { SpectrumView } from "./spectrum";

export function Plot(props: { onEdit(): void }): JSX.Element {
  const { pane } = useStore();
  const line = pane.line.value;
  const facts = pane.description.value;
  const plane = pane.plane.value;
  if (!line) return <Note title="No tensor on the screen" text="Choose one in the tree." />;
  if (pane.failure.value) return <Note title="The values cannot be shown" text={pane.failure.value} />;
  if (facts ? !facts.readable : !line.readable) return <Note title="No values to show" text={facts?.reason ?? ""} />;
  if (line.size === 0)
    return <Note title="Empty" text={`A tensor of shape ${line.shape.join("×")} holds no values.`} />;
  if (!plane) return <div class="pw-plot" role="tabpanel" aria-busy="true" />;
  if (pane.view.value === "spectrum") return <SpectrumView />;
  if (pane.view.value === "values") return <ValuesView plane={plane} />;
  return (
    <div class="pw-plot" role="tabpanel" aria-label={pane.view.value === "kernels" ? "Kernels" : "Heatmap"}>
      <HeatmapView plane={plane} onEdit={props.onEdit} />
      <Rail plane={plane} />
    </div>
  );
}

function HeatmapView(props: { plane: Plane; onEdit(): void }): JSX.Element {
  const { pane, edit, dark } = useStore();
  const { plane } = props;
  const whole = pane.line.value?.shape ?? [];
  const shape = planeShape(plane, whole);
  const axes = pane.description.value?.axes ?? [];
  const inner = pane.inner.value;
  const opened = inner.length > 0;
  const tile = pane.tile.value;
  return (
    <Heatmap
      data={tile && isKernels(tile.tile) === opened ? tile : null} // that of the other view may still stand there
      shape={shape}
      within={opened ? innerShape(whole, inner) : undefined}
      axes={[axisName(axes, plane.rows), axisName(axes, plane.cols)]}
      domain={pane.description.value?.domain ?? 0}
      dark={dark.value}
      cursor={pane.cursor.value}
      selection={edit.outline.value}
      pending={edit.pending.value || edit.trial.on.value}
      label={`${opened ? "Kernels" : "Heatmap"} of ${name(pane.selected.value)}, ${extentText(shape)}`}
      onCursor={pane.setCursor}
      onSelect={(window) => select(edit, pane, window)}
      onWindow={pane.askTile}
      onEdit={props.onEdit}
    />
  );
}

function ValuesView(props: { plane: Plane }): JSX.Element {
  const store = useStore();
  const { pane, edit, writer, dark } = store;
  const { plane } = props;
  const path = pane.selected.value;
  const axes = pane.description.value?.axes ?? [];
  const fetch = useCallback((window: Window, signal: AbortSignal) => pane.cells(window, signal), [pane]);
  const paste = (row: number, col: number, texts: string[][]): Promise<Failure | null> =>
    writer.write({ kind: "SetBlock", path, plane, row, col, texts }, pane.stored);
  const fill = (window: Window, text: string): Promise<Failure | null> =>
    windowSize(window) === 1
      ? paste(window.top, window.left, [[text]]) // answered with the stored cell: no second round trip
      : writer.write({
          kind: "Apply",
          target: { what: path, region: windowText(plane, window) },
          operation: { type: "Fill", text },
        });
  return (
    <Values
      upright={plane.rows < 0}
      shape={planeShape(plane, pane.line.value?.shape ?? [])}
      axes={[axisName(axes, plane.rows), axisName(axes, plane.cols)]}
      dtype={pane.line.value?.dtype ?? ""}
      domain={pane.description.value?.domain ?? 0}
      dark={dark.value}
      cursor={pane.cursor.value}
      selection={pane.selection.value}
      locked={capital(store.locked.value) || (store.lesson.typing ? "" : NOT_TYPED)}
      label={`Values of ${name(path)}`}
      plane={JSON.stringify(plane)}
      address={(row, col) => cellText(plane, row, col)}
      written={pane.written.value}
      generation={pane.generation.value}
      fetch={fetch}
      check={edit.check}
      onCursor={pane.setCursor}
      onSelect={(window) => select(edit, pane, window)}
      onCommit={fill}
      onPaste={paste}
    />
  );
}

const NOT_TYPED = "Values are not typed in this lesson: choose one of its operations.";

function select(
  edit: ReturnType<typeof useStore>["edit"],
  pane: ReturnType<typeof useStore>["pane"],
  window: Window | null,
): void {
  pane.selection.value = window;
  if (window) edit.setScope("cells");
}
