/** JupyterLab's side panel: a button that moves the editor there and back, and the line that stays in the cell. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { name } from "./format";
import { PanelIcon } from "./icons";
import { useStore } from "./view";

export function DockButton(): JSX.Element | null {
  const { dock, place } = useStore();
  if (!dock.able || place.value === "elsewhere") return null;
  return <Move inside={place.value === "panel"} />;
}

function Move({ inside }: { inside: boolean }): JSX.Element {
  const { dock, tree, gone } = useStore();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (dock.arrived()) button.current?.focus({ preventScroll: true });
  }, []);
  const title = inside ? "Move back to the cell" : "Move to the side panel";
  return (
    <button
      ref={button}
      type="button"
      class="btn ic"
      aria-label={title}
      title={gone.value || title}
      aria-disabled={gone.value !== ""}
      onClick={() => gone.peek() === "" && void dock.move(!inside, tree.header.peek().trial)}
    >
      <PanelIcon />
    </button>
  );
}

/** In the cell, while the editor is in the panel. */
export function Away(): JSX.Element {
  const { tree, dock } = useStore();
  return (
    <div class="pw-away">
      <span>
        <b>{name(tree.header.value.title)}</b> <span class="mut">is shown in the side panel</span>
      </span>
      <button type="button" class="btn" onClick={() => void dock.move(false, tree.header.peek().trial)}>
        <PanelIcon />
        Move back here
      </button>
    </div>
  );
}
