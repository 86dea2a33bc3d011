/** A, B and their difference, drawn on one plane with one cursor, one selection and one zoom. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { int, name, num, percent } from "../format";
import { planeShape } from "../plane";
import { useSize } from "../plots/surface";
import { useTile, useView } from "../plots/zoom";
import { deltaOf, headlineText } from "../probe/score";
import type { ComparedRow, StateRef, Summary } from "../protocol";
import { toNumber } from "../tensor";
import { useStore } from "../view";
import { compactFrame } from "./frame";
import { Panel } from "./panel";

export function Panels(): JSX.Element | null {
  const { compare, states, history, tree, dark } = useStore();
  const box = useRef<HTMLDivElement>(null); // that of A: all three are of one size
  const size = useSize(box);
  const plane = compare.plane.value;
  const shape = plane ? planeShape(plane, tree.line(compare.path.value)?.shape ?? []) : ([1, 1] as [number, number]);
  const key = `${compare.path.value} ${plane?.rows} ${plane?.cols} ${shape.join(" ")}`;
  const [view, setView] = useView(key);
  const frame = plane && size.width > 0 && size.height > 0 ? compactFrame(size, shape, view) : null;
  useTile(frame, key, null, compare.ask);
  const data = compare.pair.value;
  const pair = data?.pair;
  const common = { frame, setView, shape, dark: dark.value };
  const [a, b] = [states.name(states.a.value), states.name(states.b.value)];
  const moved = deltaOf({ name: history.probe.value, headline: b.score, was: a.score });
  return (
    <div class="pw-c3" aria-busy={!data}>
      <div>
        <StateHead side="A" state={states.a.value} />
        <Panel {...common} box={box} label="A" data={data?.a} domain={pair?.domain ?? 0} bins={pair?.a_histogram} />
        <Statistics summary={pair?.a} />
      </div>
      <div>
        <StateHead side="B" state={states.b.value} />
        <Panel {...common} label="B" data={data?.b} domain={pair?.domain ?? 0} bins={pair?.b_histogram} />
        <Statistics summary={pair?.b} />
      </div>
      <div>
        <div class="h">
          <b>Difference</b>
          <span class="mut">{compare.relative.value ? "(B − A) / |A|" : "B − A"}</span>
          {moved && moved.sign !== 0 && (
            <span class={`m ${moved.sign < 0 ? "neg" : "pos"}`}>
              {moved.sign < 0 ? "▼" : "▲"} {moved.text}
            </span>
          )}
        </div>
        <Panel
          {...common}
          label="Difference"
          data={data?.difference}
          domain={pair?.spread || (pair ? 1 : 0)}
          bins={pair?.difference_histogram}
          log
        />
        <Measures row={pair?.row ?? compare.row.value} />
      </div>
    </div>
  );
}

function StateHead(props: { side: "A" | "B"; state: StateRef }): JSX.Element {
  const { states, history } = useStore();
  const { title, detail, score } = states.name(props.state);
  return (
    <div class="h">
      <span class="ab on">{props.side}</span>
      <b>{name(title)}</b>
      <span class="mut">{detail && name(detail)}</span>
      {score !== null && (
        <span class="m">
          <span class="mut">{name(history.probe.value)}</span> {headlineText(history.probe.value, score)}
        </span>
      )}
    </div>
  );
}

function Statistics(props: { summary: Summary | undefined }): JSX.Element {
  const s = props.summary;
  const text = (value: Summary["min"] | undefined): string => (value === undefined ? "" : num(toNumber(value)));
  return (
    <Facts
      facts={[
        ["min", text(s?.min)],
        ["max", text(s?.max)],
        ["mean", text(s?.mean)],
        ["std", text(s?.std)],
        ["L2", text(s?.l2)],
      ]}
    />
  );
}

function Measures(props: { row: ComparedRow | undefined }): JSX.Element {
  const { row } = props;
  const text = (value: ComparedRow["cosine"] | undefined): string => (value === undefined ? "" : num(toNumber(value)));
  return (
    <Facts
      facts={[
        [
          "changed",
          row && (
            <>
              {int(row.changed)} <span class="mut">{percent(row.changed / Math.max(1, row.size), 0)}</span>
            </>
          ),
        ],
        ["max |Δ|", text(row?.max_abs)],
        ["‖Δ‖ / ‖A‖", text(row?.relative)],
        ["cosine", text(row?.cosine)],
      ]}
    />
  );
}

function Facts(props: { facts: readonly (readonly [string, JSX.Element | string | undefined])[] }): JSX.Element {
  return (
    <dl class="pw-ct">
      {props.facts.map(([term, text]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
