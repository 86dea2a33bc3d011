/** The history over the tensor: its entries, their code, snapshots and patches. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { download } from "../download";
import { plural } from "../format";
import { CameraIcon, CloseIcon, CopyIcon, OpenIcon, PatchIcon } from "../icons";
import { useStore } from "../view";
import { Journal } from "./journal";
import { useHistory, useReturn } from "./watch";

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
        if (!history.clear()) close();
      }}
    >
      <div class="pw-dh">
        <b>History</b>
        <span class="mut">
          {plural(edits, "edit")}
          {trial ? " and a trial" : ""}
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
  const { history } = useStore();
  const [naming, setNaming] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [naming]);
  if (!naming) {
    return (
      <button type="button" class="btn" title="Take a snapshot" onClick={() => setNaming(true)}>
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
  const { history, writable } = useStore();
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
      <button type="button" class="btn" title="Save what is done as a patch file" onClick={() => void save()}>
        <PatchIcon />
        <span class="t">Save patch</span>
      </button>
      <button
        type="button"
        class="btn"
        title="Apply a patch file to this model"
        aria-disabled={!writable.value}
        onClick={() => writable.peek() && file.current?.click()}
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

function Code(): JSX.Element {
  const { history } = useStore();
  const block = useRef<HTMLPreElement>(null);
  const [said, setSaid] = useState({ about: "", text: "" });
  const code = history.code.value;
  const copy = async (): Promise<void> => {
    const text = code ?? (await history.askCode());
    try {
      await navigator.clipboard.writeText(text);
      setSaid({ about: text, text: "Copied" });
    } catch {
      requestAnimationFrame(() => block.current && getSelection()?.selectAllChildren(block.current));
      setSaid({ about: text, text: "Press Ctrl+C to copy" }); // the page may not write to the clipboard by itself
    }
  };
  return (
    <div class={`pw-py ${code === null ? "shut" : ""}`}>
      {code !== null && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        <pre ref={block} role="region" tabIndex={0} aria-label="Python code">
          {code || "# nothing is done yet"}
        </pre>
      )}
      <span class="ac">
        <span class="mut" role="status">
          {said.about === code && said.text}
        </span>
        <button type="button" class="btn" onClick={() => void copy()}>
          <CopyIcon />
          Copy as Python
        </button>
      </span>
    </div>
  );
}
