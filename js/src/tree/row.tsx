/** One row of the tree: drawn as columns, read aloud as a sentence. */

import type { JSX } from "preact";
import { count, int, name, percent, plural, shape } from "../format";
import { Chevron, LinkIcon, LockIcon } from "../icons";
import { Sparkline } from "../plots/sparkline";
import type { Glance } from "../protocol";
import { isShapeless, isTensor, type Line, type Lock, type Shown } from "../rows";

export interface Bad {
  nan: number;
  inf: number;
}

export interface RowProps {
  shown: Shown;
  top: number;
  selected: boolean;
  focused: boolean;
  locking: boolean;
  /** Why its lock cannot be changed; empty if it can. */
  unfreezable: string;
  total: number;
  glance: Glance | undefined;
  bad: Bad | undefined;
  onPress(line: Line): void;
  onToggle(line: Line): void;
  onFreeze(line: Line): void;
}

const LOCK_TEXT: Record<Lock, string> = { open: "trainable", frozen: "frozen", mixed: "partly frozen", none: "" };

export function badText(bad: Bad): string {
  return [bad.nan > 0 ? `${count(bad.nan)} NaN` : "", bad.inf > 0 ? `${count(bad.inf)} Inf` : ""]
    .filter(Boolean)
    .join(" ");
}

export function isTied(line: Line): boolean {
  return line.tied !== "" && line.tied !== line.path;
}

/** There are values, and they cannot be edited. */
function isReadOnly(line: Line): boolean {
  return isTensor(line) && line.readable && !line.writable && line.size > 0;
}

/** What a screen reader says: "kernel, 3 by 3 by 16 by 32, float32, 4,608 parameters, trainable, edited". */
export function sentence(line: Line, bad: Bad | undefined): string {
  const tensor = isTensor(line);
  return [
    name(line.name),
    isShapeless(line) ? "shape unknown" : tensor ? line.shape.join(" by ") || "scalar" : line.layer,
    tensor ? line.dtype : "",
    line.size > 0 && !isShapeless(line) ? plural(tensor ? line.size : line.count, "parameter") : "",
    tensor && line.role === "buffer" ? "buffer" : LOCK_TEXT[line.lock],
    line.edited ? "edited" : "",
    bad ? badText(bad) : "",
    isTied(line) ? `tied to ${name(line.tied)}` : "",
    tensor && !line.readable ? "no values" : isReadOnly(line) ? "read-only" : "",
  ]
    .filter(Boolean)
    .join(", ");
}

export function TreeRow(props: RowProps): JSX.Element {
  const { line, open } = props.shown;
  const tensor = isTensor(line);
  const empty = !tensor && line.size === 0;
  const kind = [
    "pw-row",
    tensor ? "" : "lay",
    empty ? "dim" : "",
    tensor && line.lock === "frozen" ? "fz" : "",
    line.role === "buffer" || line.role === "state" ? "bf" : "",
  ].join(" ");
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around the rows has the keyboard
    <div
      class={kind}
      role="treeitem"
      data-index={line.index}
      style={{ top: `${props.top}px` }}
      aria-level={line.depth + 1}
      aria-posinset={props.shown.position}
      aria-setsize={props.shown.siblings}
      aria-expanded={line.span > 0 ? open : undefined}
      aria-selected={props.selected}
      aria-label={sentence(line, props.bad)}
      title={name(line.path)}
      tabIndex={props.focused ? 0 : -1}
      onClick={() => props.onPress(line)}
    >
      <span class="pw-nm">
        {line.depth > 0 && <span class="ind" style={{ "--d": line.depth }} />}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the row has the keyboard, this is a larger target */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
        <span
          class="tw"
          onClick={(event) => {
            if (line.span === 0) return;
            event.stopPropagation();
            props.onToggle(line);
          }}
        >
          {line.span > 0 && <Chevron />}
        </span>
        <span class="nm">{name(line.name)}</span>
        {!tensor && <span class="cls">{line.layer}</span>}
        {line.edited && (
          <span class={`mk ed ${tensor ? "" : "in"}`} title={tensor ? "edited" : "holds edited tensors"} />
        )}
        {props.bad && <span class="mk bad">{badText(props.bad)}</span>}
        {isTied(line) && (
          <span class="mk tie" title={`same storage as ${name(line.tied)}, counted once`}>
            <LinkIcon />
          </span>
        )}
        {(line.role === "buffer" || line.role === "state") && <span class="mk buf">{line.role}</span>}
        {isReadOnly(line) && <span class="mk ro">read-only</span>}
        {tensor && <span class="shp">{isShapeless(line) ? "?" : shape(line.shape)}</span>}
      </span>
      <Count line={line} total={props.total} empty={empty} />
      <span class="spk">{tensor && props.glance && <Sparkline glance={props.glance} />}</span>
      <LockBox {...props} />
    </div>
  );
}

function Count(props: { line: Line; total: number; empty: boolean }): JSX.Element {
  const { line, total, empty } = props;
  if (empty || isShapeless(line)) return <span class="cnt" />;
  const value = isTensor(line) ? line.size : line.count;
  const once = isTensor(line) && line.count === 0 && line.size > 0; // in no total: tied, or not a parameter
  const share = total === 0 ? 0 : line.count / total;
  const why = isTied(line) ? "tied, counted once" : "not counted as a parameter";
  return (
    <span
      class={`cnt ${once ? "un" : ""}`}
      title={`${int(value)}: ${once ? why : `${percent(share)} of all parameters`}`}
    >
      {once ? `(${count(value)})` : count(value)}
      {!once && <i style={{ "--s": share < 0.004 ? "0px" : `${Math.max(1.5, share * 50).toFixed(1)}px` }} />}
    </span>
  );
}

function LockBox(props: RowProps): JSX.Element {
  const { line } = props.shown;
  if (line.lock === "none") return <span />;
  const state = line.lock === "frozen" ? "true" : line.lock === "mixed" ? "mixed" : "false";
  const waiting = props.locking ? ", waiting for the kernel" : "";
  return (
    <button
      type="button"
      class={`lk ${line.lock} ${props.locking ? "wait" : ""}`}
      tabIndex={-1}
      role="checkbox"
      aria-checked={state}
      aria-label={`Freeze ${name(line.path)}`}
      aria-busy={props.locking}
      title={props.unfreezable || `${LOCK_TEXT[line.lock]}${waiting} · F`}
      disabled={props.unfreezable !== ""}
      onClick={(event) => {
        event.stopPropagation();
        props.onFreeze(line);
      }}
    >
      <LockIcon lock={line.lock} />
    </button>
  );
}
