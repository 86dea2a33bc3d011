/** JupyterLab's side panel: a button that moves the editor there and back, and the line that stays in the cell. */

import type { JSX } from "preact";
import { name } from "./format";
import { PanelIcon } from "./icons";
import { useStore } from "./view";

export function DockButton(): JSX.Element | null {
  const { dock, place, messages, kernel } = useStore();
  if (!dock.able || place.value === "elsewhere") return null;
  const inside = place.value === "panel";
  const live = kernel.value.state === "live" || kernel.value.state === "busy";
  const title = inside ? "Move back to the cell" : "Move to the side panel";
  return (
    <button
      type="button"
      class="btn ic"
      aria-label={title}
      title={title}
      aria-disabled={!live}
      onClick={async () => {
        const failure = live ? await dock.move(!inside) : null;
        if (failure) messages.fail("The editor stays here", failure);
      }}
    >
      <PanelIcon />
    </button>
  );
}

/** In the cell, while the editor is in the panel. */
export function Away(): JSX.Element {
  const { tree, dock, messages } = useStore();
  return (
    <div class="pw-away">
      <span>
        <b>{name(tree.header.value.title)}</b> <span class="mut">is shown in the side panel</span>
      </span>
      <button
        type="button"
        class="btn"
        onClick={async () => {
          const failure = await dock.move(false);
          if (failure) messages.fail("The editor stays in the panel", failure);
        }}
      >
        <PanelIcon />
        Move back here
      </button>
    </div>
  );
}
