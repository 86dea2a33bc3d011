/** The left pane: filter, column heads, rows, and what needs attention below them. */

import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Doctor, DoctorChip } from "../doctor/doctor";
import { count } from "../format";
import { FindIcon, LinkIcon, LockIcon } from "../icons";
import { Toasts } from "../messages/toast";
import { Working } from "../messages/working";
import { Path } from "../path";
import { isTensor } from "../rows";
import { SectionHead } from "../section";
import { useStore } from "../view";
import { isTied } from "./row";
import { Tree } from "./tree";

export function Side(): JSX.Element {
  const { tree } = useStore();
  const [open, setOpen] = useState(true);
  const found = tree.found.value;
  const none = found !== null && found.rows.length === 0;
  return (
    <section class={`pw-side ${open ? "" : "shut"}`} aria-label="Layers">
      <SectionHead title="Layers" open={open} onToggle={() => setOpen(!open)} />
      <Filter />
      {tree.progress.value !== null && (
        <Working what="Searching" share={tree.progress.value} onCancel={() => tree.setFilter("")} />
      )}
      {none ? (
        <NoMatch />
      ) : (
        <>
          <div class="pw-cols" aria-hidden="true">
            <span>
              <span>Layer</span>
              <span>Shape</span>
            </span>
            <span>Params</span>
            <span>Values</span>
            <span title="Frozen">
              <LockIcon lock="frozen" />
            </span>
          </div>
          <Tree />
        </>
      )}
      <Toasts />
      <Doctor />
      <Chips />
    </section>
  );
}

function Filter(): JSX.Element {
  const { tree } = useStore();
  const error = tree.found.value?.error ?? "";
  return (
    <div class="pw-filter">
      <FindIcon />
      <input
        type="search"
        aria-label="Filter layers"
        aria-invalid={error !== ""}
        placeholder="filter: conv*  dtype:f32  frozen  nan  >1M"
        spellcheck={false}
        value={tree.filter.value}
        onInput={(event) => tree.setFilter(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") {
            const side = event.currentTarget.closest(".pw-side");
            side?.querySelector<HTMLElement>(".pw-row[tabindex='0']")?.focus();
          } else if (event.key === "Escape" && tree.filter.peek()) tree.setFilter("");
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
    </div>
  );
}

function NoMatch(): JSX.Element | null {
  const { tree } = useStore();
  const search = (event: Event, query: string): void => {
    // the button goes away with the message, so the keyboard goes to where the filter came from
    const side = (event.currentTarget as HTMLElement).closest(".pw-side");
    side?.querySelector<HTMLElement>(".pw-filter input")?.focus();
    tree.setFilter(query);
  };
  const found = tree.found.value;
  if (!found) return null;
  return (
    <div class="pw-msg" role="status">
      {found.error ? <b>{found.error}</b> : <b>No tensor matches “{found.query}”</b>}
      {found.closest && (
        <span>
          Closest name:{" "}
          <button type="button" class="lnk" onClick={(event) => search(event, found.closest)}>
            <Path text={found.closest} />
          </button>
        </span>
      )}
      <button type="button" class="btn" onClick={(event) => search(event, "")}>
        Clear filter <kbd>Esc</kbd>
      </button>
    </div>
  );
}

function Chips(): JSX.Element | null {
  const { tree } = useStore();
  const tensors = useComputed(() => tree.lines.value.filter(isTensor));
  const edited = tensors.value.filter((line) => line.edited).length;
  const frozen = tensors.value.filter((line) => line.lock === "frozen").length;
  const tied = tensors.value.filter(isTied).length;
  const bad = [...tree.glances.byPath.value.values()].reduce((sum, glance) => sum + glance.nan, 0);
  const some = edited + frozen + tied + bad > 0;
  return (
    <div class="pw-chips" {...(some && { role: "group", "aria-label": "Quick filters" })}>
      {edited > 0 && (
        <Chip word="edited">
          <span class="mk ed" />
          {count(edited)} edited
        </Chip>
      )}
      {bad > 0 && (
        <Chip word="nan">
          <span class="mk bad">NaN</span>
          {count(bad)}
        </Chip>
      )}
      {frozen > 0 && (
        <Chip word="frozen">
          <LockIcon lock="frozen" size={13} />
          {count(frozen)} frozen
        </Chip>
      )}
      {tied > 0 && (
        <Chip word="tied">
          <LinkIcon />
          {count(tied)} tied
        </Chip>
      )}
      <DoctorChip offered={bad > 0} />
    </div>
  );
}

function Chip(props: { word: string; children: JSX.Element | (JSX.Element | string)[] }): JSX.Element {
  const { tree } = useStore();
  const on = tree.filter.value.trim() === props.word;
  return (
    <button type="button" aria-pressed={on} onClick={() => tree.setFilter(on ? "" : props.word)}>
      {props.children}
    </button>
  );
}
