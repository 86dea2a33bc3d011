/** One of three pictures: the cells of a plane, and below them the distribution on the colour axis. */

import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { name } from "../format";
import { extentText } from "../plane";
import { drawBins, HEIGHT } from "../plots/bins";
import type { TileData } from "../plots/draw";
import type { Frame } from "../plots/frame";
import { attachGestures, type Gestures } from "../plots/gestures";
import { gesturesOf, IDLE, keyed, type Steered } from "../plots/heatmap";
import { readInks } from "../plots/pen";
import { pictureOf } from "../plots/picture";
import { drawScene } from "../plots/scene";
import { prepare, useSize } from "../plots/surface";
import { endText } from "../plots/ticks";
import type { useView } from "../plots/zoom";
import type { Histogram } from "../protocol";
import { useStore } from "../view";

export interface PanelProps {
  label: string;
  data: TileData | undefined;
  frame: Frame | null;
  shape: [number, number];
  setView: ReturnType<typeof useView>[1];
  domain: number;
  dark: boolean;
  bins: Histogram | undefined;
  log?: boolean;
  /** Where the size of the picture is taken. */
  box?: RefObject<HTMLDivElement | null>;
}

export function Panel(props: PanelProps): JSX.Element {
  const { compare } = useStore();
  const { data, frame, shape, setView, domain, dark } = props;
  const own = useRef<HTMLDivElement>(null);
  const figure = props.box ?? own;
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor: [number, number] = [...compare.cursor.value];
  const selection = compare.selection.value;
  const pointing: Steered = {
    shape,
    cursor,
    selection,
    onCursor: compare.setCursor,
    onSelect: (window) => {
      compare.selection.value = window;
    },
    onEdit: () => {},
  };
  const gestures = useRef<Gestures | null>(null);
  gestures.current = frame && gesturesOf(pointing, frame, setView);
  useEffect(() => {
    if (!canvas.current) return;
    const ended = new AbortController();
    attachGestures(canvas.current, () => gestures.current ?? IDLE, ended.signal);
    return () => ended.abort();
  }, []);
  useLayoutEffect(() => {
    const host = figure.current;
    if (!canvas.current || !host || !frame) return;
    const pen = prepare(canvas.current, { width: host.clientWidth, height: host.clientHeight });
    if (!pen || !data || domain === 0) return;
    const picture = (tile: TileData) => pictureOf(tile, domain, dark);
    const inks = readInks(host);
    drawScene(pen, { frame, data, backdrop: null, picture, domain, dark, inks, cursor, selection, dashed: false });
  });
  return (
    <>
      <div class="fig" ref={figure}>
        <canvas
          ref={canvas}
          role="img"
          tabIndex={0}
          aria-label={`${props.label} of ${name(compare.path.value)}, ${extentText(shape)}`}
          data-zoomed={frame && frame.view.zoom > 1 ? "" : undefined}
          onKeyDown={(event) => {
            if (!frame || !keyed(event, pointing, frame, setView)) return;
            event.preventDefault();
            event.stopPropagation();
          }}
        />
      </div>
      <Bins histogram={props.bins} domain={domain} dark={dark} log={props.log ?? false} label={props.label} />
    </>
  );
}

function Bins(props: {
  histogram: Histogram | undefined;
  domain: number;
  dark: boolean;
  log: boolean;
  label: string;
}): JSX.Element {
  const { histogram, domain, dark, log } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(box);
  useLayoutEffect(() => {
    if (!box.current || !canvas.current) return;
    const pen = prepare(canvas.current, { width, height: HEIGHT });
    if (!pen || !histogram || domain === 0) return;
    drawBins(pen, { histogram, outline: undefined, domain, dark, log, width, inks: readInks(box.current) });
  });
  return (
    <div class="bins" ref={box}>
      {log && <span class="mut">log count</span>}
      <canvas ref={canvas} role="img" aria-label={`Histogram of ${props.label}`} />
      <div class="pw-dom">
        <span>{histogram && endText(-domain)}</span>
        <span>0</span>
        <span>{histogram && endText(domain)}</span>
      </div>
    </div>
  );
}
