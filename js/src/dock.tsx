/** JupyterLab's side panel: a button that moves the editor there and back, and the line that stays in the cell. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { focused } from "./focus";
import { name } from "./format";
import { PanelIcon } from "./icons";
import { useStore } from "./view";

export function DockButton(): JSX.Element | null {
  const { dock, place } = useStore();
  if (!dock.able || place.value === "elsewhere") return null;
  return <Move inside={place.value === "panel"} />;
}

function Move({ inside }: { inside: boolean }): JSX.Element {
  const { dock, tree, edit, gone } = useStore();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const own = button.current;
    const from = own && dock.arrived(viewOf(own));
    const here = focused(); // somebody may be elsewhere by now
    if (from && (here === document.body || from.contains(here))) own.focus({ preventScroll: true });
  }, []);
  const move = (event: Event): void => {
    if (gone.peek()) return;
    const trial = edit.trial.on.peek() ? tree.header.peek().trial : "";
    if (trial) edit.clear(); // the edit bar stays behind
    const from = viewOf(event.currentTarget as HTMLElement);
    void dock.move({ to: inside ? "cell" : "panel", from, same: false, trial });
  };
  const title = inside ? "Move back to the cell" : "Move to the side panel";
  return (
    <button
      ref={button}
      type="button"
      class="btn ic"
      aria-label={title}
      title={gone.value || title}
      aria-disabled={gone.value !== ""}
      onClick={move}
    >
      <PanelIcon />
    </button>
  );
}

function viewOf(part: HTMLElement): HTMLElement {
  return part.closest<HTMLElement>(".pw") ?? part;
}

/** In the cell, while the editor is in the panel. */
export function Away(): JSX.Element {
  const { tree, dock } = useStore();
  return (
    <div class="pw-away">
      <span>
        <b>{name(tree.header.value.title)}</b> <span class="mut">is shown in the side panel</span>
      </span>
      <button
        type="button"
        class="btn"
        onClick={(event) => void dock.move({ to: "cell", from: viewOf(event.currentTarget), same: true, trial: "" })}
      >
        <PanelIcon />
        Move back here
      </button>
    </div>
  );
}
