/** The distribution of a tensor above its colour axis. The end labels of the axis are the domain, and can be typed. */

import type { JSX } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Band, conditionOf } from "../band";
import { int, minus, num } from "../format";
import type { Histogram } from "../protocol";
import { drawBins, HEIGHT } from "./bins";
import { Brush } from "./brush";
import { readInks } from "./pen";
import { prepare, useSize } from "./surface";
import { endText } from "./ticks";

export interface HistogramProps {
  histogram: Histogram;
  domain: number;
  dark: boolean;
  log: boolean;
  outline?: Histogram;
  label: string;
  /** Chosen values: shown as a band, and changed by its two thumbs. */
  band?: Band | null;
  /** Whether the band is what the condition means. */
  linked?: boolean;
  onBand?(band: Band): void;
  /** 0 asks for the automatic domain. */
  onDomain(domain: number): void;
  onLog(log: boolean): void;
}

export function HistogramAxis(props: HistogramProps): JSX.Element {
  const { histogram, domain, dark, log, outline, label, band, linked = true, onBand } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(box);
  const [refusal, setRefusal] = useState("");
  const id = useId();

  useLayoutEffect(() => {
    if (!box.current || !canvas.current) return;
    const pen = prepare(canvas.current, { width, height: HEIGHT });
    if (pen) drawBins(pen, { histogram, outline, domain, dark, log, width, inks: readInks(box.current) });
  });

  const end = (sign: 1 | -1) => (
    <DomainEnd
      key={`${sign} ${domain}`}
      domain={domain}
      sign={sign}
      describedBy={refusal ? id : undefined}
      onDomain={props.onDomain}
      onRefusal={setRefusal}
    />
  );
  const outside = histogram.under + histogram.over;
  return (
    <div class="pw-hist" ref={box}>
      <YScale log={log} onLog={props.onLog} />
      <canvas ref={canvas} role="img" aria-label={spoken(histogram, domain, label)} />
      {band && onBand && domain > 0 && <Brush band={band} linked={linked} domain={domain} onBand={onBand} />}
      <div class="pw-dom">
        {end(-1)}
        {refusal ? (
          <span id={id} role="alert" class="pw-refusal">
            {refusal}
          </span>
        ) : (
          <span title={outside > 0 ? `${int(outside)} values lie beyond the colour scale` : undefined}>
            {band && linked ? minus(conditionOf(band)) : "0"}
          </span>
        )}
        {end(1)}
      </div>
    </div>
  );
}

function spoken(histogram: Histogram, domain: number, label: string): string {
  const counted = histogram.counts.reduce((sum, count) => sum + count, 0);
  const outside = histogram.under + histogram.over;
  const beyond = outside > 0 ? `, ${int(outside)} beyond` : "";
  return `Histogram of ${label}: ${int(counted)} values from ${num(-domain)} to ${num(domain)}${beyond}`;
}

function YScale(props: { log: boolean; onLog(log: boolean): void }): JSX.Element {
  const group = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    event.stopPropagation();
    props.onLog(!props.log);
    group.current?.querySelector<HTMLElement>("[aria-checked=false]")?.focus();
  };
  const radio = (log: boolean, text: string) => (
    <button
      type="button"
      role="radio"
      aria-checked={props.log === log}
      tabIndex={props.log === log ? 0 : -1}
      onClick={() => props.onLog(log)}
    >
      {text}
    </button>
  );
  return (
    <div class="yk" role="radiogroup" aria-label="Scale of the counts" ref={group} onKeyDown={onKeyDown}>
      {radio(false, "linear")}
      {radio(true, "log")}
    </div>
  );
}

interface EndProps {
  domain: number;
  sign: 1 | -1;
  describedBy: string | undefined;
  onDomain(domain: number): void;
  onRefusal(sentence: string): void;
}

function DomainEnd({ domain, sign, describedBy, onDomain, onRefusal }: EndProps): JSX.Element {
  const shown = endText(sign * domain);
  const [text, setText] = useState(shown);
  const [refused, setRefused] = useState(false);
  const settle = (value: string, sentence = "") => {
    setText(value);
    setRefused(sentence !== "");
    onRefusal(sentence);
  };
  const take = () => {
    if (text === shown) return settle(shown);
    const typed = readDomain(text);
    if (typed === null) return settle(text, "Type a number above 0, or nothing.");
    settle(shown);
    onDomain(typed);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") take();
    else settle(shown);
  };
  return (
    <input
      value={text}
      spellcheck={false}
      inputMode="decimal"
      style={{ width: `${Math.max(34, text.length * 6.5 + 4)}px` }}
      title="End of the colour scale. Empty: automatic."
      aria-label={`Colour scale, ${sign < 0 ? "low" : "high"} end`}
      aria-invalid={refused}
      aria-describedby={refused ? describedBy : undefined}
      onInput={(event) => setText(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onBlur={take}
      onKeyDown={onKeyDown}
    />
  );
}

/** The half width a text means: 0 if it is empty, null if it means none. Either sign will do, at either end. */
export function readDomain(text: string): number | null {
  const plain = text.replaceAll("−", "-").trim();
  if (plain === "") return 0;
  const value = Math.abs(Number(plain));
  return Number.isFinite(value) && value > 0 ? value : null;
}
