/** A plane of cells on a canvas: zoom, pan, cursor and selection. Draws what it is given and asks for tiles. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Window } from "../protocol";
import type { TileData } from "./draw";
import { type Frame, frameOf } from "./frame";
import { attachGestures, type Gestures } from "./gestures";
import { readInks } from "./pen";
import { pictureOf } from "./picture";
import { drawScene } from "./scene";
import { type Cell, clampCell, farCorner, hull, proper, step } from "./selection";
import { pixelRatio, prepare, useSize } from "./surface";
import { cellAt, notch, pan, reveal, span, WHOLE, zoomAbout } from "./viewport";
import { useBackdrop, useTile, useView } from "./zoom";

export type { TileData } from "./draw";

export interface HeatmapProps {
  data: TileData | null;
  /** Rows and columns of the whole plane. */
  shape: [number, number];
  axes: [string, string];
  /** Rows and columns of the kernel in each cell, where cells are kernels. */
  within?: [number, number] | undefined;
  /** Half width of the colour scale. */
  domain: number;
  dark: boolean;
  cursor: [number, number];
  selection: Window | null;
  /** Whether the selection is outlined dashed: in the model, not applied yet. */
  pending: boolean;
  label: string;
  onCursor(row: number, col: number): void;
  onSelect(window: Window | null): void;
  /** Asks for a tile: the visible window, and the number of drawn cells wanted. */
  onWindow(window: Window, height: number, width: number): void;
  onEdit(): void;
}

const HOVERED = 3;

export function Heatmap(props: HeatmapProps): JSX.Element {
  if (props.shape[0] === 0 || props.shape[1] === 0) {
    return <div class="pw-msg">This tensor has no values.</div>;
  }
  return <Canvas {...props} />;
}

function Canvas(props: HeatmapProps): JSX.Element {
  const { data, shape, axes, within, cursor, selection, label } = props;
  const figure = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const pane = useSize(figure);
  const key = `${label} ${shape.join(" ")}`;
  const [view, setView] = useView(key);
  const frame = pane.width > 0 && pane.height > 0 ? frameOf(pane, shape, axes, view, pixelRatio(), within) : null;
  const backdrop = useBackdrop(data, key, shape);
  useTile(frame, key, data, props.onWindow);

  const gestures = useRef<Gestures | null>(null);
  const pointed = useRef<Cell>([-1, -1]);
  const onCursor = (row: number, col: number) => {
    pointed.current = [row, col];
    props.onCursor(row, col);
  };
  gestures.current = frame && gesturesOf({ ...props, onCursor }, frame, setView);
  useEffect(() => {
    if (!canvas.current) return;
    const ended = new AbortController();
    attachGestures(canvas.current, () => gestures.current ?? IDLE, ended.signal);
    return () => ended.abort();
  }, []);

  useLayoutEffect(() => {
    if (!canvas.current || !figure.current || !frame) return;
    // Cleared without data too: the picture of the tensor before must not stand below the name of this one.
    const pen = prepare(canvas.current, pane);
    if (!pen || !data) return;
    const { dark } = props;
    const domain = props.domain > 0 ? props.domain : largestOf(data);
    const picture = (tile: TileData) => pictureOf(tile, domain, dark);
    const inks = readInks(figure.current);
    drawScene(pen, { frame, data, backdrop, picture, domain, dark, inks, cursor, selection, dashed: props.pending });
  });

  const [row, col] = cursor;
  useEffect(() => {
    // Dependencies: only a cursor that moves is followed, not a view that moves. One that the pointer set is in view,
    // if only in part, and the plane must not slide below the pointer.
    if (!frame || frame.view.zoom === 1 || (pointed.current[0] === row && pointed.current[1] === col)) return;
    setView(() => reveal(frame.view, [row, col], shape, frame.room));
  }, [row, col]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!frame || !keyed(event, props, frame, setView)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="fig pw-heat" ref={figure}>
      <canvas
        ref={canvas}
        role="img"
        tabIndex={0}
        aria-label={`${label}. Press 2 for the values as a grid.`}
        data-zoomed={frame && frame.view.zoom > 1 ? "" : undefined}
        onKeyDown={onKeyDown}
      />
      {!data && <div class="pw-blank" aria-hidden="true" />}
    </div>
  );
}

/** Until the domain is known, the tile's own extreme: any other guess would flash in wrong colours. */
function largestOf({ values }: TileData): number {
  let most = 0;
  for (const value of values) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most || 1;
}

type SetView = ReturnType<typeof useView>[1];

