/** The history over the tensor: its entries, their code, snapshots and patches. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { download } from "../download";
import { useExchange, useReturn } from "../focus";
import { plural } from "../format";
import { CameraIcon, CloseIcon, OpenIcon, PatchIcon } from "../icons";
import { useStore } from "../view";
import { Code } from "./code";
import { Journal } from "./journal";
import { useHistory } from "./watch";

const ROW = 27;

export function HistoryDrawer(): JSX.Element | null {
  const { history } = useStore();
  return history.open.value ? <Drawer /> : null;
}

function Drawer(): JSX.Element {
  const { history, tree } = useStore();
  const place = useRef<HTMLElement>(null);
  useHistory();
  useReturn(place, ".pw-jr[tabindex='0']", history.data.value !== null);
  useEffect(() => place.current?.scrollIntoView?.({ block: "nearest" }), []); // where it is stacked below the rest
  const { edits, trial } = tree.header.value;
  const close = (): void => {
    history.open.value = false;
  };
  return (
    <section
      ref={place}
      class="pw-drawer"
      tabIndex={-1}
      aria-label="History"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        if (!history.script.clear()) close();
      }}
    >
      <div class="pw-dh">
        <b>History</b>
        <span class="mut">
          {plural(edits, "edit")}
          {trial ? " and a preview" : ""}
        </span>
        <span class="sp" />
        <SnapshotForm />
        <PatchButtons />
        <i class="vr" />
        <button type="button" class="btn ic" aria-label="Close history" title="Close · H" onClick={close}>
          <CloseIcon />
        </button>
      </div>
      <Journal height={ROW} />
      <Code />
    </section>
  );
}

function SnapshotForm(): JSX.Element {
  const { history, gone } = useStore();
  const [naming, setNaming] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  useExchange(naming, field, opener);
  if (!naming) {
    return (
      <button
        ref={opener}
        type="button"
        class="btn"
        title={gone.value || "Take a snapshot"}
        aria-disabled={gone.value !== ""}
        onClick={() => setNaming(gone.peek() === "")}
      >
        <CameraIcon />
        <span class="t">Snapshot</span>
      </button>
    );
  }
  return (
    <form
      class="pw-snap"
      onSubmit={(event) => {
        event.preventDefault();
        void history.snapshot(field.current?.value.trim());
        setNaming(false);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        setNaming(false);
      }}
    >
      <input
        ref={field}
        class="fld"
        aria-label="Name of the snapshot"
        placeholder="name (optional)"
        spellcheck={false}
      />
      <button type="submit" class="btn pri">
        Take
      </button>
    </form>
  );
}

function PatchButtons(): JSX.Element {
  const { history, gone, fixed } = useStore();
  const file = useRef<HTMLInputElement>(null);
  const save = async (): Promise<void> => {
    const saved = await history.patch();
    if (saved) download(saved.name, saved.bytes);
  };
  const take = async (input: HTMLInputElement): Promise<void> => {
    const chosen = input.files?.[0];
    input.value = ""; // the same file may be chosen again
    if (chosen) await history.applyPatch(await chosen.arrayBuffer());
  };
  return (
    <>
      <button
        type="button"
        class="btn"
        title={gone.value || "Save what is done as a patch file"}
        aria-disabled={gone.value !== ""}
        onClick={() => gone.peek() === "" && void save()}
      >
        <PatchIcon />
        <span class="t">Save patch</span>
      </button>
      <button
        type="button"
        class="btn"
        title={fixed.value || "Apply a patch file to this model"}
        aria-disabled={fixed.value !== ""}
        onClick={() => fixed.peek() === "" && file.current?.click()}
      >
        <OpenIcon />
        <span class="t">Apply patch</span>
      </button>
      <input
        ref={file}
        type="file"
        hidden
        aria-label="Patch file"
        onChange={(event) => void take(event.currentTarget)}
      />
    </>
  );
}
