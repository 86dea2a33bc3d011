/** What a probe gave, by its sort. Markup of a model's author is shown in a frame that runs nothing; names are text. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { name, num } from "../format";
import { paint } from "../plots/colormap";
import type { Grid, Picture, Scores } from "../protocol";
import type { Probe } from "../store/probes";
import { toBytes, toFloat32, toNumber } from "../tensor";
import { useStore } from "../view";
import { scaleText } from "./score";

export function OutcomeOf({ probe }: { probe: Probe }): JSX.Element | null {
  const { outcome, part } = probe;
  switch (outcome?.kind) {
    case undefined:
    case "Score": // the headline
      return null;
    case "Scores": // a few, one of which is followed, stand there as text
      return probe.headline === null ? <Bars probe={probe} scores={outcome} /> : null;
    case "Grid":
      return part ? <Cells label={probe.name} grid={outcome} part={part} /> : null;
    case "Picture":
      return part ? <Image label={probe.name} picture={outcome} part={part} /> : null;
    case "Markup":
      return <iframe class="pw-markup" title={name(probe.name)} sandbox="" srcdoc={outcome.html} />;
    case "Words":
      return <pre class="pw-words">{outcome.text}</pre>;
    default:
      return outcome satisfies never;
  }
}

const MOST_BARS = 40;

/** The least and the greatest of the numbers, and how many have no bar. */
export function rangeOf(probe: string, { values }: Scores): string {
  const finite = values.map(toNumber).filter(Number.isFinite);
  const rest = values.length - MOST_BARS;
  if (finite.length === 0) return "";
  const [low, high] = [Math.min(...finite), Math.max(...finite)].map(scaleText(probe, finite));
  return `${low} to ${high}${rest > 0 ? `, ${rest} more` : ""}`;
}

/** A bar for each number; the tick is where it stood before. */
function Bars(props: { probe: Probe; scores: Scores }): JSX.Element {
  const { names } = props.scores;
  const values = props.scores.values.slice(0, MOST_BARS).map(toNumber);
  const { before } = props.probe;
  const old = before?.values.length === props.scores.values.length ? before.values.map(toNumber) : [];
  const finite = [...values, ...old].filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const share = (value: number): number => (high > low ? ((value - low) / (high - low)) * 100 : 0);
  const zero = share(0);
  const write = scaleText(props.probe.name, finite);
  return (
    <div class="pw-bars">
      <div class="bs" role="list" style={{ width: `${Math.max(60, values.length * 15)}px` }}>
        {values.map((value, at) => {
          const label = names[at] === undefined ? String(at) : name(names[at]);
          const was = old[at];
          const moved = was === undefined || was === value ? "" : value < was ? "neg" : "pos";
          const text = write(value);
          const says = was === undefined ? `${label}: ${text}` : `${label}: ${text}, was ${write(was)}`;
          return (
            <div key={label} role="listitem" aria-label={says} title={says}>
              <span class="b">
                <i
                  style={{
                    bottom: `${Math.min(zero, share(value))}%`,
                    height: `${Math.abs(share(value) - zero)}%`,
                  }}
                />
                {moved && was !== undefined && (
                  <i
                    class={moved}
                    style={{
                      bottom: `${Math.min(share(was), share(value))}%`,
                      height: `${Math.abs(share(value) - share(was))}%`,
                    }}
                  />
                )}
                {was !== undefined && <u style={{ bottom: `${share(was)}%` }} />}
              </span>
              <span class={moved ? "n on" : "n"}>{label}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Cells(props: { label: string; grid: Grid; part: DataView }): JSX.Element {
  const { dark } = useStore();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { rows, cols } = props.grid;
  const values = toFloat32(props.part);
  const most = values.reduce((max, value) => (Number.isFinite(value) ? Math.max(max, Math.abs(value)) : max), 0);
  const theme = dark.value;
  useLayoutEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (!pen) return;
    const pixels = pen.createImageData(cols, rows);
    paint(values, most || 1, theme, pixels.data);
    pen.putImageData(pixels, 0, 0);
  }, [props.part, cols, rows, theme]);
  const says = `${name(props.label)}: ${rows} by ${cols} values, up to ±${num(most)}`;
  return (
    <canvas
      class="pw-cells"
      ref={canvas}
      width={cols}
      height={rows}
      role="img"
      aria-label={says}
      title={says}
      style={{ aspectRatio: `${cols} / ${rows}` }}
    />
  );
}

function Image(props: { label: string; picture: Picture; part: DataView }): JSX.Element {
  const [url, setUrl] = useState("");
  const { mime } = props.picture;
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([toBytes(props.part).slice()], { type: mime }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [props.part, mime]);
  return <img class="pw-pic" alt={name(props.label)} src={url || undefined} />;
}
