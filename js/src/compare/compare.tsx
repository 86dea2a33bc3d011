/** Two states side by side, over the whole body: what differs, the three pictures, and the states to pick from. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { useReturn } from "../focus";
import { capital, name, plural } from "../format";
import { Journal } from "../history/journal";
import { Picks } from "../history/picks";
import { CELL } from "../history/row";
import { useHistory } from "../history/watch";
import { Toasts } from "../messages/toast";
import { Working } from "../messages/working";
import { useStore } from "../view";
import { Bar, Place } from "./bar";
import { Panels } from "./panels";

const ROW = 24;

export function Compare(): JSX.Element {
  const { compare, states } = useStore();
  const place = useRef<HTMLElement>(null);
  useHistory();
  useReturn(place, "select, .pw-jr[tabindex='0']", compare.table.value !== null);
  return (
    <section
      ref={place}
      class="pw-cmp"
      tabIndex={-1}
      aria-label="Compare"
      onKeyDown={(event) => {
        if (!keyed(event, compare)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <Bar />
      <Place />
      <Body />
      <Journal
        height={ROW}
        picks={(state, focused) => (
          <span {...CELL}>
            <Picks state={state} title={name(states.name(state).title)} tabbable={focused} />
          </span>
        )}
      />
      <Toasts />
    </section>
  );
}

function keyed(event: KeyboardEvent, compare: ReturnType<typeof useStore>["compare"]): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const by = { "[": -1, "]": 1 }[event.key];
  if (event.key === "Escape") {
    if (compare.selection.peek()) compare.selection.value = null;
    else compare.close();
  } else if (by !== undefined) compare.step(by);
  else if (event.key.toLowerCase() === "t") compare.turn();
  else return false;
  return true;
}

function Body(): JSX.Element {
  const { compare, states } = useStore();
  const { failure, table, row, progress } = compare;
  const gone = [states.a.value, states.b.value].find((state) => states.name(state).entry === null);
  if (gone) {
    return <Note title={`Snapshot ${name(gone.name ?? "")} was dropped`} text="Pick another state below." />;
  }
  if (failure.value) return <Note title="These cannot be compared" text={failure.value} />;
  if (progress.value !== null) {
    return (
      <div class="pw-msg">
        <Working what="Comparing" share={progress.value} onCancel={compare.close} />
      </div>
    );
  }
  if (!table.value) return <div class="pw-msg" aria-busy="true" />;
  if (table.value.differing === 0) {
    return (
      <Note title="No differences" text={`${plural(table.value.equal, "tensor")} hold the same bits in A and B.`} />
    );
  }
  const reason = row.value && WHY[row.value.match];
  if (reason) return <Note title={name(compare.path.value)} text={reason} />;
  return <Panels />;
}

const WHY: Record<string, string> = {
  "only-a": "This tensor is in A only, so there is nothing to subtract.",
  "only-b": "This tensor is in B only, so there is nothing to subtract.",
  shape: "It has another shape in A than in B, so its values cannot be subtracted.",
  unreadable: "Its values cannot be read, so they cannot be compared.",
};

function Note(props: { title: string; text: string }): JSX.Element {
  return (
    <div class="pw-msg" role="status">
      <b>{props.title}</b>
      <span>{capital(props.text)}</span>
    </div>
  );
}