export const IDLE: Gestures = {
  wheel: () => false,
  pinch: () => {},
  pans: () => false,
  pan: () => {},
  select: () => {},
  hover: () => {},
  click: () => {},
  doubleClick: () => {},
};

/** What the gestures and keys of a plane lead to; the heatmap and the panels of a comparison share them. */
export type Steered = Pick<HeatmapProps, "shape" | "cursor" | "selection" | "onCursor" | "onSelect" | "onEdit">;

export function gesturesOf(props: Steered, frame: Frame, setView: SetView): Gestures {
  const { shape, cursor, selection } = props;
  const { room, left, top, kind } = frame;
  const hit = (x: number, y: number) => cellAt(frame.view, x - left, inside(y - top), shape, room);
  // Bars are one row, wherever the pointer stands between bottom and top.
  const inside = (y: number) => (kind === "bars" && y >= 0 && y < frame.height ? 0 : y);
  const nearest = (x: number, y: number): Cell =>
    hit(
      Math.max(left, Math.min(left + frame.width - 0.01, x)),
      Math.max(top, Math.min(top + frame.height - 0.01, y)),
    ) ?? [0, 0];
  const zoom = (x: number, y: number, factor: number) =>
    setView((old) => zoomAbout(old, factor, x - left, y - top, shape, room));
  return {
    wheel(x, y, notches) {
      const factor = notch(shape, room) ** Math.max(-3, Math.min(3, notches));
      if (zoomAbout(frame.view, factor, x - left, y - top, shape, room).zoom === frame.view.zoom) return false;
      zoom(x, y, factor);
      return true;
    },
    pinch: zoom,
    pans: () => frame.view.zoom > 1,
    pan: (dx, dy) => setView((old) => pan(old, dx, dy, shape, room)),
    select(fromX, fromY, x, y) {
      const anchor = nearest(fromX, fromY);
      if (anchor[0] !== cursor[0] || anchor[1] !== cursor[1]) props.onCursor(anchor[0], anchor[1]);
      props.onSelect(proper(hull(anchor, nearest(x, y))));
    },
    hover(x, y) {
      if (frame.scale.col < HOVERED || (kind === "cells" && frame.scale.row < HOVERED)) return;
      const cell = hit(x, y);
      if (cell && (cell[0] !== cursor[0] || cell[1] !== cursor[1])) props.onCursor(cell[0], cell[1]);
    },
    click(x, y, extend) {
      const cell = hit(x, y);
      if (!cell) return;
      if (extend) return props.onSelect(proper(hull(cursor, cell)));
      if (selection) props.onSelect(null);
      props.onCursor(cell[0], cell[1]);
    },
    doubleClick(x, y) {
      const cell = hit(x, y);
      if (!cell) return;
      props.onCursor(cell[0], cell[1]);
      props.onEdit();
    },
  };
}

/** Carries out a key; false if it is not for the heatmap. */
export function keyed(event: KeyboardEvent, props: Steered, frame: Frame, setView: SetView): boolean {
  if (event.altKey) return false;
  const { shape, cursor, selection } = props;
  const { room } = frame;
  const command = event.ctrlKey || event.metaKey;
  if (event.key === "Enter" && !command) props.onEdit();
  else if ((event.key === "0" || event.key === "Home") && !command) setView(() => WHOLE);
  else if ((event.key === "+" || event.key === "=" || event.key === "-") && !command) {
    const factor = Math.max(1.5, notch(shape, room) ** 2) ** (event.key === "-" ? -1 : 1);
    const x = (cursor[1] + 0.5 - frame.view.left) * frame.scale.col;
    const y = (cursor[0] + 0.5 - frame.view.top) * frame.scale.row;
    setView((old) => zoomAbout(old, factor, within(x, room.width), within(y, room.height), shape, room));
  } else {
    if (event.key === "Home" || event.key === "End") return false;
    const page = Math.floor(span(shape, room, frame.scale).rows);
    const from = event.shiftKey ? farCorner(selection, cursor) : cursor;
    const next = step(event.key, command, from, shape, page);
    if (!next) return false;
    const [row, col] = clampCell(next, shape);
    if (event.shiftKey) {
      props.onSelect(proper(hull(cursor, [row, col])));
      if (frame.view.zoom > 1) setView((old) => reveal(old, [row, col], shape, room));
    } else {
      if (selection) props.onSelect(null);
      props.onCursor(row, col);
    }
  }
  return true;
}

/** A cursor outside of the view is no place to zoom about: take the middle. */
function within(at: number, length: number): number {
  return at >= 0 && at <= length ? at : length / 2;
}
