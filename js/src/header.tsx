/** The first line: which model, how much of it trains, undo and redo, and what the kernel is doing. */

import type { JSX } from "preact";
import { DockButton } from "./dock";
import { download } from "./download";
import { bytes, count, int, name, percent } from "./format";
import { SnapshotsMenu } from "./history/menu";
import { ClockIcon, Glyph, KeysIcon, PictureIcon, RedoIcon, UndoIcon } from "./icons";
import { KernelStatus } from "./messages/kernel";
import { divergingMap } from "./plots/colormap";
import { useStore } from "./view";

export function HeaderBar(): JSX.Element {
  const store = useStore();
  const { title, framework } = store.tree.header.value;
  return (
    <div class="pw-head">
      <div class="pw-id">
        <Glyph map={divergingMap(store.dark.value)} />
        <span class="pw-name" title={name(title)}>
          {name(title)}
        </span>
        {framework && <span class="pw-badge">{framework}</span>}
      </div>
      <Totals />
      <KernelStatus />
      <Actions />
    </div>
  );
}

function Totals(): JSX.Element {
  const header = useStore().tree.header.value;
  const held = header.trainable + header.frozen;
  const share = (part: number): string => percent(held === 0 ? Number.NaN : part / held);
  const sentence = `${int(header.trainable)} trainable, ${int(header.frozen)} frozen, ${int(header.buffers)} in buffers`;
  return (
    <div class="pw-tot">
      <div>
        <span title={`${int(header.count)} values in ${int(header.tensors)} tensors`}>
          <b>{header.count < 1e9 ? int(header.count) : count(header.count)}</b> <span class="mut">params</span>
        </span>
        <span class="mut x">{bytes(header.bytes)}</span>
        <span class="sp" />
        {held > 0 && (
          <>
            <span>
              <b>{share(header.trainable)}</b> <span class="mut">trainable</span>
            </span>
            {header.frozen > 0 && (
              <span class="x">
                <b>{share(header.frozen)}</b> <span class="mut">frozen</span>
              </span>
            )}
          </>
        )}
      </div>
      {held + header.buffers > 0 && (
        <div class="pw-split" role="img" aria-label={sentence} title={sentence}>
          {header.trainable > 0 && <i class="tr" style={{ flex: header.trainable }} />}
          {header.frozen > 0 && <i class="hatch" style={{ flex: header.frozen }} />}
          {header.buffers > 0 && <i class="bf" style={{ flex: `${header.buffers} 0 3px` }} />}
        </div>
      )}
    </div>
  );
}

function Actions(): JSX.Element {
  const { tree, writer, writable, pane, gone, messages, history, compare, figure, picture } = useStore();
  const { undo, redo } = tree.header.value;
  const idle = writable.value && !writer.pending.value;
  return (
    <div class="pw-acts" role="toolbar" aria-label="Model">
      <button
        type="button"
        class="btn ic"
        aria-label={undo ? `Undo: ${undo}` : "Undo"}
        title={undo ? `Undo: ${undo} · Ctrl+Z` : "Nothing to undo"}
        aria-disabled={!undo || !idle} // not `disabled`, which would take the keyboard away from it
        onClick={() => undo && idle && void writer.undo()}
      >
        <UndoIcon />
      </button>
      <button
        type="button"
        class="btn ic"
        aria-label={redo ? `Redo: ${redo}` : "Redo"}
        title={redo ? `Redo: ${redo} · Ctrl+Shift+Z` : "Nothing to redo"}
        aria-disabled={!redo || !idle}
        onClick={() => redo && idle && void writer.redo()}
      >
        <RedoIcon />
      </button>
      <button
        type="button"
        class="btn ic"
        aria-label="History"
        aria-pressed={history.open.value && !compare.open.value}
        title="History · H"
        onClick={() => {
          const shows = compare.open.value || !history.open.value;
          compare.close();
          history.open.value = shows;
        }}
      >
        <ClockIcon />
      </button>
      <i class="vr" />
      <SnapshotsMenu />
      <button
        type="button"
        class="btn ic"
        aria-label={`Save the ${picture.value} as PNG`}
        title={`Save the ${picture.value} as PNG`}
        disabled={gone.value !== "" || !pane.description.value?.readable}
        onClick={() => void figure().then((made) => made && download(made.name, made.png, "image/png"))}
      >
        <PictureIcon />
      </button>
      <DockButton />
      <button
        type="button"
        class="btn ic"
        aria-label="Keyboard help"
        title="Keyboard · ?"
        onClick={() => {
          messages.help.value = true;
        }}
      >
        <KeysIcon />
      </button>
    </div>
  );
}
